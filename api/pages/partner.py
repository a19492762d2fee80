"""A partner's page (合作方): confirm by code what was collected of its own items, and read its own settlement."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.code_tries import try_code
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.counter import QUANTITIES, quantities_of, take_step
from api.pages.forms import Errors, read_fields
from api.pages.funding import period_of
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.v1.funding_tables import yuan
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import storable
from rewards.code_reading import order_of_code
from rewards.order_wishes import OrderStep
from rewards.partner_orders import PartnerOrder, partner_order
from rewards.settling import settlement_sheet
from rewards.wording import OrderAction
from stewards.permissions import Action, NotAllowed

_LONGEST_CODE = 64
_SHOWN_LINES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a code would hand over. `seen` says that this caller has looked this code up."""

    order: PartnerOrder
    code: str
    seen: str
    nonce: str


def _partner_id(request: PageRequest) -> UUID:
    found = principal_of(request).partner_id
    if found is None:
        raise NotAllowed
    return found


def _seen(request: PageRequest, code: str) -> str:
    """A mark that nobody can make for a code before it was looked up."""
    return district_of(request).codes.hash_of(f"seen by {principal_of(request).id}: {code}")


async def _page(
    request: PageRequest, *, found: Found | None = None, refused: Refusal | None = None, code: str = ""
) -> Template:
    district = district_of(request)
    errors: Errors = {}
    first, last = period_of(request, errors)
    reader = await district.database.reader()
    sheet = await settlement_sheet(
        reader,
        principal_of(request),
        _partner_id(request),
        from_day=first,
        to_day=last,
        point_fen=(await district.own_settings.at_end_of(last)).point_fen,
    )
    done = request.query_params.get("done", "")
    return page(
        request,
        "public/partner.html",
        status=status_of(refused) if refused else 200,
        headers={"Cache-Control": "no-store"},
        sheet=sheet,
        lines=tuple(reversed(sheet.lines))[:_SHOWN_LINES],
        amount=yuan(sheet.amount_fen),
        found=found,
        refused=refused,
        code=code,
        done=done[:32] if storable(done) else "",
        errors=errors,
    )


@get("/partner", opt={"action": Action.COLLECTIONS_CONFIRM}, include_in_schema=False)
async def show_partner(request: PageRequest) -> Template:
    """The field for a code, and the settlement of a period: this quarter unless days are given."""
    return await _page(request)


@post(
    "/partner",
    opt={
        "action": Action.COLLECTIONS_CONFIRM,
        FORM: ("code", "seen", "step", "order", "collector", "nonce", *QUANTITIES),
    },
    include_in_schema=False,
    status_code=200,
)
async def confirm_collection(request: PageRequest) -> Template | Redirect:
    """First what the code would hand over of the partner's items, then, confirmed, the hand-over."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    code = fields.text("code")[:_LONGEST_CODE]
    try:
        # Whoever has looked a code up confirms it without spending a second try.
        if fields.text("seen") != _seen(request, code):
            await try_code(district, principal)
        if fields.text("step") != "confirm":
            return await _page(request, found=await _look(request, code))
        step = OrderStep(
            action=OrderAction.COLLECT,
            caller=principal,
            order_id=uuid_or_none(fields.text("order")),
            code=code,
            quantities=quantities_of(fields, range(1, 21)),
            collector="other" if fields.text("collector") == "other" else "owner",
        )
        outcome = await take_step(request, step, fields.text("nonce"))
    except Refusal as refusal:
        return await _page(request, refused=refusal, code=code)
    if isinstance(outcome, Refusal):
        return await _page(request, refused=outcome, code=code)
    return see_other(f"/partner?done={outcome.number}" if outcome else "/partner")


async def _look(request: PageRequest, code: str) -> Found:
    reader = await district_of(request).database.reader()
    found = await order_of_code(reader, principal_of(request), code, district_of(request).codes)
    if isinstance(found, Refusal):
        raise found
    order = await partner_order(reader, _partner_id(request), found)
    return Found(order=order, code=code, seen=_seen(request, code), nonce=str(new_id()))


route_handlers: list[Any] = [show_partner, confirm_collection]
