"""The one place where balances change: load and lock what a batch stands on, decide, write it set by set (记账)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kernel.database import Insert, Tx, Update
from kernel.errors import Refusal
from kernel.ids import new_id
from points.accounts import steward_account, world_account
from points.decide import decide
from points.earlier import earlier_operations
from points.models import Account as AccountModel
from points.models import Lot as LotModel
from points.models import LotAllocation, Operation, Transfer
from points.purses import ACCOUNT_COLUMNS, locked_accounts, spendable_lots
from points.state import ALLOCATION_COLUMNS, OPERATION_COLUMNS, TRANSFER_COLUMNS, Decision, State
from points.wishes import Debit, Posted, Reverse, Wish

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
    reverses = any(isinstance(wish, Reverse) for wish in wishes)
    # Whose account a reversal touches is known only from what it reverses.
    operations = await earlier_operations(tx, wishes) if reverses else []
    owners = {earlier.owner_id for earlier in operations}
    owners.update(wish.owner_id for wish in wishes if not isinstance(wish, Reverse))
    # A batch that reverses may reverse what it has just credited.
    takers = owners if reverses else {wish.owner_id for wish in wishes if isinstance(wish, Debit)}
    keys = None if known_new or reverses else [_key(wish) for wish in wishes]
    accounts, some_recorded = await locked_accounts(tx, owners, takers, keys)
    if some_recorded:
        operations = await earlier_operations(tx, wishes)
    lots = []
    if takers:
        given_back = {lot_id for made in operations for leg in made.legs for lot_id, _ in leg.allocations}
        spendable = {steward_account(owner_id, "spendable") for owner_id in takers}
        lots = await spendable_lots(tx, spendable, given_back if reverses else ())
    state = State(accounts=accounts, lots=lots, operations=operations)
    return decide(state, wishes, now=now, new_id=new_id)


def _key(wish: Wish) -> tuple[str, str]:
    if isinstance(wish, Reverse):
        raise TypeError("a reversal is found by what it reverses")
    return (wish.reason, wish.reference)


def rows_of(decision: Decision) -> list[Insert | Update]:
    """What a decision writes, in an order in which everything refers to what is there."""
    world: list[tuple[Any, ...]] = [
        (world_account(kind), "world", None, kind, "points", None, 0, None) for kind in sorted(decision.world_kinds)
    ]
    return [
        Insert(AccountModel, ACCOUNT_COLUMNS, world, skip_existing=True),
        Insert(
            AccountModel,
            ACCOUNT_COLUMNS,
            [
                (made.id, "steward", made.owner_id, made.kind, "points", made.balance, made.version, made.touched_at)
                for made in decision.new_accounts
            ],
        ),
        Insert(Operation, OPERATION_COLUMNS, decision.operations),
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
        Update(LotModel, ("transfer_id", "remaining"), [(lot.id, lot.remaining) for lot in decision.changed_lots]),
        Update(
            AccountModel,
            ("id", "balance", "version", "touched_at"),
            [(kept.id, kept.balance, kept.version, kept.touched_at) for kept in decision.changed_accounts],
        ),
    ]
