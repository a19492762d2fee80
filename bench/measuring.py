"""How a rate is taken: so many callers in flight for so many seconds, latencies, processor time of all involved."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.figures import Figure
from bench.postgres import Floor
from bench.processor import cpu_seconds


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement: operations a second, their latencies in ms, microseconds of CPU that each took in all."""

    rate: float
    latencies: list[float]
    cpu_us: float


async def run(
    one: Callable[[], Awaitable[object]], *, callers: int, seconds: float, pids: Iterable[int], each: int = 1
) -> Run:
    """Let callers repeat `one`, which carries out `each` operations, until the time is over."""
    processes = tuple(pids)
    end = time.perf_counter() + seconds
    latencies: list[float] = []

    async def caller() -> None:
        while (begin := time.perf_counter()) < end:
            await one()
            latencies.append((time.perf_counter() - begin) * 1_000)

    cpu, began = cpu_seconds(*processes), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took = time.perf_counter() - began
    done = len(latencies) * each
    return Run(done / took, latencies, (cpu_seconds(*processes) - cpu) * 1e6 / done)


def floor_figures(floors: Mapping[str, Sequence[Floor]], unit: str, *, callers: int = 16) -> list[Figure]:
    """What bare PostgreSQL did in the same run."""
    return [
        Figure(
            name=f"floor {name}",
            value=statistics.median(one.tps for one in taken),
            unit=unit,
            cpu_us=statistics.median(one.cpu_us for one in taken),
            callers=callers,
            rounds=len(taken),
        )
        for name, taken in floors.items()
    ]


def run_figures(
    name: str, runs: Sequence[Run], floors: Mapping[str, Sequence[Floor]], unit: str, *, callers: int
) -> list[Figure]:
    """The medians of the rounds, beside each floor of the same run; latencies of all rounds together."""
    latencies = sorted(latency for one in runs for latency in one.latencies)
    median = statistics.median(one.rate for one in runs)
    return [
        Figure(
            name=name,
            value=median,
            unit=unit,
            ratio_to=floor,
            ratio=median / statistics.median(one.tps for one in taken),
            cpu_us=statistics.median(one.cpu_us for one in runs),
            cpu_ratio=statistics.median(one.cpu_us for one in taken) / statistics.median(one.cpu_us for one in runs),
            callers=callers,
            p50_ms=latencies[len(latencies) // 2],
            p99_ms=latencies[len(latencies) * 99 // 100],
            rounds=len(runs),
        )
        for floor, taken in floors.items()
    ]
