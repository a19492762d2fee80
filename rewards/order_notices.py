"""Notices of orders: what staff, a draw or the clock did with an order is told in its steward's inbox.

The outbox brings the order and the version of the step; what the message says is read from the rows.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from kernel.clock import local_date
from kernel.database import Row, Tx
from kernel.messages import N_, Text
from kernel.outbox import InBatches, Payload
from rewards.models import OrderEvent
from rewards.wording import STEP_REASONS
from stewards.inbox import NewMessage, post_messages, register_message

_ORDERS = """
    SELECT o.id, o.number, o.steward_id, o.points, o.waits_until, place.name AS place, place.name_en AS place_en,
           place.hours, place.hours_en
    FROM rewards_order o JOIN rewards_pick_up_place place ON place.id = o.place_id
"""
_TYPES: dict[str, type] = {"id": UUID, "steward_id": UUID, "waits_until": date}


def _with_reason(message: str, reasoned: str) -> Callable[[Mapping[str, Any]], Text]:
    def render(params: Mapping[str, Any]) -> Text:
        reason = params.get("reason")
        if isinstance(reason, str) and reason in STEP_REASONS:
            return Text(reasoned, {**params, "reason": Text(STEP_REASONS[reason])})
        return Text(message, params)

    return render


register_message("order_reserved", N_("已为您预留兑换单 {number}，共 {points} 分，请在 {until} 前到{place}领取。"))
register_message("order_ready", N_("兑换单 {number} 已备好，请在 {until} 前到{place}领取（{hours}）。"))
register_message(
    "order_collected", N_("兑换单 {number} 已领取，用去 {points} 分。如果不是您本人或您同意的人领取，请告诉社区。")
)
register_message(
    "order_cancelled",
    _with_reason(
        N_("兑换单 {number} 已取消，退回 {points} 分。"),
        N_("兑换单 {number} 已取消，原因：{reason}，退回 {points} 分。"),
    ),
)
register_message("order_expired", N_("兑换单 {number} 过期未领，退回 {points} 分。"))
register_message(
    "order_refunded",
    _with_reason(
        N_("兑换单 {number} 已退还 {points} 分。"), N_("兑换单 {number} 已退还 {points} 分，原因：{reason}。")
    ),
)
register_message("order_expiring", N_("兑换单 {number} 还有 {days} 天过期，请在 {until} 前到{place}领取。"))


async def _tell(code: str, tx: Tx, payloads: Sequence[Payload], now: datetime) -> None:
    orders = await _orders(tx, [UUID(payload["order_id"]) for payload in payloads])
    events = {
        (row["order_id"], row["version"]): row
        for row in await tx.rows(
            OrderEvent, f"WHERE {tx.one_of('order_id', 1)} ORDER BY order_id, version", sorted(orders)
        )
    }
    each = {
        (row["order_id"], row["number"]): row["points_each"]
        for row in await tx.fetch(
            f"SELECT order_id, number, points_each FROM rewards_order_line WHERE {tx.one_of('order_id', 1)}",
            sorted(orders),
            types={"order_id": UUID},
        )
    }
    messages = []
    for payload in payloads:
        order = orders[UUID(payload["order_id"])]
        version = int(payload.get("version", 1))
        event = events[order["id"], version]
        points = sum(each[order["id"], int(line)] * many for line, many in orjson.loads(event["quantities"]).items())
        params = {**_params(order), "points": points}
        if event["reason"]:
            params["reason"] = event["reason"]
        messages.append(
            NewMessage(
                steward_id=order["steward_id"],
                code=code,
                params=params,
                cause=f"order {order['number']}/{version}",
            )
        )
    await post_messages(tx, messages, now=now)


async def _orders(tx: Tx, order_ids: Sequence[UUID]) -> dict[UUID, Row]:
    rows = await tx.fetch(f"{_ORDERS} WHERE {tx.one_of('o.id', 1)}", sorted(set(order_ids)), types=_TYPES)
    return {row["id"]: row for row in rows}


def _params(order: Row) -> dict[str, Any]:
    return {
        "order_id": str(order["id"]),
        "number": order["number"],
        "until": order["waits_until"].isoformat(),
        "place": order["place"],
        "hours": order["hours"],
    }


async def remind_of_orders(tx: Tx, *, days: int, now: datetime) -> int:
    """Tell the owners of orders whose last day is within so many days, once for each; answers how many there are."""
    today = local_date(now)
    rows = await tx.fetch(
        f"{_ORDERS} WHERE o.state IN ('reserved', 'ready', 'partly') AND o.waits_until >= $1 AND o.waits_until <= $2",
        today,
        today + timedelta(days=days),
        types=_TYPES,
    )
    messages = [
        NewMessage(
            steward_id=order["steward_id"],
            code="order_expiring",
            params={**_params(order), "days": (order["waits_until"] - today).days},
            cause=f"order {order['number']}/expiring/{order['waits_until'].isoformat()}",
        )
        for order in rows
    ]
    await post_messages(tx, messages, now=now)
    return len(messages)


_CODES: Mapping[str, str] = {
    "order.reserve": "order_reserved",
    "order.ready": "order_ready",
    "order.collect": "order_collected",
    "order.cancel": "order_cancelled",
    "order.expire": "order_expired",
    "order.refund": "order_refunded",
}
TOPICS = frozenset(_CODES)
HANDLERS: Mapping[str, InBatches] = {topic: InBatches(partial(_tell, code)) for topic, code in _CODES.items()}
"""The outbox handlers of this package, by topic."""
