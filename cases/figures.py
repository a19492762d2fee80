"""Figures of the district, and what a demo shows first: always counted, never typed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kernel.clock import day_start, local_date
from kernel.database import Reader

_FIGURES = """
    SELECT (SELECT COUNT(*) FROM stewards_steward WHERE status = 'active') AS stewards,
           (SELECT COUNT(*) FROM stewards_lane WHERE valid_to IS NULL OR valid_to >= $1) AS lanes,
           (SELECT COUNT(*) FROM cases_case WHERE state IN ('verified', 'solved') AND reported_at >= $2) AS cases
"""
# The doors of a demo lead into one street, so that what one does behind one of them is seen behind the others: that of
# the clerk with the most stewards. It stays the same while cases are verified.
_CLERKS = """
    SELECT staff.id, held.scope_id AS street_id
    FROM stewards_staff staff JOIN stewards_role_grant held ON held.staff_id = staff.id
    WHERE staff.status = 'active' AND held.revoked_at IS NULL AND held.role = 'street_admin'
    ORDER BY (SELECT COUNT(*) FROM stewards_steward steward
              WHERE steward.street_id = held.scope_id AND steward.status = 'active') DESC, staff.login LIMIT 1
"""
# The lane of that street where most was done lately, else the first: those without cases come last.
_BUSIEST_LANE = f"""
    SELECT lane.code FROM stewards_lane lane JOIN stewards_community community ON community.id = lane.community_id
    LEFT JOIN (SELECT lane_id, COUNT(*) AS done FROM cases_case
               WHERE state IN ('verified', 'solved') AND reported_at >= $1 GROUP BY lane_id) recent
      ON recent.lane_id = lane.id
    ORDER BY CASE WHEN community.street_id = (SELECT street_id FROM ({_CLERKS}) clerk) THEN 0 ELSE 1 END,
             COALESCE(recent.done, 0) DESC, lane.code LIMIT 1
"""
# The steward of that street with the most to see: who reported lately, then the most cases.
_FULLEST_HOME = f"""
    SELECT steward.id FROM stewards_steward steward
    LEFT JOIN (SELECT steward_id, COUNT(*) AS reported, MAX(CASE WHEN reported_at >= $1 THEN 1 ELSE 0 END) AS lately
               FROM cases_case GROUP BY steward_id) known ON known.steward_id = steward.id
    WHERE steward.status = 'active'
    ORDER BY CASE WHEN steward.street_id = (SELECT street_id FROM ({_CLERKS}) clerk) THEN 0 ELSE 1 END,
             COALESCE(known.lately, 0) DESC, COALESCE(known.reported, 0) DESC, steward.number LIMIT 1
"""
_LATELY = timedelta(days=3)


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
    """The code of the lane where most was verified this month in the demo's street; None where there is no lane."""
    row = await reader.fetch_one(_BUSIEST_LANE, day_start(local_date(now).replace(day=1)))
    return str(row["code"]) if row else None


async def steward_with_most_to_see(reader: Reader, *, now: datetime) -> UUID | None:
    """The active steward of the demo's street whose pages show most."""
    row = await reader.fetch_one(_FULLEST_HOME, now - _LATELY, types={"id": UUID})
    return row["id"] if row else None


async def clerk_of_most_stewards(reader: Reader) -> UUID | None:
    """The street administrator of the demo's street: where most stewards serve."""
    row = await reader.fetch_one(_CLERKS, types={"id": UUID})
    return row["id"] if row else None
