"""Real server processes on a real port, as an operator starts them, to be killed and reset at will."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from kernel.database import Database
from migrations import APPS
from tests.api.door import people_of
from tests.cases.district import ONE_POINT

ROOT = Path(__file__).parents[2]
READY_SECONDS = 120  # a machine with many busy processes starts four workers slowly


@dataclass
class Server:
    """One `jinpai serve` with its processes, and whom to call it as."""

    url: str
    folder: Path
    workers: int
    tokens: dict[str, str]
    steward_id: str
    port: int
    redis_url: str = ""
    process: asyncio.subprocess.Process | None = None

    @property
    def base(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.AsyncClient:
        """A client with room for many requests at once."""
        limits = httpx.Limits(max_connections=256, max_keepalive_connections=256, keepalive_expiry=2)
        return httpx.AsyncClient(base_url=self.base, limits=limits, timeout=30)

    def headers(self, role: str, key: str | None = None) -> dict[str, str]:
        """The headers of a caller."""
        found = {"Authorization": f"Bearer {self.tokens[role]}"}
        return found if key is None else {**found, "Idempotency-Key": key}

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = {
            **os.environ,
            "JINPAI_DATABASE_URL": self.url,
            "JINPAI_DATA_DIR": str(self.folder),
            "JINPAI_PUBLIC_URL": self.base,
            "JINPAI_REDIS_URL": self.redis_url,
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "api.cli", "serve", "--port", str(self.port), "--workers", str(self.workers)),
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that all of its processes can be killed at once
            )
        async with asyncio.timeout(READY_SECONDS), self.client() as client:
            while not await _is_ready(client):
                if self.process.returncode is not None:
                    raise AssertionError((self.folder / "server.log").read_text(encoding="utf-8")[-4_000:])
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """Kill -9 for every process of it."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """SIGTERM, and kill -9 for what is still there after ten seconds."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 10)
        except TimeoutError:
            await self.kill()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz", timeout=2)).status_code == 200
    except httpx.HTTPError:
        return False


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def a_server(
    url: str,
    folder: Path,
    *,
    workers: int,
    redis_url: str = "",
    programme: Mapping[str, Any] | None = ONE_POINT,
) -> Server:
    """A server of a district with callers of every role, where every verified case is worth 1 point.

    Where `programme` is None it is Dongcheng's.
    """
    database = await Database.open(url, APPS)
    try:
        district, tokens = await people_of(database, programme)
    finally:
        await database.close()
    server = Server(
        url=url,
        folder=folder,
        workers=workers,
        tokens=tokens,
        steward_id=str(district.zhao),
        port=a_free_port(),
        redis_url=redis_url,
    )
    await server.start()
    return server
