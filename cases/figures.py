"""Figures of the district, and what a demo shows first: always counted, never typed in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.clock import day_start, local_date
from kernel.database import Reader
from stewards.roles import Role

_FIGURES = """
    SELECT (SELECT COUNT(*) FROM stewards_steward WHERE status = 'active') AS stewards,
           (SELECT COUNT(*) FROM stewards_lane WHERE valid_to IS NULL OR valid_to >= $1) AS lanes,
           (SELECT COUNT(*) FROM cases_case WHERE state IN ('verified', 'solved') AND reported_at >= $2) AS cases
"""
# The lane where most was done lately, else the first: those without cases come last.
_BUSIEST_LANE = """
    SELECT lane.code FROM stewards_lane lane
    LEFT JOIN (SELECT lane_id, COUNT(*) AS done FROM cases_case
               WHERE state IN ('verified', 'solved') AND reported_at >= $1 GROUP BY lane_id) recent
      ON recent.lane_id = lane.id
    ORDER BY COALESCE(recent.done, 0) DESC, lane.code LIMIT 1
"""
# The steward with the most to see: a case that waits, then the most cases.
_FULLEST_HOME = """
    SELECT steward.id FROM stewards_steward steward
    LEFT JOIN (SELECT steward_id, COUNT(*) AS reported, MAX(CASE WHEN state = 'reported' THEN 1 ELSE 0 END) AS waits
               FROM cases_case GROUP BY steward_id) known ON known.steward_id = steward.id
    WHERE steward.status = 'active'
    ORDER BY COALESCE(known.waits, 0) DESC, COALESCE(known.reported, 0) DESC, steward.number LIMIT 1
"""
_LONGEST_QUEUE = """
    SELECT staff.id FROM stewards_staff staff JOIN stewards_role_grant held ON held.staff_id = staff.id
    WHERE staff.status = 'active' AND held.revoked_at IS NULL AND held.role = $1
    ORDER BY (SELECT COUNT(*) FROM cases_case waiting
              WHERE waiting.street_id = held.scope_id AND waiting.state = 'reported') DESC, staff.login LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictFigures:
    """How many serve, how many lanes there are, how many cases of this year were verified."""

    stewards: int
    lanes: int
    cases: int


async def district_figures(reader: Reader, *, now: datetime) -> DistrictFigures:
    """The district in three numbers."""
    today = local_date(now)
    row = await reader.fetch_one(_FIGURES, today, day_start(today.replace(month=1, day=1)))
    return DistrictFigures(**row) if row else DistrictFigures(stewards=0, lanes=0, cases=0)


async def busiest_lane(reader: Reader, *, now: datetime) -> str | None:
    """The code of the lane where most was verified this month; None where there is no lane."""
    row = await reader.fetch_one(_BUSIEST_LANE, day_start(local_date(now).replace(day=1)))
    return str(row["code"]) if row else None


async def steward_with_most_to_see(reader: Reader) -> UUID | None:
    """The active steward whose pages show most."""
    row = await reader.fetch_one(_FULLEST_HOME, types={"id": UUID})
    return row["id"] if row else None


async def clerk_with_longest_queue(reader: Reader) -> UUID | None:
    """The street administrator in whose street most cases wait."""
    row = await reader.fetch_one(_LONGEST_QUEUE, Role.STREET_ADMIN.value, types={"id": UUID})
    return row["id"] if row else None
