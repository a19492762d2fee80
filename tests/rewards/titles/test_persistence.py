"""Weeks with verified work: counted once each, never broken, and not to be farmed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import local_date
from kernel.database import Database
from rewards.titles.persistence import Deed, persistence, persistence_of
from tests.cases.district import MORNING, a_case_district, a_report, a_step
from tests.stewards.builders import NOON

TODAY = date(2026, 11, 23)  # a Monday


def a_deed(days_ago: int, *, event: str = "patrol", entered_after: timedelta = timedelta(hours=1)) -> Deed:
    happened = datetime(2026, 11, 23, 4, 0, tzinfo=UTC) - timedelta(days=days_ago)
    return Deed(event=event, occurred_at=happened, recorded_at=happened + entered_after)


@given(st.lists(st.integers(0, 400), max_size=60), st.integers(1, 5))
def test_doing_more_in_a_week_or_pausing_changes_nothing(days: list[int], times: int) -> None:
    found = persistence([a_deed(day) for day in days for _ in range(times)], today=TODAY)
    weeks = {(local_date(a_deed(day).occurred_at)).isocalendar()[:2] for day in days}
    assert found.weeks == len(weeks)
    assert found.reached <= found.weeks
    assert found.next_mark is None or found.next_mark > found.weeks


@pytest.mark.parametrize(
    ("deed", "weeks"),
    [
        (a_deed(0), 1),
        (a_deed(1), 1),
        (a_deed(30, entered_after=timedelta(days=14)), 1),
        (a_deed(30, entered_after=timedelta(days=15)), 0),
        (a_deed(-1), 0),
    ],
)
def test_what_was_entered_long_afterwards_or_lies_ahead_counts_for_nothing(deed: Deed, weeks: int) -> None:
    assert persistence([deed], today=TODAY).weeks == weeks


def test_a_first_is_the_earliest_of_its_kind() -> None:
    deeds = [a_deed(3, event="act"), a_deed(9, event="act"), a_deed(5, event="patrol"), a_deed(1, event="grant")]
    found = persistence(deeds, today=TODAY)
    assert [event for event, _ in found.firsts] == ["act", "patrol"]
    assert found.firsts[0][1] == date(2026, 11, 14)
    assert (found.weeks, found.this_week, found.reached, found.next_mark) == (2, False, 0, 4)


async def test_what_was_taken_back_counts_no_longer(database: Database) -> None:
    district = await a_case_district(database)
    [reported] = await district.reported(a_report(reported_at=MORNING - timedelta(days=8)))
    await district.handled(a_step(reported, "verify"))
    reader = await database.reader()
    found = await persistence_of(reader, district.zhao, now=NOON)
    assert (found.weeks, [event for event, _ in found.firsts]) == (1, ["case_verified"])
    await district.handled(a_step(reported, "reopen"))
    assert (await persistence_of(reader, district.zhao, now=NOON)).weeks == 0
    assert (await persistence_of(reader, district.sun, now=NOON)).weeks == 0
