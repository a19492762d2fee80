"""What cases say of each steward, read with one query. Measures are shares, so few cases cost nobody anything.

The opportunity that a lane offers is evened out in two ways. A share of few cases is drawn toward the street's
(evaluation.measuring). And where the scheme says so, a share is compared with what the same mix of categories reaches
in the whole district (indirect standardisation): own share − expected share + district's share.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from uuid import UUID

from evaluation.periods import Period
from evaluation.schemes import Cases, Measure
from evaluation.votes import Facts, Measured
from kernel.database import Reader
from points.rule_versions import rules_on

_AGAINST_REPORTER = ("not_solved", "came_back", "wrongly_verified")
_LEAST_OF_A_CATEGORY = 30  # cases of the district; below, its share says little and the district's stands in

_SECONDS = {
    "sqlite": "CAST(strftime('%s', {}) AS INTEGER)",
    "postgres": "CAST(FLOOR(EXTRACT(EPOCH FROM {})) AS BIGINT)",
}
_COUNTS = """
    SELECT c.steward_id, c.category, COUNT(*) AS reported,
           SUM(CASE WHEN c.state IN ('verified', 'solved', 'rejected') THEN 1 ELSE 0 END) AS decided,
           SUM(CASE WHEN c.state IN ('verified', 'solved') THEN 1 ELSE 0 END) AS verified,
           SUM(CASE WHEN c.state = 'solved' THEN 1 ELSE 0 END) AS solved,
           SUM(CASE WHEN c.state IN ('verified', 'solved')
                     AND ({received} - {reported} <= $3 OR {verified} - {reported} <= $3) THEN 1 ELSE 0 END) AS timely,
           SUM(CASE WHEN again.case_id IS NULL THEN 0 ELSE 1 END) AS reopened,
           SUM(CASE WHEN c.state IN ('verified', 'solved') OR again.case_id IS NOT NULL THEN 1 ELSE 0 END) AS settled,
           SUM(CASE WHEN c.urgency = 'hazard' AND c.state IN ('verified', 'solved') THEN 1 ELSE 0 END) AS hazards
    FROM cases_case c
    LEFT JOIN (SELECT DISTINCT case_id FROM cases_event WHERE action = 'reopen' AND {against}) again
      ON again.case_id = c.id
    WHERE c.reported_at >= $1 AND c.reported_at < $2
    GROUP BY c.steward_id, c.category
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCount:
    """A steward's cases of one category that were seen in a period."""

    steward_id: UUID
    category: str
    reported: int
    decided: int  # verified or rejected; duplicates and what waits are neither right nor wrong
    verified: int
    solved: int
    timely: int  # of the verified: known here, or verified, within the scheme's hours
    settled: int  # verified now or once
    reopened: int  # of these, opened again because the report or its solution did not hold
    hazards: int  # verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """Measures by steward, verified hazards, and of how many cases they speak."""

    facts: Facts = field(default_factory=dict)
    hazards: Mapping[UUID, int] = field(default_factory=dict)
    cases: int = 0


async def read_objective(reader: Reader, period: Period, rule: Cases, stewards: Collection[UUID]) -> Objective:
    """Read the measures of a period as they stand now; `stewards` are those who are judged."""
    seconds = _SECONDS[reader.dialect]
    sql = _COUNTS.format(
        received=seconds.format("c.received_at"),
        reported=seconds.format("c.reported_at"),
        verified=seconds.format("c.verified_at"),
        against=reader.one_of("reason", 4),
    )
    rows = await reader.fetch(
        sql,
        period.begins_at,
        period.ends_at,
        rule.timely_hours * 3_600,
        list(_AGAINST_REPORTER),
        types={"steward_id": UUID},
    )
    rules = (await rules_on(reader, [period.last])).get(period.last)
    worth = {code: found.points for code, found in rules.document.categories.items()} if rules else {}
    judged = set(stewards)
    return measure_cases([CategoryCount(**row) for row in rows if row["steward_id"] in judged], rule, worth)


def measure_cases(counts: Iterable[CategoryCount], rule: Cases, worth: Mapping[str, int]) -> Objective:
    """Measures from counts. `worth` are the base points of categories, which say how difficult they are."""
    by_steward: dict[UUID, list[CategoryCount]] = defaultdict(list)
    for count in counts:
        by_steward[count.steward_id].append(count)
    facts: dict[UUID, dict[Measure, Measured]] = {steward: {} for steward in by_steward}
    for measure in ("accuracy", "timeliness", "solution", "reopenings"):
        shares = _shares(by_steward, measure, adjusted=measure in rule.mix_adjusted)
        for steward, found in shares.items():
            facts[steward][measure] = found
    hardest = max(worth.values(), default=0)
    for steward, of_steward in by_steward.items():
        verified = sum(count.verified for count in of_steward)
        if verified and hardest:
            reached = sum(count.verified * worth.get(count.category, 0) for count in of_steward)
            facts[steward]["difficulty"] = Measured(Fraction(100 * reached, verified * hardest), verified)
    return Objective(
        facts=facts,
        hazards={s: sum(c.hazards for c in found) for s, found in by_steward.items() if any(c.hazards for c in found)},
        cases=sum(count.reported for found in by_steward.values() for count in found),
    )


def _hits_and_cases(count: CategoryCount, measure: Measure) -> tuple[int, int]:
    if measure == "accuracy":
        return count.verified, count.decided
    if measure == "timeliness":
        return count.timely, count.verified
    if measure == "solution":
        return count.solved, count.verified
    return count.settled - count.reopened, count.settled


def _shares(
    by_steward: Mapping[UUID, list[CategoryCount]], measure: Measure, *, adjusted: bool
) -> dict[UUID, Measured]:
    expected_in: dict[str, Fraction] = {}
    of_all = Fraction(0)
    if adjusted:
        expected_in, of_all = _district_shares(by_steward, measure)
    found = {}
    for steward, counts in by_steward.items():
        pairs = [(count.category, *_hits_and_cases(count, measure)) for count in counts]
        hits, cases = sum(pair[1] for pair in pairs), sum(pair[2] for pair in pairs)
        if not cases:
            continue
        percent = Fraction(100 * hits, cases)
        expected = None
        if adjusted:
            total = sum((expected_in[category] * of for category, _, of in pairs), Fraction(0))
            # To hundredths of a percent: it is shown, and the fractions stay short.
            expected = Fraction(round(total / cases * 100), 100)
            percent = min(Fraction(100), max(Fraction(0), percent - expected + of_all))
        found[steward] = Measured(percent, cases, hits, expected)
    return found


def _district_shares(
    by_steward: Mapping[UUID, list[CategoryCount]], measure: Measure
) -> tuple[dict[str, Fraction], Fraction]:
    """The district's share in each category, and in all, in percent."""
    hits: dict[str, int] = defaultdict(int)
    cases: dict[str, int] = defaultdict(int)
    for counts in by_steward.values():
        for count in counts:
            hit, of = _hits_and_cases(count, measure)
            hits[count.category] += hit
            cases[count.category] += of
    whole = sum(cases.values())
    of_all = Fraction(round(Fraction(10_000 * sum(hits.values()), whole)), 100) if whole else Fraction(0)
    shares = {
        category: Fraction(100 * hits[category], of) if of >= _LEAST_OF_A_CATEGORY else of_all
        for category, of in cases.items()
    }
    return shares, of_all
