"""What boards have to read again: outbox rows become marks, numbered in the order of commits.

Marks say only who changed; whoever follows them re-reads the truth, so they may come in any order and more than once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from evaluation.closing import SCORES_FROZEN
from kernel.changes import EVERYTHING, mark_changed
from kernel.database import Reader, Tx
from kernel.outbox import InBatches, Payload
from points.award_rows import AWARDED
from stewards.changes import LANES_CHANGED, STEWARD_CHANGED

STREAM = "boards"
_TOPICS = (AWARDED, LANES_CHANGED, STEWARD_CHANGED, SCORES_FROZEN)


async def _mark_stewards(tx: Tx, payloads: Sequence[Payload], now: datetime) -> None:
    named = {UUID(steward_id) for payload in payloads for steward_id in payload["steward_ids"]}
    await mark_changed(tx, STREAM, named, now=now)


async def mark_everything(tx: Tx, payloads: Sequence[Payload], now: datetime) -> None:
    """Have every board built again."""
    await mark_changed(tx, STREAM, [EVERYTHING], now=now)


HANDLERS: Mapping[str, InBatches] = {
    AWARDED: InBatches(_mark_stewards),
    STEWARD_CHANGED: InBatches(_mark_stewards),
    LANES_CHANGED: InBatches(mark_everything),
    SCORES_FROZEN: InBatches(mark_everything),
}
"""The outbox handlers of boards, by topic."""


async def settled_until(reader: Reader) -> datetime | None:
    """The last instant of which no outbox row still waits to be marked; None where none waits at all."""
    row = await reader.fetch_one(
        "SELECT MIN(created_at) AS waiting FROM kernel_outbox "
        f"WHERE handled_at IS NULL AND {reader.one_of('topic', 1)}",
        _TOPICS,
        types={"waiting": datetime},
    )
    return row["waiting"] - timedelta(microseconds=1) if row and row["waiting"] else None
