"""Reading waiting lists: what one steward waits for, and how long a list is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """An item that a steward waits for, with how many are before."""

    id: UUID
    item_id: UUID
    item_name: str
    item_name_en: str
    kind: str
    place_id: UUID
    place_name: str
    place_name_en: str
    state: str
    before: int
    joined_at: datetime
    offered_until: datetime | None


async def own_entries(reader: Reader, steward_id: UUID) -> list[WaitingLine]:
    """What a steward waits for now: offers first, then in the order of joining."""
    rows = await reader.fetch(
        """
        SELECT mine.id, item.id AS item_id, item.name AS item_name, item.name_en AS item_name_en,
               item.kind, place.id AS place_id, place.name AS place_name, place.name_en AS place_name_en,
               mine.state, mine.joined_at, mine.offered_until,
               (SELECT COUNT(*) FROM rewards_waiting_entry other
                WHERE other.stock_id = mine.stock_id AND other.state IN ('waiting', 'offered')
                  AND other.turn < mine.turn) AS before
        FROM rewards_waiting_entry mine
        JOIN rewards_stock stock ON stock.id = mine.stock_id
        JOIN rewards_item item ON item.id = stock.item_id
        JOIN rewards_pick_up_place place ON place.id = stock.place_id
        WHERE mine.steward_id = $1 AND mine.state IN ('waiting', 'offered')
        ORDER BY mine.state, mine.joined_at, mine.id
        """,
        steward_id,
        types={
            **dict.fromkeys(("id", "item_id", "place_id"), UUID),
            **dict.fromkeys(("joined_at", "offered_until"), datetime),
        },
    )
    return [WaitingLine(**dict(row)) for row in rows]


async def entry_of(reader: Reader, entry_id: UUID) -> UUID | None:
    """Whose entry it is; None where there is none."""
    row = await reader.fetch_one(
        "SELECT steward_id FROM rewards_waiting_entry WHERE id = $1", entry_id, types={"steward_id": UUID}
    )
    found: UUID | None = row["steward_id"] if row else None
    return found


async def list_lengths(reader: Reader, stock_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many wait for each of some stocks; those for which nobody waits are absent."""
    rows = await reader.fetch(
        f"SELECT stock_id, COUNT(*) AS people FROM rewards_waiting_entry WHERE {reader.one_of('stock_id', 1)} "
        "AND state IN ('waiting', 'offered') GROUP BY stock_id",
        list(stock_ids),
        types={"stock_id": UUID},
    )
    return {row["stock_id"]: row["people"] for row in rows}
