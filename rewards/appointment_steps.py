"""Steps of appointments: moved by stewards a few times, missed or excused by staff, given back when an order closes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.messages import N_
from rewards.absences import no_show_days, reached_now
from rewards.appointments import BOOKED_AHEAD
from rewards.capacity_models import Appointment, NoShow
from rewards.models import Order
from rewards.shelf_loading import terms_on
from rewards.slot_refusals import (
    AppointmentEnded,
    MovedTooOften,
    NothingToExcuse,
    SlotNotOver,
    UnknownAppointment,
)
from rewards.slots import Seats, ends_at
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.permissions import Action, may
from stewards.principal import Place, Principal
from stewards.reach import reach

MOST_MOVES = 3
_OPEN = ("reserved", "ready", "partly")

register_message("no_shows_warn", N_("您已有 {count} 次预约没有来。以后不能来请提前改期或取消，把名额留给别人。"))
register_message(
    "no_shows_suspend", N_("您已有 {count} 次预约没有来，按规则到 {until} 为止暂停兑换。有原因请告诉领取点。")
)
register_message("no_shows_leave", N_("您已有 {count} 次预约没有来，按规则街道会联系您，听您说明情况。"))
register_message("appointment_missed", N_("订单 {number} 的预约您没有来，请在有效期内改约，过期后积分会退回。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentMove:
    """Somebody wants to come at another half-day."""

    appointment_id: UUID
    slot_id: UUID
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentMiss:
    """Staff say that somebody did not come."""

    appointment_id: UUID
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceExcuse:
    """Staff say that there was a reason for not coming, or that it was recorded by mistake."""

    appointment_id: UUID
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentNow:
    """An appointment as it stands now; `changed` is false where it stood so already."""

    appointment_id: UUID
    slot_id: UUID
    state: str
    moves: int
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentLine:
    """An appointment as a list shows it."""

    id: UUID
    order_id: UUID
    order_number: str
    item_name: str
    item_name_en: str
    place_name: str
    place_name_en: str
    steward_id: UUID
    steward_name: str
    steward_number: str
    stock_id: UUID
    slot_id: UUID
    day: date
    half: str
    seats: int
    state: str
    moves: int
    excused: bool  # it was missed with a reason


async def move_appointments(
    tx: Tx, wishes: Sequence[AppointmentMove], *, now: datetime
) -> list[AppointmentNow | Refusal]:
    """Move appointments to other half-days of the same service, in order.

    Refusals: UnknownAppointment, AppointmentEnded, MovedTooOften, UnknownSlot, SlotOver, SlotTooLate, SlotFull.
    """
    found = await _lock(tx, {wish.appointment_id for wish in wishes}, {wish.slot_id for wish in wishes})
    outcomes: list[AppointmentNow | Refusal] = []
    changed: set[UUID] = set()
    for wish in wishes:
        mine = found.appointments.get(wish.appointment_id)
        order = found.orders.get(mine["id"]) if mine else None
        if mine is None or order is None or not _reaches(wish.caller, Action.ORDERS_PLACE, order):
            outcomes.append(UnknownAppointment(pointer="/appointment_id"))
            continue
        if mine["state"] not in {"booked", "missed"} or order["state"] not in _OPEN:
            outcomes.append(AppointmentEnded())
            continue
        if mine["slot_id"] == wish.slot_id and mine["state"] == "booked":
            outcomes.append(_now(mine, changed=False))
            continue
        if wish.caller.steward_id is not None and mine["moves"] >= MOST_MOVES:
            outcomes.append(MovedTooOften(limit=MOST_MOVES))
            continue
        last_day = local_date(now) + BOOKED_AHEAD
        refusal = found.seats.bar(wish.slot_id, mine["seats"], stock_id=order["stock_id"], last_day=last_day, now=now)
        if refusal:
            outcomes.append(refusal)
            continue
        found.seats.take(mine["slot_id"], -mine["seats"])
        found.seats.take(wish.slot_id, mine["seats"])
        mine.update(slot_id=wish.slot_id, state="booked", moves=mine["moves"] + 1, ended_at=None)
        changed.add(mine["id"])
        outcomes.append(_now(mine, changed=True))
    await found.seats.save(tx)
    rows = [found.appointments[row_id] for row_id in sorted(changed)]
    await tx.update(
        Appointment, [{name: row[name] for name in ("id", "slot_id", "state", "moves", "ended_at")} for row in rows]
    )
    longer: dict[UUID, date] = {}
    for row in rows:
        order, day = found.orders[row["id"]], found.seats.day_of(row["slot_id"])
        longest: date = longer.get(order["order_id"]) or order["waits_until"]
        if day > longest:
            longer[order["order_id"]] = day
    await tx.lock(Order, longer)
    await tx.update(Order, [{"id": order_id, "waits_until": day} for order_id, day in longer.items()])
    return outcomes


async def miss_appointments(
    tx: Tx, wishes: Sequence[AppointmentMiss], *, now: datetime
) -> list[AppointmentNow | Refusal]:
    """Record who did not come once a half-day is over (未到); the steward is told and may choose another one.

    Refusals: UnknownAppointment, AppointmentEnded, SlotNotOver.
    """
    found = await _lock(tx, {wish.appointment_id for wish in wishes}, set())
    outcomes: list[AppointmentNow | Refusal] = []
    missed: dict[UUID, dict[str, Any]] = {}
    by: dict[UUID, Principal] = {}
    for wish in wishes:
        mine = found.appointments.get(wish.appointment_id)
        order = found.orders.get(mine["id"]) if mine else None
        if mine is None or order is None or not _reaches(wish.caller, Action.ORDERS_FULFIL, order):
            outcomes.append(UnknownAppointment(pointer="/appointment_id"))
        elif mine["state"] == "missed":
            outcomes.append(_now(mine, changed=False))
        elif mine["state"] != "booked" or order["state"] not in _OPEN:
            outcomes.append(AppointmentEnded())
        elif now < ends_at(found.seats.day_of(mine["slot_id"]), found.seats.half_of(mine["slot_id"])):
            outcomes.append(SlotNotOver())
        else:
            mine.update(state="missed", ended_at=now)
            missed[mine["id"]] = mine
            by[mine["id"]] = wish.caller
            outcomes.append(_now(mine, changed=True))
    await tx.update(Appointment, [{"id": row_id, "state": "missed", "ended_at": now} for row_id in missed])
    absences = [
        {
            "id": derived_id("no-show", str(row_id), str(row["slot_id"])),
            "appointment_id": row_id,
            "slot_id": row["slot_id"],
            "steward_id": row["steward_id"],
            "day": found.seats.day_of(row["slot_id"]),
            "recorded_by_kind": by[row_id].actor.kind,
            "recorded_by_id": by[row_id].actor.id,
            "recorded_at": now,
        }
        for row_id, row in missed.items()
    ]
    await tx.insert(NoShow, absences)
    messages = [
        NewMessage(
            steward_id=row["steward_id"],
            code="appointment_missed",
            params={"number": found.orders[row_id]["number"]},
            cause=f"appointment {row_id}/missed/{row['moves']}",
        )
        for row_id, row in missed.items()
    ]
    messages += await _consequences(tx, absences, now)
    if messages:
        await post_messages(tx, messages, now=now)
    return outcomes


async def _consequences(tx: Tx, absences: Sequence[Mapping[str, Any]], now: datetime) -> list[NewMessage]:
    """What stewards are told who have stayed away as often as the rules bear."""
    rule = (await terms_on(tx, local_date(now))).no_shows
    if rule is None or not absences:
        return []
    days = await no_show_days(tx, {row["steward_id"] for row in absences})
    messages = []
    for row in absences:
        count = reached_now(days.get(row["steward_id"], []), rule, row["day"])
        if count is not None:
            until = row["day"] + timedelta(days=rule.suspend_days)
            messages.append(
                NewMessage(
                    steward_id=row["steward_id"],
                    code=f"no_shows_{rule.then}",
                    params={"count": count, "until": until.isoformat()},
                    cause=f"no-show {row['id']}/{rule.then}",
                )
            )
    return messages


async def excuse_absences(tx: Tx, wishes: Sequence[AbsenceExcuse], *, now: datetime) -> list[AppointmentNow | Refusal]:
    """Excuse the newest absence of appointments, audited: it counts no longer. Again changes nothing.

    Refusals: UnknownAppointment, NothingToExcuse.
    """
    found = await _lock(tx, {wish.appointment_id for wish in wishes}, set())
    rows = await tx.rows(
        NoShow, f"WHERE {tx.one_of('appointment_id', 1)} ORDER BY recorded_at, id", sorted(found.appointments)
    )
    newest = {row["appointment_id"]: dict(row) for row in rows}
    outcomes: list[AppointmentNow | Refusal] = []
    entries: list[AuditEntry] = []
    for wish in wishes:
        mine = found.appointments.get(wish.appointment_id)
        order = found.orders.get(wish.appointment_id)
        if mine is None or order is None or not _reaches(wish.caller, Action.ORDERS_FULFIL, order):
            outcomes.append(UnknownAppointment(pointer="/appointment_id"))
            continue
        absence = newest.get(wish.appointment_id)
        if absence is None:
            outcomes.append(NothingToExcuse())
            continue
        changed = absence["excused_at"] is None
        if changed:
            absence.update(excused_at=now, excused_by_id=wish.caller.actor.id)
            await tx.update(NoShow, [{name: absence[name] for name in ("id", "excused_at", "excused_by_id")}])
            entries.append(
                AuditEntry(
                    actor=wish.caller.actor,
                    action="no_shows.excused",
                    subject_kind="appointment",
                    subject_id=wish.appointment_id,
                    street_id=order["street_id"],
                )
            )
        outcomes.append(_now(mine, changed=changed))
    if entries:
        await record(tx, entries, now=now)
    return outcomes


async def end_appointments(tx: Tx, *, now: datetime, limit: int = 500) -> int:
    """End the appointments of orders that were closed: kept where they were collected, else their seats come back."""
    rows = await tx.fetch(
        f"""
        SELECT mine.id, ordered.state FROM rewards_appointment mine
        JOIN rewards_order_line line ON line.id = mine.order_line_id
        JOIN rewards_order ordered ON ordered.id = line.order_id
        WHERE mine.state = 'booked' AND ordered.closed_at IS NOT NULL
        ORDER BY mine.id LIMIT {int(limit)}
        """,
        types={"id": UUID},
    )
    found = await _lock(tx, {row["id"] for row in rows}, set())
    kept = {row["id"] for row in rows if row["state"] in {"collected", "refunded"}}
    ended = []
    for row_id, mine in found.appointments.items():
        if mine["state"] != "booked":
            continue
        if row_id not in kept:
            found.seats.take(mine["slot_id"], -mine["seats"])
        ended.append({"id": row_id, "state": "kept" if row_id in kept else "released", "ended_at": now})
    await found.seats.save(tx)
    await tx.update(Appointment, ended)
    return len(ended)


async def list_appointments(
    reader: Reader,
    principal: Principal,
    *,
    day: date | None = None,
    street_id: UUID | None = None,
    order_id: UUID | None = None,
    limit: int = 200,
) -> list[AppointmentLine]:
    """Appointments within a caller's reach, by half-day; stewards see their own."""
    within = reach(principal, Action.ORDERS_READ)
    allowed, args = within.condition(
        reader, 1, street="ordered.street_id", community="ordered.community_id", steward="mine.steward_id"
    )
    conditions = [allowed]
    for column, value in (("slot.day", day), ("ordered.street_id", street_id), ("ordered.id", order_id)):
        if value is not None:
            args.append(value)
            conditions.append(f"{column} = ${len(args)}")
    rows = await reader.fetch(
        f"{_LINES} WHERE {' AND '.join(conditions)} "
        f"ORDER BY slot.day DESC, slot.half, ordered.number LIMIT {int(limit)}",
        *args,
        types={
            **dict.fromkeys(("id", "order_id", "steward_id", "stock_id", "slot_id"), UUID),
            "day": date,
            "excused": bool,
        },
    )
    return [AppointmentLine(**dict(row)) for row in rows]


_LINES = """
    SELECT mine.id, ordered.id AS order_id, ordered.number AS order_number, item.name AS item_name,
           item.name_en AS item_name_en, place.name AS place_name, place.name_en AS place_name_en, mine.steward_id,
           steward.name AS steward_name, steward.number AS steward_number, slot.stock_id, mine.slot_id, slot.day,
           slot.half, mine.seats, mine.state, mine.moves,
           EXISTS (SELECT 1 FROM rewards_no_show absent WHERE absent.appointment_id = mine.id
                   AND absent.slot_id = mine.slot_id AND absent.excused_at IS NOT NULL) AS excused
    FROM rewards_appointment mine
    JOIN rewards_slot slot ON slot.id = mine.slot_id
    JOIN rewards_order_line line ON line.id = mine.order_line_id
    JOIN rewards_order ordered ON ordered.id = line.order_id
    JOIN rewards_item item ON item.id = line.item_id
    JOIN rewards_pick_up_place place ON place.id = ordered.place_id
    JOIN stewards_steward steward ON steward.id = mine.steward_id
"""


@dataclass(frozen=True, slots=True)
class _Locked:
    """Appointments with their half-days, held, and what their orders are."""

    appointments: dict[UUID, dict[str, Any]]
    orders: dict[UUID, Row]
    seats: Seats


async def _lock(tx: Tx, ids: set[UUID], slots: set[UUID]) -> _Locked:
    """Hold half-days, then appointments: one that somebody moved meanwhile is looked at again."""
    while True:
        seen = await tx.rows(Appointment, f"WHERE {tx.one_of('id', 1)}", sorted(ids))
        known = {row["slot_id"] for row in seen}
        seats = await Seats.lock(tx, slots | known)
        held = await tx.lock(Appointment, [row["id"] for row in seen])
        if {row["slot_id"] for row in held.values()} <= known:
            break
    orders = await tx.fetch(
        f"""
        SELECT mine.id, mine.steward_id, ordered.id AS order_id, ordered.number, ordered.state, ordered.street_id,
               ordered.community_id, ordered.waits_until, line.stock_id
        FROM rewards_appointment mine
        JOIN rewards_order_line line ON line.id = mine.order_line_id
        JOIN rewards_order ordered ON ordered.id = line.order_id
        WHERE {tx.one_of("mine.id", 1)}
        """,
        sorted(held),
        types={
            **dict.fromkeys(("id", "steward_id", "order_id", "street_id", "community_id", "stock_id"), UUID),
            "waits_until": date,
        },
    )
    return _Locked({row_id: dict(row) for row_id, row in held.items()}, {row["id"]: row for row in orders}, seats)


def _reaches(caller: Principal, action: Action, order: Row) -> bool:
    place = Place(street_id=order["street_id"], community_id=order["community_id"])
    return may(caller, action, place, order["steward_id"])


def _now(row: dict[str, Any], *, changed: bool) -> AppointmentNow:
    return AppointmentNow(
        appointment_id=row["id"], slot_id=row["slot_id"], state=row["state"], moves=row["moves"], changed=changed
    )
