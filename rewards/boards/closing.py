"""Periods close into frozen boards (定榜): a week after a period's end its boards are written down, hashed and chained.

Until then late verification still counts; afterwards the live board may go on to change (a case reopened years later),
the frozen one does not. Whoever wished to be on no board by then is not written down; whoever wishes it later is left
out when a frozen board is shown, and its hash still holds, as it is over ids.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from kernel.clock import day_start, local_date
from kernel.database import Reader, Row, Tx
from kernel.ids import derived_id
from kernel.jobs import Job, JobRun
from kernel.ranking import Entry
from points.verifying import Break
from rewards.boards.definitions import BoardKey, Metric, span_of
from rewards.boards.models import BoardClose
from rewards.boards.projection import entries, people_of
from rewards.boards.sums import sums
from rewards.periods import Period, period_days
from stewards.roles import DISTRICT, Scope, ScopeKind

GRACE = timedelta(days=7)
_CLOSED = (Period.WEEK, Period.MONTH, Period.QUARTER, Period.YEAR)
_METRICS = (Metric.POINTS, Metric.CASES, Metric.TEAMS)
_LOOK_BACK = {Period.WEEK: 8, Period.MONTH: 3, Period.QUARTER: 2, Period.YEAR: 1}
_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenBoard:
    """A closed board: its lines as (rank, steward, value) in order, and what it hashes to."""

    begins_on: date
    ends_on: date
    closed_at: datetime
    sha256: str
    lines: tuple[tuple[int, UUID, int], ...]


def due_periods(today: date) -> Iterator[tuple[Period, date, date]]:
    """The periods that ended at least a week before a day, oldest first: period, first day, first day after it."""
    for period in _CLOSED:
        day = today - GRACE
        found = []
        for _ in range(_LOOK_BACK[period]):
            days = period_days(period, day)
            if days is None:
                break
            day = days[0] - timedelta(days=1)
            ended = period_days(period, day)
            if ended is not None:
                found.append((period, *ended))
        yield from reversed(found)


async def close_boards(tx: Tx, period: Period, metric: Metric, begins_on: date, *, now: datetime) -> int:
    """Close the boards of one period and metric, for the district, its streets and communities; answers how many.

    Boards on which nobody stands are not written down, and what is closed stays as it is.
    """
    within = day_start(begins_on)
    found = await sums(tx, metric, span_of(metric, period, within), now=now)
    people = await people_of(tx, {part.steward_id for part in found}, metric)
    places: set[Scope] = {DISTRICT}
    for person in people.values():
        places.add(Scope(ScopeKind.STREET, person.street_id))
        if person.community_id is not None:
            places.add(Scope(ScopeKind.COMMUNITY, person.community_id))
    keys = {BoardKey(metric, period, place, begins_on): place for place in places}
    made = entries(list(keys), [part for part in found if part.steward_id in people], people, {})
    days = period_days(period, begins_on)
    assert days is not None  # noqa: S101 - only periods with an end are closed
    previous = await _previous(tx, metric, period, begins_on)
    rows = []
    for key, place in keys.items():
        ranked = _ranked([entry for entry in made[key.name].values() if entry])
        if not ranked:
            continue
        body = orjson.dumps({"lines": ranked, "previous": previous.get((place.kind.value, place.id))}).decode()
        rows.append(
            {
                "id": derived_id("board close", metric, period, place.kind, str(place.id), begins_on.isoformat()),
                "metric": metric.value,
                "period": period.value,
                "scope_kind": place.kind.value,
                "scope_id": place.id,
                "begins_on": begins_on,
                "ends_on": days[1] - timedelta(days=1),
                "lines": len(ranked),
                "total": sum(value for _, _, value in ranked),
                "body": body,
                "body_sha256": hashlib.sha256(body.encode()).hexdigest(),
                "closed_at": now,
            }
        )
    for start in range(0, len(rows), _CHUNK):
        await tx.insert(BoardClose, rows[start : start + _CHUNK], skip_existing=True)
    return len(rows)


def _ranked(board: Sequence[Entry]) -> list[tuple[int, str, int]]:
    order = sorted(board, key=lambda entry: (-entry.score, entry.tie))
    lines: list[tuple[int, str, int]] = []
    for at, entry in enumerate(order, 1):
        rank = lines[-1][0] if lines and lines[-1][2] == entry.score else at
        lines.append((rank, entry.member, entry.score))
    return lines


async def _previous(tx: Tx, metric: Metric, period: Period, begins_on: date) -> Mapping[tuple[str, UUID | None], str]:
    """The hash of the last close before a day, by place."""
    rows = await tx.rows(
        BoardClose,
        "WHERE metric = $1 AND period = $2 AND begins_on < $3 ORDER BY begins_on",
        metric.value,
        period.value,
        begins_on,
    )
    return {(row["scope_kind"], row["scope_id"]): row["body_sha256"] for row in rows}


async def frozen_board(reader: Reader, metric: Metric, period: Period, place: Scope, day: date) -> FrozenBoard | None:
    """The closed board of the period in which a local day lies; None where there is none."""
    days = period_days(period, day)
    if days is None:
        return None
    close_id = derived_id("board close", metric, period, place.kind, str(place.id), days[0].isoformat())
    rows = await reader.rows(BoardClose, "WHERE id = $1", close_id)
    if not rows:
        return None
    row = rows[0]
    lines = orjson.loads(row["body"])["lines"]
    return FrozenBoard(
        begins_on=row["begins_on"],
        ends_on=row["ends_on"],
        closed_at=row["closed_at"],
        sha256=row["body_sha256"],
        lines=tuple((rank, UUID(steward_id), value) for rank, steward_id, value in lines),
    )


async def verify_closes(reader: Reader) -> list[Break]:
    """The first closed board whose body, figures or chain do not hold."""
    rows = await reader.rows(BoardClose, "ORDER BY begins_on, id")
    chains: defaultdict[tuple[Any, ...], str | None] = defaultdict(lambda: None)
    for row in rows:
        chain = (row["metric"], row["period"], row["scope_kind"], row["scope_id"])
        expected, found = _checked(row, chains[chain])
        if expected != found:
            return [Break(code="board_close", row_id=str(row["id"]), expected=str(expected), found=str(found))]
        chains[chain] = row["body_sha256"]
    return []


def _checked(row: Row, previous: str | None) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    body = orjson.loads(row["body"])
    lines = body["lines"]
    return (
        (row["body_sha256"], row["lines"], row["total"], previous),
        (
            hashlib.sha256(row["body"].encode()).hexdigest(),
            len(lines),
            sum(line[2] for line in lines),
            body["previous"],
        ),
    )


async def _run_close(run: JobRun) -> None:
    now = run.now()
    steps = [(period, first, metric) for period, first, _ in due_periods(local_date(now)) for metric in _METRICS]
    done = run.cursor or 0
    for at, (period, first, metric) in enumerate(steps[done:], done + 1):

        async def step(
            tx: Tx, period: Period = period, first: date = first, metric: Metric = metric, at: int = at
        ) -> None:
            await close_boards(tx, period, metric, first, now=now)
            await run.save(tx, at)

        await run.database.run(step)


BOARDS_CLOSE = Job(name="boards-close", every=timedelta(days=1), offset=timedelta(hours=2), run=_run_close)
"""Every night at two: boards of periods that ended a week ago are written down."""
