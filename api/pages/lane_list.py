"""The lanes of a street, where the hall screen's QR code leads, each with a link to its page."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.errors import NotFound
from api.pages.rendering import PageRequest, page
from kernel.clock import local_date
from stewards.lanes import list_communities, list_streets, load_lanes


@get("/lanes", opt={"public": True}, include_in_schema=False)
async def list_lanes(request: PageRequest) -> Template:
    """A street's lanes by community; without a street, the streets.

    Raises:
        NotFound: there is no such street.

    """
    district = district_of(request)
    reader = await district.database.reader()
    today = local_date(district.clock.now())
    streets = await list_streets(reader)
    code = request.query_params.get("street")
    if not code:
        return page(request, "public/lanes.html", street=None, streets=streets, groups=[])
    street = next((area for area in streets if area.code == code), None)
    if street is None:
        raise NotFound
    lanes = [
        lane
        for lane in (await load_lanes(reader)).by_id.values()
        if lane.street_id == street.id and lane.valid_on(today)
    ]
    groups = [
        (community, [lane for lane in lanes if lane.community_id == community.id])
        for community in await list_communities(reader, street_id=street.id)
    ]
    return page(request, "public/lanes.html", street=street, streets=[], groups=[group for group in groups if group[1]])


route_handlers: list[Any] = [list_lanes]
