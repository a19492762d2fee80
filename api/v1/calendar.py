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
from api.v1.answers import Page
from evaluation.appeals import redate_appeals
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.working_days import DayWish, list_days, save_days
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

    async def use_case(tx: Tx) -> None:
        now = district.clock.now()
        for outcome in await save_days(tx, wishes, by=by, now=now):
            if isinstance(outcome, Refusal):
                raise outcome
        await redate_appeals(tx, now=now)

    await district.database.run(use_case)
    return await _standing(request)


async def _standing(request: JinpaiRequest) -> Page[CalendarDayShown]:
    found = await list_days(await district_of(request).database.reader())
    data = [CalendarDayShown(day=entry.day, works=entry.works, name=entry.name) for entry in found]
    return Page(data=data, has_more=False)


route_handlers: list[Any] = [list_all, set_days]
