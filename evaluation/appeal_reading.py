"""Appeals as they are read: lists within reach, what waits longest first, the overdue apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from evaluation.appeals import AppealKind, AppealState, Outcome
from kernel.database import Reader, Row
from points.notes import NoteEntry, read_notes
from points.receipt import Receipt
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_TYPES: Mapping[str, type] = {
    "id": UUID,
    "steward_id": UUID,
    "street_id": UUID,
    "community_id": UUID,
    "award_id": UUID,
    "opened_at": datetime,
    "due_on": date,
    "decided_at": datetime,
    "decided_by_id": UUID,
    "operation_id": UUID,
}
_COLUMNS = """
    SELECT appeal.id, appeal.number, appeal.steward_id, steward.number AS steward_number, steward.name AS steward_name,
           appeal.street_id, appeal.community_id, street.name AS street_name, street.name_en AS street_name_en,
           appeal.kind, appeal.award_id, award.reason AS award_reason, award.reference AS award_reference,
           award.points AS award_points, award.receipt, appeal.period, appeal.state, appeal.opened_at, appeal.due_on,
           appeal.outcome, appeal.points, appeal.operation_id, appeal.decided_by_id, staff.name AS decided_by_name,
           appeal.decided_at
    FROM evaluation_appeal appeal
    JOIN stewards_steward steward ON steward.id = appeal.steward_id
    JOIN stewards_street street ON street.id = appeal.street_id
    LEFT JOIN points_award award ON award.id = appeal.award_id
    LEFT JOIN stewards_staff staff ON staff.id = appeal.decided_by_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealEntry:
    """An appeal as its reader sees it. `notes` are the steward's reason and the answer."""

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    steward_name: str
    street_id: UUID
    community_id: UUID
    street_name: str
    street_name_en: str
    kind: AppealKind
    award_id: UUID | None
    award_reason: str | None
    award_reference: str | None
    award_points: int | None
    receipt: Receipt | None
    period: str | None
    state: AppealState
    opened_at: datetime
    due_on: date
    overdue: bool
    outcome: Outcome | None
    points: int | None
    operation_id: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None
    notes: Sequence[NoteEntry]

    @property
    def reason(self) -> str | None:
        """Why the steward appeals; None where it was erased."""
        return next((note.text for note in self.notes if note.author_id == self.steward_id), None)

    @property
    def answer(self) -> str | None:
        """What was answered; None before, and where it was erased."""
        return next((note.text for note in self.notes if note.author_id != self.steward_id), None)


async def list_appeals(
    reader: Reader,
    principal: Principal,
    *,
    today: date,
    state: AppealState | None = None,
    overdue: bool = False,
    steward_id: UUID | None = None,
    starting_after: UUID | None = None,
    limit: int = 20,
) -> tuple[list[AppealEntry], bool]:
    """Appeals within reach, the oldest first, and whether there are more."""
    condition, args = reach(principal, Action.APPEALS_READ).condition(
        reader, 2, street="appeal.street_id", community="appeal.community_id", steward="appeal.steward_id"
    )
    further: list[tuple[str, Any]] = []
    if overdue:
        further.append(("appeal.state = 'open' AND appeal.due_on < ${at}", today))
    elif state is not None:
        further.append(("appeal.state = ${at}", state))
    if steward_id is not None:
        further.append(("appeal.steward_id = ${at}", steward_id))
    if starting_after is not None:
        further.append(("appeal.id > ${at}", starting_after))
    wanted = condition
    for sql, value in further:
        wanted += f" AND {sql.format(at=2 + len(args))}"
        args.append(value)
    rows = await reader.fetch(f"{_COLUMNS} WHERE {wanted} ORDER BY appeal.id LIMIT $1", limit + 1, *args, types=_TYPES)
    notes = await read_notes(reader, [row["id"] for row in rows[:limit]])
    return [_entry(row, notes[row["id"]], today) for row in rows[:limit]], len(rows) > limit


async def read_appeal(reader: Reader, principal: Principal, appeal_id: UUID, *, today: date) -> AppealEntry | None:
    """One appeal; None where there is none within reach."""
    condition, args = reach(principal, Action.APPEALS_READ).condition(
        reader, 2, street="appeal.street_id", community="appeal.community_id", steward="appeal.steward_id"
    )
    row = await reader.fetch_one(f"{_COLUMNS} WHERE appeal.id = $1 AND {condition}", appeal_id, *args, types=_TYPES)
    return _entry(row, (await read_notes(reader, [appeal_id]))[appeal_id], today) if row else None


async def read_own_award(reader: Reader, steward_id: UUID, award_id: UUID) -> tuple[int, Receipt | None] | None:
    """Points and receipt of an award that a steward may appeal; None where it is not his or hers."""
    row = await reader.fetch_one(
        "SELECT points, receipt FROM points_award WHERE id = $1 AND steward_id = $2", award_id, steward_id
    )
    if row is None:
        return None
    return int(row["points"]), Receipt.from_json(row["receipt"]) if row["receipt"] else None


async def count_open_appeals(reader: Reader, principal: Principal, *, today: date) -> tuple[int, int]:
    """How many appeals within reach wait, and how many of them are overdue."""
    condition, args = reach(principal, Action.APPEALS_READ).condition(
        reader, 2, street="street_id", community="community_id", steward="steward_id"
    )
    row = await reader.fetch_one(
        "SELECT COUNT(*) AS waiting, COUNT(CASE WHEN due_on < $1 THEN 1 END) AS overdue FROM evaluation_appeal "
        f"WHERE state = 'open' AND {condition}",
        today,
        *args,
    )
    return (int(row["waiting"]), int(row["overdue"])) if row else (0, 0)


def _entry(row: Row, notes: Sequence[NoteEntry], today: date) -> AppealEntry:
    names = [name for name in AppealEntry.__dataclass_fields__ if name not in {"receipt", "overdue", "notes"}]
    return AppealEntry(
        **{name: row[name] for name in names},
        receipt=Receipt.from_json(row["receipt"]) if row["receipt"] else None,
        overdue=row["state"] == "open" and row["due_on"] < today,
        notes=notes,
    )
