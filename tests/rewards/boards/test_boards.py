"""Boards answer from ranks what SQL says, whatever happens to the ranks, and show nobody who does not wish it."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from api.composition import HANDLERS
from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.outbox import Dispatcher
from kernel.ranking import MemoryRanks, Ranks, RedisRanks
from rewards.boards.closing import verify_closes
from rewards.boards.definitions import Metric, key_of, league_of
from rewards.boards.projector import Mark
from rewards.boards.reading import Boards
from rewards.periods import Period
from rewards.standing import top
from stewards.consents import OFF_BOARDS, ConsentWish, save_consents
from stewards.roles import DISTRICT
from tests.redis_servers import RedisServer, a_redis_server
from tests.rewards.boards.town import EVERY_BOARD, Town, a_town, equals_sql, same

OPS = int(os.environ.get("JINPAI_BOARD_OPS", "25"))
pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
async def ranks(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Ranks]:
    made: Ranks = MemoryRanks()
    if request.param == "redis":
        made = RedisRanks(request.getfixturevalue("redis").url, database.url)
    yield made
    with contextlib.suppress(Exception):
        await made.clear()
    await made.close()


async def _holds_every_board(town: Town, ranks: Ranks) -> None:
    held = await ranks.boards()
    wanted = {key_of(metric, period, among, town.clock.now()).name for metric, period, among in EVERY_BOARD}
    assert wanted <= held


async def test_every_board_is_what_sql_says_after_anything_that_changes_it(database: Database, ranks: Ranks) -> None:
    town = await a_town(database, ranks)
    for metric, period, among in EVERY_BOARD:
        await town.boards.top(metric, period, among, 1)  # SQL answers, and the board is built
    await town.credit(40)
    await town.settle()
    await _holds_every_board(town, ranks)
    await equals_sql(town, len(EVERY_BOARD))
    for step in (
        *(town.regroup, town.credit, town.reverse, town.judge, town.consent),
        *(town.move_house, town.regroup, town.measure),
    ):
        for _ in range(2):
            town.clock.at += timedelta(seconds=1)
            await step()
        await town.settle()
        await _holds_every_board(town, ranks)
        await equals_sql(town)
    await ranks.clear()
    await equals_sql(town)
    await town.boards.projector.catch_up()
    await _holds_every_board(town, ranks)
    await equals_sql(town)
    town.clock.at += timedelta(days=1)
    await equals_sql(town)
    await town.boards.projector.catch_up()
    await _holds_every_board(town, ranks)
    assert all(name.removesuffix(":then").endswith("2026-11-24") for name in await ranks.boards())
    await equals_sql(town)


@asynccontextmanager
async def following(town: Town) -> AsyncIterator[asyncio.Lock]:
    """Deliveries and rounds go on by themselves, as in a server, but for who holds the lock that this answers.

    The truth as of an instant is what was committed by then. The clock of these tests moves by whole seconds, so that
    a change and the second that it is recorded in come together, between two rounds.
    """
    stop = asyncio.Event()
    still = asyncio.Lock()
    dispatcher = Dispatcher(town.database, HANDLERS, town.clock)

    async def deliver() -> None:
        while not stop.is_set():
            async with still:
                await dispatcher.deliver_due()
            await asyncio.sleep(0.02 + town.chance.random() / 20)

    async def follow() -> None:
        while not stop.is_set():
            async with still:
                await town.boards.projector.catch_up()
            await asyncio.sleep(0.01)

    loops = [asyncio.create_task(deliver()), asyncio.create_task(follow())]
    try:
        yield still
    finally:
        stop.set()
        await asyncio.gather(*loops)


async def _each_answer_equals_sql_as_of_its_time(town: Town) -> int:
    """Ask some boards; answers how many came from ranks of an earlier time."""
    reader = await town.database.reader()
    earlier = 0
    for metric, period, among in town.chance.sample(EVERY_BOARD, 6):
        found = await town.boards.top(metric, period, among, 20)
        # A batch records one steward's rows some microseconds apart, the first of them at its time.
        until = found.as_of if found.as_of.microsecond else found.as_of + timedelta(milliseconds=1)
        truth = await top(reader, among, period, 20, now=found.as_of, metric=metric, until=until)
        assert same(found, truth), (metric, period, among, found.as_of)
        earlier += found.as_of < town.clock.now()
    return earlier


async def test_every_answer_equals_sql_as_of_its_time_while_redis_is_flushed_and_killed(
    database: Database, redis: RedisServer
) -> None:
    shared = RedisRanks(redis.url, database.url)
    town = await a_town(database, shared, seed=OPS)
    earlier = 0
    async with following(town) as still:
        for turn in range(OPS):
            async with still:
                town.clock.at += timedelta(seconds=1)
                await town.chance.choice([town.credit, town.credit, town.credit, town.reverse, town.judge])()
            if turn % 9 == 4 and redis.process is not None:
                async with Redis.from_url(redis.url) as client:
                    await client.flushall()
            if turn % 8 == 6 and redis.process is not None:
                async with still:
                    town.clock.at += timedelta(seconds=1)
                    for step in (
                        town.expire,
                        town.close,
                        town.chance.choice([town.consent, town.move_house, town.regroup]),
                    ):
                        await step()
                await _converges(town, shared)
            if turn % 12 == 7:
                redis.kill()
            earlier += await _each_answer_equals_sql_as_of_its_time(town)
            await asyncio.sleep(town.chance.random() * 0.1)
            earlier += await _each_answer_equals_sql_as_of_its_time(town)
            if redis.process is None and turn % 12 == 9:
                redis.start()
        if redis.process is None:
            redis.start()
        await _converges(town, shared)
    assert await verify_closes(await database.reader()) == []
    assert earlier > 0, "no answer came from ranks that lagged behind"
    await shared.close()


async def _converges(town: Town, ranks: Ranks) -> None:
    """Within five seconds the ranks hold every board again, and each equals SQL."""
    began = time.monotonic()
    while True:
        for metric, period, among in EVERY_BOARD:
            await town.boards.top(metric, period, among, 1)
        mark = Mark.parse(await ranks.mark())
        if mark is not None and mark.as_of == town.clock.now() and len(await ranks.boards()) >= 2 * len(EVERY_BOARD):
            break
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.05)
    await _holds_every_board(town, ranks)
    await equals_sql(town, len(EVERY_BOARD))


async def test_a_projector_that_starts_anew_goes_on_from_what_others_left(database: Database, ranks: Ranks) -> None:
    town = await a_town(database, ranks)
    await town.boards.top(Metric.POINTS, Period.YEAR, DISTRICT, 5)
    await town.credit()
    await town.settle()
    other = Boards(database, ranks, town.clock)
    town.clock.at += timedelta(seconds=2)
    await town.credit()
    await town.deliver()
    await asyncio.gather(other.projector.catch_up(), town.boards.projector.catch_up())
    found = await other.top(Metric.POINTS, Period.YEAR, DISTRICT, 50)
    assert same(found, await top(await database.reader(), DISTRICT, Period.YEAR, 50, now=town.clock.now()))
    assert await ranks.boards()


async def test_who_wishes_to_be_on_no_board_is_gone_at_once_and_the_others_move_up(
    database: Database, ranks: Ranks
) -> None:
    town = await a_town(database, ranks)
    await town.boards.top(Metric.POINTS, Period.YEAR, DISTRICT, 5)
    await town.credit(60)
    await town.settle()
    before = await town.boards.top(Metric.POINTS, Period.YEAR, DISTRICT, 50)
    first, second = before.lines[0].steward_id, before.lines[1].steward_id
    wish = ConsentWish(steward_id=first, field=OFF_BOARDS, granted=True)
    await database.run(lambda tx: save_consents(tx, [wish], by=SYSTEM, now=town.clock.now()))
    at_once = await town.boards.top(Metric.POINTS, Period.YEAR, DISTRICT, 50)
    assert first not in {line.steward_id for line in at_once.lines}
    await town.settle()
    after = await town.boards.top(Metric.POINTS, Period.YEAR, DISTRICT, 50)
    assert (after.lines[0].steward_id, after.lines[0].rank) == (second, 1)
    assert after.of_how_many == before.of_how_many - 1
    assert (await town.boards.standing_of(first, Metric.POINTS, Period.YEAR, DISTRICT)).rank is None


@pytest.mark.parametrize(
    ("metres", "league"), [(None, None), (1, "short"), (150, "short"), (151, "middle"), (400, "middle"), (401, "long")]
)
def test_lanes_meet_their_like(metres: int | None, league: str | None) -> None:
    assert league_of(metres) == league
