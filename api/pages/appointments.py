"""Appointments and wishes for staff: who comes today, half-days to open, what stewards would like to see offered."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.keyed import commit_form
from api.pages.queue_filters import date_or_none, uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.messages import N_, Text
from rewards.appointment_steps import AbsenceExcuse, AppointmentMiss, list_appointments
from rewards.shelf import shelves_within
from rewards.slots import HALVES, SlotWish, ends_at, list_slots
from rewards.wishing import WISH_STATES, WishAnswer, WishState, list_wishes
from stewards.permissions import Action, may

_MOST_DAYS = 31
_PAGE = 50
STATES = {
    "booked": N_("已预约"),
    "kept": N_("已到"),
    "missed": N_("未到"),
    "released": N_("已取消"),
}


async def _appointments(request: PageRequest, given: dict[str, str], errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    day = date_or_none(request.query_params.get("day")) or local_date(now)
    english = locale_of(request) == "en"
    services = await shelves_within(reader, principal, Action.SLOTS_EDIT, kind="service")
    slots = await list_slots(reader, [one.stock_id for one in services], from_day=day, until=day)
    names = {one.stock_id: one for one in services}
    lines = await list_appointments(reader, principal, day=day)
    return page(
        request,
        "staff/appointments.html",
        status=status,
        frame=await staff_frame(reader, principal),
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        lines=lines,
        over={line.id for line in lines if line.state == "booked" and ends_at(line.day, line.half) <= now},
        slots=[(slot, names[slot.stock_id]) for slot in slots],
        states=STATES,
        halves=HALVES,
        services=[(str(one.stock_id), one.item_name_en if english else one.item_name) for one in services]
        if len({one.place_id for one in services}) == 1
        else [(str(one.stock_id), one.label(english=english)) for one in services],
        given=given,
        errors=errors,
    )


@get("/admin/appointments", opt={"action": Action.SLOTS_EDIT}, include_in_schema=False)
async def show_day(request: PageRequest) -> Template:
    """A day's appointments and half-days, and the form that opens some."""
    return await _appointments(request, {}, {})


@post(
    "/admin/appointments",
    opt={"action": Action.SLOTS_EDIT, FORM: ("stock", "from_day", "days", "capacity", "am", "pm")},
    include_in_schema=False,
    status_code=200,
)
async def open_slots(request: PageRequest) -> Template | Redirect:
    """Open the same half-days on several days, or change how many they serve."""
    district = district_of(request)
    fields = await read_fields(request)
    given = {name: fields.text(name) for name in ("stock", "from_day", "days", "capacity")}
    stock_id, first = uuid_or_none(given["stock"]), date_or_none(given["from_day"])
    halves = [half for half in ("am", "pm") if fields.checked(half)]
    errors: Errors = {}
    if stock_id is None:
        errors["stock"] = Text(N_("请选择服务。"))
    if first is None:
        errors["from_day"] = Text(N_("请填写日期。"))
    for name, most in (("days", _MOST_DAYS), ("capacity", 999)):
        value = given[name]
        if not (value.isascii() and value.isdigit() and len(value) < 4 and int(value) <= most):
            errors[name] = Text(N_("请填 0 到 {most} 之间的整数。"), {"most": most})
    if not halves:
        errors["am"] = Text(N_("请选上午或下午。"))
    if errors or stock_id is None or first is None:
        return await _appointments(request, given, errors, status=400)
    names = {"/item": "stock", "/stock": "stock", "/day": "from_day", "/capacity": "capacity"}
    for ahead in range(int(given["days"])):
        for half in halves:
            wish = SlotWish(
                stock_id=stock_id,
                day=first + timedelta(days=ahead),
                half="am" if half == "am" else "pm",
                capacity=int(given["capacity"]),
                caller=principal_of(request),
            )
            outcome = await commit_form(district.scarce.save_slots, wish, principal_of(request), "slots", None)
            if isinstance(outcome, Refusal):
                return await _appointments(request, given, errors_of(outcome, names), status=status_of(outcome))
    return see_other(f"/admin/appointments?day={first.isoformat()}")


@post(
    "/admin/appointments/{appointment_id:uuid}/miss",
    opt={"action": Action.SLOTS_EDIT, FORM: ("day",)},
    include_in_schema=False,
    status_code=200,
)
async def miss(request: PageRequest, appointment_id: FromPath[UUID]) -> Template | Redirect:
    """Record that somebody did not come."""
    wish = AppointmentMiss(appointment_id=appointment_id, caller=principal_of(request))
    outcome = await commit_form(district_of(request).scarce.miss, wish, principal_of(request), "miss", None)
    if isinstance(outcome, Refusal):
        return await _appointments(request, {}, errors_of(outcome, {}), status=status_of(outcome))
    day = date_or_none((await read_fields(request)).text("day"))
    return see_other(f"/admin/appointments?day={day.isoformat()}" if day else "/admin/appointments")


@post(
    "/admin/appointments/{appointment_id:uuid}/excuse",
    opt={"action": Action.SLOTS_EDIT, FORM: ("day",)},
    include_in_schema=False,
    status_code=200,
)
async def excuse(request: PageRequest, appointment_id: FromPath[UUID]) -> Template | Redirect:
    """Say that there was a reason for not coming."""
    wish = AbsenceExcuse(appointment_id=appointment_id, caller=principal_of(request))
    outcome = await commit_form(district_of(request).scarce.excuse, wish, principal_of(request), "excuse", None)
    if isinstance(outcome, Refusal):
        return await _appointments(request, {}, errors_of(outcome, {}), status=status_of(outcome))
    day = date_or_none((await read_fields(request)).text("day"))
    return see_other(f"/admin/appointments?day={day.isoformat()}" if day else "/admin/appointments")


async def _wishes(request: PageRequest, errors: Errors, *, status: int = 200) -> Template:
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    skip = request.query_params.get("skip", "0")
    offset = int(skip) if skip.isascii() and skip.isdigit() and len(skip) < 6 else 0
    lines, has_more = await list_wishes(reader, principal, limit=_PAGE, offset=offset)
    return page(
        request,
        "staff/wishes.html",
        status=status,
        frame=await staff_frame(reader, principal),
        lines=lines,
        following=offset + _PAGE if has_more else None,
        states=WISH_STATES,
        may_answer=may(principal, Action.WISHES_ANSWER),
        errors=errors,
    )


@get("/admin/wishes", opt={"action": Action.SLOTS_EDIT}, include_in_schema=False)
async def show_wishes(request: PageRequest) -> Template:
    """What stewards would like to see offered, those with the most votes first."""
    return await _wishes(request, {})


@post(
    "/admin/wishes/{wish_id:uuid}",
    opt={"action": Action.WISHES_ANSWER, FORM: ("state", "answer")},
    include_in_schema=False,
    status_code=200,
)
async def answer_wish(request: PageRequest, wish_id: FromPath[UUID]) -> Template | Redirect:
    """Answer a wish; whoever supports it is told."""
    fields = await read_fields(request)
    state = fields.text("state")
    if state not in set(WishState):
        return await _wishes(request, {"": Text(N_("请选择答复。"))}, status=400)
    wish = WishAnswer(
        wish_id=wish_id, state=WishState(state), caller=principal_of(request), answer=fields.text("answer") or None
    )
    outcome = await commit_form(district_of(request).scarce.answer_wish, wish, principal_of(request), "wish", None)
    if isinstance(outcome, Refusal):
        return await _wishes(request, {"": outcome.text}, status=status_of(outcome))
    return see_other("/admin/wishes")


route_handlers: list[Any] = [show_day, open_slots, miss, excuse, show_wishes, answer_wish]
