"""Today's overview: what waits for the member of staff, each line with its count and the way to it."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.overview import read_overview
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page
from rewards.displays.reading import list_displays
from stewards.permissions import Action, may

_DISPLAYS = 20


@get("/admin", opt={"action": Action.CASES_VERIFY}, include_in_schema=False)
async def show_overview(request: PageRequest) -> Template:
    """What waits first, then what is done with; the hall screens with when each was last heard of."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    found = await read_overview(reader, principal, now=now)
    displays = await list_displays(reader, principal, limit=_DISPLAYS) if may(principal, Action.DISPLAYS_EDIT) else []
    return page(
        request,
        "staff/overview.html",
        frame=await staff_frame(reader, principal),
        today=now,
        waiting=[one for one in found if one.count],
        done=[one for one in found if not one.count],
        displays=[(display, display.state(now)) for display in displays if display.revoked_at is None],
    )


route_handlers: list[Any] = [show_overview]
