"""Time: instants are UTC; days, months and years are those of Asia/Shanghai, whatever zone the server is in."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Where the time comes from: the system, or a test."""

    def now(self) -> datetime:
        """The present instant, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it was set (`jinpai tick --at`, the demo, tests)."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The instant at which the clock stands."""
        return self.at


@lru_cache(maxsize=8_192)  # one event is asked several times while it is assessed
def local_date(instant: datetime) -> date:
    """The local calendar day of an instant."""
    return instant.astimezone(LOCAL_ZONE).date()


FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2100, 12, 31)


def local_minute(instant: datetime) -> str:
    """The local day and minute of an instant as people write it: 2026-11-23 09:30."""
    return instant.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M")


def within_calendar(day: date) -> date:
    """The day, or the nearest one from 2000 to 2100: beyond, instants do not exist in every zone."""
    return min(max(day, FIRST_DAY), LAST_DAY)


def day_start(day: date) -> datetime:
    """The instant, in UTC, at which a local day begins."""
    return datetime.combine(day, time.min, LOCAL_ZONE).astimezone(UTC)


def month_period(instant: datetime) -> str:
    """The local month of an instant as a period name, such as 2026-10."""
    return local_date(instant).isoformat()[:7]
