"""Staff: who works for the district, with which roles in which places."""

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
from api.v1.answers import Page
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.own_stewards import link_steward
from stewards.permissions import Action
from stewards.staffing import (
    GrantWish,
    NewStaff,
    StaffSaved,
    end_staff,
    list_staff,
    revoke_grant_by_id,
    save_staff,
    scope_codes,
)

_TAGS = ["staff"]
_MOST_GRANTS = 20


class GrantShown(msgspec.Struct, kw_only=True):
    """A role held in a place; the district has no code."""

    id: UUID
    role: str
    scope_kind: str
    scope_code: str | None


class StaffAnswer(msgspec.Struct, kw_only=True):
    """A member of staff with the roles held now."""

    id: UUID
    login: str
    name: str
    status: str
    grants: list[GrantShown]


class StaffSavedShown(msgspec.Struct, kw_only=True):
    """A member of staff that was added, or was there already, and how many roles were given."""

    id: UUID
    login: str
    grants_added: int


class GrantRevoked(msgspec.Struct, kw_only=True):
    """A role is not held any more; `changed` is false where it was taken back before."""

    id: UUID
    changed: bool


class StaffEnded(msgspec.Struct, kw_only=True):
    """Someone left the staff."""

    id: UUID
    status: str


class GiveRole(Body):
    """A role in the place with a code; the district has none."""

    role: Literal["district_admin", "street_admin", "community_staff", "lane_chief"]
    scope_kind: Literal["district", "street", "community", "lane"]
    scope_code: Annotated[str | None, Field(min_length=1, max_length=64)] = None


class AddStaff(Body):
    """Someone who works for the district. A password is set at the command line."""

    login: Annotated[str, Field(min_length=2, max_length=32)]
    name: Annotated[str, Field(min_length=1, max_length=64)]
    grants: Annotated[list[GiveRole], Field(max_length=_MOST_GRANTS)] = []


@get("/staff", opt={"action": Action.STAFF_EDIT}, tags=_TAGS, operation_id="listStaff")
async def list_all(request: JinpaiRequest) -> Page[StaffAnswer]:
    """Everybody on the staff, by login; those who left have no role."""
    reader = await district_of(request).database.reader()
    people = await list_staff(reader)
    codes = await scope_codes(reader, (grant for person in people for grant in person.grants))
    data = [
        StaffAnswer(
            id=person.id,
            login=person.login,
            name=person.name,
            status=person.status,
            grants=[
                GrantShown(
                    id=grant_id,
                    role=grant.role,
                    scope_kind=grant.scope_kind,
                    scope_code=codes[grant.scope_id] if grant.scope_id else None,
                )
                for grant, grant_id in zip(person.grants, person.grant_ids, strict=True)
            ],
        )
        for person in people
    ]
    return Page(data=data, has_more=False)


@post(
    "/staff",
    opt={"action": Action.STAFF_EDIT},
    tags=_TAGS,
    operation_id="addStaff",
    responses={200: ResponseSpec(StaffSavedShown, description="Stood so before")},
)
async def add(request: JinpaiRequest, data: JSONBody[AddStaff]) -> Response[StaffSavedShown]:
    """Add a member of staff, or give roles to one who is there. The same again answers 200 and changes nothing."""
    district = district_of(request)
    wish = NewStaff(
        login=data.login,
        name=data.name,
        grants=tuple(
            GrantWish(role=grant.role, scope_kind=grant.scope_kind, scope_code=grant.scope_code)
            for grant in data.grants
        ),
    )

    async def use_case(tx: Tx) -> StaffSaved:
        (outcome,) = await save_staff(tx, [wish], by=principal_of(request).actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    saved = await district.database.run(use_case)
    shown = StaffSavedShown(id=saved.staff_id, login=saved.login, grants_added=saved.grants_added)
    return Response(shown, status_code=200 if saved.repeated else 201)


@post(
    "/staff/{staff_id:uuid}/grants/{grant_id:uuid}/revoke",
    opt={"action": Action.STAFF_EDIT},
    tags=_TAGS,
    operation_id="revokeGrant",
    status_code=200,
    responses={200: ResponseSpec(GrantRevoked, description="Taken back")},
)
async def revoke(request: JinpaiRequest, staff_id: FromPath[UUID], grant_id: FromPath[UUID]) -> GrantRevoked:
    """Take a role back, from now on. Again changes nothing."""
    district = district_of(request)
    actor = principal_of(request).actor
    changed = await district.database.run(
        lambda tx: revoke_grant_by_id(tx, staff_id, grant_id, by=actor, now=district.clock.now())
    )
    return GrantRevoked(id=grant_id, changed=changed)


@post(
    "/staff/{staff_id:uuid}/end",
    opt={"action": Action.STAFF_EDIT},
    tags=_TAGS,
    operation_id="endStaff",
    status_code=200,
    responses={200: ResponseSpec(StaffEnded, description="Left")},
)
async def end(request: JinpaiRequest, staff_id: FromPath[UUID]) -> StaffEnded:
    """Someone leaves: every role, session and token ends at once."""
    district = district_of(request)
    actor = principal_of(request).actor
    await district.database.run(lambda tx: end_staff(tx, staff_id, by=actor, now=district.clock.now()))
    return StaffEnded(id=staff_id, status="left")


class BeSteward(Body):
    """The number of the steward whom a member of staff is as well; null for none."""

    steward: Annotated[str | None, Field(min_length=1, max_length=20)]


class StewardLinkedShown(msgspec.Struct, kw_only=True):
    """Which steward a member of staff is; nobody serves himself or herself at a desk."""

    id: UUID
    steward_id: UUID | None


@post(
    "/staff/{staff_id:uuid}/steward",
    opt={"action": Action.STAFF_EDIT},
    tags=_TAGS,
    operation_id="linkSteward",
    status_code=200,
    responses={200: ResponseSpec(StewardLinkedShown, description="Known")},
)
async def link(request: JinpaiRequest, staff_id: FromPath[UUID], data: JSONBody[BeSteward]) -> StewardLinkedShown:
    """Say that someone on the staff is a steward as well (本人也是管家). Again changes nothing."""
    district = district_of(request)
    actor = principal_of(request).actor
    steward_id = await district.database.run(
        lambda tx: link_steward(tx, staff_id, data.steward, by=actor, now=district.clock.now())
    )
    return StewardLinkedShown(id=staff_id, steward_id=steward_id)


route_handlers: list[Any] = [list_all, add, revoke, end, link]
