"""The district that tests of cases happen in, on each database."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.database import Database
from tests.cases.district import ONE_POINT, District, a_case_district
from tests.databases import PostgresTemplates, SqliteTemplates


@pytest.fixture
async def district(database: Database) -> District:
    """Under the programme of Dongcheng."""
    return await a_case_district(database)


@pytest.fixture
async def one_point_district(database: Database) -> District:
    """Where every verified case is worth 1 point and nothing is capped."""
    return await a_case_district(database, ONE_POINT)


@pytest.fixture(params=["sqlite", "postgres"])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Hands out empty databases, one for each example of a property."""
    if request.param == "sqlite":
        templates: SqliteTemplates = request.getfixturevalue("sqlite_templates")
        return lambda: templates.fresh(tmp_path)
    servers: PostgresTemplates = request.getfixturevalue("postgres_templates")
    return servers.fresh
