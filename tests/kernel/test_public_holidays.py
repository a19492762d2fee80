"""The published holidays that are shipped, and how they come into a district's calendar."""

import json
from datetime import date, timedelta

import pytest

from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database
from kernel.public_holidays import HolidaysRefused, read_holidays, shipped_holidays, take_in_holidays
from kernel.working_days import DayWish, WorkCalendar, list_days, read_calendar, save_days

YEAR = {"year": 2027, "notice": "示例", "published_on": "2026-11-04"}


@pytest.mark.parametrize(("year", "off", "worked"), [(2025, 28, 5), (2026, 33, 6)])
def test_a_shipped_year_has_365_days_less_its_weekends_and_13_holidays(year: int, off: int, worked: int) -> None:
    [found] = [known for known in shipped_holidays() if known.year == year]
    days = [wish for holiday in found.holidays for wish in holiday.days()]
    free, made_up = ({wish.day for wish in days if wish.works is works} for works in (False, True))
    assert (len(free), len(made_up)) == (off, worked)
    calendar = WorkCalendar(holidays=frozenset(free), worked=frozenset(made_up))
    whole = [date(year, 1, 1) + timedelta(days=at) for at in range(365)]
    assert sum(map(calendar.works, whole)) == 365 - 104 - 13  # as the law has it, whatever is made up for when


async def test_they_come_into_the_calendar_once_and_leave_what_was_set(database: Database, clock: FixedClock) -> None:
    own = DayWish(day=date(2026, 10, 7), works=True, name="自定")
    await database.run(lambda tx: save_days(tx, [own], by=SYSTEM, now=clock.now()))

    async def take_in() -> int:
        return await database.run(lambda tx: take_in_holidays(tx, shipped_holidays(), by=SYSTEM, now=clock.now()))

    assert [await take_in(), await take_in()] == [28 + 5 + 33 + 6 - 1, 0]
    reader = await database.reader()
    calendar = await read_calendar(reader)
    assert calendar.works(date(2026, 10, 7))
    assert not calendar.works(date(2026, 10, 6))
    assert calendar.works(date(2026, 9, 20))
    assert [entry.name for entry in await list_days(reader, year=2026)][:4] == ["元旦", "元旦", "元旦", "元旦"]
    assert calendar.last_of(date(2026, 9, 28), 4) == date(2026, 10, 7)  # three days before the holidays, and its own


def test_a_file_of_another_year_is_read_in_the_same_form() -> None:
    holiday = {"name": "元旦", "first": "2027-01-01", "last": "2027-01-03", "worked": []}
    [read] = read_holidays(json.dumps({"years": [{**YEAR, "holidays": [holiday]}]}))
    assert [wish.day.day for wish in read.holidays[0].days()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("holiday", "where"),
    [
        ({"name": "元旦", "first": "2027-01-03", "last": "2027-01-01"}, "/years/0/holidays/0"),
        ({"name": "元旦", "first": "2027-01-01", "last": "2027-12-31"}, "/years/0/holidays/0"),
        (
            {"name": "元旦", "first": "2027-01-01", "last": "2027-01-03", "worked": ["2027-01-04"]},
            "/years/0/holidays/0",
        ),
        ({"name": "元旦", "first": "1 January", "last": "2027-01-03"}, "/years/0/holidays/0/first"),
        ({"name": "", "first": "2027-01-01", "last": "2027-01-03"}, "/years/0/holidays/0/name"),
    ],
)
def test_a_mistake_in_a_file_is_named_by_its_place(holiday: dict[str, object], where: str) -> None:
    with pytest.raises(HolidaysRefused) as caught:
        read_holidays(json.dumps({"years": [{**YEAR, "holidays": [holiday]}]}))
    assert caught.value.pointer == where
