"""The working calendar on a page: holidays and worked weekends, which notices and answers count by."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from api.v1.parameters import day_or_none
from evaluation.appeals import redate_appeals
from evaluation.scheme_versions import NoSchemeInForce
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_, Text
from kernel.working_days import DayWish, list_days, save_days
from stewards.permissions import Action


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
    return page(
        request,
        "staff/holidays.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        year=year,
        days=await list_days(reader, year=year),
        errors=errors,
    )


@get("/admin/holidays", opt={"action": Action.CALENDAR_EDIT}, include_in_schema=False)
async def show_holidays(request: PageRequest) -> Template:
    """A year's holidays and worked weekends."""
    return await _show(request, {})


@post("/admin/holidays", opt={"action": Action.CALENDAR_EDIT}, include_in_schema=False, status_code=200)
async def set_holiday(request: PageRequest) -> Template | Redirect:
    """Set a day, or let it go by its weekday again."""
    district = district_of(request)
    fields = await read_fields(request)
    day = day_or_none(fields.text("day"))
    if day is None:
        return await _show(request, {"day": Text(N_("请填写日期。"))}, status=400)
    works = {"holiday": False, "worked": True}.get(fields.text("kind"))
    wish = DayWish(day=day, works=works, name=fields.text("name"))
    by = principal_of(request).actor

    async def use_case(tx: Tx) -> None:
        now = district.clock.now()
        (outcome,) = await save_days(tx, [wish], by=by, now=now)
        if isinstance(outcome, Refusal):
            raise outcome
        try:
            await redate_appeals(tx, now=now)
        except NoSchemeInForce:
            return  # no scheme, no appeals

    try:
        await district.database.run(use_case)
    except Refusal as refusal:
        return await _show(request, errors_of(refusal, {"/day": "day", "/name": "name"}), status=status_of(refusal))
    return see_other(f"/admin/holidays?year={day.year}")


route_handlers: list[Any] = [show_holidays, set_holiday]
