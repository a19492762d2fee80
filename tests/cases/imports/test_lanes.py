"""Finding the lane that an address names."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.imports.lanes import LaneFinder, finder_of
from cases.imports.refusals import LaneAmbiguous, LaneNotFound
from kernel.ids import derived_id
from stewards.lanes import LaneEntry

EAST, WEST = derived_id("street", "east"), derived_id("street", "west")
AREAS = {EAST: ("110101006", "东四街道"), WEST: ("110101007", "朝阳门街道")}


def a_lane(name: str, *, code: str = "", street: UUID = EAST) -> LaneEntry:
    """A lane of a street that is its own community."""
    return LaneEntry(
        id=derived_id("lane", code or name),
        code=code or name,
        name=name,
        name_en=name,
        length_m=None,
        width_m=None,
        community_id=street,
        street_id=street,
        valid_from=date(2017, 4, 1),
        valid_to=None,
    )


def a_finder(*lanes: LaneEntry) -> LaneFinder:
    """A district of these lanes."""
    return finder_of(lanes, AREAS)


@given(some.sets(some.text("甲乙丙", min_size=2, max_size=4), min_size=1, max_size=8), some.text("甲乙丙", max_size=14))
def test_it_is_the_longest_name_and_of_several_the_first(names: set[str], address: str) -> None:
    finder = a_finder(*(a_lane(name) for name in names))
    named = [name for name in names if name in address]
    if not named:
        with pytest.raises(LaneNotFound):
            finder.in_address(address, "")
        return
    longest = max(map(len, named))
    expected = min((name for name in named if len(name) == longest), key=address.index)
    assert finder.in_address(address, "").name == expected


def test_width_case_and_blanks_do_not_matter() -> None:
    finder = a_finder(a_lane("Lane 12"), a_lane("东四（北）巷"))
    assert finder.in_address("near ＬＡＮＥ１２, left", "").name == "Lane 12"
    assert finder.in_address("东四 (北) 巷 5 号", "").name == "东四（北）巷"


def test_lanes_of_one_name_are_told_apart_by_their_street() -> None:
    finder = a_finder(a_lane("一巷", code="E1"), a_lane("一巷", code="W1", street=WEST))
    assert finder.in_address("一巷3号", "朝阳门街道").code == "W1"
    assert finder.of_name("一巷", "110101006").code == "E1"
    with pytest.raises(LaneAmbiguous) as ambiguous:
        finder.in_address("一巷3号", "")
    assert ambiguous.value.params["codes"] == "E1、W1"
    with pytest.raises(LaneNotFound):
        finder.of_name("一巷", "龙潭街道")


def test_a_longer_name_elsewhere_does_not_hide_the_lane_of_the_own_street() -> None:
    finder = a_finder(a_lane("四条", code="E4"), a_lane("东四四条", code="W4", street=WEST))
    assert finder.in_address("东四四条12号", "东四街道").code == "E4"
