"""Taking awards back, once, with their top-ups; the room that this frees goes to awards that caps had cut."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kernel.database import Tx
from kernel.errors import Refusal
from points.award import AwardReversal, Reversed


async def reverse_awards(
    tx: Tx, wishes: Sequence[AwardReversal], *, now: datetime, actor_id: UUID | None
) -> list[Reversed | Refusal]:
    """Reverse awards in their order, each with its top-ups, then top up what the freed cap windows had cut.

    An award is reversed once: the same cause again is a replay, another one is refused. What was spent already is
    owed and repaid by the next earnings. An award of 0 points is recorded as reversed and gives back nothing. The
    oldest cut awards are topped up first, never beyond what any of their windows allows; each top-up is named by the
    first reversal that freed one of its windows.
    """
    raise NotImplementedError


async def reverse_transfer(tx: Tx, transfer_id: UUID, *, cause: str, now: datetime, actor_id: UUID | None) -> Reversed:
    """Reverse the whole operation that a transfer belongs to; an award's with all that reversing an award entails.

    Raises:
        UnknownOperation: there is no such transfer.
        AlreadyReversed: it was reversed before, for another cause.
        ReversalStands: it is a reversal itself.
        ReverseTheOriginal: it belongs to a top-up.
        AlreadySettled: the points were held and have been settled since.

    """
    raise NotImplementedError
