"""One case in full: its history with notes and receipts, its evidence, and the cases that it is linked with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.evidence import EvidenceShown, evidence_of
from cases.queue import CaseLine, cases_by_id
from cases.refusals import UnknownCase
from kernel.database import Reader
from kernel.text import storable
from points.receipt import Receipt
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_MOST_LINKED = 50

_TIMELINE = """
    SELECT e.id AS event_id, e.action, e.from_state, e.to_state, e.episode, e.version, e.reason, note.text AS note,
           e.actor_kind, e.actor_id, coalesce(staff.name, steward.name, token.label) AS actor_name,
           e.other_case_id, other.number AS other_number,
           e.award_id, award.points, award.receipt, e.recorded_at
    FROM cases_event e
    LEFT JOIN cases_note note ON note.id = e.note_id
    LEFT JOIN cases_case other ON other.id = e.other_case_id
    LEFT JOIN points_award award ON award.id = e.award_id
    LEFT JOIN stewards_staff staff ON e.actor_kind = 'staff' AND staff.id = e.actor_id
    LEFT JOIN stewards_steward steward ON e.actor_kind = 'steward' AND steward.id = e.actor_id
    LEFT JOIN stewards_access_token token ON e.actor_kind = 'integrator' AND token.id = e.actor_id
    WHERE e.case_id = $1 ORDER BY e.version
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One step in the history of a case. `actor_name` is in full: doors mask it where the reader may not see it."""

    event_id: UUID
    action: str
    from_state: str | None
    to_state: str
    episode: int
    version: int
    reason: str | None
    note: str | None
    actor_kind: str
    actor_id: UUID | None
    actor_name: str | None
    other_case_id: UUID | None  # the original, where the step marked a duplicate
    other_number: str | None
    award_id: UUID | None
    points: int | None
    receipt: Receipt | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedCase:
    """A case that is linked with another."""

    id: UUID
    number: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShown:
    """A case with everything that belongs to it, the history oldest first, at most 50 duplicates."""

    line: CaseLine
    timeline: tuple[TimelineEntry, ...]
    evidence: tuple[EvidenceShown, ...]
    duplicate_of: LinkedCase | None
    duplicates: tuple[LinkedCase, ...]


async def show_case(
    reader: Reader, principal: Principal, case_id: UUID, *, listed: CaseLine | None = None
) -> CaseShown:
    """A case within the caller's reach; `listed` is its line where a list that the caller may see has just read it.

    Raises:
        UnknownCase: there is none, or none within reach.

    """
    line = listed or (await cases_by_id(reader, principal, [case_id])).get(case_id)
    if line is None:
        raise UnknownCase
    linked = await reader.fetch(
        "SELECT id, number, state FROM cases_case WHERE duplicate_of_id = $1 OR id = $2 "
        f"ORDER BY reported_at, id LIMIT {_MOST_LINKED + 1}",
        case_id,
        line.duplicate_of,
        types={"id": UUID},
    )
    links = [LinkedCase(**dict(row)) for row in linked]
    return CaseShown(
        line=line,
        timeline=await _timeline(reader, case_id),
        evidence=tuple((await evidence_of(reader, [case_id])).get(case_id, ())),
        duplicate_of=next((link for link in links if link.id == line.duplicate_of), None),
        duplicates=tuple(link for link in links if link.id != line.duplicate_of)[:_MOST_LINKED],
    )


async def last_step(reader: Reader, principal: Principal, case_id: UUID) -> tuple[CaseLine, TimelineEntry]:
    """A case within the caller's reach with the newest step of its history.

    Raises:
        UnknownCase: there is none, or none within reach.

    """
    line = (await cases_by_id(reader, principal, [case_id])).get(case_id)
    if line is None:
        raise UnknownCase
    return line, (await _timeline(reader, case_id))[-1]


async def find_case_id(reader: Reader, principal: Principal, number: str) -> UUID | None:
    """The id of a case within the caller's reach by its human number."""
    if not storable(number):
        return None
    sql, args = reach(principal, Action.CASES_READ).condition(
        reader, 2, street="street_id", community="community_id", lane="lane_id", steward="steward_id"
    )
    row = await reader.fetch_one(
        f"SELECT id FROM cases_case WHERE number = $1 AND {sql}", number, *args, types={"id": UUID}
    )
    return row["id"] if row else None


async def _timeline(reader: Reader, case_id: UUID) -> tuple[TimelineEntry, ...]:
    found = await reader.fetch(
        _TIMELINE,
        case_id,
        types={
            "event_id": UUID,
            "actor_id": UUID,
            "other_case_id": UUID,
            "award_id": UUID,
            "recorded_at": datetime,
        },
    )
    return tuple(
        TimelineEntry(**{**row, "receipt": Receipt.from_json(row["receipt"]) if row["receipt"] else None})
        for row in found
    )
