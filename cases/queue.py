"""The queue and the lists of cases: filters, search, pages by cursor, what waits longest, within the caller's reach."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cases.refusals import UnknownCase
from cases.wording import State, Urgency
from kernel.clock import day_start, within_calendar
from kernel.database import Reader, Row
from kernel.text import storable
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

MOST_PER_PAGE = 200
_TYPES: dict[str, type] = {
    "id": UUID,
    "livelihood": bool,
    "reported_at": datetime,
    "received_at": datetime,
    "verified_at": datetime,
    "solved_at": datetime,
    "duplicate_of": UUID,
    "lane_id": UUID,
    "community_id": UUID,
    "street_id": UUID,
    "steward_id": UUID,
    "reporter_id": UUID,
}
_LINES = """
    SELECT c.id, c.number, c.source, c.external_id, c.channel, c.category, c.urgency, c.livelihood, c.state, c.episode,
           c.version, c.reported_at, c.received_at, c.verified_at, c.solved_at, c.latitude, c.longitude,
           c.duplicate_of_id AS duplicate_of, original.number AS duplicate_of_number,
           c.lane_id, lane.code AS lane_code, lane.name AS lane_name, lane.name_en AS lane_name_en,
           c.community_id, community.name AS community_name, community.name_en AS community_name_en,
           c.street_id, street.name AS street_name, street.name_en AS street_name_en,
           c.steward_id, steward.number AS steward_number, steward.name AS steward_name,
           c.reporter_kind, c.reporter_id, body.description, body.address,
           (SELECT count(*) FROM cases_evidence evidence WHERE evidence.case_id = c.id) AS evidence_count
    FROM cases_case c
    JOIN cases_case_text body ON body.case_id = c.id
    JOIN stewards_lane lane ON lane.id = c.lane_id
    JOIN stewards_community community ON community.id = c.community_id
    JOIN stewards_street street ON street.id = c.street_id
    JOIN stewards_steward steward ON steward.id = c.steward_id
    LEFT JOIN cases_case original ON original.id = c.duplicate_of_id
"""


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


_LINE_FIELDS = tuple(CaseLine.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """A page of cases. `total` counts all that match; `oldest_at` is when the one that waits longest was reported."""

    lines: tuple[CaseLine, ...]
    has_more: bool
    total: int
    oldest_at: datetime | None


@dataclass(slots=True)
class _Condition:
    """A WHERE clause that grows, with the values that it binds."""

    parts: list[str] = field(default_factory=list)
    args: list[Any] = field(default_factory=list)

    def add(self, sql: str, *values: Any) -> None:
        """Add a part whose {0}, {1} … stand for the placeholders of its values."""
        first = len(self.args) + 1
        self.parts.append(sql.format(*(f"${first + at}" for at in range(len(values)))))
        self.args.extend(values)

    @property
    def sql(self) -> str:
        return " AND ".join(self.parts) or "1 = 1"


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

    One query, however many cases there are, and one more for where the page begins.

    Raises:
        UnknownCase: `starting_after` is no case within reach.

    """
    matching = _matching(reader, principal, wanted)
    totals = (
        "SELECT count(*) AS total, min(CASE WHEN c.state = 'reported' THEN c.reported_at END) AS oldest_at "
        f"FROM cases_case c WHERE {matching.sql}"
    )
    direction, beyond = ("ASC", ">") if oldest_first else ("DESC", "<")
    if starting_after is not None:
        last = await _cursor(reader, principal, starting_after)
        matching.add(f"(c.reported_at {beyond} {{0}} OR (c.reported_at = {{0}} AND c.id {beyond} {{1}}))", *last)
    size = max(1, min(limit, MOST_PER_PAGE))
    order = f"ORDER BY {{0}}reported_at {direction}, {{0}}id {direction}"
    page = f"{_LINES} WHERE {matching.sql} {order.format('c.')} LIMIT {size + 1}"
    rows = await reader.fetch(
        f"SELECT totals.total, totals.oldest_at, page.* FROM ({totals}) AS totals LEFT JOIN ({page}) AS page ON 1 = 1 "
        + order.format("page."),
        *matching.args,
        types={**_TYPES, "oldest_at": datetime},
    )
    found = [_line(row) for row in rows if row["id"] is not None]  # an empty page still has its totals
    return CasePage(
        lines=tuple(found[:size]),
        has_more=len(found) > size,
        total=rows[0]["total"],
        oldest_at=rows[0]["oldest_at"],
    )


async def count_by_state(reader: Reader, principal: Principal, wanted: CaseFilter) -> dict[State, int]:
    """How many cases match in each state, whatever states the filter names. States without any count 0."""
    matching = _matching(reader, principal, wanted, any_state=True)
    rows = await reader.fetch(
        f"SELECT c.state, count(*) AS total FROM cases_case c WHERE {matching.sql} GROUP BY c.state", *matching.args
    )
    return dict.fromkeys(State, 0) | {State(row["state"]): row["total"] for row in rows}


async def cases_by_id(reader: Reader, principal: Principal, case_ids: Iterable[UUID]) -> dict[UUID, CaseLine]:
    """Cases within the caller's reach, by id. Others are absent."""
    within = _within_reach(reader, principal)
    within.add(reader.one_of("c.id", len(within.args) + 1))
    within.args.append(sorted(set(case_ids)))
    return {line.id: line for line in await _lines(reader, f"WHERE {within.sql}", within)}


def _within_reach(reader: Reader, principal: Principal) -> _Condition:
    sql, args = reach(principal, Action.CASES_READ).condition(
        reader, 1, street="c.street_id", community="c.community_id", lane="c.lane_id", steward="c.steward_id"
    )
    return _Condition([sql], list(args))


def _matching(reader: Reader, principal: Principal, wanted: CaseFilter, *, any_state: bool = False) -> _Condition:
    condition = _within_reach(reader, principal)
    if wanted.states and not any_state:
        condition.add(reader.one_of("c.state", len(condition.args) + 1))
        condition.args.append([state.value for state in wanted.states])
    for column, value in (
        ("c.street_id", wanted.street_id),
        ("c.community_id", wanted.community_id),
        ("c.lane_id", wanted.lane_id),
        ("c.steward_id", wanted.steward_id),
        ("c.category", wanted.category),
        ("c.urgency", wanted.urgency.value if wanted.urgency else None),
    ):
        if value is not None:
            condition.add(f"{column} = {{0}}", value)
    if wanted.livelihood is not None:
        condition.add("c.livelihood" if wanted.livelihood else "NOT c.livelihood")
    if wanted.reported_from is not None:
        condition.add("c.reported_at >= {0}", day_start(within_calendar(wanted.reported_from)))
    if wanted.reported_to is not None:
        condition.add("c.reported_at < {0}", day_start(within_calendar(wanted.reported_to) + timedelta(days=1)))
    if wanted.q and wanted.q.strip():
        _search(condition, wanted.q.strip())
    return condition


def _search(condition: _Condition, q: str) -> None:
    if not storable(q):
        condition.add("1 = 0")
        return
    literal = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    condition.add(
        "(c.number LIKE {0} ESCAPE '\\' OR c.external_id = {1} OR c.steward_id IN ("
        "SELECT s.id FROM stewards_steward s WHERE s.number LIKE {0} ESCAPE '\\' OR s.name LIKE {2} ESCAPE '\\' "
        "OR s.initials LIKE {3} ESCAPE '\\' OR s.pinyin LIKE {3} ESCAPE '\\'))",
        f"{literal}%",
        q,
        f"%{literal}%",
        f"{literal.lower()}%",
    )


async def _cursor(reader: Reader, principal: Principal, case_id: UUID) -> tuple[datetime, UUID]:
    within = _within_reach(reader, principal)
    within.add("c.id = {0}", case_id)
    row = await reader.fetch_one(
        f"SELECT c.reported_at FROM cases_case c WHERE {within.sql}", *within.args, types={"reported_at": datetime}
    )
    if row is None:
        raise UnknownCase(pointer="/starting_after")
    return row["reported_at"], case_id


async def _lines(reader: Reader, tail: str, bound: _Condition) -> list[CaseLine]:
    found = await reader.fetch(f"{_LINES} {tail}", *bound.args, types=_TYPES)
    return [_line(row) for row in found]


def _line(row: Row) -> CaseLine:
    return CaseLine(**{name: row[name] for name in _LINE_FIELDS} | {"state": State(row["state"])})
