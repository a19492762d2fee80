"""The decision about orders against a model that thinks of one order at a time: same winners, nothing below zero."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kernel.errors import Refusal
from kernel.ids import derived_id
from rewards.deciding import DecidedOrder, LineWish, OrderWish, Shelf, Terms, decide_redemptions
from rewards.shelf_state import Buyer, Counter, OfferedItem, ShelfStock, purses_of, stock_id_of
from rewards.wording import ItemKind

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
STREET = derived_id("street")
COMMUNITY = derived_id("community")
PLACE = derived_id("place")
ITEMS = [derived_id("item", str(number)) for number in range(4)]
BUYERS = [derived_id("buyer", str(number)) for number in range(3)]

lines = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([-1, 0, 1, 1, 2, 3, 10**9])), min_size=1, max_size=3)
orders = st.lists(st.tuples(st.integers(0, 3), lines, st.booleans()), min_size=1, max_size=12)
kinds = st.sampled_from(ItemKind)
items = st.lists(
    st.tuples(kinds, st.integers(1, 9), st.integers(0, 6), st.none() | st.integers(1, 3), st.integers(0, 2)),
    min_size=4,
    max_size=4,
)
purses = st.fixed_dictionaries(
    {"spendable": st.integers(0, 30), "services": st.integers(0, 15), "donation": st.integers(0, 15)}
)


def a_shelf(described: list[tuple[ItemKind, int, int, int | None, int]], held: list[dict[str, int]]) -> Shelf:
    offered, stocks = {}, {}
    for item_id, (kind, price, stock, limit, quota) in zip(ITEMS, described, strict=True):
        offered[item_id] = OfferedItem(
            id=item_id,
            code=str(item_id)[:4],
            kind=kind,
            name=kind.value,
            price_id=item_id,
            points_each=price,
            limit_count=limit,
            limit_period="month" if limit else None,
            desk_quota=quota,
            unlimited=kind is ItemKind.DONATION,
        )
        stock_id = stock_id_of(item_id, PLACE)
        stocks[stock_id] = ShelfStock(
            id=stock_id, item_id=item_id, place_id=PLACE, available=stock, reserved=0, kept=0, version=1
        )
    buyers = {
        buyer: Buyer(steward_id=buyer, street_id=STREET, community_id=COMMUNITY, status="active", purses=dict(purse))
        for buyer, purse in zip(BUYERS, held, strict=True)
    }
    places = {PLACE: Counter(id=PLACE, code="LT01", street_id=STREET, community_id=None)}
    return Shelf(items=offered, stocks=stocks, places=places, buyers=buyers, terms=Terms())


def wishes_of(plan: list[tuple[int, list[tuple[int, int]], bool]]) -> list[OrderWish]:
    return [
        OrderWish(
            steward_id=BUYERS[who] if who < len(BUYERS) else derived_id("stranger"),
            place_id=PLACE,
            lines=[
                LineWish(item_id=ITEMS[what] if what < len(ITEMS) else derived_id("nothing"), quantity=many)
                for what, many in wanted
            ],
            desk=desk,
        )
        for who, wanted, desk in plan
    ]


class Naive:
    """One order at a time, on plain dicts."""

    def __init__(self, shelf: Shelf) -> None:
        self.items = shelf.items
        self.stock = {stock.item_id: stock.available for stock in shelf.stocks.values()}
        self.purses = {buyer.steward_id: dict(buyer.purses) for buyer in shelf.buyers.values()}
        self.had: dict[tuple[UUID, UUID], int] = {}

    def take(self, wish: OrderWish) -> bool:
        if wish.steward_id not in self.purses:
            return False
        purse, named = dict(self.purses[wish.steward_id]), [line.item_id for line in wish.lines]
        if len(set(named)) < len(named):
            return False
        for line in wish.lines:
            item = self.items.get(line.item_id)
            if item is None or not 0 < line.quantity < 1_000:
                return False
            if item.limit_count and self.had.get((wish.steward_id, item.id), 0) + line.quantity > item.limit_count:
                return False
            quota = 0 if wish.desk else item.desk_quota
            if not item.unlimited and self.stock[item.id] - quota < line.quantity:
                return False
            left = line.quantity * item.points_each
            for kind in purses_of(item.kind):
                taken = min(left, purse[kind])
                purse[kind] -= taken
                left -= taken
            if left:
                return False
        self.purses[wish.steward_id] = purse
        for line in wish.lines:
            if not self.items[line.item_id].unlimited:
                self.stock[line.item_id] -= line.quantity
            key = (wish.steward_id, line.item_id)
            self.had[key] = self.had.get(key, 0) + line.quantity
        return True


@given(described=items, held=st.lists(purses, min_size=3, max_size=3), plan=orders)
def test_a_batch_decides_as_one_order_after_the_other(
    described: list[tuple[ItemKind, int, int, int | None, int]],
    held: list[dict[str, int]],
    plan: list[tuple[int, list[tuple[int, int]], bool]],
) -> None:
    shelf = a_shelf(described, held)
    naive, wishes = Naive(shelf), wishes_of(plan)
    expected = [naive.take(wish) for wish in wishes]
    outcomes = decide_redemptions(shelf, wishes, now=NOW)
    assert [isinstance(outcome, DecidedOrder) for outcome in outcomes] == expected
    for stock in shelf.stocks.values():
        assert stock.available >= 0
        assert stock.available == naive.stock[stock.item_id]
    assert {buyer.steward_id: buyer.purses for buyer in shelf.buyers.values()} == naive.purses


@given(described=items, held=st.lists(purses, min_size=3, max_size=3), plan=orders)
def test_how_orders_are_cut_into_batches_changes_nothing(
    described: list[tuple[ItemKind, int, int, int | None, int]],
    held: list[dict[str, int]],
    plan: list[tuple[int, list[tuple[int, int]], bool]],
) -> None:
    together, apart = a_shelf(described, held), a_shelf(described, held)
    wishes = wishes_of(plan)
    at_once = decide_redemptions(together, wishes, now=NOW)
    one_by_one = [decide_redemptions(apart, [wish], now=NOW)[0] for wish in wishes]
    assert [_told(outcome) for outcome in at_once] == [_told(outcome) for outcome in one_by_one]
    assert together.stocks == apart.stocks


def _told(outcome: DecidedOrder | Refusal) -> object:
    return (outcome.code, outcome.params) if isinstance(outcome, Refusal) else outcome


def test_of_five_hundred_in_one_batch_one_gets_the_last() -> None:
    shelf = a_shelf([(ItemKind.GOODS, 1, 1, None, 0)] * 4, [{"spendable": 9}] * 3)
    buyer = shelf.buyers[BUYERS[0]]
    crowd = {derived_id("crowd", str(at)): replace(buyer, purses={"spendable": 9}, had={}) for at in range(500)}
    for steward_id, each in crowd.items():
        each.steward_id = steward_id
    shelf.buyers = crowd
    wishes = [OrderWish(steward_id=each, place_id=PLACE, lines=[LineWish(item_id=ITEMS[0])]) for each in crowd]
    outcomes = decide_redemptions(shelf, wishes, now=NOW)
    assert isinstance(outcomes[0], DecidedOrder)
    assert {outcome.code for outcome in outcomes[1:] if isinstance(outcome, Refusal)} == {"out_of_stock"}
    assert len(outcomes) == 500


def test_a_unit_that_was_promised_is_taken_from_what_is_kept() -> None:
    shelf = a_shelf([(ItemKind.GOODS, 1, 2, None, 0)] * 4, [{"spendable": 9}] * 3)
    stock = shelf.stocks[stock_id_of(ITEMS[0], PLACE)]
    stock.kept = 2
    wish = OrderWish(steward_id=BUYERS[0], place_id=PLACE, lines=[LineWish(item_id=ITEMS[0])])
    [refused] = decide_redemptions(shelf, [wish], now=NOW)
    assert isinstance(refused, Refusal)
    assert refused.params["left"] == 0
    [kept] = decide_redemptions(shelf, [structs.replace(wish, promised=True)], now=NOW)
    assert isinstance(kept, DecidedOrder)
