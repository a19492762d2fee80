"""Appeals, the calendar, reviews, relations and ballot sheets through the doors, as pages and as JSON."""

import re
from typing import Any

import httpx

from tests.api.door import Door
from tests.cases.district import a_report, a_step

HTML = {"Accept": "text/html"}


async def an_award(door: Door) -> str:
    await door.verified()
    listed = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}/statement")
    award: str = listed.json()["data"][0]["award_id"]
    return award


async def form(door: Door, role: str, path: str, **fields: str) -> httpx.Response:
    return await door.call(role, "POST", path, headers=HTML, data=fields)


async def test_a_steward_appeals_from_the_statement_and_is_answered_on_pages(door: Door) -> None:
    award = await an_award(door)
    statement = await door.call("steward", "GET", "/me/statement", headers=HTML)
    assert f"/me/appeals?kind=award&amp;award={award}" in statement.text
    opened = await door.call("steward", "GET", f"/me/appeals?kind=award&award={award}", headers=HTML)
    assert "10 个工作日" in opened.text
    empty = await form(door, "steward", "/me/appeals", kind="award", award=award, reason="  ")
    assert empty.status_code == 400
    sent = await form(door, "steward", "/me/appeals", kind="award", award=award, reason="那天报了两处")
    assert sent.status_code == 303
    [line] = (await door.call("district_admin", "GET", "/api/v1/appeals")).json()["data"]
    assert (line["state"], line["reason"], line["overdue"]) == ("open", "那天报了两处", False)
    path = f"/admin/appeals/{line['id']}"
    assert "那天报了两处" in (await door.call("district_admin", "GET", path, headers=HTML)).text
    for role, status in (("other_street_admin", 404), ("community_staff", 403), ("steward", 403)):
        assert (await door.call(role, "GET", path, headers=HTML)).status_code == status, role
    involved = await form(door, "street_admin", path, verdict="dismiss", answer="没错")
    assert involved.status_code == 403
    assert "没有参与的人" in involved.text
    assert "没错" in involved.text  # what was typed stays
    unfit = await form(door, "district_admin", path, outcome="credit", points="0", answer="补")
    assert unfit.status_code == 400
    done = await form(door, "district_admin", path, outcome="credit", points="3", answer="补上一处")
    assert done.status_code == 303
    own = (await door.call("steward", "GET", "/me/appeals", headers=HTML)).text
    assert "补上一处" in own
    assert "+3" in own
    balance = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}/balance")
    assert balance.json()["spendable"] == 9
    assert "申诉更正" in (await door.call("steward", "GET", "/me/statement", headers=HTML)).text


async def test_an_award_of_nothing_is_appealed_from_the_page_of_its_case(door: Door) -> None:
    cases = await door.district.reported(*(a_report(category="illegal_build") for _ in range(11)))
    await door.district.handled(*(a_step(case, "verify") for case in cases))
    last = cases[-1].case_id  # the eleventh of 8 points in a month of 80
    shown = (await door.call("steward", "GET", f"/me/cases/{last}", headers=HTML)).text
    [link] = re.findall(r'href="(/me/appeals\?kind=award&amp;award=[^"]+)"', shown)
    assert link not in (await door.call("steward", "GET", "/me/statement", headers=HTML)).text
    opened = (await door.call("steward", "GET", link.replace("&amp;", "&"), headers=HTML)).text
    assert "不再计分" in opened  # why it was nothing stands beside the form
    award = link.rpartition("=")[2]
    assert (
        await form(door, "steward", "/me/appeals", kind="award", award=award, reason="不该算上限")
    ).status_code == 303
    foreign = (await door.call("other_steward", "GET", f"/me/appeals?kind=award&award={award}", headers=HTML)).text
    assert "不再计分" not in foreign


async def test_an_appeal_is_withdrawn_by_its_steward_and_its_key_replays(door: Door) -> None:
    body = {"kind": "award", "award_id": await an_award(door), "reason": "少算了"}
    key = {"Idempotency-Key": "appeal-1"}
    first = await door.call("steward", "POST", "/api/v1/appeals", json=body, headers=key)
    again = await door.call("steward", "POST", "/api/v1/appeals", json=body, headers=key)
    assert (first.status_code, first.content) == (201, again.content)
    path = f"/me/appeals/{first.json()['id']}/withdraw"
    assert (await form(door, "other_steward", path)).status_code == 404
    assert (await form(door, "steward", path)).status_code == 303
    assert (await form(door, "steward", path)).status_code == 409
    twice = await door.call("steward", "POST", "/api/v1/appeals", json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "appeal_twice")


async def test_the_district_keeps_the_calendar_and_last_days_follow(door: Door) -> None:
    body = {"kind": "award", "award_id": await an_award(door), "reason": "少算了"}
    opened = (await door.call("steward", "POST", "/api/v1/appeals", json=body)).json()
    assert opened["due_on"] == "2026-12-07"
    assert (await form(door, "district_admin", "/admin/holidays", day="", kind="holiday")).status_code == 400
    saved = await form(door, "district_admin", "/admin/holidays", day="2026-11-25", kind="holiday", name="放假")
    assert saved.headers["location"] == "/admin/holidays?year=2026"
    assert "放假" in (await door.call("district_admin", "GET", "/admin/holidays", headers=HTML)).text
    shown = (await door.call("steward", "GET", f"/api/v1/appeals/{opened['id']}")).json()
    assert shown["due_on"] == "2026-12-08"
    listed = (await door.call("steward", "GET", "/api/v1/calendar")).json()["data"]
    assert listed == [{"day": "2026-11-25", "works": False, "name": "放假"}]
    assert (await form(door, "district_admin", "/admin/holidays", day="2026-11-25", kind="plain")).status_code == 303
    assert (await door.call("steward", "GET", "/api/v1/calendar")).json()["data"] == []
    assert (await door.call("street_admin", "GET", "/admin/holidays", headers=HTML)).status_code == 403


async def test_a_published_year_is_taken_in_on_the_page_and_by_the_api(door: Door) -> None:
    shown = (await door.call("district_admin", "GET", "/admin/holidays", headers=HTML)).text
    assert "还有 39 天没有登记" in shown
    taken = await form(door, "district_admin", "/admin/holidays/published", year="2026")
    assert (taken.status_code, taken.headers["location"]) == (303, "/admin/holidays?year=2026")
    shown = (await door.call("district_admin", "GET", "/admin/holidays", headers=HTML)).text
    assert "没有登记" not in shown
    assert shown.count("中秋节") == 2
    assert (await form(door, "district_admin", "/admin/holidays/published", year="2031")).status_code == 404
    assert (await form(door, "street_admin", "/admin/holidays/published", year="2025")).status_code == 403
    answer = await door.call("district_admin", "POST", "/api/v1/calendar/published", json={"year": 2025})
    assert len(answer.json()["data"]) == 39 + 33
    missing = await door.call("district_admin", "POST", "/api/v1/calendar/published", json={"year": 2031})
    assert missing.status_code == 404


async def test_relations_are_declared_and_ended_on_a_page(door: Door) -> None:
    path = f"/admin/stewards/{door.district.zhao}/relations"
    assert (
        await form(door, "street_admin", path, other_kind="steward", other="none", relation="relative")
    ).status_code == 400
    assert (
        await form(door, "street_admin", path, other_kind="staff", other="street_admin", relation="relative")
    ).status_code == 303
    shown = (await door.call("street_admin", "GET", path, headers=HTML)).text
    assert "亲属" in shown
    assert (await door.call("other_street_admin", "GET", path, headers=HTML)).status_code == 404
    judged = await save(door, "street_admin", {"whistle": "80", "conduct": "80"})
    assert "回避" in judged.text
    end = re.search(r'action="(/admin/stewards/[^"]+/end)"', shown)
    assert end is not None
    assert (await form(door, "street_admin", end[1])).status_code == 303
    assert (await form(door, "street_admin", end[1])).status_code == 404
    assert (await save(door, "street_admin", {"whistle": "80", "conduct": "80"})).status_code == 303


async def save(door: Door, role: str, marks: dict[str, str], **more: Any) -> httpx.Response:
    fields = {f"m-{door.district.zhao}-{code}": mark for code, mark in marks.items()} | more
    return await form(door, role, "/admin/sheet?community=014-02", **fields)


async def test_a_sheet_saves_the_rows_that_fit_and_keeps_what_was_typed_in_the_others(door: Door) -> None:
    shown = await door.call("street_admin", "GET", "/admin/sheet?community=014-02", headers=HTML)
    assert f"m-{door.district.zhao}-whistle" in shown.text
    wrong = await save(door, "street_admin", {"whistle": "800", "conduct": "90"})
    assert wrong.status_code == 400
    assert 'value="800"' in wrong.text
    for text in ("8.5", "-1", "９", "x"):
        assert (await save(door, "street_admin", {"whistle": text, "conduct": "90"})).status_code == 400
    missing = await save(door, "street_admin", {"whistle": "80"})
    assert (missing.status_code, "请先回答" in missing.text) == (400, True)
    assert await door.count("evaluation_ballot") == 0
    saved = await save(door, "street_admin", {"whistle": "85", "conduct": "90"})
    assert saved.status_code == 303
    assert await door.count("evaluation_ballot") == 1
    after = await door.call("street_admin", "GET", saved.headers["location"], headers=HTML)
    assert 'value="85"' in after.text
    assert "已保存 1 位" in after.text
    other = await door.call("district_admin", "GET", "/admin/sheet?community=014-02", headers=HTML)
    assert 'value="85"' not in other.text  # one's own marks alone, before the window closes
    nothing = await save(door, "street_admin", {})
    assert nothing.status_code == 303
    stranger = await save(door, "other_street_admin", {"whistle": "1", "conduct": "1"})
    assert stranger.status_code == 303
    assert await door.count("evaluation_ballot") == 1


async def test_reviews_and_reading_by_name_are_pages_of_their_own_people(door: Door) -> None:
    assert "没有等着复核的票" in (await door.call("street_admin", "GET", "/admin/reviews", headers=HTML)).text
    assert (await door.call("street_admin", "GET", "/admin/ballots", headers=HTML)).status_code == 403
    early = await form(door, "district_admin", "/admin/ballots", steward="0140001", period="2026-Q4", reason="appeal")
    assert (early.status_code, "还没有截止" in early.text) == (409, True)
    for fields in (
        {"steward": "none", "period": "2026-Q4", "reason": "appeal"},
        {"steward": "0140001", "period": "nonsense", "reason": "appeal"},
        {"steward": "0140001", "period": "2026-Q4", "reason": "curiosity"},
    ):
        assert (await form(door, "district_admin", "/admin/ballots", **fields)).status_code == 400, fields
    assert await door.count("kernel_audit") > 0
