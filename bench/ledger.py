"""The ledger in-process, callers in flight sharing commits, against bare PostgreSQL in the same run.

Tables are filled with a year of credits and analysed first: plans made on empty tables mislead.
"""

import argparse
import asyncio
import itertools
import os
import random
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench.figures import Figure, write_figures
from bench.postgres import Postgres, postgres
from kernel.clock import SystemClock
from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.group_commit import GroupCommit
from kernel.ids import derived_id
from migrations import APPS
from points.ledger import post
from points.verifying import verify_points
from points.wishes import Credit, Posted, Wish

STEWARDS = [derived_id("bench steward", str(number)) for number in range(2_064)]
FILLED = 72_240
SHARDS = 2

_numbers = itertools.count(1)
_clock = SystemClock()


def a_credit() -> Credit:
    """A few points for anybody."""
    return Credit(
        owner_id=random.choice(STEWARDS),
        points=random.randint(1, 50),
        reason="grant",
        reference=f"bench {next(_numbers)}",
        occurred_at=datetime.now(UTC),
    )


class Ledger:
    """The ledger as a server holds it: group commit over `post`, two shards."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.commits = GroupCommit[Wish, Posted | Refusal](self._write, shards=SHARDS, batch_size=512)

    async def _write(self, wishes: Sequence[Wish]) -> Sequence[Posted | Refusal]:
        async def use_case(tx: Tx) -> list[Posted | Refusal]:
            return await post(tx, wishes, now=_clock.now())

        return await self.database.run(use_case)

    async def credit(self) -> None:
        """One caller's credit, answered after its commit."""
        wish = a_credit()
        outcome = await self.commits.submit(wish, shard=wish.owner_id.int % SHARDS)
        if isinstance(outcome, Refusal):
            raise outcome


def cpu_seconds(server: Postgres) -> float:
    """Processor time of this process and of every server process, so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    postmaster = int((server.folder / "postmaster.pid").read_text().split()[0])
    total = time.process_time()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == postmaster or int(stat.parent.name) == postmaster:
            total += (int(fields[11]) + int(fields[12])) / ticks
    return total


async def rate(ledger: Ledger, server: Postgres, *, callers: int, seconds: float) -> tuple[float, list[float], float]:
    """Credits per second with so many callers in flight, their latencies in ms, CPU microseconds per credit."""
    end = time.perf_counter() + seconds
    latencies: list[float] = []

    async def caller() -> None:
        while (begin := time.perf_counter()) < end:
            await ledger.credit()
            latencies.append((time.perf_counter() - begin) * 1_000)

    cpu, began = cpu_seconds(server), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took = time.perf_counter() - began
    return len(latencies) / took, latencies, (cpu_seconds(server) - cpu) * 1e6 / len(latencies)


async def fill(database: Database, count: int) -> None:
    """A year's credits, and statistics that know of them."""
    for _ in range(0, count, 1_000):
        wishes = [a_credit() for _ in range(1_000)]

        async def use_case(tx: Tx, wishes: Sequence[Wish] = wishes) -> None:
            await post(tx, wishes, now=_clock.now())

        await database.run(use_case)
    await database.client.execute_query("ANALYZE")


async def measure(server: Postgres, *, callers: Sequence[int], rounds: int, seconds: float) -> list[Figure]:
    """Figures of each number of callers, with the floor taken between the rounds."""
    database = await Database.open(await server.fresh("jinpai"), APPS, pool_size=4)
    ledger = Ledger(database)
    await fill(database, FILLED)
    floors: dict[str, list[float]] = {"credit_multi": [], "credit_func": []}
    runs: dict[int, list[tuple[float, list[float], float]]] = {count: [] for count in callers}
    for _ in range(rounds):
        for script, rates in floors.items():
            rates.append(await asyncio.to_thread(server.floor, script, clients=16, seconds=max(1, int(seconds))))
        for count in callers:
            runs[count].append(await rate(ledger, server, callers=count, seconds=seconds))
    breaks = await database.snapshot(verify_points)
    if breaks:
        raise RuntimeError(f"the ledger does not hold: {breaks[0]}")
    await ledger.commits.close()
    await database.close()
    floor = {name: statistics.median(rates) for name, rates in floors.items()}
    figures = [
        Figure(name=f"floor {name}", value=value, unit="credits/s", callers=16, rounds=rounds)
        for name, value in floor.items()
    ]
    for count, taken in runs.items():
        latencies = sorted(latency for _, found, _ in taken for latency in found)
        for script, value in floor.items():
            median = statistics.median(found for found, _, _ in taken)
            figures.append(
                Figure(
                    name="ledger post, group commit",
                    value=median,
                    unit="credits/s",
                    ratio_to=script,
                    ratio=median / value,
                    callers=count,
                    p50_ms=latencies[len(latencies) // 2],
                    p99_ms=latencies[len(latencies) * 99 // 100],
                    cpu_us=statistics.median(cpu for _, _, cpu in taken),
                    rounds=rounds,
                )
            )
    return figures


def main() -> None:
    """Measure and write bench/results/ledger.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 32, 256, 1_024])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    asked = parser.parse_args()
    with postgres() as server:
        server.prepare_floor()
        figures = uvloop.run(measure(server, callers=asked.callers, rounds=asked.rounds, seconds=asked.seconds))
    write_figures("ledger", figures)


if __name__ == "__main__":
    main()
