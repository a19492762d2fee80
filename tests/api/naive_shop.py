"""A shop on plain numbers: what orders, earnings and stock should come to, one step after the other."""

from dataclasses import dataclass, field
from datetime import date, timedelta

COLLECT_DAYS = 15


@dataclass
class NaiveOrder:
    """One item in one order."""

    who: str
    item: int
    quantity: int
    each: int
    waits_until: date
    collected: int = 0
    released: int = 0
    refunded: int = 0

    @property
    def open(self) -> int:
        """How many still wait."""
        return self.quantity - self.collected - self.released


@dataclass
class NaiveShop:
    """Balances, debts, stock and orders."""

    spendable: dict[str, int]
    debt: dict[str, int]
    prices: list[int]
    available: list[int] = field(default_factory=lambda: [0, 0])
    reserved: list[int] = field(default_factory=lambda: [0, 0])
    desk_quota: list[int] = field(default_factory=lambda: [0, 0])
    orders: list[NaiveOrder] = field(default_factory=list)

    def earn(self, who: str, points: int) -> None:
        """Points arrive; what is owed is repaid first."""
        self.spendable[who] += points
        repaid = min(self.debt[who], self.spendable[who])
        self.spendable[who] -= repaid
        self.debt[who] -= repaid

    def take_back(self, who: str, points: int) -> None:
        """An earning is reversed; what is spent or held already is owed."""
        taken = min(points, self.spendable[who])
        self.spendable[who] -= taken
        self.debt[who] += points - taken

    def order(self, who: str, item: int, quantity: int, today: date, *, desk: bool) -> str | None:
        """An order, or why there is none."""
        if self.available[item] - (0 if desk else self.desk_quota[item]) < quantity:
            return "out_of_stock"
        if self.spendable[who] < quantity * self.prices[item]:
            return "not_enough_points"
        self.give(who, item, quantity, today)
        return None

    def give(self, who: str, item: int, quantity: int, today: date) -> None:
        """The order itself."""
        self.available[item] -= quantity
        self.reserved[item] += quantity
        self.spendable[who] -= quantity * self.prices[item]
        self.orders.append(NaiveOrder(who, item, quantity, self.prices[item], today + timedelta(days=COLLECT_DAYS)))

    def collect(self, at: int, quantity: int) -> bool:
        """So many are handed over."""
        order = self.orders[at]
        if not 0 < quantity <= order.open:
            return False
        order.collected += quantity
        self.reserved[order.item] -= quantity
        return True

    def release(self, at: int) -> bool:
        """What is open goes back."""
        order, many = self.orders[at], self.orders[at].open
        if not many:
            return False
        order.released += many
        self.reserved[order.item] -= many
        self.available[order.item] += many
        self.earn(order.who, many * order.each)
        return True

    def refund(self, at: int, quantity: int, *, restock: bool) -> bool:
        """So many of those collected come back."""
        order = self.orders[at]
        if not 0 < quantity <= order.collected - order.refunded:
            return False
        order.refunded += quantity
        self.available[order.item] += quantity if restock else 0
        self.earn(order.who, quantity * order.each)
        return True

    def held(self, who: str) -> int:
        """Points on hold for open orders."""
        return sum(order.open * order.each for order in self.orders if order.who == who)

    def expire(self, today: date) -> None:
        """What nobody collected in time."""
        for at, order in enumerate(self.orders):
            if order.open and order.waits_until < today:
                self.release(at)
