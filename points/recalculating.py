"""Recalculating a past period (重新计算): what was recorded stays, the difference is posted as corrections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.clock import month_period
from kernel.database import Database, Reader, Tx
from kernel.errors import Kind, Refusal
from points.adjusting import CORRECTION, Adjusted, Adjustment, adjust, month_days
from points.receipt import Step
from points.refusals import BudgetExhausted
from points.rehearsing import awards_between
from points.replay import Replay, Replayed, RulesOfDays
from points.rule_versions import rules_by_number, rules_on
from points.rules import Rules

_CHUNK = 500
LONGEST_CAUSE = 40


class CauseUnfit(Refusal):
    """The name of a recalculation is missing or too long."""

    code = "recalculation_cause_unfit"
    kind = Kind.INVALID
    message = "请用 1 到 {most} 个字母、数字或 -_. 给这次重算起个名字。"


class UnknownVersion(Refusal):
    """No such version was published."""

    code = "unknown_rule_version"
    kind = Kind.NOT_FOUND
    message = "没有第 {number} 版规则。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What one steward's month should have been worth, and the difference that is to be posted."""

    steward_id: UUID
    street_id: UUID | None
    period: str
    purse: str  # spendable or honour
    before: int
    after: int
    rules: Rules

    @property
    def points(self) -> int:
        """The difference."""
        return self.after - self.before


async def plan_corrections(reader: Reader, *, first: str, last: str, version: int | None = None) -> list[Correction]:
    """What the months from `first` to `last` should have been worth: under a published version, or where none is
    named under the rules that were in force on each day.

    Earlier corrections count as recorded, so that a second recalculation finds nothing. Honour points never fall.

    Raises:
        UnknownVersion: no such version was published.

    """
    begins, ends = month_days(first)[0], month_days(last)[1]
    replay = Replay(await _rules(reader, begins, ends, version))
    corrected: dict[tuple[UUID, str, str], int] = {}
    async for page in awards_between(reader, begins, ends):
        replay.take(page)
        for award in page:
            if award.reason == CORRECTION:
                key = (award.steward_id, month_period(award.occurred_at), award.purse)
                corrected[key] = corrected.get(key, 0) + award.points
    found: dict[tuple[UUID, str, str], list[int]] = {}
    seen: dict[UUID, Replayed] = {}
    for one in replay.finish():
        month = month_period(one.award.occurred_at)
        seen[one.award.steward_id] = one
        found.setdefault((one.award.steward_id, month, _purse(one.award.purse)), [0, 0])[0] += one.before
        found.setdefault((one.award.steward_id, month, _purse(one.purse)), [0, 0])[1] += one.points
    newest = await rules_by_number(reader, version) if version is not None else None
    plans = []
    for (steward_id, month, purse), (before, after) in sorted(found.items()):
        recorded = before + corrected.get((steward_id, month, purse), 0)
        if after == recorded or (purse == "honour" and after < recorded):
            continue
        rules = newest or (await rules_on(reader, [month_days(month)[1]]))[month_days(month)[1]]
        street_id = seen[steward_id].award.street_id
        plans.append(
            Correction(
                steward_id=steward_id,
                street_id=street_id,
                period=month,
                purse=purse,
                before=recorded,
                after=after,
                rules=rules,
            )
        )
    return plans


async def recalculate(
    tx: Tx, corrections: Sequence[Correction], *, cause: str, by: UUID | None, now: datetime
) -> list[Adjusted | BudgetExhausted]:
    """Post corrections under the name of a recalculation; the same name again posts nothing twice.

    What a street's budget cannot pay is refused; once it is funded, the same name posts it.

    Raises:
        CauseUnfit: the name is empty, too long or not of plain characters.

    """
    if not 0 < len(cause) <= LONGEST_CAUSE or not all(part.isalnum() or part in "-_." for part in cause):
        raise CauseUnfit(pointer="/cause", most=LONGEST_CAUSE)
    return await adjust(
        tx,
        [
            Adjustment(
                kind=CORRECTION,
                steward_id=one.steward_id,
                street_id=one.street_id,
                period=one.period,
                points=one.points,
                reference=f"{cause} {one.period} {one.purse} {one.steward_id}",
                step=Step("correction", one.points, {"period": one.period, "before": one.before, "after": one.after}),
                rules=one.rules,
                purse="honour" if one.purse == "honour" else "spendable",
                actor_id=by,
            )
            for one in corrections
        ],
        now=now,
    )


async def recalculate_all(
    database: Database, corrections: Sequence[Correction], *, cause: str, by: UUID | None, now: datetime
) -> tuple[int, int]:
    """Post many corrections, some hundred in a transaction; interrupted, the same name goes on.

    Answers how many were posted, and how many the budgets of their streets could not pay.
    """
    done = unpaid = 0
    for start in range(0, len(corrections), _CHUNK):
        chunk = corrections[start : start + _CHUNK]

        async def use_case(tx: Tx, chunk: Sequence[Correction] = chunk) -> list[Adjusted | BudgetExhausted]:
            return await recalculate(tx, chunk, cause=cause, by=by, now=now)

        outcomes = await database.run(use_case)
        unpaid += sum(isinstance(outcome, BudgetExhausted) for outcome in outcomes)
        done += sum(isinstance(outcome, Adjusted) and not outcome.replayed for outcome in outcomes)
    return done, unpaid


def _purse(purse: str) -> str:
    return "honour" if purse == "honour" else "spendable"


async def _rules(reader: Reader, begins: date, ends: date, version: int | None) -> RulesOfDays:
    if version is not None:
        found = await rules_by_number(reader, version)
        if found is None:
            raise UnknownVersion(pointer="/version", number=version)
        return RulesOfDays(always=found)
    days = [date.fromordinal(day) for day in range(begins.toordinal(), ends.toordinal() + 1)]
    return RulesOfDays(by_day=await rules_on(reader, days))
