"""What deciding steps of orders needs from the database: the orders with their lines, stocks, captures, days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from kernel.clock import local_date
from kernel.database import Row, Tx
from points.rule_versions import rules_on
from rewards.models import Item, Order, OrderEvent, OrderLine, Stock
from rewards.order_steps import LineNow, OrderNow
from rewards.order_wishes import OrderStep
from rewards.shelf_loading import shelf_stock, terms_on
from rewards.shelf_state import ShelfStock
from rewards.wording import ItemKind, OrderAction, OrderState


@dataclass(slots=True, kw_only=True)
class StepsLoad:
    """The orders of a batch, locked, with what their steps change."""

    rows: dict[UUID, Row]
    orders: dict[UUID, OrderNow]
    stocks: dict[UUID, ShelfStock]
    partners: dict[UUID, UUID | None]  # who gives each item, where that is a partner
    captures: dict[UUID, list[tuple[int, int]]]  # by line: (version of the step, units that are not refunded)


async def load_steps(tx: Tx, order_ids: set[UUID], wishes: Sequence[OrderStep]) -> StepsLoad:
    """Lock the orders of a batch, and read what their steps change."""
    rows = await tx.lock(Order, order_ids)
    lines = await tx.rows(OrderLine, f"WHERE {tx.one_of('order_id', 1)} ORDER BY order_id, number", sorted(rows))
    items = await tx.rows(Item, f"WHERE {tx.one_of('id', 1)}", sorted({line["item_id"] for line in lines}))
    kinds = {row["id"]: ItemKind(row["kind"]) for row in items}
    by_order: dict[UUID, list[LineNow]] = {}
    for line in lines:
        by_order.setdefault(line["order_id"], []).append(_line_now(line, kinds[line["item_id"]]))
    stocks = await tx.lock(Stock, {line["stock_id"] for line in lines if line["stock_id"] is not None})
    refunds = any(wish.action is OrderAction.REFUND for wish in wishes)
    orders = {order_id: _order_now(row, by_order[order_id]) for order_id, row in rows.items()}
    return StepsLoad(
        rows=rows,
        orders=orders,
        stocks={stock_id: shelf_stock(row) for stock_id, row in stocks.items()},
        partners={row["id"]: row["partner_id"] for row in items},
        captures=await _captures(tx, orders) if refunds else {},
    )


def _line_now(row: Row, kind: ItemKind) -> LineNow:
    return LineNow(
        id=row["id"],
        number=row["number"],
        kind=kind,
        item_id=row["item_id"],
        stock_id=row["stock_id"],
        points_each=row["points_each"],
        quantity=row["quantity"],
        collected=row["collected"],
        released=row["released"],
        refunded=row["refunded"],
    )


def _order_now(row: Row, lines: Sequence[LineNow]) -> OrderNow:
    return OrderNow(
        id=row["id"],
        number=row["number"],
        steward_id=row["steward_id"],
        state=OrderState(row["state"]),
        version=row["version"],
        lines=tuple(lines),
        waits_until=row["waits_until"],
        ready_at=row["ready_at"],
        closed_at=row["closed_at"],
        proxy_allowed=row["proxy_allowed"],
    )


async def _captures(tx: Tx, orders: Mapping[UUID, OrderNow]) -> dict[UUID, list[tuple[int, int]]]:
    """By line, the steps that collected it, in order, with the units that were not refunded since."""
    captures: dict[UUID, list[tuple[int, int]]] = {}
    refunded = {line.id: line.refunded for order in orders.values() for line in order.lines}
    events = await tx.rows(
        OrderEvent,
        f"WHERE {tx.one_of('order_id', 1)} AND action = 'collect' ORDER BY order_id, version",
        sorted(orders),
    )
    for event in events:
        moved = orjson.loads(event["quantities"])
        for line in orders[event["order_id"]].lines:
            many = moved.get(str(line.number), 0)
            gone = min(many, refunded[line.id])
            refunded[line.id] -= gone
            if many - gone:
                captures.setdefault(line.id, []).append((event["version"], many - gone))
    return captures


async def days_of_waiting(tx: Tx, now: datetime) -> tuple[int, int]:
    """How long what is ready waits, and what points that ended while they were held may still live."""
    today = local_date(now)
    rules = (await rules_on(tx, {today})).get(today)
    grace = rules.document.expiry.grace_days if rules else 0
    return (await terms_on(tx, today)).unclaimed_days, grace
