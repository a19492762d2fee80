"""What a steward has, now or at any past instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.database import Reader, Row
from points.accounts import STEWARD_KINDS, purse_account


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points whose last day is `on`."""

    on: date
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A steward's points (余额), purse by purse, and minutes of service.

    `held` is on hold for orders, `debt` is what he owes; `lifetime` is all that he ever earned, less reversals.
    """

    steward_id: UUID
    spendable: int
    held: int
    honour: int
    services: int
    donation: int
    minutes: int
    debt: int
    lifetime: int
    expiring: tuple[Expiring, ...]
    as_of: datetime


async def balance(reader: Reader, steward_id: UUID, *, now: datetime, at: datetime | None = None) -> Balance:
    """What a steward has now, or had at the instant `at`, by when things were recorded.

    A steward's operations have strictly rising `recorded_at`, so that the balance after one of them is exact.
    """
    ids = {purse_account(steward_id, kind): kind for kind in STEWARD_KINDS}
    standing: dict[str, int] = dict.fromkeys(STEWARD_KINDS, 0)
    for row in await (_now(reader, list(ids)) if at is None else _then(reader, list(ids), at)):
        standing[ids[row["id"]]] = row["balance"]
    spendable_id = purse_account(steward_id, "spendable")
    lots = await (_lots_now(reader, spendable_id) if at is None else _lots_then(reader, spendable_id, at))
    return Balance(
        steward_id=steward_id,
        spendable=standing["spendable"],
        held=standing["escrow"],
        honour=standing["honour"],
        services=standing["services"],
        donation=standing["donation"],
        minutes=standing["minutes"],
        debt=standing["debt"],
        lifetime=await _lifetime(reader, steward_id, at),
        expiring=tuple(Expiring(row["expires_on"], int(row["points"])) for row in lots),
        as_of=now if at is None else at,
    )


async def balances(reader: Reader, steward_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What each of many stewards can spend now. Those who never had points are at 0."""
    by_account = {purse_account(steward_id, "spendable"): steward_id for steward_id in steward_ids}
    found = dict.fromkeys(by_account.values(), 0)
    for row in await _now(reader, list(by_account)):
        found[by_account[row["id"]]] = row["balance"]
    return found


async def _now(reader: Reader, account_ids: list[UUID]) -> list[Row]:
    return await reader.fetch(
        f"SELECT id, balance FROM points_account WHERE {reader.one_of('id', 1)}", account_ids, types={"id": UUID}
    )


async def _then(reader: Reader, account_ids: list[UUID], at: datetime) -> list[Row]:
    found: list[Row] = []
    for account_id in account_ids:
        # The newest transfer on either side: both halves walk an index of versions from its end.
        found += await reader.fetch(
            "SELECT account_id AS id, balance FROM ("
            "SELECT * FROM (SELECT to_account_id AS account_id, to_version AS version, to_balance AS balance "
            "FROM points_transfer WHERE to_account_id = $1 AND recorded_at <= $2 "
            "ORDER BY to_version DESC LIMIT 1) AS arrived "
            "UNION ALL "
            "SELECT * FROM (SELECT from_account_id AS account_id, from_version AS version, from_balance AS balance "
            "FROM points_transfer WHERE from_account_id = $1 AND recorded_at <= $2 "
            "ORDER BY from_version DESC LIMIT 1) AS left_it"
            ") AS newest ORDER BY version DESC LIMIT 1",
            account_id,
            at,
            types={"id": UUID},
        )
    return found


async def _lots_now(reader: Reader, account_id: UUID) -> list[Row]:
    return await reader.fetch(
        "SELECT expires_on, SUM(remaining) AS points FROM points_lot "
        "WHERE account_id = $1 AND remaining > 0 AND expires_on IS NOT NULL GROUP BY expires_on ORDER BY expires_on",
        account_id,
        types={"expires_on": date},
    )


async def _lots_then(reader: Reader, account_id: UUID, at: datetime) -> list[Row]:
    return await reader.fetch(
        "SELECT expires_on, SUM(points - taken) AS points FROM ("
        "SELECT lot.expires_on, lot.points, COALESCE((SELECT SUM(part.points) FROM points_lot_allocation AS part "
        "JOIN points_transfer AS moved ON moved.id = part.transfer_id "
        "WHERE part.lot_id = lot.transfer_id AND moved.recorded_at <= $2), 0) AS taken "
        "FROM points_lot AS lot WHERE lot.account_id = $1 AND lot.granted_at <= $2 AND lot.expires_on IS NOT NULL"
        ") AS standing GROUP BY expires_on HAVING SUM(points - taken) > 0 ORDER BY expires_on",
        account_id,
        at,
        types={"expires_on": date},
    )


async def _lifetime(reader: Reader, steward_id: UUID, at: datetime | None) -> int:
    until = "" if at is None else " AND recorded_at <= $2"
    found = await reader.fetch_one(
        f"SELECT COALESCE(SUM(points), 0) AS points FROM points_award WHERE steward_id = $1{until}",
        steward_id,
        *(() if at is None else (at,)),
    )
    return int(found["points"]) if found else 0
