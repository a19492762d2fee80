"""Operations that are recorded already: what a replay is compared with, what is reversed, settled or refunded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kernel.database import Row, Tx
from points.accounts import MAIN_KINDS, OwnerKind
from points.state import EarlierOperation, Leg
from points.wishes import Capture, Key, Refund, Release, Reverse, Wish

_OPERATION_TYPES: Mapping[str, type] = {
    "id": UUID,
    "reverses_id": UUID,
    "reversed_by_id": UUID,
    "hold_id": UUID,
    "capture_id": UUID,
    "recorded_at": datetime,
}
_OPERATION_SQL = (
    "SELECT made.id, made.reason, made.reference, made.fingerprint, made.recorded_at, made.reverses_id, "
    "undone.id AS reversed_by_id, settling.hold_id, settling.capture_id "
    "FROM points_operation AS made LEFT JOIN points_operation AS undone ON undone.reverses_id = made.id "
    "LEFT JOIN points_settlement AS settling ON settling.operation_id = made.id WHERE "
)


async def owners_named(tx: Tx, wishes: Iterable[Wish]) -> dict[UUID, OwnerKind]:
    """Whose accounts the operations touched that wishes name to reverse, settle or refund them."""
    keys, ids = _named(wishes)
    found = await _found(tx, keys, ids)
    if not found:
        return {}
    rows = await tx.fetch(
        "SELECT DISTINCT owned.owner_id, owned.owner_kind FROM points_transfer AS moved "
        "JOIN points_account AS owned ON owned.id IN (moved.from_account_id, moved.to_account_id) "
        f"WHERE {tx.one_of('moved.operation_id', 1)} AND owned.owner_id IS NOT NULL",
        sorted(found),
        types={"owner_id": UUID},
    )
    return {row["owner_id"]: row["owner_kind"] for row in rows}


async def earlier_operations(
    tx: Tx, wishes: Sequence[Wish], *, owners: Collection[UUID] | None = None
) -> list[EarlierOperation]:
    """What is recorded already of what the wishes name, with the reversals of it, its hold and all that settled that.

    With `owners`, what wishes name of anybody else is left out: it was recorded after these accounts were locked.
    """
    keys, ids = _named(wishes)
    own = {(wish.reason, wish.reference) for wish in wishes if not isinstance(wish, Reverse)}
    keys |= own
    found = await _found(tx, keys, ids)
    if not found:
        return []
    if any(isinstance(wish, Reverse | Capture | Release | Refund) for wish in wishes):
        found |= await _around(tx, found)
    made = await _with_legs(tx, found)
    return [one for one in made if owners is None or one.owners() <= set(owners) or (one.reason, one.reference) in own]


def _named(wishes: Iterable[Wish]) -> tuple[set[Key], set[UUID]]:
    keys: set[Key] = set()
    ids: set[UUID] = set()
    for wish in wishes:
        if isinstance(wish, Capture | Release):
            keys.add(wish.hold)
        elif isinstance(wish, Refund):
            keys.add(wish.capture)
        elif isinstance(wish, Reverse):
            if isinstance(wish.operation, UUID):
                ids.add(wish.operation)
            else:
                keys.add(wish.operation)
    return keys, ids


async def _found(tx: Tx, keys: set[Key], ids: set[UUID]) -> dict[UUID, Row]:
    rows = await _by_key(tx, keys) if keys else []
    if ids:
        rows += await _by_id(tx, ids)
    return {row["id"]: row for row in rows}


async def _around(tx: Tx, found: Mapping[UUID, Row]) -> dict[UUID, Row]:
    """The reversals of what was found, the holds that it settled, and every settlement of each hold."""
    holds = {row["hold_id"] or row["id"] for row in found.values()}
    settling = await tx.fetch(
        f"SELECT operation_id FROM points_settlement WHERE {tx.one_of('hold_id', 1)}",
        sorted(holds),
        types={"operation_id": UUID},
    )
    wanted = {row["reversed_by_id"] for row in found.values() if row["reversed_by_id"] is not None}
    wanted |= holds | {row["operation_id"] for row in settling}
    wanted -= found.keys()
    return {row["id"]: row for row in await _by_id(tx, wanted)} if wanted else {}


async def _by_key(tx: Tx, keys: set[Key]) -> list[Row]:
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
        "source.kind AS from_kind, target.kind AS to_kind, "
        "source.owner_id AS from_owner, target.owner_id AS to_owner "
        "FROM points_transfer AS moved "
        "JOIN points_account AS source ON source.id = moved.from_account_id "
        "JOIN points_account AS target ON target.id = moved.to_account_id "
        f"WHERE {tx.one_of('moved.operation_id', 1)} ORDER BY moved.operation_id, moved.leg",
        list(operations),
        types={"id": UUID, "operation_id": UUID, "from_owner": UUID, "to_owner": UUID},
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
    balances: dict[UUID, dict[UUID, int]] = {}
    for row in moved:
        operation_id = row["operation_id"]
        leg = Leg(
            transfer_id=row["id"],
            from_kind=row["from_kind"],
            to_kind=row["to_kind"],
            points=row["points"],
            from_owner=row["from_owner"],
            to_owner=row["to_owner"],
            allocations=tuple(allocations.get(row["id"], ())),
        )
        legs.setdefault(operation_id, []).append(leg)
        after = balances.setdefault(operation_id, {})
        if leg.from_owner is not None and leg.from_kind in MAIN_KINDS:
            after[leg.from_owner] = row["from_balance"]
        if leg.to_owner is not None and leg.to_kind in MAIN_KINDS:
            after[leg.to_owner] = row["to_balance"]
    owners = {operation_id: owner_of(found) for operation_id, found in legs.items()}
    # A reversal belongs to whom the operation belonged that it undid, whichever way its legs go.
    owners |= {
        operation_id: owners[row["reverses_id"]]
        for operation_id, row in operations.items()
        if row["reverses_id"] in owners
    }
    unmoved = [operation_id for operation_id, owner_id in owners.items() if owner_id not in balances[operation_id]]
    standing = await _balances_then(tx, unmoved) if unmoved else {}
    return [
        EarlierOperation(
            **operation,
            owner_id=owners[operation_id],
            balance_after=balances[operation_id].get(owners[operation_id], standing.get(operation_id, 0)),
            legs=tuple(legs[operation_id]),
        )
        for operation_id, operation in operations.items()
    ]


def owner_of(legs: Sequence[Leg]) -> UUID:
    """Whose operation it is: a move is the giver's, what a budget paid is its receiver's."""
    owned = [
        (owner_id, kind)
        for leg in legs
        for owner_id, kind in ((leg.from_owner, leg.from_kind), (leg.to_owner, leg.to_kind))
        if owner_id is not None
    ]
    return next((owner_id for owner_id, kind in owned if kind != "budget"), owned[0][0])


async def _balances_then(tx: Tx, operations: Collection[UUID]) -> dict[UUID, int]:
    """What the stewards of these operations could spend after them, where they moved other accounts only."""
    rows = await tx.fetch(
        "SELECT made.id, (SELECT balance FROM ("
        "SELECT to_version AS version, to_balance AS balance FROM points_transfer "
        "WHERE to_account_id = main.id AND recorded_at <= made.recorded_at "
        "UNION ALL SELECT from_version, from_balance FROM points_transfer "
        "WHERE from_account_id = main.id AND recorded_at <= made.recorded_at"
        ") AS sides ORDER BY version DESC LIMIT 1) AS balance "
        "FROM points_operation AS made "
        "JOIN points_transfer AS moved ON moved.operation_id = made.id AND moved.leg = 0 "
        "JOIN points_account AS owned ON owned.id IN (moved.from_account_id, moved.to_account_id) "
        "JOIN points_account AS main ON main.owner_id = owned.owner_id AND main.kind = 'spendable' "
        f"WHERE {tx.one_of('made.id', 1)}",
        sorted(operations),
        types={"id": UUID},
    )
    return {row["id"]: row["balance"] or 0 for row in rows}
