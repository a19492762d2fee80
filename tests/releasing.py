"""`python -m tests.releasing NAME`: keep a district of this version, for later versions to bring along.

It has a thing of nearly every kind and goes to tests/released. Run it once for each release, on the commit of it.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kernel.clock import FixedClock
from kernel.database import Reader
from kernel.database.migrating import migrate
from migrations import APPS
from tests.api.door import Door, a_door
from tests.api.things import things_of
from tests.databases import PostgresTemplates
from tests.stewards.builders import NOON

RELEASED = Path(__file__).parent / "released"
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1",
    "postgres": "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1",
}


async def keep(name: str, url: str, migrations: Sequence[str]) -> None:
    """Build a district in a migrated, empty database and write its rows as this engine spells them."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_door(url, Path(folder), FixedClock(NOON)) as door:
            await things_of(door)
            for _ in range(3):
                await door.verified()
            await _settled(door)
            reader = await door.database.reader()
            tables = {}
            for row in await reader.fetch(_TABLES[reader.dialect]):
                if row["name"] != "tortoise_migrations" and (found := await _rows(reader, row["name"])):
                    tables[row["name"]] = found
    path = RELEASED / f"{name}.{reader.dialect}.json"
    path.write_text(_spelled(migrations, tables), "utf-8")


async def _settled(door: Door) -> None:
    for job in door.served.jobs:
        await door.run_due(job.name)
    while await door.served.dispatcher.deliver_due():
        pass


async def _rows(reader: Reader, table: str) -> list[dict[str, Any]]:
    if reader.dialect == "postgres":
        [row] = await reader.fetch(
            f"SELECT CAST(json_agg(row_to_json(t)) AS text) AS rows FROM (SELECT * FROM {table} ORDER BY 1) t"
        )
        return json.loads(row["rows"]) if row["rows"] else []
    found = await reader.fetch(f"SELECT * FROM {table} ORDER BY 1")
    return [
        {column: {"hex": at.hex()} if isinstance(at, bytes) else at for column, at in dict(row).items()}
        for row in found
    ]


def _spelled(migrations: Sequence[str], tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The document with a line for each row, so that it can be read."""
    parts = [
        f'"{table}": [\n'
        + ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        + "\n]"
        for table, rows in tables.items()
    ]
    return f'{{\n"migrations": {json.dumps(migrations)},\n"tables": {{\n' + ",\n".join(parts) + "\n}\n}\n"


if __name__ == "__main__":
    _, name = sys.argv
    with tempfile.TemporaryDirectory(prefix="jinpai-pg-") as folder:
        for url in (f"sqlite://{folder}/released.sqlite3", PostgresTemplates(Path(folder) / "pg").empty()):
            asyncio.run(keep(name, url, asyncio.run(migrate(url, APPS))))
