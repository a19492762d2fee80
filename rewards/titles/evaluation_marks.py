"""The evaluation part of a round: the mean of a steward's frozen scores of the periods that ended within it."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from evaluation.periods import period_named
from kernel.database import Reader


async def evaluation_marks(
    reader: Reader, steward_ids: Collection[UUID], *, begins_on: date, ends_on: date
) -> Mapping[UUID, int]:
    """Hundredths of 0 to 100 by steward, rounded half up; those who were never scored are absent.

    A period counts by its newest close; one that was never closed, or ended before or after, does not.
    """
    closes = await reader.fetch(
        "SELECT made.id, made.period FROM evaluation_close made WHERE NOT EXISTS (SELECT 1 FROM evaluation_close later "
        "WHERE later.period = made.period AND later.run > made.run)",
        types={"id": UUID},
    )
    counted = [row["id"] for row in closes if begins_on <= period_named(row["period"]).last <= ends_on]
    rows = await reader.fetch(
        "SELECT steward_id, CAST(SUM(score) AS BIGINT) AS total, COUNT(score) AS scores FROM evaluation_score "
        f"WHERE {reader.one_of('close_id', 1)} AND score IS NOT NULL GROUP BY steward_id",
        sorted(counted),
        types={"steward_id": UUID},
    )
    wanted = set(steward_ids)
    return {
        row["steward_id"]: (2 * row["total"] + row["scores"]) // (2 * row["scores"])
        for row in rows
        if row["steward_id"] in wanted
    }
