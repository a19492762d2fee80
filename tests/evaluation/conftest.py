"""The district that tests of evaluation happen in, on each database."""

import pytest

from kernel.database import Database
from tests.cases.district import District, a_case_district


@pytest.fixture
async def district(database: Database) -> District:
    """Under the scheme of Dongcheng, in the fourth quarter of 2026."""
    return await a_case_district(database)
