"""The front page: what this is in one sentence, figures of the district, and the doors."""

from datetime import datetime
from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.rendering import PageRequest, page
from kernel.clock import day_start, local_date
from kernel.database import Reader, Row

_FIGURES = """
    SELECT (SELECT COUNT(*) FROM stewards_steward WHERE status = 'active') AS stewards,
           (SELECT COUNT(*) FROM stewards_lane WHERE valid_to IS NULL OR valid_to >= $1) AS lanes,
           (SELECT COUNT(*) FROM cases_case WHERE state IN ('verified', 'solved') AND reported_at >= $2) AS cases
"""
_BUSIEST_LANE = """
    SELECT lane.code FROM cases_case recent JOIN stewards_lane lane ON lane.id = recent.lane_id
    WHERE recent.state IN ('verified', 'solved') AND recent.reported_at >= $1
    GROUP BY lane.code ORDER BY COUNT(*) DESC, lane.code LIMIT 1
"""
_ANY_LANE = "SELECT code FROM stewards_lane ORDER BY code LIMIT 1"


async def read_figures(reader: Reader, now: datetime) -> Row | None:
    """How many serve, how many lanes there are, how many cases were verified this year. Always counted, never typed."""
    today = local_date(now)
    return await reader.fetch_one(_FIGURES, today, day_start(today.replace(month=1, day=1)))


async def _lane_to_show(reader: Reader, now: datetime) -> str | None:
    """The lane that the residents' door of the demo leads to: the one where most was done this month."""
    found = await reader.fetch_one(_BUSIEST_LANE, day_start(local_date(now).replace(day=1)))
    found = found or await reader.fetch_one(_ANY_LANE)
    return str(found["code"]) if found else None


@get("/", opt={"public": True}, include_in_schema=False)
async def front(request: PageRequest) -> Template:
    """What this is, and the way in."""
    district = district_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    return page(
        request,
        "public/front.html",
        figures=await read_figures(reader, now),
        lane_code=await _lane_to_show(reader, now) if district.settings.demo else None,
    )


route_handlers: list[Any] = [front]
