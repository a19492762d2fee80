"""Boards answer from ranks what SQL says, whatever happens to the ranks, and show nobody who does not wish it."""

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from redis.asyncio import Redis

from api.composition import HANDLERS
from evaluation.closing import SCORES_FROZEN
from evaluation.models import PeriodClose, SchemeVersion, Score
from evaluation.scheme_documents import shipped_scheme
from evaluation.scheme_versions import publish_scheme
from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.ids import derived_id, new_id
from kernel.outbox import Dispatcher, emit
from kernel.ranking import MemoryRanks, Ranks, RedisRanks
from points.expiring import expire_owners
from rewards.boards.closing import close_boards, verify_closes
from rewards.boards.definitions import BOARDS, League, Metric, key_of, league_of
from rewards.boards.projector import Mark
from rewards.boards.reading import Boards
from rewards.periods import Period
from rewards.standing import Standing, Top, standing_of, top
from stewards.consents import OFF_BOARDS, ConsentWish, save_consents
from stewards.editing import EditSteward, edit_steward
from stewards.places import save_lanes
from stewards.roles import DISTRICT, Scope, ScopeKind
from tests.redis_servers import RedisServer, a_redis_server
from tests.rewards.test_standing import POINTS, Crediting, rules_without_caps
from tests.stewards.builders import (
    DONGSI,
    FUGUANG,
    GUANGMING,
    LONGTAN,
    NOON,
    SITIAO,
    XILI,
    a_district,
    a_lane,
    a_steward,
    doing,
)

OPS = int(os.environ.get("JINPAI_BOARD_OPS", "25"))
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOMES = ("014-01", "014-02", "006-01")
AMONG: tuple[Scope | League, ...] = (
    DISTRICT,
    Scope(ScopeKind.STREET, LONGTAN),
    Scope(ScopeKind.STREET, DONGSI),
    Scope(ScopeKind.COMMUNITY, GUANGMING),
    Scope(ScopeKind.LANE, XILI),
    Scope(ScopeKind.LANE, SITIAO),
    League.SHORT,
    League.MIDDLE,
)
EVERY_BOARD = [
    (metric, period, among)
    for metric, among in product(Metric, AMONG)
    for period in sorted(BOARDS[metric].periods)
    if BOARDS[metric].by_lane or not (isinstance(among, League) or among.kind is ScopeKind.LANE)
]

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


@dataclass
class Town:
    """Twelve stewards, their awards, and boards that follow them."""

    database: Database
    boards: Boards
    clock: FixedClock
    ids: list[UUID]
    books: Crediting
    chance: random.Random
    standing_awards: list[UUID] = field(default_factory=list)
    turns: int = 0

    async def credit(self, count: int = 5) -> None:
        self.turns += 1
        now = self.clock.now()
        deeds = [
            (
                self.chance.choice(self.ids[:-1]),
                self.chance.choice(sorted(POINTS)),
                now - timedelta(seconds=self.chance.choice([0, 3_600, 90_000, 700_000, 3_000_000, 9_000_000])),
                self.chance.choice([FUGUANG, XILI, SITIAO]),
            )
            for _ in range(count)
        ]
        self.standing_awards += await self.books.credit(deeds, at=now, reference=f"turn {self.turns}")

    async def reverse(self) -> None:
        if self.standing_awards:
            award = self.standing_awards.pop(self.chance.randrange(len(self.standing_awards)))
            await self.books.reverse([award], at=self.clock.now())

    async def consent(self) -> None:
        wish = ConsentWish(
            steward_id=self.chance.choice(self.ids),
            field=self.chance.choice(["full_name", OFF_BOARDS]),
            granted=self.chance.random() < 0.5,
        )
        await doing(self.database, save_consents, [wish], now=self.clock.now())

    async def move_house(self) -> None:
        wish = EditSteward(steward_id=self.chance.choice(self.ids), community_code=self.chance.choice(HOMES))
        await doing(self.database, edit_steward, wish, now=self.clock.now())

    async def measure(self) -> None:
        await doing(self.database, save_lanes, [a_lane(length_m=self.chance.choice([100, 340]))], now=self.clock.now())

    async def judge(self) -> None:
        """A period of the evaluation is closed, or closed again."""
        period, now = self.chance.choice(["2026-Q3", "2026-08", "2025-Q2", "2025"]), self.clock.now()
        self.turns += 1
        close_id = derived_id("close", period, str(self.turns))

        async def close(tx: Tx) -> None:
            [scheme] = await tx.rows(SchemeVersion, "LIMIT 1")
            made = {
                "id": close_id,
                "period": period,
                "run": self.turns,
                "scheme_id": scheme["id"],
                "method": 1,
                "stewards": 0,
                "ballots": 0,
                "held": 0,
                "cases": 0,
                "set_aside": "{}",
                "inputs_sha256": "0" * 64,
                "scores_sha256": "0" * 64,
                "closed_by_kind": "system",
                "closed_by_id": None,
                "closed_at": now,
            }
            chosen = {one: self.chance.choice([8_000, 8_000, 9_155]) for one in self.chance.sample(self.ids[:-1], 9)}
            cards = [
                {
                    "id": new_id(),
                    "close_id": close_id,
                    "steward_id": steward_id,
                    "street_id": LONGTAN,
                    "score": score,
                    "low": score,
                    "high": score,
                    "place": 1,
                    "multiplier_percent": None,
                    "coaching": False,
                    "facts": "{}",
                    "card": "{}",
                }
                for steward_id, score in chosen.items()
            ]
            await tx.insert(PeriodClose, [made])
            await tx.insert(Score, cards)
            await emit(tx, SCORES_FROZEN, [{"period": period}], now=now)

        await self.database.run(close)

    async def expire(self) -> None:
        """What was earned long ago ends: no board takes it away."""
        owners = [(steward_id, "steward") for steward_id in self.ids]
        now = self.clock.now()
        await self.database.run(lambda tx: expire_owners(tx, owners, today=date(2027, 12, 31), now=now))

    async def close(self) -> None:
        """A period that is over is closed, or stays as it was closed before."""
        period, first = self.chance.choice([(Period.MONTH, date(2026, 10, 1)), (Period.WEEK, date(2026, 11, 9))])
        metric, now = self.chance.choice([Metric.POINTS, Metric.CASES]), self.clock.now()
        await self.database.run(lambda tx: close_boards(tx, period, metric, first, now=now))

    async def deliver(self) -> None:
        dispatcher = Dispatcher(self.database, HANDLERS, self.clock)
        while await dispatcher.deliver_due():
            pass

    async def settle(self) -> None:
        await self.deliver()
        await self.boards.projector.catch_up()


async def a_town(database: Database, ranks: Ranks, seed: int = 1) -> Town:
    ids = await a_district(database, *(a_steward(f"{at:07}", community_code=HOMES[at % 3]) for at in range(12)))
    await rules_without_caps(database)
    await database.run(lambda tx: publish_scheme(tx, shipped_scheme(), by=None, now=NOON))
    clock = FixedClock(NOW)
    return Town(database, Boards(database, ranks, clock), clock, ids, Crediting(database), random.Random(seed))


def same(answer: Top | Standing, truth: Top | Standing) -> bool:
    """Whether two answers say the same, but for the instant that they are as of."""
    names = [name for name in answer.__slots__ if name != "as_of"]
    return all(getattr(answer, name) == getattr(truth, name) for name in names)


async def equals_sql(town: Town, boards: int = 20) -> None:
    """Some boards and standings of theirs, row by row."""
    reader = await town.database.reader()
    now = town.clock.now()
    for metric, period, among in town.chance.sample(EVERY_BOARD, boards):
        found = await town.boards.top(metric, period, among, 50)
        truth = await top(reader, among, period, 50, now=now, metric=metric)
        assert same(found, truth), (metric, period, among)
    for steward_id in town.chance.sample(town.ids, 4):
        for metric, period, among in (
            (Metric.POINTS, Period.YEAR, DISTRICT),
            (Metric.CASES, Period.MONTH, Scope(ScopeKind.STREET, LONGTAN)),
            (Metric.PROGRESS, Period.WEEK, League.MIDDLE),
            (Metric.WEEKS, Period.ALL, DISTRICT),
            (Metric.SCORE, Period.QUARTER, Scope(ScopeKind.STREET, LONGTAN)),
        ):
            mine = await town.boards.standing_of(steward_id, metric, period, among)
            assert same(mine, await standing_of(reader, steward_id, period, among, now=now, metric=metric))


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
    for step in (town.credit, town.reverse, town.judge, town.consent, town.move_house, town.measure):
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
                    for step in (town.expire, town.close, town.chance.choice([town.consent, town.move_house])):
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
