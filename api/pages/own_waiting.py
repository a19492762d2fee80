"""Waiting lists for stewards (候补): one's place in each line, joining, leaving, taking what is offered."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import read_fields
from api.pages.keyed import came_before, commit_form
from api.pages.own import own_steward_id
from api.pages.queue_filters import uuid_or_none
from api.pages.redeem import usable_for
from api.pages.rendering import PageRequest, page, see_other
from kernel.errors import Refusal
from kernel.ids import new_id
from points.balances import balance
from rewards.redeeming import Placed
from rewards.shelf import price_of_items
from rewards.shelf_state import stock_id_of
from rewards.waiting import AT_ONCE, OfferTaking, WaitingWish
from rewards.waiting_reading import entry_of, own_entries
from rewards.wording import ItemKind
from stewards.permissions import Action


async def _waiting_page(request: PageRequest, *, refused: Refusal | None = None, status: int = 200) -> Template:
    district = district_of(request)
    steward_id = own_steward_id(request)
    reader = await district.database.reader()
    now = district.clock.now()
    entries = await own_entries(reader, steward_id)
    purse = await balance(reader, steward_id, now=now)
    return page(
        request,
        "steward/waiting.html",
        status=status,
        entries=entries,
        prices=await price_of_items(reader, {entry.item_id for entry in entries}, now=now),
        usable={kind: usable_for(purse, kind) for kind in ItemKind},
        at_once=AT_ONCE,
        nonce=str(new_id()),
        joined="joined" in request.query_params,
        refused=refused,
    )


@get("/me/waiting", opt={"action": Action.WAITING_JOIN}, include_in_schema=False)
async def show_own_waiting(request: PageRequest) -> Template:
    """What one waits for: offers first, then the place in each line."""
    return await _waiting_page(request)


@post(
    "/me/waiting",
    opt={"action": Action.WAITING_JOIN, FORM: ("item", "place", "step")},
    include_in_schema=False,
    status_code=200,
)
async def join_or_leave(request: PageRequest) -> Template | Redirect:
    """Wait for an item at a place, or no longer. Again changes nothing."""
    fields = await read_fields(request)
    item_id, place_id = uuid_or_none(fields.text("item")), uuid_or_none(fields.text("place"))
    if item_id is None or place_id is None:
        raise NotFound
    leave = fields.text("step") == "leave"
    stock_id = stock_id_of(item_id, place_id)
    wish = WaitingWish(
        stock_id=stock_id, steward_id=own_steward_id(request), actor=principal_of(request).actor, leave=leave
    )
    outcome: Any = await commit_form(
        district_of(request).scarce.join, wish, principal_of(request), "waiting", None, shard=stock_id.int
    )
    if isinstance(outcome, Refusal):
        return await _waiting_page(request, refused=outcome, status=status_of(outcome))
    return see_other("/me/waiting" if leave else "/me/waiting?joined=1")


@post(
    "/me/waiting/{entry_id:uuid}/take",
    opt={"action": Action.WAITING_JOIN, FORM: ("nonce",)},
    include_in_schema=False,
    status_code=200,
)
async def take_offer(request: PageRequest, entry_id: FromPath[UUID]) -> Template | Redirect:
    """Order what is offered, once however often the form is sent.

    Raises:
        NotFound: it is nobody's entry, or somebody else's.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    nonce = (await read_fields(request)).text("nonce")[:36]
    if await entry_of(reader, entry_id) != own_steward_id(request):
        raise NotFound
    if await came_before(reader, principal, "waiting take", nonce):
        return see_other("/me/orders")
    wish = OfferTaking(entry_id=entry_id, caller=principal)
    outcome: Any = await commit_form(district.scarce.take, wish, principal, "waiting take", nonce)
    if isinstance(outcome, Refusal):
        return await _waiting_page(request, refused=outcome, status=status_of(outcome))
    if isinstance(outcome, Placed):
        return see_other(f"/me/orders/{outcome.order_id}?placed=1")
    return see_other("/me/orders")  # its twin came at the same moment


route_handlers: list[Any] = [show_own_waiting, join_or_leave, take_offer]
