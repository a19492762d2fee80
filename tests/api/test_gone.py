"""Whoever leaves is gone at once from every board, feed, page and screen; what was frozen still verifies."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import httpx
import pytest

from api.cli.verifying import every_break
from kernel.clock import FixedClock
from rewards.boards.closing import close_boards, verify_closes
from rewards.boards.definitions import BOARDS
from rewards.boards.definitions import Metric as BoardMetric
from rewards.periods import Period
from tests.api.door import QIAN_LANE, Door, a_door, in_a_task_of_its_own
from tests.api.pages.test_stories import FORM, HTML, consent, number_of
from tests.api.test_credentials import a_title, issued
from tests.api.test_personal_data import left
from tests.redis_servers import RedisServer, a_redis_server
from tests.stewards.builders import NOON

pytestmark = pytest.mark.redis

CLOSED = "/api/v1/boards/points?period=month&on=2026-11-23"
NAMED = (
    "/api/v1/boards/points?period=month&limit=5",
    "/api/v1/boards/cases?period=all&scope=street:110101014&limit=5",
    CLOSED,
    "/api/v1/stories",
    "/display/points?lang=zh",
    "/display/points/board?street=110101014&lang=zh",
    "/honours",
    "/stories",
    "/stories/feed.atom",
)
LANES = ("/lanes/014-02-01", "/rate/lanes/014-02-01")  # who is on duty there is public, by the name that everybody sees


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "redis", "sql"])
def engine(request: pytest.FixtureRequest) -> str:
    """What answers for boards; `sql` before any board was built."""
    return str(request.param)


@pytest.fixture
async def door(
    engine: str, redis: RedisServer, database_url: str, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[Door]:
    redis_url = redis.url if engine == "redis" else None
    async with in_a_task_of_its_own(a_door(database_url, tmp_path, clock, redis_url=redis_url)) as opened:
        yield opened


def _tells(text: str) -> bool:
    return "赵示例" in text or str(FORM["title"]) in text


def _role(path: str) -> str | None:
    """Who asks: a neighbour on the same boards, staff or anybody."""
    if path.startswith("/me") or "around=" in path:
        return "other_steward"
    return "street_admin" if path.startswith("/api") else None


async def _answer(door: Door, path: str, etag: str = "") -> httpx.Response:
    headers = {**({} if path.startswith("/api") else HTML), **({"If-None-Match": etag} if etag else {})}
    return await door.call(_role(path), "GET", path, headers=headers)


async def _answers(door: Door) -> dict[str, httpx.Response]:
    """Every board and every page on which somebody may be named, by address."""
    boards = [f"/api/v1/boards/{metric}?period={period}" for metric in BoardMetric for period in BOARDS[metric].periods]
    near = f"/api/v1/boards/points?period=month&scope=district&around={door.district.qian}"
    found = {}
    for path in (*NAMED, *LANES, *boards, near, "/me", "/me/boards", "/me/team", "/notices", "/streets"):
        found[path] = await _answer(door, path)
        assert found[path].status_code == 200, path
    return found


async def _opts_out(door: Door) -> None:
    for field in ("full_name", "story"):
        await consent(door, field, granted=False)
    await consent(door, "off_boards")


async def _is_erased(door: Door) -> None:
    """赵 asked for it and left; the district carries it out."""
    asked = await door.call("steward", "POST", f"/api/v1/stewards/{door.district.zhao}/erasure")
    assert asked.status_code == 201, asked.text
    await left(door)
    [waiting] = (await door.call("district_admin", "GET", "/api/v1/erasures")).json()["data"]
    done = await door.call("district_admin", "POST", f"/api/v1/erasures/{waiting['id']}/carry-out")
    assert done.status_code == 201, done.text


@pytest.mark.parametrize("leaves", [_opts_out, _is_erased])
async def test_who_leaves_is_gone_everywhere_at_once_and_what_was_frozen_still_verifies(
    door: Door, engine: str, leaves: Callable[[Door], Awaitable[None]]
) -> None:
    form = {**FORM, "steward": await number_of(door)}
    for field in ("full_name", "story"):
        await consent(door, field)
    await door.verified()
    await door.verified(lane=QIAN_LANE)
    certificate = await issued(door, await a_title(door))
    verified = f"/verify/{certificate['id'].removeprefix('urn:uuid:')}"
    told = await door.call("street_admin", "POST", "/admin/stories", headers=HTML, data=form)
    assert told.status_code == 303, told.text
    await door.database.run(lambda tx: close_boards(tx, Period.MONTH, BoardMetric.POINTS, date(2026, 11, 1), now=NOON))
    if engine != "sql":
        await _answers(door)  # now the boards are wanted
        await door.settle()
        await door.served.boards.projector.catch_up()
        assert await door.served.ranks.boards()
    before = await _answers(door)
    assert [path for path in (*NAMED, *LANES, "/me/boards") if not _tells(before[path].text)] == []
    stands = await door.call(None, "GET", verified, headers=HTML)
    assert stands.status_code == 200
    await leaves(door)
    after = {path: answer.text for path, answer in (await _answers(door)).items()}
    lanes = {path: after.pop(path) for path in LANES}
    assert [path for path, text in lanes.items() if _tells(text) or (leaves is _is_erased and "赵*例" in text)] == []
    shown = (await door.call(None, "GET", verified, headers=HTML)).text
    assert not _tells(shown)
    assert leaves is not _is_erased or "赵*例" not in shown  # who shows a certificate is known by a masked name
    assert [path for path, text in after.items() if _tells(text) or "赵*例" in text] == []
    assert str(door.district.zhao) not in "".join(after[path] for path in after if path.startswith("/api"))
    await _who_polls_hears_of_it(door, before)
    assert await verify_closes(await door.database.reader()) == []
    assert await door.database.snapshot(every_break) == []


async def _who_polls_hears_of_it(door: Door, before: Mapping[str, httpx.Response]) -> None:
    """Asked with the tag of an answer that named who left, there is a new one; asked with its tag, nothing new."""
    tagged = [path for path, answer in before.items() if "etag" in answer.headers and _tells(answer.text)]
    assert {path for path in NAMED if path.startswith(("/api/v1/boards", "/display/points/board"))} <= set(tagged)
    for path in tagged:
        again = await _answer(door, path, before[path].headers["etag"])
        assert (again.status_code, _tells(again.text)) == (200, False), path
    await door.settle()
    await door.served.boards.projector.catch_up()  # from here on nothing changes
    for path in tagged:
        etag = (await _answer(door, path)).headers["etag"]
        assert (await _answer(door, path, etag)).status_code == 304, path
