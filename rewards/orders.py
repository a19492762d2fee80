"""Reading orders (兑换单): lists within the caller's reach, one with its lines and history, the queue of a counter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.database import Reader, Row
from kernel.text import storable
from rewards.refusals import UnknownOrder
from rewards.wording import OrderState
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_TYPES: dict[str, type] = {
    "id": UUID,
    "steward_id": UUID,
    "place_id": UUID,
    "street_id": UUID,
    "community_id": UUID,
    "proxy_allowed": bool,
    "reserved_at": datetime,
    "ready_at": datetime,
    "closed_at": datetime,
    "waits_until": date,
}
_ORDERS = """
    SELECT o.id, o.number, o.steward_id, steward.number AS steward_number, steward.name AS steward_name, o.place_id,
           place.code AS place_code, place.name AS place, place.name_en AS place_en, place.address, place.hours,
           place.hours_en, o.street_id, o.community_id, o.channel, o.state, o.points, o.proxy_allowed, o.code_number,
           o.code_sha256, o.reserved_at, o.ready_at, o.waits_until, o.closed_at, o.version
    FROM rewards_order o
    JOIN rewards_pick_up_place place ON place.id = o.place_id
    JOIN stewards_steward steward ON steward.id = o.steward_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    """A line of an order, with the names of its item."""

    id: UUID
    number: int
    item_id: UUID
    code: str
    kind: str
    name: str
    name_en: str
    picture_sha256: str | None
    points_each: int
    quantity: int
    collected: int
    released: int
    refunded: int

    @property
    def open(self) -> int:
        """How many still wait to be collected."""
        return self.quantity - self.collected - self.released


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShown:
    """An order with its lines; `steward_name` is in full: doors mask it where the reader may not see it."""

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    steward_name: str
    place_id: UUID
    place_code: str
    place: str
    place_en: str
    address: str
    hours: str
    hours_en: str
    street_id: UUID
    community_id: UUID | None
    channel: str
    state: OrderState
    points: int
    proxy_allowed: bool
    code_number: int
    code_sha256: str
    reserved_at: datetime
    ready_at: datetime | None
    waits_until: date
    closed_at: datetime | None
    version: int
    lines: tuple[LineShown, ...]

    @property
    def held(self) -> int:
        """Points that are still on hold for it."""
        return sum(line.open * line.points_each for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventShown:
    """One step in the history of an order."""

    id: UUID
    version: int
    action: str
    from_state: str | None
    to_state: str
    quantities: dict[str, int]
    reason: str | None
    collector: str | None
    actor_kind: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders are listed. Empty means all; `q` finds order and steward numbers, names and pinyin initials."""

    states: tuple[OrderState, ...] = ()
    place_id: UUID | None = None
    steward_id: UUID | None = None
    item_id: UUID | None = None
    q: str | None = None


async def list_orders(
    reader: Reader,
    principal: Principal,
    wanted: OrderFilter,
    *,
    starting_after: UUID | None = None,
    limit: int = 50,
    oldest_first: bool = False,
) -> tuple[list[OrderShown], bool]:
    """Orders within the caller's reach: the newest first, or for a queue the oldest; and whether there are more."""
    parts, args = _within(reader, principal)
    if wanted.states:
        args.append([state.value for state in wanted.states])
        parts.append(reader.one_of("o.state", len(args)))
    for column, value in (("o.place_id", wanted.place_id), ("o.steward_id", wanted.steward_id)):
        if value is not None:
            args.append(value)
            parts.append(f"{column} = ${len(args)}")
    if wanted.item_id is not None:
        args.append(wanted.item_id)
        parts.append(f"o.id IN (SELECT order_id FROM rewards_order_line WHERE item_id = ${len(args)})")
    if wanted.q and wanted.q.strip():
        _search(parts, args, wanted.q.strip())
    direction, beyond = ("ASC", ">") if oldest_first else ("DESC", "<")
    if starting_after is not None:
        args.append(starting_after)
        at = len(args)
        last = f"SELECT last.reserved_at FROM rewards_order last WHERE last.id = ${at}"
        parts.append(f"(o.reserved_at {beyond} ({last}) OR (o.reserved_at = ({last}) AND o.id {beyond} ${at}))")
    rows = await reader.fetch(
        f"{_ORDERS} WHERE {' AND '.join(parts)} ORDER BY o.reserved_at {direction}, o.id {direction} "
        f"LIMIT {int(limit) + 1}",
        *args,
        types=_TYPES,
    )
    return await _with_lines(reader, rows[:limit]), len(rows) > limit


async def count_orders(reader: Reader, principal: Principal, *, place_id: UUID | None = None) -> dict[OrderState, int]:
    """How many orders within reach stand in each state. States without any count 0."""
    parts, args = _within(reader, principal)
    if place_id is not None:
        args.append(place_id)
        parts.append(f"o.place_id = ${len(args)}")
    rows = await reader.fetch(
        f"SELECT o.state, count(*) AS total FROM rewards_order o WHERE {' AND '.join(parts)} GROUP BY o.state", *args
    )
    return dict.fromkeys(OrderState, 0) | {OrderState(row["state"]): row["total"] for row in rows}


async def show_order(reader: Reader, principal: Principal, order_id: UUID) -> tuple[OrderShown, list[EventShown]]:
    """An order with its history.

    Raises:
        UnknownOrder: there is none, or none within the caller's reach; the two answer alike.

    """
    parts, args = _within(reader, principal)
    args.append(order_id)
    parts.append(f"o.id = ${len(args)}")
    rows = await reader.fetch(f"{_ORDERS} WHERE {' AND '.join(parts)}", *args, types=_TYPES)
    if not rows:
        raise UnknownOrder
    events = await reader.fetch(
        "SELECT id, version, action, from_state, to_state, quantities, reason, collector, actor_kind, recorded_at "
        "FROM rewards_order_event WHERE order_id = $1 ORDER BY version",
        order_id,
        types={"id": UUID, "recorded_at": datetime},
    )
    [order] = await _with_lines(reader, rows)
    return order, [EventShown(**{**row, "quantities": orjson.loads(row["quantities"])}) for row in events]


def _within(reader: Reader, principal: Principal) -> tuple[list[str], list[Any]]:
    sql, args = reach(principal, Action.ORDERS_READ).condition(
        reader, 1, street="o.street_id", community="o.community_id", steward="o.steward_id"
    )
    return [sql], list(args)


def _search(parts: list[str], args: list[Any], q: str) -> None:
    if not storable(q):
        parts.append("1 = 0")
        return
    literal = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    args += [f"{literal.upper()}%", f"%{literal}%", f"{literal.lower()}%"]
    number, name, pinyin = (f"${len(args) - 2 + at}" for at in range(3))
    parts.append(
        f"(o.number LIKE {number} ESCAPE '\\' OR steward.number LIKE {number} ESCAPE '\\' "
        f"OR steward.name LIKE {name} ESCAPE '\\' OR steward.initials LIKE {pinyin} ESCAPE '\\' "
        f"OR steward.pinyin LIKE {pinyin} ESCAPE '\\')"
    )


async def _with_lines(reader: Reader, rows: Sequence[Row]) -> list[OrderShown]:
    if not rows:
        return []
    lines: dict[UUID, list[LineShown]] = {}
    for row in await reader.fetch(
        "SELECT line.id, line.order_id, line.number, line.item_id, item.code, item.kind, item.name, item.name_en, "
        "item.picture_id AS picture_sha256, line.points_each, line.quantity, line.collected, line.released, "
        "line.refunded FROM rewards_order_line line JOIN rewards_item item ON item.id = line.item_id "
        f"WHERE {reader.one_of('line.order_id', 1)} ORDER BY line.order_id, line.number",
        [row["id"] for row in rows],
        types={"id": UUID, "order_id": UUID, "item_id": UUID},
    ):
        shown = {name: row[name] for name in LineShown.__dataclass_fields__}
        lines.setdefault(row["order_id"], []).append(LineShown(**shown))
    return [OrderShown(**{**row, "state": OrderState(row["state"])}, lines=tuple(lines[row["id"]])) for row in rows]
