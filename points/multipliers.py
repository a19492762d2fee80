"""Multipliers (系数): published by a closed evaluation, settled once a month as one operation for each steward."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import day_start, local_date
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.jobs import Job, JobRun
from points.adjusting import MULTIPLIER, Adjusted, Adjustment, adjust, month_days
from points.award_rows import awards_by_key
from points.models import Multiplier
from points.receipt import Receipt, Step
from points.refusals import BudgetExhausted
from points.rule_versions import rules_on
from points.rules import Rules
from points.scores import multiplied

MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
_QUARTER = re.compile(r"(20\d\d)-Q([1-4])", re.ASCII)
_CHUNK = 500
MOST_PERCENT = 1_000
_NEWEST = (
    "NOT EXISTS (SELECT 1 FROM points_multiplier AS newer WHERE newer.period = published.period "
    "AND newer.steward_id = published.steward_id AND newer.number > published.number)"
)


class PeriodUnfit(Refusal):
    """Neither a month nor a quarter."""

    code = "multiplier_period_unfit"
    kind = Kind.INVALID
    message = "期间应写作 2026-10 或 2026-Q4。"


class MultiplierUnfit(Refusal):
    """Not a percentage that a multiplier can have."""

    code = "multiplier_unfit"
    kind = Kind.INVALID
    message = "系数应为 0 到 {most} 之间的整百分数。"


class MultiplierStands(Refusal):
    """Another multiplier was published for this steward and month."""

    code = "multiplier_stands"
    message = "{period} 的系数已经公布为 {percent}%，不能改动。"


def months_of(period: str) -> list[str]:
    """The months of a month or quarter: 2026-Q4 has 2026-10, 2026-11 and 2026-12.

    Raises:
        PeriodUnfit: it is neither.

    """
    if MONTH.fullmatch(period):
        return [period]
    if found := _QUARTER.fullmatch(period):
        first = 3 * int(found[2]) - 2
        return [f"{found[1]}-{month:02d}" for month in range(first, first + 3)]
    raise PeriodUnfit(pointer="/period")


async def publish_multipliers(
    tx: Tx,
    period: str,
    multipliers: Mapping[UUID, int],
    *,
    by: UUID | None,
    now: datetime,
    replacing: bool = False,
) -> int:
    """Publish by how many percent stewards' points of a month, or of each month of a quarter, count.

    110 is x1.10. The same again changes nothing; answers how many are new. With `replacing`, for an evaluation that
    was closed anew, another one takes the place of what stood, and a month that was settled is made up for at once.

    Raises:
        PeriodUnfit, MultiplierUnfit: as they say.
        BudgetExhausted: the street's budget cannot pay what a replaced multiplier adds.
        MultiplierStands: another one was published before; nothing of this call is kept.

    """
    months = months_of(period)
    for percent in multipliers.values():
        if type(percent) is not int or not 0 <= percent <= MOST_PERCENT:
            raise MultiplierUnfit(pointer="/percent", most=MOST_PERCENT)
    standing = await _published(tx, months, multipliers)
    fresh: list[dict[str, Any]] = []
    for month in months:
        for steward_id, percent in sorted(multipliers.items()):
            number, before = standing.get((month, steward_id), (0, None))
            if before == percent:
                continue
            if before is not None and not replacing:
                raise MultiplierStands(period=month, percent=before)
            made = {"id": new_id(), "steward_id": steward_id, "period": month, "percent": percent, "number": number + 1}
            fresh.append({**made, "published_by": by, "published_at": now})
    await tx.insert(Multiplier, fresh)
    await _make_up(tx, [row for row in fresh if row["number"] > 1], by=by, now=now)
    if fresh:
        entry = AuditEntry(
            actor=Actor("staff", by) if by else Actor("system"),
            action="multipliers.publish",
            subject_kind="multiplier",
            detail={"period": period, "stewards": len(multipliers)},
        )
        await record(tx, [entry], now=now)
    return len(fresh)


async def multipliers_of(reader: Reader, period: str, steward_ids: Collection[UUID]) -> dict[UUID, int]:
    """The published percentages of stewards for a month; those without are absent."""
    found = await _published(reader, [period], steward_ids)
    return {steward_id: percent for (_, steward_id), (_, percent) in found.items()}


async def settle_multipliers(
    tx: Tx, period: str, steward_ids: Collection[UUID], *, now: datetime
) -> list[Adjusted | BudgetExhausted]:
    """Settle a month: points of its events x (multiplier - 1), half up, one operation for each steward.

    Where a street's budget pays for points it pays for this too, and below x1.00 gets back what it had paid. What it
    cannot pay stays unsettled until it is funded.

    Stewards without a multiplier, or with x1.00, have nothing to settle. What was settled once stays as it is, also
    when a case of that month is reopened later.
    """
    percents = {
        steward_id: percent
        for steward_id, percent in (await multipliers_of(tx, period, steward_ids)).items()
        if percent != 100
    }
    first, last = month_days(period)
    rules = (await rules_on(tx, [last])).get(last)
    if rules is None or not percents:
        return []
    earned = await _earned(tx, first, last, rules, percents)
    streets = await _streets(tx, percents)
    wishes = []
    for steward_id, percent in sorted(percents.items()):
        base = earned.get(steward_id, 0)
        points = multiplied(base, percent)
        step = Step("multiplier", points, {"period": period, "percent": percent, "base": base})
        wishes.append(
            Adjustment(
                kind=MULTIPLIER,
                steward_id=steward_id,
                street_id=streets.get(steward_id),
                period=period,
                points=points,
                reference=f"{period} {steward_id}",
                step=step,
                rules=rules,
            )
        )
    return await adjust(tx, wishes, now=now)


async def _make_up(tx: Tx, replaced: Sequence[Mapping[str, Any]], *, by: UUID | None, now: datetime) -> None:
    """Post the difference for months that were settled under a multiplier that was replaced, from the same base."""
    first = {f"{row['period']} {row['steward_id']}": row for row in replaced}
    earlier = {
        f"{reference} {number}" if number > 1 else reference
        for reference, row in first.items()
        for number in range(1, row["number"])
    }
    settled = await awards_by_key(tx, {(MULTIPLIER, reference) for reference in earlier})
    wishes = []
    for reference, row in sorted(first.items()):
        root = settled.get((MULTIPLIER, reference))
        if root is None:
            continue  # settled later, under the new one
        steps = Receipt.from_json(root.receipt).steps
        base = int(steps[0].params["base"])
        had = sum(award.points for key, award in settled.items() if key[1].startswith(reference))
        points = multiplied(base, row["percent"]) - had
        month, last = row["period"], month_days(row["period"])[1]
        rules = (await rules_on(tx, [last]))[last]
        step = Step("multiplier", points, {"period": month, "percent": row["percent"], "base": base, "had": had})
        wishes.append(
            Adjustment(
                kind=MULTIPLIER,
                steward_id=row["steward_id"],
                street_id=root.street_id,
                period=month,
                points=points,
                reference=f"{reference} {row['number']}",
                step=step,
                rules=rules,
                actor_id=by,
            )
        )
    for outcome in await adjust(tx, wishes, now=now):
        if isinstance(outcome, BudgetExhausted):
            raise outcome  # nobody would come back to it


def settled_from(period: str, rules: Rules | None) -> date:
    """The local day from which a month may be settled: cases of its last days have to be verified first."""
    multipliers = rules.document.multipliers if rules else None
    return month_days(period)[1] + timedelta(days=multipliers.settles_after_days if multipliers else 10)


async def _settle_due(run: JobRun) -> None:
    """Settle every month whose day has come, some hundred stewards at a time."""
    today = local_date(run.now())
    months = await (await run.database.reader()).fetch(
        "SELECT DISTINCT period FROM points_multiplier WHERE period < $1 ORDER BY period", today.isoformat()[:7]
    )
    for month in months:
        period = month["period"]
        last = month_days(period)[1]
        reader = await run.database.reader()
        if today < settled_from(period, (await rules_on(reader, [last])).get(last)):
            continue
        after = UUID(int=0)
        while steward_ids := await _unsettled(await run.database.reader(), period, after):
            after = steward_ids[-1]

            async def step(tx: Tx, period: str = period, ids: Sequence[UUID] = steward_ids) -> None:
                await settle_multipliers(tx, period, ids, now=run.now())
                await run.save(tx, {"period": period, "settled": len(ids)})

            await run.database.run(step)


MULTIPLIER_JOB = Job(name="settle-multipliers", every=timedelta(days=1), offset=timedelta(hours=2), run=_settle_due)


async def _unsettled(reader: Reader, period: str, after: UUID) -> list[UUID]:
    rows = await reader.fetch(
        f"SELECT published.steward_id FROM points_multiplier AS published WHERE published.period = $1 AND {_NEWEST} "
        "AND published.steward_id > $2 AND published.percent <> 100 "
        "AND NOT EXISTS (SELECT 1 FROM points_award AS award WHERE award.reason = 'multiplier' "
        "AND award.reference = published.period || ' ' || CAST(published.steward_id AS TEXT)) "
        f"ORDER BY published.steward_id LIMIT {_CHUNK}",
        period,
        after,
        types={"steward_id": UUID},
    )
    return [row["steward_id"] for row in rows]


async def _published(
    reader: Reader, months: Sequence[str], steward_ids: Collection[UUID]
) -> dict[tuple[str, UUID], tuple[int, int]]:
    """The newest number and percentage by month and steward."""
    rows = await reader.fetch(
        "SELECT published.period, published.steward_id, published.number, published.percent "
        f"FROM points_multiplier AS published WHERE {reader.one_of('published.period', 1)} "
        f"AND {reader.one_of('published.steward_id', 2)} AND {_NEWEST}",
        list(months),
        sorted(steward_ids),
        types={"steward_id": UUID},
    )
    return {(row["period"], row["steward_id"]): (row["number"], row["percent"]) for row in rows}


async def _earned(
    reader: Reader, first: date, last: date, rules: Rules, steward_ids: Collection[UUID]
) -> dict[UUID, int]:
    """What stewards earned by the events that are multiplied, reversals and top-ups included."""
    multipliers = rules.document.multipliers
    events = [event.value for event in multipliers.events] if multipliers else ["case_verified", "case_solved"]
    rows = await reader.fetch(
        "SELECT award.steward_id, SUM(award.points) AS points FROM points_award AS award "
        "LEFT JOIN points_award AS undone ON undone.id = award.reverses_id "
        "LEFT JOIN points_award AS root ON root.id = COALESCE(award.tops_up_id, undone.tops_up_id, undone.id) "
        f"WHERE {reader.one_of('award.steward_id', 1)} AND award.occurred_at >= $2 AND award.occurred_at < $3 "
        f"AND {reader.one_of('COALESCE(root.reason, award.reason)', 4)} GROUP BY award.steward_id",
        sorted(steward_ids),
        day_start(first),
        day_start(last + timedelta(days=1)),
        events,
        types={"steward_id": UUID},
    )
    return {row["steward_id"]: int(row["points"]) for row in rows}


async def _streets(reader: Reader, steward_ids: Collection[UUID]) -> dict[UUID, UUID]:
    rows = await reader.fetch(
        f"SELECT id, street_id FROM stewards_steward WHERE {reader.one_of('id', 1)}",
        sorted(steward_ids),
        types={"id": UUID, "street_id": UUID},
    )
    return {row["id"]: row["street_id"] for row in rows}
