"""The formulas of published programmes, as configurations with their figures."""

from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from evaluation.curves import on_curve
from evaluation.scheme_documents import read_scheme, shipped_scheme
from evaluation.schemes import Measure
from evaluation.scorecards import Card, compute_cards
from evaluation.votes import Measured
from tests.evaluation.builders import STREET, a_scheme, a_source, a_vote, some_stewards

STEWARD = UUID(int=1_000)


def a_measure(measure: str, **changes: Any) -> dict[str, Any]:
    return {"code": measure, "zh": measure, "en": measure, "weight": 100, "measure": measure, **changes}


def score_at(curve: list[Any], percent: Fraction) -> Fraction:
    scheme = a_scheme(a_source("objective", dimensions=[a_measure("accuracy", curve=curve)]))
    parsed = scheme.sources[0].dimensions[0].curve
    assert parsed is not None
    return on_curve(parsed, percent)


def test_linear_loss_is_full_from_ninety_and_loses_a_point_a_percent_below() -> None:
    curve = [[0, 10], [90, 100], [100, 100]]
    assert {at: score_at(curve, Fraction(at)) for at in (100, 95, 90, 89, 80, 0)} == {
        100: 100, 95: 100, 90: 100, 89: 99, 80: 90, 0: 10,
    }  # fmt: skip


def test_the_floor_cliff_gives_nothing_below_two_thirds() -> None:
    curve = [[0, 0], ["200/3", 0], ["200/3", "200/3"], [100, 100]]
    assert score_at(curve, Fraction(66)) == 0
    assert score_at(curve, Fraction(200, 3) - Fraction(1, 10**9)) == 0
    assert score_at(curve, Fraction(200, 3)) == Fraction(200, 3)
    assert score_at(curve, Fraction(90)) == 90


def test_a_piecewise_curve_passes_through_its_corners() -> None:
    curve = [[0, 0], [60, 30], [80, 70], [95, 100]]
    assert [score_at(curve, Fraction(at)) for at in (0, 30, 60, 70, 80, 95, 99)] == [0, 15, 30, 50, 70, 100, 100]


def test_response_solution_and_satisfaction_weigh_thirty_thirty_five_thirty_five() -> None:
    dimensions = [
        a_measure("timeliness", weight=30),
        a_measure("solution", weight=35),
        {"code": "satisfaction", "zh": "满意", "en": "Satisfaction", "weight": 35},
    ]
    scheme = a_scheme(a_source("street", dimensions=dimensions))
    facts: dict[Measure, Measured] = {"timeliness": Measured(Fraction(100), 10), "solution": Measured(Fraction(80), 10)}
    votes = [a_vote(STEWARD, {"satisfaction": 90}, source="street")]
    card = compute_cards(scheme, {STEWARD: STREET}, votes, {STEWARD: facts})[STEWARD]
    assert card.score == Fraction("89.5")  # 30 + 28 + 31.5


def monthly(hazards: int) -> Card:
    scheme = read_scheme(shipped_scheme("monthly-50-30-20"))[0]
    facts: dict[Measure, Measured] = {
        "timeliness": Measured(Fraction(90), 10),
        "solution": Measured(Fraction(80), 10),
        "accuracy": Measured(Fraction(90), 10),
    }
    votes = [a_vote(STEWARD, 80, source="community"), *(a_vote(STEWARD, 70, source="peers") for _ in range(3))]
    found = compute_cards(scheme, {STEWARD: STREET}, votes, {STEWARD: facts}, hazards={STEWARD: hazards})
    return found[STEWARD]


@pytest.mark.parametrize(("hazards", "bonus"), [(0, 0), (2, 4), (5, 10), (9, 10)])
def test_fifty_thirty_twenty_a_month_with_a_bonus_of_ten_at_most(hazards: int, bonus: int) -> None:
    # Cases: 90 * 30 % + 90 (80 % solved, ten points below ninety) * 35 % + 90 * 35 % = 90.
    card = monthly(hazards)
    assert card.bonus == bonus
    assert card.score == 45 + 24 + 14 + bonus


def test_bands_name_the_multiplier_of_the_next_period() -> None:
    scheme = read_scheme(shipped_scheme("monthly-50-30-20"))[0]
    bands = {score: scheme.band(Fraction(score)) for score in ("90", "89.99", "60", "59.99", "0")}
    assert {score: band and (band.multiplier_percent, band.coaching) for score, band in bands.items()} == {
        "90": (110, False), "89.99": (100, False), "60": (100, False), "59.99": (95, True), "0": (95, True),
    }  # fmt: skip


def test_the_weights_of_missing_sources_go_to_the_others() -> None:
    scheme = a_scheme(
        a_source("street", weight=30),
        a_source("community", weight=30),
        a_source("residents", weight=40, minimum_raters=5),
    )
    steward = next(iter(some_stewards(1)))
    votes = [a_vote(steward, 80, source="street"), a_vote(steward, 61, source="community")]
    votes += [a_vote(steward, 100) for _ in range(4)]
    card = compute_cards(scheme, {steward: STREET}, votes, {})[steward]
    assert card.score == Fraction("70.5")
    assert [(s.code, s.counted_weight, s.reason) for s in card.sources] == [
        ("street", 50, None), ("community", 50, None), ("residents", 0, "below_minimum"),
    ]  # fmt: skip
    assert card.renormalised
