"""Two processes on one database wait for each other; neither fails, neither loses what the other wrote."""

import asyncio
from pathlib import Path

from kernel.database import Database, Tx
from kernel.database.migrating import migrate, missing_migrations
from kernel.models import Counter
from migrations import APPS
from tests.databases import PostgresTemplates
from tests.kernel.counting import SERIES
from tests.kernel.running import python

TIMES = 150


async def test_reading_and_then_writing_from_two_processes_loses_nothing_and_needs_no_second_try(
    database: Database,
) -> None:
    async def begin(tx: Tx) -> None:
        await tx.insert(Counter, [{"series": SERIES, "last_given": 0}])

    await database.run(begin)
    tries = await asyncio.gather(*(python("tests.kernel.counting", database.url, str(TIMES)) for _ in range(2)))
    reader = await database.reader()
    row = (await reader.rows(Counter, "WHERE series = $1", SERIES))[0]
    assert row["last_given"] == 2 * TIMES
    assert [int(tried) for tried in tries] == [TIMES, TIMES]


async def migrated_by_two_processes(url: str) -> None:
    answers = await asyncio.gather(*(python("tests.kernel.migrating", url) for _ in range(2)))
    applied = [name for answer in answers for name in answer.split()]
    assert sorted(applied) == sorted(set(applied))
    assert {name.split(".")[0] for name in applied} == {app.label for app in APPS}
    assert await migrate(url, APPS) == []
    database = await Database.open(url, APPS)
    assert await missing_migrations(database, APPS) == []
    await database.close()


async def test_two_processes_that_migrate_a_file_at_once_apply_each_migration_once(tmp_path: Path) -> None:
    await migrated_by_two_processes(f"sqlite://{tmp_path / 'new.sqlite3'}")


async def test_two_processes_that_migrate_a_postgres_schema_at_once_apply_each_migration_once(
    empty_postgres_url: str,
) -> None:
    await migrated_by_two_processes(f"{empty_postgres_url}&schema=dongcheng")


async def test_districts_in_two_schemas_share_no_row(empty_postgres_url: str) -> None:
    urls = [f"{empty_postgres_url}&schema={name}" for name in ("east", "west")]
    for url in urls:
        await migrate(url, APPS)
    east, west = [await Database.open(url, APPS) for url in urls]

    async def begin(tx: Tx) -> None:
        await tx.insert(Counter, [{"series": SERIES, "last_given": 1}])

    await east.run(begin)
    assert len(await (await east.reader()).rows(Counter)) == 1
    assert len(await (await west.reader()).rows(Counter)) == 0
    await east.close()
    await west.close()


async def test_dropping_one_districts_schema_leaves_the_others_history_append_only(
    empty_postgres_url: str, postgres_templates: PostgresTemplates
) -> None:
    east, west = [f"{empty_postgres_url}&schema={name}" for name in ("east", "west")]
    await migrate(east, APPS)
    await migrate(west, APPS)
    database = await Database.open(west, APPS)
    reader = await database.reader()
    await reader.fetch("DROP SCHEMA east CASCADE")
    triggers = await reader.fetch(
        "SELECT pg_get_functiondef(tgfoid) AS body FROM pg_trigger "
        "WHERE tgrelid = 'kernel_audit'::regclass AND NOT tgisinternal"
    )
    assert [row["body"].split("(")[0].split()[-1] for row in triggers] == ["west.jinpai_append_only"]
    await database.close()
