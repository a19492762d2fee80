"""What a steward has, now or at any past instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from kernel.database import Reader
from points.accounts import STEWARD_KINDS, PurseKind, purse_account


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

    It is one statement, so that all of it is of one moment. A steward's operations have strictly rising
    `recorded_at`, so that the balance after one of them is exact.
    """
    accounts = {purse_account(steward_id, kind): kind for kind in STEWARD_KINDS}
    standing: dict[str, int] = dict.fromkeys(STEWARD_KINDS, 0)
    lifetime, expiring = 0, []
    past = () if at is None else (at,)
    for row in await reader.fetch(
        _NOW.format(one_of=reader.one_of("id", 1)) if at is None else _then(len(accounts)),
        *((list(accounts),) if at is None else accounts),
        purse_account(steward_id, "spendable"),
        steward_id,
        *past,
        types={"id": UUID, "expires_on": date},
    ):
        if row["part"] == "account":
            standing[accounts[row["id"]]] = int(row["points"])
        elif row["part"] == "lot":
            expiring.append(Expiring(row["expires_on"], int(row["points"])))
        else:
            lifetime = int(row["points"])
    return Balance(
        steward_id=steward_id,
        spendable=standing["spendable"],
        held=standing["escrow"],
        honour=standing["honour"],
        services=standing["services"],
        donation=standing["donation"],
        minutes=standing["minutes"],
        debt=standing["debt"],
        lifetime=lifetime,
        expiring=tuple(sorted(expiring, key=lambda part: part.on)),
        as_of=now if at is None else at,
    )


async def balances(
    reader: Reader, owner_ids: Iterable[UUID], *, purse: PurseKind = "spendable", at: datetime | None = None
) -> dict[UUID, int]:
    """What each of many owners has in one purse now, or had at an instant. Those who never had anything are at 0."""
    by_account = {purse_account(owner_id, purse): owner_id for owner_id in owner_ids}
    found = dict.fromkeys(by_account.values(), 0)
    past: tuple[datetime, ...] = ()
    sql = _ONE_NOW
    if at is not None:
        sql, past = _ONE_THEN, (at,)
    rows = await reader.fetch(sql + reader.one_of("account.id", 1), list(by_account), *past, types={"id": UUID})
    for row in rows:
        found[by_account[row["id"]]] = row["balance"] or 0
    return found


_ONE_NOW = "SELECT account.id, account.balance FROM points_account AS account WHERE "
_ONE_THEN = (
    "SELECT account.id, (SELECT balance FROM ("
    "SELECT * FROM (SELECT to_version AS version, to_balance AS balance FROM points_transfer "
    "WHERE to_account_id = account.id AND recorded_at <= $2 ORDER BY to_version DESC LIMIT 1) AS to_side "
    "UNION ALL SELECT * FROM (SELECT from_version AS version, from_balance AS balance FROM points_transfer "
    "WHERE from_account_id = account.id AND recorded_at <= $2 ORDER BY from_version DESC LIMIT 1) AS from_side"
    ") AS sides ORDER BY version DESC LIMIT 1) AS balance FROM points_account AS account WHERE "
)

_NOW = (
    "SELECT 'account' AS part, id, NULL AS expires_on, balance AS points FROM points_account WHERE {one_of} "
    "UNION ALL SELECT 'lot', NULL, expires_on, SUM(remaining) FROM points_lot "
    "WHERE account_id = $2 AND remaining > 0 AND expires_on IS NOT NULL GROUP BY expires_on "
    "UNION ALL SELECT 'lifetime', NULL, NULL, COALESCE(SUM(points), 0) FROM points_award WHERE steward_id = $3"
)


@cache
def _then(accounts: int) -> str:
    """The same at an instant: an account's newest transfer is found by walking an index of versions from its end."""
    spendable, steward, at = f"${accounts + 1}", f"${accounts + 2}", f"${accounts + 3}"
    parts = []
    for number in range(1, accounts + 1):
        sides = " UNION ALL ".join(
            f"SELECT * FROM (SELECT {side}_account_id AS id, {side}_version AS version, {side}_balance AS points "
            f"FROM points_transfer WHERE {side}_account_id = ${number} AND recorded_at <= {at} "
            f"ORDER BY {side}_version DESC LIMIT 1) AS {side}_side"
            for side in ("to", "from")
        )
        parts.append(
            "SELECT * FROM (SELECT 'account' AS part, id, CAST(NULL AS date) AS expires_on, points "
            f"FROM ({sides}) AS sides_{number} ORDER BY version DESC LIMIT 1) AS newest_{number}"
        )
    parts.append(
        "SELECT 'lot', NULL, expires_on, SUM(points - taken) FROM ("
        "SELECT lot.expires_on, lot.points, COALESCE((SELECT SUM(part.points) FROM points_lot_allocation AS part "
        "JOIN points_transfer AS moved ON moved.id = part.transfer_id "
        f"WHERE part.lot_id = lot.transfer_id AND moved.recorded_at <= {at}), 0) AS taken "
        f"FROM points_lot AS lot WHERE lot.account_id = {spendable} AND lot.granted_at <= {at} "
        "AND lot.expires_on IS NOT NULL"
        ") AS standing GROUP BY expires_on HAVING SUM(points - taken) > 0"
    )
    parts.append(
        "SELECT 'lifetime', NULL, NULL, COALESCE(SUM(points), 0) FROM points_award "
        f"WHERE steward_id = {steward} AND recorded_at <= {at}"
    )
    return " UNION ALL ".join(parts)
