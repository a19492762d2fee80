"""Penalties by the API and on the pages: staff propose, the steward objects, somebody else decides."""

from typing import Any

from tests.api.door import Door

HTML = {"Accept": "text/html"}


async def _proposed(door: Door, role: str = "community_staff", **changes: Any) -> dict[str, Any]:
    body = {"steward_id": str(door.district.zhao), "item": "false_report", "note": "邻居说没有", **changes}
    answer = await door.call(role, "POST", "/api/v1/points/penalties", json=body)
    assert answer.status_code == 201, answer.text
    penalty: dict[str, Any] = answer.json()
    return penalty


async def test_a_steward_is_heard_before_anything_is_taken(door: Door) -> None:
    await door.verified()
    penalty = await _proposed(door)
    path = f"/api/v1/points/penalties/{penalty['id']}"
    assert (penalty["state"], penalty["points"], penalty["object_until"]) == ("open", 10, "2026-11-30T04:00:00Z")
    own = (await door.call("steward", "GET", path)).json()
    assert own["notes"] == []
    assert "邻居说没有" not in (await door.call("steward", "GET", "/me/penalties", headers=HTML)).text
    assert (await door.call("steward", "POST", f"{path}/object", json={"note": ""})).status_code == 400
    assert (await door.call("steward", "POST", f"{path}/object", json={"note": "有照片"})).status_code == 200
    assert [note["text"] for note in (await door.call("steward", "GET", path)).json()["notes"]] == ["有照片"]
    upheld = await door.call("street_admin", "POST", f"{path}/uphold")
    assert (upheld.status_code, upheld.json()["balance_after"], upheld.json()["debt"]) == (200, 0, 4)
    statement = await door.call("steward", "GET", "/me/statement", headers=HTML)
    assert "扣分" in statement.text


async def test_the_pages_do_the_same(door: Door) -> None:
    fields = {"steward": "0140001", "item": "false_report", "about": "2611230001"}
    wrong = await door.call("community_staff", "POST", "/admin/penalties", headers=HTML, data={"steward": "9"})
    assert wrong.status_code == 400
    sent = await door.call("community_staff", "POST", "/admin/penalties", headers=HTML, data=fields)
    assert sent.headers["location"] == "/admin/penalties?state=open&done=P2611230001"
    assert "已办好" in (await door.call("community_staff", "GET", sent.headers["location"], headers=HTML)).text
    twice = await door.call("community_staff", "POST", "/admin/penalties", headers=HTML, data=fields)
    assert (twice.status_code, "不能重复扣" in twice.text) == (409, True)

    [penalty] = (await door.call("steward", "GET", "/api/v1/points/penalties")).json()["data"]
    page = await door.call("steward", "GET", "/me/penalties", headers=HTML)
    assert f"/me/penalties/{penalty['id']}/object" in page.text
    own = f"/me/penalties/{penalty['id']}/object"
    assert (await door.call("other_steward", "POST", own, headers=HTML, data={"note": "x"})).status_code == 404
    assert (await door.call("steward", "POST", own, headers=HTML, data={"note": ""})).status_code == 400
    assert (await door.call("steward", "POST", own, headers=HTML, data={"note": "不对"})).status_code == 303
    staff = f"/admin/penalties/{penalty['id']}"
    assert f"{staff}/uphold" in (await door.call("street_admin", "GET", "/admin/penalties", headers=HTML)).text
    assert (await door.call("other_street_admin", "POST", f"{staff}/drop", headers=HTML)).status_code == 404
    assert (await door.call("street_admin", "POST", f"{staff}/drop", headers=HTML, data={})).status_code == 303
    assert await door.count("points_transfer") == 0
