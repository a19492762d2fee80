"""One case in full: its history, notes, evidence, and the cases it is linked with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.queue import CaseLine
from kernel.database import Reader
from points.receipt import Receipt
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One step in the history of a case."""

    event_id: UUID
    action: str
    from_state: str | None
    to_state: str
    episode: int
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
class EvidenceShown:
    """A file of a case."""

    id: UUID
    file_sha256: str
    media_type: str
    size_bytes: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedCase:
    """A case that is linked with another."""

    id: UUID
    number: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShown:
    """A case with everything that belongs to it, the history oldest first."""

    line: CaseLine
    timeline: tuple[TimelineEntry, ...]
    evidence: tuple[EvidenceShown, ...]
    duplicate_of: LinkedCase | None
    duplicates: tuple[LinkedCase, ...]


async def show_case(reader: Reader, principal: Principal, case_id: UUID) -> CaseShown:
    """A case within the caller's reach.

    Raises:
        UnknownCase: there is none, or none within reach.

    """
    raise NotImplementedError


async def find_case_id(reader: Reader, principal: Principal, number: str) -> UUID | None:
    """The id of a case within the caller's reach by its human number."""
    raise NotImplementedError
