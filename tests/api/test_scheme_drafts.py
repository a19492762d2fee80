"""Schemes on their way: drafted, put to everybody, commented without names, answered, published from a day on."""

import json
from datetime import timedelta
from typing import Any

import httpx

from evaluation.scheme_documents import shipped_scheme
from kernel.clock import FixedClock
from tests.api.door import Door
from tests.stewards.builders import NOON

DRAFTS = "/api/v1/evaluation/schemes/drafts"
HTML = {"Accept": "text/html"}


def a_scheme(**changes: Any) -> dict[str, Any]:
    return {"document": {**json.loads(shipped_scheme()), "name": "新方案", "effective_on": "2027-01-01", **changes}}


async def drafted(door: Door) -> dict[str, Any]:
    made = await door.call("district_admin", "POST", DRAFTS, json=a_scheme())
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def form(door: Door, role: str, path: str, **fields: str) -> httpx.Response:
    return await door.call(role, "POST", path, headers=HTML, data=fields)


async def test_a_draft_is_changed_with_its_etag_and_every_mistake_is_named(door: Door) -> None:
    path = f"{DRAFTS}/{(await drafted(door))['id']}"
    stale = await door.call("district_admin", "PUT", path, json=a_scheme(), headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "draft_changed")
    changed = await door.call("district_admin", "PUT", path, json=a_scheme(ranks="strict"), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    wrong = await door.call("district_admin", "POST", DRAFTS, json=a_scheme(ranks="loud", interval_percent=10))
    assert wrong.json()["code"] == "scheme_refused"
    assert len(wrong.json()["errors"]) == 2


async def test_a_scheme_is_drafted_consulted_answered_and_published_on_pages(door: Door) -> None:
    begun = await form(door, "district_admin", "/admin/schemes/new", **{"from": "newest"})
    assert begun.status_code == 303, begun.text
    path = begun.headers["location"]
    editor = (await door.call("district_admin", "GET", path, headers=HTML)).text
    assert "2027-01-01" in editor  # the next quarter
    broken = await form(door, "district_admin", path, document="{}", revision="1")
    assert broken.status_code == 400
    public = path.replace("/admin", "").replace("/schemes/", "/schemes/drafts/")
    assert (await door.call(None, "GET", public, headers=HTML)).status_code == 404
    assert (await form(door, "district_admin", f"{path}/consult", until="2026-11-30", revision="1")).status_code == 303
    shown = await door.call(None, "GET", public, headers=HTML)
    assert shown.status_code == 200
    assert "街巷居民" in shown.text
    assert public in (await door.call(None, "GET", "/schemes", headers=HTML)).text
    said = await form(door, "steward", f"{public}/comments", text="居民权重太高")
    assert said.status_code == 303
    after = (await door.call(None, "GET", public, headers=HTML)).text
    assert "居民权重太高" in after
    assert "赵" not in after
    early = await form(door, "district_admin", f"{path}/publish", revision="2")
    assert early.status_code == 409
    door.app.state.district.clock = FixedClock(NOON + timedelta(days=9))
    unanswered = await form(door, "district_admin", f"{path}/publish", revision="2")
    assert unanswered.status_code == 409
    api = path.replace("/admin/schemes", DRAFTS)
    [comment] = (await door.call("district_admin", "GET", f"{api}/comments")).json()["data"]
    answered = await form(door, "district_admin", f"{path}/comments/{comment['id']}", text="已经调低")
    assert answered.status_code == 303
    assert (await form(door, "district_admin", f"{path}/publish", revision="2")).status_code == 303
    listed = (await door.call("steward", "GET", "/api/v1/evaluation/schemes")).json()["data"]
    assert [scheme["number"] for scheme in listed] == [2, 1]


async def test_a_draft_is_the_districts_own_before_its_consultation(door: Door) -> None:
    draft = await drafted(door)
    assert (await door.call("steward", "GET", f"{DRAFTS}/{draft['id']}")).status_code == 404
    assert (await door.call("street_admin", "GET", "/admin/schemes", headers=HTML)).status_code == 403
    withdrawn = await form(door, "district_admin", f"/admin/schemes/{draft['id']}/withdraw", revision="1")
    assert withdrawn.status_code == 303
    assert "已撤回" in (await door.call("district_admin", "GET", "/admin/schemes", headers=HTML)).text
