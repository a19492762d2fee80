"""Reading the catalogue (兑换目录): what a steward sees, what can be afforded, what is missing, what is left where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.clock import local_date
from kernel.database import Reader, Row
from kernel.text import storable
from points.gates import Missing
from rewards.deciding import Terms, limit_of
from rewards.shelf_loading import ITEM_COLUMNS, PRICED, load_buyers, offered_item, streets_of, terms_on
from rewards.shelf_state import Buyer, OfferedItem
from rewards.wording import ItemKind
from stewards.principal import Principal

_SHOWN_TYPES: dict[str, type] = {
    "id": UUID,
    "price_id": UUID,
    "partner_id": UUID,
    "visible_from": datetime,
    "visible_until": datetime,
    "active_from": datetime,
    "active_until": datetime,
    "unlimited": bool,
}
_SHOWN = (
    f"SELECT {ITEM_COLUMNS}, item.name_en, item.description, item.description_en, item.picture_id, item.tags, "
    "item.provider, item.partner_id, item.low_stock, item.version, partner.code AS partner, "
    f"partner.name AS partner_name, partner.name_en AS partner_name_en "
    f"FROM {PRICED} LEFT JOIN stewards_partner partner ON partner.id = item.partner_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAt:
    """How much of an item can be ordered at a place; `free` leaves out what is kept for the desk and others."""

    stock_id: UUID
    place_id: UUID
    place_code: str
    place: str
    place_en: str
    hours: str
    hours_en: str
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Affordable:
    """What stands between a steward and an item: nothing, or points, gates, a limit, stock, a window."""

    points_short: int
    missing: tuple[Missing, ...]
    limit: int | None
    limit_period: str | None
    had: int
    left: int  # units free at all places; the most that there is where none is counted
    active: bool
    suspended_until: date | None = None  # for not having come to appointments

    @property
    def now(self) -> bool:
        """Whether one unit can be ordered now."""
        within = self.limit is None or self.had < self.limit
        return (
            self.active
            and self.suspended_until is None
            and not self.points_short
            and not self.missing
            and within
            and self.left > 0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemShown:
    """An item as it is read. `affordable` is None for readers who redeem nothing."""

    offered: OfferedItem
    name_en: str
    description: str
    description_en: str
    picture_sha256: str | None
    tags: tuple[str, ...]
    provider: str | None
    provider_en: str | None
    provider_written: str | None  # as the item itself says it; the partner's name stands in where it says nothing
    partner: str | None
    partner_id: UUID | None
    low_stock: int
    limit_count: int | None
    limit_period: str | None
    gates: Mapping[str, int]
    collect_days: int
    version: int
    stocks: tuple[StockAt, ...]
    affordable: Affordable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFilter:
    """Which items are listed. Empty means all; `q` is a part of a name, code or tag."""

    kind: ItemKind | None = None
    tag: str | None = None
    q: str | None = None
    affordable: bool = False
    for_steward: UUID | None = None


async def list_items(
    reader: Reader, principal: Principal, wanted: CatalogueFilter, *, now: datetime
) -> list[ItemShown]:
    """The items that the caller may see: for a steward what can be had now first, then by how many points are short.

    Stewards see what is visible in their street; everybody else all of them, by code. `for_steward` shows staff what
    that steward would see; the caller has checked that he may be served.
    """
    conditions, args = _matching(wanted, 1)
    rows = await reader.fetch(f"{_SHOWN} {conditions} ORDER BY item.code", now, *args, types=_SHOWN_TYPES)
    shown = await _shown(reader, rows, wanted.for_steward or principal.steward_id, now)
    if wanted.affordable:
        shown = [item for item in shown if item.affordable and item.affordable.now]
    return shown


async def show_item(
    reader: Reader, principal: Principal, item_id: UUID, *, now: datetime, for_steward: UUID | None = None
) -> ItemShown | None:
    """One item; None where there is none that the caller may see."""
    rows = await reader.fetch(f"{_SHOWN} WHERE item.id = $2", now, item_id, types=_SHOWN_TYPES)
    shown = await _shown(reader, rows, for_steward or principal.steward_id, now)
    return shown[0] if shown else None


def _matching(wanted: CatalogueFilter, before: int) -> tuple[str, list[Any]]:
    parts: list[str] = []
    args: list[Any] = []
    if wanted.kind is not None:
        args.append(wanted.kind.value)
        parts.append(f"item.kind = ${before + len(args)}")
    for text, like in ((wanted.tag, '%"{}"%'), (wanted.q and wanted.q.strip(), "%{}%")):
        if not text:
            continue
        if not storable(text):
            parts.append("1 = 0")
            continue
        literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        args.append(like.format(literal.lower()))
        at = before + len(args)
        fields = ("item.tags",) if text is wanted.tag else ("item.name", "item.name_en", "item.code", "item.tags")
        parts.append("(" + " OR ".join(f"LOWER({field}) LIKE ${at} ESCAPE '\\'" for field in fields) + ")")
    return ("WHERE " + " AND ".join(parts) if parts else ""), args


async def _shown(reader: Reader, rows: Sequence[Row], steward_id: UUID | None, now: datetime) -> list[ItemShown]:
    if not rows:
        return []
    streets = await streets_of(reader, [row["id"] for row in rows])
    offered = {row["id"]: offered_item(row, streets.get(row["id"], frozenset())) for row in rows}
    terms = await terms_on(reader, local_date(now))
    buyer: Buyer | None = None
    if steward_id is not None:
        buyers = await load_buyers(reader, [steward_id], list(offered.values()), terms, now=now)
        buyer = buyers.get(steward_id)
        if buyer is None:
            return []
        rows = [row for row in rows if offered[row["id"]].visible(now, buyer.street_id)]
    stocks = await stocks_at(reader, {row["id"]: offered[row["id"]] for row in rows})
    shown = [
        _item(row, offered[row["id"]], stocks.get(row["id"], ()), buyer=buyer, terms=terms, now=now) for row in rows
    ]
    if buyer is not None:
        shown.sort(key=_rank)
    return shown


def _rank(item: ItemShown) -> tuple[bool, int, int, str]:
    found = item.affordable
    assert found is not None  # noqa: S101 - ranked only for a buyer
    return (not found.now, found.points_short, item.offered.points_each, item.offered.code)


def _item(
    row: Row, offered: OfferedItem, stocks: Sequence[StockAt], *, buyer: Buyer | None, terms: Terms, now: datetime
) -> ItemShown:
    limit = limit_of(offered, terms)
    return ItemShown(
        offered=offered,
        name_en=row["name_en"],
        description=row["description"],
        description_en=row["description_en"],
        picture_sha256=row["picture_id"],
        tags=tuple(orjson.loads(row["tags"])),
        provider=row["provider"] or row["partner_name"],
        provider_en=row["provider"] or row["partner_name_en"],
        provider_written=row["provider"],
        partner=row["partner"],
        partner_id=row["partner_id"],
        low_stock=row["low_stock"],
        limit_count=limit[0] if limit else None,
        limit_period=limit[1] if limit else None,
        gates=orjson.loads(row["gates"]),
        collect_days=offered.collect_days or terms.unclaimed_days,
        version=row["version"],
        stocks=tuple(stocks),
        affordable=_affordable(offered, stocks, buyer, terms, now) if buyer else None,
    )


def _affordable(item: OfferedItem, stocks: Sequence[StockAt], buyer: Buyer, terms: Terms, now: datetime) -> Affordable:
    limit = limit_of(item, terms)
    return Affordable(
        points_short=max(0, item.points_each - buyer.usable(item.kind)),
        missing=tuple(buyer.shut(item, terms.gates)),
        limit=limit[0] if limit else None,
        limit_period=limit[1] if limit else None,
        had=buyer.had.get(item.id, 0),
        left=limit[0] if item.unlimited and limit else 1 if item.unlimited else sum(stock.free for stock in stocks),
        active=item.active(now) and buyer.serving(local_date(now)),
        suspended_until=buyer.suspended.until if buyer.suspended else None,
    )


async def stocks_at(reader: Reader, items: Mapping[UUID, OfferedItem]) -> dict[UUID, list[StockAt]]:
    """Where items can be picked up, and how many can be ordered there, by item; only places that are open."""
    found: dict[UUID, list[StockAt]] = {}
    for row in await reader.fetch(
        "SELECT stock.id, stock.item_id, stock.place_id, stock.available, stock.kept, place.code, place.name, "
        "place.name_en, place.hours, place.hours_en FROM rewards_stock stock "
        "JOIN rewards_pick_up_place place ON place.id = stock.place_id "
        f"WHERE {reader.one_of('stock.item_id', 1)} AND place.closed_at IS NULL ORDER BY place.code",
        sorted(items),
        types={"id": UUID, "item_id": UUID, "place_id": UUID},
    ):
        quota = items[row["item_id"]].desk_quota
        found.setdefault(row["item_id"], []).append(
            StockAt(
                stock_id=row["id"],
                place_id=row["place_id"],
                place_code=row["code"],
                place=row["name"],
                place_en=row["name_en"],
                hours=row["hours"],
                hours_en=row["hours_en"],
                free=max(0, row["available"] - row["kept"] - quota),
            )
        )
    return found
