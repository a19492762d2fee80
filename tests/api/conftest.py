"""The served district that the tests of the doors knock at, on each of the two databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.clock import FixedClock
from tests.api.door import Door, a_door, in_a_task_of_its_own
from tests.cases.district import ONE_POINT


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
