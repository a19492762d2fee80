"""What items cost at a moment and what stewards have: read set-wise, for whoever decides about many."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach


async def price_of_items(reader: Reader, item_ids: Collection[UUID], *, now: datetime) -> dict[UUID, int]:
    """What one unit of each item costs in points at a moment; items without a price by then are absent."""
    rows = await reader.fetch(
        f"""
        SELECT price.item_id, price.points FROM rewards_price price
        WHERE {reader.one_of("price.item_id", 1)} AND price.effective_from <= $2 AND NOT EXISTS (
            SELECT 1 FROM rewards_price later
            WHERE later.item_id = price.item_id AND later.effective_from <= $2
              AND later.effective_from > price.effective_from
        )
        """,
        sorted(item_ids),
        now,
        types={"item_id": UUID},
    )
    return {row["item_id"]: row["points"] for row in rows}


async def spendable_of(reader: Reader, steward_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many points each steward can spend; those who never had any are absent."""
    rows = await reader.fetch(
        f"SELECT owner_id, balance FROM points_account WHERE {reader.one_of('owner_id', 1)} "
        "AND kind = 'spendable' AND unit = 'points'",
        sorted(steward_ids),
        types={"owner_id": UUID},
    )
    return {row["owner_id"]: row["balance"] for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfLine:
    """An item at a place: what stands there, what is free."""

    stock_id: UUID
    item_id: UUID
    place_id: UUID
    item_name: str
    item_name_en: str
    kind: str
    place_name: str
    place_name_en: str
    available: int
    free: int

    def label(self, *, english: bool) -> str:
        """The item, the place and how many are free, for a list to choose from."""
        if english:
            return f"{self.item_name_en} · {self.place_name_en} ({self.free})"
        return f"{self.item_name} · {self.place_name}（{self.free}）"


async def shelves_within(
    reader: Reader, principal: Principal, action: Action, *, kind: str | None = None, limit: int = 500
) -> list[ShelfLine]:
    """The stocks of places within the reach of an action of a caller, by place and item."""
    allowed, args = reach(principal, action).condition(
        reader, 1, street="place.street_id", community="place.community_id"
    )
    if kind is not None:
        args.append(kind)
        allowed = f"{allowed} AND item.kind = ${len(args)}"
    rows = await reader.fetch(
        f"""
        SELECT stock.id AS stock_id, item.id AS item_id, place.id AS place_id, item.name AS item_name,
               item.name_en AS item_name_en, item.kind, place.name AS place_name, place.name_en AS place_name_en,
               stock.available, stock.available - stock.kept - item.desk_quota AS free
        FROM rewards_stock stock
        JOIN rewards_item item ON item.id = stock.item_id
        JOIN rewards_pick_up_place place ON place.id = stock.place_id
        WHERE {allowed} AND place.closed_at IS NULL AND NOT item.unlimited
        ORDER BY place.code, item.code LIMIT {int(limit)}
        """,
        *args,
        types={"stock_id": UUID, "item_id": UUID, "place_id": UUID},
    )
    return [ShelfLine(**dict(row)) for row in rows]
