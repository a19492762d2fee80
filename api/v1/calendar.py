"""The working calendar: which days differ from Monday to Friday."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Day, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.v1.answers import Page
from api.working_calendar import set_days as set_calendar_days
from api.working_calendar import set_holidays
from kernel.public_holidays import shipped_holidays
from kernel.working_days import DayWish, list_days
from stewards.permissions import Action

_TAGS = ["places"]


class CalendarDayShown(msgspec.Struct, kw_only=True):
    """A day that differs from its weekday: a holiday, or a weekend day that is worked."""

    day: date
    works: bool
    name: str


class CalendarDayWish(Body):
    """A day: `works` false for a holiday, true for a worked weekend, null to go by the weekday again."""

    day: Day
    works: bool | None
    name: Annotated[str, Field(max_length=32)] = ""


class PublishedYear(Body):
    """A year whose holidays come with the service; another one is not found."""

    year: Annotated[int, Field(ge=2000, le=2100)]


class SetDays(Body):
    """Days to set."""

    days: Annotated[list[CalendarDayWish], Field(min_length=1, max_length=100)]


@get("/calendar", opt={"action": Action.CALENDAR_READ}, tags=_TAGS, operation_id="listCalendarDays")
async def list_all(request: JinpaiRequest) -> Page[CalendarDayShown]:
    """The days that differ from their weekday, oldest first."""
    return await _standing(request)


@post("/calendar", opt={"action": Action.CALENDAR_EDIT}, tags=_TAGS, operation_id="setCalendarDays", status_code=200)
async def set_days(request: JinpaiRequest, data: JSONBody[SetDays]) -> Page[CalendarDayShown]:
    """Set holidays and worked weekends; the last days of open appeals follow."""
    district = district_of(request)
    by = principal_of(request).actor
    wishes = [DayWish(day=one.day, works=one.works, name=one.name) for one in data.days]

    now = district.clock.now()
    await district.database.run(lambda tx: set_calendar_days(tx, wishes, by=by, now=now))
    return await _standing(request)


@post(
    "/calendar/published",
    opt={"action": Action.CALENDAR_EDIT},
    tags=_TAGS,
    operation_id="takeInPublishedHolidays",
    status_code=200,
)
async def take_in(request: JinpaiRequest, data: JSONBody[PublishedYear]) -> Page[CalendarDayShown]:
    """Add a year's holidays as the State Council published them. What the district set itself stays."""
    district = district_of(request)
    by, now = principal_of(request).actor, district.clock.now()
    years = [year for year in shipped_holidays() if year.year == data.year]
    if not years:
        raise NotFound
    await district.database.run(lambda tx: set_holidays(tx, years, by=by, now=now))
    return await _standing(request)


async def _standing(request: JinpaiRequest) -> Page[CalendarDayShown]:
    found = await list_days(await district_of(request).database.reader())
    data = [CalendarDayShown(day=entry.day, works=entry.works, name=entry.name) for entry in found]
    return Page(data=data, has_more=False)


route_handlers: list[Any] = [list_all, set_days, take_in]
