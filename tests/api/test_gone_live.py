"""Whoever leaves is gone from streams that are open, from who comes back to them, and from polls and feeds.

With real processes: one with ranks in its memory, and two that share Redis, which is killed before the second leaves.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli.verifying import every_break
from kernel.clock import local_date
from kernel.database import Database
from migrations import APPS
from rewards.boards.closing import close_boards, verify_closes
from rewards.boards.definitions import Metric
from rewards.periods import Period
from tests.api.door import QIAN_LANE, ZHAO_LANE
from tests.api.servers import Server, a_server
from tests.redis_servers import RedisServer, a_redis_server

# On a machine that does other work as well, seconds say little; `make soak PROMISE=18` asks for the real figure.
WITHIN_S = 5 if "JINPAI_LISTENERS" in os.environ else 30
ZHAO, QIAN = ("赵示例", "赵*例", "雨天守坑"), ("钱样本二", "钱**二", "冬夜送煤")  # names, masked names, stories
STREET = "110101014"
BOARD = "/api/v1/boards/points"
STREAMS = (
    "/display/points/stream?lang=zh",
    f"/display/points/stream?lang=zh&street={STREET}",
    f"{BOARD}/stream?period=month",
    f"{BOARD}/stream?period=year&scope=street:{STREET}",
)
POLLED = ("/display/points/board?lang=zh", f"{BOARD}?period=month&limit=10")
READ = (
    "/honours",
    "/stories",
    "/stories/feed.atom",
    "/display/points?lang=zh",
    f"/display/points?lang=zh&street={STREET}",
)
TIMES = 4  # with new connections, so that each of the processes is asked
HTML = {"Accept": "text/html"}

pytestmark = [pytest.mark.server, pytest.mark.redis]


@pytest.fixture(params=["sqlite-memory", "postgres-redis"])
def shape(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, RedisServer | None]]:
    """A fresh database's URL, and the Redis that server processes share."""
    if request.param == "sqlite-memory":
        yield request.getfixturevalue("sqlite_templates").fresh(tmp_path), None
        return
    templates = request.getfixturevalue("postgres_templates")
    with a_redis_server(tmp_path) as redis:
        yield (url := templates.fresh()), redis
    templates.drop(url)


@pytest.fixture
async def server(shape: tuple[str, RedisServer | None], tmp_path: Path) -> AsyncIterator[Server]:
    url, redis = shape
    workers, redis_url = (2, redis.url) if redis else (1, "")
    running = await a_server(url, tmp_path, workers=workers, redis_url=redis_url, programme=None)
    yield running
    await running.stop()


@dataclass
class Following:
    """Somebody who follows a stream: the snapshots that came, each with its id."""

    path: str
    snapshots: list[tuple[str, str]] = field(default_factory=list)

    @property
    def last(self) -> str:
        """The newest snapshot."""
        return self.snapshots[-1][1] if self.snapshots else ""

    async def follow(self, server: Server, seen: str | None) -> None:
        headers = {**_caller(server, self.path), **({"Last-Event-ID": seen} if seen else {})}
        event: dict[str, str] = {}
        async with server.client() as client, client.stream("GET", self.path, headers=headers, timeout=None) as answer:
            async for line in answer.aiter_lines():
                key, _, value = line.partition(": ")
                event[key] = value
                if not line:
                    if event.get("event") == "snapshot":
                        json.loads(event["data"])
                        self.snapshots.append((event["id"], event["data"]))
                    event = {}


def _caller(server: Server, path: str) -> dict[str, str]:
    return server.headers("display") if path.startswith("/api") else {}


@asynccontextmanager
async def following(server: Server, path: str, seen: str | None = None) -> AsyncIterator[Following]:
    """Somebody who follows a stream, from what was `seen` before on."""
    one = Following(path)
    task = asyncio.create_task(one.follow(server, seen))
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(held: Callable[[Following], bool], listeners: Sequence[Following]) -> None:
    async with asyncio.timeout(60):
        while not all(held(listener) for listener in listeners):  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.02)


def _tells(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


@dataclass
class District:
    """The served district from outside: what its people do."""

    server: Server
    client: httpx.AsyncClient
    database: Database

    async def asked(self, role: str, method: str, path: str, *, key: str | None = None, **options: Any) -> Any:
        answer = await self.client.request(method, f"/api/v1{path}", headers=self.server.headers(role, key), **options)
        assert answer.is_success, answer.text
        return answer.json()

    async def consents(self, steward_id: str, field: str, *, granted: bool = True) -> None:
        wish = {"field": field, "granted": granted}
        await self.asked("street_admin", "POST", f"/stewards/{steward_id}/consents", json=wish)

    async def praised(self, steward_id: str, lane: str, story: str) -> None:
        """Somebody agrees to be named, has a verified case, a title and a story."""
        for each in ("full_name", "story"):
            await self.consents(steward_id, each)
        body = {"source": "grid", "external_id": f"G-{lane}", "category": "litter", "lane": lane}
        body["reported_at"] = datetime.now(UTC).isoformat()
        case = await self.asked("integrator", "POST", "/cases", key=f"g-{lane}", json=body)
        await self.asked("street_admin", "POST", f"/cases/{case['id']}/verify")
        award = {"steward": steward_id, "title": "gold_steward", "period": "2025", "awarded_on": "2026-01-08"}
        await self.asked("district_admin", "POST", "/titles/awards", json=award)
        number = (await self.asked("street_admin", "GET", f"/stewards/{steward_id}"))["number"]
        told = {"title": story, "text": "守了一小时", "street": STREET, "steward": number}
        await self.asked("street_admin", "POST", "/stories", json=told)

    async def opts_out(self, steward_id: str) -> None:
        for each in ("full_name", "story"):
            await self.consents(steward_id, each, granted=False)
        await self.consents(steward_id, "off_boards")

    async def is_erased(self, steward_id: str) -> None:
        """钱 asked for it and left; the district carries it out."""
        await self.asked("other_steward", "POST", f"/stewards/{steward_id}/erasure")
        left = "UPDATE stewards_steward SET status = 'left', left_on = joined_on WHERE id = $1"
        await self.database.run(lambda tx: tx.execute(left, steward_id))
        [waiting] = (await self.asked("district_admin", "GET", "/erasures"))["data"]
        await self.asked("district_admin", "POST", f"/erasures/{waiting['id']}/carry-out")

    async def tags(self) -> Mapping[str, str]:
        """The tags by which those who poll know what they have."""
        return {path: (await self.read(path)).headers["etag"] for path in POLLED}

    async def read(self, path: str, etag: str = "") -> httpx.Response:
        headers = {**_caller(self.server, path), **({} if path.startswith("/api") else HTML)}
        async with self.server.client() as new:
            return await new.get(path, headers={**headers, **({"If-None-Match": etag} if etag else {})})

    async def is_gone_for_who_reads(self, words: Sequence[str], tags: Mapping[str, str]) -> None:
        for _ in range(TIMES):
            for path in READ:
                answer = await self.read(path)
                assert (answer.status_code, _tells(answer.text, words)) == (200, False), path
            for path, etag in tags.items():
                answer = await self.read(path, etag)
                assert (answer.status_code, _tells(answer.text, words)) == (200, False), path


async def test_who_leaves_is_gone_from_every_open_stream_and_from_who_comes_back(
    server: Server, shape: tuple[str, RedisServer | None], record_property: Callable[[str, object], None]
) -> None:
    database = await Database.open(server.url, APPS)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        district = District(server, await stack.enter_async_context(server.client()), database)
        zhao, qian = server.steward_id, (await district.asked("other_steward", "GET", "/me"))["steward_id"]
        await district.praised(zhao, ZHAO_LANE, ZHAO[2])
        await district.praised(qian, QIAN_LANE, QIAN[2])
        now = datetime.now(UTC)
        month = local_date(now).replace(day=1)
        await database.run(lambda tx: close_boards(tx, Period.MONTH, Metric.POINTS, month, now=now))
        listeners = [await stack.enter_async_context(following(server, path)) for path in STREAMS for _ in range(TIMES)]
        await until(lambda one: ZHAO[0] in one.last and QIAN[0] in one.last, listeners)
        took = [await _leaves(district, listeners, (*ZHAO, zhao), district.opts_out(zhao))]
        if (redis := shape[1]) is not None:
            redis.kill()
        took.append(await _leaves(district, listeners, (*QIAN, qian), district.is_erased(qian)))
        told = (
            f"{len(listeners)} streams: who opted out gone after {took[0]:.2f} s, who was erased after {took[1]:.2f} s"
        )
        record_property("figures", told)
        sys.stderr.write(f"{told}\n")
        assert max(took) < WITHIN_S
        assert await verify_closes(await database.reader()) == []
        assert await database.snapshot(every_break) == []


async def _leaves(
    district: District, listeners: Sequence[Following], words: Sequence[str], leaving: Awaitable[None]
) -> float:
    """Somebody leaves; answers the seconds until no listener was told anything of who it was any more."""
    tags = await district.tags()
    had = {(one.path, one.snapshots[-1][0]) for one in listeners}
    await leaving
    began = time.monotonic()
    await district.is_gone_for_who_reads(words, tags)
    await until(lambda one: not _tells(one.last, words), listeners)
    took = time.monotonic() - began
    counts = [len(one.snapshots) for one in listeners]
    async with AsyncExitStack() as stack:  # who was away meanwhile, and knows the name still
        back = [await stack.enter_async_context(following(district.server, path, seen)) for path, seen in had]
        await until(lambda one: bool(one.snapshots), back)
        assert [one.path for one in back if any(_tells(data, words) for _, data in one.snapshots)] == []
    later = [data for one, count in zip(listeners, counts, strict=True) for _, data in one.snapshots[count:]]
    assert not any(_tells(data, words) for data in later)
    return took
