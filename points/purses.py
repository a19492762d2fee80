"""Owners' accounts and lots as rows: locked in one order, made where they are new."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from kernel.database import Insert, Row, Tx
from points.accounts import LOTTED, MAIN, OWNER_OF, OwnerKind, WorldKind, purse_account, unit_of
from points.models import Account as AccountModel
from points.state import Account, EarlierOperation, Lot
from points.wishes import Key

ACCOUNT_COLUMNS = ("id", "owner_kind", "owner_id", "kind", "unit", "balance", "version", "touched_at")
_ACCOUNT_TYPES: Mapping[str, type] = {"id": UUID, "owner_id": UUID, "touched_at": datetime}


async def locked_accounts(
    tx: Tx, owners: Mapping[UUID, OwnerKind], whole: Collection[UUID], keys: Sequence[Key] | None
) -> tuple[list[Account], bool]:
    """The owners' accounts, and whether any operation with one of these keys may be recorded already.

    An owner's main account is the lock of all that he has. The others are read after it is held: those of the owners
    in `whole`, and those of stewards with nothing to spend, since only they can owe.
    """
    by_id = {purse_account(owner_id, MAIN[kind]): owner_id for owner_id, kind in owners.items()}
    found = await _lock(tx, list(by_id), keys)
    some_recorded = keys is not None and (not found or next(iter(found.values()))["recorded"] > 0)
    missing = sorted(account_id for account_id in by_id if account_id not in found)
    if missing:
        # Two processes may meet here; both then lock the one row that came to be.
        rows = []
        for account_id in missing:
            owner_kind = owners[by_id[account_id]]
            rows.append((account_id, owner_kind, by_id[account_id], MAIN[owner_kind], "points", 0, 0, None))
        await tx.write([Insert(AccountModel, ACCOUNT_COLUMNS, rows, skip_existing=True)])
        found |= await _lock(tx, missing, None)
    accounts = [
        Account(
            row["id"],
            by_id[row["id"]],
            MAIN[owners[by_id[row["id"]]]],
            row["balance"],
            row["version"],
            row["touched_at"],
        )
        for row in found.values()
    ]
    asked = [
        account.owner_id
        for account in accounts
        if account.kind == "spendable"
        and (account.owner_id in whole or (account.balance == 0 and account.touched_at is not None))
    ]
    if asked:
        rest = await tx.fetch(
            "SELECT id, owner_id, kind, balance, version, touched_at FROM points_account "
            f"WHERE {tx.one_of('owner_id', 1)} AND owner_kind = 'steward' AND kind <> 'spendable'",
            asked,
            types=_ACCOUNT_TYPES,
        )
        accounts.extend(Account(**row) for row in rest)
    return accounts, some_recorded


async def _lock(tx: Tx, ids: Sequence[UUID], keys: Sequence[Key] | None) -> dict[UUID, Row]:
    """Lock accounts in id order. With keys, each row says how many operations are recorded under any of them.

    That count comes with the same round trip; an operation that another process records meanwhile meets the unique
    index, and the use case runs again.
    """
    recorded, asked = "0", []
    if keys is not None:
        recorded = (
            f"(SELECT COUNT(*) FROM points_operation WHERE {tx.one_of('reference', 2)} AND {tx.one_of('reason', 3)})"
        )
        asked = [[reference for _, reference in keys], list({reason for reason, _ in keys})]
    suffix = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(
        f"SELECT id, balance, version, touched_at, {recorded} AS recorded FROM points_account "
        f"WHERE {tx.one_of('id', 1)} ORDER BY id{suffix}",
        ids,
        *asked,
        types={"id": UUID, "touched_at": datetime},
    )
    return {row["id"]: row for row in rows}


def lotted(accounts: Iterable[Account], takers: Collection[UUID]) -> list[UUID]:
    """The accounts of these owners that may hold lots."""
    return [account.id for account in accounts if account.owner_id in takers and account.kind in LOTTED]


async def lots_left(tx: Tx, accounts: Collection[UUID], lots: Collection[UUID]) -> list[Lot]:
    """What is left in these accounts, by lot, and these lots even where nothing is left of them."""
    rows = await tx.fetch(
        "SELECT transfer_id AS id, account_id, points, remaining, expires_on, granted_at FROM points_lot "
        f"WHERE ({tx.one_of('account_id', 1)} AND remaining > 0) OR {tx.one_of('transfer_id', 2)}",
        accounts,
        lots,
        types={"id": UUID, "account_id": UUID, "expires_on": date, "granted_at": datetime},
    )
    return [Lot(**row) for row in rows]


async def lapsed_of(tx: Tx, lots: Collection[UUID]) -> dict[tuple[UUID, WorldKind], int]:
    """How much of each lot expired or was forfeited, and is not back."""
    rows = await tx.fetch(
        "SELECT part.lot_id, ending.kind, SUM(part.points) AS points FROM points_lot_allocation AS part "
        "JOIN points_transfer AS moved ON moved.id = part.transfer_id "
        "JOIN points_account AS ending ON ending.id IN (moved.from_account_id, moved.to_account_id) "
        f"WHERE {tx.one_of('part.lot_id', 1)} AND ending.kind IN ('expired', 'forfeited') "
        "GROUP BY part.lot_id, ending.kind",
        lots,
        types={"lot_id": UUID},
    )
    return {(row["lot_id"], row["kind"]): int(row["points"]) for row in rows}


def lots_named(operations: Iterable[EarlierOperation]) -> set[UUID]:
    """The lots that these operations made, took from or gave back to."""
    legs = [leg for made in operations for leg in made.legs]
    named = {lot_id for leg in legs for lot_id, _ in leg.allocations}
    return named | {leg.transfer_id for leg in legs if leg.to_kind in LOTTED}


def account_row(made: Account) -> tuple[object, ...]:
    """A new account as a row."""
    return (
        made.id,
        OWNER_OF[made.kind],
        made.owner_id,
        made.kind,
        unit_of(made.kind),
        made.balance,
        made.version,
        made.touched_at,
    )
