"""The served district that the tests of the doors knock at, on each of the two databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from kernel.clock import FixedClock
from tests.api.door import Door, a_door, in_a_task_of_its_own
from tests.cases.district import ONE_POINT
from tests.stewards.builders import NOON


@pytest.fixture
async def door(database_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Door]:
    """Under the programme of Dongcheng."""
    async with in_a_task_of_its_own(a_door(database_url, tmp_path, clock)) as opened:
        yield opened


@pytest.fixture
async def one_point_door(database_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Door]:
    """Where every verified case is worth 1 point and nothing is capped."""
    async with in_a_task_of_its_own(a_door(database_url, tmp_path, clock, ONE_POINT)) as opened:
        yield opened


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def steady_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty, migrated database for all tests of a module, on each of the two engines."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_templates").fresh(tmp_path_factory.mktemp("steady"))
    return request.getfixturevalue("postgres_templates").fresh()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def steady_door(steady_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """One district for all tests of a module that leave no row behind."""
    folder = tmp_path_factory.mktemp("steady")
    async with in_a_task_of_its_own(a_door(steady_url, folder, FixedClock(NOON))) as opened:
        yield opened
