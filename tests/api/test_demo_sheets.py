"""The demo's sheets: the same bytes for the same seed, the figures of the goal sheet, nobody real."""

import csv
import hashlib
import io
import re
from collections import Counter
from datetime import date, timedelta
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from api.demo.district import DIMENSIONS, Size, build_district
from api.demo.gazetteer import gazetteer
from api.demo.people import chinese_number, synthetic_names, synthetic_phone
from api.demo.pictures import evidence_picture
from api.demo.sheets import CASE_COLUMNS, example_sheet, office_sheets, weekly_sheets
from api.demo.year import DemoCase, year_of_cases
from kernel.clock import LOCAL_ZONE
from points.rule_documents import parse_rules, shipped_programme

LAST_DAY = date(2026, 11, 22)
MAPPING = files("api.demo").joinpath("mappings", "grid-platform.json")
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def drawn(size: Size = "small", *, seed: int = 1, last_day: date = LAST_DAY) -> list[DemoCase]:
    return year_of_cases(build_district(size, seed=seed, last_day=last_day))


def sheets(seed: int = 1, last_day: date = LAST_DAY) -> dict[str, bytes]:
    district = build_district("small", seed=seed, last_day=last_day)
    weeks = weekly_sheets(district, year_of_cases(district))
    return {**dict(office_sheets(district)), **{week.name: week.content for week in weeks}}


def cases_of(found: dict[str, bytes]) -> bytes:
    return b"".join(content for name, content in sorted(found.items()) if name.startswith("cases-"))


@pytest.fixture(scope="module")
def full() -> list[DemoCase]:
    return drawn("full")


def test_a_seed_gives_the_same_sheets_on_every_machine() -> None:
    made = sheets()
    made["cases"] = cases_of(made)
    digests = {name: hashlib.sha256(made[name]).hexdigest()[:16] for name in made if not name.startswith("cases-")}
    assert digests == {
        "places.csv": "1b330a1faabe4160",
        "stewards.csv": "4179e95fa05d544a",
        "staff.csv": "28906eaa5089b772",
        "cases": "6ef5333f827637d3",
    }


def test_another_seed_or_day_gives_other_cases() -> None:
    made = [sheets(1), sheets(2), sheets(1, LAST_DAY - timedelta(1))]
    assert len({cases_of(each) for each in made}) == 3


def test_the_small_district_has_its_2100_cases_and_some_that_wait() -> None:
    assert Counter(case.result == "待核实" for case in drawn()) == {False: 2_100, True: 20}
    district = build_district("small", seed=1, last_day=LAST_DAY)
    assert (len(district.streets), len(district.stewards)) == (3, 60)


def test_the_full_district_has_72240_cases_of_2064_stewards_in_17_streets(full: list[DemoCase]) -> None:
    assert len(full) == 72_240
    assert len({case.number for case in full}) == 72_240
    assert {case.result for case in full} == {"已核实", "已结案"}
    assert len({case.steward.number for case in full}) == 2_064
    assert len({case.steward.lane.community.street.code for case in full}) == 17


@pytest.mark.parametrize("size", ["small", "full"])
def test_categories_have_their_shares_to_the_case(size: Size, full: list[DemoCase]) -> None:
    cases = full if size == "full" else [case for case in drawn() if case.result != "待核实"]
    counted = Counter(case.category for case in cases)
    for category in gazetteer().categories:
        assert abs(counted[category.code] - DIMENSIONS[size].cases * category.share / 100) < 1


def test_the_year_ends_on_its_last_day_and_nothing_is_later(full: list[DemoCase]) -> None:
    days = {case.reported_at.date() for case in full}
    assert (min(days), max(days), len(days)) == (LAST_DAY - timedelta(days=364), LAST_DAY, 365)
    for case in full:
        assert case.verified_at is not None
        assert case.reported_at < case.verified_at <= (case.closed_at or case.verified_at)
        assert (case.closed_at or case.verified_at).date() <= LAST_DAY


def test_a_year_long_ago_can_be_drawn() -> None:
    assert len(drawn(last_day=date(2017, 6, 30))) == 2_120


def test_nobody_reports_before_joining(full: list[DemoCase]) -> None:
    assert all(case.steward.joined_on <= case.reported_at.date() for case in full)


def test_the_pilot_street_trails_before_it_starts_and_leads_afterwards(full: list[DemoCase]) -> None:
    def rank(cases: list[DemoCase]) -> int:
        counted = Counter(case.steward.lane.community.street.name for case in cases)
        return [street for street, _ in counted.most_common()].index("东直门") + 1

    start = LAST_DAY - timedelta(days=364 - 200)
    assert rank([case for case in full if case.reported_at.date() < start]) >= 15
    assert rank([case for case in full if case.reported_at.date() >= start]) <= 3


def test_some_that_wait_were_reported_twice() -> None:
    waiting = [case for case in drawn() if case.result == "待核实"]
    twice = Counter((case.steward.lane.code, case.category, case.reported_at.date()) for case in waiting)
    assert sum(1 for count in twice.values() if count > 1) >= 3


def test_people_are_visibly_synthetic_and_all_different() -> None:
    names = list(islice(synthetic_names(), 3_000))
    assert len(set(names)) == 3_000
    assert all(re.fullmatch(r".{1,2}(示例|样本|演示)[一二三四五六七八九十]*", name) for name in names)
    assert synthetic_phone(2_064) == "000-0000-2064"
    assert [chinese_number(number) for number in (1, 10, 12, 20, 35)] == ["一", "十", "十二", "二十", "三十五"]


def test_every_lane_has_at_most_one_steward_and_some_have_none() -> None:
    district = build_district("full", seed=1, last_day=LAST_DAY)
    covered = [steward.lane.code for steward in district.stewards]
    assert len(covered) == len(set(covered)) == 2_064
    assert len({lane.code for lane in district.lanes} - set(covered)) == 17 * 2
    assert {
        lane.name: (lane.length_m, lane.width_m) for lane in district.lanes if lane.name in {"夕照寺西里主线", "福光路"}
    } == {"夕照寺西里主线": (150, 10), "福光路": (340, 8)}


def test_each_weekly_sheet_is_as_a_platform_exports_it() -> None:
    weeks = [content for name, content in sheets().items() if name.startswith("cases-")]
    assert 52 <= len(weeks) <= 54
    numbers: list[str] = []
    for content in weeks:
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert "演示数据" in rows[1][-1]
        assert tuple(rows[2]) == CASE_COLUMNS
        assert rows[-1] == ["合计", f"{len(rows) - 4} 件"]
        numbers += [row[1] for row in rows[3:-1]]
    assert len(numbers) == len(set(numbers)) == 2_120


def test_a_case_stands_in_the_sheet_of_the_monday_after_its_end_and_never_earlier() -> None:
    district = build_district("small", seed=1, last_day=LAST_DAY)
    cases = {case.number: case for case in year_of_cases(district)}
    for week in weekly_sheets(district, list(cases.values())):
        for row in list(csv.reader(io.StringIO(week.content.decode("utf-8-sig"))))[3:-1]:
            case = cases[row[1]]
            ended = case.closed_at or case.verified_at or case.reported_at
            assert ended.replace(tzinfo=LOCAL_ZONE) < week.exported_at


def test_the_mapping_knows_every_word_of_the_sheet_and_every_category_of_the_rules() -> None:
    mapped = parse_mapping_values("category")
    words = {minor: category.code for category in gazetteer().categories for minor in category.minors}
    assert mapped == words
    assert set(mapped.values()) == set(parse_rules(shipped_programme()).categories)
    assert set(parse_mapping_values("outcome")) == {"待核实", "已核实", "已结案"}


def test_the_mapping_in_the_documentation_is_the_one_that_the_demo_uses() -> None:
    assert (EXAMPLES / "mappings" / "grid-platform.json").read_bytes() == MAPPING.read_bytes()


def test_the_sheet_in_the_documentation_is_drawn_too() -> None:
    assert (EXAMPLES / "sheets" / "grid-platform.csv").read_bytes() == example_sheet()


def parse_mapping_values(field: str) -> Any:
    from cases.imports.mapping_documents import load_mapping

    return getattr(load_mapping("cases", MAPPING.read_bytes()), field).values


def test_every_category_has_a_drawn_picture() -> None:
    by_category = {case.category: case for case in drawn()}
    assert set(by_category) == {category.code for category in gazetteer().categories}
    for case in by_category.values():
        picture = evidence_picture(case, seed=1)
        with Image.open(io.BytesIO(picture)) as opened:
            assert (opened.format, opened.size) == ("PNG", (1200, 900))
    assert evidence_picture(case, seed=1) == picture != evidence_picture(case, seed=1, number=2)
