"""Pick-up places for staff (领取点): where orders are collected, with address, hours and telephone."""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.counter import places_within
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from rewards.pick_up_places import PickUpPlaceEntry, PickUpPlaceSaved, PickUpPlaceWish, save_pick_up_places
from stewards.lanes import AreaEntry, list_communities, list_streets
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_TEXTS = ("code", "area", "name", "name_en", "address", "hours", "hours_en", "phone")
_NAMES = {f"/{name}": name for name in _TEXTS}


async def _areas(reader: Reader, principal: Principal) -> tuple[list[AreaEntry], dict[str, list[AreaEntry]]]:
    """The streets in which the caller may have places, and the communities of each by its code."""
    within = reach(principal, Action.CATALOGUE_EDIT)
    streets = [each for each in await list_streets(reader) if within.everything or each.id in within.street_ids]
    codes = {each.id: each.code for each in streets}
    communities: dict[str, list[AreaEntry]] = {each.code: [] for each in streets}
    for each in await list_communities(reader):
        if each.street_id in codes:
            communities[codes[each.street_id]].append(each)
    return streets, communities


def _given(place: PickUpPlaceEntry, areas: Mapping[Any, str]) -> dict[str, str]:
    return {
        "code": place.code,
        "area": areas.get(place.community_id or place.street_id, ""),
        "name": place.name,
        "name_en": place.name_en,
        "address": place.address,
        "hours": place.hours,
        "hours_en": place.hours_en,
        "phone": place.phone or "",
        "closed": "1" if place.closed_at else "",
    }


async def _page(
    request: PageRequest, errors: Errors, *, given: dict[str, str] | None = None, status: int = 200
) -> Template:
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    places = await places_within(reader, principal, Action.CATALOGUE_EDIT)
    streets, communities = await _areas(reader, principal)
    codes = {each.id: each.code for each in (*streets, *(one for many in communities.values() for one in many))}
    asked = request.query_params.get("edit", "")
    chosen = next((place for place in places if place.code == asked), None)
    if given is None:
        given = _given(chosen, codes) if chosen else dict.fromkeys((*_TEXTS, "closed"), "")
    return page(
        request,
        "staff/places.html",
        status=status,
        frame=await staff_frame(reader, principal),
        places=places,
        streets=streets,
        communities=communities,
        area_names={each.id: each for each in streets},
        known=any(place.code == given["code"] for place in places),
        given=given,
        saved=request.query_params.get("saved", "")[:16],
        errors=errors,
    )


@get("/admin/places", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False)
async def show_places(request: PageRequest) -> Template:
    """The pick-up places of the caller's streets, and the form that adds or changes one."""
    return await _page(request, {})


@post(
    "/admin/places",
    opt={"action": Action.CATALOGUE_EDIT, FORM: (*_TEXTS, "closed")},
    include_in_schema=False,
    status_code=200,
)
async def save_place(request: PageRequest) -> Template | Redirect:
    """Add a pick-up place, or change the one with this code."""
    district = district_of(request)
    fields = await read_fields(request)
    given = {name: fields.text(name) for name in (*_TEXTS, "closed")}
    wish = PickUpPlaceWish(
        code=given["code"].upper(),
        name=given["name"],
        area=given["area"],
        caller=principal_of(request),
        address=given["address"],
        hours=given["hours"],
        hours_en=given["hours_en"] or None,
        name_en=given["name_en"] or None,
        phone=given["phone"] or None,
        closed=bool(given["closed"]),
    )

    async def use_case(tx: Tx) -> PickUpPlaceSaved:
        [outcome] = await save_pick_up_places(tx, [wish], now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    try:
        saved = await district.database.run(use_case)
    except Refusal as refusal:
        return await _page(request, errors_of(refusal, _NAMES), given=given, status=status_of(refusal))
    return see_other(f"/admin/places?saved={saved.code}")


route_handlers: list[Any] = [show_places, save_place]
