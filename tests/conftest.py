"""Fixtures that every package's tests stand on. Nothing of our own is mocked: databases, files and clocks are real."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from kernel.clock import FixedClock
from kernel.database import Database
from migrations import APPS
from tests.databases import PostgresTemplates, SqliteTemplates

# A loaded machine makes examples slow, never wrong.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of few tests first: journeys, machines and servers take longest, and end before the many small ones do."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (tests[item.path], item.path))


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplates:
    return SqliteTemplates(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_templates() -> Iterator[PostgresTemplates]:
    # A short path: a socket's may not exceed 107 bytes.
    with tempfile.TemporaryDirectory(prefix="jinpai-pg-") as folder:
        yield PostgresTemplates(Path(folder))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database, on each of the two engines."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_templates").fresh(tmp_path)
        return
    templates: PostgresTemplates = request.getfixturevalue("postgres_templates")
    yield (url := templates.fresh())
    templates.drop(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, on each of the two engines."""
    opened = await Database.open(database_url, APPS)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at noon, 23 November 2026, Beijing time."""
    return FixedClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
