"""What a clerk's ballot sheet shows: which periods take ballots now, and what the clerk said before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from evaluation.models import Ballot
from evaluation.periods import Period, period_of
from evaluation.scheme_versions import NoSchemeInForce, current_period, scheme_for
from kernel.database import Reader


async def open_periods(reader: Reader, now: datetime) -> list[Period]:
    """The periods that take ballots now: the one before, while its window is open, and the present one.

    Raises:
        NoSchemeInForce: there is none today.

    """
    present = await current_period(reader, now)
    before = period_of(present.begins_at - timedelta(seconds=1), present.kind)
    found = [present]
    try:
        days = (await scheme_for(reader, before)).scheme.window.closes_days_after
    except NoSchemeInForce:
        return found
    return [before, *found] if now < before.closes_at(days) else found


async def own_marks(
    reader: Reader, staff_id: UUID, period: Period, steward_ids: Iterable[UUID]
) -> dict[UUID, dict[str, int]]:
    """The marks that a member of staff gave to these stewards in a period."""
    rows = await reader.rows(
        Ballot,
        f"WHERE period = $1 AND staff_id = $2 AND {reader.one_of('steward_id', 3)}",
        period.name,
        staff_id,
        sorted(steward_ids),
    )
    return {row["steward_id"]: orjson.loads(row["scores"]) for row in rows}
