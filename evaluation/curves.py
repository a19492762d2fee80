"""Curves: how a share of 0 to 100 percent becomes a score, exactly, whatever the shape (分段、扣减、封底)."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer
from pydantic_core import PydanticCustomError

from kernel.messages import N_

# No exponents: 1e999999999 would be worked out digit by digit.
_WRITTEN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?")


def exact(value: Any) -> Fraction:
    """A number as written, with no binary rounding: 0.1, "0.1" and "1/10" are the same tenth."""
    if isinstance(value, Fraction):
        return value
    written = not isinstance(value, bool) and isinstance(value, int | float | str)
    if written and _WRITTEN.fullmatch(str(value)):
        return Fraction(str(value))
    raise PydanticCustomError("exact", N_("应为数字，写作 33.3 或 200/3"))


def as_written(value: Fraction) -> int | str:
    """A number as documents write it."""
    return value.numerator if value.denominator == 1 else str(value)


Exact = Annotated[InstanceOf[Fraction], BeforeValidator(exact), PlainSerializer(as_written)]


def _pair(value: Any) -> tuple[Fraction, Fraction]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise PydanticCustomError("pair", N_("应为两个数：百分比和得分"))
    return exact(value[0]), exact(value[1])


Pair = Annotated[InstanceOf[tuple], BeforeValidator(_pair)]  # type: ignore[type-arg]
Curve = Annotated[tuple[Pair, ...], Field(min_length=2, max_length=20, strict=False)]
"""Corners (percent, score) joined by straight lines. Two corners at one percent are a jump; the later one counts there.

Linear loss (≥ 90 % full marks, then −1 a point): [[0,10],[90,100],[100,100]]. Cliff: [[0,0],[60,0],[60,60],[100,100]].
"""


def on_curve(curve: Curve, percent: Fraction) -> Fraction:
    """The score at a percentage; beyond the first and last corner their scores hold."""
    at = bisect_right(curve, percent, key=lambda corner: corner[0])
    if at == 0:
        return Fraction(curve[0][1])
    if at == len(curve):
        return Fraction(curve[-1][1])
    (left, low), (right, high) = curve[at - 1], curve[at]
    return Fraction(low + (high - low) * (percent - left) / (right - left))


def curve_contradictions(curve: Curve) -> Iterator[tuple[tuple[str | int, ...], str, Mapping[str, Any]]]:
    """What is wrong with a curve: percentages that step back, three corners at one percent, scores out of range."""
    for at, (percent, score) in enumerate(curve):
        if not (0 <= percent <= 100 and 0 <= score <= 100):
            yield (at,), N_("百分比和得分都在 0 到 100 之间"), {}
        if at and percent < curve[at - 1][0]:
            yield (at,), N_("百分比要从小到大"), {}
        if at > 1 and percent == curve[at - 2][0]:
            yield (at,), N_("同一个百分比至多写两次"), {}
