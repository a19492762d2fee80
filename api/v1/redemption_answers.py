"""What is shown of orders."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from rewards.order_steps import LineNow
from rewards.order_wishes import StepTaken
from rewards.orders import EventShown, LineShown, OrderShown
from rewards.pick_up_codes import PickUpCodes, qr_payload, spoken
from rewards.redeeming import Placed
from stewards.names import mask_name
from stewards.principal import Principal


class CodeShown(msgspec.Struct, kw_only=True):
    """A pick-up code: as digits (also what Code 128 says), in groups to be read out, and as the QR code says it."""

    digits: str
    spoken: str
    qr: str


class OrderLineShown(msgspec.Struct, kw_only=True):
    """A line of an order: how many, at which price, and what became of them."""

    number: int
    item_id: UUID
    item_code: str
    kind: str
    item: str
    item_en: str
    points_each: int
    quantity: int
    open: int
    collected: int
    released: int
    refunded: int


class PlacedLineShown(msgspec.Struct, kw_only=True):
    """A line of an order that was just placed."""

    number: int
    item_id: UUID
    item: str
    points_each: int
    quantity: int
    points: int


class OrderPlaced(msgspec.Struct, kw_only=True):
    """An order that was placed: points are on hold and stock is set aside until it is collected."""

    id: UUID
    number: str
    state: str
    version: int
    steward_id: UUID
    place_id: UUID
    points: int
    lines: list[PlacedLineShown]
    code: CodeShown
    reserved_at: datetime
    waits_until: date
    balance_after: int


class OrderStewardShown(msgspec.Struct, kw_only=True):
    """Whose order it is."""

    id: UUID
    number: str
    name: str


class OrderPlaceShown(msgspec.Struct, kw_only=True):
    """Where an order is picked up."""

    id: UUID
    code: str
    name: str
    name_en: str
    address: str
    hours: str
    hours_en: str


class OrderAnswer(msgspec.Struct, kw_only=True):
    """An order. The code is shown to its owner alone; null where a new one has to be asked for."""

    id: UUID
    number: str
    state: str
    version: int
    channel: str
    steward: OrderStewardShown
    place: OrderPlaceShown
    points: int
    held: int
    lines: list[OrderLineShown]
    proxy_allowed: bool
    code: CodeShown | None
    reserved_at: datetime
    ready_at: datetime | None
    waits_until: date
    closed_at: datetime | None


class OrderEventShown(msgspec.Struct, kw_only=True):
    """One step in the history of an order; `quantities` by the number of the line."""

    event_id: UUID
    version: int
    action: str
    from_state: str | None
    to_state: str
    quantities: dict[str, int]
    reason: str | None
    collector: str | None
    actor_kind: str
    recorded_at: datetime


class OrderInFull(msgspec.Struct, kw_only=True):
    """An order with its history."""

    order: OrderAnswer
    history: list[OrderEventShown]


class StepLineShown(msgspec.Struct, kw_only=True):
    """A line after a step, and how many the step moved."""

    number: int
    item_id: UUID
    quantity: int
    open: int
    collected: int
    released: int
    refunded: int
    moved: int


class OrderHandled(msgspec.Struct, kw_only=True):
    """A step that was taken. `points` were collected, given back or refunded by it."""

    id: UUID
    number: str
    steward_id: UUID
    place_id: UUID
    action: str
    state: str
    version: int
    lines: list[StepLineShown]
    points: int
    balance_after: int | None
    waits_until: date
    code: CodeShown | None


def code_shown(number: str, digits: str) -> CodeShown:
    """A pick-up code in its three forms."""
    return CodeShown(digits=digits, spoken=spoken(digits), qr=qr_payload(number, digits))


def placed_shown(placed: Placed) -> OrderPlaced:
    """An order that was placed."""
    return OrderPlaced(
        id=placed.order_id,
        number=placed.number,
        state=placed.state,
        version=placed.version,
        steward_id=placed.steward_id,
        place_id=placed.place_id,
        points=placed.points,
        lines=[
            PlacedLineShown(
                number=line.number,
                item_id=line.item_id,
                item=line.item,
                points_each=line.points_each,
                quantity=line.quantity,
                points=line.points,
            )
            for line in placed.lines
        ],
        code=code_shown(placed.number, placed.code),
        reserved_at=placed.reserved_at,
        waits_until=placed.waits_until,
        balance_after=placed.balance_after,
    )


def owner_name(order: OrderShown, principal: Principal) -> str:
    """Whose order it is, in full for people and masked for machines."""
    named = principal.kind in {"steward", "staff", "system"}
    return order.steward_name if named else mask_name(order.steward_name)


def order_shown(order: OrderShown, principal: Principal, codes: PickUpCodes) -> OrderAnswer:
    """An order for a reader."""
    own = principal.steward_id == order.steward_id and order.closed_at is None
    digits = codes.current(order.id, order.code_number, order.code_sha256) if own else None
    return OrderAnswer(
        id=order.id,
        number=order.number,
        state=order.state,
        version=order.version,
        channel=order.channel,
        steward=OrderStewardShown(
            id=order.steward_id,
            number=order.steward_number,
            name=owner_name(order, principal),
        ),
        place=OrderPlaceShown(
            id=order.place_id,
            code=order.place_code,
            name=order.place,
            name_en=order.place_en,
            address=order.address,
            hours=order.hours,
            hours_en=order.hours_en,
        ),
        points=order.points,
        held=order.held,
        lines=[_line(line) for line in order.lines],
        proxy_allowed=order.proxy_allowed,
        code=code_shown(order.number, digits) if digits else None,
        reserved_at=order.reserved_at,
        ready_at=order.ready_at,
        waits_until=order.waits_until,
        closed_at=order.closed_at,
    )


def _line(line: LineShown) -> OrderLineShown:
    return OrderLineShown(
        number=line.number,
        item_id=line.item_id,
        item_code=line.code,
        kind=line.kind,
        item=line.name,
        item_en=line.name_en,
        points_each=line.points_each,
        quantity=line.quantity,
        open=line.open,
        collected=line.collected,
        released=line.released,
        refunded=line.refunded,
    )


def event_shown(event: EventShown) -> OrderEventShown:
    """A step in the history of an order."""
    return OrderEventShown(
        event_id=event.id,
        version=event.version,
        action=event.action,
        from_state=event.from_state,
        to_state=event.to_state,
        quantities=event.quantities,
        reason=event.reason,
        collector=event.collector,
        actor_kind=event.actor_kind,
        recorded_at=event.recorded_at,
    )


def step_shown(taken: StepTaken) -> OrderHandled:
    """A step that was taken."""
    return OrderHandled(
        id=taken.order_id,
        number=taken.number,
        steward_id=taken.steward_id,
        place_id=taken.place_id,
        action=taken.action,
        state=taken.state,
        version=taken.version,
        lines=[_step_line(line, taken.moved.get(line.number, 0)) for line in taken.lines],
        points=taken.points,
        balance_after=taken.balance_after,
        waits_until=taken.waits_until,
        code=code_shown(taken.number, taken.code) if taken.code else None,
    )


def _step_line(line: LineNow, moved: int) -> StepLineShown:
    return StepLineShown(
        number=line.number,
        item_id=line.item_id,
        quantity=line.quantity,
        open=line.open,
        collected=line.collected,
        released=line.released,
        refunded=line.refunded,
        moved=moved,
    )
