"""Redemptions (兑换单): place an order, prepare it, hand it over by its code, cancel and refund it."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.code_tries import try_code
from api.composition import district_of
from api.errors import Fault, Faulty
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import Limit, StartingAfter, etag, separated_by_commas
from api.v1.redemption_answers import (
    OrderAnswer,
    OrderHandled,
    OrderInFull,
    OrderPlaced,
    event_shown,
    order_shown,
    placed_shown,
    step_shown,
)
from api.v1.stock import PlaceName, named_place
from kernel.idempotency import Answer
from kernel.messages import N_, Locale, Text
from rewards.appointments import Booked, Booking
from rewards.deciding import LineWish
from rewards.desk import AskedOrder, DeskConsent
from rewards.order_rows import Redemption
from rewards.order_wishes import OrderStep, StepTaken
from rewards.orders import OrderFilter, list_orders, show_order
from rewards.wording import OrderAction, OrderState
from stewards.permissions import Action

_TAGS = ["redemptions"]
_STATES = QueryParameter(
    name="state", description="States, separated by commas", schema_extra=separated_by_commas(OrderState)
)

Units = Annotated[int, Field(ge=1, le=999)]
LineNumber = Annotated[int, Field(ge=1, le=20)]
Code = Annotated[str, Field(min_length=8, max_length=64, description="Eight digits, or what the QR code says")]
Reason = Literal["changed_mind", "wrong_item", "not_delivered", "faulty", "closed", "other"]


class OrderLineBody(Body):
    """So many of an item."""

    item: UUID
    quantity: Units = 1
    slot: Annotated[UUID | None, Field(description="The half-day, for services that are booked by it")] = None


class PlaceOrder(Body):
    """What a steward wants from one pick-up place. Staff say for whom, and have asked that person."""

    place: PlaceName
    lines: Annotated[list[OrderLineBody], Field(min_length=1, max_length=20)]
    steward: Annotated[UUID | None, Field(description="Staff: for whom")] = None
    proxy_allowed: Annotated[bool, Field(description="The owner lets somebody else collect")] = False
    consent: Annotated[
        Literal["present", "letter", "phone"], Field(description="Staff: how that person agreed; it is recorded")
    ] = "present"


class StepLine(Body):
    """So many of a line, by its number in the order."""

    number: LineNumber
    quantity: Units


class _Lines(Body):
    lines: Annotated[list[StepLine] | None, Field(min_length=1, max_length=20)] = None

    def quantities(self) -> dict[int, int] | None:
        """How many of each line; None for all that can be."""
        if self.lines is None:
            return None
        given = {line.number: line.quantity for line in self.lines}
        if len(given) < len(self.lines):
            raise Faulty([Fault(pointer="/lines", detail=Text(N_("同一行写了两次。")), code="duplicate_line")])
        return given


class CollectOrder(_Lines):
    """What is handed over, by the code that its owner, or with the owner's consent somebody else, shows."""

    code: Code
    collector: Literal["owner", "other"] = "owner"


class CancelOrder(_Lines):
    """What is given up; without lines everything that was not collected."""

    reason: Reason | None = None


class RefundOrder(_Lines):
    """What comes back after it was collected; `restock` puts it on the shelf again."""

    reason: Reason
    restock: bool = False


class AllowProxy(Body):
    """Whether somebody else may collect."""

    allowed: bool


@get("/redemptions", opt={"action": Action.ORDERS_READ}, tags=_TAGS, operation_id="listOrders")
async def list_all(
    request: JinpaiRequest,
    *,
    states: Annotated[str | None, _STATES] = None,
    place: Annotated[str | None, QueryParameter(max_length=36, description="Code or id of the pick-up place")] = None,
    steward: FromQuery[UUID | None] = None,
    item: FromQuery[UUID | None] = None,
    q: Annotated[str | None, QueryParameter(max_length=64, description="Numbers, names or pinyin initials")] = None,
    order: FromQuery[Literal["newest", "oldest"]] = "newest",
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[OrderAnswer]:
    """The orders within the caller's reach, narrowed by filters."""
    district = district_of(request)
    principal = principal_of(request)
    wanted = OrderFilter(
        states=_states(states),
        place_id=(await named_place(request, place, "place")).id if place is not None else None,
        steward_id=steward,
        item_id=item,
        q=q,
    )
    found, has_more = await list_orders(
        await district.database.reader(),
        principal,
        wanted,
        starting_after=starting_after,
        limit=limit,
        oldest_first=order == "oldest",
    )
    return Page(data=[order_shown(one, principal, district.codes) for one in found], has_more=has_more)


def _states(given: str | None) -> tuple[OrderState, ...]:
    try:
        return tuple(OrderState(part) for part in given.split(",")) if given else ()
    except ValueError:
        detail = Text(N_("只能是 {expected} 之一。"), {"expected": ", ".join(OrderState)})
        raise Faulty([Fault(pointer="state", detail=detail, code="enum")]) from None


@get("/redemptions/{order_id:uuid}", opt={"action": Action.ORDERS_READ}, tags=_TAGS, operation_id="showOrder")
async def show(request: JinpaiRequest, order_id: FromPath[UUID]) -> Response[OrderInFull]:
    """An order with its history, and for its owner with its pick-up code."""
    district = district_of(request)
    principal = principal_of(request)
    order, history = await show_order(await district.database.reader(), principal, order_id)
    shown = OrderInFull(
        order=order_shown(order, principal, district.codes), history=[event_shown(event) for event in history]
    )
    return Response(shown, headers={"ETag": etag(order.version)})


@post(
    "/redemptions",
    opt={"action": Action.ORDERS_PLACE},
    tags=_TAGS,
    operation_id="placeOrder",
    responses={201: ResponseSpec(OrderPlaced, description="Points are on hold and stock is set aside")},
)
async def place(request: JinpaiRequest, data: JSONBody[PlaceOrder]) -> Response[Any]:
    """Order items for points: all of it or none. Points are taken when it is collected."""
    principal = principal_of(request)
    chosen = await named_place(request, data.place)
    redemption = Redemption(
        caller=principal,
        steward_id=data.steward,
        place_id=chosen.id,
        lines=tuple(LineWish(item_id=line.item, quantity=line.quantity) for line in data.lines),
        channel="phone" if principal.kind == "steward" else "desk",
        proxy_allowed=data.proxy_allowed,
    )

    wish = AskedOrder(
        booking=Booking(order=redemption, slots={line.item: line.slot for line in data.lines if line.slot}),
        consent=DeskConsent(data.consent) if redemption.channel == "desk" else None,
    )

    def encode(outcome: Booked, locale: Locale) -> Answer:
        return answer(placed_shown(outcome.placed), 201)

    return await submit_one(request, district_of(request).take_orders, wish, encode)


_HANDLED = {200: ResponseSpec(OrderHandled, description="Taken")}


def _encode_step(outcome: StepTaken, locale: Locale) -> Answer:
    return answer(step_shown(outcome))


async def _step(request: JinpaiRequest, step: OrderStep) -> Response[Any]:
    shard = step.order_id.int if step.order_id else 0
    return await submit_one(request, district_of(request).step_orders, step, _encode_step, shard=shard)


def _route(name: str, action: Action, operation_id: str) -> Callable[[Callable[..., Any]], Any]:
    """A route of a step: answers 200 with what it did."""
    return post(
        f"/redemptions/{{order_id:uuid}}/{name}",
        opt={"action": action},
        tags=_TAGS,
        operation_id=operation_id,
        status_code=200,
        responses=_HANDLED,
    )


@_route("ready", Action.ORDERS_FULFIL, "readyOrder")
async def ready(request: JinpaiRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """Say that an order lies ready (备好): its owner is told, and it waits its full time from now."""
    return await _step(request, OrderStep(action=OrderAction.READY, caller=principal_of(request), order_id=order_id))


@_route("collect", Action.ORDERS_FULFIL, "collectOrder")
async def collect(request: JinpaiRequest, order_id: FromPath[UUID], data: JSONBody[CollectOrder]) -> Response[Any]:
    """Hand an order over, all or a part (领取), against its code: now the points are taken."""
    return await _collect(request, data, order_id)


@post(
    "/redemptions/collect",
    opt={"action": Action.ORDERS_FULFIL},
    tags=_TAGS,
    operation_id="collectByCode",
    status_code=200,
    responses=_HANDLED,
)
async def collect_by_code(request: JinpaiRequest, data: JSONBody[CollectOrder]) -> Response[Any]:
    """Hand over the order that a scanned or typed code names, at a counter of the caller's."""
    return await _collect(request, data, None)


@post(
    "/partners/collections",
    opt={"action": Action.COLLECTIONS_CONFIRM},
    tags=["partners"],
    operation_id="confirmCollection",
    status_code=200,
    responses=_HANDLED,
)
async def confirm(request: JinpaiRequest, data: JSONBody[CollectOrder]) -> Response[Any]:
    """A partner confirms that its items were collected (合作方确认), against the pick-up code."""
    return await _collect(request, data, None)


async def _collect(request: JinpaiRequest, data: CollectOrder, order_id: UUID | None) -> Response[Any]:
    quantities = data.quantities()
    await try_code(district_of(request), principal_of(request))
    step = OrderStep(
        action=OrderAction.COLLECT,
        caller=principal_of(request),
        order_id=order_id,
        code=data.code,
        quantities=quantities,
        collector=data.collector,
    )
    return await _step(request, step)


@_route("cancel", Action.ORDERS_CANCEL, "cancelOrder")
async def cancel(
    request: JinpaiRequest, order_id: FromPath[UUID], data: JSONBody[CancelOrder | None] = None
) -> Response[Any]:
    """Give up what was not collected (取消): its points and its stock come back at once."""
    step = OrderStep(
        action=OrderAction.CANCEL,
        caller=principal_of(request),
        order_id=order_id,
        quantities=data.quantities() if data else None,
        reason=data.reason if data else None,
    )
    return await _step(request, step)


@_route("refund", Action.ORDERS_REFUND, "refundOrder")
async def refund(request: JinpaiRequest, order_id: FromPath[UUID], data: JSONBody[RefundOrder]) -> Response[Any]:
    """Give back the points of what was collected (退还), by quantity."""
    step = OrderStep(
        action=OrderAction.REFUND,
        caller=principal_of(request),
        order_id=order_id,
        quantities=data.quantities(),
        reason=data.reason,
        restock=data.restock,
    )
    return await _step(request, step)


@_route("code", Action.ORDERS_PLACE, "recodeOrder")
async def recode(request: JinpaiRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """Ask for a new pick-up code; the old one no longer holds. The owner's alone to ask for."""
    return await _step(request, OrderStep(action=OrderAction.RECODE, caller=principal_of(request), order_id=order_id))


@_route("proxy", Action.ORDERS_PLACE, "allowProxy")
async def proxy(request: JinpaiRequest, order_id: FromPath[UUID], data: JSONBody[AllowProxy]) -> Response[Any]:
    """Let somebody else collect, or no longer. The owner's alone to say."""
    action = OrderAction.ALLOW if data.allowed else OrderAction.FORBID
    return await _step(request, OrderStep(action=action, caller=principal_of(request), order_id=order_id))


route_handlers: list[Any] = [
    list_all, show, place, ready, collect, collect_by_code, confirm, cancel, refund, recode, proxy,
]  # fmt: skip
