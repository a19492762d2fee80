"""The one place where balances change: load and lock what a batch stands on, decide, write it set by set (记账)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.database import Insert, Row, Tx, Update
from kernel.errors import Refusal
from kernel.ids import new_id
from points.accounts import steward_account, world_account
from points.decide import (
    ALLOCATION_COLUMNS,
    OPERATION_COLUMNS,
    TRANSFER_COLUMNS,
    Account,
    Decision,
    EarlierOperation,
    Leg,
    Lot,
    State,
    decide,
)
from points.models import Account as AccountModel
from points.models import Lot as LotModel
from points.models import LotAllocation, Operation, Transfer
from points.wishes import Debit, Posted, Reverse, Wish

_ACCOUNT_COLUMNS = ("id", "owner_kind", "owner_id", "kind", "unit", "balance", "version", "touched_at")
_LOT_COLUMNS = ("transfer_id", "account_id", "points", "remaining", "expires_on", "granted_at")
_ACCOUNT_TYPES: Mapping[str, type] = {"id": UUID, "owner_id": UUID, "touched_at": datetime}
_OPERATION_TYPES: Mapping[str, type] = {
    "id": UUID,
    "reverses_id": UUID,
    "reversed_by_id": UUID,
    "recorded_at": datetime,
}


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
    operations = [] if known_new else await _earlier_operations(tx, wishes)
    owners = {earlier.owner_id for earlier in operations}
    owners.update(wish.owner_id for wish in wishes if not isinstance(wish, Reverse))
    takers = {wish.owner_id for wish in wishes if isinstance(wish, Debit)}
    if any(isinstance(wish, Reverse) for wish in wishes):
        # A batch may reverse what it has just credited.
        takers = owners
    accounts = await _locked_accounts(tx, owners, takers)
    given_back = {lot_id for earlier in operations for leg in earlier.legs for lot_id, _ in leg.allocations}
    lots = (
        await _lots(tx, {steward_account(owner_id, "spendable") for owner_id in takers}, given_back) if takers else []
    )
    state = State(accounts=accounts, lots=lots, operations=operations)
    return decide(state, wishes, now=now, new_id=new_id)


def rows_of(decision: Decision) -> list[Insert | Update]:
    """What a decision writes, in an order in which everything refers to what is there."""
    world: list[tuple[Any, ...]] = [
        (world_account(kind), "world", None, kind, "points", None, 0, None) for kind in sorted(decision.world_kinds)
    ]
    return [
        Insert(AccountModel, _ACCOUNT_COLUMNS, world, skip_existing=True),
        Insert(
            AccountModel,
            _ACCOUNT_COLUMNS,
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


async def _locked_accounts(tx: Tx, owners: Iterable[UUID], takers: Collection[UUID]) -> list[Account]:
    """The owners' accounts. An owner's spendable account is the lock of his whole purse.

    His other accounts are read after it is held. Since whoever owes has nothing to spend, they matter only where the
    balance is 0 or where points are taken.
    """
    by_id = {steward_account(owner_id, "spendable"): owner_id for owner_id in owners}
    found = await _lock(tx, list(by_id))
    missing = sorted(account_id for account_id in by_id if account_id not in found)
    if missing:
        # Two processes may meet here; both then lock the one row that came to be.
        rows = [(account_id, "steward", by_id[account_id], "spendable", "points", 0, 0, None) for account_id in missing]
        await tx.write([Insert(AccountModel, _ACCOUNT_COLUMNS, rows, skip_existing=True)])
        found |= await _lock(tx, missing)
    accounts = [
        Account(row["id"], by_id[row["id"]], "spendable", row["balance"], row["version"], row["touched_at"])
        for row in found.values()
    ]
    whole = [
        account.owner_id
        for account in accounts
        if account.owner_id in takers or (account.balance == 0 and account.touched_at is not None)
    ]
    if whole:
        rest = await tx.fetch(
            "SELECT id, owner_id, kind, balance, version, touched_at FROM points_account "
            f"WHERE {tx.one_of('owner_id', 1)} AND kind <> 'spendable' AND unit = 'points'",
            whole,
            types=_ACCOUNT_TYPES,
        )
        accounts.extend(Account(**row) for row in rest)
    return accounts


async def _lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Row]:
    suffix = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(
        f"SELECT id, balance, version, touched_at FROM points_account WHERE {tx.one_of('id', 1)} ORDER BY id{suffix}",
        sorted(ids),
        types={"id": UUID, "touched_at": datetime},
    )
    return {row["id"]: row for row in rows}


async def _lots(tx: Tx, accounts: Collection[UUID], lots: Collection[UUID]) -> list[Lot]:
    rows = await tx.fetch(
        "SELECT transfer_id AS id, account_id, points, remaining, expires_on, granted_at FROM points_lot "
        f"WHERE ({tx.one_of('account_id', 1)} AND remaining > 0) OR {tx.one_of('transfer_id', 2)}",
        accounts,
        lots,
        types={"id": UUID, "account_id": UUID, "expires_on": date, "granted_at": datetime},
    )
    return [Lot(**row) for row in rows]


_OPERATION_SQL = (
    "SELECT made.id, made.reason, made.reference, made.fingerprint, made.recorded_at, made.reverses_id, "
    "undone.id AS reversed_by_id "
    "FROM points_operation AS made LEFT JOIN points_operation AS undone ON undone.reverses_id = made.id WHERE "
)


async def _earlier_operations(tx: Tx, wishes: Sequence[Wish]) -> list[EarlierOperation]:
    """What is recorded already of what the wishes name: replays, what is to be reversed, and its reversals."""
    keys: set[tuple[str, str]] = set()
    ids: set[UUID] = set()
    for wish in wishes:
        if not isinstance(wish, Reverse):
            keys.add((wish.reason, wish.reference))
        elif isinstance(wish.operation, UUID):
            ids.add(wish.operation)
        else:
            keys.add(wish.operation)
    found = await _by_key(tx, keys) if keys else []
    if ids:
        found += await _by_id(tx, ids)
    reversals = {row["reversed_by_id"] for row in found if row["reversed_by_id"] is not None}
    if reversals:
        found += await _by_id(tx, reversals)
    if not found:
        return []
    return await _with_legs(tx, {row["id"]: row for row in found})


async def _by_key(tx: Tx, keys: set[tuple[str, str]]) -> list[Row]:
    rows = await tx.fetch(
        f"{_OPERATION_SQL} {tx.one_of('made.reference', 1)} AND {tx.one_of('made.reason', 2)}",
        sorted({reference for _, reference in keys}),
        sorted({reason for reason, _ in keys}),
        types=_OPERATION_TYPES,
    )
    return [row for row in rows if (row["reason"], row["reference"]) in keys]


async def _by_id(tx: Tx, ids: set[UUID]) -> list[Row]:
    return await tx.fetch(f"{_OPERATION_SQL} {tx.one_of('made.id', 1)}", sorted(ids), types=_OPERATION_TYPES)


async def _with_legs(tx: Tx, operations: Mapping[UUID, Row]) -> list[EarlierOperation]:
    moved = await tx.fetch(
        "SELECT moved.id, moved.operation_id, moved.points, moved.from_balance, moved.to_balance, "
        "source.kind AS from_kind, target.kind AS to_kind, COALESCE(source.owner_id, target.owner_id) AS owner_id "
        "FROM points_transfer AS moved "
        "JOIN points_account AS source ON source.id = moved.from_account_id "
        "JOIN points_account AS target ON target.id = moved.to_account_id "
        f"WHERE {tx.one_of('moved.operation_id', 1)} ORDER BY moved.operation_id, moved.leg",
        list(operations),
        types={"id": UUID, "operation_id": UUID, "owner_id": UUID},
    )
    allocations: dict[UUID, list[tuple[UUID, int]]] = {}
    for row in await tx.fetch(
        "SELECT lot_id, transfer_id, points FROM points_lot_allocation "
        f"WHERE {tx.one_of('transfer_id', 1)} ORDER BY id",
        [row["id"] for row in moved],
        types={"lot_id": UUID, "transfer_id": UUID},
    ):
        allocations.setdefault(row["transfer_id"], []).append((row["lot_id"], row["points"]))
    legs: dict[UUID, list[Leg]] = {}
    owners: dict[UUID, UUID] = {}
    balances: dict[UUID, int] = {}
    for row in moved:
        operation_id = row["operation_id"]
        leg = Leg(
            transfer_id=row["id"],
            from_kind=row["from_kind"],
            to_kind=row["to_kind"],
            points=row["points"],
            allocations=tuple(allocations.get(row["id"], ())),
        )
        legs.setdefault(operation_id, []).append(leg)
        owners[operation_id] = row["owner_id"]
        if leg.to_kind == "spendable":
            balances[operation_id] = row["to_balance"]
        elif leg.from_kind == "spendable":
            balances[operation_id] = row["from_balance"]
    return [
        EarlierOperation(
            **operation,
            owner_id=owners[operation_id],
            # An operation that moved nothing that can be spent added to a debt: there was nothing to spend.
            balance_after=balances.get(operation_id, 0),
            legs=tuple(legs[operation_id]),
        )
        for operation_id, operation in operations.items()
    ]
