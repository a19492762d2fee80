"""The periods of boards: local days, weeks, months, quarters and years, and all time."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from kernel.clock import day_start, local_date

_EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class Period(StrEnum):
    """How much time a board looks at. Weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


def period_days(period: Period, day: date) -> tuple[date, date] | None:
    """The first day of the period in which a local day lies, and the first day after it; None for all time."""
    if period is Period.ALL:
        return None
    if period is Period.DAY:
        return day, day + timedelta(days=1)
    if period is Period.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
    first = (day.month - 1) // months * months  # months of the year before the period
    after = first + months
    return date(day.year, first + 1, 1), date(day.year + after // 12, after % 12 + 1, 1)


def period_bounds(period: Period, now: datetime) -> tuple[datetime, datetime]:
    """The half-open range of instants of the period in which an instant lies."""
    days = period_days(period, local_date(now))
    return _EVER if days is None else (day_start(days[0]), day_start(days[1]))
