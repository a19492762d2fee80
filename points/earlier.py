"""Operations that are recorded already: what a replay is compared with, and what a reversal undoes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kernel.database import Row, Tx
from points.state import EarlierOperation, Leg
from points.wishes import Reverse, Wish

_OPERATION_TYPES: Mapping[str, type] = {
    "id": UUID,
    "reverses_id": UUID,
    "reversed_by_id": UUID,
    "recorded_at": datetime,
}
_OPERATION_SQL = (
    "SELECT made.id, made.reason, made.reference, made.fingerprint, made.recorded_at, made.reverses_id, "
    "undone.id AS reversed_by_id "
    "FROM points_operation AS made LEFT JOIN points_operation AS undone ON undone.reverses_id = made.id WHERE "
)


async def earlier_operations(tx: Tx, wishes: Sequence[Wish]) -> list[EarlierOperation]:
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
