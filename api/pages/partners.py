"""Partners for the district (合作方): added, changed and ended, with the tokens that they sign in and confirm by."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from kernel.database import Tx
from kernel.errors import Kind, Refusal
from stewards.keys import IssuedToken
from stewards.partner_keys import PartnerKey, issue_partner_key, partner_keys, revoke_partner_key
from stewards.partners import PartnerWish, end_partner, list_partners, save_partners
from stewards.permissions import Action

_NAMES = {"/code": "code", "/name": "name", "/name_en": "name_en", "/label": "label"}


async def _page(
    request: PageRequest,
    errors: Errors,
    *,
    given: dict[str, str] | None = None,
    issued: IssuedToken | None = None,
    issued_to: UUID | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    partners = await list_partners(reader, principal)
    keys: dict[UUID, list[PartnerKey]] = {partner.id: [] for partner in partners}
    for key in await partner_keys(reader, keys, now=district.clock.now()):
        keys[key.partner_id].append(key)
    return page(
        request,
        "staff/partners.html",
        status=status,
        headers={"Cache-Control": "no-store"},  # a token is shown once, and nobody keeps a copy on the way
        frame=await staff_frame(reader, principal),
        partners=partners,
        keys=keys,
        given=given or dict.fromkeys(("code", "name", "name_en"), ""),
        issued=issued,
        issued_to=next((one for one in partners if one.id == issued_to), None),
        errors=errors,
    )


@get("/admin/partners", opt={"action": Action.PARTNERS_EDIT}, include_in_schema=False)
async def show_partners(request: PageRequest) -> Template:
    """The partners with their tokens, and the form that adds or changes one."""
    return await _page(request, {})


@post(
    "/admin/partners",
    opt={"action": Action.PARTNERS_EDIT, FORM: ("code", "name", "name_en")},
    include_in_schema=False,
    status_code=200,
)
async def save_partner(request: PageRequest) -> Template | Redirect:
    """Add a partner, or change the one with this code; one that had ended is a partner again."""
    district = district_of(request)
    fields = await read_fields(request)
    given = {name: fields.text(name) for name in ("code", "name", "name_en")}
    wish = PartnerWish(code=given["code"], name=given["name"], name_en=given["name_en"] or None)

    async def use_case(tx: Tx) -> None:
        (outcome,) = await save_partners(tx, [wish], by=principal_of(request).actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome

    try:
        await district.database.run(use_case)
    except Refusal as refusal:
        return await _page(request, errors_of(refusal, _NAMES), given=given, status=status_of(refusal))
    return see_other("/admin/partners")


@post(
    "/admin/partners/{partner_id:uuid}/keys",
    opt={"action": Action.PARTNERS_EDIT, FORM: ("label",)},
    include_in_schema=False,
    status_code=200,
)
async def issue_key(request: PageRequest, partner_id: FromPath[UUID]) -> Template:
    """Make a token and show it, this once.

    Raises:
        PartnerUnknown: there is none.

    """
    district = district_of(request)
    label = (await read_fields(request)).text("label")
    by = principal_of(request).actor
    try:
        issued = await district.database.run(
            lambda tx: issue_partner_key(tx, partner_id, label, by=by, now=district.clock.now())
        )
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        errors = {f"label-{partner_id}": refusal.text}
        return await _page(request, errors, status=status_of(refusal))
    return await _page(request, {}, issued=issued, issued_to=partner_id)


@post(
    "/admin/partners/{partner_id:uuid}/keys/{key_id:uuid}/revoke",
    opt={"action": Action.PARTNERS_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=303,
)
async def revoke_key(request: PageRequest, partner_id: FromPath[UUID], key_id: FromPath[UUID]) -> Redirect:
    """End a token at once.

    Raises:
        KeyUnknown: the partner has none with this id.

    """
    district = district_of(request)
    by = principal_of(request).actor
    await district.database.run(lambda tx: revoke_partner_key(tx, partner_id, key_id, by=by, now=district.clock.now()))
    return see_other("/admin/partners")


@post(
    "/admin/partners/{partner_id:uuid}/end",
    opt={"action": Action.PARTNERS_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=303,
)
async def end(request: PageRequest, partner_id: FromPath[UUID]) -> Redirect:
    """End a partner: its tokens end at once.

    Raises:
        PartnerUnknown: there is none.

    """
    district = district_of(request)
    by = principal_of(request).actor
    await district.database.run(lambda tx: end_partner(tx, partner_id, by=by, now=district.clock.now()))
    return see_other("/admin/partners")


route_handlers: list[Any] = [show_partners, save_partner, issue_key, revoke_key, end]
