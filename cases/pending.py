"""Pending points (待核实积分) and cap checks (上限提示): what unverified cases would be worth, and what caps leave.

An estimate by the same assessment that credits: the rules of the day of the report, the caps as they are used now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cases.credits import event_of
from cases.queue import CaseLine
from cases.transitions import Credit
from kernel.clock import local_date
from kernel.database import Reader, Row
from kernel.errors import Refusal
from points.assess import EarningEvent, WindowKey, assess, windows_of
from points.receipt import Receipt
from points.rule_versions import rules_on
from points.rules import Rules

_COLUMNS = "id, number, episode, steward_id, street_id, lane_id, category, urgency, reported_at"
_TYPES: dict[str, type] = {
    "id": UUID,
    "steward_id": UUID,
    "street_id": UUID,
    "lane_id": UUID,
    "reported_at": datetime,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CapCheck:
    """How far a cap window is used, such as 78 of 80 this month."""

    cap: str
    per: str  # steward, lane
    period: str  # 2026-10-03, 2026-10, 2026
    counts: str  # points, times
    used: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What verifying a case now would credit, why, and how far its caps are used before it."""

    points: int
    receipt: Receipt
    caps: tuple[CapCheck, ...]


async def worth_of_cases(reader: Reader, case_ids: Iterable[UUID]) -> dict[UUID, Worth]:
    """What each case would be worth if it were verified next, by itself.

    Cases that the rules of their day cannot assess are absent. Four queries at most. The caller has checked who asks.
    """
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM cases_case WHERE {reader.one_of('id', 1)}", sorted(set(case_ids)), types=_TYPES
    )
    return await _worth(reader, rows)


async def worth_of_lines(reader: Reader, lines: Iterable[CaseLine]) -> dict[UUID, Worth]:
    """What worth_of_cases says, of cases that have just been read."""
    return await _worth(reader, [{name: getattr(line, name) for name in _COLUMNS.split(", ")} for line in lines])


async def _worth(reader: Reader, rows: Iterable[Row]) -> dict[UUID, Worth]:
    events = {row["id"]: _event(row) for row in rows}
    rules = await rules_on(reader, {local_date(event.occurred_at) for event in events.values()})
    usage = await _usage(reader, events.values(), rules)
    worth = {}
    for case_id, event in events.items():
        in_force = rules.get(local_date(event.occurred_at))
        if in_force is None:
            continue
        try:
            assessment = assess(event, in_force, usage)
        except Refusal:
            continue
        worth[case_id] = Worth(
            points=assessment.points,
            receipt=assessment.receipt,
            caps=tuple(_check(window, usage) for window in windows_of(event, in_force)),
        )
    return worth


async def pending_points(reader: Reader, steward_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """The estimated points of each steward's unverified cases, oldest first under the caps. Never absent."""
    pending = dict.fromkeys(steward_ids, 0)
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM cases_case WHERE {reader.one_of('steward_id', 1)} "
        "AND state IN ('reported', 'returned') ORDER BY reported_at, id",
        sorted(pending),
        types=_TYPES,
    )
    events = [_event(row) for row in rows]
    rules = await rules_on(reader, {local_date(event.occurred_at) for event in events})
    usage = await _usage(reader, events, rules)
    for event in events:
        in_force = rules.get(local_date(event.occurred_at))
        if in_force is None:
            continue
        try:
            assessment = assess(event, in_force, usage)
        except Refusal:
            continue  # a category that the rules of its day do not know is worth nothing yet
        pending[event.steward_id] += assessment.points
        for use in assessment.uses:
            usage[use.window] = usage.get(use.window, 0) + use.counted
    return pending


def _event(row: Row) -> EarningEvent:
    return event_of(row, Credit.VERIFIED, episode=row["episode"])


async def _usage(reader: Reader, events: Iterable[EarningEvent], rules: Mapping[date, Rules]) -> dict[WindowKey, int]:
    windows = {
        window.id: window
        for event in events
        if (in_force := rules.get(local_date(event.occurred_at))) is not None
        for window in windows_of(event, in_force)
    }
    if not windows:
        return {}
    found: Sequence[Row] = await reader.fetch(
        f"SELECT id, used FROM points_cap_window WHERE {reader.one_of('id', 1)}", sorted(windows), types={"id": UUID}
    )
    return {windows[row["id"]]: row["used"] for row in found}


def _check(window: WindowKey, usage: Mapping[WindowKey, int]) -> CapCheck:
    return CapCheck(
        cap=window.cap,
        per=window.terms.per,
        period=window.period,
        counts=window.terms.counts,
        used=usage.get(window, 0),
        limit=window.terms.limit,
    )
