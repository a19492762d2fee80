"""Half-days on which services are given (服务时段): how many each serves, and who has booked which.

A slot's row is locked before stock and accounts, and its `booked` is checked by the database as well: whatever happens,
nobody is told to come where there is no seat. Seats come back when an order is closed, through the outbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import LOCAL_ZONE, local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.messages import N_, Text
from rewards.capacity_models import Slot
from rewards.models import Item, PickUpPlace, Stock
from rewards.slot_refusals import (
    BelowBooked,
    NoSlotsForThis,
    SlotCapacityWrong,
    SlotDayWrong,
    SlotFull,
    SlotOver,
    SlotTooLate,
    UnknownSlot,
)
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

Half = Literal["am", "pm"]
HALVES: Mapping[Half, str] = {"am": N_("上午"), "pm": N_("下午")}
DAYS_AHEAD = 180
MOST_SEATS = 500
_BEGINS = {"am": time(9), "pm": time(13)}
_ENDS = {"am": time(12), "pm": time(18)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotWish:
    """How many a place is to serve in half a day; 0 closes it."""

    stock_id: UUID
    day: date
    half: Half
    capacity: int
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSaved:
    """A half-day as it stands now; `changed` is false where it stood so already."""

    slot_id: UUID
    day: date
    half: Half
    capacity: int
    booked: int
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLine:
    """A half-day as a list shows it."""

    id: UUID
    stock_id: UUID
    day: date
    half: Half
    capacity: int
    booked: int

    @property
    def left(self) -> int:
        """How many seats can still be booked."""
        return self.capacity - self.booked


def slot_id(stock_id: UUID, day: date, half: Half) -> UUID:
    """The id of a half-day, in every process."""
    return derived_id("slot", str(stock_id), day.isoformat(), half)


def begins_at(day: date, half: str) -> datetime:
    """When a half-day begins: 9:00 or 13:00 local time."""
    return datetime.combine(day, _BEGINS["am" if half == "am" else "pm"], LOCAL_ZONE)


def ends_at(day: date, half: str) -> datetime:
    """When a half-day is over: 12:00 or 18:00 local time."""
    return datetime.combine(day, _ENDS["am" if half == "am" else "pm"], LOCAL_ZONE)


async def save_slots(tx: Tx, wishes: Sequence[SlotWish], *, now: datetime) -> list[SlotSaved | Refusal]:
    """Open half-days or change how many they serve, audited.

    Refusals: UnknownSlot (no such stock within reach), NoSlotsForThis, SlotDayWrong, SlotCapacityWrong, BelowBooked.
    """
    where = await _whereabouts(tx, {wish.stock_id for wish in wishes})
    ids = [slot_id(wish.stock_id, wish.day, wish.half) for wish in wishes]
    stored = await tx.lock(Slot, ids)
    known = {row_id: dict(row) for row_id, row in stored.items()}
    outcomes: list[SlotSaved | Refusal] = []
    entries: list[AuditEntry] = []
    for wish, wished_id in zip(wishes, ids, strict=True):
        row = known.get(wished_id)
        refusal = _bar_slot(wish, where.get(wish.stock_id), row, local_date(now))
        if refusal:
            outcomes.append(refusal)
            continue
        changed = row is None or row["capacity"] != wish.capacity
        if row is None:
            key = {"stock_id": wish.stock_id, "day": wish.day, "half": wish.half}
            row = known[wished_id] = {"id": wished_id, **key, "capacity": 0, "booked": 0}
        row["capacity"] = wish.capacity
        if changed:
            entries.append(
                AuditEntry(
                    actor=wish.caller.actor,
                    action="slots.saved",
                    subject_kind="slot",
                    subject_id=wished_id,
                    street_id=where[wish.stock_id]["street_id"],
                    detail={"day": wish.day.isoformat(), "half": wish.half, "capacity": wish.capacity},
                )
            )
        outcomes.append(
            SlotSaved(
                slot_id=wished_id,
                day=wish.day,
                half=wish.half,
                capacity=wish.capacity,
                booked=row["booked"],
                changed=changed,
            )
        )
    await tx.insert(Slot, [row for row_id, row in known.items() if row_id not in stored])
    moved = [row for row_id, row in known.items() if row_id in stored and row["capacity"] != stored[row_id]["capacity"]]
    await tx.update(Slot, [{"id": row["id"], "capacity": row["capacity"]} for row in moved])
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def _bar_slot(wish: SlotWish, where: Row | None, slot: Row | None, today: date) -> Refusal | None:
    if where is None or not may(wish.caller, Action.SLOTS_EDIT, _place_of(where)):
        return UnknownSlot(pointer="/stock")
    if where["kind"] != "service":
        return NoSlotsForThis(pointer="/stock")
    if not today <= wish.day <= today + timedelta(days=DAYS_AHEAD):
        return SlotDayWrong(pointer="/day", days=DAYS_AHEAD)
    if type(wish.capacity) is not int or not 0 <= wish.capacity <= MOST_SEATS:
        return SlotCapacityWrong(pointer="/capacity", most=MOST_SEATS)
    if slot is not None and slot["booked"] > wish.capacity:
        return BelowBooked(pointer="/capacity", booked=slot["booked"])
    return None


class Seats:
    """Half-days that are locked, with the seats that are left in each as wishes take them."""

    def __init__(self, rows: Mapping[UUID, Row]) -> None:
        self._rows = rows
        self._booked = {row_id: row["booked"] for row_id, row in rows.items()}

    @classmethod
    async def lock(cls, tx: Tx, ids: set[UUID]) -> "Seats":
        """Hold half-days, in the order of their ids."""
        return cls(await tx.lock(Slot, ids))

    def stock_of(self, wished_id: UUID) -> UUID | None:
        """The stock that a half-day belongs to; None where there is none."""
        row = self._rows.get(wished_id)
        return row["stock_id"] if row else None

    def day_of(self, known_id: UUID) -> date:
        """The local day of a half-day that is held."""
        day: date = self._rows[known_id]["day"]
        return day

    def half_of(self, known_id: UUID) -> str:
        """Which half of its day it is."""
        return str(self._rows[known_id]["half"])

    def bar(
        self, wished_id: UUID, seats: int, *, stock_id: UUID, last_day: date | None, now: datetime
    ) -> Refusal | None:
        """Why so many seats cannot be taken; None where they can."""
        row = self._rows.get(wished_id)
        if row is None or row["stock_id"] != stock_id:
            return UnknownSlot(pointer="/slot")
        if begins_at(row["day"], row["half"]) <= now:
            return SlotOver(pointer="/slot")
        if last_day is not None and row["day"] > last_day:
            return SlotTooLate(pointer="/slot", last_day=last_day.isoformat())
        left = row["capacity"] - self._booked[wished_id]
        if seats > left:
            half = Text(HALVES[row["half"]])
            return SlotFull(pointer="/slot", day=row["day"].isoformat(), half=half, left=max(0, left))
        return None

    def take(self, wished_id: UUID, seats: int) -> None:
        """Take seats, or give them back where negative."""
        self._booked[wished_id] += seats

    async def save(self, tx: Tx) -> None:
        """Write what was taken and given back."""
        changed = [
            {"id": row_id, "booked": booked}
            for row_id, booked in self._booked.items()
            if booked != self._rows[row_id]["booked"]
        ]
        await tx.update(Slot, changed)


async def list_slots(
    reader: Reader, stock_ids: Sequence[UUID], *, from_day: date, until: date | None = None
) -> list[SlotLine]:
    """The half-days of some stocks from a day on, by day."""
    rows = await reader.rows(
        Slot,
        f"WHERE {reader.one_of('stock_id', 1)} AND day >= $2 AND day <= $3 ORDER BY day, half, stock_id",
        sorted(stock_ids),
        from_day,
        until or from_day + timedelta(days=DAYS_AHEAD),
    )
    return [
        SlotLine(
            id=row["id"],
            stock_id=row["stock_id"],
            day=row["day"],
            half=row["half"],
            capacity=row["capacity"],
            booked=row["booked"],
        )
        for row in rows
    ]


async def booked_by_appointment(reader: Reader, stock_ids: Sequence[UUID], *, today: date) -> frozenset[UUID]:
    """Those of some stocks with half-days from today on: they are not ordered without an appointment."""
    rows = await reader.fetch(
        f"SELECT DISTINCT stock_id FROM rewards_slot "
        f"WHERE {reader.one_of('stock_id', 1)} AND day >= $2 AND capacity > 0",
        sorted(stock_ids),
        today,
        types={"stock_id": UUID},
    )
    return frozenset(row["stock_id"] for row in rows)


def _place_of(where: Row) -> Place:
    return Place(street_id=where["street_id"], community_id=where["community_id"])


async def _whereabouts(tx: Tx, stock_ids: set[UUID]) -> dict[UUID, dict[str, Any]]:
    """Each stock's street, community and kind of item."""
    stocks = await tx.rows(Stock, f"WHERE {tx.one_of('id', 1)}", sorted(stock_ids))
    places = {
        row["id"]: row
        for row in await tx.rows(
            PickUpPlace, f"WHERE {tx.one_of('id', 1)}", sorted({row["place_id"] for row in stocks})
        )
    }
    items = {
        row["id"]: row
        for row in await tx.rows(Item, f"WHERE {tx.one_of('id', 1)}", sorted({row["item_id"] for row in stocks}))
    }
    return {
        row["id"]: {
            "street_id": places[row["place_id"]]["street_id"],
            "community_id": places[row["place_id"]]["community_id"],
            "kind": items[row["item_id"]]["kind"],
        }
        for row in stocks
    }
