"""Hints of duplicates: the same kind of problem, close by, at about the same time."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.duplicates import Sighting, distance_m, duplicate_hints, hint
from cases.wording import State
from kernel.ids import new_id
from tests.cases.counted import CountedReader
from tests.cases.district import MORNING, District, a_report, a_step
from tests.stewards.builders import FUGUANG, XILI

HERE = (39.8800, 116.4300)
M80_NORTH = (39.88072, 116.4300)
M120_EAST = (39.8800, 116.43141)


def sighting(at: tuple[float, float] | None, *, lane: UUID = XILI, hours: float = 0) -> Sighting:
    latitude, longitude = at or (None, None)
    return Sighting(lane_id=lane, reported_at=MORNING + timedelta(hours=hours), latitude=latitude, longitude=longitude)


def test_distances_are_good_to_a_metre() -> None:
    assert distance_m(sighting(HERE), sighting(M80_NORTH)) == pytest.approx(80, abs=1)
    assert distance_m(sighting(HERE), sighting(M120_EAST)) == pytest.approx(120, abs=1)
    assert distance_m(sighting((0, 179.9999)), sighting((0, -179.9999))) == pytest.approx(22.2, abs=0.5)


@pytest.mark.parametrize(
    ("other", "is_hint"),
    [
        (sighting(M80_NORTH, lane=FUGUANG), True),
        (sighting(M120_EAST, lane=FUGUANG), False),
        (sighting(M120_EAST), False),  # in the same lane, but measured to be too far along it
        (sighting(None), True),
        (sighting(None, lane=FUGUANG), False),
        (sighting(HERE, hours=24), True),
        (sighting(HERE, hours=-24), True),
        (sighting(HERE, hours=24.001), False),
    ],
)
def test_what_counts_as_close(other: Sighting, is_hint: bool) -> None:
    found = hint(sighting(HERE), other, case_id=new_id(), number="1", state=State.REPORTED)
    assert (found is not None) is is_hint


latitudes = st.floats(min_value=39.7, max_value=40.1)
longitudes = st.floats(min_value=116.2, max_value=116.6)


@given(st.tuples(latitudes, longitudes), st.tuples(latitudes, longitudes))
def test_distance_is_the_same_both_ways(one: tuple[float, float], other: tuple[float, float]) -> None:
    there, back = distance_m(sighting(one), sighting(other)), distance_m(sighting(other), sighting(one))
    assert there is not None
    assert there == pytest.approx(back)


async def test_hints_name_the_closest_with_distance_and_time(district: District) -> None:
    here = {"latitude": HERE[0], "longitude": HERE[1]}
    north = {"latitude": M80_NORTH[0], "longitude": M80_NORTH[1], "lane_code": "014-01-01"}
    case, near, far, vague, late, litter, rejected = await district.reported(
        a_report(**here),
        a_report(**north, reported_at=MORNING - timedelta(minutes=90)),
        a_report(latitude=M120_EAST[0], longitude=M120_EAST[1]),
        a_report(reported_at=MORNING + timedelta(minutes=5)),
        a_report(**here, reported_at=MORNING - timedelta(hours=25)),
        a_report(**here, category="litter"),
        a_report(**here),
    )
    await district.handled(a_step(rejected, "reject"))
    reader = CountedReader(await district.database.reader())
    hints = await duplicate_hints(reader, [case.case_id, litter.case_id, late.case_id])
    assert [
        (found.case_id, found.distance_m, found.minutes_later, found.same_lane) for found in hints[case.case_id]
    ] == [
        (near.case_id, 80, -90, False),
        (vague.case_id, None, 5, True),
    ]
    assert far.case_id not in {found.case_id for found in hints[case.case_id]}
    assert litter.case_id not in hints
    assert reader.queries == 1
