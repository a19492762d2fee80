"""Reading stock: the sheet that staff count by, what runs low, and the moves of an item."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """An item's stock at a place as staff count it (盘点表)."""

    stock_id: UUID
    item_id: UUID
    code: str
    name: str
    name_en: str
    kind: str
    place_id: UUID
    place_code: str
    place: str
    place_en: str
    available: int
    reserved: int
    kept: int
    low_stock: int
    version: int

    @property
    def on_shelf(self) -> int:
        """How many a count should find: free and set aside."""
        return self.available + self.reserved

    @property
    def low(self) -> bool:
        """Whether the place has as few left as the item warns of."""
        return 0 < self.low_stock >= self.available


async def count_sheet(
    reader: Reader,
    principal: Principal,
    *,
    place_id: UUID | None = None,
    item_id: UUID | None = None,
    low_only: bool = False,
) -> list[StockLine]:
    """The stocks within the caller's reach, by place and item: the sheet to count by, or what runs low (缺货提醒)."""
    within, args = reach(principal, Action.STOCK_READ).condition(
        reader, 1, street="place.street_id", community="place.community_id"
    )
    parts = [within]
    for column, value in (("stock.place_id", place_id), ("stock.item_id", item_id)):
        if value is not None:
            args.append(value)
            parts.append(f"{column} = ${len(args)}")
    if low_only:
        parts.append("item.low_stock > 0 AND stock.available <= item.low_stock")
    rows = await reader.fetch(
        "SELECT stock.id AS stock_id, stock.item_id, item.code, item.name, item.name_en, item.kind, stock.place_id, "
        "place.code AS place_code, place.name AS place, place.name_en AS place_en, stock.available, stock.reserved, "
        "stock.kept, item.low_stock, stock.version FROM rewards_stock stock "
        "JOIN rewards_item item ON item.id = stock.item_id "
        "JOIN rewards_pick_up_place place ON place.id = stock.place_id "
        f"WHERE {' AND '.join(parts)} ORDER BY place.code, item.code",
        *args,
        types={"stock_id": UUID, "item_id": UUID, "place_id": UUID},
    )
    return [StockLine(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveShown:
    """One move of a stock, with the order that it was for."""

    id: UUID
    version: int
    kind: str
    quantity: int
    available_change: int
    reserved_change: int
    available: int
    reserved: int
    reason: str | None
    order_number: str | None
    actor_kind: str
    recorded_at: datetime
    place_code: str


async def moves_of(
    reader: Reader,
    principal: Principal,
    item_id: UUID,
    *,
    place_id: UUID | None = None,
    starting_after: UUID | None = None,
    limit: int = 50,
) -> tuple[list[MoveShown], bool]:
    """The moves of an item within the caller's reach, the newest first, and whether there are more after them."""
    within, args = reach(principal, Action.STOCK_READ).condition(
        reader, 2, street="place.street_id", community="place.community_id"
    )
    args = [item_id, *args]
    parts = ["stock.item_id = $1", within]
    if place_id is not None:
        args.append(place_id)
        parts.append(f"stock.place_id = ${len(args)}")
    if starting_after is not None:
        args.append(starting_after)
        parts.append(f"move.id < ${len(args)}")  # ids sort by time
    rows = await reader.fetch(
        "SELECT move.id, move.version, move.kind, move.quantity, move.available_change, move.reserved_change, "
        "move.available, move.reserved, move.reason, o.number AS order_number, move.actor_kind, move.recorded_at, "
        "place.code AS place_code FROM rewards_stock_move move JOIN rewards_stock stock ON stock.id = move.stock_id "
        "JOIN rewards_pick_up_place place ON place.id = stock.place_id "
        "LEFT JOIN rewards_order_line line ON line.id = move.order_line_id "
        "LEFT JOIN rewards_order o ON o.id = line.order_id "
        f"WHERE {' AND '.join(parts)} ORDER BY move.id DESC LIMIT {int(limit) + 1}",
        *args,
        types={"id": UUID, "recorded_at": datetime},
    )
    return [MoveShown(**dict(row)) for row in rows[:limit]], len(rows) > limit


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedItem:
    """An item whose stock is counted, as a choice."""

    id: UUID
    code: str
    name: str
    name_en: str


async def counted_items(reader: Reader) -> list[CountedItem]:
    """The items whose stock is counted, by code, also those that never lay anywhere."""
    rows = await reader.fetch(
        "SELECT id, code, name, name_en FROM rewards_item WHERE NOT unlimited ORDER BY code", types={"id": UUID}
    )
    return [CountedItem(**dict(row)) for row in rows]
