"""The one place where balances change: load and lock what a batch stands on, decide, write it set by set (记账)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.database import Insert, Tx, Update
from kernel.errors import Refusal
from kernel.ids import new_id
from points.accounts import world_account
from points.deciding import Book, decide
from points.earlier import earlier_operations, owners_named
from points.models import Account as AccountModel
from points.models import Lot as LotModel
from points.models import LotAllocation, Operation, Settlement, Transfer
from points.purses import ACCOUNT_COLUMNS, account_row, lapsed_of, locked_accounts, lots_left, lots_named, lotted
from points.reach import reach_of
from points.state import (
    ALLOCATION_COLUMNS,
    OPERATION_COLUMNS,
    SETTLEMENT_COLUMNS,
    TRANSFER_COLUMNS,
    Account,
    Decision,
    EarlierOperation,
    Lot,
    State,
)
from points.wishes import Posted, Wish

_LOT_COLUMNS = ("transfer_id", "account_id", "points", "remaining", "expires_on", "granted_at")


async def post(tx: Tx, wishes: Sequence[Wish], *, now: datetime) -> list[Posted | Refusal]:
    """Carry out wishes in their order, each on what those before it left; answers an outcome for each.

    A refused wish changes nothing and harms no other. A wish whose (reason, reference) is recorded already with the
    same facts is answered as it was then (`replayed`).
    """
    decision = await settle(tx, wishes, now=now)
    await tx.write(rows_of(decision))
    return decision.outcomes


async def settle(tx: Tx, wishes: Sequence[Wish], *, now: datetime, known_new: bool = False) -> Decision:
    """Lock, load and decide, and leave the writing to the caller, who writes `rows_of` the decision with his own.

    With `known_new` the caller knows that none of the references is recorded yet.
    """
    if not wishes:
        return Decision()
    reach = reach_of(wishes)
    if reach.names:
        # Whose account a reversal or a settlement touches is known only from what it names.
        others = await owners_named(tx, wishes)
        reach.owners.update(others)
        reach.take(others)
    if reach.reverses:
        # A batch that reverses may reverse what it has just done.
        reach.take(reach.owners)
    keys = None if known_new or reach.names else [(wish.reason, wish.reference) for wish in wishes]  # type: ignore[union-attr]
    accounts, some_recorded = await locked_accounts(tx, reach.owners, reach.whole, keys)
    operations: list[EarlierOperation] = []
    if reach.names or some_recorded:
        operations = await earlier_operations(tx, wishes, owners=reach.owners if reach.names else None)
    lots, lapsed = [], {}
    named = lots_named(one for one in operations if reach.names and one.owners() <= reach.owners.keys())
    if reach.takers:
        lots = await lots_left(tx, lotted(accounts, reach.takers), named)
    if reach.reverses:
        lapsed = await lapsed_of(tx, named)
    state = State(accounts=accounts, lots=lots, operations=operations, lapsed=lapsed)
    return decide(state, wishes, now=now, new_id=new_id)


async def opened_book(tx: Tx, stewards: Collection[UUID], *, now: datetime) -> Book:
    """Lock and load what stewards have, for wishes that are decided in several goes (points.deciding.decide_on).

    Such wishes take or hold what these stewards have, under references that are new, or settle what they held so.
    """
    accounts, _ = await locked_accounts(tx, dict.fromkeys(stewards, "steward"), stewards, None)
    lots = await lots_left(tx, lotted(accounts, stewards), ())
    return Book(State(accounts=accounts, lots=lots), now, new_id, keeps_legs=False)


def rows_of(decision: Decision) -> list[Insert | Update]:
    """What a decision writes, in an order in which everything refers to what is there."""
    return [*made_rows(decision), *left_rows(decision.changed_lots, decision.changed_accounts)]


def made_rows(decision: Decision) -> list[Insert]:
    """What came to be with a decision. What changed has to be written with it, or later in its transaction."""
    world: list[tuple[Any, ...]] = [
        (world_account(kind, unit), "world", None, kind, unit, None, 0, None)
        for kind, unit in sorted(decision.world_ends)
    ]
    return [
        Insert(AccountModel, ACCOUNT_COLUMNS, world, skip_existing=True),
        Insert(AccountModel, ACCOUNT_COLUMNS, [account_row(made) for made in decision.new_accounts]),
        Insert(Operation, OPERATION_COLUMNS, decision.operations),
        Insert(Settlement, SETTLEMENT_COLUMNS, decision.settlements),
        Insert(Transfer, TRANSFER_COLUMNS, decision.transfers),
        Insert(
            LotModel,
            _LOT_COLUMNS,
            [
                (lot.id, lot.account_id, lot.points, lot.remaining, lot.expires_on, lot.granted_at)
                for lot in decision.new_lots
            ],
        ),
        Insert(LotAllocation, ALLOCATION_COLUMNS, decision.allocations),
    ]


def left_rows(lots: Iterable[Lot], accounts: Iterable[Account]) -> list[Update]:
    """What is left in lots and accounts that were there before."""
    return [
        Update(LotModel, ("transfer_id", "remaining"), [(lot.id, lot.remaining) for lot in lots]),
        Update(
            AccountModel,
            ("id", "balance", "version", "touched_at"),
            [(kept.id, kept.balance, kept.version, kept.touched_at) for kept in accounts],
        ),
    ]
