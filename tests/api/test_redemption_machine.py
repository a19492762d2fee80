"""Orders, stock and earnings in any sequence, through the doors: they agree with plain numbers, and verify holds."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.clock import FixedClock, local_date
from points.verifying import verify_points
from rewards.verifying import verify_rewards
from tests.api.door import QIAN_LANE, ZHAO_LANE, Door
from tests.api.naive_shop import NaiveShop
from tests.api.things import a_counter, an_item
from tests.cases.examples import examples

WHO = ("steward", "other_steward")
LANES = {"steward": ZHAO_LANE, "other_steward": QIAN_LANE}
_numbers = itertools.count(1)

who = st.sampled_from(WHO)
item = st.integers(0, 1)
some = st.integers(1, 3)
nth = st.integers(0, 5)
steps = st.one_of(
    st.tuples(st.just("earn"), who, some),
    st.tuples(st.just("earn"), who, some),
    st.tuples(st.just("unearn"), nth),
    st.tuples(st.just("order"), who, item, some, st.booleans()),
    st.tuples(st.just("order"), who, item, some, st.booleans()),
    st.tuples(st.just("order"), who, item, some, st.booleans()),
    st.tuples(st.just("ready"), nth),
    st.tuples(st.just("collect"), nth, some),
    st.tuples(st.just("collect"), nth, some),
    st.tuples(st.just("cancel"), nth, st.booleans()),
    st.tuples(st.just("refund"), nth, some, st.booleans()),
    st.tuples(st.just("restock"), item, some),
    st.tuples(st.just("lose"), item, some),
    st.tuples(st.just("reprice"), item, some),
    st.tuples(st.just("draw"), item),
    st.tuples(st.just("pass"), st.sampled_from([1, 9, 16])),
)


class Life:
    """One sequence: the served district beside the plain numbers."""

    def __init__(self, door: Door, clock: FixedClock) -> None:
        self.door = door
        self.clock = clock
        self.stewards = {"steward": str(door.district.zhao), "other_steward": str(door.district.qian)}
        self.items: list[str] = []
        self.placed: list[dict[str, Any]] = []
        self.cases: list[tuple[str, str]] = []
        self.naive = NaiveShop({}, {}, [])

    async def begin(self) -> None:
        """Two items of this sequence, and nothing open from another."""
        await self.run_jobs()  # one that is under way would put off the next
        self.clock.at += timedelta(days=40)
        await self.run_jobs()
        await a_counter(self.door)
        self.items = [
            await an_item(self.door, price=price, stock=2, desk_quota=price - 1, code=f"M-{next(_numbers)}")
            for price in (1, 2)
        ]
        balances = {name: await self.balance(name) for name in WHO}
        self.naive = NaiveShop(
            spendable={name: balances[name]["spendable"] for name in WHO},
            debt={name: balances[name]["debt"] for name in WHO},
            prices=[1, 2],
            available=[2, 2],
            desk_quota=[0, 1],
        )

    async def run_jobs(self) -> None:
        await self.door.run_due("orders-expire", "scarce-items")

    async def call(self, role: str, method: str, path: str, **options: Any) -> httpx.Response:
        """A request; time passes between two, as budgets of tries ask for."""
        self.clock.at += timedelta(seconds=20)
        answer = await self.door.call(role, method, f"/api/v1{path}", **options)
        assert answer.status_code < 500, answer.text
        return answer

    async def balance(self, name: str) -> dict[str, int]:
        found: dict[str, int] = (await self.call(name, "GET", f"/stewards/{self.stewards[name]}/balance")).json()
        return found

    async def take(self, step: tuple[Any, ...]) -> None:
        """One step on both sides."""
        await getattr(self, step[0])(*step[1:])

    async def earn(self, name: str, count: int) -> None:
        for _ in range(count):
            case = await self.door.reported(lane=LANES[name])
            verified = await self.call("street_admin", "POST", f"/cases/{case['id']}/verify")
            assert verified.status_code == 200, verified.text
            self.cases.append((case["id"], name))
            self.naive.earn(name, 1)

    async def unearn(self, at: int) -> None:
        if not self.cases:
            return
        case_id, name = self.cases.pop(at % len(self.cases))
        reopened = await self.call("street_admin", "POST", f"/cases/{case_id}/reopen", json={"reason": "not_solved"})
        assert reopened.status_code == 200, reopened.text
        self.naive.take_back(name, 1)

    async def order(self, name: str, item: int, quantity: int, desk: bool) -> None:
        body: dict[str, Any] = {"place": "LT01", "lines": [{"item": self.items[item], "quantity": quantity}]}
        if desk:
            body["steward"] = self.stewards[name]
        answer = await self.call("street_admin" if desk else name, "POST", "/redemptions", json=body)
        refused = self.naive.order(name, item, quantity, local_date(self.clock.at), desk=desk)
        assert answer.json().get("code") == refused if refused else answer.status_code == 201, answer.text
        if not refused:
            self.placed.append(answer.json())

    async def step(self, at: int, action: str, body: dict[str, Any], role: str = "street_admin") -> int | None:
        if not self.placed:
            return None
        path = f"/redemptions/{self.placed[at % len(self.placed)]['id']}/{action}"
        return (await self.call(role, "POST", path, json=body)).status_code

    async def ready(self, at: int) -> None:
        if await self.step(at, "ready", {}) == 200:
            order = self.naive.orders[at % len(self.placed)]
            order.waits_until = max(order.waits_until, local_date(self.clock.at) + timedelta(days=15))

    async def collect(self, at: int, quantity: int) -> None:
        if not self.placed:
            return
        at %= len(self.placed)
        code = self.placed[at]["code"]["digits"]
        status = await self.step(at, "collect", {"code": code, "lines": [{"number": 1, "quantity": quantity}]})
        assert (status == 200) == self.naive.collect(at, quantity)

    async def cancel(self, at: int, own: bool) -> None:
        if not self.placed:
            return
        at %= len(self.placed)
        role = self.naive.orders[at].who if own else "street_admin"
        assert (await self.step(at, "cancel", {}, role) == 200) == self.naive.release(at)

    async def refund(self, at: int, quantity: int, restock: bool) -> None:
        if not self.placed:
            return
        at %= len(self.placed)
        body = {"reason": "faulty", "restock": restock, "lines": [{"number": 1, "quantity": quantity}]}
        assert (await self.step(at, "refund", body) == 200) == self.naive.refund(at, quantity, restock=restock)

    async def move(self, item: int, kind: str, quantity: int, reason: str) -> int:
        body = {"place": "LT01", "kind": kind, "quantity": quantity, "reason": reason}
        return (
            await self.call("street_admin", "POST", f"/catalogue/items/{self.items[item]}/stock", json=body)
        ).status_code

    async def restock(self, item: int, quantity: int) -> None:
        assert await self.move(item, "received", quantity, "delivery") == 200
        self.naive.available[item] += quantity

    async def lose(self, item: int, quantity: int) -> None:
        enough = self.naive.available[item] >= quantity
        assert await self.move(item, "lost", quantity, "damaged") == (200 if enough else 409)
        self.naive.available[item] -= quantity if enough else 0

    async def reprice(self, item: int, points: int) -> None:
        path = f"/catalogue/items/{self.items[item]}/prices"
        assert (await self.call("district_admin", "POST", path, json={"points": points})).status_code == 201
        self.naive.prices[item] = points

    async def draw(self, item: int) -> None:
        """A draw of one unit: whoever may apply does, one of them wins, and nothing else changes."""
        begins = self.clock.at + timedelta(minutes=1)
        body = {
            "item": self.items[item],
            "place": "LT01",
            "places": 1,
            "opens_at": begins.isoformat(),
            "closes_at": (begins + timedelta(days=1)).isoformat(),
        }
        announced = await self.call("street_admin", "POST", "/draws", json=body)
        assert announced.status_code == (201 if self.naive.available[item] else 409), announced.text
        if announced.status_code != 201:
            return
        self.clock.at = begins + timedelta(minutes=1)
        path = f"/draws/{announced.json()['id']}"
        applied = [name for name in WHO if (await self.call(name, "POST", f"{path}/apply")).status_code == 200]
        assert applied == [name for name in WHO if self.naive.spendable[name] >= self.naive.prices[item]]
        self.clock.at += timedelta(days=2)
        await self.run_jobs()
        # Time has passed for every order, whether the draw's winner is served before or after what expires.
        self.naive.expire(local_date(self.clock.at))
        won = [name for name in applied if (await self.call(name, "GET", path)).json()["outcome"] == "won"]
        assert len(won) == min(1, len(applied))
        for name in won:
            self.naive.give(name, item, 1, local_date(self.clock.at))
            newest = (await self.call(name, "GET", "/redemptions?limit=1")).json()["data"][0]
            assert newest["channel"] == "draw"
            self.placed.append(newest)

    async def check(self) -> None:
        """Both sides agree."""
        for name in WHO:
            found = await self.balance(name)
            told = (self.naive.spendable[name], self.naive.held(name), self.naive.debt[name])
            assert (found["spendable"], found["held"], found["debt"]) == told
        assert await self.lots() == {name: self.naive.spendable[name] for name in WHO}
        stock = (await self.call("district_admin", "GET", "/catalogue/stock")).json()["data"]
        by_item = {line["item_id"]: (line["available"], line["reserved"], line["kept"]) for line in stock}
        for at, item_id in enumerate(self.items):
            assert by_item[item_id] == (self.naive.available[at], self.naive.reserved[at], 0)

    async def lots(self) -> dict[str, int]:
        """What is left in the lots of each steward's points."""
        rows = await (await self.door.database.reader()).fetch(
            "SELECT account.owner_id, SUM(lot.remaining) AS points FROM points_lot lot "
            "JOIN points_account account ON account.id = lot.account_id "
            "WHERE account.kind = 'spendable' AND account.unit = 'points' GROUP BY account.owner_id",
            types={"owner_id": UUID},
        )
        found = {str(row["owner_id"]): int(row["points"]) for row in rows}
        return {name: found.get(self.stewards[name], 0) for name in WHO}

    async def days(self, count: int) -> None:
        """Days pass, and what is due is run."""
        self.clock.at += timedelta(days=count)
        await self.run_jobs()
        self.naive.expire(local_date(self.clock.at))


setattr(Life, "pass", Life.days)


LIVES = 40  # sequences in one district: each takes longer than the one before, since verifying reads everything
DISTRICTS = -(-examples(5) // LIVES)


@pytest.mark.parametrize("district", range(DISTRICTS))
@settings(
    max_examples=min(examples(5), LIVES),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=st.lists(steps, min_size=8, max_size=24))
async def test_points_stock_and_orders_agree_with_plain_numbers_in_any_sequence(
    one_point_door: Door, clock: FixedClock, district: int, plan: list[tuple[Any, ...]]
) -> None:
    del district  # each has a database of its own
    life = Life(one_point_door, clock)
    await life.begin()
    for step in plan:
        await life.take(step)
        await life.check()
    assert await one_point_door.database.snapshot(verify_points) == []
    assert await one_point_door.database.snapshot(verify_rewards) == []
