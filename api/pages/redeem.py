"""Redeeming on the phone (兑换): what can be had now, what is still short, and an order in two steps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.keyed import came_before, commit_form
from api.pages.own import own_steward_id
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.clock import local_date
from kernel.database import Reader, Together
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from points.balances import Balance, balance
from rewards.appointments import BOOKED_AHEAD, Booked, Booking
from rewards.catalogue import CatalogueFilter, ItemShown, StockAt, list_items, show_item
from rewards.deciding import LineWish
from rewards.desk import AskedOrder
from rewards.gating import missing_text
from rewards.order_rows import Redemption
from rewards.pick_up_places import list_pick_up_places, own_counter
from rewards.shelf_state import purses_of, stock_id_of
from rewards.slots import HALVES, SlotLine, booked_by_appointment, ends_at, list_slots
from rewards.waiting_reading import list_lengths, own_entries
from rewards.wording import KINDS, PERIODS, ItemKind
from stewards.permissions import Action

_MOST = 99
_HALF_DAYS = 20  # shown to choose from; who wants a later one asks at the desk
_FIELDS = {
    "/lines/0/quantity": "quantity",
    "/quantity": "quantity",
    "/place": "place",
    "/place_id": "place",
    "/slot": "slot",
}
_ON_HAND: Mapping[ItemKind, str] = {kind: name for kind, name in KINDS.items() if kind is not ItemKind.KIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the form was filled with."""

    nonce: str
    place: str = ""
    slot: str = ""
    quantity: str = "1"
    proxy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A place to collect at, with its half-days where it serves by appointment only."""

    place: StockAt
    by_appointment: bool
    slots: tuple[SlotLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen: where it is picked up, what it costs, what is left."""

    place: StockAt
    slot: SlotLine | None
    quantity: int
    points: int
    before: int
    after: int


def blocked(item: ItemShown) -> list[Text]:
    """Why an item cannot be had now, each reason in a sentence; none where it can."""
    found = item.affordable
    if found is None or found.now:
        return []
    reasons = []
    if found.suspended_until is not None:
        reasons.append(
            Text(N_("预约没有来的次数太多，到 {until} 为止暂停兑换"), {"until": found.suspended_until.isoformat()})
        )
    if found.points_short:
        reasons.append(Text(N_("还差 {points} 分"), {"points": found.points_short}))
    reasons.extend(missing_text(shut) for shut in found.missing)
    if found.limit is not None and found.had >= found.limit:
        period = Text(PERIODS[found.limit_period or "ever"])
        reasons.append(Text(N_("{period}限兑 {limit} 份，已经兑满"), {"period": period, "limit": found.limit}))
    if found.left <= 0:
        reasons.append(Text(N_("现在没有货了")))
    if not found.active:
        reasons.append(Text(N_("现在不能兑换")))
    return reasons


@get("/me/redeem", opt={"action": Action.ORDERS_PLACE}, include_in_schema=False)
async def show_catalogue(request: PageRequest) -> Template:
    """What points buy: what can be had now first, the rest with what is missing."""
    district = district_of(request)
    now = district.clock.now()
    steward_id = own_steward_id(request)
    reader = await district.database.reader()
    asked = request.query_params.get("kind", "")
    kind = ItemKind(asked) if asked in set(ItemKind) else None
    tag = request.query_params.get("tag", "").strip()[:16] or None
    wanted = CatalogueFilter(kind=kind, tag=tag)
    items = await list_items(reader, principal_of(request), wanted, now=now)
    return page(
        request,
        "steward/redeem.html",
        purse=await balance(reader, steward_id, now=now),
        can=[item for item in items if item.affordable and item.affordable.now],
        cannot=[(item, blocked(item)) for item in items if not (item.affordable and item.affordable.now)],
        kind=kind,
        tag=tag,
        kinds=KINDS,
    )


@get("/me/redeem/{item_id:uuid}", opt={"action": Action.ORDERS_PLACE}, include_in_schema=False)
async def show_own_item(request: PageRequest, item_id: FromPath[UUID]) -> Template:
    """One item: what it is, what it costs, where it can be had."""
    return await _item_page(request, item_id, Draft(nonce=str(new_id())), {})


async def _item_page(
    request: PageRequest,
    item_id: UUID,
    draft: Draft,
    errors: Errors,
    *,
    preview: Preview | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    now = district.clock.now()
    reader = await district.database.reader()
    steward_id = own_steward_id(request)
    item = await show_item(reader, principal_of(request), item_id, now=now)
    if item is None:
        raise NotFound
    gone = _gone(item)
    async with Together(reader) as ask:
        had = ask(balance, steward_id, now=now)
        waiting = ask(own_entries, steward_id)
        offered = ask(_choices, item, now)
        counter = ask(own_counter, steward_id)
        lengths = ask(list_lengths, [place.stock_id for place in gone])
    purse = had.result()
    own = counter.result()
    choices = sorted(offered.result(), key=lambda choice: choice.place.place_id != own)  # the nearest is chosen first
    if not draft.place and choices and choices[0].place.place_id == own:
        draft = replace(draft, place=str(own))
    return page(
        request,
        "steward/item.html",
        status=status,
        item=item,
        choices=choices,
        halves=HALVES,
        usable=usable_points(purse, item),
        purse=purse,
        reasons=blocked(item),
        gone=gone,
        waits={entry.place_id: entry for entry in waiting.result() if entry.item_id == item_id},
        lengths=lengths.result(),
        kinds=KINDS,
        periods=PERIODS,
        most=_most(item),
        draft=draft,
        preview=preview,
        errors=errors,
        today=local_date(now),
    )


def _gone(item: ItemShown) -> list[StockAt]:
    """The places to wait at: where an item that can be had nowhere is kept."""
    found = item.affordable
    if item.offered.unlimited or found is None or not found.active or found.left > 0:
        return []
    return list(item.stocks)


def usable_points(purse: Balance, item: ItemShown) -> int:
    """How many points could go for an item."""
    return usable_for(purse, item.offered.kind)


def usable_for(purse: Balance, kind: ItemKind) -> int:
    """How many points could go for items of a kind."""
    purses: Mapping[str, int] = {
        "spendable": purse.spendable,
        "services": purse.services,
        "donation": purse.donation,
    }
    return sum(purses[name] for name in purses_of(kind))


async def _places(reader: Reader, item: ItemShown) -> list[StockAt]:
    """Where the item can be had: where it is in stock, or any place where none is counted."""
    if not item.offered.unlimited:
        return [place for place in item.stocks if place.free > 0]
    return [
        StockAt(
            stock_id=stock_id_of(item.offered.id, place.id),
            place_id=place.id,
            place_code=place.code,
            place=place.name,
            place_en=place.name_en,
            hours=place.hours,
            hours_en=place.hours_en,
            free=_MOST,
        )
        for place in await list_pick_up_places(reader)
    ]


async def _choices(reader: Reader, item: ItemShown, now: datetime) -> list[Choice]:
    """Where the item can be had, and when. A place without a free half-day is left out."""
    places = await _places(reader, item)
    if item.offered.kind is not ItemKind.SERVICE or not places:
        return [Choice(place=place, by_appointment=False, slots=()) for place in places]
    ids = [place.stock_id for place in places]
    today = local_date(now)
    bound = await booked_by_appointment(reader, ids, today=today)
    lines = await list_slots(reader, ids, from_day=today, until=today + BOOKED_AHEAD) if bound else []
    free = [slot for slot in lines if slot.left > 0 and now < ends_at(slot.day, slot.half)]
    choices = [
        Choice(
            place=place,
            by_appointment=place.stock_id in bound,
            slots=tuple(slot for slot in free if slot.stock_id == place.stock_id)[:_HALF_DAYS],
        )
        for place in places
    ]
    return [choice for choice in choices if choice.slots or not choice.by_appointment]


def _most(item: ItemShown) -> int:
    """How many may be asked for at once."""
    found = item.affordable
    left = _MOST if found is None or found.limit is None else found.limit - found.had
    return max(1, min(_MOST, left))


@post(
    "/me/redeem/{item_id:uuid}",
    opt={"action": Action.ORDERS_PLACE, FORM: ("nonce", "place", "slot-*", "quantity", "proxy", "step")},
    include_in_schema=False,
    status_code=200,
)
async def redeem(request: PageRequest, item_id: FromPath[UUID]) -> Template | Redirect:
    """First what would happen, then on its confirmation the order, placed once however often it is sent."""
    district = district_of(request)
    now = district.clock.now()
    steward_id = own_steward_id(request)
    fields = await read_fields(request)
    draft = _draft_of(fields)
    reader = await district.database.reader()
    if await came_before(reader, principal_of(request), "redeem", draft.nonce):
        return see_other("/me/orders")
    item = await show_item(reader, principal_of(request), item_id, now=now)
    if item is None:
        raise NotFound
    choices = {choice.place.place_id: choice for choice in await _choices(reader, item, now)}
    choice = choices.get(uuid_or_none(draft.place) or UUID(int=0))
    errors: Errors = {}
    slot = None
    if choice is None:
        errors["place"] = Text(N_("请选一个领取点。")) if choices else Text(N_("现在没有货了"))
    elif choice.by_appointment:
        slot = next((each for each in choice.slots if str(each.id) == draft.slot), None)
        if slot is None:
            errors["slot"] = Text(N_("请选一个上午或下午。"))
    quantity = int(draft.quantity) if draft.quantity.isascii() and draft.quantity.isdigit() else 0
    if not 1 <= quantity <= _MOST or len(draft.quantity) > 4:
        errors["quantity"] = Text(N_("请填 1 到 {most} 之间的份数。"), {"most": _most(item)})
    if errors or choice is None:
        return await _item_page(request, item_id, draft, errors, status=400)
    points = quantity * item.offered.points_each
    if fields.text("step") != "confirm":
        before = usable_points(await balance(reader, steward_id, now=now), item)
        if points > before:
            errors["quantity"] = Text(
                N_("要 {points} 分，您现在能用 {before} 分，还差 {short} 分。"),
                {"points": points, "before": before, "short": points - before},
            )
            return await _item_page(request, item_id, draft, errors, status=409)
        shown = Preview(
            place=choice.place, slot=slot, quantity=quantity, points=points, before=before, after=before - points
        )
        return await _item_page(request, item_id, draft, {}, preview=shown)
    order = Redemption(
        caller=principal_of(request),
        place_id=choice.place.place_id,
        lines=(LineWish(item_id=item_id, quantity=quantity),),
        proxy_allowed=draft.proxy,
    )
    wish = AskedOrder(booking=Booking(order=order, slots={item_id: slot.id} if slot else {}))
    outcome = await commit_form(district.take_orders, wish, principal_of(request), "redeem", draft.nonce)
    if isinstance(outcome, Refusal):
        return await _item_page(request, item_id, draft, errors_of(outcome, _FIELDS), status=status_of(outcome))
    if isinstance(outcome, Booked):
        return see_other(f"/me/orders/{outcome.placed.order_id}?placed=1")
    return see_other("/me/orders")  # its twin came at the same moment and placed the order


def _draft_of(fields: Fields) -> Draft:
    return Draft(
        nonce=fields.text("nonce")[:36],
        place=fields.text("place")[:36],
        slot=fields.text(f"slot-{fields.text('place')[:36]}")[:36],
        quantity=fields.text("quantity")[:8],
        proxy=fields.checked("proxy"),
    )


route_handlers: list[Any] = [show_catalogue, show_own_item, redeem]
