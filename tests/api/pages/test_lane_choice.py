"""Choosing a lane: from a list in a street, by code, name or pinyin where a district has thousands."""

import re

import pytest

from api.pages.lane_choice import MOST_LISTED, MOST_OFFERED, choose_lane
from kernel.audit import SYSTEM
from kernel.ids import derived_id
from stewards.lanes import LaneEntry
from stewards.places import save_lanes
from tests.api.door import Door
from tests.stewards.builders import FOUNDED, GUANGMING, LONGTAN, NOON, a_lane

HTML = {"Accept": "text/html"}


def a_lane_entry(code: str, name: str, name_en: str) -> LaneEntry:
    return LaneEntry(
        id=derived_id("lane", code),
        code=code,
        name=name,
        name_en=name_en,
        length_m=None,
        width_m=None,
        community_id=GUANGMING,
        street_id=LONGTAN,
        valid_from=FOUNDED,
        valid_to=None,
    )


MANY = [
    a_lane_entry("014-09-01", "演乐胡同", "Yanle Hutong"),
    *(a_lane_entry(f"014-02-{at:03}", f"方家胡同支{at:03}", f"Fangjia Branch {at:03}") for at in range(MOST_LISTED)),
    *(a_lane_entry(f"014-01-{at:03}", f"礼士胡同{at:03}", f"Lishi Hutong {at:03}") for at in range(MOST_OFFERED)),
]


@pytest.mark.parametrize(
    "asked", ["014-09-01", "演乐", "yanlehutong", "ylht", "YANLE h", "014-09-01 whatever it is called"]
)
def test_one_lane_is_found_by_code_name_pinyin_and_initials(asked: str) -> None:
    choice = choose_lane(MANY, asked, "zh")
    assert (choice.code, choice.said, choice.fault) == ("014-09-01", "014-09-01 演乐胡同", None)


@pytest.mark.parametrize(
    ("asked", "offered", "said"),
    [
        ("lsht", MOST_OFFERED, "30 lanes match; please choose one."),
        ("fjht", 0, "200 lanes match; please write a little more."),
        ("nowhere", 0, "No such lane. Please write its code, its name or the initials of its pinyin."),
    ],
)
def test_several_are_offered_many_are_not_and_none_is_said(asked: str, offered: int, said: str) -> None:
    choice = choose_lane(MANY, asked, "en")
    assert (choice.lane, len(choice.options)) == (None, offered)
    assert choice.fault is not None
    assert choice.fault.render("en") == said


def test_a_street_has_a_list_to_choose_from() -> None:
    few = MANY[:MOST_LISTED]
    assert [len(choose_lane(few, asked, "zh").options) for asked in ("", "nowhere", "014-09-01")] == [MOST_LISTED] * 3
    assert choose_lane(few, "014-09-01", "zh").code == "014-09-01"
    assert choose_lane(few, "nowhere", "zh").fault is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_district_enters_a_case_by_the_name_of_its_lane(door: Door) -> None:
    lanes = [a_lane(f"014-01-{1000 + at}", name=f"支巷{at % 10}号") for at in range(MOST_LISTED)]
    await door.database.run(lambda tx: save_lanes(tx, lanes, by=SYSTEM, now=NOON))
    form = {"category": "litter", "description": "桶满了", "seen_at": "2026-11-23T11:00", "nonce": "n-1"}
    for asked, words in (("支巷3号", "有 20 条小巷符合"), ("不存在的巷", "没有找到这条小巷")):
        sent = {**form, "lane": asked}
        answer = await door.call("district_admin", "POST", "/admin/cases/new", headers=HTML, data=sent)
        assert (answer.status_code, words in answer.text, "桶满了" in answer.text) == (400, True, True)
    named = {**form, "lane": "夕照寺西里主线"}
    entered = await door.call("district_admin", "POST", "/admin/cases/new", headers=HTML, data=named)
    assert entered.status_code == 303, entered.text
    queue = (await door.call("district_admin", "GET", "/admin/cases?lane=xzsxlzx", headers=HTML)).text
    assert 'value="014-02-01 夕照寺西里主线"' in queue
    assert len(re.findall(r"data-open=", queue)) == 1
    several = (await door.call("district_admin", "GET", "/admin/cases?lane=zx3h", headers=HTML)).text
    assert "有 20 条小巷符合，请选一条" in several
    assert several.count('<option value="014-01-') == 20
