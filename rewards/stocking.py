"""Moving stock by hand (入库、损耗、盘点): deliveries, losses and counts, never below zero, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Row, Tx
from kernel.errors import Refusal
from rewards.models import Item, PickUpPlace, Stock
from rewards.refusals import (
    CountBelowReserved,
    NoStockKept,
    QuantityOutOfRange,
    ReasonUnknown,
    StockShort,
    UnknownItem,
    UnknownPickUpPlace,
)
from rewards.shelf_loading import shelf_stock
from rewards.shelf_state import ShelfStock, stock_id_of
from rewards.stock_rows import StockBook
from rewards.wording import MOVE_REASONS, MoveKind
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

MOST_MOVED = 1_000_000  # of one item at one place: beyond is a slip of the finger
_BY_HAND = frozenset({MoveKind.RECEIVED, MoveKind.LOST, MoveKind.COUNTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveWish:
    """Units of an item that came to a place, were lost there, or were found there by a count (those set aside too)."""

    item_id: UUID
    place_id: UUID
    kind: MoveKind
    quantity: int
    reason: str
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class StockNow:
    """A stock after a move. `low` where it fell to what the item warns of."""

    stock_id: UUID
    item_id: UUID
    place_id: UUID
    kind: MoveKind
    quantity: int
    available: int
    reserved: int
    version: int
    low: bool


async def move_stock(tx: Tx, wishes: Sequence[MoveWish], *, now: datetime) -> list[StockNow | Refusal]:
    """Move stock in order, audited. The first move of an item at a place opens its stock there; a refused one does not.

    Refusals: UnknownItem, UnknownPickUpPlace (also where the caller may not move stock), NoStockKept,
    QuantityOutOfRange, ReasonUnknown, StockShort, CountBelowReserved.
    """
    items = {row["id"]: row for row in await tx.rows(Item, f"WHERE {tx.one_of('id', 1)}", _ids(wishes, "item_id"))}
    places = {
        row["id"]: row for row in await tx.rows(PickUpPlace, f"WHERE {tx.one_of('id', 1)}", _ids(wishes, "place_id"))
    }
    known = [wish for wish in wishes if wish.item_id in items and wish.place_id in places and _may_move(wish, places)]
    fit = [wish for wish in known if not items[wish.item_id]["unlimited"] and _unfit(wish, _empty(wish)) is None]
    stocks = await _lock_stocks(
        tx,
        {(wish.item_id, wish.place_id) for wish in known},
        opened={stock_id_of(wish.item_id, wish.place_id) for wish in fit},
    )
    book = StockBook(now)
    outcomes: list[StockNow | Refusal] = []
    entries: list[AuditEntry] = []
    for wish in wishes:
        item, place = items.get(wish.item_id), places.get(wish.place_id)
        if place is None or not _may_move(wish, places):
            outcomes.append(UnknownPickUpPlace(pointer="/place"))
            continue
        if item is None:
            outcomes.append(UnknownItem(pointer="/item"))
            continue
        stock = stocks.get(stock_id_of(wish.item_id, wish.place_id)) or _empty(wish)
        refusal = NoStockKept() if item["unlimited"] else _unfit(wish, stock)
        if refusal:
            outcomes.append(refusal)
            continue
        book.move(stock, wish.kind, wish.quantity, actor=wish.caller.actor, reason=wish.reason)
        entries.append(
            AuditEntry(
                actor=wish.caller.actor,
                action=f"stock.{wish.kind}",
                subject_kind="stock",
                subject_id=stock.id,
                street_id=place["street_id"],
                detail={"item": item["code"], "place": place["code"], "quantity": wish.quantity, "why": wish.reason},
            )
        )
        outcomes.append(
            StockNow(
                stock_id=stock.id,
                item_id=wish.item_id,
                place_id=wish.place_id,
                kind=wish.kind,
                quantity=wish.quantity,
                available=stock.available,
                reserved=stock.reserved,
                version=stock.version,
                low=0 < item["low_stock"] >= stock.available,
            )
        )
    await tx.write(book.rows())
    await record(tx, entries, now=now)
    return outcomes


def _ids(wishes: Sequence[MoveWish], name: str) -> list[UUID]:
    return sorted({getattr(wish, name) for wish in wishes})


def _may_move(wish: MoveWish, places: Mapping[UUID, Row]) -> bool:
    row = places[wish.place_id]
    place = Place(street_id=row["street_id"], community_id=row["community_id"])
    return may(wish.caller, Action.STOCK_MOVE, place)


def _empty(wish: MoveWish) -> ShelfStock:
    """What there is where nothing ever was."""
    return ShelfStock(
        id=stock_id_of(wish.item_id, wish.place_id),
        item_id=wish.item_id,
        place_id=wish.place_id,
        available=0,
        reserved=0,
        kept=0,
        version=0,
    )


async def _lock_stocks(tx: Tx, wanted: set[tuple[UUID, UUID]], *, opened: set[UUID]) -> dict[UUID, ShelfStock]:
    """The stocks of items at places, locked; of those that were never there some are opened empty."""
    ids = {stock_id_of(item_id, place_id): (item_id, place_id) for item_id, place_id in wanted}
    locked = await tx.lock(Stock, ids)
    missing = sorted(opened - locked.keys())
    if missing:
        await tx.insert(
            Stock,
            [
                {
                    "id": stock_id,
                    "item_id": ids[stock_id][0],
                    "place_id": ids[stock_id][1],
                    "available": 0,
                    "reserved": 0,
                    "kept": 0,
                    "version": 0,
                }
                for stock_id in missing
            ],
            skip_existing=True,
        )
        locked |= await tx.lock(Stock, missing)
    return {stock_id: shelf_stock(row) for stock_id, row in locked.items()}


def _unfit(wish: MoveWish, stock: ShelfStock) -> Refusal | None:
    least = 0 if wish.kind is MoveKind.COUNTED else 1
    if wish.kind not in _BY_HAND or type(wish.quantity) is not int or not least <= wish.quantity <= MOST_MOVED:
        return QuantityOutOfRange(pointer="/quantity", least=least, most=MOST_MOVED)
    if wish.reason not in MOVE_REASONS:
        return ReasonUnknown(pointer="/reason", allowed=", ".join(MOVE_REASONS))
    if wish.kind is MoveKind.RECEIVED and stock.available + wish.quantity > MOST_MOVED:
        return QuantityOutOfRange(pointer="/quantity", least=least, most=MOST_MOVED - stock.available)
    if wish.kind is MoveKind.LOST and wish.quantity > stock.available:
        return StockShort(pointer="/quantity", available=stock.available, wanted=wish.quantity)
    if wish.kind is MoveKind.COUNTED and wish.quantity < stock.reserved:
        return CountBelowReserved(pointer="/quantity", reserved=stock.reserved)
    return None
