"""What stands after an import of cases."""

from collections.abc import Mapping
from typing import Any

from tests.cases.district import District
from tests.cases.imports.sheets import GRID


async def states(district: District) -> dict[str, str]:
    """The state of each case by its external id."""
    reader = await district.database.reader()
    rows = await reader.fetch("SELECT external_id, state FROM cases_case ORDER BY external_id")
    return {row["external_id"]: row["state"] for row in rows}


async def case_id(district: District, external_id: str) -> Any:
    from cases.models import Case

    [row] = await (await district.database.reader()).rows(Case, "WHERE external_id = $1", external_id)
    return row["id"]


def grid(**changed: Any) -> Mapping[str, Any]:
    return {**GRID, **changed}
