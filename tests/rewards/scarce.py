"""A shelf with scarce items, and stewards with points to want them, told by what matters to a test."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from kernel.audit import Actor
from kernel.database import Database, Tx
from kernel.errors import Refusal
from points.ledger import post
from points.verifying import verify_points
from points.wishes import Credit
from rewards.appointments import Booked, Booking, book_orders
from rewards.deciding import LineWish
from rewards.fulfilment import step_orders
from rewards.item_fields import ItemFields
from rewards.items import NewItem, add_items
from rewards.models import Stock
from rewards.order_rows import Redemption
from rewards.order_wishes import OrderStep, StepTaken
from rewards.pick_up_codes import PickUpCodes
from rewards.pick_up_places import PickUpPlaceWish, save_pick_up_places
from rewards.redeeming import Placed
from rewards.shelf_state import stock_id_of
from rewards.stocking import MoveWish, move_stock
from rewards.verifying import verify_rewards
from rewards.wording import ItemKind, MoveKind, OrderAction
from stewards.partners import PartnerWish, save_partners
from stewards.principal import Principal, steward_principal, system_principal
from tests.cases.district import DONGSI_ADMIN, LONGTAN_ADMIN
from tests.stewards.builders import NOON, a_district, a_steward, doing

__all__ = ["BOSS", "CODES", "DONGSI_ADMIN", "LONGTAN_ADMIN", "Shelf", "a_shelf", "by", "me", "only"]

BOSS = system_principal("test")
CODES = PickUpCodes("k" * 40)
A_MONTH_AGO = NOON - timedelta(days=30)
_codes = itertools.count(1)
T = TypeVar("T")


@dataclass(frozen=True)
class Shelf:
    """An open database with stewards who have points, and one place to pick up at in 龙潭."""

    database: Database
    people: tuple[UUID, ...]
    place_id: UUID
    items: dict[UUID, UUID]  # by stock

    async def an_item(
        self, *, stock: int, price: int = 10, kind: str = "goods", since: datetime = A_MONTH_AGO, **more: Any
    ) -> UUID:
        """An item in stock at the place; answers the stock's id."""
        fields = ItemFields(**{"name": "大米", "name_en": "Rice", "limit_count": 999, "limit_period": "day", **more})
        wish = NewItem(
            code=f"I{next(_codes)}", kind=ItemKind(kind), price=price, caller=BOSS, fields=fields, price_from=None
        )

        async def put(tx: Tx) -> UUID:
            item = only(await add_items(tx, [wish], now=since))
            move = MoveWish(
                item_id=item.item_id,
                place_id=self.place_id,
                kind=MoveKind.RECEIVED if stock else MoveKind.COUNTED,
                quantity=stock,
                reason="delivery" if stock else "count",
                caller=BOSS,
            )
            if kind != "donation":
                only(await move_stock(tx, [move], now=since))
            return item.item_id

        item_id = await self.database.run(put)
        stock_id = stock_id_of(item_id, self.place_id)
        self.items[stock_id] = item_id
        return stock_id

    async def arriving(self, stock_id: UUID, units: int, at: datetime = NOON) -> None:
        """Units that are delivered."""
        move = MoveWish(
            item_id=self.items[stock_id],
            place_id=self.place_id,
            kind=MoveKind.RECEIVED,
            quantity=units,
            reason="delivery",
            caller=BOSS,
        )
        only(await self.database.run(lambda tx: move_stock(tx, [move], now=at)))

    def an_order(self, steward_id: UUID, *stock_ids: UUID, quantity: int = 1) -> Redemption:
        """So many of each item for a steward."""
        lines = [LineWish(item_id=self.items[stock_id], quantity=quantity) for stock_id in stock_ids]
        return Redemption(caller=me(steward_id), place_id=self.place_id, lines=lines)

    async def booking(
        self, *wishes: tuple[Redemption, Mapping[UUID, UUID]], at: datetime = NOON
    ) -> list[Booked | Refusal]:
        """Orders with their half-days by item, in one batch."""
        asked = [Booking(order=order, slots=slots) for order, slots in wishes]
        return await self.database.run(lambda tx: book_orders(tx, asked, now=at, codes=CODES))

    async def ordered(self, steward_id: UUID, *stock_ids: UUID, quantity: int = 1, at: datetime = NOON) -> Placed:
        """An order that was placed."""
        order = self.an_order(steward_id, *stock_ids, quantity=quantity)
        return only(await self.booking((order, {}), at=at)).placed

    async def step(self, order_id: UUID, action: str, at: datetime = NOON, **more: Any) -> StepTaken:
        """A step that was taken with an order."""
        facts = {"action": OrderAction(action), "caller": BOSS, "order_id": order_id, "known_owner": True}
        wish = OrderStep(**{**facts, **more})
        return only(await self.database.run(lambda tx: step_orders(tx, [wish], now=at, codes=CODES)))

    async def stock(self, stock_id: UUID) -> Any:
        """A stock as it stands."""
        [row] = await (await self.database.reader()).rows(Stock, "WHERE id = $1", stock_id)
        return row

    async def balance(self, steward_id: UUID, kind: str = "spendable") -> int:
        """What a steward can spend, or holds otherwise."""
        row = await (await self.database.reader()).fetch_one(
            "SELECT balance FROM points_account WHERE owner_id = $1 AND kind = $2", steward_id, kind
        )
        return int(row["balance"]) if row else 0

    async def check(self) -> None:
        """Every invariant of points, orders and stock."""
        assert await self.database.snapshot(verify_points) == []
        assert await self.database.snapshot(verify_rewards) == []


async def a_shelf(
    database: Database, *, people: int = 3, points: int = 100, earned_at: datetime = NOON, **more: Any
) -> Shelf:
    """So many stewards with so many points each."""
    ids = await a_district(
        database, *(a_steward(f"014{number:04d}", name=f"赵示例{number}", **more) for number in range(people))
    )
    await doing(database, save_partners, [PartnerWish(code="lixian", name="理发示例店")])
    place = PickUpPlaceWish(code="LT01", name="龙潭领取点", area="110101014", caller=BOSS, address="夕照寺街 1 号")
    [saved] = await database.run(lambda tx: save_pick_up_places(tx, [place], now=A_MONTH_AGO))
    assert not isinstance(saved, Refusal), saved
    opening: dict[str, Any] = {"points": points, "reason": "opening", "source_kind": "opening"}
    given = [Credit(owner_id=one, reference=f"t{one}", occurred_at=earned_at, **opening) for one in ids if points]
    await database.run(lambda tx: post(tx, given, now=earned_at))
    return Shelf(database, tuple(ids), saved.id, {})


def only(outcomes: Sequence[T | Refusal]) -> T:
    """The outcome of a single wish that was carried out."""
    [outcome] = outcomes
    assert not isinstance(outcome, Refusal), outcome
    return outcome


def me(steward_id: UUID) -> Principal:
    """A steward who is signed in."""
    return steward_principal(steward_id, "赵示例")


def by(steward_id: UUID) -> Actor:
    """A steward as who acts."""
    return Actor("steward", steward_id)
