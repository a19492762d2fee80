"""Who may come in: every route states its action, and only yours is yours."""

from collections.abc import Mapping
from typing import Any

import pytest
from litestar import Litestar, get, post

from api.access import UndeclaredRoutes, check_declarations
from stewards.permissions import PERMISSIONS, Action
from stewards.roles import Role
from tests.api.door import Door
from tests.api.routes import ABOUT_ALL, ABOUT_ONE, UNKNOWN, Route, declared
from tests.api.things import a_picture, things_of

EVERYBODY = (
    "district_admin", "street_admin", "community_staff", "lane_chief", "other_street_admin",
    "steward", "other_steward", "integrator", "display", "partner",
)  # fmt: skip
ROLE_OF = {"other_street_admin": Role.STREET_ADMIN, "other_steward": Role.STEWARD}
# To whom 赵, and what is 赵's, do not exist.
STRANGERS = ("other_street_admin", "other_steward", "display", "partner")


def test_a_route_that_states_nothing_keeps_the_app_from_starting() -> None:
    @get("/open", sync_to_thread=False)
    def undeclared() -> str:
        return ""

    with pytest.raises(UndeclaredRoutes, match="GET /open"):
        check_declarations(Litestar([undeclared], openapi_config=None))


def test_a_page_that_writes_without_stating_its_fields_keeps_the_app_from_starting() -> None:
    @post("/form", opt={"public": True}, sync_to_thread=False)
    def unstated() -> str:
        return ""

    with pytest.raises(UndeclaredRoutes, match=r"POST /form \(fields\)"):
        check_declarations(Litestar([unstated], openapi_config=None))


async def test_every_route_states_its_action_and_the_tests_know_every_route_of_the_api(door: Door) -> None:
    stated = declared(door.app)
    known = {(route.method, route.path) for route in (*ABOUT_ONE, *ABOUT_ALL)}
    api = {route for route, action in stated.items() if route[1].startswith("/api/") and action is not None}
    assert {(method, path.replace(":uuid", "").replace(":int", "")) for method, path in api} == known
    public = {path for (_, path), action in stated.items() if action is None and path.startswith("/api/")}
    assert public == {
        "/api/v1/sessions",
        "/api/v1/sessions/card",
        "/api/v1/sessions/code",
        "/api/v1/sessions/codes",
        "/api/v1/sessions/current",
        "/api/v1/titles/notices",
        "/api/v1/titles/notices/{number}",
        "/api/v1/titles/rounds",
        "/api/v1/titles/rounds/{round_id}",
        "/api/v1/titles/rounds/{round_id}/inputs",
        "/api/v1/titles/rounds/{round_id}/versions",
    }


async def _ask(door: Door, role: str | None, route: Route, things: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    options: dict[str, Any] = {}
    if route.body is not None:
        options["json"] = {
            name: value.format(**things) if isinstance(value, str) else value for name, value in route.body.items()
        }
    elif route.method == "POST":
        options["files"] = {"file": ("a.png", a_picture("blue"), "image/png")}
    answer = await door.call(role, route.method, route.path.format(**things), headers=route.headers, **options)
    body = answer.json() if answer.headers["content-type"].endswith("json") else {}
    return answer.status_code, body


async def test_nobody_comes_in_without_signing_in(door: Door) -> None:
    things = await things_of(door)
    for route in (*ABOUT_ONE, *ABOUT_ALL):
        status, body = await _ask(door, None, route, things)
        assert (status, body["code"]) == (401, "sign_in_needed"), route


async def test_a_role_without_the_action_is_refused_whatever_it_asks_for(door: Door) -> None:
    things = await things_of(door)
    stated = declared(door.app)
    for route in (*ABOUT_ONE, *ABOUT_ALL):
        action = stated[route.method, route.path]
        assert action is not None
        for name in EVERYBODY:
            if ROLE_OF.get(name, name) in PERMISSIONS[action]:
                continue
            status, body = await _ask(door, name, route, things)
            assert (status, body["code"]) == (403, "not_allowed"), (name, route)


async def test_what_is_foreign_answers_exactly_as_what_does_not_exist(door: Door) -> None:
    things = await things_of(door)
    nothing = dict.fromkeys(things, UNKNOWN)
    before = [await door.count(table) for table in ("cases_event", "points_transfer", "cases_evidence")]
    for route in ABOUT_ONE:
        for name in STRANGERS:
            foreign = await _ask(door, name, route, things)
            unknown = await _ask(door, name, route, nothing)
            for _, body in (foreign, unknown):
                body.pop("request_id", None)
            assert foreign == unknown, (name, route)
            assert foreign[0] in {403, 404}, (name, route, foreign)
    assert [await door.count(table) for table in ("cases_event", "points_transfer", "cases_evidence")] == before


async def test_a_steward_sees_only_what_is_his(door: Door) -> None:
    things = await things_of(door)
    for name, count in (("steward", 1), ("other_steward", 0), ("street_admin", 1), ("other_street_admin", 0)):
        cases = await door.call(name, "GET", "/api/v1/cases")
        assert len(cases.json()["data"]) == count, name
    own = await door.call("other_steward", "GET", "/api/v1/stewards")
    assert [steward["id"] for steward in own.json()["data"]] == [str(door.district.qian)]
    assert things["steward_id"] == str(door.district.zhao)


async def test_nobody_verifies_what_he_reported_or_earns_from(door: Door) -> None:
    case = await door.reported("street_admin", description="坑", channel="desk")
    answer = await door.call("street_admin", "POST", f"/api/v1/cases/{case['id']}/verify")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_report")
    assert await door.count("points_transfer") == 0


def test_every_action_is_stated_by_some_route_or_command(door: Door) -> None:
    stated = {action for action in declared(door.app).values() if action is not None}
    # Steps of cases, tokens, places and the audit trail come with their own screens and commands.
    elsewhere = {
        Action.PUBLIC, Action.CASES_IMPORT, Action.STEWARDS_READ_PHONE, Action.PLACES_EDIT, Action.KEYS_EDIT,
    }  # fmt: skip
    assert stated | elsewhere == set(Action)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "Bearer \xff", "token x"]
)
async def test_a_token_that_does_not_hold_is_refused_on_public_routes_too(door: Door, authorization: str) -> None:
    for path in ("/api/v1/me", "/healthz"):
        answer = await door.client.get(path, headers={"Authorization": authorization.encode("latin-1")})
        assert answer.status_code == 401, (path, answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")
