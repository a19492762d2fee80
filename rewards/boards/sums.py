"""What stewards reached, from the awards: the sums that every board is made of, now and at yesterday's end.

An award counts in the local period in which its event occurred, whenever it was verified; a reversal and a top-up
belong to the day of the event that they follow (see points.reversing).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kernel.clock import day_start, local_date
from kernel.database import Reader
from rewards.boards.definitions import BOARDS, LEAGUE_METRES, League, Metric, Span
from rewards.boards.score_sums import mean_scores
from rewards.boards.week_sums import UNDONE, weeks_worked
from stewards.consents import OFF_BOARDS
from stewards.roles import Scope, ScopeKind

_VALUE = {
    Metric.POINTS: "award.points",
    # A case counts once it is verified, also where caps left it without points; reversing its award takes it back.
    Metric.CASES: (
        "CASE WHEN award.reason = 'case_verified' THEN 1 WHEN undone.reason = 'case_verified' THEN -1 ELSE 0 END"
    ),
    Metric.PROGRESS: "CASE WHEN award.occurred_at >= $5 THEN award.points ELSE -award.points END",
    Metric.TEAMS: "award.points",
}
_FROM = {
    Metric.POINTS: "points_award award",
    Metric.CASES: f"points_award award {UNDONE}",
    Metric.PROGRESS: "points_award award",
    # What members earned by what they did while they belonged to a team; the team stands where stewards stand.
    Metric.TEAMS: """(
            SELECT member.team_id AS steward_id, earned.points, earned.occurred_at, earned.recorded_at
            FROM rewards_team_member member JOIN points_award earned ON earned.steward_id = member.steward_id
                 AND earned.occurred_at >= member.since_at
                 AND (member.until_at IS NULL OR earned.occurred_at < member.until_at)
        ) award""",
}
_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)

HIDDEN = f"(SELECT steward_id FROM stewards_consent WHERE field = '{OFF_BOARDS}' AND withdrawn_at IS NULL)"
"""SQL: those who wish to be on no board."""


def sums_sql(
    reader: Reader,
    metric: Metric,
    span: Span,
    by: str,
    where: str = "",
    *,
    now: datetime,
    until: datetime | None,
    then: datetime | None = None,
) -> tuple[str, list[Any]]:
    """SQL of sums by some columns, with its first four or five arguments; `until` leaves out what was recorded later.

    Columns: those of `by`, `value`, `value_then` (by what was recorded before `then`, else until yesterday's end) and
    `reached_at` (when the last event occurred that counted). On a board of teams `steward_id` is a team's.
    """
    args: list[Any] = [span.begins_at, span.ends_at, then or day_start(local_date(now)), until or _FOR_EVER]
    if metric is Metric.SCORE:
        return mean_scores(span, by, where), args
    if metric is Metric.WEEKS:
        return weeks_worked(reader, by, where), args
    if metric is Metric.PROGRESS:
        args.append(span.middle_at)
    value = _VALUE[metric]
    return (
        f"""
        SELECT {by},
               CAST(SUM({value}) AS BIGINT) AS value,
               CAST(SUM(CASE WHEN award.recorded_at < $3 THEN {value} ELSE 0 END) AS BIGINT) AS value_then,
               MAX(CASE WHEN {value} <> 0 THEN award.occurred_at END) AS reached_at
        FROM {_FROM[metric]}
        WHERE award.occurred_at >= $1 AND award.occurred_at < $2 AND award.recorded_at <= $4 {where}
        GROUP BY {by}
        """,
        args,
    )


def table_of(metric: Metric) -> str:
    """The table of those who stand on a board: it has id, number, name and street_id."""
    return "rewards_team" if BOARDS[metric].of_teams else "stewards_steward"


def among_sql(metric: Metric, among: Scope | League, at: int) -> tuple[str, list[Any]]:
    """SQL, with its arguments, that is true for the awards that count among these."""
    if isinstance(among, League):
        least, most = LEAGUE_METRES[among]
        return (
            f"AND award.lane_id IN (SELECT id FROM stewards_lane WHERE length_m BETWEEN ${at} AND ${at + 1})",
            [least, most],
        )
    if among.kind is ScopeKind.DISTRICT:
        return "", []
    enrolled = f"AND award.steward_id IN (SELECT id FROM {table_of(metric)} WHERE {{}} = ${at})"
    within = {
        ScopeKind.STREET: enrolled.format("street_id"),
        ScopeKind.COMMUNITY: enrolled.format("community_id"),
        ScopeKind.LANE: f"AND award.lane_id = ${at}",
    }
    return within[among.kind], [among.id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What a steward reached on one lane (None: on none in particular)."""

    steward_id: UUID
    lane_id: UUID | None
    value: int
    value_then: int
    reached_at: datetime | None


async def sums(
    reader: Reader,
    metric: Metric,
    span: Span,
    *,
    now: datetime,
    until: datetime | None = None,
    stewards: Sequence[UUID] | None = None,
) -> list[Sum]:
    """The sums of all stewards by lane, or of those that are named."""
    at = 6 if metric is Metric.PROGRESS else 5
    where = "" if stewards is None else f"AND {reader.one_of('award.steward_id', at)}"
    by_lane = BOARDS[metric].by_lane
    by = "award.steward_id, award.lane_id" if by_lane else "award.steward_id"
    sql, args = sums_sql(reader, metric, span, by, where, now=now, until=until)
    named = [] if stewards is None else [sorted(stewards)]
    types = {"steward_id": UUID, "reached_at": datetime, **({"lane_id": UUID} if by_lane else {})}
    return [Sum(**{"lane_id": None, **row}) for row in await reader.fetch(sql, *args, *named, types=types)]
