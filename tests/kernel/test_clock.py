"""Days and months are those of Beijing, whatever zone the server or the writer of an instant is in."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import day_start, local_date, month_period

INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5))]),
)


@given(INSTANTS)
def test_an_instant_lies_in_its_own_day(instant: datetime) -> None:
    day = local_date(instant)
    assert day_start(day) <= instant < day_start(day + timedelta(days=1))
    assert month_period(instant) == f"{day.year}-{day.month:02}"


@given(INSTANTS)
def test_spellings_of_one_instant_in_other_zones_are_of_one_day(instant: datetime) -> None:
    assert local_date(instant) == local_date(instant.astimezone(UTC))


@pytest.mark.parametrize(
    ("spelling", "day"),
    [
        ("2026-11-23T23:59:59.999+08:00", date(2026, 11, 23)),
        ("2026-11-24T00:00:00+08:00", date(2026, 11, 24)),
        ("2026-11-23T16:00:00Z", date(2026, 11, 24)),
        ("2026-11-23T11:00:00-05:00", date(2026, 11, 24)),
        ("2028-02-29T15:59:59Z", date(2028, 2, 29)),
    ],
)
def test_the_border_of_a_day_is_midnight_in_beijing(spelling: str, day: date) -> None:
    assert local_date(datetime.fromisoformat(spelling)) == day


def test_a_day_begins_at_four_in_the_afternoon_before_in_utc() -> None:
    assert day_start(date(2026, 1, 1)) == datetime(2025, 12, 31, 16, tzinfo=UTC)
