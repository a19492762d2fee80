"""Every write of the API refuses what it does not know, and text that would not be shown as it is stored."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from stewards.permissions import PERMISSIONS
from tests.api.door import Door
from tests.api.routes import ABOUT_ALL, ABOUT_ONE, Route, declared
from tests.api.test_access import EVERYBODY, ROLE_OF
from tests.api.test_openapi import the_description
from tests.api.test_personal_data import everything
from tests.api.things import things_of

STRANGE = "surprise"
OVERRIDE = "甲\u202e乙"
TEN_KB_OF_EMOJI = "\U0001f600" * 2_560
OPEN = {"scores", "gates", "marks"}  # objects whose keys are data
SESSIONS = (
    Route("POST", "/api/v1/sessions", {"kind": "steward", "name": "0140001", "secret": "111222"}),
    Route("POST", "/api/v1/sessions/card", {"card": "A" * 26, "pin": "730418"}),
    Route("POST", "/api/v1/sessions/codes", {"name": "0140001"}),
    Route("POST", "/api/v1/sessions/code", {"name": "0140001", "code": "123456", "pin": "730418"}),
    Route("POST", "/api/v1/titles/notices/{number}/objections", {"ticket": "1", "text": "没有巡巷"}),
)
WRITES = [route for route in (*ABOUT_ONE, *ABOUT_ALL, *SESSIONS) if route.method not in {"GET", "DELETE"}]


def filled(route: Route, things: Mapping[str, str]) -> dict[str, Any]:
    body = copy.deepcopy(dict(route.body or {}))
    return {name: value.format(**things) if isinstance(value, str) else value for name, value in body.items()}


def with_a_strange_field(body: dict[str, Any], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The body with one field more, in each of its objects in turn, with its pointer."""
    yield f"{at}/{STRANGE}", {**body, STRANGE: 1}
    for name, value in body.items():
        if isinstance(value, dict) and value and name not in OPEN:
            for pointer, inner in with_a_strange_field(value, f"{at}/{name}"):
                yield pointer, {**body, name: inner}
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for pointer, inner in with_a_strange_field(value[0], f"{at}/{name}/0"):
                yield pointer, {**body, name: [inner, *value[1:]]}


def caller_of(door: Door, route: Route) -> str | None:
    """Somebody who may do it."""
    action = declared(door.app)[route.method, route.path] if route not in SESSIONS[:4] else None
    if action is None:
        return None
    return next(name for name in EVERYBODY if ROLE_OF.get(name, name) in PERMISSIONS[action])


async def test_every_write_refuses_fields_that_it_does_not_know(door: Door) -> None:
    things = await things_of(door)
    assert {(route.method, route.path) for route in WRITES} >= {
        (method, path.replace(":uuid", "").replace(":int", ""))
        for method, path in declared(door.app)
        if path.startswith("/api/v1") and method in {"POST", "PUT", "PATCH"}
    }
    for route in WRITES:
        role, path = caller_of(door, route), route.path.format(**things)
        for pointer, body in with_a_strange_field(filled(route, things)):
            answer = await door.call(role, route.method, path, json=body, headers=route.headers)
            said = answer.json()
            if "/bulk" in path and "data" in said:  # a row that is wrong leaves the others alone
                said = said["data"][0]["problem"]
            if path.endswith(("/evidence", "/picture")):  # forms with one picture, and nothing in JSON
                assert 400 <= answer.status_code < 500, (route, answer.text)
                continue
            assert said["status"] == 400, (route, body, answer.text)
            told = {(error["pointer"], error["code"]) for error in said["errors"]}
            assert (pointer, "extra_forbidden") in told, (route, body, answer.text)


def text_fields(schemas: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    """The fields of a body that are free text."""
    found = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return {
        name
        for name, of in found.get("properties", {}).items()
        for kind in (of, *of.get("anyOf", ()))
        if kind.get("type") == "string" and not {"enum", "const", "format", "pattern"} & kind.keys()
    }


async def test_no_text_overrides_how_it_is_read_or_is_too_long_for_anybody(door: Door) -> None:
    things = await things_of(door)
    description = await the_description(door)
    asked = 0
    for route in WRITES:
        operation = description["paths"][route.path][route.method.lower()]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        role, path = caller_of(door, route), route.path.format(**things)
        for name in sorted(text_fields(description["components"]["schemas"], content["schema"])):
            for text in (OVERRIDE, TEN_KB_OF_EMOJI):
                body = {**filled(route, things), name: text}
                answer = await door.call(role, route.method, path, json=body, headers=route.headers)
                if text == TEN_KB_OF_EMOJI and answer.status_code < 300:
                    continue  # long texts may be that long, and are shown as text (test_canaries.py)
                if path.endswith("/street-scores") and answer.status_code == 200:  # answers each row by itself
                    assert [row["changed"] for row in answer.json()["data"]] == [False]
                    continue
                assert 400 <= answer.status_code < 500, (route, name, answer.text)
                asked += 1
    assert asked > 150
    assert "\u202e" not in await everything(door)
