"""The working calendar on a page: holidays and worked weekends, which notices and answers count by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from api.v1.parameters import day_or_none
from api.working_calendar import set_days, set_holidays
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.messages import N_, Text
from kernel.public_holidays import shipped_holidays
from kernel.working_days import DayEntry, DayWish, list_days
from stewards.permissions import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Days in a row with the same name and arrangement: a holiday, or a worked weekend."""

    name: str
    works: bool
    days: tuple[DayEntry, ...]


def runs_of(days: Sequence[DayEntry]) -> list[Run]:
    """Days, oldest first, as runs."""
    found: list[Run] = []
    for day in days:
        last = found[-1] if found else None
        follows = last is not None and (last.days[-1].day + timedelta(days=1) == day.day)
        if last is not None and follows and (last.name, last.works) == (day.name, day.works):
            found[-1] = replace(last, days=(*last.days, day))
        else:
            found.append(Run(name=day.name, works=day.works, days=(day,)))
    return found


async def _show(request: PageRequest, errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    asked = request.query_params.get("year", "")
    this_year = local_date(district.clock.now()).year
    year = (
        int(asked)
        if len(asked) == 4 and asked.isascii() and asked.isdigit() and 2000 <= int(asked) <= 2100
        else this_year
    )
    days = await list_days(reader, year=year)
    published = next((known for known in shipped_holidays() if known.year == year), None)
    standing = {entry.day for entry in days}
    missing = {wish.day for known in (published.holidays if published else ()) for wish in known.days()} - standing
    return page(
        request,
        "staff/holidays.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        year=year,
        runs=runs_of(days),
        published=published,
        missing=missing,
        errors=errors,
    )


@get("/admin/holidays", opt={"action": Action.CALENDAR_EDIT}, include_in_schema=False)
async def show_holidays(request: PageRequest) -> Template:
    """A year's holidays and worked weekends."""
    return await _show(request, {})


@post(
    "/admin/holidays/published",
    opt={"action": Action.CALENDAR_EDIT, FORM: ("year",)},
    include_in_schema=False,
    status_code=303,
)
async def take_in_year(request: PageRequest) -> Redirect:
    """Add a year's holidays as they were published; what the district set itself stays.

    Raises:
        NotFound: none of that year come with the service.

    """
    district = district_of(request)
    asked = (await read_fields(request)).text("year")
    years = [year for year in shipped_holidays() if str(year.year) == asked]
    if not years:
        raise NotFound
    by, now = principal_of(request).actor, district.clock.now()
    await district.database.run(lambda tx: set_holidays(tx, years, by=by, now=now))
    return see_other(f"/admin/holidays?year={asked}")


@post(
    "/admin/holidays",
    opt={"action": Action.CALENDAR_EDIT, FORM: ("day", "kind", "name")},
    include_in_schema=False,
    status_code=200,
)
async def set_holiday(request: PageRequest) -> Template | Redirect:
    """Set a day, or let it go by its weekday again."""
    district = district_of(request)
    fields = await read_fields(request)
    day = day_or_none(fields.text("day"))
    if day is None:
        return await _show(request, {"day": Text(N_("请填写日期。"))}, status=400)
    works = {"holiday": False, "worked": True}.get(fields.text("kind"))
    wish = DayWish(day=day, works=works, name=fields.text("name"))
    by, now = principal_of(request).actor, district.clock.now()
    try:
        await district.database.run(lambda tx: set_days(tx, [wish], by=by, now=now))
    except Refusal as refusal:
        return await _show(request, errors_of(refusal, {"/day": "day", "/name": "name"}), status=status_of(refusal))
    return see_other(f"/admin/holidays?year={day.year}")


route_handlers: list[Any] = [show_holidays, take_in_year, set_holiday]
