"""What was put into streets' budgets and taken out of them: when, why and by whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader
from points.notes import read_notes


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetMoveEntry:
    """A change of a budget, and what could be given after it."""

    id: UUID
    street_id: UUID
    change: str
    points: int
    balance_after: int
    reason: str
    notes: tuple[str, ...]
    made_by_name: str
    recorded_at: datetime


async def budget_moves(reader: Reader, street_ids: Iterable[UUID], *, limit: int = 20) -> list[BudgetMoveEntry]:
    """The newest changes of streets' budgets."""
    rows = await reader.fetch(
        "SELECT moved.id, moved.street_id, moved.change, moved.points, moved.balance_after, moved.reason, "
        "moved.recorded_at, COALESCE(staff.name, '') AS made_by_name FROM points_budget_move AS moved "
        "LEFT JOIN stewards_staff AS staff ON staff.id = moved.made_by_id "
        f"WHERE {reader.one_of('moved.street_id', 1)} ORDER BY moved.recorded_at DESC, moved.id DESC LIMIT $2",
        sorted(set(street_ids)),
        limit,
        types={"id": UUID, "street_id": UUID, "recorded_at": datetime},
    )
    notes = await read_notes(reader, [row["id"] for row in rows])
    return [BudgetMoveEntry(**{**dict(row), "notes": tuple(note.text for note in notes[row["id"]])}) for row in rows]
