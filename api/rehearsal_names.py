"""The streets and stewards that a rehearsal speaks of, by name."""

from uuid import UUID

from kernel.database import Reader
from points.rehearsal_figures import Figures


async def street_names(reader: Reader) -> dict[UUID | None, tuple[str, str]]:
    """Every street's name in Chinese and in English."""
    rows = await reader.fetch("SELECT id, name, name_en FROM stewards_street ORDER BY code", types={"id": UUID})
    return {row["id"]: (row["name"], row["name_en"] or row["name"]) for row in rows}


async def steward_names(reader: Reader, figures: Figures, *, most: int | None = None) -> dict[UUID, tuple[str, str]]:
    """The numbers and names of the stewards of a rehearsal, the first `most` of them."""
    wanted = [found.steward_id for found in figures.stewards[:most]]
    rows = await reader.fetch(
        f"SELECT id, number, name FROM stewards_steward WHERE {reader.one_of('id', 1)}", wanted, types={"id": UUID}
    )
    return {row["id"]: (row["number"], row["name"]) for row in rows}
