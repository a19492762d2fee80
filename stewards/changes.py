"""What of stewards and places others have to hear of: the outbox topics of this package."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from kernel.database import Tx
from kernel.outbox import emit

STEWARD_CHANGED = "steward.changed"
"""Somebody's name, place or consents changed; the payload names the stewards."""
LANES_CHANGED = "lanes.changed"
"""Lanes are called or measured otherwise than before."""


async def tell_changed(tx: Tx, steward_ids: Iterable[UUID | None], *, now: datetime) -> None:
    """Say that these stewards changed."""
    named = sorted({str(steward_id) for steward_id in steward_ids if steward_id is not None})
    if named:
        await emit(tx, STEWARD_CHANGED, [{"steward_ids": named}], now=now)


async def tell_lanes_changed(tx: Tx, *, now: datetime) -> None:
    """Say that lanes changed."""
    await emit(tx, LANES_CHANGED, [{}], now=now)
