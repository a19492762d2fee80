"""Ratings and schemes through the doors: what a slip's link does, and what it does not."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx

from evaluation.scheme_documents import shipped_scheme
from kernel.clock import FixedClock
from tests.api.door import ZHAO_LANE, Door
from tests.stewards.builders import NOON

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


async def test_fifty_uses_of_one_link_at_once_make_one_ballot(door: Door) -> None:
    path = await a_link(door)
    answers = await asyncio.gather(*[rate(door, path) for _ in range(50)])
    assert sorted(answer.status_code for answer in answers) == [303] + [409] * 49
    assert await door.count("evaluation_ballot") == 1


async def test_an_expired_link_makes_no_vote(door: Door) -> None:
    path = await a_link(door)
    door.app.state.district.clock = FixedClock(NOON + timedelta(days=60))
    for answer in (await rate(door, path), await door.client.get(path, headers=HTML)):
        assert answer.status_code in {409, 410}
        assert "已经截止" in answer.text
    assert await door.count("evaluation_ballot") == 0


async def test_a_closed_case_has_one_ballot_and_its_newest_link_alone_holds(door: Door) -> None:
    case = await door.verified()
    link = f"/api/v1/cases/{case['id']}/rating-link"
    early = await door.call("community_staff", "POST", link)
    assert (early.status_code, early.json()["code"]) == (409, "case_not_closed")
    assert (await door.call("street_admin", "POST", f"/api/v1/cases/{case['id']}/solve", json={})).status_code == 200
    paths = []
    for _ in range(2):
        answer = await door.call("community_staff", "POST", link)
        assert answer.status_code == 201, answer.text
        paths.append(answer.json()["links"][0].removeprefix("http://127.0.0.1:8000"))
    assert (await rate(door, paths[0])).status_code == 404
    assert (await rate(door, paths[1])).status_code == 303
    door.client.cookies.clear()
    assert (await rate(door, paths[1])).status_code == 409
    done = await door.call("community_staff", "POST", link)
    assert (done.status_code, done.json()["code"]) == (409, "case_rated")
    assert (await door.call("other_street_admin", "POST", link)).status_code == 404
    assert await door.count("evaluation_ballot") == 1
    printed = await door.call("street_admin", "POST", f"/admin/cases/{case['id']}/slip", headers=HTML)
    assert printed.status_code == 409


async def test_a_browser_rates_by_a_lanes_code_once_it_has_seen_the_form(door: Door) -> None:
    path = f"/rate/lanes/{ZHAO_LANE}"
    blind = await rate(door, path)
    assert (blind.status_code, await door.count("evaluation_ballot")) == (400, 0)
    form = await door.client.get(path, headers=HTML)
    assert form.status_code == 200
    assert "赵示例" not in form.text
    forged = await door.client.post(
        path, data={"satisfaction": "5"}, headers=HTML | {"Cookie": "jinpai_rater=guess.0123456789abcdef"}
    )
    assert forged.status_code == 400
    assert (await rate(door, path, satisfaction="4", note="巷口干净多了")).status_code == 303
    assert (await rate(door, path, satisfaction="5")).status_code == 303
    assert await door.count("evaluation_ballot") == 1
    assert await door.count("evaluation_ballot_note") == 1
    for wrong in ("/rate/lanes/none", "/rate/halls/none", "/rate/doors/014-02", f"{path}/{door.district.qian}"):
        assert (await door.client.get(wrong, headers=HTML)).status_code == 404, wrong
        assert (await rate(door, wrong)).status_code == 404, wrong


async def test_a_hall_with_several_stewards_asks_whom(door: Door) -> None:
    chosen = await door.client.get("/rate/halls/014-02", headers=HTML)
    assert chosen.status_code == 200
    path = f"/rate/halls/014-02/{door.district.zhao}"
    assert (await door.client.get(path, headers=HTML)).status_code == 200
    assert (await rate(door, path)).status_code == 303
    assert await door.count("evaluation_ballot") == 1


async def test_no_address_of_a_resident_is_kept(door: Door) -> None:
    path = f"/rate/lanes/{ZHAO_LANE}"
    await door.client.get(path, headers=HTML)
    await rate(door, path)
    reader = await door.database.reader()
    [row] = await reader.fetch("SELECT network_sha256, device_sha256 FROM evaluation_ballot")
    assert len(row["network_sha256"]) == len(row["device_sha256"]) == 64
    assert "127.0.0.1" not in str(dict(row))


async def test_a_steward_who_is_signed_in_is_told_that_he_is_barred(door: Door) -> None:
    path = await a_link(door)
    own = await door.call("steward", "POST", path, headers=HTML, data={"satisfaction": "5"})
    assert own.status_code == 403
    assert "本人" in own.text
    assert await door.count("evaluation_ballot") == 0


async def test_signs_are_printed_for_ones_own_places(door: Door) -> None:
    for path in (f"/admin/signs/lanes/{ZHAO_LANE}", "/admin/signs/halls/014-02"):
        printed = await door.call("community_staff", "GET", path, headers=HTML)
        assert printed.status_code == 200
        assert 'class="qr"' in printed.text
        assert (await door.call("other_street_admin", "GET", path, headers=HTML)).status_code == 403
    assert (await door.call("street_admin", "GET", "/admin/signs/lanes/none", headers=HTML)).status_code == 404


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
