"""Waiting lists: join, leave, see one's place, take up an offer."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.acting import OnBehalfOf, acting_for
from api.v1.answers import Page, answer
from api.v1.redemption_answers import OrderPlaced, placed_shown
from api.v1.stock import PlaceName, named_place
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.redeeming import Placed
from rewards.shelf_state import stock_id_of
from rewards.waiting import OfferTaking, Waiting, WaitingWish
from rewards.waiting_reading import entry_of, own_entries
from stewards.permissions import Action

_TAGS = ["waiting"]


class WaitingShown(msgspec.Struct, kw_only=True):
    """A steward's place on a list: how many are before; `offered_until` while something is kept."""

    id: UUID
    item_id: UUID
    item_name: str
    item_name_en: str
    place_id: UUID
    place_name: str
    place_name_en: str
    state: str
    before: int
    joined_at: datetime
    offered_until: datetime | None


class WaitingStands(msgspec.Struct, kw_only=True):
    """How it stands now; `changed` is false where it stood so already."""

    id: UUID
    state: str
    before: int
    changed: bool


class JoinWaiting(Body):
    """An item at a place; for whom, where staff act."""

    item: UUID
    place: PlaceName
    steward: OnBehalfOf = None


class ForWhom(Body):
    """For whom staff act; stewards leave it out."""

    steward: OnBehalfOf = None


@get("/waiting", opt={"action": Action.WAITING_JOIN}, tags=_TAGS, operation_id="listWaiting")
async def list_own(request: JinpaiRequest, steward: FromQuery[UUID | None] = None) -> Page[WaitingShown]:
    """What a steward waits for now, with the place on each list."""
    steward_id = await acting_for(request, steward, Action.WAITING_JOIN)
    lines = await own_entries(await district_of(request).database.reader(), steward_id)
    fields = WaitingShown.__struct_fields__
    return Page(data=[WaitingShown(**{name: getattr(line, name) for name in fields}) for line in lines], has_more=False)


async def _join(request: JinpaiRequest, body: JoinWaiting, *, leave: bool) -> Response[Any]:
    steward_id = await acting_for(request, body.steward, Action.WAITING_JOIN)
    chosen = await named_place(request, body.place)
    wish = WaitingWish(
        stock_id=stock_id_of(body.item, chosen.id),
        steward_id=steward_id,
        actor=principal_of(request).actor,
        leave=leave,
    )

    def encode(outcome: Waiting, locale: Locale) -> Answer:
        shown = WaitingStands(id=outcome.entry_id, state=outcome.state, before=outcome.before, changed=outcome.changed)
        return answer(shown)

    return await submit_one(request, district_of(request).scarce.join, wish, encode, shard=wish.stock_id.int)


_STANDS = {200: ResponseSpec(WaitingStands, description="Stands so")}


@post(
    "/waiting",
    opt={"action": Action.WAITING_JOIN},
    tags=_TAGS,
    operation_id="joinWaiting",
    status_code=200,
    responses=_STANDS,
)
async def join(request: JinpaiRequest, data: JSONBody[JoinWaiting]) -> Response[Any]:
    """Wait for an item that is out of stock (候补); what comes back is offered in turn."""
    return await _join(request, data, leave=False)


@post(
    "/waiting/leave",
    opt={"action": Action.WAITING_JOIN},
    tags=_TAGS,
    operation_id="leaveWaiting",
    status_code=200,
    responses=_STANDS,
)
async def leave(request: JinpaiRequest, data: JSONBody[JoinWaiting]) -> Response[Any]:
    """No longer wait for an item (退出候补); whoever is next moves up."""
    return await _join(request, data, leave=True)


@post(
    "/waiting/{entry_id:uuid}/take",
    opt={"action": Action.WAITING_JOIN},
    tags=_TAGS,
    operation_id="takeOffer",
    responses={201: ResponseSpec(OrderPlaced, description="Ordered")},
)
async def take(
    request: JinpaiRequest, entry_id: FromPath[UUID], data: JSONBody[ForWhom | None] = None
) -> Response[Any]:
    """Order what is offered (兑换候补到的名额), while the offer holds."""
    steward_id = await acting_for(request, data.steward if data else None, Action.WAITING_JOIN)
    reader = await district_of(request).database.reader()
    if await entry_of(reader, entry_id) != steward_id:
        raise NotFound

    def encode(outcome: Placed, locale: Locale) -> Answer:
        return answer(placed_shown(outcome), 201)

    wish = OfferTaking(entry_id=entry_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).scarce.take, wish, encode)


route_handlers: list[Any] = [list_own, join, leave, take]
