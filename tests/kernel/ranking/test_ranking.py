"""Both engines of ranks answer like a naive model, move whole or not at all, and may lose everything."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from kernel.ranking import Entry, Line, MemoryRanks, Move, Ranks, RanksUnavailable, RedisRanks, Window, percentile
from kernel.ranking.protocol import GREATEST_SCORE
from tests.redis_servers import RedisServer, a_redis_server

_numbers = itertools.count(1)

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def engine(request: pytest.FixtureRequest) -> str:
    """Where an engine's Redis is; nothing for memory."""
    return "" if request.param == "memory" else request.getfixturevalue("redis").url


@asynccontextmanager
async def ranks_of(engine: str) -> AsyncIterator[Ranks]:
    """An engine with nothing in it."""
    ranks: Ranks = RedisRanks(engine, f"district-{next(_numbers)}") if engine else MemoryRanks()
    try:
        yield ranks
    finally:
        await ranks.close()


def lines_by_hand(board: Mapping[str, Entry], before: Mapping[str, Entry] | None = None) -> list[Line]:
    """The lines of a board: one more than how many have more, equals by tie."""
    order = sorted(board.values(), key=lambda entry: (-entry.score, entry.tie, entry.member))

    def rank(entries: Mapping[str, Entry], member: str) -> int | None:
        if member not in entries:
            return None
        return 1 + sum(other.score > entries[member].score for other in entries.values())

    return [
        Line(entry.member, entry.score, rank(board, entry.member) or 0, at, rank(before or {}, entry.member))
        for at, entry in enumerate(order)
    ]


MEMBERS = st.sampled_from("abcdefgh")
ENTRIES = st.builds(
    Entry,
    MEMBERS,
    st.one_of(st.integers(-2, 3), st.sampled_from([-GREATEST_SCORE, GREATEST_SCORE - 1, GREATEST_SCORE])),
    st.sampled_from(["0", "00", "1", "10", "0:甲"]),
)
BOARDS = st.dictionaries(MEMBERS, ENTRIES).map(
    lambda found: {member: entry._replace(member=member) for member, entry in found.items()}
)
CHANGES = st.lists(st.dictionaries(MEMBERS, st.none() | ENTRIES, max_size=3), max_size=6)


async def _answers_like_the_model(
    engine: str,
    *,
    first: dict[str, Entry],
    before: dict[str, Entry],
    changes: list[dict[str, Entry | None]],
    above: int,
    below: int,
) -> None:
    async with ranks_of(engine) as ranks:
        built = {"now": list(first.values()), "then": list(before.values())}
        assert await ranks.move(Move(expected=None, mark="0", built=built))
        board = dict(first)
        for at, change in enumerate(changes, 1):
            put = {member: entry and entry._replace(member=member) for member, entry in change.items()}
            assert await ranks.move(Move(expected=str(at - 1), mark=str(at), changed={"now": put, "unknown": put}))
            for member, entry in put.items():
                board.pop(member, None)
                if entry is not None:
                    board[member] = entry
        expected = lines_by_hand(board, before)
        mark = str(len(changes))
        for limit in (0, 1, above, 100):
            found = await ranks.top("now", limit, before="then")
            assert found == Window(lines=tuple(expected[:limit]), count=len(board), mark=mark)
        for member in "abcdefgh":
            at = next((line.position for line in expected if line.member == member), None)
            near = expected[-above:] if at is None and above else []
            if at is not None:
                near = expected[max(0, at - above) : at + below + 1]
            found = await ranks.around("now", member, above=above, below=below, before="then")
            assert found == Window(lines=tuple(near), count=len(board), mark=mark)
            plain = await ranks.around("now", member, above=0, below=0)
            assert plain is not None
            assert [line.former for line in plain.lines] in ([], [None])


def test_both_engines_answer_like_a_naive_model(engine: str) -> None:
    @given(first=BOARDS, before=BOARDS, changes=CHANGES, above=st.integers(0, 3), below=st.integers(0, 3))
    @settings(max_examples=60)
    def check(
        first: dict[str, Entry],
        before: dict[str, Entry],
        changes: list[dict[str, Entry | None]],
        above: int,
        below: int,
    ) -> None:
        asyncio.run(
            _answers_like_the_model(engine, first=first, before=before, changes=changes, above=above, below=below)
        )

    check()


async def test_boards_come_go_and_move_together_or_not_at_all(engine: str) -> None:
    ann = Entry("ann", 3, "1")
    async with ranks_of(engine) as ranks:
        assert await ranks.mark() is None
        assert await ranks.top("a", 3) is None
        assert await ranks.around("a", "ann", above=1, below=1) is None
        assert await ranks.move(Move(expected=None, mark="one", built={"a": [ann], "b": []}))
        assert not await ranks.move(Move(expected=None, mark="two", built={"c": [ann]}, dropped=["a"]))
        assert not await ranks.move(Move(expected="zero", mark="two", changed={"a": {"ann": None}}))
        assert (await ranks.mark(), await ranks.boards()) == ("one", {"a", "b"})
        empty = await ranks.top("b", 3)
        assert empty == Window(lines=(), count=0, mark="one")
        again = {"b": [Entry("ben", 1, "1"), ann]}
        assert await ranks.move(Move(expected="one", mark="two", built=again, dropped=["a"]))
        assert (await ranks.mark(), await ranks.boards()) == ("two", {"b"})
        found = await ranks.top("b", 3)
        assert found is not None
        assert [line.member for line in found.lines] == ["ann", "ben"]
        await ranks.clear()
        assert (await ranks.mark(), await ranks.boards(), await ranks.top("b", 3)) == (None, frozenset(), None)


async def test_of_many_movers_at_once_one_wins_each_time(redis: RedisServer) -> None:
    district = f"district-{next(_numbers)}"
    several = [RedisRanks(redis.url, district) for _ in range(4)]
    won = 0
    for turn in range(10):
        expected = await several[0].mark()
        moves = [Move(expected=expected, mark=f"{turn}-{at}", built={"a": [Entry("x", at, "1")]}) for at in range(4)]
        done = await asyncio.gather(*(ranks.move(move) for ranks, move in zip(several, moves, strict=True)))
        assert sum(done) == 1
        found = await several[0].top("a", 1)
        assert found is not None
        assert (found.mark, found.lines[0].score) == (f"{turn}-{done.index(True)}", done.index(True))
        won += 1
    assert won == 10
    for ranks in several:
        await ranks.close()


async def test_a_redis_that_forgot_everything_holds_no_board_and_takes_new_ones(redis: RedisServer) -> None:
    async with ranks_of(redis.url) as ranks:
        assert await ranks.move(Move(expected=None, mark="one", built={"a": [Entry("ann", 3, "1")]}))
        redis.kill()
        with pytest.raises(RanksUnavailable):
            await ranks.top("a", 1)
        redis.start()
        assert await ranks.top("a", 1) is None
        assert not await ranks.move(Move(expected="one", mark="two", changed={"a": {"ann": None}}))
        assert await ranks.move(Move(expected=None, mark="two", built={"a": [Entry("ann", 4, "1")]}))


async def test_districts_of_one_redis_do_not_see_each_other(redis: RedisServer) -> None:
    async with ranks_of(redis.url) as ours, ranks_of(redis.url) as theirs:
        assert await ours.move(Move(expected=None, mark="one", built={"a": [Entry("ann", 3, "1")]}))
        assert await theirs.top("a", 1) is None
        await theirs.clear()
        assert await ours.mark() == "one"


async def test_a_board_of_many_members_is_built_whole(engine: str) -> None:
    entries = [Entry(f"m{at:05}", at % 1_000, f"{at:05}") for at in range(25_000)]
    async with ranks_of(engine) as ranks:
        assert await ranks.move(Move(expected=None, mark="one", built={"a": entries}))
        found = await ranks.around("a", "m00500", above=1, below=0)
        assert found is not None
        assert (found.count, found.lines[-1].rank) == (25_000, 499 * 25 + 1)
        assert [line.member for line in found.lines] == ["m24501", "m00500"]


@pytest.mark.parametrize(
    ("rank", "count", "percent"), [(1, 1, 100), (1, 2, 100), (2, 2, 0), (2, 4, 66), (51, 101, 50), (1, 0, 100)]
)
def test_a_percentile_says_how_many_others_are_not_ahead(rank: int, count: int, percent: int) -> None:
    assert percentile(rank, count) == percent


async def test_what_stands_around_a_member_comes_from_redis_in_one_round_trip(redis: RedisServer) -> None:
    async with ranks_of(redis.url) as ranks, Redis.from_url(redis.url) as watcher:
        entries = [Entry(member, score, "0") for member, score in zip("abcdefgh", itertools.count(), strict=False)]
        assert await ranks.move(Move(expected=None, mark="0", built={"now": entries, "then": entries}))
        await ranks.around("now", "c", above=2, below=2, before="then")  # the script is known from now on
        before = (await watcher.info("stats"))["total_reads_processed"]
        found = await ranks.around("now", "c", above=2, below=2, before="then")
        after = (await watcher.info("stats"))["total_reads_processed"]
    assert found is not None
    assert [line.member for line in found.lines] == ["e", "d", "c", "b", "a"]
    assert after - before == 2, "one for the question, one for the watcher's own"
