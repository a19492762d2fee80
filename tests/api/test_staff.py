"""The district adds staff, gives and takes back roles, and says who left."""

from typing import Any

import httpx

from tests.api.door import Door

A_CLERK = {
    "login": "zhou",
    "name": "周示例",
    "grants": [{"role": "community_staff", "scope_kind": "community", "scope_code": "014-02"}],
}


async def _listed(door: Door, login: str) -> dict[str, Any]:
    answer = await door.call("district_admin", "GET", "/api/v1/staff")
    found: dict[str, Any] = next(person for person in answer.json()["data"] if person["login"] == login)
    return found


async def _post(door: Door, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    return await door.call("district_admin", "POST", path, json=body or {})


async def test_someone_is_added_with_a_role_once(door: Door) -> None:
    first, again = [await _post(door, "/api/v1/staff", A_CLERK) for _ in range(2)]
    assert (first.status_code, first.json()["grants_added"]) == (201, 1)
    assert (again.status_code, again.json()["grants_added"]) == (200, 0)
    assert again.json()["id"] == first.json()["id"]
    listed = await _listed(door, "zhou")
    (grant,) = listed["grants"]
    assert (listed["name"], listed["status"]) == ("周示例", "active")
    assert (grant["role"], grant["scope_kind"], grant["scope_code"]) == ("community_staff", "community", "014-02")


async def test_what_cannot_be_is_named(door: Door) -> None:
    taken = await _post(door, "/api/v1/staff", {"login": "street_admin", "name": "周示例"})
    assert (taken.status_code, taken.json()["code"]) == (409, "login_taken")
    nowhere = {**A_CLERK, "grants": [{"role": "lane_chief", "scope_kind": "lane", "scope_code": "nowhere"}]}
    unknown = await _post(door, "/api/v1/staff", nowhere)
    assert (unknown.status_code, unknown.json()["code"]) == (400, "place_unknown")
    wide = {**A_CLERK, "grants": [{"role": "street_admin", "scope_kind": "district"}]}
    assert (await _post(door, "/api/v1/staff", wide)).json()["code"] == "role_scope_wrong"
    assert await door.count("stewards_staff") == 5


async def test_a_role_that_was_taken_back_opens_no_door_any_more(door: Door) -> None:
    clerk = await _listed(door, "street_admin")
    (grant,) = clerk["grants"]
    path = f"/api/v1/staff/{clerk['id']}/grants/{grant['id']}/revoke"
    assert (await door.call("street_admin", "GET", "/api/v1/stewards")).status_code == 200
    assert [(await _post(door, path)).json()["changed"] for _ in range(2)] == [True, False]
    assert (await door.call("street_admin", "GET", "/api/v1/stewards")).status_code == 403
    assert (await _listed(door, "street_admin"))["grants"] == []


async def test_a_role_is_taken_back_from_whoever_holds_it_alone(door: Door) -> None:
    clerk, other = await _listed(door, "street_admin"), await _listed(door, "lane_chief")
    (grant,) = clerk["grants"]
    answer = await _post(door, f"/api/v1/staff/{other['id']}/grants/{grant['id']}/revoke")
    assert (answer.status_code, answer.json()["code"]) == (404, "grant_unknown")
    assert (await _listed(door, "street_admin"))["grants"] == [grant]


async def test_who_left_is_let_in_no_more(door: Door) -> None:
    clerk = await _listed(door, "street_admin")
    answer = await _post(door, f"/api/v1/staff/{clerk['id']}/end")
    assert (answer.status_code, answer.json()["status"]) == (200, "left")
    assert (await door.call("street_admin", "GET", "/api/v1/stewards")).status_code == 401
    left = await _listed(door, "street_admin")
    assert (left["status"], left["grants"]) == ("left", [])
