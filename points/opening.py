"""Opening balances (期初余额): points from paper or spreadsheets, taken in once, with their own expiry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.database import Tx
from kernel.errors import Refusal
from points.ledger import post
from points.wishes import Credit, Posted

OPENING = "opening"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningBalance:
    """What a steward had before jinpai kept the books."""

    steward_id: UUID
    points: int
    reference: str  # unique for ever, such as 'sheet 2025/row 12'
    as_of: datetime  # when the balance was struck
    expires_on: date | None = None


async def post_opening_balances(
    tx: Tx, wishes: Sequence[OpeningBalance], *, now: datetime, actor_id: UUID | None
) -> list[Posted | Refusal]:
    """Credit opening balances; the same reference again with the same facts adds nothing (`replayed`)."""
    return await post(
        tx,
        [
            Credit(
                owner_id=wish.steward_id,
                points=wish.points,
                reason=OPENING,
                reference=wish.reference,
                occurred_at=wish.as_of,
                source_kind="opening",
                expires_on=wish.expires_on,
                actor_id=actor_id,
            )
            for wish in wishes
        ],
        now=now,
    )
