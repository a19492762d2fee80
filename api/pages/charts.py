"""Charts as SVG from the server: bars whose lengths are computed here, each with its table beside it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kernel.messages import Text

WIDTH = 420  # of the drawing, in its own units; the page scales it
BAR, GAP, ROW_GAP = 14, 2, 12
_LABEL, _WIDEST_LABEL = 128, 208
_LETTER, _CHARACTER = 9, 16  # how wide one is, at most
_FIGURE = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: which series, from where, how long, and the figure at its end."""

    series: int
    y: int
    width: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The bars of one label."""

    label: str
    middle: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing of horizontal bars, readable on a phone and in print."""

    rows: tuple[Row, ...]
    series: tuple[Text, ...]
    height: int
    width: int = WIDTH
    left: int = _LABEL


def bars(labels: Sequence[str], series: Sequence[tuple[Text, Sequence[int]]]) -> Chart:
    """Bars for each label, one a series, all on one scale that begins at 0. What is below 0 has no length."""
    most = max((value for _, values in series for value in values), default=0)
    left = _label_width(labels)
    room = WIDTH - left - _FIGURE
    rows = []
    y = 0
    for at, label in enumerate(labels):
        made = []
        for number, (_, values) in enumerate(series):
            value = values[at]
            width = max(1, value * room // most) if value > 0 else 0
            made.append(Bar(series=number, y=y + number * (BAR + GAP), width=width, value=value))
        depth = len(series) * (BAR + GAP) - GAP
        rows.append(Row(label=label, middle=y + depth // 2 + 5, bars=tuple(made)))
        y += depth + ROW_GAP
    assert all(before.middle < after.middle for before, after in pairwise(rows))  # noqa: S101 - rows never overlap
    return Chart(rows=tuple(rows), series=tuple(words for words, _ in series), height=max(y - ROW_GAP, BAR), left=left)


def _label_width(labels: Sequence[str]) -> int:
    """The place that labels take: as usual, or more where one of them is long."""
    widths = [sum(_CHARACTER if letter > "\u2e7f" else _LETTER for letter in label) + 12 for label in labels]
    return min(max(_LABEL, *widths), _WIDEST_LABEL) if widths else _LABEL
