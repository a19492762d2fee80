"""What a decision stands on and what it answers: an owner's accounts and lots, earlier operations, rows to write."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from kernel.errors import Refusal
from points.accounts import HELD_IN, AccountKind, PurseKind, Unit, WorldKind
from points.wishes import Posted

_NEVER = date.max


@dataclass(slots=True)
class Account:
    """An owner's account as it stands."""

    id: UUID
    owner_id: UUID
    kind: PurseKind
    balance: int = 0
    version: int = 0
    touched_at: datetime | None = None
    stored: bool = False
    touched: bool = False  # by the batch at hand


@dataclass(slots=True)
class Lot:
    """Points that arrived together, as far as they are left. Its id is that of the transfer that brought them."""

    id: UUID
    account_id: UUID
    points: int
    remaining: int
    expires_on: date | None
    granted_at: datetime

    def age(self) -> tuple[date, datetime, UUID]:
        """Sorts the first to be spent first: soonest to expire, then longest held."""
        return (self.expires_on or _NEVER, self.granted_at, self.id)


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer of an earlier operation, with what it took from lots (positive) or gave back to them (negative)."""

    transfer_id: UUID
    from_kind: AccountKind
    to_kind: AccountKind
    points: int
    from_owner: UUID | None = None  # None for the world
    to_owner: UUID | None = None
    allocations: tuple[tuple[UUID, int], ...] = ()


class EarlierOperation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that stands already: what a replay is compared with, and what a reversal undoes."""

    id: UUID
    reason: str
    reference: str
    fingerprint: str
    owner_id: UUID  # of a move, the giver
    recorded_at: datetime
    balance_after: int
    legs: tuple[Leg, ...]
    reverses_id: UUID | None = None
    reversed_by_id: UUID | None = None
    hold_id: UUID | None = None  # the hold that it settles
    capture_id: UUID | None = None  # the capture that it refunds

    def owners(self) -> set[UUID]:
        """Everybody whose accounts it touched."""
        return {owner for leg in self.legs for owner in (leg.from_owner, leg.to_owner) if owner is not None}

    def as_posted(self, *, replayed: bool) -> Posted:
        """The outcome that this operation had for its owner."""
        given = taken = debt_added = debt_repaid = 0
        for leg in self.legs:
            if leg.to_owner == self.owner_id:
                given += leg.points if leg.to_kind in HELD_IN else 0
                debt_added += leg.points if leg.to_kind == "debt" else 0
            if leg.from_owner == self.owner_id:
                taken += leg.points if leg.from_kind in HELD_IN else 0
                debt_repaid += leg.points if leg.from_kind == "debt" else 0
        return Posted(
            operation_id=self.id,
            owner_id=self.owner_id,
            given=given,
            taken=taken,
            debt_added=debt_added,
            debt_repaid=debt_repaid,
            balance_after=self.balance_after,
            recorded_at=self.recorded_at,
            replayed=replayed,
        )


@dataclass(slots=True, kw_only=True)
class State:
    """What a batch stands on: its owners' accounts, the lots that it may take from, the operations that it names.

    An account that is absent was never used. `lapsed` says how much of a lot expired or was forfeited, where that may
    have to be undone. The decision changes the accounts and lots in place.
    """

    accounts: Iterable[Account] = ()
    lots: Collection[Lot] = ()
    operations: Iterable[EarlierOperation] = ()
    lapsed: Mapping[tuple[UUID, WorldKind], int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Decision:
    """The outcomes in the order of the wishes, and the rows to write. Row tuples have the columns named beside them."""

    outcomes: list[Posted | Refusal] = field(default_factory=list)
    operations: list[tuple[Any, ...]] = field(default_factory=list)
    transfers: list[tuple[Any, ...]] = field(default_factory=list)
    allocations: list[tuple[Any, ...]] = field(default_factory=list)
    new_lots: list[Lot] = field(default_factory=list)
    changed_lots: list[Lot] = field(default_factory=list)
    new_accounts: list[Account] = field(default_factory=list)
    changed_accounts: list[Account] = field(default_factory=list)
    settlements: list[tuple[Any, ...]] = field(default_factory=list)
    world_ends: set[tuple[WorldKind, Unit]] = field(default_factory=set)


OPERATION_COLUMNS = (
    "id",
    "reason",
    "reference",
    "fingerprint",
    "reverses_id",
    "actor_id",
    "occurred_at",
    "recorded_at",
)
TRANSFER_COLUMNS = (
    "id",
    "operation_id",
    "leg",
    "from_account_id",
    "to_account_id",
    "points",
    "from_version",
    "from_balance",
    "to_version",
    "to_balance",
    "recorded_at",
)
ALLOCATION_COLUMNS = ("id", "lot_id", "transfer_id", "points")
SETTLEMENT_COLUMNS = ("operation_id", "hold_id", "capture_id")
