"""Scores by formula, in exact fractions: three tenths sum to three tenths, and only the end is rounded."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from points.rules import Multipliers, ScorePart, Scores
from points.rules.scores import Cliff, Curve, LinearLoss, Piecewise

_WHOLE = Fraction(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How much of what was due was done, such as 27 of 30 answered in time. Nothing due counts as all done."""

    done: int
    due: int

    @property
    def percent(self) -> Fraction:
        """The percentage reached, 0 to 100."""
        if self.due <= 0:
            return _WHOLE
        return min(_WHOLE, max(Fraction(0), Fraction(self.done * 100, self.due)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score with what each part gave, rounded half up to the places of its formula."""

    total: Decimal
    parts: Mapping[str, Decimal]
    bonus: Decimal


def score_of(scores: Scores, reached: Mapping[str, Reached | Decimal], *, bonus: Decimal = Decimal(0)) -> Score:
    """The score of a period. `reached` tells each part by code, as a count or as a percentage; a missing one is 0.

    The parts are summed exactly and rounded once, so the total may differ from the sum of the rounded parts.
    """
    exact = {part.code: part_marks(part, percent_of(reached.get(part.code, Decimal(0)))) for part in scores.parts}
    most = Fraction(scores.bonus.most) if scores.bonus is not None else Fraction(0)
    extra = min(max(Fraction(bonus), Fraction(0)), most)
    total = sum(exact.values(), Fraction(0)) + extra
    return Score(
        total=half_up(total, scores.places),
        parts={code: half_up(marks, scores.places) for code, marks in exact.items()},
        bonus=half_up(extra, scores.places),
    )


def percent_of(reached: Reached | Decimal) -> Fraction:
    """A percentage from 0 to 100, exactly."""
    if isinstance(reached, Reached):
        return reached.percent
    return min(_WHOLE, max(Fraction(0), Fraction(reached)))


def part_marks(part: ScorePart, percent: Fraction) -> Fraction:
    """The marks of a part for a percentage reached, never below 0 and never above its most."""
    most = Fraction(part.most)
    return min(most, max(Fraction(0), _marks(part.curve, most, percent)))


def _marks(curve: Curve, most: Fraction, percent: Fraction) -> Fraction:
    if isinstance(curve, LinearLoss):
        below = Fraction(curve.full_at) - percent
        return most if below <= 0 else most - Fraction(curve.lose) * math.ceil(below)
    if isinstance(curve, Cliff):
        if percent * curve.in_all < curve.of * 100:
            return Fraction(0)
        return most * percent / 100
    if isinstance(curve, Piecewise):
        return most * _on_line(curve, percent) / 100
    return most * percent / 100


def _on_line(curve: Piecewise, percent: Fraction) -> Fraction:
    through = [(Fraction(x), Fraction(y)) for x, y in curve.through]
    if percent <= through[0][0]:
        return through[0][1]
    for (x, y), (next_x, next_y) in pairwise(through):
        if percent <= next_x:
            return y + (next_y - y) * (percent - x) / (next_x - x)
    return through[-1][1]


def half_up(value: Fraction, places: int) -> Decimal:
    """A fraction as a decimal of so many places, halves away from the lower side."""
    scaled = math.floor(value * 10**places + Fraction(1, 2))
    return Decimal(scaled).scaleb(-places)


def multiplied(points: int, percent: int) -> int:
    """What a multiplier adds to points or takes from them: points x (percent - 100) / 100, half up."""
    return math.floor(Fraction(points * (percent - 100), 100) + Fraction(1, 2))


def percent_for(multipliers: Multipliers, score: Decimal) -> int:
    """The percentage that a score leads to: 110 is x1.10."""
    return multipliers.percent_of(score)
