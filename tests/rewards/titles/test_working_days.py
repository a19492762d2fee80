"""Notices last so many working days: weekends and holidays do not count, worked weekends do."""

from datetime import date

import pytest

from rewards.titles.working_days import PLAIN_WEEKS, WorkCalendar

NATIONAL_DAY = WorkCalendar(
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)), worked=frozenset({date(2026, 10, 10)})
)


@pytest.mark.parametrize(
    ("calendar", "first", "count", "last"),
    [
        (PLAIN_WEEKS, date(2026, 11, 23), 5, date(2026, 11, 27)),
        (PLAIN_WEEKS, date(2026, 11, 24), 5, date(2026, 11, 30)),
        (PLAIN_WEEKS, date(2026, 11, 28), 1, date(2026, 11, 30)),
        (PLAIN_WEEKS, date(2026, 11, 28), 0, date(2026, 11, 28)),
        (NATIONAL_DAY, date(2026, 9, 30), 5, date(2026, 10, 12)),
    ],
)
def test_the_last_day_is_the_one_on_which_the_working_days_are_full(
    calendar: WorkCalendar, first: date, count: int, last: date
) -> None:
    assert calendar.last_of(first, count) == last
