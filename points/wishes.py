"""What may be asked of the ledger, and what it answers (points.refusals says why it refuses).

Wishes and outcomes are msgspec structs: they are made for every operation, ten times faster than frozen dataclasses.
Each wish but a reversal is recorded as an operation under its (reason, reference), which is unique for ever.
"""

import hashlib
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from points.accounts import OwnerKind, Purse, WorldKind

MOST_POINTS_MOVED = 1_000_000_000  # by one operation: keeps every sum far inside 64 bits
LONGEST_REFERENCE = 120  # leaves room for the references that reversals and top-ups derive from it
LONGEST_REASON = 24
REVERSAL = "reversal"
TOP_UP = "top_up"

Key = tuple[str, str]
"""The (reason, reference) of an operation."""


class Ceiling(msgspec.Struct, frozen=True, kw_only=True):
    """The most that a purse may hold (余额上限), and where what exceeds it goes in the same operation."""

    most: int
    overflow_to: Literal["honour", "donation", "donated"]


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """Give points to a steward, or to a team's pool. What he owes is repaid from spendable points at once."""

    owner_id: UUID
    points: int
    reason: str
    reference: str
    occurred_at: datetime
    source_kind: WorldKind = "issued"
    purse: Purse = "spendable"
    budget_id: UUID | None = None  # the street whose budget pays instead of the world
    expires_on: date | None = None  # the last local day on which they can be spent
    ceiling: Ceiling | None = None
    actor_id: UUID | None = None
    fingerprint: str | None = None  # of the facts behind computed points; of this wish where absent

    def facts(self) -> str:
        """The fingerprint of the wish: a replay has the same, whoever sends it and whatever the ceiling is by now."""
        if self.fingerprint is not None:
            return self.fingerprint
        # Written out, for it is made for every credit: what fingerprint_of would join.
        plain = (
            f"credit\x1f{self.owner_id.int}\x1f{self.points}\x1f{self.source_kind}\x1f"
            f"{self.occurred_at.timestamp()}\x1f{self.expires_on}"
        )
        if self.purse == "spendable" and self.budget_id is None:
            return hashlib.sha256(plain.encode()).hexdigest()
        return hashlib.sha256(f"{plain}\x1f{self.purse}\x1f{self.budget_id}".encode()).hexdigest()


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """Give minutes of service (服务时长), which levels and stars count. They are never spent."""

    owner_id: UUID
    minutes: int
    reason: str
    reference: str
    occurred_at: datetime
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("minutes", self.owner_id.int, self.minutes, self.occurred_at.timestamp())


class Debit(msgspec.Struct, frozen=True, kw_only=True):
    """Take points, from the purses in the order given. Where there are too few, refuse, or let a steward owe the rest.

    Whoever owes has nothing to spend: before a debt is made, what is spendable goes as well.
    """

    owner_id: UUID
    points: int
    to_kind: WorldKind
    reason: str
    reference: str
    occurred_at: datetime
    purses: tuple[Purse, ...] = ("spendable",)
    on_shortfall: Literal["refuse", "debt"] = "refuse"
    budget_id: UUID | None = None  # the street whose budget gets all of it back at once instead of the world
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        plain = (
            "debit",
            self.owner_id.int,
            self.points,
            self.to_kind,
            self.on_shortfall,
            self.occurred_at.timestamp(),
            *self.purses,
        )
        return fingerprint_of(*plain) if self.budget_id is None else fingerprint_of(*plain, self.budget_id)


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Move points between a steward and a team's pool, or two owners of one sort. They keep their last days."""

    owner_id: UUID
    to_owner: UUID
    points: int
    reason: str
    reference: str
    occurred_at: datetime
    purse: Purse = "pool"
    to_purse: Purse = "spendable"
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("move", self.owner_id.int, self.to_owner.int, self.points, self.purse, self.to_purse)


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a steward's points for an order (冻结): nothing else can spend them until they are captured or released."""

    owner_id: UUID
    points: int
    reason: str
    reference: str
    occurred_at: datetime
    purses: tuple[Purse, ...] = ("spendable",)
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("hold", self.owner_id.int, self.points, *self.purses)


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """Let held points go for good (扣除), all or a part; a hold can be captured in several parts."""

    hold: Key
    points: int
    reason: str
    reference: str
    occurred_at: datetime
    to_kind: Literal["redeemed", "donated"] = "redeemed"
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("capture", *self.hold, self.points, self.to_kind)


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """Give held points back to the lots that they came from (解冻), all or a part.

    Those whose last day has passed meanwhile get `grace_days` more; with 0, the next expiry takes them.
    """

    hold: Key
    points: int
    reason: str
    reference: str
    occurred_at: datetime
    grace_days: int = 0
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("release", *self.hold, self.points)


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Give back points that were captured (退还), all or a part, to the lots that they came from."""

    capture: Key
    points: int
    reason: str
    reference: str
    occurred_at: datetime
    grace_days: int = 0
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("refund", *self.capture, self.points)


class Expire(msgspec.Struct, frozen=True, kw_only=True):
    """Let everything expire whose last day is before a date (到期)."""

    owner_id: UUID
    before: date
    reason: str
    reference: str
    occurred_at: datetime
    owner_kind: OwnerKind = "steward"
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("expire", self.owner_id.int, self.before)


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """Take all that can still be spent out of the purses of somebody who is gone (销户). Honour and debts stay."""

    owner_id: UUID
    reason: str
    reference: str
    occurred_at: datetime
    to_kind: Literal["expired", "forfeited"] = "forfeited"
    owner_kind: OwnerKind = "steward"
    leaves_held: bool = False  # what is held for an order stays held; refused otherwise
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("close", self.owner_id.int, self.to_kind)


class Fund(msgspec.Struct, frozen=True, kw_only=True):
    """Put points into a street's budget (拨入预算), never above its ceiling."""

    budget_id: UUID  # the street
    points: int
    reason: str
    reference: str
    occurred_at: datetime
    ceiling: int | None = None
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("fund", self.budget_id.int, self.points)


class Defund(msgspec.Struct, frozen=True, kw_only=True):
    """Take points that were not given away out of a street's budget (收回预算)."""

    budget_id: UUID
    points: int
    reason: str
    reference: str
    occurred_at: datetime
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("defund", self.budget_id.int, self.points)


class Reverse(msgspec.Struct, frozen=True, kw_only=True):
    """Undo an operation, named by its id or by (reason, reference), once for ever (冲正).

    What was given is taken back, from its own lot first; what is spent already is owed, and a budget or a giver gets
    all of it back at once. What was taken is given back to the lots it came from.
    """

    operation: UUID | Key
    cause: str  # a code or reference, such as 'case 2611230412/reopened/1'; the same cause again is a replay
    occurred_at: datetime
    actor_id: UUID | None = None

    def facts(self) -> str:
        """The fingerprint of the wish."""
        return fingerprint_of("reverse", self.cause)


Settling = Capture | Release | Refund
"""Wishes that name a hold or a capture, and so their owner."""

Keyed = Credit | Minutes | Debit | Move | Hold | Settling | Expire | Close | Fund | Defund
Wish = Keyed | Reverse


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A wish that was carried out, now or (`replayed`) before."""

    operation_id: UUID
    owner_id: UUID
    given: int  # that arrived in the owner's purses
    taken: int  # that left them, repayments and what went on hold included
    debt_added: int
    debt_repaid: int
    balance_after: int  # of what a steward can spend, of a team's pool, of a street's budget
    recorded_at: datetime
    replayed: bool = False


def fingerprint_of(*parts: object) -> str:
    """The SHA-256 of a wish's facts, in hex."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def reversal_reference(reason: str, reference: str) -> str:
    """The reference under which the reversal of an operation or award is recorded."""
    return f"{reason}:{reference}"
