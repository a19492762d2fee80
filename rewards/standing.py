"""Where a steward stands (名次): the truth about boards, in plain SQL.

A street's and a community's board lists those who are enrolled there, with all that they earned; a lane's and a
league's list whoever earned on those lanes. Spending never lowers a standing.

Equal values share a rank and the next rank is left out (1, 2, 2, 4); among equals, who got there earlier is listed
first, then the lower number. Only those with more than nothing have a rank. Names are masked unless the steward
consented, and who wishes to be left off boards is on none. On a board of teams these stand in place of stewards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kernel.database import Reader, Row
from kernel.ranking import percentile
from rewards.boards.definitions import BOARDS, League, Metric, Span, check_among, span_of
from rewards.boards.sums import HIDDEN, among_sql, sums_sql, table_of
from rewards.periods import Period
from stewards.consents import consents_of
from stewards.names import public_name
from stewards.roles import Scope

NEIGHBOURS = 2


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a board; `steward_id` is a team's on a board of teams.

    `rank_then` is the rank at yesterday's end in the same period, None for who had none.
    """

    rank: int
    steward_id: UUID
    name: str
    points: int
    rank_then: int | None

    @property
    def movement(self) -> int | None:
        """The rank now minus the rank at yesterday's end: -2 is two places better. None for who had no rank then."""
        return None if self.rank_then is None else self.rank - self.rank_then


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one steward stands among `of_how_many` with points; `rank` is None without points.

    `above` and `below` are the nearest two on either side, in the board's order. `points` are what the board counts.
    """

    steward_id: UUID
    period: Period
    scope: Scope | League
    begins_at: datetime
    ends_at: datetime
    as_of: datetime
    rank: int | None
    points: int
    of_how_many: int
    movement: int | None
    above: tuple[Ranked, ...]
    below: tuple[Ranked, ...]
    metric: Metric = Metric.POINTS

    @property
    def percentile(self) -> int | None:
        """The whole percentage of the others that the steward is not behind."""
        return None if self.rank is None else percentile(self.rank, self.of_how_many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """The first lines of a board on which `of_how_many` stand."""

    metric: Metric
    period: Period
    scope: Scope | League
    begins_at: datetime
    ends_at: datetime
    as_of: datetime
    of_how_many: int
    lines: tuple[Ranked, ...]


async def standing_of(
    reader: Reader,
    steward_id: UUID,
    period: Period,
    scope: Scope | League,
    *,
    now: datetime,
    metric: Metric = Metric.POINTS,
    until: datetime | None = None,
) -> Standing:
    """A steward's standing with the nearest two above and below. Who has no points stands below everybody.

    `until` leaves out what was recorded later.

    Raises:
        UnknownBoard: there is no such board over this period.

    """
    span = span_of(metric, period, now)
    check_among(metric, scope)
    board, args = _board(reader, metric, span, scope, now, until)
    me = len(args) + 1
    rows = await reader.fetch(
        f"""
        {board},
        mine AS (
            SELECT (SELECT COUNT(*) FROM ranked) AS of_how_many,
                   (SELECT value FROM earned WHERE steward_id = ${me}) AS my_points,
                   COALESCE((SELECT line FROM ranked WHERE steward_id = ${me}), (SELECT COUNT(*) + 1 FROM ranked))
                       AS my_line
        )
        SELECT mine.of_how_many, mine.my_points, mine.my_line, ranked.line, ranked.steward_id, ranked.name,
               ranked.points, ranked.standing, formerly.standing AS standing_then
        FROM mine
        LEFT JOIN ranked ON ranked.line BETWEEN mine.my_line - {NEIGHBOURS} AND mine.my_line + {NEIGHBOURS}
        LEFT JOIN formerly ON formerly.steward_id = ranked.steward_id
        ORDER BY ranked.line
        """,
        *args,
        steward_id,
        types={"steward_id": UUID},
    )
    found = rows[0]
    near = [row for row in rows if row["steward_id"] is not None]
    lines = dict(zip((row["line"] for row in near), await _lines(reader, metric, near), strict=True))
    at = found["my_line"]
    own = lines.get(at)
    return Standing(
        steward_id=steward_id,
        period=period,
        scope=scope,
        begins_at=span.shown_from,
        ends_at=span.ends_at,
        as_of=now,
        rank=own.rank if own else None,
        points=found["my_points"] or 0,
        of_how_many=found["of_how_many"],
        movement=own.movement if own else None,
        above=tuple(ranked for line, ranked in lines.items() if line < at),
        below=tuple(ranked for line, ranked in lines.items() if line > at),
        metric=metric,
    )


async def top(
    reader: Reader,
    scope: Scope | League,
    period: Period,
    limit: int,
    *,
    now: datetime,
    metric: Metric = Metric.POINTS,
    until: datetime | None = None,
    then: datetime | None = None,
) -> Top:
    """The first `limit` lines of a board. Equals share a rank, so that the last rank may go on beyond the last line.

    `until` leaves out what was recorded later; `then` is what movement compares with in place of yesterday's end.

    Raises:
        UnknownBoard: there is no such board over this period.

    """
    span = span_of(metric, period, now)
    check_among(metric, scope)
    board, args = _board(reader, metric, span, scope, now, until, then)
    rows = await reader.fetch(
        f"""
        {board}, size AS (SELECT COUNT(*) AS of_how_many FROM ranked)
        SELECT size.of_how_many, ranked.steward_id, ranked.name, ranked.points, ranked.standing,
               formerly.standing AS standing_then
        FROM size LEFT JOIN ranked ON ranked.line <= ${len(args) + 1}
        LEFT JOIN formerly ON formerly.steward_id = ranked.steward_id
        ORDER BY ranked.line
        """,
        *args,
        limit,
        types={"steward_id": UUID},
    )
    return Top(
        metric=metric,
        period=period,
        scope=scope,
        begins_at=span.shown_from,
        ends_at=span.ends_at,
        as_of=now,
        of_how_many=rows[0]["of_how_many"],
        lines=tuple(await _lines(reader, metric, [row for row in rows if row["steward_id"] is not None])),
    )


def _board(  # noqa: PLR0917 - what a board is, and as of when
    reader: Reader,
    metric: Metric,
    span: Span,
    scope: Scope | League,
    now: datetime,
    until: datetime | None,
    then: datetime | None = None,
) -> tuple[str, list[Any]]:
    """The board as common table expressions with their arguments.

    `earned` are sums now and at yesterday's end (by what was recorded until then), `ranked` the lines of the board,
    `formerly` the ranks at yesterday's end.
    """
    within, among = among_sql(metric, scope, 6 if span.middle_at else 5)
    earned, args = sums_sql(reader, metric, span, "award.steward_id", within, now=now, until=until, then=then)
    return (
        f"""
        WITH earned AS ({earned}),
        ranked AS (
            SELECT earned.steward_id, earned.value AS points, steward.name,
                   RANK() OVER (ORDER BY earned.value DESC) AS standing,
                   ROW_NUMBER() OVER (ORDER BY earned.value DESC, earned.reached_at, steward.number) AS line
            FROM earned JOIN {table_of(metric)} steward ON steward.id = earned.steward_id
            WHERE earned.value > 0 AND steward.id NOT IN {HIDDEN}
        ),
        formerly AS (
            SELECT steward_id, RANK() OVER (ORDER BY value_then DESC) AS standing FROM earned
            WHERE value_then > 0 AND steward_id NOT IN {HIDDEN}
        )
        """,
        [*args, *among],
    )


async def _lines(reader: Reader, metric: Metric, rows: Sequence[Row]) -> list[Ranked]:
    of_teams = BOARDS[metric].of_teams  # whose names are everybody's
    consents = await consents_of(reader, [row["steward_id"] for row in rows]) if rows and not of_teams else {}
    return [
        Ranked(
            rank=row["standing"],
            steward_id=row["steward_id"],
            name=public_name(row["name"], of_teams or "full_name" in consents[row["steward_id"]]),
            points=row["points"],
            rank_then=row["standing_then"],
        )
        for row in rows
    ]
