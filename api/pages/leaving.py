"""Giving points away on the steward's page, and what families collect at the staff's desk."""

from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.own import own_steward_id
from api.pages.rendering import PageRequest, page, see_other
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from points.balances import balance
from points.donating import PURPOSES, DonationWish, donate
from points.leaving import (
    CollectionAction,
    CollectionStep,
    CollectionWish,
    close_collections,
    list_collections,
    open_collections,
)
from points.refusals import OperationDiffers
from points.rule_versions import rules_on
from stewards.directory import find_stewards
from stewards.permissions import Action

COLLECTION_STATES = {"opened": N_("等第二人签字"), "signed": N_("已领取"), "withdrawn": N_("已撤销")}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


async def _donation(
    request: PageRequest, errors: Errors, *, fields: Fields | None = None, preview: bool = False, status: int = 200
) -> Template:
    steward_id = own_steward_id(request)
    district = district_of(request)
    now = district.clock.now()
    reader = await district.database.reader()
    purse = await balance(reader, steward_id, now=now)
    today = local_date(now)
    rules = (await rules_on(reader, {today})).get(today)
    reminders = rules.document.expiry.reminders_days if rules else ()
    soon = today + timedelta(days=max(reminders, default=0))
    ending = sum(part.points for part in purse.expiring if part.on <= soon)  # nobody is nudged to give what lasts
    return page(
        request,
        "steward/donate.html",
        status=status,
        purse=purse,
        is_open=rules is not None and rules.document.expiry.donate_before,
        purposes=PURPOSES,
        points=(fields.text("points")[:8] if fields else "") or str(min(ending, purse.spendable) or ""),
        purpose=fields.text("purpose")[:32] if fields else "",
        nonce=(fields.text("nonce")[:36] if fields else "") or str(new_id()),
        preview=preview,
        errors=errors,
    )


@get("/me/donate", opt={"action": Action.POINTS_DONATE}, include_in_schema=False)
async def show_donation(request: PageRequest) -> Template:
    """What ends when, and the way to give it away before."""
    return await _donation(request, {})


@post(
    "/me/donate",
    opt={"action": Action.POINTS_DONATE, FORM: ("points", "purpose", "step", "nonce")},
    include_in_schema=False,
    status_code=200,
)
async def give_away(request: PageRequest) -> Template | Redirect:
    """First the balance after, then on its confirmation the gift, once however often it is sent."""
    steward_id = own_steward_id(request)
    district = district_of(request)
    fields = await read_fields(request)
    now = district.clock.now()
    points, purpose = _whole(fields.text("points")), fields.text("purpose")
    purse = await balance(await district.database.reader(), steward_id, now=now)
    errors: Errors = {}
    if purpose not in PURPOSES:
        errors["purpose"] = Text(N_("请选择用途。"))
    if fields.text("step") != "confirm":
        most = purse.spendable + purse.donation
        if not 0 < points <= most:
            errors["points"] = Text(N_("请填写 1 到 {most} 之间的整数。"), {"most": most})
        return await _donation(request, errors, fields=fields, preview=not errors, status=400 if errors else 200)
    wish = DonationWish(
        steward_id=steward_id,
        points=points,
        purpose=purpose,
        actor=principal_of(request),
        nonce=fields.text("nonce")[:36] or None,
    )
    (outcome,) = await district.database.run(lambda tx: donate(tx, [wish], now=now))
    if isinstance(outcome, Refusal) and not isinstance(outcome, OperationDiffers):  # the same form, sent again later
        errors = errors_of(outcome, {"/points": "points", "/purpose": "purpose"})
        return await _donation(request, errors, fields=fields, status=status_of(outcome))
    return see_other("/me/inbox")


async def _desk(
    request: PageRequest, errors: Errors, *, fields: Fields | None = None, refused: Refusal | None = None,
    status: int = 200,
) -> Template:  # fmt: skip
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    return page(
        request,
        "staff/collections.html",
        status=status,
        frame=await staff_frame(reader, principal),
        collections=await list_collections(reader, principal),
        states=COLLECTION_STATES,
        me=principal.id,
        errors=errors,
        fields={name: fields.text(name) if fields else "" for name in ("steward", "points", "note")},
        refused=refused,
    )


@get("/admin/collections", opt={"action": Action.COLLECTIONS_EDIT}, include_in_schema=False)
async def show_collections(request: PageRequest) -> Template:
    """What families took, and what waits for a second signature."""
    return await _desk(request, {})


@post(
    "/admin/collections",
    opt={"action": Action.COLLECTIONS_EDIT, FORM: ("steward", "points", "note")},
    include_in_schema=False,
    status_code=200,
)
async def open_collection(request: PageRequest) -> Template | Redirect:
    """Register what a family takes."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    now = district.clock.now()
    number = fields.text("steward")[:20]
    found = await find_stewards(await district.database.reader(), principal, numbers=[number], today=local_date(now))
    if not found:
        return await _desk(
            request, {"steward": Text(N_("没有这个编号的管家，或不归您管。"))}, fields=fields, status=400
        )
    points = _whole(fields.text("points"))
    if not points:
        return await _desk(request, {"points": Text(N_("请填写领取多少分。"))}, fields=fields, status=400)
    wish = CollectionWish(steward_id=found[0].id, points=points, note=fields.text("note"), actor=principal)
    (outcome,) = await district.database.run(lambda tx: open_collections(tx, [wish], now=now))
    if isinstance(outcome, Refusal):
        errors = errors_of(outcome, {"/steward_id": "steward", "/note": "note"})
        return await _desk(request, errors, fields=fields, status=status_of(outcome))
    return see_other("/admin/collections")


def _route(action: CollectionAction) -> Any:
    async def close(request: PageRequest, collection_id: FromPath[UUID]) -> Template | Redirect:
        district = district_of(request)
        wish = CollectionStep(collection_id=collection_id, action=action, actor=principal_of(request))
        now = district.clock.now()
        (outcome,) = await district.database.run(lambda tx: close_collections(tx, [wish], now=now))
        if isinstance(outcome, Refusal):
            return await _desk(request, {}, refused=outcome, status=status_of(outcome))
        return see_other("/admin/collections")

    close.__doc__ = f"Take the step {action!r} on what a family takes."
    close.__name__ = f"{action}_collection"
    return post(
        f"/admin/collections/{{collection_id:uuid}}/{action}",
        opt={"action": Action.COLLECTIONS_EDIT, FORM: ()},
        include_in_schema=False,
        status_code=200,
        name=f"page_{action}_collection",
    )(close)


_ALL: tuple[CollectionAction, ...] = get_args(CollectionAction)
route_handlers: list[Any] = [
    show_donation, give_away, show_collections, open_collection, *(_route(action) for action in _ALL),
]  # fmt: skip
