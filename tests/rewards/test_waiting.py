"""Waiting lists: in the order of joining, whatever happens at once; what comes back is offered to the first."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from kernel.database import Database
from kernel.errors import Refusal
from points.ledger import post
from points.wishes import Credit, Debit
from rewards.draw_models import WaitingEntry
from rewards.redeeming import Placed
from rewards.waiting import (
    AT_ONCE,
    OFFER_HOLDS,
    OfferTaking,
    Waiting,
    WaitingWish,
    join_waiting,
    offer_units,
    take_offers,
)
from stewards.inbox import read_inbox
from tests.rewards.scarce import CODES, Shelf, a_shelf, by, me
from tests.stewards.builders import NOON


async def joining(shelf: Shelf, stock_id: UUID, *who: UUID, leave: bool = False) -> list[Waiting | Refusal]:
    wishes = [WaitingWish(stock_id=stock_id, steward_id=one, actor=by(one), leave=leave) for one in who]
    return await shelf.database.run(lambda tx: join_waiting(tx, wishes, now=NOON))


async def offering(shelf: Shelf, stock_id: UUID, at: datetime = NOON) -> int:
    return await shelf.database.run(lambda tx: offer_units(tx, [stock_id], now=at))


async def listed(shelf: Shelf, stock_id: UUID) -> list[tuple[UUID, str]]:
    rows = await (await shelf.database.reader()).rows(WaitingEntry, "WHERE stock_id = $1 ORDER BY turn", stock_id)
    return [(row["steward_id"], row["state"]) for row in rows]


async def told(shelf: Shelf, steward_id: UUID) -> list[str]:
    messages, _ = await read_inbox(await shelf.database.reader(), steward_id)
    return [message.code for message in messages]


def codes(outcomes: list[Waiting | Refusal]) -> list[str]:
    return [outcome.code if isinstance(outcome, Refusal) else outcome.state for outcome in outcomes]


async def test_what_is_in_stock_is_ordered_not_waited_for(database: Database) -> None:
    shelf = await a_shelf(database)
    assert codes(await joining(shelf, await shelf.an_item(stock=1), shelf.people[0])) == ["still_in_stock"]


async def test_the_list_is_in_order_and_joining_again_changes_nothing(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=0)
    first = await joining(shelf, stock_id, *shelf.people)
    assert [one.before for one in first if isinstance(one, Waiting)] == [0, 1, 2]
    [again] = await joining(shelf, stock_id, shelf.people[1])
    assert isinstance(again, Waiting)
    assert (again.before, again.changed) == (1, False)
    await joining(shelf, stock_id, shelf.people[0], leave=True)
    [again] = await joining(shelf, stock_id, shelf.people[1])
    assert isinstance(again, Waiting)
    assert again.before == 0
    assert (await shelf.stock(stock_id))["kept"] == 2
    assert codes(await joining(shelf, stock_id, shelf.people[0], leave=True)) == ["not_waiting"]
    [back] = await joining(shelf, stock_id, shelf.people[0])
    assert isinstance(back, Waiting)
    assert back.before == 2  # at the end


async def test_thirty_who_join_at_once_stand_in_one_gapless_order(database: Database) -> None:
    shelf = await a_shelf(database, people=15)
    stock_id = await shelf.an_item(stock=0)
    found = await asyncio.gather(*(joining(shelf, stock_id, one) for one in shelf.people for _ in range(2)))
    assert sum(one.changed for [one] in found if isinstance(one, Waiting)) == 15
    rows = await (await database.reader()).rows(WaitingEntry, "ORDER BY turn")
    assert [row["turn"] for row in rows] == list(range(1, 16))
    assert (await shelf.stock(stock_id))["kept"] == 15


async def test_what_comes_back_is_offered_in_turn_and_never_twice(database: Database) -> None:
    shelf = await a_shelf(database, people=4)
    stock_id = await shelf.an_item(stock=0)
    await joining(shelf, stock_id, *shelf.people)
    assert await offering(shelf, stock_id) == 0
    await shelf.arriving(stock_id, 2)
    found = await asyncio.gather(*(offering(shelf, stock_id) for _ in range(5)))
    assert sum(found) == 2
    assert [state for _, state in await listed(shelf, stock_id)] == ["offered", "offered", "waiting", "waiting"]
    assert [await told(shelf, one) for one in shelf.people] == [["waiting_offered"]] * 2 + [[]] * 2
    messages, _ = await read_inbox(await database.reader(), shelf.people[0])
    assert messages[0].text.render("zh") == "您候补的“大米”到货了，给您留到 2026-11-25 12:00，请尽快兑换。"


async def test_an_offer_that_is_not_taken_goes_to_the_next(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=0)
    await joining(shelf, stock_id, *shelf.people)
    await shelf.arriving(stock_id, 1)
    await offering(shelf, stock_id)
    assert await offering(shelf, stock_id, NOON + OFFER_HOLDS - timedelta(seconds=1)) == 0
    assert await offering(shelf, stock_id, NOON + OFFER_HOLDS) == 1
    assert [state for _, state in await listed(shelf, stock_id)] == ["lapsed", "offered", "waiting"]
    assert (await shelf.stock(stock_id))["kept"] == 2
    assert await told(shelf, shelf.people[0]) == ["waiting_lapsed", "waiting_offered"]


async def test_who_cannot_pay_when_the_turn_comes_is_passed_and_told(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=0, price=100)
    await joining(shelf, stock_id, *shelf.people)
    spent = Debit(
        owner_id=shelf.people[0], points=1, to_kind="redeemed", reason="test", reference="spent", occurred_at=NOON
    )
    await database.run(lambda tx: post(tx, [spent], now=NOON))
    await shelf.arriving(stock_id, 1)
    assert await offering(shelf, stock_id) == 1
    assert [state for _, state in await listed(shelf, stock_id)] == ["lapsed", "offered", "waiting"]
    assert await told(shelf, shelf.people[0]) == ["waiting_short"]
    assert codes(await joining(shelf, stock_id, shelf.people[0])) == ["not_enough_to_apply"]


async def test_one_waits_for_a_few_items_at_a_time(database: Database) -> None:
    shelf = await a_shelf(database)
    one = shelf.people[0]
    stocks = [await shelf.an_item(stock=0) for _ in range(AT_ONCE + 1)]
    found = [codes(await joining(shelf, stock_id, one))[0] for stock_id in stocks]
    assert found == ["waiting"] * AT_ONCE + ["waiting_too_much"]


async def taking(shelf: Shelf, entry_id: UUID, who: UUID, at: datetime = NOON) -> Placed | Refusal:
    wish = OfferTaking(entry_id=entry_id, caller=me(who))
    [outcome] = await shelf.database.run(lambda tx: take_offers(tx, [wish], now=at, codes=CODES))
    return outcome


async def test_what_comes_back_is_ordered_by_the_first_and_by_nobody_else(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=0)
    first, second, third = shelf.people
    joined = await joining(shelf, stock_id, first, second)
    entries = [one.entry_id for one in joined if isinstance(one, Waiting)]
    await shelf.arriving(stock_id, 1)
    [stranger] = await shelf.booking((shelf.an_order(third, stock_id), {}))
    assert isinstance(stranger, Refusal)
    assert stranger.code == "out_of_stock"
    await offering(shelf, stock_id)
    for entry_id, who in ((entries[1], second), (entries[0], second)):
        refused = await taking(shelf, entry_id, who)
        assert isinstance(refused, Refusal)
        assert refused.code == "no_offer"
    found = await asyncio.gather(*(taking(shelf, entries[0], first) for _ in range(8)))
    assert sum(isinstance(one, Placed) for one in found) == 1
    assert await shelf.balance(first) == 90
    assert await listed(shelf, stock_id) == [(first, "taken"), (second, "waiting")]
    row = await shelf.stock(stock_id)
    assert (row["available"], row["reserved"], row["kept"]) == (0, 1, 1)
    await shelf.check()


async def test_an_offer_that_cannot_be_paid_holds_on(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id, other = await shelf.an_item(stock=0), await shelf.an_item(stock=5, price=95)
    one = shelf.people[0]
    [joined] = await joining(shelf, stock_id, one)
    assert isinstance(joined, Waiting)
    await shelf.arriving(stock_id, 1)
    await offering(shelf, stock_id)
    spent = await shelf.ordered(one, other)
    refused = await taking(shelf, joined.entry_id, one)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_enough_points"
    assert (await shelf.stock(stock_id))["kept"] == 1
    await shelf.step(spent.order_id, "cancel")
    assert isinstance(await taking(shelf, joined.entry_id, one), Placed)
    assert (await shelf.stock(stock_id))["kept"] == 0
    await shelf.check()


async def test_an_offer_whose_time_is_over_is_gone(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=0)
    [joined] = await joining(shelf, stock_id, shelf.people[0])
    assert isinstance(joined, Waiting)
    await shelf.arriving(stock_id, 1)
    await offering(shelf, stock_id)
    late = await taking(shelf, joined.entry_id, shelf.people[0], NOON + OFFER_HOLDS)
    assert isinstance(late, Refusal)
    assert late.code == "no_offer"


async def test_what_is_held_back_for_the_desk_is_neither_in_stock_for_them_nor_offered(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=2, desk_quota=2)
    assert codes(await joining(shelf, stock_id, shelf.people[0])) == ["waiting"]
    assert await offering(shelf, stock_id) == 0
    await shelf.arriving(stock_id, 1)
    assert await offering(shelf, stock_id) == 1
    await shelf.check()


async def test_who_could_not_order_it_anyway_is_told_so_at_once(database: Database) -> None:
    shelf = await a_shelf(database)
    levelled = await shelf.an_item(stock=0, gates={"verified_cases": 3})
    elsewhere = await shelf.an_item(stock=0, streets=("110101006",))
    assert codes(await joining(shelf, levelled, shelf.people[0])) == ["not_eligible"]
    assert codes(await joining(shelf, elsewhere, shelf.people[0])) == ["unknown_item"]
    assert await listed(shelf, levelled) == []


async def test_points_for_services_count_where_a_service_is_waited_for(database: Database) -> None:
    shelf = await a_shelf(database, points=0)
    one = shelf.people[0]
    wish = Credit(owner_id=one, points=10, reason="grant", reference="services", occurred_at=NOON, purse="services")
    await shelf.database.run(lambda tx: post(tx, [wish], now=NOON))
    haircut, rice = await shelf.an_item(stock=0, kind="service"), await shelf.an_item(stock=0)
    assert codes(await joining(shelf, rice, one)) == ["not_enough_to_apply"]
    assert codes(await joining(shelf, haircut, one)) == ["waiting"]
    await shelf.arriving(haircut, 1)
    assert await offering(shelf, haircut) == 1
    await shelf.check()
