"""Ranks over HTTP: where a steward stands, through `jinpai serve`, beside the least that the framework can answer.

Both servers are asked by the same client in turns. A rank is authenticated by its token, checked for reach, answered
from the ranks in memory with the names of the neighbours as they may be seen now, and carries an ETag.
"""

import argparse
import asyncio
import random
import statistics
from collections.abc import Sequence

import orjson
import uvloop

from bench.figures import Figure, write_figures
from bench.http import a_process, a_server
from bench.http_client import Connections, a_get
from bench.measuring import Run, run
from bench.postgres import Postgres, postgres
from bench.verifying import filled
from kernel.garbage import spare_collections

_READY_SECONDS = 30


class Asker:
    """One server and what it is asked."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.connections = Connections(port)
        self._requests = requests

    async def ask(self) -> bytes:
        """One of the requests, answered."""
        return await self.connections.ask(random.choice(self._requests))


async def from_ranks(asker: Asker) -> None:
    """Wait until the board is built: before that SQL answers, which is not what is measured."""
    async with asyncio.timeout(_READY_SECONDS):
        before = ""
        while True:
            shown = orjson.loads(await asker.ask())
            if before and shown["as_of"] == before:  # ranks' answers are as of their last round, SQL's as of now
                return
            before = shown["as_of"]
            await asyncio.sleep(0.05)


async def measure(server: Postgres, *, callers: Sequence[int], rounds: int, seconds: float) -> list[Figure]:
    """Requests a second by callers in flight, hello and ranks in turns."""
    district, desk = await filled(server, "ranks_http")
    await desk.commits.close()
    asked = [
        a_get(f"/api/v1/boards/points?period=year&scope=district&around={steward}", district.token)
        for steward in random.Random(1).sample(district.stewards, 200)
    ]
    runs: dict[tuple[str, int], list[Run]] = {}
    async with a_server(district.url) as (port, pid), a_process("-m", "bench.hello") as (hello_port, hello_pid):
        askers: dict[str, tuple[Asker, list[int]]] = {
            "hello": (Asker(hello_port, [a_get("/hello", "none")]), [hello_pid]),
            "rank": (Asker(port, asked), [server.pid, pid]),
        }
        await from_ranks(askers["rank"][0])
        for _ in range(rounds):
            for count in callers:
                for name, (asker, pids) in askers.items():
                    one = await run(asker.ask, callers=count, seconds=seconds, pids=pids)
                    runs.setdefault((name, count), []).append(one)
        for asker, _ in askers.values():
            asker.connections.close()
    await district.database.close()
    figures = []
    for (name, count), taken in runs.items():
        rate = statistics.median(one.rate for one in taken)
        cpu = statistics.median(one.cpu_us for one in taken)
        hello = runs["hello", count]
        latencies = sorted(latency for one in taken for latency in one.latencies)
        figures.append(
            Figure(
                name=f"{name} over HTTP",
                value=rate,
                unit="requests/s",
                ratio_to="hello over HTTP" if name != "hello" else None,
                ratio=rate / statistics.median(one.rate for one in hello) if name != "hello" else None,
                cpu_us=cpu,
                cpu_ratio=statistics.median(one.cpu_us for one in hello) / cpu if name != "hello" else None,
                callers=count,
                p50_ms=latencies[len(latencies) // 2],
                p99_ms=latencies[len(latencies) * 99 // 100],
                rounds=len(taken),
            )
        )
    return figures


def main() -> None:
    """Measure and write bench/results/rank_http.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.rank_http", description=__doc__)
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 32, 256])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--short", action="store_true", help="three rounds of a second")
    asked = parser.parse_args()
    rounds, seconds = (3, 1.0) if asked.short else (asked.rounds, asked.seconds)
    with postgres() as server:
        spare_collections()  # as a server does
        figures = uvloop.run(measure(server, callers=asked.callers, rounds=rounds, seconds=seconds))
    write_figures("rank_http", figures)


if __name__ == "__main__":
    main()
