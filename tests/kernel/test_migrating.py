"""Migrating goes on where it was cut off."""

from pathlib import Path
from typing import Any

import pytest
from tortoise.migrations.recorder import MigrationRecorder

from kernel.database import Database
from kernel.database.migrating import migrate, missing_migrations
from migrations import APPS


async def cut_off_and_done_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    record = MigrationRecorder.record_applied

    async def die_at_points(recorder: MigrationRecorder, app: str, name: str) -> Any:
        if app == "points":
            raise ConnectionResetError("as when the process is killed between a migration and its record")
        await record(recorder, app, name)

    with monkeypatch.context() as cut:
        cut.setattr(MigrationRecorder, "record_applied", die_at_points)
        with pytest.raises(ConnectionResetError):
            await migrate(url, APPS)
    done = await migrate(url, APPS)
    assert "points" in {name.split(".")[0] for name in done}
    assert "kernel" not in {name.split(".")[0] for name in done}
    database = await Database.open(url, APPS)
    assert await missing_migrations(database, APPS) == []
    await database.close()


async def test_a_migration_of_a_file_that_is_cut_off_can_be_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cut_off_and_done_again(f"sqlite://{tmp_path / 'new.sqlite3'}", monkeypatch)


async def test_a_migration_of_a_postgres_database_that_is_cut_off_can_be_done_again(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cut_off_and_done_again(empty_postgres_url, monkeypatch)
