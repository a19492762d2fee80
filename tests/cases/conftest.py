"""The district that tests of cases happen in, on each database."""

import pytest

from kernel.database import Database
from tests.cases.district import ONE_POINT, District, a_case_district


@pytest.fixture
async def district(database: Database) -> District:
    """Under the programme of Dongcheng."""
    return await a_case_district(database)


@pytest.fixture
async def one_point_district(database: Database) -> District:
    """Where every verified case is worth 1 point and nothing is capped."""
    return await a_case_district(database, ONE_POINT)
