"""Public holidays (节假日安排) as the State Council's General Office publishes them each autumn for the year to come.

What is shipped (kernel/calendars/china.json) is data: it is taken into the district's calendar by a command or a page,
where every day can be changed. Later years come from a file of the same form, or day by day.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from kernel.audit import Actor
from kernel.clock import FIRST_DAY, LAST_DAY
from kernel.database import Tx
from kernel.documents import DocumentRefused, read_document
from kernel.errors import Refusal
from kernel.messages import N_
from kernel.working_days import NAME_LENGTH, DayWish, list_days, save_days

_LONGEST = timedelta(days=31)


class HolidaysRefused(DocumentRefused):
    """A file of holidays has mistakes; `faults` lists them all."""

    code = "holidays_refused"
    message = N_("节假日文件有 {count} 处错误，第一处在“{where}”：{what}。")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Holiday(_Strict):
    """A holiday from its first to its last day, and the weekend days that are worked for it (调休)."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
    first: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
    last: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
    worked: tuple[Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)], ...] = ()

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not timedelta(0) <= self.last - self.first < _LONGEST:
            raise PydanticCustomError("holiday_span", N_("最后一天不能早于第一天，最多 31 天"))
        if any(day.weekday() < 5 or self.first <= day <= self.last for day in self.worked):
            raise PydanticCustomError("holiday_worked", N_("调休上班的日子要是周末，不在假期里"))
        return self

    def days(self) -> Iterator[DayWish]:
        """Each day that it changes."""
        for number in range((self.last - self.first).days + 1):
            yield DayWish(day=self.first + timedelta(days=number), works=False, name=self.name)
        for day in self.worked:
            yield DayWish(day=day, works=True, name=self.name)


class HolidayYear(_Strict):
    """The holidays of a year, with the notice that they come from."""

    year: Annotated[int, Field(ge=FIRST_DAY.year, le=LAST_DAY.year)]
    notice: Annotated[str, Field(min_length=1, max_length=100)]
    published_on: date
    holidays: Annotated[tuple[Holiday, ...], Field(min_length=1, max_length=30)]


class HolidayFile(_Strict):
    """The holidays of some years."""

    years: Annotated[tuple[HolidayYear, ...], Field(min_length=1, max_length=50)]


def read_holidays(document: bytes | str) -> list[HolidayYear]:
    """The years of a file.

    Raises:
        HolidaysRefused: it has mistakes.

    """
    return list(read_document(HolidayFile, document, HolidaysRefused)[0].years)


def shipped_holidays() -> list[HolidayYear]:
    """The years that come with the service."""
    return read_holidays(files("kernel").joinpath("calendars", "china.json").read_bytes())


async def take_in_holidays(tx: Tx, years: Sequence[HolidayYear], *, by: Actor, now: datetime) -> int:
    """Add the days of some years to the calendar; answers how many. What the district set itself stays as it is."""
    standing = {entry.day for entry in await list_days(tx)}
    wishes = [
        wish for year in years for holiday in year.holidays for wish in holiday.days() if wish.day not in standing
    ]
    for outcome in await save_days(tx, wishes, by=by, now=now):
        if isinstance(outcome, Refusal):
            raise outcome
    return len({wish.day for wish in wishes})
