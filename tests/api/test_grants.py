"""Manual awards by the API and on the pages."""

from typing import Any

import httpx
import orjson
import pytest

from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from tests.api.door import Door
from tests.stewards.builders import NOON

HTML = {"Accept": "text/html"}


def body(door: Door, **changes: Any) -> dict[str, Any]:
    return {"steward_id": str(door.district.zhao), "reason": "outstanding", "points": 30, **changes}


async def _proposed(door: Door, **changes: Any) -> dict[str, Any]:
    answer = await door.call("community_staff", "POST", "/api/v1/points/grants", json=body(door, **changes))
    assert answer.status_code == 201, answer.text
    grant: dict[str, Any] = answer.json()
    return grant


async def test_one_proposes_another_approves_and_the_statement_and_the_inbox_say_so(door: Door) -> None:
    grant = await _proposed(door, note="守了一夜")
    path = f"/api/v1/points/grants/{grant['id']}"
    assert (grant["state"], grant["two_person"], grant["balance_after"]) == ("proposed", True, None)
    answer = await door.call("street_admin", "POST", f"{path}/approve", key="k")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["balance_after"]) == ("approved", 30)
    assert (await door.call("street_admin", "POST", f"{path}/approve", key="k")).content == answer.content
    statement = await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}/statement")
    assert [(line["reason"], line["points"]) for line in statement.json()["data"]] == [("grant", 30)]
    inbox = (await door.call("steward", "GET", "/api/v1/inbox")).json()["data"]
    assert "事由：突出贡献" in inbox[0]["text"]
    shown = (await door.call("street_admin", "GET", path)).json()
    assert [note["text"] for note in shown["notes"]] == ["守了一夜"]
    taken = await door.call("street_admin", "POST", f"{path}/reverse", json={"cause": "mistake"})
    assert (taken.status_code, taken.json()["balance_after"]) == (200, 0)
    listed = await door.call("street_admin", "GET", "/api/v1/points/grants", params={"state": "approved"})
    assert [found["reversed_at"] is not None for found in listed.json()["data"]] == [True]
    assert "守了一夜" not in (await door.call("steward", "GET", "/me/statement", headers=HTML)).text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"points": "30"}, "int_type"),
        ({"points": 0}, "greater_than_equal"),
        ({"points": 10**30}, "less_than_equal"),
        ({"extra": 1}, "extra_forbidden"),
        ({"steward_id": "x"}, "uuid_parsing"),
    ],
)
async def test_a_body_at_fault_is_named_and_leaves_no_row(door: Door, changes: dict[str, Any], code: str) -> None:
    answer = await door.call("street_admin", "POST", "/api/v1/points/grants", json=body(door, **changes))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert await door.count("points_grant") == 0


async def _post(door: Door, role: str, path: str, **fields: str) -> httpx.Response:
    return await door.call(role, "POST", path, headers=HTML, data=fields)


async def test_the_page_shows_the_balance_after_before_anything_is_given(door: Door) -> None:
    form = {"nonce": "n-1", "steward": "0140001", "reason": "activity", "points": "12", "note": "<b>重阳节</b>"}
    assert (await _post(door, "street_admin", "/admin/grants/new", step="preview")).status_code == 400
    assert "没有这个编号" in (await _post(door, "other_street_admin", "/admin/grants/new", **form)).text
    preview = await _post(door, "street_admin", "/admin/grants/new", step="preview", **form)
    assert "现有 0 分，入账后 12 分" in preview.text
    assert "<b>重阳节" not in preview.text
    assert await door.count("points_grant") == 0
    for _ in range(2):
        done = await _post(door, "street_admin", "/admin/grants/new", step="confirm", **form)
        assert done.status_code == 303
        assert done.headers["location"] == "/admin/grants?state=approved&done=G2611230001"
    assert await door.district.balance(door.district.zhao) == 12
    page = await door.call("street_admin", "GET", done.headers["location"], headers=HTML)
    assert "G2611230001 已办好" in page.text
    assert "人工加分" in (await door.call("steward", "GET", "/me/statement", headers=HTML)).text


async def test_the_rules_steps_are_taken_by_the_api_and_on_the_page(door: Door) -> None:
    document = orjson.loads(shipped_programme())
    steps = ["apply", "check", "committee", "post"]
    document |= {"effective_on": "2026-11-23", "grants": {**document["grants"], "steps": steps}}
    await door.database.run(lambda tx: publish_rules(tx, document, by=None, now=NOON))
    grant = await _proposed(door)
    path, page = f"/api/v1/points/grants/{grant['id']}", f"/admin/grants/{grant['id']}"
    assert grant["next"] == "check"
    early = await door.call("street_admin", "POST", f"{path}/approve")
    assert (early.status_code, early.json()["code"]) == (409, "grant_step_out_of_turn")
    assert "现在该办的是“核对”" in early.json()["detail"]
    own = await door.call("community_staff", "POST", f"{path}/check")
    assert (own.status_code, own.json()["code"]) == (403, "own_proposal")
    assert "核对无误" in (await door.call("district_admin", "GET", "/admin/grants", headers=HTML)).text
    assert (await _post(door, "district_admin", f"{page}/check")).status_code == 303
    shown = (await door.call("street_admin", "GET", path)).json()
    assert (shown["next"], [taken["step"] for taken in shown["checks"]]) == ("committee", ["check"])
    nothing_said = await _post(door, "street_admin", f"{page}/committee")
    assert (nothing_said.status_code, "请写明是哪次会议" in nothing_said.text) == (400, True)
    body = {"note": "11 月 23 日例会"}
    agreed = await door.call("street_admin", "POST", f"{path}/committee", json=body, key="c")
    assert (agreed.status_code, agreed.json()["next"]) == (200, "post")
    assert (await door.call("street_admin", "POST", f"{path}/committee", json=body, key="c")).content == agreed.content
    done = await door.call("street_admin", "POST", f"{path}/approve")
    assert (done.json()["state"], done.json()["balance_after"], done.json()["next"]) == ("approved", 30, None)


async def test_beyond_the_months_limit_the_preview_says_that_it_takes_another_person(door: Door) -> None:
    small = {"reason": "activity", "points": 20}
    for _ in range(10):
        answer = await door.call("street_admin", "POST", "/api/v1/points/grants", json=body(door, **small))
        assert answer.json()["state"] == "approved"
    form = {"nonce": "n-1", "steward": "0140001", "reason": "activity", "points": "1", "note": ""}
    preview = await _post(door, "street_admin", "/admin/grants/new", step="preview", **form)
    assert "您本月已直接加满 200 分" in preview.text
    answer = await door.call("street_admin", "POST", "/api/v1/points/grants", json=body(door, **{**small, "points": 1}))
    assert (answer.json()["state"], answer.json()["two_person"]) == ("proposed", True)


async def test_the_page_offers_each_what_is_his_to_do(door: Door) -> None:
    grant = await _proposed(door)
    path = f"/admin/grants/{grant['id']}"
    pages = {
        role: (await door.call(role, "GET", "/admin/grants", headers=HTML)).text
        for role in ("community_staff", "street_admin", "other_street_admin")
    }
    assert [f"{path}/withdraw" in page for page in pages.values()] == [True, False, False]
    assert [f"{path}/approve" in page for page in pages.values()] == [False, True, False]
    assert (await _post(door, "other_street_admin", f"{path}/approve")).status_code == 404
    assert (await _post(door, "community_staff", f"{path}/approve")).status_code == 403
    assert (await _post(door, "street_admin", f"{path}/reject", note="材料不全")).status_code == 303
    refused = await _post(door, "street_admin", f"{path}/approve")
    assert refused.status_code == 409
    assert "已经办理过" in refused.text
    assert await door.count("points_transfer") == 0
