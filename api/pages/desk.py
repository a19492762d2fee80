"""The desk (柜台): find a steward by card, number or pinyin, order with consent, print receipt and passbook."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.entries import line_of
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.keyed import came_before, commit_form
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.clock import local_date
from kernel.database import Reader, Together
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Locale, Text, translate
from points.balances import balance
from points.statement import statement
from rewards.appointment_steps import list_appointments
from rewards.appointments import Booked, Booking
from rewards.catalogue import CatalogueFilter, ItemShown, list_items
from rewards.deciding import LineWish
from rewards.desk import CONSENTS, AskedOrder, DeskConsent, act_of_order
from rewards.order_rows import Redemption
from rewards.orders import OrderFilter, list_orders, show_order
from rewards.pick_up_places import PickUpPlaceEntry, list_pick_up_places
from rewards.shelf_state import stock_id_of
from rewards.slots import HALVES, list_slots
from rewards.wording import OPEN_STATES, STATES
from stewards.directory import StewardEntry, StewardQuery, find_stewards, list_stewards
from stewards.permissions import Action, may, may_at_any
from stewards.principal import Place, Principal

_FOUND = 10
_PASSBOOK_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskItem:
    """An item that can be ordered at a place now, with its half-days where it needs one."""

    item: ItemShown
    free: int | None  # None where nothing is counted
    slots: list[tuple[str, str]]


@get("/desk", opt={"action": Action.DESK_ACT}, include_in_schema=False)
async def find(request: PageRequest) -> Template | Redirect:
    """Look for a steward: a scanned card or a typed number leads to its steward at once."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    today = local_date(district.clock.now())
    q = request.query_params.get("q", "").strip()[:64]
    found: list[StewardEntry] = []
    has_more = False
    if q:
        exact = await find_stewards(reader, principal, numbers=[q], today=today)
        if len(exact) == 1:
            return see_other(f"/desk/{exact[0].id}")
        found, has_more = await list_stewards(reader, principal, StewardQuery(q=q, limit=_FOUND), today=today)
    return page(
        request,
        "staff/desk.html",
        frame=await staff_frame(reader, principal),
        q=q,
        found=found,
        has_more=has_more,
    )


async def _steward(reader: Reader, request: PageRequest, steward_id: UUID) -> StewardEntry:
    today = local_date(district_of(request).clock.now())
    principal = principal_of(request)
    found = await find_stewards(reader, principal, ids=[steward_id], today=today)
    if not found or not may_at_any(principal, Action.DESK_ACT, found[0].places):
        raise NotFound
    return found[0]


async def _counters(reader: Reader, principal: Principal) -> list[PickUpPlaceEntry]:
    return [
        place
        for place in await list_pick_up_places(reader)
        if place.closed_at is None
        and may(principal, Action.DESK_ACT, Place(street_id=place.street_id, community_id=place.community_id))
    ]


async def _serve(
    request: PageRequest, steward_id: UUID, fields: Fields, errors: Errors, *, status: int = 200
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    steward = await _steward(reader, request, steward_id)
    everything = CatalogueFilter(for_steward=steward_id)
    async with Together(reader) as ask:
        frame = ask(staff_frame, principal)
        places = ask(_counters, principal)
        shown = ask(list_items, principal, everything, now=now)
        purse = ask(balance, steward_id, now=now)
        listed = ask(list_orders, principal, OrderFilter(states=tuple(OPEN_STATES), steward_id=steward_id))
    counters = places.result()
    asked = uuid_or_none(fields.text("place")) or uuid_or_none(request.query_params.get("place"))
    counter = next((place for place in counters if place.id == asked), counters[0] if counters else None)
    items = []
    if counter is not None:
        items = await _at_counter(reader, shown.result(), counter, now=now, locale=locale_of(request))
    orders, _ = listed.result()
    return page(
        request,
        "staff/desk_steward.html",
        status=status,
        frame=frame.result(),
        steward=steward,
        purse=purse.result(),
        counters=counters,
        counter=counter,
        items=items,
        orders=orders,
        states=STATES,
        consents=CONSENTS,
        given={name: fields.text(name) for name in ("consent", *_names(items))},
        nonce=fields.text("nonce") or str(new_id()),
        errors=errors,
    )


def _names(items: list[DeskItem]) -> list[str]:
    return [f"{name}-{one.item.offered.id}" for one in items for name in ("units", "slot")]


async def _at_counter(
    reader: Reader, shown: list[ItemShown], counter: PickUpPlaceEntry, *, now: Any, locale: Locale
) -> list[DeskItem]:
    """What can be ordered at a counter now: affordable first, as the catalogue sorts it."""
    here = {}
    for item in shown:
        stock = next((one for one in item.stocks if one.place_id == counter.id), None)
        if item.affordable is not None and item.affordable.now and (item.offered.unlimited or (stock and stock.free)):
            here[stock_id_of(item.offered.id, counter.id)] = (item, stock.free if stock else None)
    slots: dict[UUID, list[tuple[str, str]]] = {}
    for slot in await list_slots(reader, list(here), from_day=local_date(now)):
        if slot.left > 0:
            words = f"{slot.day:%m-%d} {translate(HALVES[slot.half], locale)} ({slot.left})"
            slots.setdefault(slot.stock_id, []).append((str(slot.id), words))
    return [
        DeskItem(item=item, free=None if item.offered.unlimited else free, slots=slots.get(stock_id, []))
        for stock_id, (item, free) in here.items()
    ]


@get("/desk/{steward_id:uuid}", opt={"action": Action.DESK_ACT}, include_in_schema=False)
async def serve(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """What a steward has, and what can be ordered for him or her at a counter of the caller's.

    Raises:
        NotFound: there is no such steward within reach.

    """
    return await _serve(request, steward_id, Fields([]), {})


def _lines(fields: Fields, items: list[DeskItem], errors: Errors) -> tuple[list[LineWish], dict[UUID, UUID]]:
    lines: list[LineWish] = []
    slots: dict[UUID, UUID] = {}
    for one in items:
        item_id = one.item.offered.id
        units = fields.text(f"units-{item_id}")
        if not units or units == "0":
            continue
        if not (units.isascii() and units.isdigit() and len(units) < 4):
            errors[f"units-{item_id}"] = Text(N_("件数要填整数。"))
            continue
        lines.append(LineWish(item_id=item_id, quantity=int(units)))
        slot_id = uuid_or_none(fields.text(f"slot-{item_id}"))
        if slot_id is not None:
            slots[item_id] = slot_id
        elif one.slots:
            errors[f"slot-{item_id}"] = Text(N_("请选择预约时段。"))
    if not lines and not errors:
        errors[""] = Text(N_("请至少填一种物品的件数。"))
    return lines, slots


@post(
    "/desk/{steward_id:uuid}",
    opt={"action": Action.DESK_ACT, FORM: ("nonce", "place", "consent", "units-*", "slot-*")},
    include_in_schema=False,
    status_code=200,
)
async def order(request: PageRequest, steward_id: FromPath[UUID]) -> Template | Redirect:
    """Order for a steward with the consent that was given; sending the form twice orders once.

    Raises:
        NotFound: there is no such steward within reach.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    await _steward(reader, request, steward_id)
    fields = await read_fields(request)
    if await came_before(reader, principal, "desk", fields.text("nonce")):
        return see_other(f"/desk/{steward_id}")
    errors: Errors = {}
    counter_id = uuid_or_none(fields.text("place"))
    counter = next((place for place in await _counters(reader, principal) if place.id == counter_id), None)
    consent = fields.text("consent")
    if consent not in set(DeskConsent):
        errors["consent"] = Text(N_("请选择本人是怎样同意的。"))
    if counter is None:
        errors["place"] = Text(N_("请选择领取点。"))
        return await _serve(request, steward_id, fields, errors, status=400)
    now = district.clock.now()
    shown = await list_items(reader, principal, CatalogueFilter(for_steward=steward_id), now=now)
    items = await _at_counter(reader, shown, counter, now=now, locale=locale_of(request))
    lines, slots = _lines(fields, items, errors)
    if errors:
        return await _serve(request, steward_id, fields, errors, status=400)
    redemption = Redemption(caller=principal, steward_id=steward_id, place_id=counter.id, lines=lines, channel="desk")
    wish = AskedOrder(booking=Booking(order=redemption, slots=slots), consent=DeskConsent(consent))
    outcome = await commit_form(district.take_orders, wish, principal, "desk", fields.text("nonce"))
    if isinstance(outcome, Refusal):
        return await _serve(request, steward_id, fields, _beside(outcome, lines), status=status_of(outcome))
    if isinstance(outcome, Booked):
        return see_other(f"/desk/receipts/{outcome.placed.order_id}")
    return see_other(f"/desk/{steward_id}")  # its twin came at the same moment and ordered


def _beside(refusal: Refusal, lines: list[LineWish]) -> Errors:
    """A refusal beside the line that it is about."""
    names: dict[str, str] = {}
    for at, line in enumerate(lines):
        for part, name in (("quantity", "units"), ("item", "units"), ("slot", "slot")):
            names[f"/lines/{at}/{part}"] = f"{name}-{line.item_id}"
    return errors_of(refusal, names)


@get("/desk/receipts/{order_id:uuid}", opt={"action": Action.DESK_ACT}, include_in_schema=False)
async def receipt(request: PageRequest, order_id: FromPath[UUID]) -> Template:
    """The receipt of an order, to be printed and handed over. It has no pick-up code: that is its owner's alone.

    Raises:
        UnknownOrder: there is no such order within reach.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    shown, _ = await show_order(reader, principal, order_id)
    act = await act_of_order(reader, order_id)
    return page(
        request,
        "staff/desk_receipt.html",
        frame=await staff_frame(reader, principal),
        order=shown,
        act=act,
        consents=CONSENTS,
        purse=await balance(reader, shown.steward_id, now=district.clock.now()),
        appointments=await list_appointments(reader, principal, order_id=order_id),
        halves=HALVES,
    )


@get("/desk/{steward_id:uuid}/passbook", opt={"action": Action.DESK_ACT}, include_in_schema=False)
async def passbook(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """A steward's newest lines as a passbook (存折), to be printed.

    Raises:
        NotFound: there is no such steward within reach.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    steward = await _steward(reader, request, steward_id)
    now = district.clock.now()
    return page(
        request,
        "staff/passbook.html",
        frame=await staff_frame(reader, principal),
        steward=steward,
        purse=await balance(reader, steward_id, now=now),
        lines=[line_of(entry) for entry in await statement(reader, steward_id, limit=_PASSBOOK_LINES)],
        now=now,
    )


route_handlers: list[Any] = [find, serve, order, receipt, passbook]
