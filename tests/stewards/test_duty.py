"""Lane duty by day: who it falls to, and which times are refused."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import new_id
from stewards.duty import DutyAssigned, DutyEnd, DutyWish, _Span, assign_duties, duty_on, end_duties
from stewards.editing import EditSteward, edit_steward
from stewards.refusals import (
    DatesReversed,
    DutyEnded,
    DutyOutsideService,
    DutyOverlaps,
    DutyUnknown,
    LaneNotValid,
    LaneUnknown,
    StewardUnknown,
)
from tests.stewards.builders import FUGUANG, NOON, SITIAO, XILI, a_district, a_steward, count, doing

JOINED = date(2026, 1, 5)


def duty(steward_id: UUID, from_on: date, to_on: date | None = None, lane: str = "014-01-01") -> DutyWish:
    return DutyWish(steward_id=steward_id, lane_code=lane, from_on=from_on, to_on=to_on)


async def on_duty(database: Database, lane_id: UUID, day: date) -> UUID | None:
    return (await duty_on(await database.reader(), [(lane_id, day)])).get((lane_id, day))


async def test_duty_holds_from_its_first_to_its_last_day(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward())
    await doing(database, assign_duties, [duty(zhao, date(2026, 3, 1), date(2026, 3, 31))])
    assert await on_duty(database, FUGUANG, date(2026, 2, 28)) is None
    assert await on_duty(database, FUGUANG, date(2026, 3, 1)) == zhao
    assert await on_duty(database, FUGUANG, date(2026, 3, 31)) == zhao
    assert await on_duty(database, FUGUANG, date(2026, 4, 1)) is None


async def test_of_several_on_a_lane_the_earliest_then_the_lowest_number_is_on_duty(database: Database) -> None:
    late, second, first = await a_district(database, a_steward("0140001"), a_steward("0140003"), a_steward("0140002"))
    await doing(
        database,
        assign_duties,
        [duty(late, date(2026, 3, 2)), duty(second, date(2026, 3, 1)), duty(first, date(2026, 3, 1))],
    )
    assert await on_duty(database, FUGUANG, date(2026, 5, 1)) == first


async def test_many_lanes_and_days_are_answered_at_once(database: Database) -> None:
    zhao, qian = await a_district(database, a_steward(), a_steward("0140002"))
    await doing(
        database,
        assign_duties,
        [
            duty(zhao, date(2026, 2, 1), date(2026, 2, 28)),
            duty(qian, date(2026, 3, 1)),
            duty(qian, date(2026, 2, 1), lane="014-02-01"),
        ],
    )
    pairs = [(FUGUANG, date(2026, 2, 10)), (FUGUANG, date(2026, 3, 10)), (XILI, date(2026, 2, 10))]
    unmanned = (SITIAO, date(2026, 2, 10))
    assert await duty_on(await database.reader(), [*pairs, unmanned]) == dict(
        zip(pairs, [zhao, qian, qian], strict=True)
    )
    assert await duty_on(await database.reader(), []) == {}


async def test_who_has_left_is_not_on_duty_afterwards(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward(lanes=("014-01-01",)))
    await database.run(
        lambda tx: edit_steward(
            tx, EditSteward(steward_id=zhao, status="left", left_on=date(2026, 6, 30)), by=SYSTEM, now=NOON
        )
    )
    assert await on_duty(database, FUGUANG, date(2026, 6, 30)) == zhao
    assert await on_duty(database, FUGUANG, date(2026, 7, 1)) is None


@pytest.mark.parametrize(
    ("from_on", "to_on"),
    [
        (date(2026, 3, 31), None),
        (date(2026, 2, 1), date(2026, 3, 1)),
        (date(2026, 3, 10), date(2026, 3, 11)),
        (date(2026, 2, 1), None),
    ],
)
async def test_overlapping_times_of_one_steward_on_one_lane_are_refused(
    database: Database, from_on: date, to_on: date | None
) -> None:
    (zhao,) = await a_district(database, a_steward())
    await doing(database, assign_duties, [duty(zhao, date(2026, 3, 1), date(2026, 3, 31))])
    (refused,) = await doing(database, assign_duties, [duty(zhao, from_on, to_on)])
    assert isinstance(refused, DutyOverlaps)
    assert refused.params == {"from_on": date(2026, 3, 1), "code": "014-01-01"}


async def test_overlap_is_seen_within_a_batch_and_from_two_sides_at_once(database: Database) -> None:
    zhao, qian = await a_district(database, a_steward(), a_steward("0140002"))
    outcomes = await doing(database, assign_duties, [duty(zhao, date(2026, 3, 1)), duty(zhao, date(2026, 4, 1))])
    assert [type(outcome) for outcome in outcomes] == [DutyAssigned, DutyOverlaps]
    both = await asyncio.gather(
        doing(database, assign_duties, [duty(qian, date(2026, 3, 1))]),
        doing(database, assign_duties, [duty(qian, date(2026, 4, 1))]),
    )
    assert sorted(type(outcome).__name__ for (outcome,) in both) == ["DutyAssigned", "DutyOverlaps"]


async def test_the_same_duty_again_is_repeated_and_adds_nothing(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward())
    (first,) = await doing(database, assign_duties, [duty(zhao, JOINED)])
    (again,) = await doing(database, assign_duties, [duty(zhao, JOINED)])
    assert isinstance(first, DutyAssigned)
    assert again == DutyAssigned(duty_id=first.duty_id, steward_id=zhao, lane_id=FUGUANG, repeated=True)
    assert await count(database, "stewards_lane_duty") == 1


async def test_wrong_duties_are_refused_by_name_and_harm_no_other(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward())
    outcomes = await doing(
        database,
        assign_duties,
        [
            duty(new_id(), JOINED),
            duty(zhao, JOINED, lane="nowhere"),
            duty(zhao, JOINED, lane="no\0where"),
            duty(zhao, JOINED - timedelta(days=1)),
            duty(zhao, date(2026, 3, 2), date(2026, 3, 1)),
            duty(zhao, JOINED, lane="006-01-02"),
            duty(zhao, JOINED),
        ],
    )
    assert [type(outcome) for outcome in outcomes] == [
        StewardUnknown,
        LaneUnknown,
        LaneUnknown,
        DutyOutsideService,
        DatesReversed,
        LaneNotValid,
        DutyAssigned,
    ]
    assert await count(database, "stewards_lane_duty") == 1


async def test_a_duty_is_ended_once_and_only_shortened(database: Database) -> None:
    (zhao,) = await a_district(database, a_steward())
    (assigned,) = await doing(database, assign_duties, [duty(zhao, date(2026, 3, 1))])
    assert isinstance(assigned, DutyAssigned)

    async def ended(to_on: date, duty_id: UUID = assigned.duty_id) -> DutyEnd | Refusal:
        (outcome,) = await doing(database, end_duties, [DutyEnd(duty_id=duty_id, to_on=to_on)])
        return outcome

    assert isinstance(await ended(date(2026, 2, 28)), DatesReversed)
    assert isinstance(await ended(date(2026, 5, 31)), DutyEnd)
    assert isinstance(await ended(date(2026, 6, 30)), DutyEnded)
    assert isinstance(await ended(date(2026, 6, 30), new_id()), DutyUnknown)
    assert await on_duty(database, FUGUANG, date(2026, 6, 1)) is None
    (anew,) = await doing(database, assign_duties, [duty(zhao, date(2026, 6, 1))])
    assert isinstance(anew, DutyAssigned)


@given(st.integers(0, 9), st.none() | st.integers(0, 9), st.integers(0, 9), st.none() | st.integers(0, 9))
def test_times_overlap_exactly_when_they_share_a_day(a: int, b: int | None, c: int, d: int | None) -> None:
    b, d = (None if end is None else max(start, end) for start, end in ((a, b), (c, d)))
    day = [JOINED + timedelta(days=at) for at in range(21)]
    mine = set(range(a, 21 if b is None else b + 1))
    other = set(range(c, 21 if d is None else d + 1))
    span = _Span(id=new_id(), from_on=day[a], to_on=None if b is None else day[b])
    assert span.overlaps(day[c], None if d is None else day[d]) == bool(mine & other)
