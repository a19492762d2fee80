"""The queue of orders at the counters of a member of staff, and one order with everything that can be done with it."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.counter import QUANTITIES, places_within, quantities_of, take_step
from api.pages.forms import Fields, read_fields
from api.pages.frame import staff_frame
from api.pages.order_filters import SHOWN_STATES, order_filters_of
from api.pages.rendering import PageRequest, page, see_other
from api.v1.redemption_answers import owner_name
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_
from rewards.appointment_steps import list_appointments
from rewards.desk import CONSENTS, act_of_order
from rewards.order_wishes import OrderStep
from rewards.orders import OrderShown, list_orders, show_order
from rewards.slots import HALVES
from rewards.wording import OPEN_STATES, STATES, STEP_REASONS, ItemKind, OrderAction, OrderState
from stewards.permissions import Action, may
from stewards.principal import Place

_PAGE = 30
_WHO = {"steward": N_("本人"), "staff": N_("工作人员"), "system": N_("系统"), "integrator": N_("对接系统")}
_TOOK = {
    "reserve": N_("下了单"),
    "ready": N_("备好了货"),
    "collect": N_("领走了"),
    "cancel": N_("取消了"),
    "expire": N_("过期了"),
    "refund": N_("退还了"),
    "recode": N_("换了领取码"),
    "allow": N_("允许了代领"),
    "forbid": N_("改成不许代领"),
}
_CHANNELS = {
    "phone": N_("本人用手机"),
    "desk": N_("柜台代办"),
    "draw": N_("抽签"),
    "queue": N_("候补"),
    "api": N_("对接系统"),
}


@get("/admin/orders", opt={"action": Action.ORDERS_FULFIL}, include_in_schema=False)
async def show_order_queue(request: PageRequest) -> Template:
    """The orders within reach under the filters of the address; what waits, the oldest first."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    filters = order_filters_of(request.query_params)
    places = await places_within(reader, principal, Action.ORDERS_FULFIL)
    orders, has_more = await list_orders(
        reader,
        principal,
        filters.wanted(places),
        starting_after=filters.after,
        limit=_PAGE,
        oldest_first=filters.oldest_first,
    )
    return page(
        request,
        "staff/orders.html",
        frame=await staff_frame(reader, principal),
        filters=filters,
        orders=orders,
        has_more=has_more,
        owners={order.id: owner_name(order, principal) for order in orders},
        places=places,
        shown_states=SHOWN_STATES,
        states=STATES,
        today=local_date(district.clock.now()),
        done=request.query_params.get("done", "")[:32],
    )


@get("/admin/orders/{order_id:uuid}", opt={"action": Action.ORDERS_FULFIL}, include_in_schema=False)
async def show_order_page(request: PageRequest, order_id: FromPath[UUID]) -> Template:
    """An order with its lines and history.

    Raises:
        UnknownOrder: there is none within reach.

    """
    return await _order_page(request, order_id)


def _steps_open(order: OrderShown, may_do: dict[str, bool]) -> dict[str, bool]:
    """Which steps the order's state and the caller's permissions leave."""
    is_open = order.state in OPEN_STATES
    return {
        "ready": may_do["fulfil"] and order.state is OrderState.RESERVED,
        "collect": may_do["fulfil"] and is_open,
        "cancel": may_do["cancel"] and is_open,
        "refund": may_do["refund"] and any(_refundable(order).values()),
    }


def _refundable(order: OrderShown) -> dict[int, int]:
    """How many of each line can be given back; what was donated stands."""
    if order.state not in {OrderState.PARTLY, OrderState.COLLECTED}:
        return {}
    return {
        line.number: 0 if line.kind == ItemKind.DONATION else line.collected - line.refunded for line in order.lines
    }


async def _order_page(
    request: PageRequest, order_id: UUID, *, refused: Refusal | None = None, status: int = 200
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    order, history = await show_order(reader, principal, order_id)
    place = Place(street_id=order.street_id, community_id=order.community_id)
    may_do = {
        "fulfil": may(principal, Action.ORDERS_FULFIL, place),
        "cancel": may(principal, Action.ORDERS_CANCEL, place),
        "refund": may(principal, Action.ORDERS_REFUND, place),
    }
    return page(
        request,
        "staff/order.html",
        status=status,
        frame=await staff_frame(reader, principal),
        order=order,
        owner=owner_name(order, principal),
        history=history,
        appointments=await list_appointments(reader, principal, order_id=order_id),
        halves=HALVES,
        desk_act=await act_of_order(reader, order_id) if order.channel == "desk" else None,
        consents=CONSENTS,
        can=_steps_open(order, may_do),
        refundable=_refundable(order),
        open_counts={line.number: line.open for line in order.lines},
        states=STATES,
        took=_TOOK,
        reasons=STEP_REASONS,
        who=_WHO,
        channels=_CHANNELS,
        is_open=order.state in OPEN_STATES,
        done=request.query_params.get("done") if request.query_params.get("done") in set(OrderAction) else None,
        nonces={name: str(new_id()) for name in ("cancel", "refund")},
        refused=refused,
    )


def _step(request: PageRequest, order: OrderShown, action: OrderAction, fields: Fields) -> OrderStep:
    if action is OrderAction.READY:
        return OrderStep(action=action, caller=principal_of(request), order_id=order.id)
    return OrderStep(
        action=action,
        caller=principal_of(request),
        order_id=order.id,
        quantities=quantities_of(fields, [line.number for line in order.lines]),
        reason=fields.text("reason")[:32] or "other",
        restock=action is OrderAction.REFUND and fields.checked("restock"),
    )


async def _take(request: PageRequest, order_id: UUID, action: OrderAction) -> Template | Redirect:
    fields = await read_fields(request)
    reader = await district_of(request).database.reader()
    order, _ = await show_order(reader, principal_of(request), order_id)
    outcome: object
    try:
        outcome = await take_step(request, _step(request, order, action, fields), fields.text("nonce"))
    except Refusal as refusal:
        outcome = refusal
    if isinstance(outcome, Refusal):
        return await _order_page(request, order_id, refused=outcome, status=status_of(outcome))
    if fields.checked("queue"):
        filters = order_filters_of(dict(parse_qsl(fields.text("back"))))
        return see_other(filters.link(done=order.number))
    return see_other(f"/admin/orders/{order_id}?done={action}")


def _route(action: OrderAction, permission: Action) -> Any:
    async def take(request: PageRequest, order_id: FromPath[UUID]) -> Template | Redirect:
        return await _take(request, order_id, action)

    take.__doc__ = f"Take the step {action.value!r} on an order, once for each form that was opened."
    take.__name__ = f"{action}_order_at_counter"
    return post(
        f"/admin/orders/{{order_id:uuid}}/{action}",
        opt={"action": permission, FORM: ("nonce", "reason", "restock", "queue", "back", *QUANTITIES)},
        include_in_schema=False,
        status_code=200,
        name=f"page_{action}_order",
    )(take)


route_handlers: list[Any] = [
    show_order_queue,
    show_order_page,
    _route(OrderAction.READY, Action.ORDERS_FULFIL),
    _route(OrderAction.CANCEL, Action.ORDERS_FULFIL),
    _route(OrderAction.REFUND, Action.ORDERS_REFUND),
]
