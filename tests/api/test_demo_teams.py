"""The demo's teams: two a street, of three to five, nobody in two."""

import csv
from datetime import date

import pytest

from api.demo.district import build_district
from api.demo.teams import teams_sheet


@pytest.mark.parametrize(("size", "teams"), [("small", 6), ("full", 34)])
def test_each_street_has_two_teams_of_three_to_five_and_nobody_is_in_two(size: str, teams: int) -> None:
    district = build_district("small" if size == "small" else "full", seed=1, last_day=date(2026, 11, 22))
    rows = list(csv.DictReader(teams_sheet(district).decode("utf-8-sig").splitlines()))
    assert len(rows) == teams
    streets = {one.number: one.lane.community.street.code for one in district.stewards}
    everybody: list[str] = []
    for row in rows:
        members = [row["团长"], *row["团员"].split("、")]
        assert 3 <= len(members) <= 5
        assert {streets[number] for number in members} == {row["街道编号"]}
        everybody += members
    assert len(set(everybody)) == len(everybody)
    assert rows[0]["名称"] == "家门同心管家团"
