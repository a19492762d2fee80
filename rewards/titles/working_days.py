"""Working days (工作日): Monday to Friday, but for holidays, and weekends on which people make up for them (调休)."""

from dataclasses import dataclass, field
from datetime import date, timedelta


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
