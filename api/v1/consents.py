"""A steward's separate consents to show single fields in public."""

from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.v1.stewards import steward_within_reach
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.consents import ConsentStands, ConsentWish, save_consents
from stewards.permissions import Action

_TAGS = ["stewards"]


class ConsentAnswer(msgspec.Struct, kw_only=True):
    """How a consent stands now; `changed` is false where it stood so already."""

    steward_id: UUID
    field: str
    granted: bool
    changed: bool


class GiveConsent(Body):
    """Consent to show a field is given (true) or withdrawn (false); `off_boards` is the wish to be on no board."""

    field: Literal["full_name", "phone", "photo", "tip", "story", "thanks", "off_boards"]
    granted: bool


@post(
    "/stewards/{steward_id:uuid}/consents",
    opt={"action": Action.CONSENTS_EDIT},
    tags=_TAGS,
    operation_id="giveConsent",
    status_code=200,
    responses={200: ResponseSpec(ConsentAnswer, description="Stands so")},
)
async def give(request: JinpaiRequest, steward_id: FromPath[UUID], data: JSONBody[GiveConsent]) -> ConsentAnswer:
    """Give or withdraw consent (单独同意): stewards their own, staff what is on paper. Repeats change nothing."""
    district = district_of(request)
    await steward_within_reach(request, steward_id, Action.CONSENTS_EDIT)
    wish = ConsentWish(steward_id=steward_id, field=data.field, granted=data.granted)

    async def use_case(tx: Tx) -> ConsentStands:
        (outcome,) = await save_consents(tx, [wish], by=principal_of(request).actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    stands = await district.database.run(use_case)
    district.dispatcher.wake()
    return ConsentAnswer(steward_id=steward_id, field=stands.field, granted=stands.granted, changed=stands.changed)


route_handlers: list[Any] = [give]
