"""Manual awards by the API and on the pages."""

from typing import Any

import httpx
import pytest

from tests.api.door import Door

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
