"""What residents saw and said without an account: staff make cases of it or set it aside."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import LinkShown, Page, answer
from api.v1.parameters import Limit
from cases.sighting import SetSightingAside, SightingStands, TakeSighting
from cases.sighting_reading import show_sighting, waiting_sightings
from kernel.idempotency import Answer
from kernel.messages import Locale
from stewards.permissions import Action

_TAGS = ["cases"]


class SightingShown(msgspec.Struct, kw_only=True):
    """What a resident saw; the picture stands at `/sightings/{id}/picture`."""

    id: UUID
    number: str
    lane: str
    text: str
    address: str
    contact: str | None
    picture: bool
    left_at: datetime


class SightingAnswer(msgspec.Struct, kw_only=True):
    """Where it stands: `taken` with its case, or `set_aside`."""

    id: UUID
    state: str
    case: LinkShown | None = None


class TakeBody(Body):
    """The case that it becomes: in the resident's words unless `description` says it otherwise."""

    category: Annotated[str, Field(max_length=64)]
    steward: Annotated[str | None, Field(max_length=32)] = None
    description: Annotated[str | None, Field(max_length=4_000)] = None
    urgency: Literal["normal", "hazard"] = "normal"


class AsideBody(Body):
    """Why no case comes of it: a code that the resident reads in words."""

    reason: Literal["call_12345", "known", "not_found", "unclear", "unfit"]


@get("/sightings", opt={"action": Action.SIGHTINGS_DECIDE}, tags=_TAGS, operation_id="listSightings")
async def list_waiting(request: JinpaiRequest, limit: Limit = 50) -> Page[SightingShown]:
    """What residents saw within the caller's reach and nobody has decided about, the oldest first."""
    reader = await district_of(request).database.reader()
    found = await waiting_sightings(reader, principal_of(request), limit=limit + 1)
    data = [
        SightingShown(
            id=one.id,
            number=one.number,
            lane=one.lane_code,
            text=one.text,
            address=one.address,
            contact=one.contact,
            picture=one.picture is not None,
            left_at=one.left_at,
        )
        for one in found[:limit]
    ]
    return Page(data=data, has_more=len(found) > limit)


@get(
    "/sightings/{sighting_id:uuid}/picture",
    opt={"action": Action.SIGHTINGS_DECIDE},
    tags=_TAGS,
    operation_id="showSightingPicture",
)
async def show_picture(request: JinpaiRequest, sighting_id: FromPath[UUID]) -> Response[bytes]:
    """The picture of what a resident saw."""
    district = district_of(request)
    found = await show_sighting(await district.database.reader(), principal_of(request), sighting_id)
    if found is None or found.picture is None:
        raise NotFound
    with district.files.open(found.picture) as stored:
        return Response(stored.read(), media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _encode(done: SightingStands, locale: Locale) -> Answer:
    case = LinkShown(id=done.case.case_id, number=done.case.number) if done.case else None
    return answer(SightingAnswer(id=done.sighting_id, state=done.state, case=case))


@post(
    "/sightings/{sighting_id:uuid}/take",
    opt={"action": Action.SIGHTINGS_DECIDE},
    tags=_TAGS,
    operation_id="takeSighting",
    status_code=200,
    responses={200: ResponseSpec(SightingAnswer, description="It is a case now, for somebody else to verify")},
)
async def take(request: JinpaiRequest, sighting_id: FromPath[UUID], data: JSONBody[TakeBody]) -> Response[Any]:
    """Make a case of it, its picture as evidence."""
    wish = TakeSighting(
        sighting_id=sighting_id,
        category=data.category,
        steward_number=data.steward,
        description=data.description,
        urgency=data.urgency,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).take_sightings, wish, _encode)


@post(
    "/sightings/{sighting_id:uuid}/aside",
    opt={"action": Action.SIGHTINGS_DECIDE},
    tags=_TAGS,
    operation_id="setSightingAside",
    status_code=200,
    responses={200: ResponseSpec(SightingAnswer, description="Set aside")},
)
async def set_aside(request: JinpaiRequest, sighting_id: FromPath[UUID], data: JSONBody[AsideBody]) -> Response[Any]:
    """Make no case of it; the resident reads why."""
    wish = SetSightingAside(sighting_id=sighting_id, reason=data.reason, caller=principal_of(request))
    return await submit_one(request, district_of(request).set_sightings_aside, wish, _encode)


route_handlers: list[Any] = [list_waiting, show_picture, take, set_aside]
