"""A steward's statement: every transfer that touched what he has or owes, newest first (积分明细)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kernel.database import Reader
from kernel.errors import Kind, Refusal
from points.receipt import Receipt


class CursorUnfit(Refusal):
    """A cursor that no statement gave out."""

    code = "cursor_unfit"
    kind = Kind.INVALID
    message = "游标“{cursor}”无效，请从第一页重新开始。"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One transfer as its steward sees it. `account` debt: `sign` +1 owes more, -1 repaid."""

    id: UUID  # of the transfer
    operation_id: UUID
    account: Literal["spendable", "debt"]
    sign: Literal[1, -1]
    points: int
    balance_after: int  # of `account`
    counterpart: str  # the kind of the other account: issued, redeemed, escrow, owed, ...
    reason: str
    reference: str
    award_id: UUID | None
    category: str | None
    receipt: Receipt | None  # of the operation's award
    reverses_id: UUID | None  # the operation that this one reversed
    reverses: tuple[str, str] | None  # its (reason, reference)
    reversed_by_id: UUID | None  # the operation that reversed this one
    actor_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    cursor: str  # starting_after for the next page


async def statement(
    reader: Reader, steward_id: UUID, *, starting_after: str | None = None, limit: int = 50
) -> list[StatementEntry]:
    """Up to `limit` entries, newest first, after the entry whose cursor is given.

    Raises:
        CursorUnfit: no statement gave out this cursor.

    """
    raise NotImplementedError
