"""Scores by formula: parts with curves, a bonus, and the multipliers that follow from them."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from kernel.messages import N_
from points.rules.events import Event, Events
from points.rules.fields import Code, Contradictions, Exact, Named, Section
from points.rules.tariffs import Tariff, listed_contradictions


class Proportional(Section):
    """As many percent of the marks as were reached."""

    kind: Literal["proportional"]


class LinearLoss(Section):
    """Full marks from `full_at` percent on; below, `lose` marks for each percentage point or part of one."""

    kind: Literal["linear_loss"]
    full_at: Exact
    lose: Exact


class Cliff(Section):
    """Nothing below a share such as 2/3 (`of` / `in_all`); from there on as many percent of the marks as reached."""

    kind: Literal["cliff"]
    of: Annotated[int, Field(ge=1, le=1_000)]
    in_all: Annotated[int, Field(ge=1, le=1_000)]


class Piecewise(Section):
    """Straight lines between points [percent reached, percent of the marks], level before and after them."""

    kind: Literal["piecewise"]
    through: Annotated[
        tuple[Annotated[tuple[Exact, Exact], Field(strict=False)], ...],
        Field(min_length=2, max_length=20, strict=False),
    ]


Curve = Annotated[Proportional | LinearLoss | Cliff | Piecewise, Field(discriminator="kind")]


class ScorePart(Named):
    """A part of a score, such as 50 of 100 marks for response."""

    code: Code
    most: Exact
    curve: Curve = Proportional(kind="proportional")


class ScoreBonus(Section):
    """Marks beyond the parts, at most so many."""

    most: Exact


class Scores(Section):
    """A score (得分) by formula: its parts add up to `total`, a bonus comes on top, `places` decimals half up."""

    period: Literal["month", "quarter", "year"] = "month"
    total: Exact = Decimal(100)
    parts: Annotated[tuple[ScorePart, ...], Field(min_length=1, max_length=20, strict=False)]
    bonus: ScoreBonus | None = None
    places: Annotated[int, Field(ge=0, le=4)] = 1


class Band(Section):
    """From a score on, points are worth so many percent."""

    from_score: Exact
    percent: Annotated[int, Field(ge=0, le=1_000)]
    coaching: bool = False


class Multipliers(Section):
    """What a score of one period does to the next one's points (系数), settled once a month."""

    bands: Annotated[tuple[Band, ...], Field(min_length=1, max_length=20, strict=False)]
    events: Events = (Event.CASE_VERIFIED, Event.CASE_SOLVED)
    settles_after_days: Annotated[int, Field(ge=1, le=90)] = 10  # after the month, so that its cases are verified

    def percent_of(self, score: Decimal) -> int:
        """The percentage for a score: 110 is x1.10."""
        reached = [band for band in self.bands if score >= band.from_score]
        return max(reached, key=lambda band: band.from_score).percent if reached else 100


def score_contradictions(scores: Scores) -> Contradictions:
    """Where parts do not add up, or a curve makes no sense."""
    codes: set[str] = set()
    for index, part in enumerate(scores.parts):
        at = ("scores", "parts", index)
        if part.code in codes:
            yield (*at, "code"), N_("得分项代码“{code}”重复"), {"code": part.code}
        codes.add(part.code)
        curve = part.curve
        if isinstance(curve, Cliff) and curve.of >= curve.in_all:
            yield (*at, "curve"), N_("断崖应低于全部：{of}/{in_all}"), {"of": curve.of, "in_all": curve.in_all}
        if isinstance(curve, LinearLoss) and curve.full_at > 100:
            yield (*at, "curve", "full_at"), N_("不得大于 {le}"), {"le": 100}
        if isinstance(curve, Piecewise):
            for step, (before, after) in enumerate(pairwise(curve.through), 1):
                if after[0] <= before[0]:
                    yield (*at, "curve", "through", step), N_("折线的第一个数应逐个变大"), {}
    together = sum((part.most for part in scores.parts), Decimal(0))
    if together != scores.total:
        yield ("scores", "parts"), N_("各项满分相加是 {sum}，应为 {total}"), {"sum": together, "total": scores.total}


def multiplier_contradictions(multipliers: Multipliers, tariffs: Mapping[Event, Tariff]) -> Contradictions:
    """Where bands share a border, or what they multiply is not paid."""
    borders: set[Decimal] = set()
    for index, band in enumerate(multipliers.bands):
        if band.from_score in borders:
            yield ("multipliers", "bands", index, "from_score"), N_("两档的起点相同"), {}
        borders.add(band.from_score)
    if "events" in multipliers.model_fields_set:
        yield from listed_contradictions(multipliers.events, tariffs, "multipliers", "events")
