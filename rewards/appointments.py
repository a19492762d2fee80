"""Appointments (预约): orders of services that say which half-day, moved, kept and missed.

Half-days are locked before stocks and purses. A seat is taken in the transaction of its order, so that there is neither
an order without a seat nor a seat without an order; seats of orders that were closed come back by the clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from rewards.capacity_models import Appointment
from rewards.models import Order
from rewards.order_rows import Redemption
from rewards.pick_up_codes import PickUpCodes
from rewards.redeeming import Placed, place_orders
from rewards.shelf_state import stock_id_of
from rewards.slot_refusals import AppointmentNeeded, SlotFull, UnknownSlot
from rewards.slots import Seats, booked_by_appointment

BOOKED_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An order to be placed, with a half-day for each of its items that needs one."""

    order: Redemption
    slots: Mapping[UUID, UUID]  # by item


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An order that was placed, with its appointments by item."""

    placed: Placed
    slots: Mapping[UUID, UUID]


async def book_orders(
    tx: Tx, wishes: Sequence[Booking], *, now: datetime, codes: PickUpCodes
) -> list[Booked | Refusal]:
    """Place orders, each with its seats or not at all, first come first served.

    Refusals: AppointmentNeeded, UnknownSlot, SlotOver, SlotTooLate, SlotFull, and those of rewards.redeeming.
    """
    today = local_date(now)
    lines = {stock_id_of(line.item_id, wish.order.place_id) for wish in wishes for line in wish.order.lines}
    by_appointment = await booked_by_appointment(tx, sorted(lines), today=today)
    seats = await Seats.lock(tx, {slot_id for wish in wishes for slot_id in wish.slots.values()})
    outcomes: dict[int, Booked | Refusal] = {}
    waiting: list[int] = []
    for index, wish in enumerate(wishes):
        refusal = _bar_lines(wish, by_appointment)
        if refusal:
            outcomes[index] = refusal
        else:
            waiting.append(index)
    while waiting:
        going: list[int] = []
        barred: list[int] = []
        for index in waiting:
            refusal = _take(seats, wishes[index], today, now)
            if refusal is None:
                going.append(index)
                continue
            outcomes[index] = refusal
            if isinstance(refusal, SlotFull):
                barred.append(index)
        given_back = False
        placed = await place_orders(tx, [wishes[index].order for index in going], now=now, codes=codes) if going else []
        for index, outcome in zip(going, placed, strict=True):
            if isinstance(outcome, Refusal):
                outcomes[index] = outcome
                _give_back(seats, wishes[index])
                given_back = given_back or bool(wishes[index].slots)
            else:
                outcomes[index] = Booked(placed=outcome, slots=wishes[index].slots)
        # Who found a half-day full gets another chance where seats of a refused order came back.
        waiting = barred if given_back else []
    await seats.save(tx)
    await _write(tx, [one for one in outcomes.values() if isinstance(one, Booked)], seats, now)
    return [outcomes[index] for index in range(len(wishes))]


def _bar_lines(wish: Booking, by_appointment: frozenset[UUID]) -> Refusal | None:
    ordered = {line.item_id for line in wish.order.lines}
    for at, line in enumerate(wish.order.lines):
        needed = stock_id_of(line.item_id, wish.order.place_id) in by_appointment
        if needed and line.item_id not in wish.slots:
            return AppointmentNeeded(pointer=f"/lines/{at}/slot")
    return UnknownSlot(pointer="/lines") if set(wish.slots) - ordered else None


def _wanted(wish: Booking) -> list[tuple[int, UUID, UUID, int]]:
    """Each seat that an order asks for: the line's place, the half-day, the stock, how many."""
    return [
        (at, wish.slots[line.item_id], stock_id_of(line.item_id, wish.order.place_id), line.quantity)
        for at, line in enumerate(wish.order.lines)
        if line.item_id in wish.slots
    ]


def _take(seats: Seats, wish: Booking, today: date, now: datetime) -> Refusal | None:
    wanted = _wanted(wish)
    for at, slot_id, stock_id, count in wanted:
        refusal = seats.bar(slot_id, count, stock_id=stock_id, last_day=today + BOOKED_AHEAD, now=now)
        if refusal:
            refusal.pointer = f"/lines/{at}/slot"
            return refusal
    for _, slot_id, _, count in wanted:
        seats.take(slot_id, count)
    return None


def _give_back(seats: Seats, wish: Booking) -> None:
    for _, slot_id, _, count in _wanted(wish):
        seats.take(slot_id, -count)


async def _write(tx: Tx, booked: Sequence[Booked], seats: Seats, now: datetime) -> None:
    rows: list[dict[str, Any]] = []
    longer: list[dict[str, Any]] = []
    for one in booked:
        days = [one.placed.waits_until]
        for line in one.placed.lines:
            slot_id = one.slots.get(line.item_id)
            if slot_id is None:
                continue
            days.append(seats.day_of(slot_id))
            rows.append(
                {
                    "id": new_id(),
                    "order_line_id": line.id,
                    "slot_id": slot_id,
                    "steward_id": one.placed.steward_id,
                    "seats": line.quantity,
                    "state": "booked",
                    "moves": 0,
                    "booked_at": now,
                }
            )
        if max(days) > one.placed.waits_until:
            longer.append({"id": one.placed.order_id, "waits_until": max(days)})
    await tx.insert(Appointment, rows)
    await tx.update(Order, longer)  # an order does not expire before its appointment
