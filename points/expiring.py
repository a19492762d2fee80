"""Points that end (到期): what ends when, who is told before, and the jobs that let it end.

The jobs walk the accounts in the order of their ids and ask of each, by an index, whether it has lots to end. So a run
costs one pass however many pages it takes, stops anywhere, and goes on from its cursor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.jobs import Job, JobRun
from kernel.messages import N_, Text
from points.ledger import post
from points.rule_versions import rules_on
from points.wishes import Credit, Expire, Posted, fingerprint_of
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

EXPIRY = "expiry"
ANNUAL_BASE = "annual_base"
OWNERS_AT_ONCE = 500  # in one transaction
LOTS_AT_ONCE = 20_000  # the same, so that no transaction is long where everybody has hundreds


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringLine:
    """Points of the stewards of a street whose last day is `on`, and how many stewards have some of them."""

    street_code: str
    street_name: str
    street_name_en: str
    on: date
    points: int
    stewards: int


def _expired(params: Mapping[str, Any]) -> Text:
    return Text(N_("有 {points} 分过了有效期，已作废。"), params)


def _reminder(params: Mapping[str, Any]) -> Text:
    return Text(N_("您有 {points} 分 {day} 到期，还有 {days} 天。可以去兑换，也可以捐赠。"), params)


def _base(params: Mapping[str, Any]) -> Text:
    return Text(N_("{year} 年从 {points} 分开始。"), params)


register_message("points_expired", _expired)
register_message("points_expiring", _reminder)
register_message("annual_base_given", _base)


async def expiring_by_street(reader: Reader, principal: Principal | None) -> list[ExpiringLine]:
    """What ends when, by street and day, for the stewards within a caller's reach."""
    condition, args = reach(principal, Action.REPORTS_READ).condition(
        reader, 1, street="steward.street_id", community="steward.community_id"
    )
    rows = await reader.fetch(
        "SELECT street.code AS street_code, street.name AS street_name, street.name_en AS street_name_en, "
        'lot.expires_on AS "on", SUM(lot.remaining) AS points, COUNT(DISTINCT account.owner_id) AS stewards '
        "FROM points_lot AS lot JOIN points_account AS account ON account.id = lot.account_id "
        "JOIN stewards_steward AS steward ON steward.id = account.owner_id "
        "JOIN stewards_street AS street ON street.id = steward.street_id "
        f"WHERE lot.remaining > 0 AND lot.expires_on IS NOT NULL AND {condition} "
        "GROUP BY street.code, street.name, street.name_en, lot.expires_on ORDER BY lot.expires_on, street.code",
        *args,
        types={"on": date},
    )
    return [ExpiringLine(**{**row, "points": int(row["points"])}) for row in rows]


async def expire_owners(tx: Tx, owner_ids: Sequence[tuple[UUID, str]], *, today: date, now: datetime) -> int:
    """Let what ended before `today` expire for some owners (id, kind), and tell stewards; answers the points."""
    wishes = [
        Expire(
            owner_id=owner_id,
            before=today,
            reason=EXPIRY,
            reference=f"expiry {today.isoformat()}/{owner_id}",
            occurred_at=now,
            owner_kind="team" if kind == "team" else "steward",
        )
        for owner_id, kind in owner_ids
    ]
    expired = 0
    messages = []
    for wish, outcome in zip(wishes, await post(tx, wishes, now=now), strict=True):
        if isinstance(outcome, Refusal) or outcome.replayed:
            continue  # nothing is left of it, or another account of this owner was met before
        expired += outcome.taken
        if wish.owner_kind == "steward":
            params = {"points": outcome.taken}
            messages.append(
                NewMessage(steward_id=wish.owner_id, code="points_expired", params=params, cause=wish.reference)
            )
    await post_messages(tx, messages, now=now)
    return expired


async def remind_owners(tx: Tx, after: UUID, *, today: date, now: datetime, limit: int = OWNERS_AT_ONCE) -> UUID | None:
    """Remind the next stewards of what ends soon, once for each day and reminder; answers the last account met."""
    rules = (await rules_on(tx, {today})).get(today)
    reminders = sorted(rules.document.expiry.reminders_days) if rules else []
    if not reminders:
        return None
    accounts = await _accounts_with_lots(
        tx, after, "lot.expires_on >= $2 AND lot.expires_on <= $3", today, today + timedelta(reminders[-1]), limit=limit
    )
    if not accounts:
        return None
    lots = await tx.fetch(
        "SELECT account.owner_id, lot.expires_on, SUM(lot.remaining) AS points FROM points_lot AS lot "
        f"JOIN points_account AS account ON account.id = lot.account_id WHERE {tx.one_of('lot.account_id', 1)} "
        "AND account.owner_kind = 'steward' AND lot.remaining > 0 AND lot.expires_on >= $2 AND lot.expires_on <= $3 "
        "GROUP BY account.owner_id, lot.expires_on ORDER BY account.owner_id, lot.expires_on",
        [account["id"] for account in accounts],
        today,
        today + timedelta(reminders[-1]),
        types={"owner_id": UUID, "expires_on": date},
    )
    messages = []
    for lot in lots:
        left = (lot["expires_on"] - today).days
        stage = next(days for days in reminders if left <= days)
        messages.append(
            NewMessage(
                steward_id=lot["owner_id"],
                code="points_expiring",
                params={"points": int(lot["points"]), "day": lot["expires_on"].isoformat(), "days": left},
                cause=f"expiring {lot['owner_id']}/{lot['expires_on'].isoformat()}/{stage}",
            )
        )
    await post_messages(tx, messages, now=now)
    last: UUID = accounts[-1]["id"]
    return last


async def give_bases(
    tx: Tx, after: UUID, *, year: int, base: int, now: datetime, limit: int = OWNERS_AT_ONCE
) -> UUID | None:
    """Give the next stewards in service the base that they begin a year with; answers the last one met."""
    rows = await tx.fetch(
        "SELECT id FROM stewards_steward WHERE id > $1 AND status IN ('active', 'suspended') AND joined_on < $2 "
        f"ORDER BY id LIMIT {int(limit)}",
        after,
        date(year, 1, 1),
        types={"id": UUID},
    )
    if not rows:
        return None
    wishes = [
        Credit(
            owner_id=row["id"],
            points=base,
            reason=ANNUAL_BASE,
            reference=f"base {year}/{row['id']}",
            occurred_at=now,
            expires_on=date(year, 12, 31),
            fingerprint=fingerprint_of("base", year, row["id"]),
        )
        for row in rows
    ]
    outcomes = await post(tx, wishes, now=now)
    messages = [
        NewMessage(
            steward_id=wish.owner_id,
            code="annual_base_given",
            params={"year": year, "points": base},
            cause=wish.reference,
        )
        for wish, outcome in zip(wishes, outcomes, strict=True)
        if isinstance(outcome, Posted) and not outcome.replayed
    ]
    await post_messages(tx, messages, now=now)
    last: UUID = rows[-1]["id"]
    return last


async def _accounts_with_lots(reader: Reader, after: UUID, which: str, *args: Any, limit: int) -> list[Row]:
    """The next accounts, by id, that have something left of lots that meet a condition."""
    return await reader.fetch(
        "SELECT account.id, account.owner_id, account.owner_kind FROM points_account AS account "
        "WHERE account.id > $1 AND account.balance > 0 AND EXISTS (SELECT 1 FROM points_lot AS lot "
        f"WHERE lot.account_id = account.id AND lot.remaining > 0 AND {which}) ORDER BY account.id LIMIT {int(limit)}",
        after,
        *args,
        types={"id": UUID, "owner_id": UUID},
    )


async def _some_of(reader: Reader, accounts: Sequence[Row]) -> Sequence[Row]:
    """The first of these accounts, as many as hold no more than LOTS_AT_ONCE lots together; one at least."""
    rows = await reader.fetch(
        f"SELECT account_id, COUNT(*) AS lots FROM points_lot WHERE {reader.one_of('account_id', 1)} AND remaining > 0 "
        "GROUP BY account_id",
        [account["id"] for account in accounts],
        types={"account_id": UUID},
    )
    lots = {row["account_id"]: int(row["lots"]) for row in rows}
    so_far = 0
    for at, account in enumerate(accounts):
        so_far += lots.get(account["id"], 0)
        if at and so_far > LOTS_AT_ONCE:
            return accounts[:at]
    return accounts


def _cursor(run: JobRun) -> UUID:
    return UUID(run.cursor) if run.cursor else UUID(int=0)


async def _expire(run: JobRun) -> None:
    today = local_date(run.now())

    async def step(tx: Tx) -> bool:
        found = await _accounts_with_lots(tx, _cursor(run), "lot.expires_on < $2", today, limit=OWNERS_AT_ONCE)
        accounts = await _some_of(tx, found)
        if accounts:
            owners = sorted({(account["owner_id"], account["owner_kind"]) for account in accounts})
            await expire_owners(tx, owners, today=today, now=run.now())
            await run.save(tx, str(accounts[-1]["id"]))
        return bool(accounts)

    while await run.database.run(step):
        pass


async def _remind(run: JobRun) -> None:
    today = local_date(run.now())

    async def step(tx: Tx) -> bool:
        last = await remind_owners(tx, _cursor(run), today=today, now=run.now())
        if last is not None:
            await run.save(tx, str(last))
        return last is not None

    while await run.database.run(step):
        pass


async def _reset(run: JobRun) -> None:
    """Policy C: what ended has expired by now; everybody begins the year with the base of the rules."""
    today = local_date(run.now())
    new_year = date(today.year, 1, 1)
    if local_date(run.due_at) > new_year:
        return  # this year has begun already
    rules = (await rules_on(await run.database.reader(), {new_year})).get(new_year)
    if rules is None or rules.document.expiry.policy != "annual_reset" or not rules.document.expiry.base:
        return
    base = rules.document.expiry.base

    async def step(tx: Tx) -> bool:
        last = await give_bases(tx, _cursor(run), year=today.year, base=base, now=run.now())
        if last is not None:
            await run.save(tx, str(last))
        return last is not None

    while await run.database.run(step):
        pass


EXPIRY_JOBS: tuple[Job, ...] = (
    Job(name="points-expiry", every=timedelta(days=1), offset=timedelta(minutes=10), run=_expire),
    Job(name="points-annual-base", every=timedelta(days=1), offset=timedelta(minutes=20), run=_reset),
    Job(name="points-reminders", every=timedelta(days=1), offset=timedelta(hours=8), run=_remind),
)
"""Every night what has ended expires, and on 1 January bases are given; every morning stewards are reminded."""
