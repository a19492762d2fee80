"""The catalogue for staff (兑换目录): items by kind and state, added and edited by version, priced from a day on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.pages.counter import whole_number
from api.pages.forms import Errors, errors_of, local_instant, read_fields
from api.pages.frame import staff_frame
from api.pages.item_forms import LABELS, NAMES, Difference, ItemForm, differences, fields_of, form_of, form_of_item
from api.pages.item_sheet import item_sheet
from api.pages.keyed import came_before, commit_form
from api.pages.rendering import PageRequest, page, see_other
from api.pages.tables import Format
from kernel.clock import local_date
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.files import prepare_picture
from kernel.ids import new_id
from kernel.messages import N_, Text
from rewards.catalogue import CatalogueFilter, ItemShown, list_items, show_item
from rewards.gating import AT_LEAST, MEASURES
from rewards.item_fields import ItemFields
from rewards.items import EditItem, ItemSaved, NewItem, NewPrice, edit_item, may_edit
from rewards.models import Price
from rewards.refusals import ItemChanged
from rewards.shelf_state import OfferedItem
from rewards.stock_reading import StockLine, count_sheet
from rewards.wording import KINDS, PERIODS, ItemKind
from stewards.lanes import AreaEntry, list_streets
from stewards.partners import list_partners
from stewards.permissions import Action, NotAllowed, reach
from stewards.principal import Principal

_PAGE = 50
_JUST_NOW = timedelta(minutes=5)  # a field shows minutes: what begins in this one begins now
STATES = {
    "on": N_("在架"),
    "coming": N_("未开始"),
    "ended": N_("已下架"),
    "low": N_("快没有了"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address asks for; what it says wrongly is left out."""

    kind: ItemKind | None = None
    state: str = ""
    q: str = ""
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An item in the list: where it stands, how many are free in all, whether a place runs low."""

    item: ItemShown
    state: str
    free: int
    low: bool


def state_of(item: OfferedItem, now: datetime) -> str:
    """Where an item stands: on offer, to come, or over."""
    ends = [end for end in (item.visible_until, item.active_until) if end is not None]
    if any(end <= now for end in ends):
        return "ended"
    begins = [begin for begin in (item.visible_from, item.active_from) if begin is not None]
    return "coming" if item.price_id is None or any(begin > now for begin in begins) else "on"


def _wanted(request: PageRequest) -> Wanted:
    asked = request.query_params
    kind, state = asked.get("kind", ""), asked.get("state", "")
    return Wanted(
        kind=ItemKind(kind) if kind in set(ItemKind) else None,
        state=state if state in STATES else "",
        q=asked.get("q", "").strip()[:64],
        skip=whole_number(asked.get("skip", "")) or 0,
    )


async def _lines(reader: Reader, principal: Principal, wanted: Wanted, now: datetime) -> list[Line]:
    """The items of the caller's streets, and those of the whole district."""
    items = await list_items(reader, principal, CatalogueFilter(kind=wanted.kind, q=wanted.q or None), now=now)
    within = reach(principal, Action.CATALOGUE_EDIT)
    low = {line.item_id for line in await count_sheet(reader, principal, low_only=True)}
    lines = [
        Line(
            item=item,
            state=state_of(item.offered, now),
            free=sum(stock.free for stock in item.stocks),
            low=item.offered.id in low,
        )
        for item in items
        if within.everything or not item.offered.street_ids or item.offered.street_ids & within.street_ids
    ]
    return [
        line for line in lines if not wanted.state or wanted.state == line.state or (wanted.state == "low" and line.low)
    ]


@get("/admin/catalogue", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False)
async def show_items(request: PageRequest) -> Template:
    """The items by code, narrowed by kind, state and a part of a name."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    wanted = _wanted(request)
    lines = await _lines(reader, principal, wanted, district.clock.now())
    return page(
        request,
        "staff/catalogue.html",
        frame=await staff_frame(reader, principal),
        lines=lines[wanted.skip : wanted.skip + _PAGE],
        total=len(lines),
        following=wanted.skip + _PAGE if len(lines) > wanted.skip + _PAGE else None,
        wanted=wanted,
        kinds=KINDS,
        states=STATES,
        street_names={street.id: street for street in await list_streets(reader)},
    )


@get("/admin/catalogue/export/{kind:str}", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False)
async def export_items(request: PageRequest, kind: FromPath[str]) -> Response[bytes]:
    """The items of the page that the caller may edit, as a sheet that the import takes back.

    Raises:
        NotFound: neither .xlsx nor .csv is asked for.

    """
    if kind not in {"xlsx", "csv"}:
        raise NotFound
    district = district_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    principal = principal_of(request)
    lines = await _lines(reader, principal, _wanted(request), now)
    own = [line.item for line in lines if may_edit(principal, line.item.offered.street_ids)]
    codes = {street.id: street.code for street in await list_streets(reader)}
    form: Format = "xlsx" if kind == "xlsx" else "csv"
    return item_sheet(own, codes, form, day=local_date(now), locale=locale_of(request))


async def _streets_of_caller(reader: Reader, principal: Principal) -> tuple[list[AreaEntry], bool]:
    """The streets that the caller may offer items in, and whether the whole district is among the choices."""
    within = reach(principal, Action.CATALOGUE_EDIT)
    streets = await list_streets(reader)
    return [street for street in streets if within.everything or street.id in within.street_ids], within.everything


def _words(**more: Any) -> dict[str, Any]:
    return {"kinds": KINDS, "periods": PERIODS, "measures": [(each, MEASURES[each]) for each in AT_LEAST], **more}


async def _new_page(request: PageRequest, form: ItemForm, nonce: str, errors: Errors, *, status: int = 200) -> Template:
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    streets, everywhere = await _streets_of_caller(reader, principal)
    return page(
        request,
        "staff/item_new.html",
        status=status,
        frame=await staff_frame(reader, principal),
        form=form,
        nonce=nonce,
        streets=streets,
        everywhere=everywhere,
        partners=[one for one in await list_partners(reader, principal) if one.status == "active"],
        labels=LABELS,
        errors=errors,
        **_words(),
    )


@get("/admin/catalogue/new", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False)
async def show_new(request: PageRequest) -> Template:
    """The empty form."""
    principal = principal_of(request)
    streets, everywhere = await _streets_of_caller(await district_of(request).database.reader(), principal)
    own = tuple(street.code for street in streets) if not everywhere and len(streets) == 1 else ()
    return await _new_page(request, ItemForm(values={"kind": "goods"}, streets=own), str(new_id()), {})


@post("/admin/catalogue", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False, status_code=200)
async def add(request: PageRequest) -> Template | Redirect:
    """Add an item with its first price, once however often the form is sent."""
    district = district_of(request)
    principal = principal_of(request)
    sent = await read_fields(request)
    form, nonce = form_of(sent), sent.text("nonce")[:36]
    if await came_before(await district.database.reader(), principal, "item", nonce):
        return see_other("/admin/catalogue")
    errors: Errors = {}
    fields = fields_of(form, errors)
    price = whole_number(form["price"])
    if price is None:
        errors["price"] = Text(N_("请填写价格，整数（分）。"))
    if form["kind"] not in set(ItemKind):
        errors["kind"] = Text(N_("请选择种类。"))
    if errors or price is None:
        return await _new_page(request, form, nonce, errors, status=400)
    wish = NewItem(
        code=form["code"],
        kind=ItemKind(form["kind"]),
        price=price,
        caller=principal,
        fields=fields,
        unlimited=True if form["unlimited"] else None,
    )
    outcome = await commit_form(district.add_items, wish, principal, "item", nonce)
    if isinstance(outcome, Refusal):
        return await _new_page(request, form, nonce, errors_of(outcome, NAMES), status=status_of(outcome))
    return see_other(f"/admin/catalogue/{outcome.item_id}?done=added" if outcome else "/admin/catalogue")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceForm:
    """What the form of a price holds."""

    nonce: str
    points: str = ""
    begins: str = ""


async def _item(request: PageRequest, item_id: UUID) -> ItemShown:
    district = district_of(request)
    found = await show_item(await district.database.reader(), principal_of(request), item_id, now=district.clock.now())
    if found is None:
        raise NotFound
    return found


async def _item_page(
    request: PageRequest,
    item: ItemShown,
    errors: Errors,
    *,
    form: ItemForm | None = None,
    price: PriceForm | None = None,
    theirs: list[Difference] | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    streets, everywhere = await _streets_of_caller(reader, principal)
    prices = await reader.rows(Price, "WHERE item_id = $1 ORDER BY effective_from DESC LIMIT 20", item.offered.id)
    sheet: list[StockLine] = await count_sheet(reader, principal, item_id=item.offered.id)
    done = request.query_params.get("done")
    return page(
        request,
        "staff/item.html",
        status=status,
        headers={"ETag": f'"{item.version}"'},
        frame=await staff_frame(reader, principal),
        item=item,
        state=state_of(item.offered, now),
        states=STATES,
        editable=may_edit(principal, item.offered.street_ids),
        form=form or form_of_item(item, streets),
        theirs=theirs,
        streets=streets,
        everywhere=everywhere,
        partners=[
            one for one in await list_partners(reader, principal) if one.status == "active" or one.code == item.partner
        ],
        prices=prices,
        price=price or PriceForm(nonce=str(new_id())),
        now=now,
        sheet=sheet,
        labels=LABELS,
        errors=errors,
        done=done if done in {"added", "saved", "price", "picture"} else None,
        **_words(),
    )


@get("/admin/catalogue/{item_id:uuid}", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False)
async def show_one(request: PageRequest, item_id: FromPath[UUID]) -> Template:
    """One item: its form, its prices, its picture, what lies where.

    Raises:
        NotFound: there is none.

    """
    return await _item_page(request, await _item(request, item_id), {})


@post(
    "/admin/catalogue/{item_id:uuid}", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False, status_code=200
)
async def save(request: PageRequest, item_id: FromPath[UUID]) -> Template | Redirect:
    """Save what was edited, by the version that the form showed.

    Where somebody else saved meanwhile, nothing is written: the page says what differs and keeps what was typed.

    Raises:
        NotFound: there is none.

    """
    item = await _item(request, item_id)
    sent = await read_fields(request)
    form = form_of(sent)
    streets, _ = await _streets_of_caller(await district_of(request).database.reader(), principal_of(request))
    was = form_of_item(item, streets)
    errors: Errors = {}
    fields = fields_of(form, errors, was)
    if errors:
        return await _item_page(request, item, errors, form=form, status=400)
    version = whole_number(sent.text("version"))
    try:
        await _edit(request, item_id, fields, version if version is not None else 0)
    except ItemChanged as refusal:
        found = differences(form, was, streets, MEASURES)
        errors = {"": refusal.text}
        return await _item_page(request, item, errors, form=form, theirs=found, status=status_of(refusal))
    except Refusal as refusal:
        return await _item_page(request, item, errors_of(refusal, NAMES), form=form, status=status_of(refusal))
    return see_other(f"/admin/catalogue/{item_id}?done=saved")


async def _edit(request: PageRequest, item_id: UUID, fields: ItemFields, version: int) -> ItemSaved:
    district = district_of(request)
    wish = EditItem(item_id=item_id, caller=principal_of(request), fields=fields, expected_version=version)

    async def use_case(tx: Tx) -> ItemSaved:
        return await edit_item(tx, wish, now=district.clock.now())

    return await district.database.run(use_case)


@post(
    "/admin/catalogue/{item_id:uuid}/price",
    opt={"action": Action.CATALOGUE_EDIT},
    include_in_schema=False,
    status_code=200,
)
async def set_price(request: PageRequest, item_id: FromPath[UUID]) -> Template | Redirect:
    """Set what a unit costs, from now or from a later moment on.

    Raises:
        NotFound: there is no such item.

    """
    district = district_of(request)
    principal = principal_of(request)
    now = district.clock.now()
    item = await _item(request, item_id)
    sent = await read_fields(request)
    price = PriceForm(nonce=sent.text("nonce")[:36], points=sent.text("points")[:12], begins=sent.text("begins")[:32])
    points, begins = whole_number(price.points), local_instant(price.begins)
    errors: Errors = {}
    if points is None:
        errors["points"] = Text(N_("请填写价格，整数（分）。"))
    if price.begins and begins is None:
        errors["begins"] = Text(N_("请填写时间，例如 2026-11-23 09:30。"))
    if errors or points is None:
        return await _item_page(request, item, errors, price=price, status=400)
    if begins is not None and timedelta(0) <= now - begins < _JUST_NOW:
        begins = None
    wish = NewPrice(item_id=item_id, points=points, effective_from=begins, caller=principal)
    outcome = await commit_form(district.set_prices, wish, principal, "price", price.nonce)
    if isinstance(outcome, Refusal):
        names = {"/price": "points", "/effective_from": "begins"}
        return await _item_page(request, item, errors_of(outcome, names), price=price, status=status_of(outcome))
    return see_other(f"/admin/catalogue/{item_id}?done=price#prices")


@post(
    "/admin/catalogue/{item_id:uuid}/picture",
    opt={"action": Action.CATALOGUE_EDIT},
    include_in_schema=False,
    status_code=200,
)
async def set_picture(request: PageRequest, item_id: FromPath[UUID]) -> Template | Redirect:
    """Give an item its picture: made small, without what the camera wrote into it (EXIF).

    Raises:
        NotFound: there is no such item.

    """
    district = district_of(request)
    item = await _item(request, item_id)
    files = (await read_fields(request)).files("picture")
    if not files:
        return await _item_page(request, item, {"picture": Text(N_("请选一张图片。"))}, status=400)
    try:
        if not may_edit(principal_of(request), item.offered.street_ids):
            raise NotAllowed
        prepared = await prepare_picture(await files[0].read(), files[0].content_type)
    except Refusal as refusal:
        return await _item_page(request, item, {"picture": refusal.text}, status=status_of(refusal))
    wish = EditItem(item_id=item_id, caller=principal_of(request), fields=ItemFields(picture_sha256=prepared.sha256))

    async def use_case(tx: Tx) -> ItemSaved:
        now = district.clock.now()
        await district.files.put(tx, prepared, now=now)
        return await edit_item(tx, wish, now=now)

    await district.database.run(use_case)
    return see_other(f"/admin/catalogue/{item_id}?done=picture")


route_handlers: list[Any] = [
    show_items, export_items, show_new, add, show_one, save, set_price, set_picture,
]  # fmt: skip
