"""Owners' accounts and lots as rows: locked in one order, made where they are new."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from kernel.database import Insert, Row, Tx
from points.accounts import steward_account
from points.models import Account as AccountModel
from points.state import Account, Lot

ACCOUNT_COLUMNS = ("id", "owner_kind", "owner_id", "kind", "unit", "balance", "version", "touched_at")
_ACCOUNT_TYPES: Mapping[str, type] = {"id": UUID, "owner_id": UUID, "touched_at": datetime}


async def locked_accounts(
    tx: Tx, owners: Iterable[UUID], takers: Collection[UUID], keys: Sequence[tuple[str, str]] | None
) -> tuple[list[Account], bool]:
    """The owners' accounts, and whether any operation with one of these keys may be recorded already.

    An owner's spendable account is the lock of his whole purse. His other accounts are read after it is held. Since
    whoever owes has nothing to spend, they matter only where the balance is 0 or where points are taken.
    """
    by_id = {steward_account(owner_id, "spendable"): owner_id for owner_id in owners}
    found = await _lock(tx, list(by_id), keys)
    some_recorded = keys is not None and (not found or next(iter(found.values()))["recorded"] > 0)
    missing = sorted(account_id for account_id in by_id if account_id not in found)
    if missing:
        # Two processes may meet here; both then lock the one row that came to be.
        rows = [(account_id, "steward", by_id[account_id], "spendable", "points", 0, 0, None) for account_id in missing]
        await tx.write([Insert(AccountModel, ACCOUNT_COLUMNS, rows, skip_existing=True)])
        found |= await _lock(tx, missing, None)
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
    return accounts, some_recorded


async def _lock(tx: Tx, ids: Sequence[UUID], keys: Sequence[tuple[str, str]] | None) -> dict[UUID, Row]:
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


async def spendable_lots(tx: Tx, accounts: Collection[UUID], lots: Collection[UUID]) -> list[Lot]:
    """What is left in these accounts, by lot, and these lots even where nothing is left of them."""
    rows = await tx.fetch(
        "SELECT transfer_id AS id, account_id, points, remaining, expires_on, granted_at FROM points_lot "
        f"WHERE ({tx.one_of('account_id', 1)} AND remaining > 0) OR {tx.one_of('transfer_id', 2)}",
        accounts,
        lots,
        types={"id": UUID, "account_id": UUID, "expires_on": date, "granted_at": datetime},
    )
    return [Lot(**row) for row in rows]
