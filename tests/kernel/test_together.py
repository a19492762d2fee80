"""Reads side by side ask in as few statements as the longest of them alone, and answer what each would alone."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from kernel.database import Database, Reader, Row, Together
from kernel.ids import new_id
from kernel.models import Counter
from points.models import Account
from tests.cases.counted import CountedReader
from tests.kernel.rows import a_counter, an_account, inserting

TYPED = (
    "SELECT id, balance, CAST($2 AS {instant}) AS at, CAST($3 AS {day}) AS day, balance > $4 AS rich, 1.25 AS share, "
    "NULL AS missing, kind FROM points_account WHERE {ids} ORDER BY balance DESC"
)
TYPES: dict[str, type] = {"id": UUID, "at": datetime, "day": date, "rich": bool}
AT = datetime(2026, 11, 23, 4, 0, 0, 500, tzinfo=UTC)


@pytest.fixture
async def reader(database: Database) -> CountedReader:
    await database.run(inserting(Account, *(an_account(balance) for balance in (3, 1, 2))))
    await database.run(inserting(Counter, *(a_counter(f"series '{at}' $1", at) for at in range(4))))
    return CountedReader(await database.reader())


async def typed(reader: Reader, ids: list[UUID]) -> list[Row]:
    of_postgres = reader.dialect == "postgres"
    instant, day = ("timestamptz", "date") if of_postgres else ("text", "text")
    sql = TYPED.format(ids=reader.one_of("id", 1), instant=instant, day=day)
    rows = await reader.fetch(sql, ids, AT, date(2026, 11, 23), 1, types=TYPES)
    return [{name: float(value) if name == "share" else value for name, value in row.items()} for row in rows]


async def counters(reader: Reader, least: int) -> list[Row]:
    return [dict(row) for row in await reader.rows(Counter, "WHERE last_given >= $1 ORDER BY series DESC", least)]


async def one_after_another(reader: Reader, times: int) -> list[list[Row]]:
    return [await counters(reader, at) for at in range(times)]


async def test_each_gets_what_it_would_get_alone_in_one_statement(reader: CountedReader) -> None:
    ids = [row["id"] for row in await reader.rows(Account)]
    alone: list[Any] = [await typed(reader, ids), await typed(reader, []), await counters(reader, 2)]
    assert [row["balance"] for row in alone[0]] == [3, 2, 1]
    for _ in range(2):  # the first time SQLite is asked for the names of columns, too
        reader.queries = 0
        async with Together(reader) as ask:
            asked = [ask(typed, ids), ask(typed, [new_id()]), ask(counters, 2), ask(counters, 2)]
        assert [task.result() for task in asked] == [*alone, alone[-1]]
    assert reader.queries == 1
    assert isinstance(asked[0].result()[0]["id"], UUID)
    assert asked[0].result()[0]["rich"] is True


async def test_they_take_as_many_statements_as_the_longest_of_them(reader: CountedReader) -> None:
    async def inner(shared: Reader) -> list[list[Row]]:
        async with Together(shared) as ask:
            parts = [ask(one_after_another, 2), ask(one_after_another, 1)]
        return [*(part.result()[-1] for part in parts), await counters(shared, 3)]

    async def nothing(_: Reader) -> None:
        await asyncio.sleep(0)

    for _ in range(2):
        reader.queries = 0
        async with Together(reader) as ask:
            longest, nested, _ = ask(one_after_another, 4), ask(inner), ask(nothing)
    assert reader.queries == 4
    assert longest.result()[-1] == await counters(reader, 3) == nested.result()[-1]


async def test_a_read_that_fails_ends_the_others_with_its_own_error(reader: CountedReader) -> None:
    async def refuse(shared: Reader) -> None:
        await counters(shared, 0)
        raise LookupError("none")

    ended: list[asyncio.Task[Any]] = []

    async def read() -> None:
        async with Together(reader) as ask:
            ended.append(ask(one_after_another, 3))
            ask(refuse)

    with pytest.raises(LookupError, match="none"):
        await read()
    assert ended[0].cancelled()
    assert len(await counters(reader, 0)) == 4


async def test_a_statement_that_the_database_refuses_is_told_to_all_who_asked(reader: CountedReader) -> None:
    async def wrong(shared: Reader) -> list[Row]:
        return await shared.fetch("SELECT nothing_of_the_kind FROM points_account")

    async def read() -> None:
        async with Together(reader) as ask:
            ask(wrong)
            ask(counters, 0)

    with pytest.raises(Exception, match="nothing_of_the_kind"):
        await read()
    assert len(await counters(reader, 0)) == 4


async def test_whoever_is_cancelled_leaves_the_database_as_it_was(reader: CountedReader) -> None:
    async def read() -> None:
        async with Together(reader) as ask:
            for at in range(5):
                ask(one_after_another, at)

    for turns in range(12):
        reading = asyncio.create_task(read())
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert len(await counters(reader, 0)) == 4
