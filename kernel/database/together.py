"""Reads side by side that share their statements: what all of them wait for is asked in one, with several answers.

A page is made of reads that know nothing of each other. One after another each would be a way to the database and back;
together they take as many ways as the longest of them alone, and each way sees one state of the database:

    async with Together(reader) as ask:
        purse = ask(balance, steward_id, now=now)
        lines = ask(statement, steward_id, limit=4)
    show(purse.result(), lines.result())

Values come back as `Reader.fetch` answers them. Columns of bytes are not for such reads: JSON carries none.
"""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from tortoise.models import Model

from kernel.database.columns import FROM_SQLITE_BY_TYPE, Convert, columns_of
from kernel.database.session import Reader, Row

P = ParamSpec("P")
T = TypeVar("T")
_MOST_KNOWN = 1024
_columns: dict[str, tuple[str, ...]] = {}
"""The names of what SQLite answers, by statement: a union has to be as wide as the widest of its parts."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ask:
    """A statement that somebody waits for."""

    sql: str
    args: tuple[Any, ...]
    converts: Mapping[str, Convert]
    answer: "asyncio.Future[list[Row]]"


class _Rounds:
    """Statements of reads that run side by side; they are sent when every one of these reads waits."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._running = 0
        self._waiting: list[_Ask] = []
        self._sent: set[asyncio.Task[None]] = set()

    def join(self) -> None:
        """One more read runs."""
        self._running += 1

    def leave(self) -> None:
        """A read has ended, or waits for others."""
        self._running -= 1
        self._send()

    async def fetch(self, sql: str, args: tuple[Any, ...], converts: Mapping[str, Convert]) -> list[Row]:
        """The rows of a statement, asked together with those of all others."""
        ask = _Ask(sql, args, converts, asyncio.get_running_loop().create_future())
        self._waiting.append(ask)
        self._send()
        return await ask.answer

    def _send(self) -> None:
        self._waiting = [ask for ask in self._waiting if not ask.answer.done()]  # whose reads were cancelled
        if self._waiting and len(self._waiting) >= self._running:
            asked, self._waiting = self._waiting, []
            sent = asyncio.create_task(self._ask(asked))
            self._sent.add(sent)
            sent.add_done_callback(self._sent.discard)

    async def _ask(self, asked: Sequence[_Ask]) -> None:
        try:
            answers = await _fetch_all(self.reader, asked)
        except Exception as error:  # noqa: BLE001 - each of those who wait gets it
            for ask in asked:
                if not ask.answer.done():
                    ask.answer.set_exception(error)
            return
        for ask, rows in zip(asked, answers, strict=True):
            if not ask.answer.done():
                ask.answer.set_result(rows)


class _SharedReader(Reader):
    """A reader whose statements go together with those of other reads."""

    def __init__(self, rounds: _Rounds) -> None:
        self.dialect = rounds.reader.dialect
        self.rounds = rounds

    async def fetch(self, sql: str, *args: Any, types: Mapping[str, type] | None = None) -> list[Row]:
        converts = {column: FROM_SQLITE_BY_TYPE[kind] for column, kind in (types or {}).items()}
        return await self.rounds.fetch(sql, args, converts)

    async def _fetch_typed(self, model: type[Model], sql: str, args: Sequence[Any]) -> list[Row]:
        columns = columns_of(model)
        if any(column.postgres_type == "bytea" for column in columns.values()):
            raise TypeError(f"{model.__name__} has columns of bytes")
        converts = {name: column.from_sqlite for name, column in columns.items() if column.from_sqlite}
        return await self.rounds.fetch(sql, tuple(args), converts)


class Together:
    """Reads that are begun inside `async with`, and done at its end. The first that fails ends all of them.

    A read may wait for its own statements, and for reads that it has begun itself in the same way, but for no other
    read of the same group.
    """

    def __init__(self, reader: Reader) -> None:
        self._nested = isinstance(reader, _SharedReader)
        self._rounds = reader.rounds if isinstance(reader, _SharedReader) else _Rounds(reader)
        self._reader = _SharedReader(self._rounds)
        self._tasks: list[asyncio.Task[Any]] = []
        self._open = 0
        self._waits = False

    async def __aenter__(self) -> Self:
        return self

    def __call__(
        self, read: Callable[Concatenate[Reader, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Task[T]:
        """Begin a read, which gets the shared reader as its first argument; its result is there after the block."""
        self._rounds.join()
        self._open += 1
        task = asyncio.create_task(read(self._reader, *args, **kwargs))
        task.add_done_callback(self._ended)
        self._tasks.append(task)
        return task

    def _ended(self, _: asyncio.Task[Any]) -> None:
        self._open -= 1
        if self._open or not self._waits:
            self._rounds.leave()  # else whoever waits for this last one goes on in its place

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._nested and self._open and error is None:
            self._waits = True
            self._rounds.leave()
        try:
            if error is None:
                await asyncio.gather(*self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)


async def _fetch_all(reader: Reader, asked: Sequence[_Ask]) -> list[list[Row]]:
    """The rows that each asks for; who asks for the same shares its answer."""
    distinct: list[_Ask] = []
    places = []
    for ask in asked:
        place = next((at for at, one in enumerate(distinct) if (one.sql, one.args) == (ask.sql, ask.args)), None)
        if place is None:
            place = len(distinct)
            distinct.append(ask)
        places.append(place)
    if len(distinct) == 1 and reader.dialect == "postgres":
        rows = await reader.fetch(distinct[0].sql, *distinct[0].args)  # of Python's own types already
        return [rows] * len(asked)
    found = await (_of_sqlite if reader.dialect == "sqlite" else _of_postgres)(reader, distinct)
    return [
        [_converted(row, ask.converts, reader.dialect) for row in found[at]]
        for ask, at in zip(asked, places, strict=True)
    ]


def _converted(row: Mapping[str, Any], converts: Mapping[str, Convert], dialect: str) -> Row:
    made = dict(row)
    for column, convert in converts.items():
        if made[column] is not None:
            made[column] = convert(made[column])
            if dialect == "postgres" and isinstance(made[column], datetime):
                made[column] = made[column].astimezone(UTC)  # else in the time zone of the connection
    return made


async def _of_sqlite(reader: Reader, asked: Sequence[_Ask]) -> list[list[dict[str, Any]]]:
    for ask in asked:
        if ask.sql not in _columns:
            # One row of nothing but names.
            [named] = await reader.fetch(
                f"SELECT asked.* FROM (SELECT 1) AS one LEFT JOIN ({ask.sql}) AS asked ON 1 = 0", *ask.args
            )
            if len(_columns) >= _MOST_KNOWN:
                _columns.clear()
            _columns[ask.sql] = tuple(named)
    names = [_columns[ask.sql] for ask in asked]
    sql = _sqlite_statement(tuple((ask.sql, len(ask.args)) for ask in asked), tuple(names))
    found: list[list[dict[str, Any]]] = [[] for _ in asked]
    for row in await reader.fetch(sql, *(value for ask in asked for value in ask.args)):
        part, *values = row.values()
        found[part].append(dict(zip(names[part], values, strict=False)))
    return found


@lru_cache(maxsize=_MOST_KNOWN)
def _sqlite_statement(parts: tuple[tuple[str, int], ...], names: tuple[tuple[str, ...], ...]) -> str:
    """The parts after one another, each row with the number of its part and as many columns as the widest has."""
    width = max(map(len, names))
    selects = []
    for at, ((sql, _), columns) in enumerate(zip(_shifted(parts), names, strict=True)):
        values = [f'asked."{name}"' for name in columns] + ["NULL"] * (width - len(columns))
        listed = ", ".join(f"{value} AS c{place}" for place, value in enumerate(values))
        selects.append(f"SELECT {at} AS part, {listed} FROM ({sql}) AS asked")
    return " UNION ALL ".join(selects)


async def _of_postgres(reader: Reader, asked: Sequence[_Ask]) -> list[list[dict[str, Any]]]:
    sql = _postgres_statement(tuple((ask.sql, len(ask.args)) for ask in asked))
    [row] = await reader.fetch(sql, *(value for ask in asked for value in ask.args))
    return [json.loads(text) if text else [] for text in row.values()]


@lru_cache(maxsize=_MOST_KNOWN)
def _postgres_statement(parts: tuple[tuple[str, int], ...]) -> str:
    """One row, with the rows of each part as JSON in the order in which they come."""
    selects = (
        f"(SELECT CAST(json_agg(row_to_json(asked)) AS text) FROM ({sql}) AS asked) AS part_{at}"
        for at, (sql, _) in enumerate(_shifted(parts))
    )
    return f"SELECT {', '.join(selects)}"


def _shifted(parts: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    """The statements with parameters that go on from one to the next."""
    shifted, before = [], 0
    for sql, count in parts:
        shifted.append((re.sub(r"\$(\d+)", partial(_further, by=before), sql), count))
        before += count
    return shifted


def _further(parameter: re.Match[str], by: int) -> str:
    return f"${int(parameter[1]) + by}"
