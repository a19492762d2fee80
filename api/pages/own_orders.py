"""The steward's own orders (兑换单): where each stands, the code to collect it by, and giving it up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import read_fields
from api.pages.keyed import commit_form
from api.pages.own import own_steward_id
from api.pages.pick_up_drawings import bars_drawing, qr_drawing
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.clock import local_date
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from rewards.appointment_steps import MOST_MOVES, AppointmentLine, AppointmentMove, list_appointments
from rewards.appointments import BOOKED_AHEAD
from rewards.fulfilment import step_orders
from rewards.order_wishes import OrderStep, StepTaken
from rewards.orders import OrderFilter, list_orders, show_order
from rewards.pick_up_codes import qr_payload, spoken
from rewards.refusals import UnknownOrder
from rewards.slot_refusals import UnknownSlot
from rewards.slots import HALVES, SlotLine, begins_at, list_slots
from rewards.wording import ACTIONS, OPEN_STATES, STATES, OrderAction, OrderState
from stewards.permissions import Action

_PAGE = 20
_HALF_DAYS = 20
_STEPS: Mapping[str, tuple[OrderAction, Action]] = {
    "cancel": (OrderAction.CANCEL, Action.ORDERS_CANCEL),
    "allow": (OrderAction.ALLOW, Action.ORDERS_PLACE),
    "forbid": (OrderAction.FORBID, Action.ORDERS_PLACE),
    "code": (OrderAction.RECODE, Action.ORDERS_PLACE),
}


@get("/me/orders", opt={"action": Action.ORDERS_READ}, include_in_schema=False)
async def list_own_orders(request: PageRequest) -> Template:
    """The steward's orders, the newest first: those that wait, or all of them."""
    district = district_of(request)
    principal = principal_of(request)
    steward_id = own_steward_id(request)
    reader = await district.database.reader()
    everything = request.query_params.get("show") == "all"
    states = () if everything else tuple(sorted(OPEN_STATES))
    wanted = OrderFilter(states=states, steward_id=steward_id)
    after = uuid_or_none(request.query_params.get("after"))
    orders, has_more = await list_orders(reader, principal, wanted, starting_after=after, limit=_PAGE)
    return page(
        request,
        "steward/orders.html",
        orders=orders,
        has_more=has_more,
        everything=everything,
        first_page=after is None,
        states=STATES,
    )


@get("/me/orders/{order_id:uuid}", opt={"action": Action.ORDERS_READ}, include_in_schema=False)
async def show_own_order(request: PageRequest, order_id: FromPath[UUID]) -> Template:
    """One order with its pick-up code and history."""
    return await _order_page(request, order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An appointment of an order that can be moved, with the half-days that are free."""

    line: AppointmentLine
    free: tuple[SlotLine, ...]


async def _seats(reader: Reader, lines: list[AppointmentLine], now: datetime) -> list[Seat]:
    """The appointments that can be moved, and where to."""
    movable = [line for line in lines if line.state in {"booked", "missed"} and line.moves < MOST_MOVES]
    if not movable:
        return []
    today = local_date(now)
    slots = await list_slots(
        reader, sorted({line.stock_id for line in movable}), from_day=today, until=today + BOOKED_AHEAD
    )
    return [
        Seat(
            line=line,
            free=tuple(
                slot
                for slot in slots
                if slot.stock_id == line.stock_id
                and slot.id != line.slot_id
                and slot.left >= line.seats
                and now < begins_at(slot.day, slot.half)
            )[:_HALF_DAYS],
        )
        for line in movable
    ]


async def _order_page(
    request: PageRequest, order_id: UUID, *, refused: Refusal | None = None, status: int = 200
) -> Template:
    district = district_of(request)
    if own_steward_id(request) is None:
        raise UnknownOrder
    reader = await district.database.reader()
    order, history = await show_order(reader, principal_of(request), order_id)
    code = None
    if order.state in OPEN_STATES:
        code = district.codes.current(order.id, order.code_number, order.code_sha256)
    appointments = await list_appointments(reader, principal_of(request), order_id=order_id)
    return page(
        request,
        "steward/order.html",
        status=status,
        # A pick-up code is worth points: nobody keeps a copy of it on the way.
        headers={"Cache-Control": "no-store"},
        order=order,
        history=history,
        appointments=appointments,
        seats=await _seats(reader, appointments, district.clock.now()) if order.state in OPEN_STATES else [],
        halves=HALVES,
        code=spoken(code) if code else None,
        qr=qr_drawing(qr_payload(order.number, code)) if code else None,
        bars=bars_drawing(code) if code else None,
        open=order.state in OPEN_STATES,
        waits_days=(order.waits_until - local_date(district.clock.now())).days,
        placed="placed" in request.query_params and order.state is OrderState.RESERVED,
        states=STATES,
        actions=ACTIONS,
        refused=refused,
    )


async def _take(request: PageRequest, order_id: UUID, action: OrderAction) -> Template | Redirect:
    district = district_of(request)
    principal = principal_of(request)
    own_steward_id(request)
    now = district.clock.now()
    step = OrderStep(action=action, caller=principal, order_id=order_id)

    async def use_case(tx: Tx) -> StepTaken | Refusal:
        (outcome,) = await step_orders(tx, [step], now=now, codes=district.codes)
        return outcome

    outcome = await district.database.run(use_case)
    if isinstance(outcome, UnknownOrder):
        raise outcome
    if isinstance(outcome, Refusal):
        return await _order_page(request, order_id, refused=outcome, status=status_of(outcome))
    district.dispatcher.wake()
    return see_other(f"/me/orders/{order_id}")


def _route(name: str) -> Any:
    action, permission = _STEPS[name]

    async def take(request: PageRequest, order_id: FromPath[UUID]) -> Template | Redirect:
        return await _take(request, order_id, action)

    take.__doc__ = f"Take the step {action!r} on an own order."
    take.__name__ = f"{name}_own_order"
    return post(
        f"/me/orders/{{order_id:uuid}}/{name}",
        opt={"action": permission, FORM: ()},
        include_in_schema=False,
        status_code=200,
        name=f"page_{name}_own_order",
    )(take)


@post(
    "/me/orders/{order_id:uuid}/move",
    opt={"action": Action.ORDERS_PLACE, FORM: ("appointment", "slot")},
    include_in_schema=False,
    status_code=200,
)
async def move_own_appointment(request: PageRequest, order_id: FromPath[UUID]) -> Template | Redirect:
    """Come at another half-day (改约).

    Raises:
        UnknownOrder: the caller has no such order, or no such appointment in it.

    """
    district = district_of(request)
    principal = principal_of(request)
    own_steward_id(request)
    fields = await read_fields(request)
    appointment_id, slot_id = uuid_or_none(fields.text("appointment")), uuid_or_none(fields.text("slot"))
    lines = await list_appointments(await district.database.reader(), principal, order_id=order_id)
    if appointment_id not in {line.id for line in lines}:
        raise UnknownOrder
    if appointment_id is None or slot_id is None:
        return await _order_page(request, order_id, refused=UnknownSlot(pointer="/slot"), status=400)
    wish = AppointmentMove(appointment_id=appointment_id, slot_id=slot_id, caller=principal)
    outcome: Any = await commit_form(district.scarce.move, wish, principal, "move", None)
    if isinstance(outcome, Refusal):
        return await _order_page(request, order_id, refused=outcome, status=status_of(outcome))
    return see_other(f"/me/orders/{order_id}")


route_handlers: list[Any] = [list_own_orders, show_own_order, move_own_appointment, *(_route(name) for name in _STEPS)]
