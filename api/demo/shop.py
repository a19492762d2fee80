"""The demo's shop: counters, the 30 items with their stock, and a year of orders in every state, by the same verbs.

Each week is one transaction: what was ordered before is prepared, handed over, given up or lapses, then new orders are
placed. A week that was done is not done again, and the same seed gives the same orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any
from uuid import UUID

import orjson

from api.demo.district import DemoDistrict, DemoStreet
from kernel.clock import local_date
from kernel.database import Database, Row, Tx
from kernel.errors import Refusal
from rewards.deciding import LineWish
from rewards.draw_settling import Settlement, settle_draws
from rewards.draws import Announced, ApplicationWish, NewDraw, announce_draws, apply_to_draws
from rewards.fulfilment import step_orders
from rewards.item_fields import ItemFields
from rewards.items import NewItem, add_items
from rewards.order_rows import Redemption
from rewards.order_wishes import OrderStep
from rewards.pick_up_codes import PickUpCodes
from rewards.pick_up_places import PickUpPlaceWish, save_pick_up_places
from rewards.redeeming import place_orders
from rewards.shelf_state import stock_id_of
from rewards.slots import SlotWish, save_slots
from rewards.stocking import MoveWish, move_stock
from rewards.waiting import WaitingWish, join_waiting
from rewards.wishing import WishProposal, WishVote, propose_wishes, vote_on_wishes
from rewards.wording import ItemKind, MoveKind, OrderAction
from stewards.partners import PartnerWish, save_partners
from stewards.places import english_name
from stewards.principal import Principal, steward_principal

_ORDERS_A_WEEK = {"small": 2, "full": 70}
_WEEKS_A_QUARTER = 13
_SLOT_DAYS = 10
_SCARCE = "G14"  # few of them: one draw is over, one is open
_GONE = "S15"  # none left in the first street: people wait for it
_CANCELLED, _REFUNDED, _FORGOTTEN = 0.08, 0.11, 0.93  # what becomes of an order, by a number drawn for it


@lru_cache(maxsize=1)
def shop_data() -> dict[str, Any]:
    """Partners, items and wishes of the demo."""
    found: dict[str, Any] = orjson.loads(files("api.demo").joinpath("shop.json").read_bytes())
    return found


def counter_of(street: DemoStreet) -> str:
    """The code of a street's counter."""
    return f"P{street.code[-3:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoShop:
    """The shop of a demo district."""

    database: Database
    district: DemoDistrict
    by: Principal
    codes: PickUpCodes

    async def open(self, *, now: datetime) -> None:
        """Counters, partners, items and their first stock; again changes nothing."""
        await self.database.run(lambda tx: self._open(tx, now))

    async def _open(self, tx: Tx, now: datetime) -> None:
        partners = [PartnerWish(**partner) for partner in shop_data()["partners"]]
        _all_well(await save_partners(tx, partners, by=self.by.actor, now=now))
        counters = [
            PickUpPlaceWish(
                code=counter_of(street),
                name=f"{street.name}兑换点",
                name_en=f"{english_name(street.name)} counter",
                area=street.code,
                caller=self.by,
                address=f"{street.name}街道便民服务中心一层",
                hours="周二至周六 9:00-17:00",
                hours_en="Tuesday to Saturday 9:00-17:00",
            )
            for street in self.district.streets
        ]
        _all_well(await save_pick_up_places(tx, counters, now=now))
        if await tx.fetch_one("SELECT id FROM rewards_item LIMIT 1"):
            return
        items = [
            NewItem(
                code=item["code"],
                kind=ItemKind(item["kind"]),
                price=item["price"],
                caller=self.by,
                fields=ItemFields(
                    name=item["name"],
                    name_en=item["name_en"],
                    partner=item["partner"],
                    low_stock=max(2, item["stock"] // 10) if item["stock"] else 0,
                    desk_quota=2 if item["stock"] >= 100 else 0,
                ),
            )
            for item in shop_data()["items"]
        ]
        _all_well(await add_items(tx, items, now=now))
        await self._restock(tx, now)

    async def _restock(self, tx: Tx, now: datetime) -> None:
        """Fill every shelf up to what it had at first."""
        ids, places = await _ids(tx, "rewards_item"), await _ids(tx, "rewards_pick_up_place")
        stocks = await tx.fetch("SELECT id, available FROM rewards_stock", types={"id": UUID})
        left = {row["id"]: row["available"] for row in stocks}
        wanted = [
            (item, street, item["stock"] - left.get(stock_id_of(ids[item["code"]], places[counter_of(street)]), 0))
            for street in self.district.streets
            for item in shop_data()["items"]
        ]
        moves = [
            MoveWish(
                item_id=ids[item["code"]],
                place_id=places[counter_of(street)],
                kind=MoveKind.RECEIVED,
                quantity=missing,
                reason="delivery",
                caller=self.by,
            )
            for item, street, missing in wanted
            if missing > 0
        ]
        _all_well(await move_stock(tx, moves, now=now))

    async def week(self, number: int, *, now: datetime) -> None:
        """A week's steps and orders, once."""
        await self.database.run(lambda tx: self._week(tx, number, now))

    async def _week(self, tx: Tx, number: int, now: datetime) -> None:
        done = await tx.fetch_one("SELECT id FROM rewards_stock_move WHERE recorded_at = $1 LIMIT 1", now)
        if done:
            return
        if number and number % _WEEKS_A_QUARTER == 0:
            await self._restock(tx, now)
        await self._take_steps(tx, now)
        await self._place(tx, number, now)

    async def _take_steps(self, tx: Tx, now: datetime) -> None:
        """Prepare, hand over, cancel, let lapse and refund, as the number drawn for each order says."""
        today = local_date(now)
        rows = await tx.fetch(
            """
            SELECT ordered.id, ordered.number, ordered.state, ordered.waits_until, line.quantity
            FROM rewards_order ordered JOIN rewards_order_line line ON line.order_id = ordered.id AND line.number = 1
            WHERE ordered.closed_at IS NULL ORDER BY ordered.number
            """,
            types={"id": UUID, "waits_until": date},
        )
        steps = [step for row in rows for step in self._steps(row, today)]
        _all_well(await step_orders(tx, steps, now=now, codes=self.codes))

    def _steps(self, row: Row, today: date) -> list[OrderStep]:
        fate = self._random("fate", row["number"]).random()

        def step(action: OrderAction, **more: Any) -> OrderStep:
            return OrderStep(action=action, caller=self.by, order_id=row["id"], known_owner=True, **more)

        if row["waits_until"] < today:
            return [step(OrderAction.EXPIRE)]
        if fate >= _FORGOTTEN:
            return []
        if row["state"] == "reserved":
            if fate < _CANCELLED:
                return [step(OrderAction.CANCEL, reason="changed_mind")]
            return [step(OrderAction.READY)]
        if row["state"] == "ready" and row["quantity"] > 1 and fate < 0.5:
            return [step(OrderAction.COLLECT, quantities={1: 1})]
        collected = step(OrderAction.COLLECT)
        if fate < _REFUNDED:
            return [collected, step(OrderAction.REFUND, reason="faulty")]
        return [collected]

    async def _place(self, tx: Tx, number: int, now: datetime) -> None:
        random = self._random("week", str(number))
        items, places = await _ids(tx, "rewards_item"), await _ids(tx, "rewards_pick_up_place")
        rich = await tx.fetch(
            """
            SELECT steward.id, steward.number, street.code AS street, account.balance
            FROM points_account account
            JOIN stewards_steward steward ON steward.id = account.owner_id AND steward.status = 'active'
            JOIN stewards_street street ON street.id = steward.street_id
            WHERE account.kind = 'spendable' AND account.balance >= 5 ORDER BY steward.number
            """,
            types={"id": UUID},
        )
        buyers = random.sample(list(rich), min(len(rich), _ORDERS_A_WEEK[self.district.size]))
        wishes = []
        for row in buyers:
            within = [item for item in shop_data()["items"] if item["price"] <= row["balance"] and not item["booked"]]
            item = random.choice(within)
            quantity = 2 if item["price"] * 2 <= row["balance"] and random.randrange(4) == 0 else 1
            wishes.append(
                Redemption(
                    caller=self.by,
                    steward_id=row["id"],
                    place_id=places[f"P{row['street'][-3:]}"],
                    lines=[LineWish(item_id=items[item["code"]], quantity=quantity)],
                    channel="desk" if random.randrange(5) == 0 else "phone",
                )
            )
        # Limits and gates of the programme refuse some: that is what they are for.
        await place_orders(tx, wishes, now=now, codes=self.codes)

    async def finish(self, *, now: datetime) -> None:
        """What is under way today: half-days to book, a draw that is over and an open one, a waiting list, wishes."""
        await self.database.run(lambda tx: self._finish(tx, now))

    async def _finish(self, tx: Tx, now: datetime) -> None:
        if await tx.fetch_one("SELECT id FROM rewards_slot LIMIT 1"):
            return
        items, places = await _ids(tx, "rewards_item"), await _ids(tx, "rewards_pick_up_place")
        tomorrow = local_date(now) + timedelta(days=1)
        slots = [
            SlotWish(
                stock_id=stock_id_of(items[item["code"]], places[counter_of(street)]),
                day=tomorrow + timedelta(days=day),
                half=half,
                capacity=4,
                caller=self.by,
            )
            for street in self.district.streets
            for item in shop_data()["items"]
            if item["booked"]
            for day in range(_SLOT_DAYS)
            for half in ("am", "pm")
            if (tomorrow + timedelta(days=day)).weekday() not in {0, 6}
        ]
        _all_well(await save_slots(tx, slots, now=now))
        first = counter_of(self.district.streets[0])
        people = await tx.fetch(
            """
            SELECT steward.id FROM points_account account
            JOIN stewards_steward steward ON steward.id = account.owner_id AND steward.status = 'active'
            JOIN stewards_street street ON street.id = steward.street_id
            WHERE account.kind = 'spendable' AND street.code = $1 ORDER BY account.balance DESC, steward.number LIMIT 12
            """,
            self.district.streets[0].code,
            types={"id": UUID},
        )
        ids = [row["id"] for row in people]
        scarce = stock_id_of(items[_SCARCE], places[first])
        await self._draw(tx, scarce, ids, places=2, opens_at=now - timedelta(days=9), days=7, now=now)
        await self._draw(tx, scarce, ids[:5], places=3, opens_at=now, days=7, now=now)
        gone = MoveWish(
            item_id=items[_GONE],
            place_id=places[first],
            kind=MoveKind.COUNTED,
            quantity=0,
            reason="count",
            caller=self.by,
        )
        if not isinstance((await move_stock(tx, [gone], now=now))[0], Refusal):
            waiting = [
                WaitingWish(stock_id=stock_id_of(items[_GONE], places[first]), steward_id=one, actor=self.by.actor)
                for one in ids[:4]
            ]
            await join_waiting(tx, waiting, now=now)
        await self._wish(tx, ids, now)

    async def _draw(
        self,
        tx: Tx,
        stock_id: UUID,
        people: Sequence[UUID],
        *,
        places: int,
        opens_at: datetime,
        days: int,
        now: datetime,
    ) -> None:
        """A draw that was announced at a moment, with its applications, done where its time is over."""
        closes_at = opens_at + timedelta(days=days)
        seed = f"{self._random('draw', opens_at.isoformat()).getrandbits(256):064x}"
        wish = NewDraw(
            stock_id=stock_id, places=places, opens_at=opens_at, closes_at=closes_at, seed=seed, caller=self.by
        )
        [draw] = await announce_draws(tx, [wish], now=opens_at)
        if not isinstance(draw, Announced):
            return
        applications = [ApplicationWish(draw_id=draw.draw_id, steward_id=one, actor=self.by.actor) for one in people]
        await apply_to_draws(tx, applications, now=opens_at)
        if closes_at <= now:
            _all_well(await settle_draws(tx, [Settlement(draw_id=draw.draw_id)], now=now, codes=self.codes))

    async def _wish(self, tx: Tx, people: Sequence[UUID], now: datetime) -> None:
        titles = shop_data()["wishes"]
        proposals = [
            WishProposal(title=title, caller=steward_principal(one, ""))
            for title, one in zip(titles, people, strict=False)
        ]
        made = [wish for wish in await propose_wishes(tx, proposals, now=now) if not isinstance(wish, Refusal)]
        votes = [
            WishVote(wish_id=wish.wish_id, caller=steward_principal(one, ""))
            for at, wish in enumerate(made)
            for one in people[at::2]
        ]
        await vote_on_wishes(tx, votes, now=now)

    def _random(self, *parts: str) -> Random:
        return Random("/".join((str(self.district.seed), "shop", *parts)))  # noqa: S311 - reproducible on purpose


async def _ids(tx: Tx, table: str) -> dict[str, UUID]:
    return {row["code"]: row["id"] for row in await tx.fetch(f"SELECT code, id FROM {table}", types={"id": UUID})}


def _all_well(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            raise outcome
