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


@get("/partners", opt={"action": Action.PARTNERS_READ}, tags=_TAGS, operation_id="listPartners")
async def list_all(request: JinpaiRequest) -> Page[PartnerAnswer]:
    """The partners, by code; a partner sees itself."""
    reader = await district_of(request).database.reader()
    found = await list_partners(reader, principal_of(request))
    data = [
        PartnerAnswer(id=one.id, code=one.code, name=one.name, name_en=one.name_en, status=one.status) for one in found
    ]
    return Page(data=data, has_more=False)


@post("/partners", opt={"action": Action.PARTNERS_EDIT}, tags=_TAGS, operation_id="savePartner")
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


route_handlers: list[Any] = [list_all, save, end]
