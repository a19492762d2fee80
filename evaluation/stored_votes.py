"""Stored ballots as the sum sees them: by pseudonyms."""

import orjson

from evaluation.models import Ballot
from evaluation.periods import Period
from evaluation.votes import Vote
from kernel.database import Reader


async def read_votes(reader: Reader, period: Period) -> tuple[Vote, ...]:
    """Every ballot of a period, those from public codes marked as open."""
    rows = await reader.rows(Ballot, "WHERE period = $1 ORDER BY id", period.name)
    return tuple(
        Vote(
            id=row["id"],
            source=row["source"],
            steward_id=row["steward_id"],
            rater=str(row["rater"]),
            scores=orjson.loads(row["scores"]),
            cast_at=row["cast_at"],
            open=row["open_kind"] is not None,
            device=row["device_sha256"],
            network=row["network_sha256"],
        )
        for row in rows
    )
