"""Appointments: a seat with every order or no order, never one too many, whatever happens at once."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.database import Database
from kernel.errors import Refusal
from rewards.appointment_steps import (
    MOST_MOVES,
    AppointmentMiss,
    AppointmentMove,
    AppointmentNow,
    end_appointments,
    list_appointments,
    miss_appointments,
    move_appointments,
)
from rewards.appointments import Booked
from rewards.capacity_models import Slot
from rewards.models import Order
from rewards.slots import SlotWish, ends_at, save_slots
from rewards.verifying import verify_rewards
from stewards.inbox import read_inbox
from tests.rewards.scarce import DONGSI_ADMIN, LONGTAN_ADMIN, Shelf, a_shelf, me, only
from tests.stewards.builders import NOON, TODAY

TOMORROW = TODAY + timedelta(days=1)


async def a_slot(shelf: Shelf, stock_id: UUID, *, capacity: int, day: date = TOMORROW, half: str = "am") -> UUID:
    wish = SlotWish(stock_id=stock_id, day=day, half=half, capacity=capacity, caller=LONGTAN_ADMIN)  # type: ignore[arg-type]
    return only(await shelf.database.run(lambda tx: save_slots(tx, [wish], now=NOON))).slot_id


async def booked_in(shelf: Shelf, slot_id: UUID) -> int:
    [row] = await (await shelf.database.reader()).rows(Slot, "WHERE id = $1", slot_id)
    return int(row["booked"])


async def book(shelf: Shelf, who: UUID, stock_id: UUID, slot_id: UUID | None, quantity: int = 1) -> Booked | Refusal:
    slots = {shelf.items[stock_id]: slot_id} if slot_id else {}
    [outcome] = await shelf.booking((shelf.an_order(who, stock_id, quantity=quantity), slots))
    return outcome


async def moving(shelf: Shelf, appointment_id: UUID, slot_id: UUID, caller: Any) -> AppointmentNow | Refusal:
    wish = AppointmentMove(appointment_id=appointment_id, slot_id=slot_id, caller=caller)
    [outcome] = await shelf.database.run(lambda tx: move_appointments(tx, [wish], now=NOON))
    return outcome


def code(outcome: object) -> str:
    return outcome.code if isinstance(outcome, Refusal) else "ok"


async def test_a_service_with_half_days_is_ordered_with_one(database: Database) -> None:
    shelf = await a_shelf(database)
    barber = await shelf.an_item(stock=20, kind="service")
    slot = await a_slot(shelf, barber, capacity=2, day=TODAY + timedelta(days=30))
    one = shelf.people[0]
    assert code(await book(shelf, one, barber, None)) == "appointment_needed"
    assert code(await book(shelf, one, barber, shelf.place_id)) == "unknown_slot"
    placed = await book(shelf, one, barber, slot)
    assert isinstance(placed, Booked)
    [mine] = await list_appointments(await database.reader(), me(one))
    assert (mine.order_number, mine.half, mine.state) == (placed.placed.number, "am", "booked")
    assert await list_appointments(await database.reader(), me(shelf.people[1])) == []
    [order] = await (await database.reader()).rows(Order, "")
    assert order["waits_until"] == TODAY + timedelta(days=30)  # not over before it is given
    await shelf.check()


async def test_twenty_who_book_the_last_three_seats_at_once_get_three(database: Database) -> None:
    shelf = await a_shelf(database, people=20)
    barber = await shelf.an_item(stock=50, kind="service")
    slot = await a_slot(shelf, barber, capacity=3)
    found = await asyncio.gather(*(book(shelf, one, barber, slot) for one in shelf.people))
    assert sum(isinstance(one, Booked) for one in found) == 3
    assert {code(one) for one in found if isinstance(one, Refusal)} == {"slot_full"}
    assert await booked_in(shelf, slot) == 3
    assert (await shelf.stock(barber))["reserved"] == 3
    assert sum([await shelf.balance(one) for one in shelf.people]) == 20 * 100 - 3 * 10
    await shelf.check()


async def test_a_seat_of_who_cannot_pay_goes_to_the_next_of_the_same_batch(database: Database) -> None:
    shelf = await a_shelf(database, people=2)
    barber, dear = await shelf.an_item(stock=9, kind="service", price=60), await shelf.an_item(stock=9, price=50)
    slot = await a_slot(shelf, barber, capacity=1)
    poor, rich = shelf.people
    await shelf.ordered(poor, dear)
    seat = {shelf.items[barber]: slot}
    outcomes = await shelf.booking((shelf.an_order(poor, barber), seat), (shelf.an_order(rich, barber), seat))
    assert [code(one) for one in outcomes] == ["not_enough_points", "ok"]
    assert await booked_in(shelf, slot) == 1


async def test_an_appointment_is_moved_a_few_times_and_its_seat_with_it(database: Database) -> None:
    shelf = await a_shelf(database)
    barber = await shelf.an_item(stock=20, kind="service")
    first, second = await a_slot(shelf, barber, capacity=1), await a_slot(shelf, barber, capacity=1, half="pm")
    one, other, _ = shelf.people
    await book(shelf, one, barber, first)
    [mine] = await list_appointments(await database.reader(), me(one))
    assert code(await moving(shelf, mine.id, second, me(other))) == "unknown_appointment"
    assert code(await moving(shelf, mine.id, second, DONGSI_ADMIN)) == "unknown_appointment"
    for turn in range(MOST_MOVES):
        moved = await moving(shelf, mine.id, (second, first)[turn % 2], me(one))
        assert isinstance(moved, AppointmentNow)
        assert moved.moves == turn + 1
    assert (await booked_in(shelf, first), await booked_in(shelf, second)) == (0, 1)
    assert code(await moving(shelf, mine.id, first, me(one))) == "moved_too_often"
    assert code(await moving(shelf, mine.id, first, LONGTAN_ADMIN)) == "ok"
    await book(shelf, other, barber, second)
    assert code(await moving(shelf, mine.id, second, LONGTAN_ADMIN)) == "slot_full"


async def test_two_who_swap_at_once_neither_overbook_nor_hang(database: Database) -> None:
    shelf = await a_shelf(database, people=4)
    barber = await shelf.an_item(stock=20, kind="service")
    slots = [await a_slot(shelf, barber, capacity=3), await a_slot(shelf, barber, capacity=3, half="pm")]
    for at, one in enumerate(shelf.people):
        await book(shelf, one, barber, slots[at % 2])
    lines = await list_appointments(await database.reader(), LONGTAN_ADMIN)
    other = {slots[0]: slots[1], slots[1]: slots[0]}
    await asyncio.gather(*(moving(shelf, line.id, other[line.slot_id], LONGTAN_ADMIN) for line in lines))
    assert [await booked_in(shelf, slot) for slot in slots] in ([2, 2], [3, 1], [1, 3])
    rows = await list_appointments(await database.reader(), LONGTAN_ADMIN)
    for slot in slots:
        assert sum(line.seats for line in rows if line.slot_id == slot) == await booked_in(shelf, slot)


async def test_a_seat_comes_back_with_a_cancelled_order_and_is_kept_with_a_collected_one(database: Database) -> None:
    shelf = await a_shelf(database)
    barber = await shelf.an_item(stock=20, kind="service")
    slot = await a_slot(shelf, barber, capacity=2)
    orders = []
    for one in shelf.people[:2]:
        placed = await book(shelf, one, barber, slot)
        assert isinstance(placed, Booked)
        orders.append(placed.placed.order_id)
    assert code(await book(shelf, shelf.people[2], barber, slot)) == "slot_full"
    await shelf.step(orders[0], "cancel")
    await shelf.step(orders[1], "ready")
    await shelf.step(orders[1], "collect")
    assert await database.run(lambda tx: end_appointments(tx, now=NOON)) == 2
    assert await database.run(lambda tx: end_appointments(tx, now=NOON)) == 0
    assert await booked_in(shelf, slot) == 1
    assert code(await book(shelf, shelf.people[2], barber, slot)) == "ok"
    states = {line.state for line in await list_appointments(await database.reader(), LONGTAN_ADMIN)}
    assert states == {"released", "kept", "booked"}
    await shelf.check()


async def test_who_did_not_come_is_told_and_may_choose_again(database: Database) -> None:
    shelf = await a_shelf(database)
    barber = await shelf.an_item(stock=20, kind="service")
    slot, later = await a_slot(shelf, barber, capacity=1), await a_slot(shelf, barber, capacity=1, half="pm")
    one = shelf.people[0]
    await book(shelf, one, barber, slot)
    [mine] = await list_appointments(await database.reader(), me(one))

    async def missing(at: datetime) -> AppointmentNow | Refusal:
        wish = AppointmentMiss(appointment_id=mine.id, caller=LONGTAN_ADMIN)
        [outcome] = await database.run(lambda tx: miss_appointments(tx, [wish], now=at))
        return outcome

    over = ends_at(TOMORROW, "am")
    assert code(await missing(over - timedelta(seconds=1))) == "slot_not_over"
    assert [code(await missing(over)), code(await missing(over))] == ["ok", "ok"]
    messages, _ = await read_inbox(await database.reader(), one)
    assert [message.code for message in messages].count("appointment_missed") == 1
    assert code(await moving(shelf, mine.id, later, me(one))) == "ok"
    [mine] = await list_appointments(await database.reader(), me(one))
    assert (mine.state, mine.half) == ("booked", "pm")


async def test_a_seat_without_an_appointment_is_found_by_verify(database: Database) -> None:
    shelf = await a_shelf(database)
    barber = await shelf.an_item(stock=20, kind="service")
    slot = await a_slot(shelf, barber, capacity=2)
    await book(shelf, shelf.people[0], barber, slot)
    await shelf.check()
    await database.run(lambda tx: tx.execute("UPDATE rewards_slot SET booked = 2 WHERE id = $1", slot))
    assert [found.code for found in await database.snapshot(verify_rewards)] == ["seats_booked"]
