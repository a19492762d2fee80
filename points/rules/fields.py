"""What the sections of a rule set are built from: strict fields, exact numbers, words in both languages."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from kernel.messages import N_

MOST_POINTS = 1_000_000  # of one event or cap: keeps every sum far inside 64 bits
MOST_MINUTES = 10_000_000  # of a lifetime: 19 years without a pause
DAY_MINUTES = 1_440

Path = tuple[str | int, ...]
Contradiction = tuple[Path, str, Mapping[str, Any]]
"""Where two parts of a document contradict each other, a message, and its parameters."""
Contradictions = Iterator[Contradiction]

_EXACT = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


def _iso_date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("date", N_("应为日期，写作 2026-01-31"))


def _printable(value: str) -> str:
    # Control characters and marks such as U+202E make a name look like another.
    if not value.isprintable() or value != value.strip():
        raise PydanticCustomError("printable", N_("不得有看不见的字符，首尾不得有空格"))
    return value


def _exact(value: Any) -> Any:
    # A JSON fraction is a binary one by the time it is read: 0.1 thrice is not 0.3.
    if isinstance(value, Decimal) or (type(value) is int and 0 <= value < MOST_POINTS):
        return Decimal(value)
    if isinstance(value, str) and _EXACT.fullmatch(value):
        return Decimal(value)
    raise PydanticCustomError("exact", N_('应为不小于 0 的整数，或写作文字的小数，如 "0.5"'))


Points = Annotated[int, Field(ge=0, le=MOST_POINTS)]
SomePoints = Annotated[int, Field(ge=1, le=MOST_POINTS)]
Minutes = Annotated[int, Field(ge=0, le=MOST_MINUTES)]
Days = Annotated[int, Field(ge=0, le=3_660)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Words = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]
Day = Annotated[date, BeforeValidator(_iso_date)]
Exact = Annotated[Decimal, BeforeValidator(_exact)]
"""A number without a binary fraction: an integer, or text such as "0.5"."""


class Section(BaseModel):
    """A part of a rule set. 1.5, "1", 1.0 and true are not integers; unknown fields are mistakes, never ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Named(Section):
    """Something that has a name in both languages."""

    zh: Words
    en: Words
