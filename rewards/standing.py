"""Where a steward stands (名次): by points earned in a period, within a lane, community, street or the district.

Every award counts in the local period in which its event occurred, whenever it was verified; a reversal and a top-up
belong to the day of the event that they follow (see points.reversing), so the sum is what the events of the period are
worth today. Spending never lowers a standing. A street's and a community's board lists those who are enrolled there,
with all that they earned; a lane's lists whoever earned on that lane.

Equal points share a rank and the next rank is left out (1, 2, 2, 4); among equals, who got there earlier is listed
first, then the lower number. Only those with points have a rank. Names are masked unless the steward consented.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.clock import day_start, local_date
from kernel.database import Reader, Row
from rewards.periods import Period, period_bounds
from stewards.consents import consents_of
from stewards.names import public_name
from stewards.roles import Scope, ScopeKind

NEIGHBOURS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One line of a board. `rank_then` is the rank at yesterday's end in the same period, None for who had none."""

    rank: int
    steward_id: UUID
    name: str
    points: int
    rank_then: int | None

    @property
    def movement(self) -> int | None:
        """The rank now minus the rank at yesterday's end: -2 is two places better. None for who had no rank then."""
        return None if self.rank_then is None else self.rank - self.rank_then


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one steward stands among `of_how_many` with points; `rank` is None without points.

    `above` and `below` are the nearest two on either side, in the board's order.
    """

    steward_id: UUID
    period: Period
    scope: Scope
    begins_at: datetime
    ends_at: datetime
    as_of: datetime
    rank: int | None
    points: int
    of_how_many: int
    movement: int | None
    above: tuple[Ranked, ...]
    below: tuple[Ranked, ...]


async def standing_of(reader: Reader, steward_id: UUID, period: Period, scope: Scope, *, now: datetime) -> Standing:
    """A steward's standing with the nearest two above and below. Who has no points stands below everybody."""
    board, args = _board(period, scope, now)
    me = len(args) + 1
    rows = await reader.fetch(
        f"""
        {board},
        mine AS (
            SELECT (SELECT COUNT(*) FROM ranked) AS of_how_many,
                   (SELECT points FROM earned WHERE steward_id = ${me}) AS my_points,
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
    lines = dict(zip((row["line"] for row in near), await _lines(reader, near), strict=True))
    at = found["my_line"]
    own = lines.get(at)
    begins_at, ends_at = period_bounds(period, now)
    return Standing(
        steward_id=steward_id,
        period=period,
        scope=scope,
        begins_at=begins_at,
        ends_at=ends_at,
        as_of=now,
        rank=own.rank if own else None,
        points=found["my_points"] or 0,
        of_how_many=found["of_how_many"],
        movement=own.movement if own else None,
        above=tuple(ranked for line, ranked in lines.items() if line < at),
        below=tuple(ranked for line, ranked in lines.items() if line > at),
    )


async def top(reader: Reader, scope: Scope, period: Period, limit: int, *, now: datetime) -> list[Ranked]:
    """The first `limit` lines of a board. Equals share a rank, so that the last rank may go on beyond the last line."""
    board, args = _board(period, scope, now)
    rows = await reader.fetch(
        f"""
        {board}
        SELECT ranked.steward_id, ranked.name, ranked.points, ranked.standing, formerly.standing AS standing_then
        FROM ranked LEFT JOIN formerly ON formerly.steward_id = ranked.steward_id
        WHERE ranked.line <= ${len(args) + 1}
        ORDER BY ranked.line
        """,
        *args,
        limit,
        types={"steward_id": UUID},
    )
    return await _lines(reader, rows)


def _board(period: Period, scope: Scope, now: datetime) -> tuple[str, list[Any]]:
    """The board as common table expressions with their arguments.

    `earned` are sums now and at yesterday's end (by what was recorded until then), `ranked` the lines of the board,
    `formerly` the ranks at yesterday's end.
    """
    begins_at, ends_at = period_bounds(period, now)
    args: list[Any] = [begins_at, ends_at, day_start(local_date(now))]
    enrolled = "AND award.steward_id IN (SELECT id FROM stewards_steward WHERE {} = $4)"
    within = {
        ScopeKind.DISTRICT: "",
        ScopeKind.STREET: enrolled.format("street_id"),
        ScopeKind.COMMUNITY: enrolled.format("community_id"),
        ScopeKind.LANE: "AND award.lane_id = $4",
    }[scope.kind]
    if scope.kind is not ScopeKind.DISTRICT:
        args.append(scope.id)
    return (
        f"""
        WITH earned AS (
            SELECT award.steward_id,
                   CAST(SUM(award.points) AS BIGINT) AS points,
                   CAST(SUM(CASE WHEN award.recorded_at < $3 THEN award.points ELSE 0 END) AS BIGINT) AS points_then,
                   MAX(CASE WHEN award.points <> 0 THEN award.occurred_at END) AS reached_at
            FROM points_award award
            WHERE award.occurred_at >= $1 AND award.occurred_at < $2 {within}
            GROUP BY award.steward_id
        ),
        ranked AS (
            SELECT earned.steward_id, earned.points, steward.name,
                   RANK() OVER (ORDER BY earned.points DESC) AS standing,
                   ROW_NUMBER() OVER (ORDER BY earned.points DESC, earned.reached_at, steward.number) AS line
            FROM earned JOIN stewards_steward steward ON steward.id = earned.steward_id
            WHERE earned.points > 0
        ),
        formerly AS (
            SELECT steward_id, RANK() OVER (ORDER BY points_then DESC) AS standing FROM earned WHERE points_then > 0
        )
        """,
        args,
    )


async def _lines(reader: Reader, rows: Sequence[Row]) -> list[Ranked]:
    consents = await consents_of(reader, [row["steward_id"] for row in rows]) if rows else {}
    return [
        Ranked(
            rank=row["standing"],
            steward_id=row["steward_id"],
            name=public_name(row["name"], "full_name" in consents[row["steward_id"]]),
            points=row["points"],
            rank_then=row["standing_then"],
        )
        for row in rows
    ]
