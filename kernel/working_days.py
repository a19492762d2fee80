"""Working days (工作日): Monday to Friday, but for holidays, and weekends on which people make up for them (调休)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import FIRST_DAY, LAST_DAY
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id
from kernel.messages import N_
from kernel.models import CalendarDay
from kernel.text import clean_text

NAME_LENGTH = 32


class DayUnfit(Refusal):
    """A day of the calendar lies between 2000 and 2100."""

    code = "calendar_day_unfit"
    kind = Kind.INVALID
    message = N_("日期要在 {first} 到 {last} 之间。")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """What differs from Monday to Friday: `holidays` on which nobody works, weekend days that are `worked`."""

    holidays: frozenset[date] = field(default_factory=frozenset)
    worked: frozenset[date] = field(default_factory=frozenset)

    def works(self, day: date) -> bool:
        """Whether a local day is a working day."""
        return day in self.worked or (day.weekday() < 5 and day not in self.holidays)

    def last_of(self, first: date, count: int) -> date:
        """The day on which `count` working days are full, the first day counted where it is one; at least that day."""
        day, left = first, count - self.works(first)
        while left > 0:
            day += timedelta(days=1)
            left -= self.works(day)
        return day


PLAIN_WEEKS = WorkCalendar()
"""Monday to Friday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWish:
    """A day that is a holiday (`works` false), is worked (true), or is as its weekday says again (None)."""

    day: date
    works: bool | None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEntry:
    """A day that differs from its weekday."""

    day: date
    works: bool
    name: str


async def read_calendar(reader: Reader) -> WorkCalendar:
    """The calendar as the district keeps it."""
    days = await list_days(reader)
    return WorkCalendar(
        holidays=frozenset(entry.day for entry in days if not entry.works),
        worked=frozenset(entry.day for entry in days if entry.works),
    )


async def list_days(reader: Reader, *, year: int | None = None) -> list[DayEntry]:
    """The days that differ from their weekday, oldest first."""
    if year is None:
        rows = await reader.rows(CalendarDay, "ORDER BY day")
    else:
        rows = await reader.rows(
            CalendarDay, "WHERE day >= $1 AND day <= $2 ORDER BY day", date(year, 1, 1), date(year, 12, 31)
        )
    return [DayEntry(day=row["day"], works=row["works"], name=row["name"]) for row in rows]


async def save_days(tx: Tx, wishes: Sequence[DayWish], *, by: Actor, now: datetime) -> list[DayEntry | Refusal | None]:
    """Set days or take them off the table, the last wish for a day counting. Refuses DayUnfit and unfit names."""
    outcomes: list[DayEntry | Refusal | None] = []
    kept: dict[date, DayEntry | None] = {}
    for wish in wishes:
        try:
            if not FIRST_DAY <= wish.day <= LAST_DAY:
                raise DayUnfit(pointer="/day", first=FIRST_DAY.isoformat(), last=LAST_DAY.isoformat())
            name = clean_text(wish.name, max_length=NAME_LENGTH, pointer="/name", allow_empty=True)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        entry = None if wish.works is None else DayEntry(day=wish.day, works=wish.works, name=name)
        kept[wish.day] = entry
        outcomes.append(entry)
    ids = {day: derived_id("calendar day", day.isoformat()) for day in kept}
    before = await tx.lock(CalendarDay, ids.values())
    rows = [
        {"id": ids[day], "day": day, "works": entry.works, "name": entry.name}
        for day, entry in sorted(kept.items())
        if entry is not None
    ]
    await tx.insert(CalendarDay, [row for row in rows if row["id"] not in before])
    await tx.update(CalendarDay, [row for row in rows if row["id"] in before])
    gone = sorted(ids[day] for day, entry in kept.items() if entry is None and ids[day] in before)
    if gone:
        await tx.execute(f"DELETE FROM kernel_calendar_day WHERE {tx.one_of('id', 1)}", gone)
    entries = [
        AuditEntry(
            actor=by,
            action="calendar.set",
            subject_kind="calendar_day",
            subject_id=ids[day],
            detail={"day": day.isoformat(), "works": None if entry is None else entry.works},
        )
        for day, entry in sorted(kept.items())
    ]
    await record(tx, entries, now=now)
    return outcomes
