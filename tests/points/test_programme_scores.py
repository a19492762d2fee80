"""What the published programmes of other places say of scores, titles and sanctions."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from kernel.ids import derived_id
from points.gates import GateFacts
from points.sanctions import cheating_costs
from points.scores import Reached, multiplied, percent_for, score_of
from points.titles import Candidate, barred, marks_of, winners
from tests.points.programmes import DAY, HOUR, document


@pytest.mark.parametrize(
    ("duties", "together", "residents", "bonus", "total"),
    [
        ("100", "100", "100", "0", "100.0"),
        ("100", "100", "100", "25", "110.0"),
        ("80", "50", "90.5", "3.3", "76.4"),
        ("0", "0", "0", "0", "0.0"),
    ],
)
def test_50_30_20_and_ten_extra(duties: str, together: str, residents: str, bonus: str, total: str) -> None:
    scores = document("monthly-score").scores
    assert scores is not None
    reached = {"duties": Decimal(duties), "together": Decimal(together), "residents": Decimal(residents)}
    assert str(score_of(scores, reached, bonus=Decimal(bonus)).total) == total


@pytest.mark.parametrize(
    ("done", "due", "total"),
    [
        (10, 10, "100.0"),
        (9, 10, "100.0"),
        (89, 100, "99.0"),
        (895, 1_000, "99.0"),
        (1, 2, "60.0"),
        (0, 10, "10.0"),
        (0, 0, "100.0"),
    ],
)
def test_below_90_percent_each_point_costs_one(done: int, due: int, total: str) -> None:
    scores = document("linear-loss").scores
    assert scores is not None
    assert str(score_of(scores, {"in_time": Reached(done=done, due=due)}).total) == total


@pytest.mark.parametrize(
    ("done", "due", "marks"), [(0, 3, "0.00"), (199, 300, "0.00"), (2, 3, "40.00"), (3, 4, "45.00"), (3, 3, "60.00")]
)
def test_below_two_thirds_there_is_nothing(done: int, due: int, marks: str) -> None:
    scores = document("two-thirds-cliff").scores
    assert scores is not None
    assert str(score_of(scores, {"attendance": Reached(done=done, due=due)}).parts["attendance"]) == marks


@pytest.mark.parametrize(
    ("percent", "marks"),
    [("0", "0.00"), ("50", "0.00"), ("65", "12.00"), ("80", "24.00"), ("90", "32.00"), ("100", "40.00")],
)
def test_a_curve_runs_through_its_points(percent: str, marks: str) -> None:
    scores = document("two-thirds-cliff").scores
    assert scores is not None
    assert str(score_of(scores, {"tasks": Decimal(percent)}).parts["tasks"]) == marks


@pytest.mark.parametrize(
    ("reached", "total", "percent", "settled"),
    [
        (["100", "100", "100"], "100.00", 110, 15), (["98", "90", "88"], "91.70", 110, 15),
        (["90", "60", "70"], "72.50", 100, 0), (["50", "50", "50"], "50.00", 95, -7),
    ],
)  # fmt: skip
def test_30_35_35_sets_the_multiplier_of_145_points(reached: list[str], total: str, percent: int, settled: int) -> None:
    rules = document("response-solution-satisfaction")
    assert rules.scores is not None
    assert rules.multipliers is not None
    parts = zip(("response", "solution", "satisfaction"), map(Decimal, reached), strict=True)
    score = score_of(rules.scores, dict(parts))
    assert str(score.total) == total
    assert percent_for(rules.multipliers, score.total) == percent
    assert multiplied(145, percent) == settled


def a_candidate(number: int, *, vote: int = 50, review: int = 50, hours: int = 300, **changes: Any) -> Candidate:
    return Candidate(
        steward_id=derived_id("candidate", str(number)),
        marks={"vote": Fraction(vote), "review": Fraction(review)},
        facts=GateFacts(measures={"minutes": hours * HOUR}),
        **changes,
    )


def test_the_public_vote_weighs_seventy_percent() -> None:
    (rule,) = document("thirty-to-ten").titles
    assert marks_of(rule, a_candidate(1, vote=100, review=0)) == 70
    assert marks_of(rule, a_candidate(1, vote=33, review=67)) == Fraction("43.2")


@pytest.mark.parametrize(
    ("changes", "causes", "hours_missing"),
    [
        ({}, None, 0), ({"hours": 299}, (), 1), ({"blemished": True}, ("record",), 0),
        ({"years_since_win": 3}, ("winner",), 0), ({"years_since_win": 4}, None, 0),
        ({"vetoes": frozenset({"faked_case"})}, ("veto:faked_case",), 0),
    ],
)  # fmt: skip
def test_who_may_stand(changes: dict[str, Any], causes: tuple[str, ...] | None, hours_missing: int) -> None:
    (rule,) = document("thirty-to-ten").titles
    found = barred(rule, a_candidate(1, **changes))
    assert (None if found is None else found.causes) == causes
    assert (0 if found is None else sum(gate.more for gate in found.shut)) == hours_missing * HOUR


def test_ten_of_thirty_win_and_the_31st_is_no_candidate() -> None:
    (rule,) = document("thirty-to-ten").titles
    field = [a_candidate(number, vote=100 - number) for number in range(40)]
    assert [candidate.steward_id for candidate in winners(rule, field)] == [c.steward_id for c in field[:10]]
    assert rule.candidates == 30
    assert (rule.notice_working_days, len(rule.vetoes)) == (5, 5)


def test_gold_stewards_are_ten_a_street_three_a_community_and_not_a_third_year_running() -> None:
    rule = document("dongcheng").titles[0]
    home = derived_id("community", "caochang")
    enough = GateFacts(measures={"months_served": 6, "verified_cases": 12})
    field = [
        Candidate(
            steward_id=derived_id("c", str(n)), marks={"evaluation": Fraction(n)}, facts=enough, community_id=home
        )
        for n in range(5)
    ]
    assert len(winners(rule, field)) == 3
    running = Candidate(steward_id=home, marks={}, facts=enough, years_running=2, years_since_win=1)
    found = barred(rule, running)
    assert found is not None
    assert found.causes == ("running",)


def test_cheating_zeroes_every_purse_and_voids_gifts() -> None:
    cost = cheating_costs(
        document("cheating-and-absence"), purses={"spendable": 80, "honour": 5, "services": 0}, offence=1, found_on=DAY
    )
    assert cost is not None
    assert (cost.takes, cost.voids_gifts, str(cost.barred_until)) == (
        {"spendable": 80, "honour": 5},
        True,
        "2027-10-03",
    )
    assert cheating_costs(document("one-point"), purses={"spendable": 80}, offence=1, found_on=DAY) is None


def test_the_fifth_absence_of_a_year_suspends() -> None:
    absent = document("cheating-and-absence").sanctions.no_shows
    assert absent is not None
    assert [absent.reached(count) for count in (4, 5)] == [False, True]
    assert (absent.period, absent.then, absent.suspend_days) == ("year", "suspend", 90)
