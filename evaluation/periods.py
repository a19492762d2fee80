"""The periods that are judged: local months, quarters and years, by name."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from evaluation.schemes import PeriodKind
from kernel.clock import day_start, local_date
from kernel.errors import Kind, Refusal
from kernel.messages import N_

_NAME = re.compile(r"(20[0-9]{2})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


class PeriodUnknown(Refusal):
    """No period has this name."""

    code = "period_unknown"
    kind = Kind.INVALID
    message = N_("没有“{period}”这个周期，季度写作 2026-Q3，月份写作 2026-09，年份写作 2026。")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A period (周期) from its first to its last local day, both included."""

    first: date
    last: date
    name: str

    @property
    def kind(self) -> PeriodKind:
        """Month, quarter or year."""
        return "quarter" if "Q" in self.name else "month" if "-" in self.name else "year"

    def closes_at(self, days_after: int) -> datetime:
        """The instant at which ballots are no longer taken."""
        return day_start(self.last + timedelta(days=days_after + 1))

    def steps(self) -> list[str]:
        """Names of months or quarters that make it up: itself, or a year's four quarters."""
        return [f"{self.name}-Q{quarter}" for quarter in range(1, 5)] if self.kind == "year" else [self.name]

    @property
    def begins_at(self) -> datetime:
        """Its first instant."""
        return day_start(self.first)

    @property
    def ends_at(self) -> datetime:
        """The first instant after it."""
        return day_start(self.last + timedelta(days=1))


def period_named(name: str) -> Period:
    """The period with a name such as 2026-Q3.

    Raises:
        PeriodUnknown: no period is called so.

    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise PeriodUnknown(pointer="/period", period=name[:16])
    year, quarter, month = int(found[1]), found[2], found[3]
    first = int(quarter) * 3 - 2 if quarter else int(month) if month else 1
    months = 3 if quarter else 1 if month else 12
    after = first - 1 + months
    end = date(year + after // 12, after % 12 + 1, 1)
    return Period(date(year, first, 1), end - timedelta(days=1), name)


def period_of(instant: datetime, kind: PeriodKind) -> Period:
    """The period in which an instant lies."""
    day = local_date(instant)
    if kind == "year":
        return period_named(f"{day.year}")
    return period_named(f"{day.year}-{day.month:02}" if kind == "month" else f"{day.year}-Q{(day.month + 2) // 3}")


def period_after(period: Period) -> Period:
    """The period of the same kind that follows."""
    return period_of(period.ends_at, period.kind)
