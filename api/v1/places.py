"""Places: the streets, communities and lanes of the district, each with the days on which it exists."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromQuery

from api.bodies import JinpaiRequest
from api.composition import district_of
from api.v1.answers import Page
from api.v1.parameters import area_id
from stewards.lanes import AreaEntry, LaneEntry, list_communities, list_streets, load_lanes
from stewards.permissions import Action

_TAGS = ["places"]


class StreetAnswer(msgspec.Struct, kw_only=True):
    """A street (街道)."""

    id: UUID
    code: str
    name: str
    name_en: str
    valid_from: date
    valid_to: date | None


class CommunityAnswer(StreetAnswer, kw_only=True):
    """A community (社区) of a street."""

    street_id: UUID


class LaneAnswer(CommunityAnswer, kw_only=True):
    """A lane (小巷) of a community, its measures in metres where known."""

    community_id: UUID
    length_m: int | None
    width_m: int | None


def _street(area: AreaEntry) -> dict[str, Any]:
    return {
        "id": area.id,
        "code": area.code,
        "name": area.name,
        "name_en": area.name_en,
        "valid_from": area.valid_from,
        "valid_to": area.valid_to,
    }


@get("/places/streets", opt={"action": Action.PLACES_READ}, tags=_TAGS, operation_id="listStreets")
async def streets(request: JinpaiRequest) -> Page[StreetAnswer]:
    """Every street, by code."""
    found = await list_streets(await district_of(request).database.reader())
    return Page(data=[StreetAnswer(**_street(area)) for area in found], has_more=False)


@get("/places/communities", opt={"action": Action.PLACES_READ}, tags=_TAGS, operation_id="listCommunities")
async def communities(request: JinpaiRequest, street: FromQuery[str | None] = None) -> Page[CommunityAnswer]:
    """Every community, by code, or those of a street."""
    reader = await district_of(request).database.reader()
    found = await list_communities(reader, street_id=await area_id(reader, "street", street))
    return Page(data=[CommunityAnswer(**_street(area), street_id=area.street_id) for area in found], has_more=False)


@get("/places/lanes", opt={"action": Action.PLACES_READ}, tags=_TAGS, operation_id="listLanes")
async def lanes(
    request: JinpaiRequest, street: FromQuery[str | None] = None, community: FromQuery[str | None] = None
) -> Page[LaneAnswer]:
    """Every lane, by code, or those of a street or community."""
    reader = await district_of(request).database.reader()
    street_id = await area_id(reader, "street", street)
    community_id = await area_id(reader, "community", community)
    directory = await load_lanes(reader)
    found = [
        _lane(lane)
        for lane in directory.by_id.values()
        if street_id in {None, lane.street_id} and community_id in {None, lane.community_id}
    ]
    return Page(data=found, has_more=False)


def _lane(lane: LaneEntry) -> LaneAnswer:
    return LaneAnswer(
        id=lane.id,
        code=lane.code,
        name=lane.name,
        name_en=lane.name_en,
        valid_from=lane.valid_from,
        valid_to=lane.valid_to,
        street_id=lane.street_id,
        community_id=lane.community_id,
        length_m=lane.length_m,
        width_m=lane.width_m,
    )


route_handlers: list[Any] = [streets, communities, lanes]
