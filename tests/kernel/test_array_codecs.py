"""Arrays that are encoded as a whole arrive in PostgreSQL as what they were, NULLs included."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from kernel.database import Database, Reader
from kernel.ids import new_id
from migrations import APPS

_SAMPLES: dict[str, list[Any]] = {
    "uuid": [new_id(), UUID(int=0), UUID(int=2**128 - 1), uuid4()],
    "text": ["", "胡同", "a" * 5_000, "it's \\ {,}"],
    "varchar": ["", "巷", "NULL"],
    "bytea": [b"", b"\x00\xff" * 3_000],
    "int2": [-(2**15), 0, 2**15 - 1],
    "int4": [-(2**31), 0, 2**31 - 1],
    "int8": [-(2**63), 0, 2**63 - 1],
    "bool": [True, False],
    "float8": [0.0, -1.5, 1e300],
    "timestamptz": [
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 10, 3, 1, 2, 3, 4, tzinfo=UTC),
        datetime(1, 1, 2, tzinfo=UTC),
    ],
    "date": [date(2000, 1, 1), date(1999, 12, 31), date(2024, 2, 29)],
}


@pytest.fixture
async def reader(postgres_url: str) -> AsyncIterator[Reader]:
    """A reader of PostgreSQL."""
    database = await Database.open(postgres_url, APPS)
    yield await database.reader()
    await database.close()


async def sent_and_read(reader: Reader, kind: str, values: list[Any]) -> list[Any]:
    rows = await reader.fetch(
        f"SELECT value FROM unnest($1::{kind}[]) WITH ORDINALITY AS given(value, at) ORDER BY at", values
    )
    return [row["value"] for row in rows]


async def test_lists_of_every_kind_arrive_as_they_were(reader: Reader) -> None:
    for kind, values in _SAMPLES.items():
        for sent in (values, [None, *values, None], [None], [], values * 300):
            assert await sent_and_read(reader, kind, sent) == sent, kind


async def test_ids_in_words_are_ids(reader: Reader) -> None:
    made = uuid4()
    assert await sent_and_read(reader, "uuid", [str(made), made]) == [made, made]


@pytest.mark.parametrize(
    ("kind", "unfit"),
    [
        ("int4", [2**31]),
        ("int8", [1.5]),
        ("int8", ["1"]),
        ("text", [7]),
        ("text", ["\ud800"]),
        ("uuid", [7]),
        ("bytea", [7]),
        ("timestamptz", [datetime(2026, 10, 3)]),  # noqa: DTZ001 - of no zone
        ("date", ["2026-10-03"]),
        ("text", "no list"),
    ],
)
async def test_values_that_do_not_fit_are_refused_before_they_are_sent(reader: Reader, kind: str, unfit: Any) -> None:
    with pytest.raises(asyncpg.DataError):
        await reader.fetch(f"SELECT unnest($1::{kind}[])", unfit)
