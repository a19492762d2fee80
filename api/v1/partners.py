"""Partners: who provides rewards. Settlement sheets stand in settlements.py."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest, Word
from api.composition import district_of
from api.v1.answers import Page
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.partner_keys import issue_partner_key, revoke_partner_key
from stewards.partners import PartnerSaved, PartnerWish, end_partner, list_partners, save_partners
from stewards.permissions import Action

_TAGS = ["partners"]


class PartnerAnswer(msgspec.Struct, kw_only=True):
    """A partner; one that has ended gets nothing new."""

    id: UUID
    code: str
    name: str
    name_en: str
    status: str


class PartnerSavedShown(msgspec.Struct, kw_only=True):
    """A partner stands as wished: added, changed or unchanged."""

    id: UUID
    code: str
    change: str


class PartnerEndedShown(msgspec.Struct, kw_only=True):
    """A partner has ended; `changed` is false where it had before."""

    id: UUID
    changed: bool


class SavePartner(Body):
    """A partner as it should be. The English name is spelt in pinyin when left out."""

    code: Annotated[str, Field(min_length=1, max_length=32)]
    name: Word
    name_en: Word | None = None


class PartnerKeyIssued(msgspec.Struct, kw_only=True):
    """A partner's new token. Its secret is said this once."""

    id: UUID
    label: str
    secret: str


class PartnerKeyRevoked(msgspec.Struct, kw_only=True):
    """A partner's token that holds no longer."""

    id: UUID


class IssuePartnerKey(Body):
    """Whom or what the token is for, such as a till."""

    label: Word


@get("/partners", opt={"action": Action.PARTNERS_READ}, tags=_TAGS, operation_id="listPartners")
async def list_all(request: JinpaiRequest) -> Page[PartnerAnswer]:
    """The partners, by code; a partner sees itself."""
    reader = await district_of(request).database.reader()
    found = await list_partners(reader, principal_of(request))
    data = [
        PartnerAnswer(id=one.id, code=one.code, name=one.name, name_en=one.name_en, status=one.status) for one in found
    ]
    return Page(data=data, has_more=False)


@post(
    "/partners",
    opt={"action": Action.PARTNERS_EDIT},
    tags=_TAGS,
    operation_id="savePartner",
    responses={200: ResponseSpec(PartnerSavedShown, description="Changed, or stood so before")},
)
async def save(request: JinpaiRequest, data: JSONBody[SavePartner]) -> Response[PartnerSavedShown]:
    """Add a partner, or change the one with this code. The same again answers 200 and changes nothing."""
    district = district_of(request)
    wish = PartnerWish(code=data.code, name=data.name, name_en=data.name_en)

    async def use_case(tx: Tx) -> PartnerSaved:
        (outcome,) = await save_partners(tx, [wish], by=principal_of(request).actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    saved = await district.database.run(use_case)
    shown = PartnerSavedShown(id=saved.id, code=saved.code, change=saved.change)
    return Response(shown, status_code=201 if saved.change == "added" else 200)


@post(
    "/partners/{partner_id:uuid}/end",
    opt={"action": Action.PARTNERS_EDIT},
    tags=_TAGS,
    operation_id="endPartner",
    status_code=200,
    responses={200: ResponseSpec(PartnerEndedShown, description="Ended")},
)
async def end(request: JinpaiRequest, partner_id: FromPath[UUID]) -> PartnerEndedShown:
    """End a partner: its tokens end at once."""
    district = district_of(request)
    actor = principal_of(request).actor
    changed = await district.database.run(lambda tx: end_partner(tx, partner_id, by=actor, now=district.clock.now()))
    return PartnerEndedShown(id=partner_id, changed=changed)


@post(
    "/partners/{partner_id:uuid}/keys",
    opt={"action": Action.PARTNERS_EDIT},
    tags=_TAGS,
    operation_id="issuePartnerKey",
    responses={201: ResponseSpec(PartnerKeyIssued, description="Made; the secret cannot be read again")},
)
async def issue_key(
    request: JinpaiRequest, partner_id: FromPath[UUID], data: JSONBody[IssuePartnerKey]
) -> Response[PartnerKeyIssued]:
    """Make a token that a partner signs in and confirms by."""
    district = district_of(request)
    actor = principal_of(request).actor
    issued = await district.database.run(
        lambda tx: issue_partner_key(tx, partner_id, data.label, by=actor, now=district.clock.now())
    )
    shown = PartnerKeyIssued(id=issued.token_id, label=issued.label, secret=issued.secret)
    return Response(shown, status_code=201, headers={"Cache-Control": "no-store"})


@post(
    "/partners/{partner_id:uuid}/keys/{key_id:uuid}/revoke",
    opt={"action": Action.PARTNERS_EDIT},
    tags=_TAGS,
    operation_id="revokePartnerKey",
    status_code=200,
    responses={200: ResponseSpec(PartnerKeyRevoked, description="Holds no longer")},
)
async def revoke_key(request: JinpaiRequest, partner_id: FromPath[UUID], key_id: FromPath[UUID]) -> PartnerKeyRevoked:
    """End a partner's token, and every browser that signed in by it."""
    district = district_of(request)
    actor = principal_of(request).actor
    await district.database.run(
        lambda tx: revoke_partner_key(tx, partner_id, key_id, by=actor, now=district.clock.now())
    )
    return PartnerKeyRevoked(id=key_id)


route_handlers: list[Any] = [list_all, save, end, issue_key, revoke_key]
