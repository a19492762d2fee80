"""Boards through the door: who leads, oneself among neighbours, nobody's end; and live, over a real connection."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from cases.handling import CaseStep, handle_cases
from cases.intake import report_cases
from cases.wording import CaseAction
from kernel.clock import SystemClock
from kernel.database import Database
from migrations import APPS
from rewards.boards.closing import close_boards
from rewards.boards.definitions import Metric
from rewards.periods import Period
from stewards.principal import system_principal
from tests.api.door import Door
from tests.api.servers import Server, a_server
from tests.cases.district import a_report
from tests.databases import SqliteTemplates
from tests.stewards.builders import NOON

BOARD = "/api/v1/boards/points"


async def test_the_boards_there_are_come_in_the_readers_language(door: Door) -> None:
    for language, name in (("zh", "积分榜"), ("en", "Points")):
        answer = await door.call("display", "GET", "/api/v1/boards", headers={"Accept-Language": language})
        first = answer.json()["data"][0]
        assert (first["board"], first["name"]) == ("points", name)
        assert "all" in first["periods"]


async def test_a_steward_sees_his_own_place_and_others_the_first_lines(door: Door) -> None:
    await door.verified()
    own = (await door.call("steward", "GET", BOARD)).json()
    assert (own["scope"], own["rank"], own["percentile"], own["of_how_many"]) == ("street:110101014", 1, 100, 1)
    assert [(line["rank"], line["name"], line["value"]) for line in own["data"]] == [(1, "赵*例", 6)]
    top = (await door.call("street_admin", "GET", f"{BOARD}?scope=lane:014-02-01&period=day")).json()
    assert [(line["rank"], line["value"]) for line in top["data"]] == [(1, 6)]
    assert top["rank"] is None
    cases = (await door.call("integrator", "GET", "/api/v1/boards/cases?limit=5")).json()
    assert [line["value"] for line in cases["data"]] == [1]
    assert (cases["scope"], cases["unit"]) == ("district", "件")
    away = (await door.call("other_street_admin", "GET", f"{BOARD}?scope=street:110101006")).json()
    assert away["data"] == []


async def test_the_lines_around_somebody_are_for_those_who_may_see_him(door: Door) -> None:
    await door.verified()
    path = f"{BOARD}?around={door.district.zhao}"
    assert (await door.call("street_admin", "GET", path)).json()["rank"] == 1
    for stranger in ("other_street_admin", "other_steward", "display"):
        assert (await door.call(stranger, "GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "pointer"),
    [
        ("/api/v1/boards/worst", 404, None),
        (f"{BOARD}?scope=moon", 400, "scope"),
        (f"{BOARD}?scope=street:nowhere", 400, "scope"),
        (f"{BOARD}?scope=league:tall", 400, "scope"),
        (f"{BOARD}?limit=51", 400, "limit"),
        (f"{BOARD}?limit=1e1", 400, "limit"),
        (f"{BOARD}?starting_after=3", 400, "starting_after"),
        ("/api/v1/boards/progress?period=all", 400, "/period"),
        ("/api/v1/boards/worst/stream", 404, None),
        (f"{BOARD}?on=yesterday", 400, "on"),
        (f"{BOARD}?on=0001-01-01", 400, "on"),
        (f"{BOARD}?period=all&on=2026-10-05", 404, None),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_no_board_has_is_refused_by_name(door: Door, path: str, status: int, pointer: str | None) -> None:
    answer = await door.call("street_admin", "GET", path)
    assert answer.status_code == status, answer.text
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_board_that_did_not_change_is_not_sent_again(door: Door) -> None:
    await door.verified()
    first = await door.call("street_admin", "GET", BOARD)
    again = await door.call("street_admin", "GET", BOARD, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await door.call(
        "steward",
        "POST",
        f"/api/v1/stewards/{door.district.zhao}/consents",
        json={"field": "off_boards", "granted": True},
    )
    gone = await door.call("street_admin", "GET", BOARD, headers={"If-None-Match": first.headers["etag"]})
    assert (gone.status_code, gone.json()["data"]) == (200, [])
    own = (await door.call("steward", "GET", f"/api/v1/stewards/{door.district.zhao}/standing")).json()
    assert (own["rank"], own["percentile"]) == (None, None)


async def test_a_closed_board_is_answered_with_its_hash_and_without_who_left_boards(door: Door) -> None:
    await door.verified(reported_at="2026-10-20T09:30:00+08:00")
    path = f"{BOARD}?period=month&limit=5&on=2026-10-05"
    assert (await door.call("street_admin", "GET", path)).status_code == 404
    october = date(2026, 10, 1)
    await door.database.run(lambda tx: close_boards(tx, Period.MONTH, Metric.POINTS, october, now=NOON))
    closed = (await door.call("street_admin", "GET", path)).json()
    assert [(line["rank"], line["name"], line["value"]) for line in closed["data"]] == [(1, "赵*例", 6)]
    assert (closed["begins_at"], len(closed["sha256"])) == ("2026-09-30T16:00:00Z", 64)
    wish = {"field": "off_boards", "granted": True}
    await door.call("steward", "POST", f"/api/v1/stewards/{door.district.zhao}/consents", json=wish)
    gone = (await door.call("street_admin", "GET", path)).json()
    assert (gone["data"], gone["sha256"], gone["of_how_many"]) == ([], closed["sha256"], 1)


@pytest.fixture
async def server(sqlite_templates: SqliteTemplates, tmp_path: Path) -> AsyncIterator[Server]:
    running = await a_server(sqlite_templates.fresh(tmp_path), tmp_path, workers=1)
    yield running
    await running.stop()


async def _event(lines: AsyncIterator[str], name: str) -> dict[str, str]:
    """The next event of a name."""
    event: dict[str, str] = {}
    async for line in lines:
        if line:
            key, _, value = line.partition(": ")
            event[key] = value
        elif event.get("event") == name:
            return event
        else:
            event = {}
    raise AssertionError("the stream ended")


async def _verified_beside(server: Server) -> None:
    """A case reported and verified by another process than the server."""
    database = await Database.open(server.url, APPS)
    try:
        now = SystemClock().now()
        [reported] = await database.run(lambda tx: report_cases(tx, [a_report(reported_at=now)], now=now))
        step = CaseStep(case_id=reported.case_id, action=CaseAction.VERIFY, actor=system_principal("test"))
        await database.run(lambda tx: handle_cases(tx, [step], now=SystemClock().now()))
    finally:
        await database.close()


@pytest.mark.server
async def test_a_stream_tells_within_five_seconds_what_another_process_did_and_goes_on_where_it_was(
    server: Server,
) -> None:
    path = f"{BOARD}/stream?period=year"
    async with server.client() as client, client.stream("GET", path, headers=server.headers("display")) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        before = json.loads((await _event(lines, "snapshot"))["data"])
        assert before["data"] == []
        await _verified_beside(server)
        async with asyncio.timeout(5):
            event = await _event(lines, "snapshot")
        after = json.loads(event["data"])
        assert [line["value"] for line in after["data"]] == [1]
        assert after["as_of"] > before["as_of"]
    async with server.client() as client:
        headers = {**server.headers("display"), "Last-Event-ID": event["id"]}
        async with client.stream("GET", path, headers=headers) as answer:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await _event(answer.aiter_lines(), "snapshot")
        async with client.stream("GET", path, headers=server.headers("display")) as open_still:
            began = asyncio.get_running_loop().time()
            await server.stop()
            assert asyncio.get_running_loop().time() - began < 6
            with contextlib.suppress(httpx.HTTPError):
                async for _ in open_still.aiter_lines():
                    pass
