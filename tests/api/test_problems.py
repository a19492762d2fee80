"""Every error is a problem document (RFC 9457), or a page for people, in the language asked for; none tells insides."""

import itertools
import sqlite3
from typing import Any

import asyncpg
import orjson
import pytest
from litestar import get
from litestar.exceptions import InternalServerException

from api.app import create_app
from api.errors import STATUS
from kernel.errors import Kind
from kernel.settings import Settings
from tests.api.door import Door, a_case

PROBLEMS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/api/v1/nowhere", {}, 404, "not_found"),
    ("GET", "/nowhere", {}, 404, "not_found"),
    ("GET", "/api/v1/cases/not-an-id", {}, 404, "not_found"),
    ("GET", "/api/v1/cases/01a20778-0000-7000-8000-000000000000", {}, 404, "unknown_case"),
    ("GET", "/static/../../pyproject.toml", {}, 404, "not_found"),
    ("GET", "/static/%2e%2e/app.py", {}, 404, "not_found"),
    ("GET", "/static/%00", {}, 404, "not_found"),
    ("GET", "/lanes/%00", {}, 404, "not_found"),
    ("GET", "/static/" + "a" * 5_000, {}, 404, "not_found"),
    ("GET", "/static/" + "%E5%9D%91" * 100, {}, 404, "not_found"),
    ("GET", "/static/" + "a/" * 5_000, {}, 404, "not_found"),
    ("GET", "/api/v1/points/rules/99", {}, 404, "not_found"),
    ("GET", "/api/v1/points/rules/99999999999999999999", {}, 404, "not_found"),
    ("GET", "/api/v1/points/rules/one", {}, 404, "not_found"),
    ("DELETE", "/api/v1/cases", {}, 405, "method_not_allowed"),
    ("PUT", "/schema/openapi.json", {}, 405, "method_not_allowed"),
    (
        "POST",
        "/api/v1/cases",
        {"content": b"source=a", "headers": {"Content-Type": "text/plain"}},
        415,
        "unsupported_media_type",
    ),
    ("POST", "/api/v1/cases", {"json": {}}, 400, "invalid_request"),
    ("POST", "/api/v1/cases", {"json": a_case(), "key": ""}, 400, "idempotency_key_required"),
    ("POST", "/api/v1/cases", {"json": a_case(), "key": "a b"}, 400, "invalid_request"),
    ("POST", "/api/v1/cases", {"json": a_case(), "key": "k" * 129}, 400, "invalid_request"),
    ("GET", "/api/v1/cases?q=%00", {}, 400, "bad_request"),
    ("POST", "/api/v1/points/rules", {"json": {"document": {}}}, 403, "not_allowed"),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"), PROBLEMS, ids=lambda part: str(part)[:40].replace("\x00", "")
)
async def test_every_error_is_a_problem_document(
    steady_door: Door, *, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    answer = await steady_door.call("integrator", method, path, **options)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), answer.text
    assert problem["type"] == f"urn:jinpai:problem:{code}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["title"]
    assert problem["detail"]
    if status == 405:
        allowed = set(answer.headers["allow"].split(", "))
        assert allowed >= {"GET", "HEAD"}
        assert method not in allowed


_faults = itertools.count(1)  # an app serves several districts in turn, and a route is registered once
FAULTS: list[tuple[Exception, int]] = [
    (asyncpg.ConnectionDoesNotExistError("the server is gone"), 503),
    (ConnectionRefusedError(), 503),
    (sqlite3.OperationalError("database is locked"), 503),
    (sqlite3.OperationalError("database or disk is full"), 503),
    (sqlite3.IntegrityError("CHECK constraint failed: points_account_balance"), 500),
    (KeyError("steward"), 500),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS, ids=repr)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_database_that_is_away_is_no_fault_of_the_request(
    steady_door: Door, fault: Exception, status: int
) -> None:
    path = f"/faults/{next(_faults)}"

    @get(path, opt={"public": True}, sync_to_thread=False, include_in_schema=False)
    def failing() -> None:
        raise fault

    steady_door.app.register(failing)
    answer = await steady_door.call(None, "GET", path)
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_beyond_the_limit_is_refused_however_it_is_sent(steady_door: Door) -> None:
    async def endless() -> Any:
        for _ in range(200):
            yield b" " * 100_000

    for content in (b" " * 13_000_000, endless()):
        answer = await steady_door.call(
            "integrator", "POST", "/api/v1/cases", content=content, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_fault_of_ours_tells_its_number_and_nothing_of_its_insides(door: Door) -> None:
    path = f"/broken/{next(_faults)}"

    @get([f"/api/v1{path}", path], opt={"public": True}, sync_to_thread=False, include_in_schema=False)
    def broken() -> None:
        raise RuntimeError("secret: 13800000000")

    door.app.register(broken)
    answer = await door.call(None, "GET", f"/api/v1{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "internal_error"
    assert answer.json()["request_id"] in answer.json()["detail"]
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    page = await door.client.get(path, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "secret" not in page.text


async def test_a_fault_of_the_framework_tells_its_number_too(door: Door) -> None:
    path = f"/api/v1/unwell/{next(_faults)}"

    @get(path, opt={"public": True}, sync_to_thread=False, include_in_schema=False)
    def unwell() -> None:
        raise InternalServerException("secret")

    door.app.register(unwell)
    answer = await door.call(None, "GET", path)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["request_id"] in answer.json()["detail"]
    assert "secret" not in answer.text


@pytest.mark.asyncio(loop_scope="module")
async def test_people_get_a_page_where_machines_get_a_document(steady_door: Door) -> None:
    for accept, kind in (("text/html,*/*;q=0.8", "text/html"), ("*/*", "application/problem+json")):
        answer = await steady_door.client.get("/nowhere", headers={"Accept": accept})
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith(kind)
    api = await steady_door.client.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert api.headers["content-type"] == "application/problem+json"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_id_of_the_caller_is_kept_when_it_is_a_plain_word(steady_door: Door) -> None:
    kept = await steady_door.client.get("/healthz", headers={"X-Request-Id": "trace-0123456789"})
    assert kept.headers["x-request-id"] == "trace-0123456789"
    for strange in ("short", "a" * 65, "with blank!", "<script>alert(1)</script>"):
        made = await steady_door.client.get("/healthz", headers={"X-Request-Id": strange})
        assert made.headers["x-request-id"] != strange


async def test_too_many_tries_say_when_to_come_again(door: Door) -> None:
    body = {"kind": "steward", "name": "0140001", "secret": "111112"}
    answers = [await door.client.post("/api/v1/sessions", json=body) for _ in range(6)]
    assert {answer.status_code for answer in answers[:5]} == {401}
    assert answers[5].status_code == 429
    assert int(answers[5].headers["retry-after"]) > 0


def test_every_kind_of_refusal_has_a_status() -> None:
    assert set(STATUS) == set(Kind)
    assert orjson.dumps({kind.value: status for kind, status in STATUS.items()})


def test_an_app_is_made_without_touching_the_disk_or_the_database(tmp_path: Any) -> None:
    create_app(Settings(data_dir=tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()
