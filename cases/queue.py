"""The queue and the lists of cases: filters, search, pages by cursor, what waits longest, within the caller's reach."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cases.wording import State, Urgency
from kernel.database import Reader
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases are listed. Empty means all; `q` finds case and steward numbers, names and pinyin initials."""

    states: tuple[State, ...] = ()
    street_id: UUID | None = None
    community_id: UUID | None = None
    lane_id: UUID | None = None
    steward_id: UUID | None = None
    category: str | None = None
    urgency: Urgency | None = None
    livelihood: bool | None = None
    reported_from: date | None = None  # local days, both included
    reported_to: date | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case in a list, with the names that a reader needs."""

    id: UUID
    number: str
    source: str
    external_id: str
    channel: str
    category: str
    urgency: str
    livelihood: bool
    state: State
    episode: int
    version: int
    reported_at: datetime
    received_at: datetime
    verified_at: datetime | None
    solved_at: datetime | None
    latitude: float | None
    longitude: float | None
    duplicate_of: UUID | None
    duplicate_of_number: str | None
    lane_id: UUID
    lane_code: str
    lane_name: str
    lane_name_en: str
    community_id: UUID
    community_name: str
    community_name_en: str
    street_id: UUID
    street_name: str
    street_name_en: str
    steward_id: UUID
    steward_number: str
    steward_name: str  # in full: doors mask it where the reader may not see it
    reporter_kind: str
    reporter_id: UUID | None
    description: str
    address: str
    evidence_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """A page of cases. `total` counts all that match; `oldest_at` is when the one that waits longest was reported."""

    lines: tuple[CaseLine, ...]
    has_more: bool
    total: int
    oldest_at: datetime | None


async def list_cases(
    reader: Reader,
    principal: Principal,
    wanted: CaseFilter,
    *,
    starting_after: UUID | None = None,
    limit: int = 50,
    oldest_first: bool = False,
) -> CasePage:
    """A page of the cases within the caller's reach: the newest first, or for a queue the oldest first.

    Raises:
        UnknownCase: `starting_after` is no case within reach.

    """
    raise NotImplementedError


async def count_by_state(reader: Reader, principal: Principal, wanted: CaseFilter) -> dict[State, int]:
    """How many cases match in each state, whatever states the filter names."""
    raise NotImplementedError
