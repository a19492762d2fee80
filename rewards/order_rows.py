"""What is written of orders that stand: their holds, rows, events and audit entries."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import orjson

from kernel.audit import Actor, AuditEntry
from kernel.ids import new_id
from points.wishes import Capture, Hold
from points.wishes import Wish as LedgerWish
from rewards.deciding import DecidedOrder, LineWish
from rewards.pick_up_codes import FreshCode
from rewards.wording import Channel, ItemKind, OrderState
from stewards.principal import Principal

HELD = "redemption"
CAPTURED = "redemption_collected"
RELEASED = "redemption_released"
REFUNDED = "redemption_refunded"
"""Reasons of the ledger's operations; the reference is that of the line, and of the step where there are many."""

ORDER_COLUMNS = (
    "id", "number", "steward_id", "place_id", "street_id", "community_id", "channel", "state", "points",
    "proxy_allowed", "placed_by_kind", "placed_by_id", "code_sha256", "code_number", "reserved_at", "ready_at",
    "waits_until", "closed_at", "version",
)  # fmt: skip
LINE_COLUMNS = (
    "id", "order_id", "number", "item_id", "price_id", "stock_id", "steward_id", "points_each", "quantity",
    "collected", "released", "refunded", "reserved_at",
)  # fmt: skip
EVENT_COLUMNS = (
    "id", "order_id", "version", "action", "from_state", "to_state", "quantities", "reason", "collector",
    "actor_kind", "actor_id", "recorded_at",
)  # fmt: skip


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """An order to be placed. `promised`: its units were kept for it, by a draw or a waiting list."""

    caller: Principal
    place_id: UUID
    lines: Sequence[LineWish]
    steward_id: UUID | None = None  # who gets it: the caller himself, unless staff say for whom
    channel: Channel = "phone"
    promised: bool = False
    proxy_allowed: bool = False


def line_reference(number: str, line_number: int) -> str:
    """The reference of a line's hold in the ledger."""
    return f"order {number}/{line_number}"


class MadeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A decided order with its identity."""

    index: int
    order_id: UUID
    number: str
    wish: Redemption
    steward_id: UUID
    decided: DecidedOrder
    line_ids: tuple[UUID, ...]
    code: FreshCode
    reserved_at: datetime
    waits_until: date
    actor: Actor  # who placed it
    state: OrderState  # where it stands from the beginning

    @property
    def donated(self) -> bool:
        """Whether nothing is left to collect."""
        return self.state is OrderState.COLLECTED


def first_state(decided: DecidedOrder) -> OrderState:
    """Where an order stands from the beginning: donations are passed on at once."""
    donated = [line.item.kind is ItemKind.DONATION for line in decided.lines]
    if all(donated):
        return OrderState.COLLECTED
    return OrderState.PARTLY if any(donated) else OrderState.RESERVED


def ledger_wishes(order: MadeOrder) -> Iterator[LedgerWish]:
    """A hold for each line; what is donated is passed on at once."""
    for number, line in enumerate(order.decided.lines, 1):
        reference = line_reference(order.number, number)
        yield Hold(
            owner_id=order.steward_id,
            points=line.points,
            purses=line.purses,
            reason=HELD,
            reference=reference,
            occurred_at=order.reserved_at,
            actor_id=order.actor.id,
        )
        if line.item.kind is ItemKind.DONATION:
            yield Capture(
                hold=(HELD, reference),
                points=line.points,
                to_kind="donated",
                reason=CAPTURED,
                reference=f"{reference}/1",
                occurred_at=order.reserved_at,
                actor_id=order.actor.id,
            )


def order_row(order: MadeOrder) -> tuple[Any, ...]:
    """The order in ORDER_COLUMNS."""
    place = order.decided.place
    return (
        order.order_id,
        order.number,
        order.steward_id,
        place.id,
        place.street_id,
        place.community_id,
        order.wish.channel,
        order.state.value,
        order.decided.points,
        order.wish.proxy_allowed,
        order.actor.kind,
        order.actor.id,
        order.code.sha256,
        order.code.number,
        order.reserved_at,
        None,
        order.waits_until,
        order.reserved_at if order.donated else None,
        1,
    )


def line_rows(order: MadeOrder) -> Iterator[tuple[Any, ...]]:
    """Its lines in LINE_COLUMNS."""
    for number, (line_id, line) in enumerate(zip(order.line_ids, order.decided.lines, strict=True), 1):
        yield (
            line_id,
            order.order_id,
            number,
            line.item.id,
            line.item.price_id,
            line.stock_id,
            order.steward_id,
            line.item.points_each,
            line.quantity,
            line.quantity if line.item.kind is ItemKind.DONATION else 0,
            0,
            0,
            order.reserved_at,
        )


def event_row(order: MadeOrder) -> tuple[Any, ...]:
    """Its first event in EVENT_COLUMNS."""
    quantities = {str(number): line.quantity for number, line in enumerate(order.decided.lines, 1)}
    return (
        new_id(),
        order.order_id,
        1,
        "reserve",
        None,
        order.state.value,
        orjson.dumps(quantities, option=orjson.OPT_SORT_KEYS).decode(),
        None,
        None,
        order.actor.kind,
        order.actor.id,
        order.reserved_at,
    )


def audit_entry(order: MadeOrder) -> AuditEntry:
    """Who placed it."""
    return AuditEntry(
        actor=order.actor,
        action="orders.place",
        subject_kind="order",
        subject_id=order.order_id,
        street_id=order.decided.place.street_id,
        detail={"number": order.number, "steward_id": str(order.steward_id), "points": order.decided.points},
    )
