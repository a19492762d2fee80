"""Append-only tables refuse every way of changing what stands in them, in the database itself."""

import sqlite3

import pytest

from kernel.audit import SYSTEM, AuditEntry, record
from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.database.faults import is_refused
from kernel.models import AuditRow
from tests.kernel.rows import inserting

ENTRY = AuditEntry(actor=SYSTEM, action="test.done", subject_kind="test", detail={"count": 1})


@pytest.fixture
async def recorded(database: Database, clock: FixedClock) -> Database:
    await database.run(lambda tx: record(tx, [ENTRY, ENTRY], now=clock.now()))
    return database


async def rows_of(database: Database) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in await (await database.reader()).rows(AuditRow, "ORDER BY id")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_audit SET action = 'other'",
        "UPDATE kernel_audit SET action = action WHERE subject_kind = 'test'",
        "DELETE FROM kernel_audit",
        "DELETE FROM kernel_audit WHERE action = 'test.done'",
    ],
)
async def test_rows_cannot_be_changed_or_deleted(recorded: Database, statement: str) -> None:
    before = await rows_of(recorded)

    async def change(tx: Tx) -> None:
        await tx.execute(statement)

    with pytest.raises(Exception, match="append-only") as refused:
        await recorded.run(change)
    assert is_refused(refused.value)
    assert await rows_of(recorded) == before


async def test_an_insert_cannot_replace_a_row(recorded: Database) -> None:
    before = await rows_of(recorded)
    columns = "id, actor_kind, action, subject_kind, detail, recorded_at"
    chosen = "SELECT id, actor_kind, 'other', subject_kind, detail, recorded_at FROM kernel_audit"
    replace = {
        "sqlite": f"INSERT OR REPLACE INTO kernel_audit ({columns}) {chosen}",
        "postgres": f"INSERT INTO kernel_audit ({columns}) {chosen} "
        "ON CONFLICT (id) DO UPDATE SET action = excluded.action",
    }[recorded.dialect]

    async def change(tx: Tx) -> None:
        await tx.execute(replace)

    with pytest.raises(Exception, match="append-only"):
        await recorded.run(change)
    assert await rows_of(recorded) == before


async def test_a_postgres_table_cannot_be_emptied_by_truncate(postgres_url: str) -> None:
    from migrations import APPS

    database = await Database.open(postgres_url, APPS)

    async def truncate(tx: Tx) -> None:
        await tx.execute("TRUNCATE kernel_audit")

    with pytest.raises(Exception, match="append-only"):
        await database.run(truncate)
    await database.close()


async def test_an_insert_or_replace_by_another_program_needs_the_pragma_that_every_connection_of_ours_sets(
    database: Database,
) -> None:
    """Without recursive_triggers SQLite replaces silently: this shows why the PRAGMA is there, and that it is."""
    reader = await database.reader()
    if database.dialect == "sqlite":
        assert (await reader.fetch("PRAGMA recursive_triggers"))[0]["recursive_triggers"] == 1
        assert (await reader.fetch("PRAGMA foreign_keys"))[0]["foreign_keys"] == 1
        assert sqlite3.sqlite_version_info >= (3, 35)  # RETURNING
    else:
        assert (await reader.fetch("SHOW search_path"))[0]["search_path"] != ""


async def test_new_rows_may_still_be_added(recorded: Database, clock: FixedClock) -> None:
    await recorded.run(lambda tx: record(tx, [ENTRY], now=clock.now()))
    assert len(await rows_of(recorded)) == 3
    await recorded.run(inserting(AuditRow))
