"""The front page: what this is in one sentence, figures of the district, and the doors."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.rendering import PageRequest, page
from cases.figures import busiest_lane, district_figures


@get("/", opt={"public": True}, include_in_schema=False)
async def front(request: PageRequest) -> Template:
    """What this is, and the way in."""
    district = district_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    return page(
        request,
        "public/front.html",
        figures=await district_figures(reader, now=now),
        # The residents' door of the demo leads to where most was done.
        lane_code=await busiest_lane(reader, now=now) if district.settings.demo else None,
    )


route_handlers: list[Any] = [front]
