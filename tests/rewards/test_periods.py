"""Periods have the borders of Asia/Shanghai, whatever zone anything else is in."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import day_start
from rewards.periods import Period, period_bounds, period_days


@pytest.mark.parametrize(
    ("period", "day", "first", "after"),
    [
        (Period.DAY, date(2028, 2, 29), date(2028, 2, 29), date(2028, 3, 1)),
        (Period.WEEK, date(2026, 11, 23), date(2026, 11, 23), date(2026, 11, 30)),
        (Period.WEEK, date(2027, 1, 3), date(2026, 12, 28), date(2027, 1, 4)),
        (Period.MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        (Period.QUARTER, date(2026, 11, 23), date(2026, 10, 1), date(2027, 1, 1)),
        (Period.QUARTER, date(2026, 6, 30), date(2026, 4, 1), date(2026, 7, 1)),
        (Period.YEAR, date(2026, 1, 1), date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_begins_and_ends_where_the_calendar_says(period: Period, day: date, first: date, after: date) -> None:
    assert period_days(period, day) == (first, after)


def test_a_day_begins_at_midnight_in_beijing() -> None:
    last_instant = datetime(2026, 11, 22, 15, 59, 59, 999_999, tzinfo=UTC)
    assert period_bounds(Period.DAY, last_instant)[1] == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert period_bounds(Period.DAY, last_instant + timedelta(microseconds=1))[0] == datetime(
        2026, 11, 22, 16, tzinfo=UTC
    )


@given(st.sampled_from(sorted(set(Period) - {Period.ALL})), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_periods_follow_each_other_without_gap(period: Period, day: date) -> None:
    found = period_days(period, day)
    assert found is not None
    first, after = found
    assert first <= day < after
    assert period_days(period, first) == found == period_days(period, after - timedelta(days=1))
    following = period_days(period, after)
    assert following is not None
    assert following[0] == after
    assert period_bounds(period, day_start(day)) == (day_start(first), day_start(after))
