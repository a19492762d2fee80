"""The catalogue: items with their prices and pictures, and what it takes to have them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, get, patch, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Instant, JinpaiRequest, Word
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.catalogue_answers import ItemAnswer, ItemSavedShown, PriceShown, item_shown
from api.v1.parameters import etag, expected_version
from api.v1.pictures import prepared, sent_file
from api.v1.stewards import steward_within_reach
from kernel.database import Tx
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.catalogue import CatalogueFilter, ItemShown, list_items, show_item
from rewards.item_fields import ItemFields
from rewards.items import EditItem, ItemSaved, NewItem, NewPrice, PriceSet, edit_item
from rewards.models import Price
from rewards.wording import ItemKind
from stewards.permissions import Action

_TAGS = ["catalogue"]

Quantity = Annotated[int, Field(ge=0, le=1_000_000)]
Points = Annotated[int, Field(ge=1, le=1_000_000)]
Gates = Annotated[dict[str, Annotated[int, Field(ge=1, le=10_000_000)]], Field(max_length=10)]
Kind = Literal["service", "goods", "kit", "donation"]
LimitPeriod = Literal["day", "month", "quarter", "year", "ever"]


class AddItem(Body):
    """An item with its first price in points. Without streets it is offered in the whole district."""

    code: Annotated[str, Field(min_length=1, max_length=32)]
    kind: Kind
    name: Word
    price: Points
    price_from: Instant | None = None
    unlimited: bool | None = None
    name_en: Word | None = None
    description: Annotated[str, Field(max_length=2_000)] = ""
    description_en: Annotated[str, Field(max_length=2_000)] = ""
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=16)]], Field(max_length=10)] = []
    provider: Word | None = None
    partner: Annotated[str | None, Field(min_length=1, max_length=32, description="Code of the partner")] = None
    streets: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=100)] = []
    visible_from: Instant | None = None
    visible_until: Instant | None = None
    active_from: Instant | None = None
    active_until: Instant | None = None
    gates: Gates = {}
    limit_count: Annotated[int | None, Field(ge=1, le=999)] = None
    limit_period: LimitPeriod | None = None
    desk_quota: Quantity = 0
    low_stock: Quantity = 0
    collect_days: Annotated[int | None, Field(ge=1, le=365)] = None


class EditItemBody(Body):
    """What to change; fields that are left out stay as they are."""

    # Only fields that are sent are read. The defaults stand for 'left out': null is refused where it says nothing.
    name: str = Field(default="", min_length=1, max_length=64)
    name_en: Word | None = None
    description: str = Field(default="", max_length=2_000)
    description_en: str = Field(default="", max_length=2_000)
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=16)]], Field(max_length=10)] = []
    provider: Word | None = None
    partner: Annotated[str | None, Field(min_length=1, max_length=32, description="Code of the partner")] = None
    streets: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=100)] = []
    visible_from: Instant | None = None
    visible_until: Instant | None = None
    active_from: Instant | None = None
    active_until: Instant | None = None
    gates: Gates = {}
    limit_count: Annotated[int | None, Field(ge=1, le=999)] = None
    limit_period: LimitPeriod | None = None
    desk_quota: Quantity = 0
    low_stock: Quantity = 0
    collect_days: Annotated[int | None, Field(ge=1, le=365)] = None


class SetPrice(Body):
    """What a unit costs, from now or from a later moment on."""

    points: Points
    effective_from: Instant | None = None


_NOT_FIELDS = frozenset({"code", "kind", "price", "price_from", "unlimited"})


def _fields(body: Body) -> ItemFields:
    return ItemFields(**{name: getattr(body, name) for name in body.model_fields_set if name not in _NOT_FIELDS})


async def item_within_reach(request: JinpaiRequest, item_id: UUID) -> ItemShown:
    """An item that the caller may see.

    Raises:
        NotFound: there is none, or none that is shown to the caller; the two answer alike.

    """
    district = district_of(request)
    reader = await district.database.reader()
    found = await show_item(reader, principal_of(request), item_id, now=district.clock.now())
    if found is None:
        raise NotFound
    return found


@get("/catalogue/items", opt={"action": Action.CATALOGUE_READ}, tags=_TAGS, operation_id="listItems")
async def list_all(
    request: JinpaiRequest,
    *,
    kind: FromQuery[Kind | None] = None,
    tag: Annotated[str | None, QueryParameter(max_length=16)] = None,
    q: Annotated[str | None, QueryParameter(max_length=64, description="A part of a name, code or tag")] = None,
    affordable: Annotated[bool, QueryParameter(description="Only what can be had now")] = False,
    steward: Annotated[UUID | None, QueryParameter(description="Staff: as this steward sees it")] = None,
) -> Page[ItemAnswer]:
    """The items that the caller may see, what can be had now first, each with what is missing."""
    district = district_of(request)
    if steward is not None:
        await steward_within_reach(request, steward, Action.ORDERS_PLACE)
    wanted = CatalogueFilter(
        kind=ItemKind(kind) if kind else None, tag=tag, q=q, affordable=affordable, for_steward=steward
    )
    found = await list_items(await district.database.reader(), principal_of(request), wanted, now=district.clock.now())
    locale = locale_of(request)
    return Page(data=[item_shown(item, locale) for item in found], has_more=False)


@get("/catalogue/items/{item_id:uuid}", opt={"action": Action.CATALOGUE_READ}, tags=_TAGS, operation_id="showItem")
async def show(request: JinpaiRequest, item_id: FromPath[UUID]) -> Response[ItemAnswer]:
    """An item. Its ETag is what If-Match takes."""
    found = await item_within_reach(request, item_id)
    return Response(item_shown(found, locale_of(request)), headers={"ETag": etag(found.version)})


def _encode_saved(outcome: ItemSaved, locale: Locale) -> Answer:
    shown = ItemSavedShown(
        id=outcome.item_id, code=outcome.code, version=outcome.version, changed=list(outcome.changed)
    )
    return answer(shown, 200 if outcome.changed or outcome.version > 1 else 201)


_ADDED = {
    200: ResponseSpec(ItemSavedShown, description="The same item was added before"),
    201: ResponseSpec(ItemSavedShown, description="Added"),
}


@post("/catalogue/items", opt={"action": Action.CATALOGUE_EDIT}, tags=_TAGS, operation_id="addItem", responses=_ADDED)
async def add(request: JinpaiRequest, data: JSONBody[AddItem]) -> Response[Any]:
    """Add an item with its first price."""
    wish = NewItem(
        code=data.code,
        kind=ItemKind(data.kind),
        price=data.price,
        price_from=data.price_from,
        unlimited=data.unlimited,
        caller=principal_of(request),
        fields=_fields(data),
    )
    return await submit_one(request, district_of(request).add_items, wish, _encode_saved)


@patch("/catalogue/items/{item_id:uuid}", opt={"action": Action.CATALOGUE_EDIT}, tags=_TAGS, operation_id="editItem")
async def edit(
    request: JinpaiRequest, item_id: FromPath[UUID], data: JSONBody[EditItemBody]
) -> Response[ItemSavedShown]:
    """Edit an item, by the version that was read (If-Match). Kind, code and prices are not changed here."""
    version = expected_version(request, required=True)
    wish = EditItem(item_id=item_id, caller=principal_of(request), fields=_fields(data), expected_version=version)
    return await _edited(request, wish)


async def _edited(request: JinpaiRequest, wish: EditItem) -> Response[ItemSavedShown]:
    district = district_of(request)

    async def use_case(tx: Tx) -> ItemSaved:
        return await edit_item(tx, wish, now=district.clock.now())

    saved = await district.database.run(use_case)
    shown = ItemSavedShown(id=saved.item_id, code=saved.code, version=saved.version, changed=list(saved.changed))
    return Response(shown, headers={"ETag": etag(saved.version)})


@get(
    "/catalogue/items/{item_id:uuid}/prices",
    opt={"action": Action.CATALOGUE_READ},
    tags=_TAGS,
    operation_id="listPrices",
)
async def list_prices(request: JinpaiRequest, item_id: FromPath[UUID]) -> Page[PriceShown]:
    """Every price of an item, the latest first: those to come, the present one, those that were."""
    await item_within_reach(request, item_id)
    reader = await district_of(request).database.reader()
    rows = await reader.rows(Price, "WHERE item_id = $1 ORDER BY effective_from DESC", item_id)
    prices = [PriceShown(id=row["id"], points=row["points"], effective_from=row["effective_from"]) for row in rows]
    return Page(data=prices, has_more=False)


_PRICED = {
    200: ResponseSpec(PriceShown, description="This price was set before"),
    201: ResponseSpec(PriceShown, description="Set"),
}


@post(
    "/catalogue/items/{item_id:uuid}/prices",
    opt={"action": Action.CATALOGUE_EDIT},
    tags=_TAGS,
    operation_id="setPrice",
    responses=_PRICED,
)
async def set_price(request: JinpaiRequest, item_id: FromPath[UUID], data: JSONBody[SetPrice]) -> Response[Any]:
    """Set what a unit costs from a moment on. Orders keep the price that they saw."""

    def encode(outcome: PriceSet, locale: Locale) -> Answer:
        shown = PriceShown(id=outcome.price_id, points=outcome.points, effective_from=outcome.effective_from)
        return answer(shown, 200 if outcome.repeated else 201)

    wish = NewPrice(
        item_id=item_id, points=data.points, effective_from=data.effective_from, caller=principal_of(request)
    )
    return await submit_one(request, district_of(request).set_prices, wish, encode)


@post(
    "/catalogue/items/{item_id:uuid}/picture",
    opt={"action": Action.CATALOGUE_EDIT},
    tags=_TAGS,
    operation_id="setPicture",
    status_code=200,
    responses={200: ResponseSpec(ItemSavedShown, description="Shown from now on")},
)
async def set_picture(request: JinpaiRequest, item_id: FromPath[UUID]) -> Response[ItemSavedShown]:
    """Give an item its picture: a JPEG, PNG or WebP as the multipart field `file`, made small, stripped of EXIF."""
    file = await sent_file(request)
    await item_within_reach(request, item_id)  # unknown ones cost no decoding
    picture = await prepared(file)
    district = district_of(request)
    wish = EditItem(item_id=item_id, caller=principal_of(request), fields=ItemFields(picture_sha256=picture.sha256))

    async def use_case(tx: Tx) -> ItemSaved:
        now = district.clock.now()
        await district.files.put(tx, picture, now=now)
        return await edit_item(tx, wish, now=now)

    saved = await district.database.run(use_case)
    shown = ItemSavedShown(id=saved.item_id, code=saved.code, version=saved.version, changed=list(saved.changed))
    return Response(shown, headers={"ETag": etag(saved.version)})


@get(
    "/catalogue/items/{item_id:uuid}/picture",
    opt={"action": Action.CATALOGUE_READ},
    tags=_TAGS,
    operation_id="showPicture",
)
async def show_picture(request: JinpaiRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """The picture of an item."""
    found = await item_within_reach(request, item_id)
    if found.picture_sha256 is None:
        raise NotFound
    with district_of(request).files.open(found.picture_sha256) as stored:
        return Response(
            stored.read(),
            media_type="image/jpeg",
            headers={"Cache-Control": "private, max-age=3600"},
        )


route_handlers: list[Any] = [list_all, show, add, edit, list_prices, set_price, set_picture, show_picture]
