"""What may be asked of the ledger, what it answers, and why it refuses.

Wishes and outcomes are msgspec structs: they are made for every operation, ten times faster than frozen dataclasses.
"""

import hashlib
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from kernel.errors import Kind, Refusal
from points.accounts import WorldKind

MOST_POINTS_MOVED = 1_000_000_000  # by one operation: keeps every sum far inside 64 bits
LONGEST_REFERENCE = 120  # leaves room for the references that reversals and top-ups derive from it
LONGEST_REASON = 24
REVERSAL = "reversal"
TOP_UP = "top_up"


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """Give points to a steward. What he owes is repaid from them at once."""

    owner_id: UUID
    points: int
    reason: str
    reference: str  # unique for ever with the reason
    occurred_at: datetime
    source_kind: WorldKind = "issued"
    expires_on: date | None = None  # the last local day on which they can be spent
    actor_id: UUID | None = None
    fingerprint: str | None = None  # of the facts behind computed points; of this wish where absent

    def facts(self) -> str:
        """The fingerprint of the wish: a replay has the same, whoever sends it."""
        if self.fingerprint is not None:
            return self.fingerprint
        return fingerprint_of(
            "credit", self.owner_id.int, self.points, self.source_kind, self.occurred_at.timestamp(), self.expires_on
        )


class Debit(msgspec.Struct, frozen=True, kw_only=True):
    """Take points from a steward. Where there are too few, refuse, or let him owe the rest."""

    owner_id: UUID
    points: int
    to_kind: WorldKind | Literal["escrow"]
    reason: str
    reference: str
    occurred_at: datetime
    on_shortfall: Literal["refuse", "debt"] = "refuse"
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of(
            "debit", self.owner_id.int, self.points, self.to_kind, self.on_shortfall, self.occurred_at.timestamp()
        )


class Reverse(msgspec.Struct, frozen=True, kw_only=True):
    """Undo an operation, named by its id or by (reason, reference), once for ever (冲正).

    A credit is taken back from what can be spent, the rest is owed. A debit is given back to the lots it came from.
    """

    operation: UUID | tuple[str, str]
    cause: str  # a code or reference, such as 'case 2611230412/reopened/1'; the same cause again is a replay
    occurred_at: datetime
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("reverse", self.cause)


Wish = Credit | Debit | Reverse


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A wish that was carried out, now or (`replayed`) before."""

    operation_id: UUID
    owner_id: UUID
    given: int  # points that arrived where they can be spent
    taken: int  # points that left from there, repayments included
    debt_added: int
    debt_repaid: int
    balance_after: int  # spendable, after this operation
    recorded_at: datetime
    replayed: bool = False


class OperationDiffers(Refusal):
    """The reference was used before for something else."""

    code = "operation_differs"
    message = "“{reason} {reference}”已经记过账，内容与这次不同。"


class PointsOutOfRange(Refusal):
    """Not a number of points that can be moved."""

    code = "points_out_of_range"
    kind = Kind.INVALID
    message = "积分应为 1 到 {most} 之间的整数。"


class ReferenceUnfit(Refusal):
    """A reason or reference that is empty or too long to be kept."""

    code = "reference_unfit"
    kind = Kind.INVALID
    message = "事由应为 1 到 {longest_reason} 个字符，编号应为 1 到 {longest_reference} 个字符。"


class NotEnoughPoints(Refusal):
    """The steward has fewer points to spend than that."""

    code = "not_enough_points"
    message = "可用积分不足：需要 {needed} 分，现有 {available} 分。"


class UnknownOperation(Refusal):
    """There is no such operation."""

    code = "unknown_operation"
    kind = Kind.NOT_FOUND
    message = "没有这笔积分记录。"


class AlreadyReversed(Refusal):
    """It was reversed before; an operation is reversed once for ever."""

    code = "already_reversed"
    message = "这笔积分已经冲正过，不能再次冲正。"


class ReversalStands(Refusal):
    """A reversal cannot be reversed; what was right is recorded anew."""

    code = "reversal_stands"
    message = "冲正记录本身不能再冲正，请重新记一笔。"


class AlreadySettled(Refusal):
    """The points that were held are no longer there to give back."""

    code = "already_settled"
    message = "冻结的积分已经结算，不能退回。"


def fingerprint_of(*parts: object) -> str:
    """The SHA-256 of a wish's facts, in hex."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def reversal_reference(reason: str, reference: str) -> str:
    """The reference under which the reversal of an operation or award is recorded."""
    return f"{reason}:{reference}"
