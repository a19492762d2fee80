"""A district that a released version wrote is brought along: it keeps its rows, and its tables are those of a new one.

tests/released holds the rows of such districts as the databases themselves spelled them, one file for each release and
engine. They are never written again by later versions.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiosqlite
import asyncpg
import pytest

from api.cli.verifying import every_break
from kernel.database import Database, Reader
from kernel.database.migrating import migrate, missing_migrations
from migrations import APPS
from tests.databases import PostgresTemplates

ROOT = Path(__file__).parent.parent
RELEASES = sorted({path.name.split(".")[0] for path in Path(__file__).parent.glob("released/*.json")})
Rows = Mapping[str, Sequence[Mapping[str, Any]]]

# What a table is made of, as its engine tells it; the order of columns is nobody's business.
_SHAPES = {
    "sqlite": (
        """SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk AS said
        FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'""",
        "SELECT sql AS said FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
    ),
    "postgres": (
        """SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS said
        FROM information_schema.columns WHERE table_schema = current_schema()""",
        """SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS said FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace""",
        "SELECT indexdef AS said FROM pg_indexes WHERE schemaname = current_schema()",
        "SELECT pg_get_triggerdef(oid) AS said FROM pg_trigger WHERE NOT tgisinternal",
    ),
}


def migrated_as_released(url: str, names: Sequence[str], folder: Path) -> None:
    """Bring a database as far as the migrations of a release did, with nothing of later ones in reach."""
    for package in (ROOT / "migrations").iterdir():
        if package.is_dir() and package.name != "__pycache__":
            (folder / "migrations" / package.name).mkdir(parents=True)
            shutil.copy(package / "__init__.py", folder / "migrations" / package.name)
    shutil.copy(ROOT / "migrations" / "__init__.py", folder / "migrations")
    for name in names:
        path = f"migrations/{name.replace('.', '/')}.py"
        shutil.copy(ROOT / path, folder / path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.kernel.migrating", url],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == set(names)


async def sqlite_gets(url: str, tables: Rows) -> None:
    async with aiosqlite.connect(url.removeprefix("sqlite://")) as connection:
        for table, rows in tables.items():
            for row in rows:
                values = [bytes.fromhex(at["hex"]) if isinstance(at, dict) else at for at in row.values()]
                await connection.execute(
                    f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", values
                )
        await connection.commit()


async def postgres_gets(url: str, tables: Rows) -> None:
    parts = urlsplit(url)
    [folder] = parse_qs(parts.query)["host"]
    connection = await asyncpg.connect(host=folder, user="postgres", database=parts.path.removeprefix("/"))
    try:
        await connection.execute("SET session_replication_role = replica")  # rows come in no order of their keys
        for table, rows in tables.items():
            columns = ", ".join(rows[0])
            await connection.execute(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1)",
                json.dumps(rows),
            )
    finally:
        await connection.close()


GETS: Mapping[str, Callable[[str, Rows], Awaitable[None]]] = {"sqlite": sqlite_gets, "postgres": postgres_gets}


async def shape(reader: Reader) -> list[str]:
    return sorted([row["said"] for sql in _SHAPES[reader.dialect] for row in await reader.fetch(sql)])


async def spelled(reader: Reader, tables: Rows) -> dict[str, list[str]]:
    """The rows that a release wrote, as texts, with the columns that it knew."""
    found = {}
    for table, rows in tables.items():
        columns = ", ".join(f"CAST({column} AS text) AS {column}" for column in rows[0])
        found[table] = sorted(repr(dict(row)) for row in await reader.fetch(f"SELECT {columns} FROM {table}"))
    return found


@pytest.fixture
def old_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables, on the engine of `database_url`."""
    if database_url.startswith("sqlite"):
        return f"sqlite://{tmp_path / 'old.sqlite3'}"
    templates: PostgresTemplates = request.getfixturevalue("postgres_templates")
    return templates.empty()


@pytest.mark.parametrize("release", RELEASES)
async def test_a_district_of_a_release_is_brought_along(
    release: str, old_url: str, database_url: str, tmp_path: Path
) -> None:
    engine = old_url.partition(":")[0]
    written = json.loads((Path(__file__).parent / "released" / f"{release}.{engine}.json").read_text("utf-8"))
    await asyncio.to_thread(migrated_as_released, old_url, written["migrations"], tmp_path / "released")
    await GETS[engine](old_url, written["tables"])
    database = await Database.open(old_url, APPS)
    before = await spelled(await database.reader(), written["tables"])
    await database.close()

    applied = await migrate(old_url, APPS)

    assert not set(applied) & set(written["migrations"])
    database = await Database.open(old_url, APPS)
    fresh = await Database.open(database_url, APPS)
    try:
        assert await missing_migrations(database, APPS) == []
        assert await shape(await database.reader()) == await shape(await fresh.reader())
        assert await spelled(await database.reader(), written["tables"]) == before
        assert await database.snapshot(every_break) == []
    finally:
        await database.close()
        await fresh.close()
