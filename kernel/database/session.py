"""Set-wise SQL for both databases: read rows, lock them in id order, write many at once.

Statements are written once, with `$1` placeholders and lists bound as one parameter; `one_of` spells the membership
test of each dialect. Values come back as Python's own types on both.
"""

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Literal

from tortoise.models import Model

from kernel.database.columns import FROM_SQLITE_BY_TYPE, columns_of, plain_to_sqlite
from kernel.database.writes import Insert, Update, statement_of

Row = Mapping[str, Any]
Dialect = Literal["sqlite", "postgres"]


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> str:
    """`$1` as SQLite numbers its parameters."""
    return re.sub(r"\$(\d+)", r"?\1", sql)


def _bind_sqlite(args: Sequence[Any]) -> list[Any]:
    bound = []
    for value in args:
        if isinstance(value, list | tuple | set | frozenset):
            bound.append(json.dumps([plain_to_sqlite(item) for item in value]))
        else:
            bound.append(plain_to_sqlite(value))
    return bound


class Reader(ABC):
    """Reads committed rows; each statement sees what was committed when it began."""

    dialect: Dialect

    def one_of(self, column: str, parameter: int) -> str:
        """SQL that is true where `column` is in the list bound as `$parameter`."""
        if self.dialect == "postgres":
            return f"{column} = ANY(${parameter})"
        return f"{column} IN (SELECT value FROM json_each(${parameter}))"

    def texts(self, parameter: int) -> str:
        """SQL for a table `given` whose `value`s are the texts bound as `$parameter`."""
        if self.dialect == "postgres":
            return f"unnest(${parameter}::text[]) AS given(value)"
        return f"json_each(${parameter}) AS given"

    @abstractmethod
    async def fetch(self, sql: str, *args: Any, types: Mapping[str, type] | None = None) -> list[Row]:
        """The rows of a query. `types` names the columns that are uuid, datetime, date or bool (SQLite has no such
        types and answers text and 0/1).
        """

    async def fetch_one(self, sql: str, *args: Any, types: Mapping[str, type] | None = None) -> Row | None:
        """The first row of a query, or None."""
        found = await self.fetch(sql, *args, types=types)
        return found[0] if found else None

    async def rows(self, model: type[Model], where: str = "", *args: Any) -> list[Row]:
        """Whole rows of a model. `where` is everything after FROM table: 'WHERE … ORDER BY … LIMIT …'."""
        return await self._rows(model, where, args)

    async def _rows(self, model: type[Model], tail: str, args: Sequence[Any]) -> list[Row]:
        columns = columns_of(model)
        names = ", ".join(f'"{name}"' for name in columns)
        sql = f"SELECT {names} FROM {model._meta.db_table} {tail}"
        return await self._fetch_typed(model, sql, args)

    @abstractmethod
    async def _fetch_typed(self, model: type[Model], sql: str, args: Sequence[Any]) -> list[Row]: ...


class Tx(Reader):
    """A transaction: reads, locks and set-wise writes. Committed by whoever opened it, never by who uses it."""

    @abstractmethod
    async def execute(self, sql: str, *args: Any) -> int:
        """Run a statement; answers the number of rows it changed."""

    async def lock(self, model: type[Model], ids: Iterable[Any], *, key: str = "id") -> dict[Any, Row]:
        """Lock the rows with these keys in key order and answer them by key. Missing ones are absent."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        suffix = " FOR UPDATE" if self.dialect == "postgres" else ""
        found = await self._rows(model, f"WHERE {self.one_of(key, 1)} ORDER BY {key}{suffix}", (wanted,))
        return {row[key]: row for row in found}

    @abstractmethod
    async def insert(
        self, model: type[Model], rows: Sequence[Mapping[str, Any]], *, skip_existing: bool = False
    ) -> None:
        """Insert many rows with one statement. Each row names the same columns. With `skip_existing`, rows that
        meet any unique index are left out.
        """

    @abstractmethod
    async def update(self, model: type[Model], rows: Sequence[Mapping[str, Any]], *, key: str = "id") -> None:
        """Set columns of many rows with one statement: each row holds the key and the columns to set."""

    @abstractmethod
    async def write(self, writes: Sequence[Insert | Update]) -> None:
        """Carry out several sets of writes, on PostgreSQL with one statement.

        Insert what is referred to before what refers to it, and touch no row twice.
        """

    async def send(self, writes: Sequence[Insert | Update]) -> None:
        """Like `write`, but the caller goes on while PostgreSQL is at it.

        What it refuses is raised by the next statement of the transaction, or before the commit.
        """
        await self.write(writes)


class _SqliteReads(Reader):
    dialect: Dialect = "sqlite"

    def __init__(self, client: Any) -> None:
        self._client = client

    async def fetch(self, sql: str, *args: Any, types: Mapping[str, type] | None = None) -> list[Row]:
        rows: list[dict[str, Any]] = await self._client.execute_query_dict(_numbered(sql), _bind_sqlite(args))
        for column, kind in (types or {}).items():
            convert = FROM_SQLITE_BY_TYPE[kind]
            for row in rows:
                if row[column] is not None:
                    row[column] = convert(row[column])
        return list(rows)

    async def _fetch_typed(self, model: type[Model], sql: str, args: Sequence[Any]) -> list[Row]:
        rows: list[dict[str, Any]] = await self._client.execute_query_dict(_numbered(sql), _bind_sqlite(args))
        converted = [(name, column.from_sqlite) for name, column in columns_of(model).items() if column.from_sqlite]
        for row in rows:
            for name, convert in converted:
                if row[name] is not None:
                    row[name] = convert(row[name])
        return list(rows)


class SqliteReader(_SqliteReads):
    """Reads on the embedded database's connection."""


class SqliteTx(_SqliteReads, Tx):
    """A transaction on the embedded database."""

    async def execute(self, sql: str, *args: Any) -> int:
        """Run a statement; answers the number of rows it changed."""
        changed, _ = await self._client.execute_query(_numbered(sql), _bind_sqlite(args))
        return int(changed)

    async def insert(
        self, model: type[Model], rows: Sequence[Mapping[str, Any]], *, skip_existing: bool = False
    ) -> None:
        """Insert many rows with one statement."""
        if not rows:
            return
        names = list(rows[0])
        listed = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(names))
        tail = " ON CONFLICT DO NOTHING" if skip_existing else ""
        sql = f"INSERT INTO {model._meta.db_table} ({listed}) VALUES ({marks}){tail}"
        await self._client.execute_many(sql, _sqlite_rows(model, names, rows))

    async def update(self, model: type[Model], rows: Sequence[Mapping[str, Any]], *, key: str = "id") -> None:
        """Set columns of many rows with one statement."""
        if not rows:
            return
        names = [name for name in rows[0] if name != key]
        sets = ", ".join(f'"{name}" = ?' for name in names)
        sql = f'UPDATE {model._meta.db_table} SET {sets} WHERE "{key}" = ?'
        await self._client.execute_many(sql, _sqlite_rows(model, [*names, key], rows))

    async def write(self, writes: Sequence[Insert | Update]) -> None:
        """Carry out several sets of writes, one statement each."""
        for part in writes:
            if part.rows:
                await self._client.execute_many(_sqlite_write(part), _sqlite_tuples(part))


def _sqlite_write(part: Insert | Update) -> str:
    table = part.model._meta.db_table
    if isinstance(part, Insert):
        listed = ", ".join(f'"{name}"' for name in part.columns)
        numbers = ", ".join(f"?{at}" for at in range(1, len(part.columns) + 1))
        tail = " ON CONFLICT DO NOTHING" if part.skip_existing else ""
        return f"INSERT INTO {table} ({listed}) VALUES ({numbers}){tail}"
    sets = ", ".join(f'"{name}" = ?{at}' for at, name in enumerate(part.columns[1:], 2))
    return f'UPDATE {table} SET {sets} WHERE "{part.columns[0]}" = ?1'


def _sqlite_tuples(part: Insert | Update) -> list[tuple[Any, ...]]:
    columns = columns_of(part.model)
    vectors: list[Iterable[Any]] = []
    for name, vector in zip(part.columns, zip(*part.rows, strict=True), strict=True):
        convert = columns[name].to_sqlite
        vectors.append(vector if convert is None else [None if value is None else convert(value) for value in vector])
    return list(zip(*vectors, strict=True))


def _sqlite_rows(model: type[Model], names: list[str], rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    columns = columns_of(model)
    vectors: list[list[Any]] = []
    for name in names:
        convert = columns[name].to_sqlite
        if convert is None:
            vectors.append([row[name] for row in rows])
        else:
            vectors.append([None if row[name] is None else convert(row[name]) for row in rows])
    return list(zip(*vectors, strict=True))


class _PostgresReads(Reader):
    dialect: Dialect = "postgres"

    def __init__(self, source: Any) -> None:
        self._source = source  # asyncpg connection or pool: both have fetch and execute

    async def fetch(self, sql: str, *args: Any, types: Mapping[str, type] | None = None) -> list[Row]:
        return list(await self._source.fetch(sql, *_bind_postgres(args)))

    async def _fetch_typed(self, model: type[Model], sql: str, args: Sequence[Any]) -> list[Row]:
        return list(await self._source.fetch(sql, *_bind_postgres(args)))


def _bind_postgres(args: Sequence[Any]) -> list[Any]:
    return [list(value) if isinstance(value, tuple | set | frozenset) else value for value in args]


class PostgresReader(_PostgresReads):
    """Reads on any connection of the pool."""


class PostgresTx(_PostgresReads, Tx):
    """A transaction on one PostgreSQL connection."""

    def __init__(self, source: Any) -> None:
        super().__init__(source)
        self._sending: asyncio.Task[Any] | None = None

    async def fetch(self, sql: str, *args: Any, types: Mapping[str, type] | None = None) -> list[Row]:
        """The rows of a query."""
        await self.sent()
        return await super().fetch(sql, *args, types=types)

    async def _fetch_typed(self, model: type[Model], sql: str, args: Sequence[Any]) -> list[Row]:
        await self.sent()
        return await super()._fetch_typed(model, sql, args)

    async def execute(self, sql: str, *args: Any) -> int:
        """Run a statement; answers the number of rows it changed."""
        await self.sent()
        status: str = await self._source.execute(sql, *_bind_postgres(args))
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def insert(
        self, model: type[Model], rows: Sequence[Mapping[str, Any]], *, skip_existing: bool = False
    ) -> None:
        """Insert many rows with one statement."""
        if not rows:
            return
        names = tuple(rows[0])
        pick = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        await self.write([Insert(model, names, [pick(row) for row in rows], skip_existing)])

    async def update(self, model: type[Model], rows: Sequence[Mapping[str, Any]], *, key: str = "id") -> None:
        """Set columns of many rows with one statement."""
        if not rows:
            return
        names = (key, *(name for name in rows[0] if name != key))
        pick = itemgetter(*names)
        await self.write([Update(model, names, [pick(row) for row in rows])])

    async def write(self, writes: Sequence[Insert | Update]) -> None:
        """Carry out several sets of writes with one statement."""
        await self.sent()
        statement = statement_of(writes)
        if statement is not None:
            await self._source.execute(statement[0], *statement[1])

    async def send(self, writes: Sequence[Insert | Update]) -> None:
        """Carry out several sets of writes with one statement, and go on while the database is at it."""
        statement = statement_of(writes)
        await self.sent()
        if statement is not None:
            self._sending = asyncio.ensure_future(self._source.execute(statement[0], *statement[1]))
            await asyncio.sleep(0)  # it is encoded
            await asyncio.sleep(0)  # and on its way: uvloop writes once a turn

    async def sent(self) -> None:
        """Wait until what was sent is carried out."""
        sending, self._sending = self._sending, None
        if sending is not None:
            await sending

    async def abandon(self) -> None:
        """Stop what was sent: its transaction is going to be undone."""
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending])
