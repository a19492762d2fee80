"""The roster of stewards: search with balances, one steward's statement, a new PIN."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.pages.statement import SHOWN_WORDS, read_statement, shown_of
from api.tables import Cell, download
from cases.pending import pending_points
from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.messages import N_, Locale, Text, translate
from points.balances import balance, balances
from stewards.directory import StewardEntry, StewardQuery, find_stewards, list_stewards
from stewards.lanes import list_streets
from stewards.permissions import Action, may_at_any, require
from stewards.reach import reach
from stewards.sign_in import set_pin

_PAGE = 25
STATUSES = {
    "active": N_("在岗"),
    "suspended": N_("暂停"),
    "left": N_("离岗"),
    "deceased": N_("去世"),
}
_HEADERS = (N_("管家编号"), N_("姓名"), N_("状态"), N_("街道"), N_("社区"), N_("小巷"), N_("加入"), N_("可用积分"))


def _query(request: PageRequest) -> StewardQuery:
    asked = request.query_params
    status = asked.get("status", "active")
    return StewardQuery(
        street_code=asked.get("street") or None,
        status=status if status in STATUSES else None,
        q=asked.get("q", "").strip()[:64] or None,
        starting_after=uuid_or_none(asked.get("after")),
        limit=_PAGE,
    )


@get("/admin/stewards", opt={"action": Action.STEWARDS_ENROL}, include_in_schema=False)
async def show_roster(request: PageRequest) -> Template:
    """The stewards within the caller's reach."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    query = _query(request)
    found, has_more = await list_stewards(reader, principal, query, today=local_date(district.clock.now()))
    within = reach(principal, Action.STEWARDS_READ)
    return page(
        request,
        "staff/roster.html",
        frame=await staff_frame(reader, principal),
        query=query,
        statuses=STATUSES,
        # Only who sees several streets has to choose one.
        streets=await list_streets(reader) if within.everything else [],
        stewards=found,
        has_more=has_more,
        balances=await balances(reader, [steward.id for steward in found]),
    )


@get("/admin/stewards/export/xlsx", opt={"action": Action.STEWARDS_ENROL}, include_in_schema=False)
async def export_roster(request: PageRequest) -> Response[bytes]:
    """The page of the roster as a workbook, without phone numbers."""
    district = district_of(request)
    reader = await district.database.reader()
    locale = locale_of(request)
    today = local_date(district.clock.now())
    found, _ = await list_stewards(reader, principal_of(request), _query(request), today=today)
    points = await balances(reader, [steward.id for steward in found])
    rows = [_row(steward, points[steward.id], locale) for steward in found]
    name = translate(N_("管家名册"), locale)
    return download(f"{name}-{today.isoformat()}", "xlsx", [translate(words, locale) for words in _HEADERS], rows)


def _row(steward: StewardEntry, points: int, locale: Locale) -> list[Cell]:
    english = locale == "en"
    return [
        steward.number,
        steward.name,
        translate(STATUSES[steward.status], locale),
        steward.street_name_en if english else steward.street_name,
        steward.community_name_en if english else steward.community_name,
        "、".join(duty.lane_name_en if english else duty.lane_name for duty in steward.duties),
        steward.joined_on.isoformat(),
        points,
    ]


async def _steward(reader: Reader, request: PageRequest, steward_id: UUID) -> StewardEntry:
    today = local_date(district_of(request).clock.now())
    found = await find_stewards(reader, principal_of(request), ids=[steward_id], today=today)
    if not found:
        raise NotFound
    return found[0]


@get("/admin/stewards/{steward_id:uuid}", opt={"action": Action.CASES_VERIFY}, include_in_schema=False)
async def show_steward(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """One steward with balance and statement.

    Raises:
        NotFound: there is none within reach.

    """
    return await _steward_page(request, steward_id, {})


async def _steward_page(request: PageRequest, steward_id: UUID, errors: Errors, *, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    steward = await _steward(reader, request, steward_id)
    shown = shown_of(request.query_params.get("show"))
    return page(
        request,
        "staff/steward.html",
        status=status,
        frame=await staff_frame(reader, principal),
        steward=steward,
        statuses=STATUSES,
        purse=await balance(reader, steward_id, now=district.clock.now()),
        pending=(await pending_points(reader, [steward_id]))[steward_id],
        shown=shown,
        choices=SHOWN_WORDS,
        listed=await read_statement(reader, steward_id, shown=shown, after=request.query_params.get("after")),
        may_set_pin=may_at_any(principal, Action.STEWARDS_EDIT, steward.places),
        pin_set="pin" in request.query_params,
        errors=errors,
    )


@post(
    "/admin/stewards/{steward_id:uuid}/pin",
    opt={"action": Action.STEWARDS_EDIT, FORM: ("pin",)},
    include_in_schema=False,
    status_code=200,
)
async def reset_pin(request: PageRequest, steward_id: FromPath[UUID]) -> Template | Redirect:
    """Give a steward a new PIN, to be said at the desk. Every session under the old one ends.

    Raises:
        NotFound: there is no such steward within reach.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    steward = await _steward(reader, request, steward_id)
    if not may_at_any(principal, Action.STEWARDS_EDIT, steward.places):
        require(principal, Action.STEWARDS_EDIT, steward.places[0])
    pin = (await read_fields(request)).text("pin")
    if not pin:
        return await _steward_page(request, steward_id, {"pin": Text(N_("请填写新密码。"))}, status=400)
    try:
        await set_pin(district.database, steward_id, pin, by=principal.actor, clock=district.clock)
    except Refusal as refusal:
        errors = {"pin": next(iter(errors_of(refusal, {}).values()))}
        return await _steward_page(request, steward_id, errors, status=status_of(refusal))
    return see_other(f"/admin/stewards/{steward_id}?pin=set")


route_handlers: list[Any] = [show_roster, export_roster, show_steward, reset_pin]
