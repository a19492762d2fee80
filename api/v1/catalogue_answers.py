"""What is shown of items, prices, stock and pick-up places."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from kernel.messages import Locale
from rewards.catalogue import Affordable, ItemShown, StockAt
from rewards.gating import missing_shown, missing_text
from rewards.pick_up_places import PickUpPlaceEntry
from rewards.stock_reading import MoveShown, StockLine
from rewards.stocking import StockNow


class MissingShown(msgspec.Struct, kw_only=True):
    """Something that a steward needs before an item can be had: how much, how much there is, how much is missing."""

    code: str
    measure: str | None
    needed: int
    have: int
    more: int
    at_most: bool
    per: str | None
    detail: str


class AffordableShown(msgspec.Struct, kw_only=True):
    """Whether one unit can be had now, and what stands between where it cannot."""

    now: bool
    active: bool
    points_short: int
    missing: list[MissingShown]
    limit: int | None
    limit_period: str | None
    had: int
    left: int
    suspended_until: date | None


class ItemStockShown(msgspec.Struct, kw_only=True):
    """How many can be ordered at a place."""

    place_id: UUID
    place_code: str
    place: str
    place_en: str
    hours: str
    hours_en: str
    free: int


class ItemAnswer(msgspec.Struct, kw_only=True):
    """An item of the catalogue. `affordable` is what it takes for the caller, or for the steward that staff named."""

    id: UUID
    code: str
    kind: str
    name: str
    name_en: str
    description: str
    description_en: str
    picture: str | None
    tags: list[str]
    provider: str | None
    partner: str | None
    price: int | None
    streets: list[UUID]
    visible_from: datetime | None
    visible_until: datetime | None
    active_from: datetime | None
    active_until: datetime | None
    gates: dict[str, int]
    limit_count: int | None
    limit_period: str | None
    desk_quota: int
    low_stock: int
    unlimited: bool
    collect_days: int
    version: int
    stock: list[ItemStockShown]
    affordable: AffordableShown | None


class ItemSavedShown(msgspec.Struct, kw_only=True):
    """An item that was added or edited."""

    id: UUID
    code: str
    version: int
    changed: list[str]


class PriceShown(msgspec.Struct, kw_only=True):
    """What a unit costs from a moment on."""

    id: UUID
    points: int
    effective_from: datetime


class PickUpPlaceAnswer(msgspec.Struct, kw_only=True):
    """Where orders are picked up."""

    id: UUID
    code: str
    name: str
    name_en: str
    street_id: UUID
    community_id: UUID | None
    address: str
    hours: str
    hours_en: str
    phone: str | None
    closed_at: datetime | None


class StockLineShown(msgspec.Struct, kw_only=True):
    """An item's stock at a place: free, set aside for orders, kept for draws and who waits, and what a count finds."""

    stock_id: UUID
    item_id: UUID
    item_code: str
    item: str
    item_en: str
    place_id: UUID
    place_code: str
    place: str
    place_en: str
    available: int
    reserved: int
    kept: int
    on_shelf: int
    low_stock: int
    low: bool
    version: int


class MoveAnswer(msgspec.Struct, kw_only=True):
    """One change of a stock."""

    id: UUID
    version: int
    place_code: str
    kind: str
    quantity: int
    available_change: int
    reserved_change: int
    available: int
    reserved: int
    reason: str | None
    order_number: str | None
    actor_kind: str
    recorded_at: datetime


class StockMoved(msgspec.Struct, kw_only=True):
    """A stock after a move; `low` where it has as few left as the item warns of."""

    stock_id: UUID
    item_id: UUID
    place_id: UUID
    kind: str
    quantity: int
    available: int
    reserved: int
    version: int
    low: bool


class CountRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What became of one line of a count sheet."""

    index: int
    status: int
    stock: StockMoved | None = None
    problem: dict[str, Any] | None = None


class CountAnswer(msgspec.Struct, kw_only=True):
    """An outcome for each line, in order."""

    data: list[CountRow]
    accepted: int
    refused: int


def item_shown(item: ItemShown, locale: Locale) -> ItemAnswer:
    """An item as it is read."""
    offered = item.offered
    return ItemAnswer(
        id=offered.id,
        code=offered.code,
        kind=offered.kind.value,
        name=offered.name,
        name_en=item.name_en,
        description=item.description,
        description_en=item.description_en,
        picture=f"/api/v1/catalogue/items/{offered.id}/picture" if item.picture_sha256 else None,
        tags=list(item.tags),
        provider=item.provider,
        partner=item.partner,
        price=offered.points_each if offered.price_id else None,
        streets=sorted(offered.street_ids),
        visible_from=offered.visible_from,
        visible_until=offered.visible_until,
        active_from=offered.active_from,
        active_until=offered.active_until,
        gates=dict(item.gates),
        limit_count=item.limit_count,
        limit_period=item.limit_period,
        desk_quota=offered.desk_quota,
        low_stock=item.low_stock,
        unlimited=offered.unlimited,
        collect_days=item.collect_days,
        version=item.version,
        stock=[_stock_at(stock) for stock in item.stocks],
        affordable=_affordable(item.affordable, locale) if item.affordable else None,
    )


def _stock_at(stock: StockAt) -> ItemStockShown:
    return ItemStockShown(
        place_id=stock.place_id,
        place_code=stock.place_code,
        place=stock.place,
        place_en=stock.place_en,
        hours=stock.hours,
        hours_en=stock.hours_en,
        free=stock.free,
    )


def _affordable(found: Affordable, locale: Locale) -> AffordableShown:
    return AffordableShown(
        now=found.now,
        active=found.active,
        points_short=found.points_short,
        missing=[
            MissingShown(**{**missing_shown(shut), "detail": missing_text(shut).render(locale)})
            for shut in found.missing
        ],
        limit=found.limit,
        limit_period=found.limit_period,
        had=found.had,
        left=found.left,
        suspended_until=found.suspended_until,
    )


def place_shown(place: PickUpPlaceEntry) -> PickUpPlaceAnswer:
    """A pick-up place."""
    return PickUpPlaceAnswer(
        id=place.id,
        code=place.code,
        name=place.name,
        name_en=place.name_en,
        street_id=place.street_id,
        community_id=place.community_id,
        address=place.address,
        hours=place.hours,
        hours_en=place.hours_en,
        phone=place.phone,
        closed_at=place.closed_at,
    )


def stock_lines(lines: Sequence[StockLine]) -> list[StockLineShown]:
    """Lines of a count sheet."""
    return [
        StockLineShown(
            stock_id=line.stock_id,
            item_id=line.item_id,
            item_code=line.code,
            item=line.name,
            item_en=line.name_en,
            place_id=line.place_id,
            place_code=line.place_code,
            place=line.place,
            place_en=line.place_en,
            available=line.available,
            reserved=line.reserved,
            kept=line.kept,
            on_shelf=line.on_shelf,
            low_stock=line.low_stock,
            low=line.low,
            version=line.version,
        )
        for line in lines
    ]


def move_shown(move: MoveShown) -> MoveAnswer:
    """A move of stock."""
    return MoveAnswer(**{name: getattr(move, name) for name in MoveAnswer.__struct_fields__})


def moved_shown(outcome: StockNow) -> StockMoved:
    """A stock after a move."""
    return StockMoved(**{name: getattr(outcome, name) for name in StockMoved.__struct_fields__})
