"""Half-days: opened by staff of the place, never smaller than what is booked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import new_id
from rewards.slots import DAYS_AHEAD, Seats, SlotSaved, SlotWish, booked_by_appointment, list_slots, save_slots
from tests.rewards.scarce import DONGSI_ADMIN, LONGTAN_ADMIN, Shelf, a_shelf
from tests.stewards.builders import NOON, TODAY

TOMORROW = TODAY + timedelta(days=1)


def a_slot(stock_id: UUID, **changes: Any) -> SlotWish:
    return SlotWish(
        **{"stock_id": stock_id, "day": TOMORROW, "half": "am", "capacity": 4, "caller": LONGTAN_ADMIN, **changes}
    )


async def saving(shelf: Shelf, *wishes: SlotWish) -> list[SlotSaved | Refusal]:
    return await shelf.database.run(lambda tx: save_slots(tx, wishes, now=NOON))


def codes(outcomes: list[Any]) -> list[str]:
    return [outcome.code if isinstance(outcome, Refusal) else "ok" for outcome in outcomes]


async def test_half_days_are_opened_and_changed_and_listed_by_day(database: Database) -> None:
    shelf = await a_shelf(database)
    barber = await shelf.an_item(stock=20, kind="service")
    outcomes = await saving(
        shelf, a_slot(barber, half="pm"), a_slot(barber), a_slot(barber), a_slot(barber, capacity=6)
    )
    assert [one.changed for one in outcomes if isinstance(one, SlotSaved)] == [True, True, False, True]
    lines = await list_slots(await database.reader(), [barber], from_day=TODAY)
    assert [(line.day, line.half, line.left) for line in lines] == [(TOMORROW, "am", 6), (TOMORROW, "pm", 4)]
    assert await booked_by_appointment(await database.reader(), [barber], today=TODAY) == {barber}
    assert await booked_by_appointment(await database.reader(), [barber], today=TOMORROW + timedelta(1)) == frozenset()


async def test_what_cannot_be_opened_is_named(database: Database) -> None:
    shelf = await a_shelf(database)
    barber, rice = await shelf.an_item(stock=20, kind="service"), await shelf.an_item(stock=20)
    outcomes = await saving(
        shelf,
        a_slot(barber, caller=DONGSI_ADMIN),
        a_slot(new_id()),
        a_slot(rice),
        a_slot(barber, day=TODAY - timedelta(days=1)),
        a_slot(barber, day=TODAY + timedelta(days=DAYS_AHEAD + 1)),
        a_slot(barber, capacity=-1),
        a_slot(barber, capacity=10**9),
    )
    assert codes(outcomes) == [
        "unknown_slot", "unknown_slot", "no_slots_for_this", "slot_day_wrong", "slot_day_wrong",
        "slot_capacity_wrong", "slot_capacity_wrong",
    ]  # fmt: skip


async def test_a_half_day_never_serves_fewer_than_have_booked(database: Database) -> None:
    shelf = await a_shelf(database)
    barber = await shelf.an_item(stock=20, kind="service")
    [saved] = await saving(shelf, a_slot(barber))
    assert isinstance(saved, SlotSaved)

    async def book(tx: Any) -> None:
        seats = await Seats.lock(tx, {saved.slot_id})
        assert seats.bar(saved.slot_id, 4, stock_id=barber, last_day=None, now=NOON) is None
        seats.take(saved.slot_id, 3)
        refusal = seats.bar(saved.slot_id, 2, stock_id=barber, last_day=None, now=NOON)
        assert refusal is not None
        assert (refusal.code, refusal.params["left"]) == ("slot_full", 1)
        await seats.save(tx)

    await database.run(book)
    assert codes(await saving(shelf, a_slot(barber, capacity=2))) == ["below_booked"]
    assert codes(await saving(shelf, a_slot(barber, capacity=3))) == ["ok"]
