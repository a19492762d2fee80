"""Stewards: find, show, enrol, edit; what they have, how they came by it, where they stand."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Day, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.v1.answers import Page, PlaceShown
from api.v1.parameters import Limit, StartingAfter, community_place, etag, expected_version
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.directory import DutyEntry, StewardEntry, StewardQuery, find_stewards, list_stewards
from stewards.editing import EditSteward, StewardEdited, edit_steward
from stewards.enrolment import Enrolled, NewSteward, enrol_stewards
from stewards.names import mask_name
from stewards.permissions import Action, may_at_any, require
from stewards.principal import Principal

_TAGS = ["stewards"]


class DutyShown(msgspec.Struct, kw_only=True):
    """A lane that a steward looks after, from a day to another (both included)."""

    id: UUID
    lane: PlaceShown
    from_on: date
    to_on: date | None


class StewardAnswer(msgspec.Struct, kw_only=True):
    """A steward. Name and phone are masked where the reader may not see them in full."""

    id: UUID
    number: str
    name: str
    street: PlaceShown
    community: PlaceShown
    phone: str | None
    joined_on: date
    left_on: date | None
    status: str
    duties: list[DutyShown]
    consents: list[str]
    version: int


class StewardSaved(msgspec.Struct, kw_only=True):
    """A steward that was enrolled or edited."""

    id: UUID
    number: str
    version: int
    changed: list[str]


class EnrolSteward(Body):
    """A person to enrol, in the community with a code; the street follows from it."""

    number: Annotated[str, Field(min_length=1, max_length=20)]
    name: Annotated[str, Field(min_length=1, max_length=64)]
    community: Annotated[str, Field(min_length=1, max_length=32, description="Code of the community")]
    joined_on: Day
    phone: Annotated[str | None, Field(max_length=32)] = None
    lanes: Annotated[list[str], Field(max_length=20, description="Codes of the lanes to look after")] = []
    consents: Annotated[
        list[Literal["full_name", "phone", "photo", "tip", "story", "thanks"]], Field(max_length=6)
    ] = []


class EditStewardBody(Body):
    """What to change; fields that are left out stay as they are."""

    # Only fields that are sent are read. The defaults stand for 'left out': null is refused where it says nothing.
    name: str = Field(default="", min_length=1, max_length=64)
    community: str = Field(default="", min_length=1, max_length=32, description="Code of the community")
    joined_on: Day = date.min
    left_on: Day | None = None
    phone: str | None = Field(default=None, max_length=32)
    status: Literal["active", "suspended", "left", "deceased"] = "active"


def steward_shown(entry: StewardEntry, principal: Principal) -> StewardAnswer:
    """A steward as a reader may see."""
    return StewardAnswer(
        id=entry.id,
        number=entry.number,
        name=entry.name if principal.kind in {"steward", "staff"} else mask_name(entry.name),
        street=PlaceShown(
            id=entry.street_id, code=entry.street_code, name=entry.street_name, name_en=entry.street_name_en
        ),
        community=PlaceShown(
            id=entry.community_id,
            code=entry.community_code,
            name=entry.community_name,
            name_en=entry.community_name_en,
        ),
        phone=entry.phone,
        joined_on=entry.joined_on,
        left_on=entry.left_on,
        status=entry.status,
        duties=[_duty(duty) for duty in entry.duties],
        consents=sorted(entry.consents),
        version=entry.version,
    )


def _duty(duty: DutyEntry) -> DutyShown:
    lane = PlaceShown(id=duty.lane_id, code=duty.lane_code, name=duty.lane_name, name_en=duty.lane_name_en)
    return DutyShown(id=duty.duty_id, lane=lane, from_on=duty.from_on, to_on=duty.to_on)


async def steward_within_reach(request: Request[Any, Any, Any], steward_id: UUID, action: Action) -> StewardEntry:
    """A steward whom the caller may see and about whom the caller may do something.

    Raises:
        NotFound: there is none, or none within reach; the two answer alike.
        NotAllowed: the caller may see but not do it.

    """
    district = district_of(request)
    principal = principal_of(request)
    found = await find_stewards(
        await district.database.reader(), principal, ids=[steward_id], today=local_date(district.clock.now())
    )
    if not found:
        raise NotFound
    entry = found[0]
    if not may_at_any(principal, action, entry.places, entry.id):
        require(principal, action, entry.places[0], entry.id)
    return entry


@get("/stewards", opt={"action": Action.STEWARDS_READ}, tags=_TAGS, operation_id="listStewards")
async def list_all(
    request: JinpaiRequest,
    *,
    street: Annotated[str | None, QueryParameter(max_length=32, description="Code of the street")] = None,
    community: Annotated[str | None, QueryParameter(max_length=32, description="Code of the community")] = None,
    lane: Annotated[str | None, QueryParameter(max_length=64, description="Code of a lane looked after today")] = None,
    status: FromQuery[Literal["active", "suspended", "left", "deceased"] | None] = None,
    q: Annotated[str | None, QueryParameter(max_length=64, description="Name, number, pinyin or its initials")] = None,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[StewardAnswer]:
    """The stewards within the caller's reach, by number."""
    district = district_of(request)
    principal = principal_of(request)
    query = StewardQuery(
        street_code=street,
        community_code=community,
        lane_code=lane,
        status=status,
        q=q,
        starting_after=starting_after,
        limit=limit,
    )
    today = local_date(district.clock.now())
    entries, has_more = await list_stewards(await district.database.reader(), principal, query, today=today)
    return Page(data=[steward_shown(entry, principal) for entry in entries], has_more=has_more)


@get("/stewards/{steward_id:uuid}", opt={"action": Action.STEWARDS_READ}, tags=_TAGS, operation_id="showSteward")
async def show(request: JinpaiRequest, steward_id: FromPath[UUID]) -> Response[StewardAnswer]:
    """A steward. The ETag is what If-Match takes."""
    entry = await steward_within_reach(request, steward_id, Action.STEWARDS_READ)
    return Response(steward_shown(entry, principal_of(request)), headers={"ETag": etag(entry.version)})


@post(
    "/stewards",
    opt={"action": Action.STEWARDS_ENROL},
    tags=_TAGS,
    operation_id="enrolSteward",
    responses={200: ResponseSpec(StewardSaved, description="Stood so before")},
)
async def enrol(request: JinpaiRequest, data: JSONBody[EnrolSteward]) -> Response[StewardSaved]:
    """Enrol a steward (登记). The same again answers 200 and changes nothing."""
    district = district_of(request)
    principal = principal_of(request)
    require(principal, Action.STEWARDS_ENROL, await community_place(district.database, data.community))
    wish = NewSteward(
        number=data.number,
        name=data.name,
        community_code=data.community,
        joined_on=data.joined_on,
        phone=data.phone,
        lanes=tuple(data.lanes),
        consents=tuple(data.consents),
    )

    async def use_case(tx: Tx) -> Enrolled:
        (outcome,) = await enrol_stewards(tx, [wish], by=principal.actor, now=district.clock.now(), principal=principal)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    enrolled = await district.database.run(use_case)
    saved = StewardSaved(id=enrolled.steward_id, number=enrolled.number, version=1, changed=[])
    return Response(saved, status_code=200 if enrolled.repeated else 201)


@patch("/stewards/{steward_id:uuid}", opt={"action": Action.STEWARDS_EDIT}, tags=_TAGS, operation_id="editSteward")
async def edit(
    request: JinpaiRequest, steward_id: FromPath[UUID], data: JSONBody[EditStewardBody]
) -> Response[StewardSaved]:
    """Edit a steward's data, by the version that was read (If-Match)."""
    district = district_of(request)
    version = expected_version(request, required=True)
    entry = await steward_within_reach(request, steward_id, Action.STEWARDS_EDIT)
    principal = principal_of(request)
    given: dict[str, Any] = {name: getattr(data, name) for name in data.model_fields_set}
    if "community" in given:
        code = given.pop("community")
        given["community_code"] = code
        require(principal, Action.STEWARDS_EDIT, await community_place(district.database, code))
    wish = EditSteward(steward_id=steward_id, expected_version=version, **given)

    async def use_case(tx: Tx) -> StewardEdited:
        return await edit_steward(tx, wish, by=principal.actor, now=district.clock.now())

    edited = await district.database.run(use_case)
    saved = StewardSaved(id=steward_id, number=entry.number, version=edited.version, changed=list(edited.changed))
    return Response(saved, headers={"ETag": etag(edited.version)})


route_handlers: list[Any] = [list_all, show, enrol, edit]
