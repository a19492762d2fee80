"""What steps of orders leave behind: rows of orders and lines, events, the audit, what is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.audit import AuditEntry, record
from kernel.database import Insert, Tx, Update
from kernel.ids import new_id
from kernel.outbox import emit
from rewards.fulfilment_loading import StepsLoad
from rewards.models import Order, OrderEvent, OrderLine
from rewards.order_notices import TOPICS
from rewards.order_rows import EVENT_COLUMNS
from rewards.order_steps import StepDecided
from rewards.order_wishes import OrderStep
from rewards.pick_up_codes import FreshCode
from rewards.wording import OrderAction


def rows_of_steps(
    load: StepsLoad,
    taken: Sequence[tuple[int, OrderStep, StepDecided]],
    coded: Mapping[UUID, FreshCode],
    now: datetime,
) -> list[Insert | Update]:
    """The rows of orders, lines and events that steps leave behind."""
    changed = sorted({step.after.id for _, _, step in taken})
    orders, lines = [], []
    for order_id in changed:
        order, row = load.orders[order_id], load.rows[order_id]
        code = coded.get(order_id)
        orders.append(
            (
                order.id,
                order.state.value,
                order.proxy_allowed,
                row["code_sha256"] if code is None else code.sha256,
                row["code_number"] if code is None else code.number,
                order.ready_at,
                order.waits_until,
                order.closed_at,
                order.version,
            )
        )
        lines += [(line.id, line.collected, line.released, line.refunded) for line in order.lines]
    columns = (
        "id", "state", "proxy_allowed", "code_sha256", "code_number", "ready_at", "waits_until", "closed_at", "version",
    )  # fmt: skip
    return [
        Update(Order, columns, orders),
        Update(OrderLine, ("id", "collected", "released", "refunded"), lines),
        Insert(OrderEvent, EVENT_COLUMNS, [_event_row(wish, step, now) for _, wish, step in taken]),
    ]


def _event_row(wish: OrderStep, step: StepDecided, now: datetime) -> tuple[Any, ...]:
    quantities = {str(number): many for number, many in step.moved.items()}
    actor = wish.caller.actor
    return (
        new_id(),
        step.after.id,
        step.after.version,
        step.action.value,
        step.before.state.value,
        step.after.state.value,
        orjson.dumps(quantities, option=orjson.OPT_SORT_KEYS).decode(),
        wish.reason,
        wish.collector if step.action is OrderAction.COLLECT else None,
        actor.kind,
        actor.id,
        now,
    )


async def tell_of_steps(
    tx: Tx, load: StepsLoad, taken: Sequence[tuple[int, OrderStep, StepDecided]], now: datetime
) -> None:
    """Write steps into the audit, and what others are told of them into the outbox."""
    entries = []
    told: dict[str, list[dict[str, Any]]] = {}
    for _, wish, step in taken:
        after = step.after
        detail: dict[str, Any] = {"number": after.number, "from": step.before.state.value, "to": after.state.value}
        if step.moved:
            detail["quantities"] = {str(number): many for number, many in step.moved.items()}
        if wish.reason:
            detail["reason"] = wish.reason
        entries.append(
            AuditEntry(
                actor=wish.caller.actor,
                action=f"orders.{step.action}",
                subject_kind="order",
                subject_id=after.id,
                street_id=load.rows[after.id]["street_id"],
                detail=detail,
            )
        )
        topic = f"order.{step.action}"
        # What a steward did himself needs no message.
        if topic in TOPICS and wish.caller.steward_id != after.steward_id:
            told.setdefault(topic, []).append({"order_id": str(after.id), "version": after.version})
    await record(tx, entries, now=now)
    for topic, payloads in told.items():
        await emit(tx, topic, payloads, now=now)
