"""Ratings and schemes through the doors: what a slip's link does, and what it does not."""

import re
from typing import Any

import httpx

from evaluation.scheme_documents import shipped_scheme
from tests.api.door import Door

HTML = {"Accept": "text/html"}


async def slips(door: Door, count: int = 1, **body: Any) -> httpx.Response:
    facts = {"steward": str(door.district.zhao), "count": count, **body}
    return await door.call("community_staff", "POST", "/api/v1/evaluation/slips", json=facts)


async def a_link(door: Door) -> str:
    answer = await slips(door)
    assert answer.status_code == 201, answer.text
    [link] = answer.json()["links"]
    return str(link).removeprefix("http://127.0.0.1:8000")


async def rate(door: Door, path: str, **marks: str) -> httpx.Response:
    return await door.client.post(path, data=marks or {"satisfaction": "5"}, headers=HTML)


async def test_a_resident_rates_from_a_slip_and_changes_the_rating_with_the_same_browser(door: Door) -> None:
    path = await a_link(door)
    answer = await rate(door, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/rate/done")
    assert "HttpOnly" in answer.headers["set-cookie"]
    again = await rate(door, path, satisfaction="3", manner="4")
    assert again.status_code == 303
    assert await door.count("evaluation_ballot") == 1
    door.client.cookies.clear()
    replayed = await rate(door, path, satisfaction="1")
    assert replayed.status_code == 409
    assert "已经评过" in replayed.text
    assert "已经评过" in (await door.client.get(path, headers=HTML)).text


async def test_previews_burn_no_vote(door: Door) -> None:
    path = await a_link(door)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        answer = await door.client.request(method, path, headers={"User-Agent": "MicroMessenger preview"})
        assert answer.status_code in {200, 204}
    assert await door.count("evaluation_ballot") == 0
    assert (await rate(door, path)).status_code == 303


async def test_guessed_slips_and_other_sites_forms_make_no_vote(door: Door) -> None:
    path = await a_link(door)
    assert (await rate(door, path[:-2] + "xx")).status_code == 404
    assert (await rate(door, "/rate/" + "a" * 22)).status_code == 404
    foreign = await door.client.post(path, data={"satisfaction": "5"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert await door.count("evaluation_ballot") == 0


async def test_a_form_without_a_mark_keeps_the_other_choices_and_says_what_is_missing(door: Door) -> None:
    path = await a_link(door)
    answer = await rate(door, path, satisfaction="", manner="4")
    assert answer.status_code == 400
    assert "请先回答“总体满意”" in answer.text
    assert re.search(r'id="manner-4" checked', answer.text)
    nonsense = await rate(door, path, satisfaction="5.0", change="x" * 5_000)
    assert nonsense.status_code == 400
    assert await door.count("evaluation_ballot") == 0


async def test_a_full_name_without_consent_and_a_phone_are_not_on_the_form(door: Door) -> None:
    page = (await door.client.get(await a_link(door), headers=HTML)).text
    assert "赵示例" not in page
    assert "赵" in page


async def test_slips_are_printed_by_those_who_look_after_the_steward(door: Door) -> None:
    path = f"/admin/stewards/{door.district.zhao}/slips"
    printed = await door.call("street_admin", "POST", path, headers=HTML, data={"count": "6"})
    assert printed.status_code == 200
    assert printed.text.count('class="slip"') == 6
    assert printed.text.count('class="qr"') == 6
    for wrong in ("", "0", "61", "1.5", "-1", "９"):
        refused = await door.call("street_admin", "POST", path, headers=HTML, data={"count": wrong})
        assert refused.status_code == 400, wrong
    foreign = await door.call("other_street_admin", "POST", path, headers=HTML, data={"count": "6"})
    assert foreign.status_code == 404
    assert await door.count("evaluation_slip") == 6


async def test_staff_judge_for_the_street_or_the_community_by_role(door: Door) -> None:
    steward = str(door.district.zhao)
    street = {"steward": steward, "scores": {"whistle": 80, "conduct": 90}}
    community = {"steward": steward, "scores": {"patrol": 80, "deliberation": 70, "records": 60, "teamwork": 50}}
    first = await door.call("street_admin", "POST", "/api/v1/evaluation/ballots", json=street)
    again = await door.call("street_admin", "POST", "/api/v1/evaluation/ballots", json=street)
    assert (first.json()["source"], first.json()["period"], first.json()["changed"]) == ("street", "2026-Q4", False)
    assert again.json()["changed"]
    chief = await door.call("lane_chief", "POST", "/api/v1/evaluation/ballots", json=community)
    assert chief.json()["source"] == "community"
    wrong = await door.call("community_staff", "POST", "/api/v1/evaluation/ballots", json=street)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "dimension_unknown")
    assert await door.count("evaluation_ballot") == 2


async def test_schemes_are_published_by_the_district_and_read_by_everybody(door: Door) -> None:
    import json

    document = {**json.loads(shipped_scheme()), "name": "新方案", "effective_on": "2027-01-01"}
    published = await door.call("district_admin", "POST", "/api/v1/evaluation/schemes", json={"document": document})
    assert (published.status_code, published.json()["number"]) == (201, 2)
    listed = await door.call("steward", "GET", "/api/v1/evaluation/schemes")
    assert [scheme["number"] for scheme in listed.json()["data"]] == [2, 1]
    shown = await door.call("steward", "GET", "/api/v1/evaluation/schemes/2")
    assert shown.json()["document"] == document
    late = await door.call(
        "district_admin",
        "POST",
        "/api/v1/evaluation/schemes",
        json={"document": {**document, "name": "再新", "effective_on": "2026-11-23"}},
    )
    assert late.json()["code"] == "scheme_in_the_past"
    broken = await door.call("district_admin", "POST", "/api/v1/evaluation/schemes", json={"document": {"name": "x"}})
    assert broken.json()["code"] == "scheme_refused"
