"""Ranks at several sizes: both engines beside redis-py's own commands, the PyPI `leaderboard` package and SQL.

Each figure is the median over rounds of the microseconds that one operation takes a lone caller; rounds take turns
between the contestants. `leaderboard` is measured where it is installed (`pip install leaderboard`), and said to be
missing where it is not.
"""

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import uvloop
from redis import Redis

from bench.figures import Figure, write_figures
from bench.postgres import postgres
from kernel.garbage import spare_collections
from kernel.ranking import Entry, MemoryRanks, Move, Ranks, RedisRanks
from tests.redis_servers import a_redis_server

BOARD = "b"
Ask = Callable[[str], Awaitable[object]]


def entries_of(members: int) -> list[Entry]:
    """Members whose scores are spread as points are: most have few."""
    chance = random.Random(members)
    return [
        Entry(f"m{at:08}", int(chance.expovariate(1 / 200)), f"{chance.randrange(10**15):016}:{at:08}")
        for at in range(members)
    ]


class Bench:
    """One size: contestants by operation, asked in turns."""

    def __init__(self, entries: list[Entry], rounds: int, calls: int) -> None:
        self.entries = entries
        self.rounds = rounds
        self.calls = calls
        self.asks: dict[str, dict[str, Ask]] = {}
        self.chance = random.Random(1)

    async def measure(self) -> dict[str, dict[str, float]]:
        """Microseconds by operation and contestant."""
        taken: dict[str, dict[str, list[float]]] = {op: {name: [] for name in by} for op, by in self.asks.items()}
        for _ in range(self.rounds):
            for op, by_name in self.asks.items():
                members = [self.chance.choice(self.entries).member for _ in range(self.calls)]
                for name, ask in by_name.items():
                    asked = members if name != "SQL" else members[: max(3, self.calls // 20)]
                    began = time.perf_counter()
                    for member in asked:
                        await ask(member)
                    taken[op][name].append((time.perf_counter() - began) / len(asked) * 1e6)
        return {op: {name: statistics.median(each) for name, each in by.items()} for op, by in taken.items()}

    def add(self, op: str, name: str, ask: Ask) -> None:
        """Let a contestant take part in an operation."""
        self.asks.setdefault(op, {})[name] = ask


async def add_engine(bench: Bench, name: str, ranks: Ranks) -> None:
    """One of ours, filled."""
    assert await ranks.move(Move(expected=None, mark="0", built={BOARD: bench.entries}))

    async def update(member: str) -> object:
        mark = await ranks.mark()
        entry = Entry(member, bench.chance.randrange(2_000), "1")
        return await ranks.move(Move(expected=mark, mark=f"{int(mark or 0) + 1}", changed={BOARD: {member: entry}}))

    bench.add("rank", name, lambda member: ranks.around(BOARD, member, above=0, below=0))
    bench.add("top 50", name, lambda _: ranks.top(BOARD, 50))
    bench.add("around me", name, lambda member: ranks.around(BOARD, member, above=2, below=2))
    bench.add("update", name, update)


def add_redis_py(bench: Bench, client: Redis) -> None:
    """Bare commands of the synchronous client, as a program without an engine would send them."""
    pipe = client.pipeline(transaction=False)
    for at, entry in enumerate(bench.entries, 1):
        pipe.zadd("bare", {entry.member: entry.score})
        if at % 10_000 == 0:
            pipe.execute()
    pipe.execute()

    async def rank(member: str) -> object:
        return client.zrevrank("bare", member)

    async def top(_: str) -> object:
        return client.zrevrange("bare", 0, 49, withscores=True)

    async def around(member: str) -> object:
        at = client.zrevrank("bare", member)
        return client.zrevrange("bare", max(0, at - 2), at + 2, withscores=True)

    async def update(member: str) -> object:
        return client.zadd("bare", {member: bench.chance.randrange(2_000)})

    for op, ask in (("rank", rank), ("top 50", top), ("around me", around), ("update", update)):
        bench.add(op, "redis-py", ask)


def add_leaderboard(bench: Bench, client: Redis) -> None:
    """The package that others use, where it is installed."""
    try:
        from leaderboard.competition_ranking_leaderboard import CompetitionRankingLeaderboard
    except ImportError:
        print("leaderboard is not installed: its figures are missing (pip install leaderboard)")
        return
    board = CompetitionRankingLeaderboard("theirs", redis_connection=client, page_size=5)
    for start in range(0, len(bench.entries), 10_000):  # its own filling knows only redis-py before 3
        client.zadd("theirs", {entry.member: entry.score for entry in bench.entries[start : start + 10_000]})

    async def rank(member: str) -> object:
        return board.rank_for(member)

    async def around(member: str) -> object:
        return board.around_me(member)

    bench.add("rank", "leaderboard", rank)
    bench.add("around me", "leaderboard", around)


async def add_sql(bench: Bench, folder: Path) -> asyncpg.Connection:
    """A count over an index, as SQL answers without a read model."""
    connection = await asyncpg.connect(host=str(folder), user="postgres", database="postgres")
    await connection.execute("CREATE TABLE IF NOT EXISTS bench_score (member text PRIMARY KEY, score bigint)")
    await connection.execute("TRUNCATE bench_score")
    await connection.copy_records_to_table(
        "bench_score", records=[(entry.member, entry.score) for entry in bench.entries]
    )
    await connection.execute("CREATE INDEX IF NOT EXISTS bench_score_score ON bench_score (score)")
    await connection.execute("ANALYZE bench_score")
    counted = await connection.prepare(
        "SELECT count(*) FROM bench_score WHERE score > (SELECT score FROM bench_score WHERE member = $1)"
    )
    bench.add("rank", "SQL", counted.fetchval)
    return connection


async def run_size(members: int, rounds: int, calls: int, redis_url: str, postgres_folder: Path) -> list[Figure]:
    """The figures of one size."""
    entries = entries_of(members)
    bench = Bench(entries, rounds, calls)
    spare_collections()  # as in a process that serves
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = MemoryRanks()
    await add_engine(bench, "memory", memory)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    shared = RedisRanks(redis_url, f"bench-{members}")
    client = Redis.from_url(redis_url)
    empty = client.info("memory")["used_memory"]
    await add_engine(bench, "redis", shared)
    taken_there = (client.info("memory")["used_memory"] - empty) / 2**20
    add_redis_py(bench, client)
    add_leaderboard(bench, client)
    connection = await add_sql(bench, postgres_folder)
    taken = await bench.measure()
    await connection.close()
    client.flushall(asynchronous=True)  # ten million take longer than a client waits
    client.close()
    await shared.close()
    figures = [
        Figure(name=f"memory of the engine in memory, {members:,}", value=grown, unit="MiB"),
        Figure(name=f"memory of the engine in Redis, {members:,}", value=taken_there, unit="MiB"),
    ]
    for op, by_name in taken.items():
        bare = f"{op}, {members:,}, redis-py"
        for name, micros in by_name.items():
            base = by_name.get("redis-py")
            figures.append(
                Figure(
                    name=f"{op}, {members:,}, {name}",
                    value=micros,
                    unit="us",
                    ratio_to=bare if name != "redis-py" else None,
                    ratio=base / micros if base and name != "redis-py" else None,
                    rounds=rounds,
                )
            )
    return figures


def main() -> None:
    """Measure each size; a ratio above 1 is faster than redis-py."""
    parser = argparse.ArgumentParser(prog="python -m bench.ranks", description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[2_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--results", default="ranks", help="the name of the file in bench/results")
    asked = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="jinpai-ranks-") as folder, postgres() as database:
        for members in asked.members:
            with a_redis_server(Path(folder)) as server:
                figures += uvloop.run(run_size(members, asked.rounds, asked.calls, server.url, database.folder))
    write_figures(asked.results, figures)


if __name__ == "__main__":
    main()
