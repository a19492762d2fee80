"""The district's hall screens on the staff's page: paired by the code that they show, watched, revoked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.display import build_name
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.messages import N_, Text
from rewards.displays.pairing import PairDisplay, RevokeDisplay, pair_displays, revoke_displays
from rewards.displays.reading import list_displays
from stewards.lanes import AreaEntry, list_communities, list_streets
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

_MOST = 200
_NAMES = {"/code": "code", "/name": "name", "/place": "place"}


async def _places(reader: Reader, principal: Principal, *, english: bool) -> list[tuple[str, str]]:
    """Where the caller may hang a screen: codes with names."""
    streets = {area.id: area for area in await list_streets(reader)}

    def named(area: AreaEntry) -> str:
        return area.name_en if english and area.name_en else area.name

    found = [
        (area.code, named(area))
        for area in streets.values()
        if may(principal, Action.DISPLAYS_EDIT, Place(street_id=area.id))
    ]
    communities = await list_communities(reader)
    found += [
        (area.code, f"{named(streets[area.street_id])} · {named(area)}")
        for area in communities
        if may(principal, Action.DISPLAYS_EDIT, Place(street_id=area.street_id, community_id=area.id))
    ]
    return found


async def _list(
    request: PageRequest, *, errors: Errors | None = None, values: Sequence[str] = ("", "", ""), status: int = 200
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    found = await list_displays(reader, principal, limit=_MOST + 1)
    places = await _places(reader, principal, english=locale_of(request) == "en")
    now = district.clock.now()
    return page(
        request,
        "staff/displays.html",
        status=status,
        frame=await staff_frame(reader, principal),
        displays=[(entry, entry.state(now)) for entry in found[:_MOST]],
        has_more=len(found) > _MOST,
        build=build_name(),
        places=places,
        whole_district=may(principal, Action.DISPLAYS_EDIT, Place()),
        address=f"{district.settings.public_url}/display",
        errors=errors or {},
        values=dict(zip(("code", "name", "place"), values, strict=True)),
    )


@get("/admin/displays", opt={"action": Action.DISPLAYS_EDIT}, include_in_schema=False)
async def show_displays(request: PageRequest) -> Template:
    """Which screens there are, and when each was last heard of."""
    return await _list(request)


@post(
    "/admin/displays",
    opt={"action": Action.DISPLAYS_EDIT, FORM: ("code", "name", "place")},
    include_in_schema=False,
    status_code=200,
)
async def pair(request: PageRequest) -> Template | Redirect:
    """Enter the code that a screen shows."""
    district = district_of(request)
    fields = await read_fields(request)
    code, name, place = fields.text("code"), fields.text("name"), fields.text("place")
    if not code or not name:
        missing = Text(N_("这一项不能为空。"))
        errors = {field: missing for field, value in (("code", code), ("name", name)) if not value}
        return await _list(request, errors=errors, values=(code, name, place), status=422)
    wish = PairDisplay(
        code=code,
        name=name,
        place_code=None if place in {"", "district"} else place,
        caller=principal_of(request),
        secret_key=district.settings.secret_key,
    )
    now = district.clock.now()
    (done,) = await district.database.run(lambda tx: pair_displays(tx, [wish], now=now))
    if isinstance(done, Refusal):
        return await _list(request, errors=errors_of(done, _NAMES), values=(code, name, place), status=status_of(done))
    return see_other("/admin/displays")


@post(
    "/admin/displays/{display_id:uuid}/revoke",
    opt={"action": Action.DISPLAYS_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=303,
)
async def revoke(request: PageRequest, display_id: FromPath[UUID]) -> Redirect:
    """End a screen's token.

    Raises:
        NotFound: there is no such screen within reach.

    """
    district = district_of(request)
    now = district.clock.now()
    wish = RevokeDisplay(display_id=display_id, caller=principal_of(request))
    (done,) = await district.database.run(lambda tx: revoke_displays(tx, [wish], now=now))
    if isinstance(done, Refusal):
        raise NotFound
    return see_other("/admin/displays")


route_handlers: list[Any] = [show_displays, pair, revoke]
