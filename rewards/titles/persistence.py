"""Persistence (坚持): in how many weeks somebody did something that was verified, and what was done for the first time.

Made so that nothing can be farmed and nothing is lost. A week counts once, however much was done in it; it counts by
what somebody else verified and nobody took back, entered within two weeks of the day on which it happened. A week
without anything adds nothing and takes nothing away: absence, illness and weather never break it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader
from kernel.messages import N_

MILESTONES = (4, 12, 26, 52, 104, 156, 208, 260)
"""Weeks at which there is something to be glad of."""
ENTERED_WITHIN = timedelta(days=14)
FIRSTS = {
    "case_verified": N_("第一件核实的案件"),
    "case_solved": N_("第一件解决的案件"),
    "patrol": N_("第一次巡访"),
    "visit": N_("第一次走访"),
    "act": N_("第一次动手做"),
    "whistle_solved": N_("第一次吹哨解决"),
    "hall_session": N_("第一次参加议事厅"),
    "course": N_("第一次完成培训"),
    "map": N_("第一张小巷地图"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done and verified: what, when it happened, when it was entered."""

    event: str
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """Weeks with a verified deed, this one included where there is one, and the day of each first."""

    weeks: int
    this_week: bool
    firsts: tuple[tuple[str, date], ...]  # event and day, in the order in which they happened

    @property
    def reached(self) -> int:
        """The last milestone behind; 0 before the first."""
        return max((mark for mark in MILESTONES if mark <= self.weeks), default=0)

    @property
    def next_mark(self) -> int | None:
        """The next milestone; None beyond the last."""
        return next((mark for mark in MILESTONES if mark > self.weeks), None)


def persistence(deeds: Iterable[Deed], *, today: date) -> Persistence:
    """Count weeks (from Monday) and firsts; the order of the deeds means nothing."""
    weeks: set[date] = set()
    firsts: dict[str, date] = {}
    for deed in deeds:
        day = local_date(deed.occurred_at)
        if day > today or deed.recorded_at - deed.occurred_at > ENTERED_WITHIN:
            continue
        weeks.add(day - timedelta(days=day.weekday()))
        if deed.event in FIRSTS and day < firsts.get(deed.event, date.max):
            firsts[deed.event] = day
    return Persistence(
        weeks=len(weeks),
        this_week=today - timedelta(days=today.weekday()) in weeks,
        firsts=tuple(sorted(firsts.items(), key=lambda one: (one[1], one[0]))),
    )


async def persistence_of(reader: Reader, steward_id: UUID, *, now: datetime) -> Persistence:
    """A steward's persistence from the awards: positive ones of listed events, not taken back; one read."""
    rows = await reader.fetch(
        f"""
        SELECT award.reason AS event, award.occurred_at, award.recorded_at FROM points_award award
        WHERE award.steward_id = $1 AND award.points > 0 AND award.reverses_id IS NULL AND award.tops_up_id IS NULL
          AND {reader.one_of("award.reason", 2)}
          AND NOT EXISTS (SELECT 1 FROM points_award undone WHERE undone.reverses_id = award.id)
        """,
        steward_id,
        sorted(FIRSTS),
        types={"occurred_at": datetime, "recorded_at": datetime},
    )
    return persistence([Deed(**row) for row in rows], today=local_date(now))
