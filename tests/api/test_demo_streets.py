"""The demo's street scores: a year of months, and 东直门 from the last three to the first three."""

import csv
from datetime import date
from uuid import UUID

import pytest

from api.demo.district import build_district
from api.demo.streets import RISEN, SWITCH_MONTH, months_over, street_sheet
from rewards.street_scores.ranking import STANDARD, Scores, ranks_of
from rewards.street_scores.recording import hundredths


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_dongzhimen_rises_from_the_last_three_to_the_first_three_of_seventeen(seed: int) -> None:
    district = build_district("full", seed=seed, last_day=date(2026, 11, 22))
    months = months_over(district)
    assert (len(months), months[0], months[-1]) == (12, "2025-11", "2026-10")
    rows = list(csv.DictReader(street_sheet(district).decode("utf-8-sig").splitlines()))
    assert len(rows) == 12 * 17
    risen = next(street.code for street in district.streets if street.name == RISEN)
    for at, month in enumerate(months):
        streets = [
            Scores(
                street_id=UUID(int=int(row["街道编号"])),
                code=row["街道编号"],
                name="",
                name_en="",
                order=hundredths(row["秩序"]),
                safety=hundredths(row["安全"]),
                environment=hundredths(row["环境"]),
            )
            for row in rows
            if row["月份"] == month
        ]
        rank = ranks_of(streets, STANDARD)[UUID(int=int(risen))]
        assert rank in ((15, 16, 17) if at < SWITCH_MONTH else (1, 2, 3)), month


def test_a_seed_gives_the_same_scores() -> None:
    made = [street_sheet(build_district("small", seed=1, last_day=date(2026, 11, 22))) for _ in range(2)]
    assert made[0] == made[1]
