"""Measures from cases: counted by the database, compared with like cases in exact fractions."""

from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from evaluation.objective import CategoryCount, measure_cases, read_objective
from evaluation.schemes import Cases
from tests.cases.district import MORNING, District, a_report, a_step
from tests.evaluation.closed import Q4

ANN, BEN = UUID(int=1), UUID(int=2)
PLAIN = Cases()


def a_count(steward: UUID, category: str = "litter", **counts: int) -> CategoryCount:
    names = ("reported", "decided", "verified", "solved", "timely", "settled", "reopened", "hazards")
    facts: dict[str, Any] = dict.fromkeys(names, 0) | counts
    return CategoryCount(steward_id=steward, category=category, **facts)


async def test_a_quarters_cases_are_counted_with_one_query(district: District) -> None:
    cases = await district.reported(
        *(a_report(reported_at=MORNING) for _ in range(4)),
        a_report(reported_at=MORNING, urgency="hazard"),
        a_report(reported_at=MORNING - timedelta(days=20)),  # known long after it was seen
        a_report(reported_at=MORNING - timedelta(days=60)),  # of the quarter before
    )
    await district.handled(*(a_step(case, "verify") for case in cases[:3]), a_step(cases[4], "verify"))
    await district.handled(a_step(cases[3], "reject"), a_step(cases[5], "verify"), a_step(cases[0], "solve"))
    await district.handled(a_step(cases[1], "reopen", reason="came_back"))
    await district.handled(a_step(cases[1], "verify"))
    found = await read_objective(await district.database.reader(), Q4, PLAIN, [district.zhao, district.qian])
    assert found.cases == 6
    assert found.hazards == {district.zhao: 1}
    shares = {measure: (one.hits, one.cases) for measure, one in found.facts[district.zhao].items()}
    assert shares == {
        "accuracy": (5, 6), "timeliness": (4, 5), "solution": (1, 5), "reopenings": (4, 5), "difficulty": (None, 5),
    }  # fmt: skip
    assert found.facts[district.zhao]["difficulty"].percent == 75  # road damage: 6 of at most 8 points
    assert district.qian not in found.facts


def test_who_has_the_hard_cases_is_compared_with_hard_cases() -> None:
    counts = [
        a_count(ANN, "illegal_build", verified=40, solved=16),
        a_count(BEN, "illegal_build", verified=10, solved=4),
        a_count(BEN, "litter", verified=50, solved=50),
    ]
    plain = measure_cases(counts, PLAIN, {}).facts
    assert [plain[who]["solution"].percent for who in (ANN, BEN)] == [40, 90]
    even = measure_cases(counts, Cases(mix_adjusted=("solution",)), {}).facts
    assert (even[ANN]["solution"].expected, even[BEN]["solution"].expected) == (40, 90)
    assert [even[who]["solution"].percent for who in (ANN, BEN)] == [70, 70]  # both as the district does with such


def test_a_lane_with_few_cases_costs_nothing() -> None:
    counts = [a_count(ANN, decided=2, verified=2), a_count(BEN, decided=200, verified=200)]
    found = measure_cases(counts, PLAIN, {}).facts
    assert found[ANN]["accuracy"].percent == found[BEN]["accuracy"].percent == Fraction(100)
