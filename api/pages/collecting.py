"""Handing over by code (扫码领取): one field for a scanner or typed digits, what it would hand over, and the result."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.code_tries import try_code
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.counter import QUANTITIES, quantities_of, take_step
from api.pages.forms import Fields, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.v1.redemption_answers import owner_name
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.ids import new_id
from rewards.appointment_steps import AppointmentLine, list_appointments
from rewards.code_reading import closed_order_of_code, order_of_code
from rewards.order_wishes import OrderStep
from rewards.orders import EventShown, OrderShown, show_order
from rewards.refusals import CodeWrong, UnknownOrder
from rewards.slots import HALVES
from rewards.wording import STATES, Collector, OrderAction
from stewards.permissions import Action

_LONGEST_CODE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a code leads to, before anything is handed over. `seen` says that this caller has looked this code up."""

    order: OrderShown
    owner: str
    appointments: list[AppointmentLine]
    code: str
    seen: str
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What was handed over last."""

    order: OrderShown
    owner: str
    event: EventShown
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a code did nothing; `used` is the order that it belonged to until that closed."""

    refusal: Refusal
    code: str
    used: OrderShown | None = None


async def _collect_page(
    request: PageRequest,
    *,
    found: Found | None = None,
    handed: Handed | None = None,
    refused: Refused | None = None,
) -> Template:
    reader = await district_of(request).database.reader()
    return page(
        request,
        "staff/collect.html",
        status=status_of(refused.refusal) if refused else 200,
        headers={"Cache-Control": "no-store"},
        frame=await staff_frame(reader, principal_of(request)),
        found=found,
        handed=handed,
        refused=refused,
        states=STATES,
        halves=HALVES,
    )


@get("/admin/collect", opt={"action": Action.ORDERS_FULFIL}, include_in_schema=False)
async def show_collect(request: PageRequest) -> Template:
    """The field for a code, above it what was handed over last."""
    order_id = uuid_or_none(request.query_params.get("done"))
    handed = await _handed(request, order_id) if order_id else None
    return await _collect_page(request, handed=handed)


async def _handed(request: PageRequest, order_id: UUID) -> Handed | None:
    principal = principal_of(request)
    try:
        order, history = await show_order(await district_of(request).database.reader(), principal, order_id)
    except UnknownOrder:
        return None
    events = [event for event in history if event.action == OrderAction.COLLECT]
    if not events:
        return None
    worth = {str(line.number): line.points_each for line in order.lines}
    points = sum(many * worth[number] for number, many in events[-1].quantities.items())
    return Handed(order=order, owner=owner_name(order, principal), event=events[-1], points=points)


@post(
    "/admin/collect",
    opt={"action": Action.ORDERS_FULFIL, FORM: ("code", "seen", "step", "order", "collector", "nonce", *QUANTITIES)},
    include_in_schema=False,
    status_code=200,
)
async def collect(request: PageRequest) -> Template | Redirect:
    """First what the code would hand over, then, confirmed, the hand-over; a refused code does nothing."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    code = fields.text("code")[:_LONGEST_CODE]
    try:
        # Whoever has looked a code up confirms it without spending a second try.
        if fields.text("seen") != _seen(request, code):
            await try_code(district, principal)
        if fields.text("step") == "confirm":
            return await _confirm(request, fields, code)
        return await _collect_page(request, found=await _look(request, code))
    except Refusal as refusal:
        return await _refused(request, refusal, code)


def _seen(request: PageRequest, code: str) -> str:
    """A mark that nobody can make for a code before it was looked up."""
    return district_of(request).codes.hash_of(f"seen by {principal_of(request).id}: {code}")


async def _found_order(reader: Reader, request: PageRequest, code: str) -> UUID:
    found = await order_of_code(reader, principal_of(request), code, district_of(request).codes)
    if isinstance(found, Refusal):
        raise found
    return found


async def _look(request: PageRequest, code: str) -> Found:
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    order, _ = await show_order(reader, principal, await _found_order(reader, request, code))
    return Found(
        order=order,
        owner=owner_name(order, principal),
        appointments=await list_appointments(reader, principal, order_id=order.id),
        code=code,
        seen=_seen(request, code),
        nonce=str(new_id()),
    )


async def _confirm(request: PageRequest, fields: Fields, code: str) -> Template | Redirect:
    order_id = uuid_or_none(fields.text("order"))
    collector: Collector = "other" if fields.text("collector") == "other" else "owner"
    step = OrderStep(
        action=OrderAction.COLLECT,
        caller=principal_of(request),
        order_id=order_id,
        code=code,
        quantities=quantities_of(fields, range(1, 21)),
        collector=collector,
    )
    outcome = await take_step(request, step, fields.text("nonce"))
    if isinstance(outcome, Refusal):
        raise outcome
    handed_id = outcome.order_id if outcome else order_id
    return see_other(f"/admin/collect?done={handed_id}" if handed_id else "/admin/collect")


async def _refused(request: PageRequest, refusal: Refusal, code: str) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    used: OrderShown | None = None
    if isinstance(refusal, CodeWrong):
        reader = await district.database.reader()
        closed_id = await closed_order_of_code(reader, principal, code, district.codes)
        if closed_id is not None:
            used, _ = await show_order(reader, principal, closed_id)
    return await _collect_page(request, refused=Refused(refusal=refusal, code=code, used=used))


route_handlers: list[Any] = [show_collect, collect]
