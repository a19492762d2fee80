"""A district with a shelf: stewards with points, a counter, items with stock, told by what matters to a test."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import derived_id
from points.ledger import post
from points.verifying import verify_points
from points.wishes import Credit, Posted, Reverse
from rewards.deciding import LineWish
from rewards.fulfilment import step_orders
from rewards.item_fields import ItemFields
from rewards.items import ItemSaved, NewItem, NewPrice, PriceSet, add_items, set_prices
from rewards.order_rows import Redemption
from rewards.order_wishes import OrderStep, StepTaken
from rewards.pick_up_codes import PickUpCodes
from rewards.pick_up_places import PickUpPlaceSaved, PickUpPlaceWish, save_pick_up_places
from rewards.redeeming import Placed, place_orders
from rewards.shelf_state import stock_id_of
from rewards.stocking import MoveWish, StockNow, move_stock
from rewards.verifying import verify_rewards
from rewards.wording import ItemKind, MoveKind, OrderAction
from stewards.principal import Principal
from tests.cases.district import DISTRICT_ADMIN, LONGTAN_ADMIN, District, a_case_district, as_steward
from tests.stewards.builders import NOON

CODES = PickUpCodes("x" * 40)
PLAIN: dict[str, Any] = {
    "name": "只管兑换",
    "effective_on": "2000-01-01",
    "tariffs": {"case_verified": {"points": 1}},
}
"""Rules without gates, limits or caps."""

Done = TypeVar("Done", Placed, StepTaken, StockNow, ItemSaved, PriceSet, PickUpPlaceSaved, Posted)
_numbers = itertools.count(1)


def done(outcome: Done | Refusal) -> Done:
    """An outcome that was no refusal."""
    assert not isinstance(outcome, Refusal), (outcome, outcome.params)
    return outcome


@dataclass
class Shop:
    """A district with one counter in 龙潭 (LT01), whose steps read as prose."""

    district: District
    place: UUID

    @property
    def database(self) -> Database:
        """The open database."""
        return self.district.database

    async def item(
        self,
        *,
        price: int = 10,
        stock: int | None = None,
        kind: str = "goods",
        now: datetime = NOON,
        **fields: Any,
    ) -> UUID:
        """An item of the whole district, with its stock at the counter."""
        number = next(_numbers)
        wish = NewItem(
            code=f"IT-{number}",
            kind=ItemKind(kind),
            price=price,
            caller=DISTRICT_ADMIN,
            fields=ItemFields(**{"name": f"毛巾{number}", **fields}),
            unlimited=None if kind == "donation" else stock is None,
        )
        [saved] = await self.database.run(lambda tx: add_items(tx, [wish], now=now))
        if stock:
            await self.moved(done(saved).item_id, "received", stock, now=now)
        return done(saved).item_id

    async def priced(self, item_id: UUID, points: int, *, now: datetime = NOON, begins: datetime | None = None) -> None:
        """Another price."""
        wish = NewPrice(item_id=item_id, points=points, caller=DISTRICT_ADMIN, effective_from=begins)
        [outcome] = await self.database.run(lambda tx: set_prices(tx, [wish], now=now))
        done(outcome)

    async def move(
        self, item_id: UUID, kind: str, quantity: int, *, caller: Principal = DISTRICT_ADMIN, now: datetime = NOON
    ) -> StockNow | Refusal:
        """A move of stock at the counter."""
        reason = {"received": "delivery", "lost": "damaged", "counted": "count"}[kind]
        wish = MoveWish(
            item_id=item_id, place_id=self.place, kind=MoveKind(kind), quantity=quantity, reason=reason, caller=caller
        )
        [outcome] = await self.database.run(lambda tx: move_stock(tx, [wish], now=now))
        return outcome

    async def moved(self, item_id: UUID, kind: str, quantity: int, *, now: datetime = NOON) -> StockNow:
        """A move of stock that was not refused."""
        return done(await self.move(item_id, kind, quantity, now=now))

    async def give(
        self, steward_id: UUID, points: int, *, purse: Any = "spendable", reference: str | None = None
    ) -> str:
        """Points for a steward; answers the reference."""
        wish = Credit(
            owner_id=steward_id,
            points=points,
            reason="grant",
            reference=reference or f"gift {next(_numbers)}",
            occurred_at=NOON,
            purse=purse,
        )
        [outcome] = await self.database.run(lambda tx: post(tx, [wish], now=NOON))
        done(outcome)
        return wish.reference

    async def take_back(self, reference: str) -> None:
        """The reversal of an earning."""
        wish = Reverse(operation=("grant", reference), cause="test", occurred_at=NOON)
        [outcome] = await self.database.run(lambda tx: post(tx, [wish], now=NOON))
        done(outcome)

    def wish(self, *lines: tuple[UUID, int] | UUID, by: UUID | Principal | None = None, **changes: Any) -> Redemption:
        """An order of 赵's, or of somebody else's, at the counter."""
        caller = by if isinstance(by, Principal) else as_steward(by or self.district.zhao)
        wanted = [line if isinstance(line, tuple) else (line, 1) for line in lines]
        facts: dict[str, Any] = {
            "caller": caller,
            "place_id": self.place,
            "lines": tuple(LineWish(item_id=item_id, quantity=quantity) for item_id, quantity in wanted),
        }
        return Redemption(**{**facts, **changes})

    async def place_all(self, wishes: Sequence[Redemption], *, now: datetime = NOON) -> list[Placed | Refusal]:
        """Orders in one batch."""
        return await self.database.run(lambda tx: place_orders(tx, wishes, now=now, codes=CODES))

    async def order(
        self, *lines: tuple[UUID, int] | UUID, by: UUID | Principal | None = None, now: datetime = NOON, **changes: Any
    ) -> Placed | Refusal:
        """One order."""
        [outcome] = await self.place_all([self.wish(*lines, by=by, **changes)], now=now)
        return outcome

    async def ordered(
        self, *lines: tuple[UUID, int] | UUID, by: UUID | Principal | None = None, now: datetime = NOON, **changes: Any
    ) -> Placed:
        """One order that was not refused."""
        return done(await self.order(*lines, by=by, now=now, **changes))

    async def steps(self, steps: Sequence[OrderStep], *, now: datetime = NOON) -> list[StepTaken | Refusal]:
        """Steps in one batch."""
        return await self.database.run(lambda tx: step_orders(tx, steps, now=now, codes=CODES))

    async def step(
        self,
        order: Placed,
        action: str,
        *,
        caller: Principal = LONGTAN_ADMIN,
        now: datetime = NOON,
        **more: Any,
    ) -> StepTaken | Refusal:
        """One step; collecting shows the order's code unless another is given."""
        facts: dict[str, Any] = {"action": OrderAction(action), "caller": caller, "order_id": order.order_id}
        if action == "collect":
            facts["code"] = order.code
        [outcome] = await self.steps([OrderStep(**{**facts, **more})], now=now)
        return outcome

    async def stepped(
        self, order: Placed, action: str, *, caller: Principal = LONGTAN_ADMIN, now: datetime = NOON, **more: Any
    ) -> StepTaken:
        """One step that was not refused."""
        return done(await self.step(order, action, caller=caller, now=now, **more))

    async def stock(self, item_id: UUID) -> tuple[int, int]:
        """How many are free and set aside at the counter."""
        row = await (await self.database.reader()).fetch_one(
            "SELECT available, reserved FROM rewards_stock WHERE id = $1", stock_id_of(item_id, self.place)
        )
        assert row is not None
        return int(row["available"]), int(row["reserved"])

    async def points(self, steward_id: UUID | None = None) -> dict[str, int]:
        """What a steward has, by purse."""
        rows = await (await self.database.reader()).fetch(
            "SELECT kind, balance FROM points_account WHERE owner_id = $1 AND balance > 0",
            steward_id or self.district.zhao,
        )
        return {row["kind"]: int(row["balance"]) for row in rows}

    async def check(self) -> None:
        """Every invariant of the ledger, of orders, stock and escrow."""
        assert await self.database.snapshot(verify_points) == []
        assert await self.database.snapshot(verify_rewards) == []


async def a_shop(database: Database, programme: Any = None) -> Shop:
    """The small district with a counter in 龙潭, where 赵, 钱 and 孙 have nothing yet."""
    return await a_counter(await a_case_district(database, programme or PLAIN))


async def a_counter(district: District) -> Shop:
    """A counter in 龙潭 for a district."""
    wish = PickUpPlaceWish(
        code="LT01", name="龙潭服务站", area="110101014", caller=DISTRICT_ADMIN, hours="周一至周五 9:00-17:00"
    )
    [place] = await district.database.run(lambda tx: save_pick_up_places(tx, [wish], now=NOON))
    return Shop(district, done(place).id)


def a_buyer(number: int) -> UUID:
    """The id of one of many stewards."""
    return derived_id("test buyer", str(number))
