"""The decision about a batch of orders: pure, first come first served, each order all or nothing (兑换).

Shelf, buyers and wishes in; outcomes out, with stocks and purses changed as if every order that stands were written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from kernel.clock import local_date
from kernel.errors import Refusal
from points.accounts import Purse
from points.refusals import NotEnoughPoints
from points.rules import Gate, NoShows
from rewards.gating import not_eligible
from rewards.refusals import (
    ItemTwice,
    LimitReached,
    LinesMissing,
    NotOnOffer,
    OutOfStock,
    QuantityOutOfRange,
    StewardNotServing,
    SuspendedForNoShows,
    UnknownItem,
    UnknownPickUpPlace,
)
from rewards.shelf_state import Buyer, Counter, OfferedItem, ShelfStock, purses_of, stock_id_of
from rewards.wording import ItemKind, period_text, status_text
from stewards.refusals import StewardUnknown

MOST_UNITS = 999
MOST_LINES = 20


class LineWish(msgspec.Struct, frozen=True, kw_only=True):
    """So many of an item."""

    item_id: UUID
    quantity: int = 1


class OrderWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a steward wants from one place. `desk`: by staff at a desk; `promised`: a unit was kept for this order."""

    steward_id: UUID
    place_id: UUID
    lines: Sequence[LineWish]
    desk: bool = False
    promised: bool = False


class DecidedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that stands: at which price, from which stock (None where none is counted), paid by which purses."""

    item: OfferedItem
    quantity: int
    points: int  # what it costs
    stock_id: UUID | None

    @property
    def purses(self) -> tuple[Purse, ...]:
        """Which purses pay."""
        return purses_of(self.item.kind)


class DecidedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that stands."""

    place: Counter
    lines: tuple[DecidedLine, ...]
    points: int  # what it costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the rules in force say about redeeming: gates, and the limit of items that have none of their own."""

    gates: tuple[Gate, ...] = ()
    limit_count: int | None = None
    limit_period: str = "month"
    unclaimed_days: int = 15
    days_to_spend: int = 90  # for those who left
    no_shows: NoShows | None = None  # what not coming to appointments leads to


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What a batch stands on."""

    items: Mapping[UUID, OfferedItem]
    stocks: dict[UUID, ShelfStock]
    places: Mapping[UUID, Counter]
    buyers: Mapping[UUID, Buyer]
    terms: Terms


def limit_of(item: OfferedItem, terms: Terms) -> tuple[int, str] | None:
    """How many of an item one person may have, and in which period; None where nothing limits it."""
    if item.limit_count is not None and item.limit_period is not None:
        return item.limit_count, item.limit_period
    if terms.limit_count is not None and item.kind is not ItemKind.DONATION:
        return terms.limit_count, terms.limit_period
    return None


def decide_redemptions(shelf: Shelf, wishes: Iterable[OrderWish], *, now: datetime) -> list[DecidedOrder | Refusal]:
    """Decide orders in their sequence, each on what those before it left; a refused one changes nothing."""
    today = local_date(now)
    outcomes: list[DecidedOrder | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(_decide(shelf, wish, now, today))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


def _decide(shelf: Shelf, wish: OrderWish, now: datetime, today: date) -> DecidedOrder:
    place = shelf.places.get(wish.place_id)
    if place is None or not place.open:
        raise UnknownPickUpPlace(pointer="/place")
    buyer = shelf.buyers.get(wish.steward_id)
    if buyer is None:
        raise StewardUnknown(pointer="/steward")
    if not 0 < len(wish.lines) <= MOST_LINES:
        raise LinesMissing(pointer="/lines", most=MOST_LINES)
    lines: list[DecidedLine] = []
    for at, wanted in enumerate(wish.lines):
        if any(earlier.item.id == wanted.item_id for earlier in lines):
            raise ItemTwice(pointer=f"/lines/{at}/item")
        lines.append(_offered(shelf, wish, buyer, at, now=now))
    if not buyer.serving(today):
        raise StewardNotServing(status=status_text(buyer.status))
    if buyer.suspended is not None:
        raise SuspendedForNoShows(count=buyer.suspended.no_shows, until=buyer.suspended.until.isoformat())
    for line in lines:
        _check_person(shelf.terms, buyer, line)
    for at, line in enumerate(lines):
        _check_stock(shelf, wish, line, at)
    needed = sum([line.points for line in lines])
    purses = _paid(buyer, lines, needed)
    _apply(shelf, buyer, lines, purses)
    return DecidedOrder(place=place, lines=tuple(lines), points=needed)


def _offered(shelf: Shelf, wish: OrderWish, buyer: Buyer, at: int, *, now: datetime) -> DecidedLine:
    line = wish.lines[at]
    if type(line.quantity) is not int or not 0 < line.quantity <= MOST_UNITS:
        raise QuantityOutOfRange(pointer=f"/lines/{at}/quantity", least=1, most=MOST_UNITS)
    item = shelf.items.get(line.item_id)
    if item is None or not item.visible(now, buyer.street_id):
        raise UnknownItem(pointer=f"/lines/{at}/item")
    if not item.active(now):
        raise NotOnOffer(pointer=f"/lines/{at}/item", item=item.name)
    stock_id = None if item.unlimited else stock_id_of(item.id, wish.place_id)
    points = line.quantity * item.points_each
    return DecidedLine(item=item, quantity=line.quantity, points=points, stock_id=stock_id)


def _check_person(terms: Terms, buyer: Buyer, line: DecidedLine) -> None:
    item = line.item
    shut = buyer.shut(item, terms.gates)
    if shut:
        raise not_eligible(item.name, shut)
    limit = limit_of(item, terms)
    if limit is not None:
        had = buyer.had.get(item.id, 0)
        if had + line.quantity > limit[0]:
            raise LimitReached(item=item.name, limit=limit[0], had=had, period=period_text(limit[1]))


def _check_stock(shelf: Shelf, wish: OrderWish, line: DecidedLine, at: int) -> None:
    if line.stock_id is None:
        return
    stock = shelf.stocks.get(line.stock_id)
    quota = 0 if wish.desk else line.item.desk_quota
    left = stock.free(desk_quota=quota, promised=wish.promised) if stock else 0
    if stock is None or left < line.quantity:
        raise OutOfStock(pointer=f"/lines/{at}/quantity", item=line.item.name, left=left, wanted=line.quantity)


def _paid(buyer: Buyer, lines: Sequence[DecidedLine], needed: int) -> dict[Purse, int]:
    """What the buyer's purses hold after paying each line in turn, as the ledger's holds will take it."""
    purses = dict(buyer.purses)
    for line in lines:
        left = line.points
        for purse in line.purses:
            taken = min(left, purses.get(purse, 0))
            if taken:
                purses[purse] -= taken
                left -= taken
        if left:
            usable = {purse for other in lines for purse in other.purses}
            available = sum(buyer.purses.get(purse, 0) for purse in usable)
            # Purses that pay for one line only may hold more than the order needs, and yet not enough.
            raise NotEnoughPoints(pointer="/lines", needed=needed, available=min(available, needed - left))
    return purses


def _apply(shelf: Shelf, buyer: Buyer, lines: Sequence[DecidedLine], purses: dict[Purse, int]) -> None:
    for line in lines:
        if line.stock_id is not None:
            stock = shelf.stocks[line.stock_id]
            stock.available -= line.quantity
            stock.reserved += line.quantity
            stock.version += 1
        buyer.had[line.item.id] = buyer.had.get(line.item.id, 0) + line.quantity
    buyer.purses = purses
    buyer.ordered_once()
