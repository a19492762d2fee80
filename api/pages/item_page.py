"""One item for staff: edited by the version that was read, priced from a moment on, given its picture."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.catalogue import STATES, form_words, state_of, streets_of_caller
from api.pages.counter import whole_number
from api.pages.forms import Errors, errors_of, local_instant, read_fields
from api.pages.frame import staff_frame
from api.pages.item_forms import (
    FIELDS,
    LABELS,
    NAMES,
    Difference,
    ItemForm,
    differences,
    fields_of,
    form_of,
    form_of_item,
)
from api.pages.keyed import commit_form
from api.pages.rendering import PageRequest, page, see_other
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.files import prepare_picture
from kernel.ids import new_id
from kernel.messages import N_, Text
from rewards.catalogue import ItemShown, show_item
from rewards.gating import MEASURES
from rewards.item_fields import ItemFields
from rewards.items import EditItem, ItemSaved, NewPrice, edit_item, may_edit
from rewards.models import Price
from rewards.refusals import ItemChanged
from rewards.stock_reading import StockLine, count_sheet
from stewards.partners import list_partners
from stewards.permissions import Action, NotAllowed

_JUST_NOW = timedelta(minutes=5)  # a field shows minutes: what begins in this one begins now


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
    streets, everywhere = await streets_of_caller(reader, principal)
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
        **form_words(),
    )


@get("/admin/catalogue/{item_id:uuid}", opt={"action": Action.CATALOGUE_EDIT}, include_in_schema=False)
async def show_one(request: PageRequest, item_id: FromPath[UUID]) -> Template:
    """One item: its form, its prices, its picture, what lies where.

    Raises:
        NotFound: there is none.

    """
    return await _item_page(request, await _item(request, item_id), {})


@post(
    "/admin/catalogue/{item_id:uuid}",
    opt={"action": Action.CATALOGUE_EDIT, FORM: (*FIELDS, "version")},
    include_in_schema=False,
    status_code=200,
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
    streets, _ = await streets_of_caller(await district_of(request).database.reader(), principal_of(request))
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
    opt={"action": Action.CATALOGUE_EDIT, FORM: ("nonce", "points", "begins")},
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
    opt={"action": Action.CATALOGUE_EDIT, FORM: ("picture",)},
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


route_handlers: list[Any] = [show_one, save, set_price, set_picture]
