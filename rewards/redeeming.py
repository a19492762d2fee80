"""Placing orders (兑换): points go on hold and stock is set aside in one transaction, for many buyers at once.

Locks are taken in the house's order: stocks, then purses, each by id, and last of all the counter of order numbers,
after which nothing else is locked. The decision between is pure (rewards.deciding).
"""

from collections import Counter as Counted
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from kernel.audit import audit_rows
from kernel.clock import local_date
from kernel.database import Insert, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.numbering import take_many
from kernel.outbox import emit
from points.deciding import Book, decide_on
from points.ledger import left_rows, made_rows, opened_book
from points.state import Account, Decision, Lot
from points.wishes import Wish as LedgerWish
from rewards.deciding import DecidedOrder, OrderWish, Terms, decide_redemptions
from rewards.models import Order, OrderEvent, OrderLine
from rewards.order_rows import (
    EVENT_COLUMNS,
    LINE_COLUMNS,
    ORDER_COLUMNS,
    MadeOrder,
    Redemption,
    audit_entry,
    event_row,
    first_state,
    ledger_wishes,
    line_rows,
    order_row,
)
from rewards.pick_up_codes import PickUpCodes, fresh_codes
from rewards.refusals import StewardMissing
from rewards.shelf_loading import lock_shelf
from rewards.shelf_state import Buyer, ShelfStock
from rewards.stock_rows import StockBook
from rewards.wording import MoveKind, OrderState
from stewards.permissions import Action, may
from stewards.principal import Place, Principal
from stewards.refusals import StewardUnknown

_AT_FIRST = 64  # orders of a batch that are written while the next ones are prepared


class PlacedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a placed order."""

    id: UUID
    number: int
    item_id: UUID
    item: str
    quantity: int
    points_each: int
    points: int


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was placed, with the code to collect it by, and what can still be spent."""

    order_id: UUID
    number: str
    state: OrderState
    version: int
    steward_id: UUID
    place_id: UUID
    points: int
    lines: tuple[PlacedLine, ...]
    code: str
    reserved_at: datetime
    waits_until: date
    balance_after: int


async def place_orders(
    tx: Tx, wishes: Sequence[Redemption], *, now: datetime, codes: PickUpCodes
) -> list[Placed | Refusal]:
    """Place orders, first come first served, each all or nothing.

    Refusals: UnknownPickUpPlace, StewardUnknown, StewardMissing, LinesMissing, ItemTwice, QuantityOutOfRange,
    UnknownItem, NotOnOffer, StewardNotServing, NotEligible, LimitReached, OutOfStock, NotEnoughPoints.
    """
    outcomes: dict[int, Placed | Refusal] = {}
    asked: dict[int, OrderWish] = {}
    for index, wish in enumerate(wishes):
        buyer = wish.steward_id or wish.caller.steward_id
        if buyer is None:
            outcomes[index] = StewardMissing(pointer="/steward")
            continue
        asked[index] = OrderWish(
            steward_id=buyer,
            place_id=wish.place_id,
            lines=wish.lines,
            desk=wish.channel == "desk",
            promised=wish.promised,
        )
    shelf = await lock_shelf(tx, list(asked.values()), now=now)
    for index, order in list(asked.items()):
        served = shelf.buyers.get(order.steward_id)
        if served is None or not _may_order(wishes[index].caller, served):
            outcomes[index] = StewardUnknown(pointer="/steward")
            del asked[index]
    # The decision works on stocks of its own: their moves are recorded from where they stand.
    stocks = {stock_id: replace(stock) for stock_id, stock in shelf.stocks.items()}
    decided = dict(zip(asked, decide_redemptions(shelf, asked.values(), now=now), strict=True))
    outcomes |= {index: order for index, order in decided.items() if isinstance(order, Refusal)}
    orders = {index: order for index, order in decided.items() if isinstance(order, DecidedOrder)}
    if orders:
        made = await _make(tx, wishes, asked=asked, orders=orders, terms=shelf.terms, now=now, codes=codes)
        outcomes |= await _write(tx, made, stocks, now)
    return [outcomes[index] for index in range(len(wishes))]


def _may_order(caller: Principal, buyer: Buyer) -> bool:
    home = Place(street_id=buyer.street_id, community_id=buyer.community_id)
    return may(caller, Action.ORDERS_PLACE, home, buyer.steward_id)


async def _make(
    tx: Tx,
    wishes: Sequence[Redemption],
    *,
    asked: Mapping[int, OrderWish],
    orders: Mapping[int, DecidedOrder],
    terms: Terms,
    now: datetime,
    codes: PickUpCodes,
) -> list[MadeOrder]:
    today = local_date(now)
    day = f"{today:%y%m%d}"
    series = {index: f"{order.place.code}-{day}" for index, order in orders.items()}
    given = await take_many(tx, {f"order {prefix}": count for prefix, count in Counted(series.values()).items()})
    following = {prefix: iter(given[f"order {prefix}"]) for prefix in series.values()}
    ids = {index: new_id() for index in orders}
    coded = await fresh_codes(tx, {ids[index]: 0 for index in orders}, codes)
    made = []
    for index, order in orders.items():
        days = [line.item.collect_days or terms.unclaimed_days for line in order.lines]
        code = coded[ids[index]]
        made.append(
            MadeOrder(
                index=index,
                order_id=ids[index],
                number=f"{series[index]}-{next(following[series[index]]):03d}",
                wish=wishes[index],
                steward_id=asked[index].steward_id,
                decided=order,
                line_ids=tuple(new_id() for _ in order.lines),
                code=code,
                reserved_at=now,
                waits_until=today + timedelta(days=min(days)),
                actor=wishes[index].caller.actor,
                state=first_state(order),
            )
        )
    return made


async def _write(
    tx: Tx, made: Sequence[MadeOrder], stocks: Mapping[UUID, ShelfStock], now: datetime
) -> dict[int, Placed]:
    """Write the orders with their holds, moves and events, in parts; answers them by index.

    While the database writes a part, the next one is settled and encoded here. Balances are written last, once each.
    """
    book = await opened_book(tx, {order.steward_id for order in made}, now=now)
    lots: dict[UUID, Lot] = {}
    accounts: dict[UUID, Account] = {}
    moves = StockBook(now)
    placed: dict[int, Placed] = {}
    for part in _parts(made):
        decision, balances = _held(book, part)
        for order in part:
            for line_id, line in zip(order.line_ids, order.decided.lines, strict=True):
                if line.stock_id is not None:
                    stock = stocks[line.stock_id]
                    moves.move(stock, MoveKind.RESERVED, line.quantity, actor=order.actor, line_id=line_id)
        await tx.send(
            [
                *made_rows(decision),
                Insert(Order, ORDER_COLUMNS, [order_row(order) for order in part]),
                Insert(OrderLine, LINE_COLUMNS, [row for order in part for row in line_rows(order)]),
                Insert(OrderEvent, EVENT_COLUMNS, [event_row(order) for order in part]),
                moves.moved(),
                audit_rows([audit_entry(order) for order in part], now=now),
            ]
        )
        for order in part:
            placed[order.index] = _placed(order, balances[order.index])
        lots.update((lot.id, lot) for lot in decision.changed_lots)
        accounts.update((account.id, account) for account in decision.changed_accounts)
    await tx.send([*left_rows(lots.values(), accounts.values()), moves.stands()])
    # Who orders for himself knows; who is served by staff or drawn is told.
    told = [{"order_id": str(order.order_id)} for order in made if order.wish.caller.steward_id != order.steward_id]
    if told:
        await emit(tx, "order.reserve", told, now=now)
    return placed


def _parts(orders: Sequence[MadeOrder]) -> Iterator[Sequence[MadeOrder]]:
    """Orders as they are written: a few soon, so that the database has work, then three times as many as before.

    An order takes the database about three times as long as it takes this process to prepare one.
    """
    begins, ends = 0, _AT_FIRST
    while begins < len(orders):
        yield orders[begins:ends]
        begins, ends = ends, 4 * ends


def _held(book: Book, orders: Sequence[MadeOrder]) -> tuple[Decision, dict[int, int]]:
    """Put what orders cost on hold; what each buyer can still spend, by index, stands beside the decision."""
    wishes: list[LedgerWish] = []
    owners: list[int] = []
    for order in orders:
        wanted = list(ledger_wishes(order))
        wishes += wanted
        owners += [order.index] * len(wanted)
    decision = decide_on(book, wishes)
    balances: dict[int, int] = {}
    for index, outcome in zip(owners, decision.outcomes, strict=True):
        if isinstance(outcome, Refusal):
            raise outcome  # the decision saw the same purses; anything else is a fault of the program
        balances[index] = outcome.balance_after
    return decision, balances


def _placed(order: MadeOrder, balance_after: int) -> Placed:
    lines = enumerate(zip(order.line_ids, order.decided.lines, strict=True), 1)
    return Placed(
        order_id=order.order_id,
        number=order.number,
        state=order.state,
        version=1,
        steward_id=order.steward_id,
        place_id=order.decided.place.id,
        points=order.decided.points,
        lines=tuple(
            PlacedLine(
                id=line_id,
                number=number,
                item_id=line.item.id,
                item=line.item.name,
                quantity=line.quantity,
                points_each=line.item.points_each,
                points=line.points,
            )
            for number, (line_id, line) in lines
        ),
        code=order.code.digits,
        reserved_at=order.reserved_at,
        waits_until=order.waits_until,
        balance_after=balance_after,
    )
