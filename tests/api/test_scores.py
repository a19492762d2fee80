"""Closing, cards and scores through the doors: who may, what is told, and what never points at a person."""

from datetime import UTC, datetime
from typing import Any

import httpx

from evaluation.periods import period_named
from tests.api.door import Door
from tests.evaluation.closed import slip_marks, staff_marks

Q3 = period_named("2026-Q3")
SEPTEMBER = datetime(2026, 9, 1, 2, tzinfo=UTC)
GOOD = {"satisfaction": 5}


async def a_closed_quarter(door: Door) -> httpx.Response:
    marks = [{"satisfaction": 5, "change": 4, "manner": 5, "recognition": 2}, *([GOOD] * 6)]
    await slip_marks(door.district, door.district.zhao, marks, period=Q3, now=SEPTEMBER)
    for source, scores in (
        ("street", {"whistle": 80, "conduct": 80}),
        ("community", {"patrol": 90, "deliberation": 90, "records": 90, "teamwork": 90}),
    ):
        await staff_marks(door.district, door.district.zhao, source, scores, period=Q3, now=SEPTEMBER)  # type: ignore[arg-type]
    return await door.call("district_admin", "POST", "/api/v1/evaluation/closes", json={"period": "2026-Q3"})


async def the_card(door: Door, role: str = "steward", **options: Any) -> httpx.Response:
    return await door.call(role, "GET", f"/api/v1/evaluation/scorecards/{door.district.zhao}", **options)


async def test_a_quarter_is_closed_once_and_then_everybody_sees_his_own_card(door: Door) -> None:
    assert (await the_card(door)).status_code == 404
    closed = await a_closed_quarter(door)
    assert closed.status_code == 200, closed.text
    assert (closed.json()["fresh"], closed.json()["close"]["stewards"]) == (True, 1)
    again = await door.call("district_admin", "POST", "/api/v1/evaluation/closes", json={"period": "2026-Q3"})
    assert again.json() == {**closed.json(), "fresh": False, "multipliers": 0, "level_changes": 0}
    card = (await the_card(door)).json()
    assert card["low"] <= card["score"] <= card["high"]
    assert card["explanation"].startswith(f"2026-Q3 总分 {card['score']:.2f} 分，有 90% 的把握")
    english = (await the_card(door, headers={"Accept-Language": "en"})).json()
    assert "from fewer than 5 ballots" in english["explanation"]
    assert (await the_card(door, "other_steward")).status_code == 404
    assert (await the_card(door, "lane_chief")).status_code == 403


async def test_what_one_resident_answered_alone_is_not_told(door: Door) -> None:
    await a_closed_quarter(door)
    card = (await the_card(door)).json()
    residents = next(source for source in card["sources"] if source["code"] == "residents")
    shown = {one["code"]: one["score"] for one in residents["dimensions"]}
    assert shown["satisfaction"] is not None
    assert [shown[code] for code in ("change", "manner", "recognition")] == [None] * 3
    street = next(source for source in card["sources"] if source["code"] == "street")
    assert street["raters"] is None  # one; it would be a name
    assert "答的人少，不单列" in card["explanation"]


async def test_scores_are_listed_and_exported_within_reach(door: Door) -> None:
    await a_closed_quarter(door)
    for role, count in (("district_admin", 1), ("street_admin", 1), ("other_street_admin", 0), ("other_steward", 0)):
        listed = await door.call(role, "GET", "/api/v1/evaluation/scores?period=2026-Q3")
        assert len(listed.json()["data"]) == count, role
    exported = await door.call("street_admin", "GET", "/api/v1/evaluation/scores/export?format=csv")
    header, line = exported.content.decode("utf-8-sig").splitlines()
    assert header.startswith("管家编号,姓名,街道,社区,周期,总分")
    assert line.startswith("0140001,赵示例,")
    workbook = await door.call("street_admin", "GET", "/api/v1/evaluation/scores/export")
    assert workbook.content[:2] == b"PK"
    assert (await door.call("street_admin", "GET", "/api/v1/evaluation/scores?period=2026-Q2")).status_code == 404


async def test_reopening_takes_two_people(door: Door) -> None:
    await a_closed_quarter(door)
    path = "/api/v1/evaluation/closes/2026-Q3/reopenings"
    asked = await door.call("district_admin", "POST", path, json={"reason": "mistake"})
    assert asked.status_code == 201, asked.text
    alone = await door.call("district_admin", "POST", f"/api/v1/evaluation/reopenings/{asked.json()['id']}/allow")
    assert (alone.status_code, alone.json()["code"]) == (403, "own_reopening")
    withdrawn = await door.call("district_admin", "POST", f"/api/v1/evaluation/reopenings/{asked.json()['id']}/refuse")
    assert withdrawn.json()["state"] == "refused"
    listed = await door.call("district_admin", "GET", path)
    assert [one["state"] for one in listed.json()["data"]] == ["refused"]


async def test_a_quarter_that_takes_ballots_is_not_closed(door: Door) -> None:
    early = await door.call("district_admin", "POST", "/api/v1/evaluation/closes", json={"period": "2026-Q4"})
    assert (early.status_code, early.json()["code"]) == (409, "window_still_open")
    wrong = await door.call("district_admin", "POST", "/api/v1/evaluation/closes", json={"period": "2026-Q5"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "period_unknown")
