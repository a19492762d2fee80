"""The catalogue for staff (兑换目录): items by kind and state, taken out as a sheet, added with their first price."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.counter import whole_number
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.item_forms import FIELDS, LABELS, NAMES, ONCE, ItemForm, fields_of, form_of
from api.pages.item_sheet import item_sheet
from api.pages.keyed import came_before, commit_form
from api.pages.rendering import PageRequest, page, see_other
from api.tables import Format
from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from rewards.catalogue import CatalogueFilter, ItemShown, list_items
from rewards.gating import AT_LEAST, MEASURES
from rewards.items import NewItem, may_edit
from rewards.shelf_state import OfferedItem
from rewards.stock_reading import count_sheet
from rewards.wording import KINDS, PERIODS, ItemKind
from stewards.lanes import AreaEntry, list_streets
from stewards.partners import list_partners
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_PAGE = 50
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


async def streets_of_caller(reader: Reader, principal: Principal) -> tuple[list[AreaEntry], bool]:
    """The streets that the caller may offer items in, and whether the whole district is among the choices."""
    within = reach(principal, Action.CATALOGUE_EDIT)
    streets = await list_streets(reader)
    return [street for street in streets if within.everything or street.id in within.street_ids], within.everything


def form_words() -> dict[str, Any]:
    """What the fields of an item choose from."""
    return {"kinds": KINDS, "periods": PERIODS, "measures": [(each, MEASURES[each]) for each in AT_LEAST]}


async def _new_page(request: PageRequest, form: ItemForm, nonce: str, errors: Errors, *, status: int = 200) -> Template:
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    streets, everywhere = await streets_of_caller(reader, principal)
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
        **form_words(),
    )


@get("/admin/catalogue/new", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False)
async def show_new(request: PageRequest) -> Template:
    """The empty form."""
    principal = principal_of(request)
    streets, everywhere = await streets_of_caller(await district_of(request).database.reader(), principal)
    own = tuple(street.code for street in streets) if not everywhere and len(streets) == 1 else ()
    return await _new_page(request, ItemForm(values={"kind": "goods"}, streets=own), str(new_id()), {})


@post(
    "/admin/catalogue",
    opt={"action": Action.CATALOGUE_EDIT, FORM: (*FIELDS, *ONCE, "nonce")},
    include_in_schema=False,
    status_code=200,
)
async def add(request: PageRequest) -> Template | Redirect:
    """Add an item with its first price, once however often the form is sent."""
    district = district_of(request)
    principal = principal_of(request)
    sent = await read_fields(request)
    form, nonce = form_of(sent, new=True), sent.text("nonce")[:36]
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


route_handlers: list[Any] = [show_items, export_items, show_new, add]
