"""Credits over HTTP: `jinpai serve` in a process of its own, called from this one over kept-alive connections.

Each request is authenticated by its token, validated, carried out once under its Idempotency-Key and answered with the
receipt. It verifies a case, as staff do (bench.verifying says what that writes), or up to a thousand of them in bulk.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import orjson

from bench.command_line import measured
from bench.district import District
from bench.figures import Figure
from bench.http_client import Connection, Connections, a_post
from bench.measuring import Run, floor_figures, run, run_figures
from bench.postgres import Floor, Postgres
from bench.processor import cpu_seconds
from bench.verifying import FLOORS, filled
from cases.verifying import verify_cases
from points.verifying import verify_points

UNIT = "cases/s"
_MOST_A_SECOND = 6_000
_READY_SECONDS = 60
_IDLE = 0.1  # of a processor
_keys = itertools.count(1)


class Client:
    """Connections to the server, and what is left to verify."""

    def __init__(self, district: District, port: int) -> None:
        self.district = district
        self.connections = Connections(port)

    async def verify(self) -> None:
        """Verify one case."""
        case_id = self.district.waiting.popleft()
        await self._ask(f"/api/v1/cases/{case_id}/verify", b"{}")

    async def verify_many(self, count: int) -> None:
        """Verify so many with one request."""
        steps = [{"case": str(self.district.waiting.popleft()), "action": "verify"} for _ in range(count)]
        answered = orjson.loads(await self._ask("/api/v1/cases/bulk/steps", orjson.dumps({"steps": steps})))
        if answered["accepted"] != count:
            raise RuntimeError(f"{answered['refused']} rows were refused: {answered['data'][:3]}")

    async def _ask(self, path: str, body: bytes) -> bytes:
        return await self.connections.ask(a_post(path, self.district.token, f"bench-{next(_keys)}", body))


@contextlib.asynccontextmanager
async def a_server(url: str) -> AsyncIterator[tuple[int, int]]:
    """`jinpai serve` on a database: its port and its process."""
    with tempfile.TemporaryDirectory(prefix="jinpai-bench-") as folder:
        environment = {"JINPAI_DATABASE_URL": url, "JINPAI_DATA_DIR": folder}
        async with a_process("-m", "api.cli", "serve", "--port", environment=environment) as started:
            yield started


@contextlib.asynccontextmanager
async def a_process(*command: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[tuple[int, int]]:
    """A server of Python in a process of its own, given its port as last argument: that port, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with tempfile.TemporaryFile(prefix="jinpai-bench-") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *command, str(port)),
            cwd=Path(__file__).parent.parent,
            env={**os.environ, **(environment or {})},
            stdout=log,
            stderr=log,
        )
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not await _answers(port):  # noqa: ASYNC110 - of another process there is no event
                    await asyncio.sleep(0.1)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()


async def _answers(port: int) -> bool:
    try:
        connection = await Connection.open(port)
    except OSError:
        return False
    connection.close()
    return True


async def measure(
    server: Postgres, *, callers: Sequence[int], bulk: Sequence[tuple[int, int]], rounds: int, seconds: float
) -> list[Figure]:
    """Single credits by requests in flight, bulk ones by (rows, requests in flight), floors between the rounds."""
    district, desk = await filled(server, "http")
    await desk.commits.close()
    floors: dict[str, list[Floor]] = {script: [] for script in FLOORS}
    single: dict[int, list[Run]] = {count: [] for count in callers}
    many: dict[tuple[int, int], list[Run]] = {shape: [] for shape in bulk}
    async with a_server(district.url) as (port, pid):
        client = Client(district, port)
        pids = [server.pid, pid]
        await _settled(pids)
        for _ in range(rounds):
            for script, found in floors.items():
                found.append(await asyncio.to_thread(partial(server.floor, script, seconds=max(1, int(seconds)))))
            for count, taken in single.items():
                await _stock(server, district, int(min(count * 300, _MOST_A_SECOND) * seconds) + count)
                taken.append(await run(client.verify, callers=count, seconds=seconds, pids=pids))
            for (rows, count), taken in many.items():
                await _stock(server, district, int(2 * _MOST_A_SECOND * seconds) + 2 * rows * count)
                one = partial(client.verify_many, rows)
                taken.append(await run(one, callers=count, seconds=seconds, pids=pids, each=rows))
        client.connections.close()
    breaks = [*await district.database.snapshot(verify_points), *await district.database.snapshot(verify_cases)]
    if breaks:
        raise RuntimeError(f"cases and ledger do not hold: {breaks[0]}")
    await district.database.close()
    figures = floor_figures(floors, UNIT)
    for count, taken in single.items():
        figures += run_figures("credit over HTTP", taken, floors, UNIT, callers=count)
    for (rows, count), taken in many.items():
        figures += run_figures(f"bulk over HTTP, {rows} a request", taken, floors, UNIT, callers=count)
    return figures


async def _settled(pids: Sequence[int]) -> None:
    """Wait for the jobs that a server does first, of the days that it missed: they are no part of a credit."""
    for _ in range(_READY_SECONDS):
        before = cpu_seconds(*pids)
        await asyncio.sleep(1)
        if cpu_seconds(*pids) - before < _IDLE:
            return


async def _stock(server: Postgres, district: District, wanted: int) -> None:
    missing = wanted - len(district.waiting)
    if missing > 0:
        await district.report(server, missing)


def main() -> None:
    """Measure and write bench/results/http.json."""
    measured("http", __doc__, partial(measure, bulk=[(100, 8), (1_000, 4)]), seconds=2)


if __name__ == "__main__":
    main()
