"""What was acknowledged is on the disk."""

from pathlib import Path

from kernel.database import Database
from migrations import APPS
from tests.databases import SqliteTemplates


async def test_every_connection_to_a_file_waits_for_the_disk_at_each_commit(
    sqlite_templates: SqliteTemplates, tmp_path: Path
) -> None:
    database = await Database.open(sqlite_templates.fresh(tmp_path), APPS)
    reader = await database.reader()
    assert (await reader.fetch("PRAGMA synchronous"))[0]["synchronous"] == 2  # FULL
    assert (await reader.fetch("PRAGMA journal_mode"))[0]["journal_mode"] == "wal"
    await database.close()


async def test_a_postgres_session_waits_for_the_disk_at_each_commit(postgres_url: str) -> None:
    database = await Database.open(postgres_url, APPS)
    reader = await database.reader()
    assert (await reader.fetch("SHOW synchronous_commit"))[0]["synchronous_commit"] == "on"
    await database.close()
