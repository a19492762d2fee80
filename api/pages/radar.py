"""A card as a drawing: each dimension an axis from 0 to 100, the steward's line over the street's mean, an interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluation.cards import StewardCard
from kernel.messages import Text
from points.receipt import Label

WIDTH, HEIGHT = 430, 320
_MIDDLE = (215.0, 158.0)
_RADIUS = 104.0
_LEAST_AXES = 3
_RINGS = (25, 50, 75, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One dimension: where its line ends, and where its name stands."""

    label: Text
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str  # start, middle, end


@dataclass(frozen=True, slots=True, kw_only=True)
class Radar:
    """What the template draws; points are ready for SVG."""

    axes: tuple[Axis, ...]
    rings: tuple[str, ...]
    own: str
    street: str
    dots: tuple[tuple[float, float], ...]
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The score on a line from 0 to 100, in hundredths of its width."""

    low: float
    high: float
    score: float


def radar_of(card: StewardCard) -> Radar | None:
    """The drawing of a card; None where fewer than three dimensions can be shown, of which a table says it all."""
    shown = [
        (Label(one.zh, english=one.en), one.score, one.street_mean)
        for source in card.sources
        if source.score is not None
        for one in source.dimensions
        if one.score is not None and one.street_mean is not None
    ]
    if len(shown) < _LEAST_AXES:
        return None
    count = len(shown)
    axes = []
    for at, (label, _, _) in enumerate(shown):
        x, y = _at(at, count, 100)
        label_x, label_y = _at(at, count, 116)
        off = label_x - _MIDDLE[0]
        anchor = "middle" if abs(off) < 20 else "start" if off > 0 else "end"
        axes.append(Axis(label=label, x=x, y=y, label_x=label_x, label_y=label_y + 4, anchor=anchor))
    own = [_at(at, count, float(score)) for at, (_, score, _) in enumerate(shown)]
    return Radar(
        axes=tuple(axes),
        rings=tuple(_points([_at(at, count, ring) for at in range(count)]) for ring in _RINGS),
        own=_points(own),
        street=_points([_at(at, count, float(mean)) for at, (_, _, mean) in enumerate(shown)]),
        dots=tuple(own),
    )


def interval_of(card: StewardCard) -> Interval | None:
    """Where the score lies, and how sure that is; None without a score."""
    if card.score is None or card.low is None or card.high is None:
        return None
    return Interval(low=_share(card.low), high=_share(card.high), score=_share(card.score))


def _share(value: Fraction) -> float:
    return round(min(100.0, max(0.0, float(value))), 2)


def _at(at: int, count: int, value: float) -> tuple[float, float]:
    angle = 2 * math.pi * at / count - math.pi / 2
    far = _RADIUS * min(116.0, max(0.0, value)) / 100
    return round(_MIDDLE[0] + far * math.cos(angle), 1), round(_MIDDLE[1] + far * math.sin(angle), 1)


def _points(found: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in found)
