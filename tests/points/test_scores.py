"""Properties of formulas, ladders and face values, each against what it means said more slowly."""

import math
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points.levels import LevelFacts, level_of
from points.rule_documents import parse_rules
from points.rules import Grants, Ladder, PerMinutes, Rung, Scores
from points.scores import Reached, half_up, multiplied, score_of
from tests.points.rule_builders import a_document

decimals = st.decimals(min_value=0, max_value=100, places=2, allow_nan=False)


def scores_of(*parts: dict[str, Any], **changes: Any) -> Scores:
    """A formula of parts."""
    named = [{"code": f"part_{n}", "zh": "项", "en": "Part", **part} for n, part in enumerate(parts)]
    found = parse_rules(a_document(scores={"parts": named, **changes})).scores
    assert found is not None
    return found


def test_three_tenths_are_three_tenths() -> None:
    tenths = scores_of({"most": "0.1"}, {"most": "0.1"}, {"most": "0.1"}, total="0.3", places=4)
    full = {f"part_{n}": Decimal(100) for n in range(3)}
    assert score_of(tenths, full).total == Decimal("0.3")
    thirds = scores_of({"most": 1}, {"most": 1}, {"most": 1}, total=3, places=2)
    reached = {f"part_{n}": Reached(done=1, due=3) for n in range(3)}
    found = score_of(thirds, reached)
    assert (found.total, found.parts["part_0"]) == (Decimal("1.00"), Decimal("0.33"))


@given(values=st.lists(decimals, min_size=1, max_size=5))
def test_a_score_is_between_nothing_and_everything_and_does_not_depend_on_order(values: list[Decimal]) -> None:
    formula = scores_of(*({"most": 10} for _ in values), total=10 * len(values), places=3)
    forwards = {f"part_{n}": value for n, value in enumerate(values)}
    backwards = {f"part_{n}": value for n, value in enumerate(reversed(values))}
    total = score_of(formula, forwards).total
    assert 0 <= total <= formula.total
    assert total == score_of(formula, backwards).total == half_up(sum(map(Fraction, values), Fraction(0)) / 10, 3)


@given(low=decimals, high=decimals, lose=st.integers(0, 5))
def test_doing_more_never_costs_marks(low: Decimal, high: Decimal, lose: int) -> None:
    low, high = sorted((low, high))
    curves: list[dict[str, Any]] = [
        {"kind": "proportional"},
        {"kind": "linear_loss", "full_at": 90, "lose": lose},
        {"kind": "cliff", "of": 2, "in_all": 3},
        {"kind": "piecewise", "through": [[10, 0], [60, 30], [90, 100]]},
    ]
    for curve in curves:
        formula = scores_of({"most": 100, "curve": curve}, places=4)
        less, more = (score_of(formula, {"part_0": value}).total for value in (low, high))
        assert 0 <= less <= more <= 100


@pytest.mark.parametrize(
    ("points", "percent", "added"), [(5, 110, 1), (4, 110, 0), (145, 110, 15), (10, 95, 0), (30, 95, -1), (0, 110, 0)]
)
def test_a_multiplier_adds_half_up(points: int, percent: int, added: int) -> None:
    assert multiplied(points, percent) == added


@given(points=st.integers(0, 10_000), percent=st.integers(0, 1_000))
def test_what_a_multiplier_adds_is_at_most_half_a_point_off(points: int, percent: int) -> None:
    exact = Fraction(points * (percent - 100), 100)
    assert -Fraction(1, 2) < multiplied(points, percent) - exact <= Fraction(1, 2)
    assert points + multiplied(points, percent) >= 0


@given(minutes=st.integers(1, 1_440), points=st.integers(1, 100), unit=st.integers(1, 120))
def test_minutes_are_worth_their_share_of_a_unit(minutes: int, points: int, unit: int) -> None:
    exact = Fraction(minutes * points, unit)
    assert PerMinutes(points=points, minutes=unit).of(minutes) == math.floor(exact)
    assert PerMinutes(points=points, minutes=unit, rounding="half_up").of(minutes) == math.floor(exact + Fraction(1, 2))


rungs = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=6).map(
    lambda steps: [
        Rung(
            code=f"rung_{n}",
            zh="级",
            en="Rung",
            minutes=sum(m for m, _ in steps[: n + 1]) + n,
            points=sum(p for _, p in steps[: n + 1]) + 1,
        )
        for n in range(len(steps))
    ]
)


@given(rungs=rungs, minutes=st.integers(0, 400), points=st.integers(0, 400))
def test_what_a_level_says_is_missing_is_exactly_what_the_next_one_takes(
    rungs: list[Rung], minutes: int, points: int
) -> None:
    ladder = Ladder(rungs=tuple(rungs))
    level = level_of(LevelFacts(minutes=minutes, points=points), ladder, on=date(2026, 10, 3))
    assert level.number == max(
        [n for n, rung in enumerate(rungs, 1) if minutes >= rung.minutes and points >= rung.points], default=0
    )
    if level.next is None:
        assert level.number == len(rungs)
        return
    enough = LevelFacts(minutes=minutes + level.more_minutes, points=points + level.more_points)
    assert level_of(enough, ladder, on=date(2026, 10, 3)).number > level.number
    assert level.more_minutes or level.more_points


@given(
    points=st.integers(0, 400),
    values=st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True),
)
def test_face_values_make_up_points_with_the_fewest_pieces(points: int, values: list[int]) -> None:
    fewest = [0] + [10**9] * points
    for amount in range(1, points + 1):
        fewest[amount] = 1 + min((fewest[amount - value] for value in values if value <= amount), default=10**9)
    found = Grants(face_values=tuple(values)).in_face_values(points)
    if fewest[points] >= 10**9:
        assert found is None
    else:
        assert found is not None
        assert sum(value * count for value, count in found.items()) == points
        assert sum(found.values()) == fewest[points]
