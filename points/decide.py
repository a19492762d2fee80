"""The decision about a batch of wishes: pure, the same on every database. State and wishes in, outcomes and rows out.

Each wish is decided on the state that the wishes before it left, and a refused one leaves no trace. Two rules hold
after every operation: whoever owes points has none to spend, and an owner's operations have strictly rising
`recorded_at`, so that his history has one order and a balance at any past instant is exact.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.errors import Refusal
from points.accounts import PURSE_KINDS, WORLD_KINDS, AccountKind, PurseKind, WorldKind, steward_account, world_account
from points.wishes import (
    LONGEST_REASON,
    LONGEST_REFERENCE,
    MOST_POINTS_MOVED,
    REVERSAL,
    TOP_UP,
    AlreadyReversed,
    AlreadySettled,
    Credit,
    Debit,
    NotEnoughPoints,
    OperationDiffers,
    PointsOutOfRange,
    Posted,
    ReferenceUnfit,
    ReversalStands,
    Reverse,
    UnknownOperation,
    Wish,
    reversal_reference,
)

_TICK = timedelta(microseconds=1)
_NEVER = date.max
_PURSES: Mapping[AccountKind, PurseKind] = {kind: kind for kind in PURSE_KINDS}
_WORLDS: Mapping[AccountKind, WorldKind] = {kind: kind for kind in WORLD_KINDS}


@dataclass(slots=True)
class Account:
    """A steward's account as it stands."""

    id: UUID
    owner_id: UUID
    kind: PurseKind
    balance: int = 0
    version: int = 0
    touched_at: datetime | None = None


@dataclass(slots=True)
class Lot:
    """Points that arrived together, as far as they are left."""

    id: UUID
    account_id: UUID
    transfer_id: UUID
    points: int
    remaining: int
    expires_on: date | None
    granted_at: datetime

    def age(self) -> tuple[date, datetime, UUID]:
        """Sorts the first to be spent first: soonest to expire, then longest held."""
        return (self.expires_on or _NEVER, self.granted_at, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One transfer of an earlier operation, with what it took from lots (positive) or gave back to them (negative)."""

    transfer_id: UUID
    from_kind: AccountKind
    to_kind: AccountKind
    points: int
    allocations: tuple[tuple[UUID, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierOperation:
    """An operation that stands already: what a replay is compared with, and what a reversal undoes."""

    id: UUID
    reason: str
    reference: str
    fingerprint: str
    owner_id: UUID
    recorded_at: datetime
    balance_after: int
    legs: tuple[Leg, ...]
    reverses_id: UUID | None = None
    reversed_by_id: UUID | None = None

    def as_posted(self, *, replayed: bool) -> Posted:
        """The outcome that this operation had."""
        return Posted(
            operation_id=self.id,
            owner_id=self.owner_id,
            given=sum(leg.points for leg in self.legs if leg.to_kind == "spendable"),
            taken=sum(leg.points for leg in self.legs if leg.from_kind == "spendable"),
            debt_added=sum(leg.points for leg in self.legs if leg.to_kind == "debt"),
            debt_repaid=sum(leg.points for leg in self.legs if leg.from_kind == "debt"),
            balance_after=self.balance_after,
            recorded_at=self.recorded_at,
            replayed=replayed,
        )


@dataclass(slots=True, kw_only=True)
class State:
    """What a batch stands on: its owners' accounts, the lots that it may take from, the operations that it names.

    An account that is absent was never used. The decision changes the accounts and lots in place.
    """

    accounts: Iterable[Account] = ()
    lots: Iterable[Lot] = ()
    operations: Iterable[EarlierOperation] = ()


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
    world_kinds: set[WorldKind] = field(default_factory=set)


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


def decide(state: State, wishes: Sequence[Wish], *, now: datetime, new_id: Callable[[], UUID]) -> Decision:
    """Decide a batch. `now` is when it is recorded, `new_id` hands out identifiers."""
    return _Deciding(state, now, new_id).run(wishes)


class _Deciding:
    """One batch being decided."""

    def __init__(self, state: State, now: datetime, new_id: Callable[[], UUID]) -> None:
        self._now = now
        self._new_id = new_id
        self._made = Decision()
        self._accounts = {account.id: account for account in state.accounts}
        self._stored = frozenset(self._accounts)
        self._touched: dict[UUID, Account] = {}
        self._lots: dict[UUID, list[Lot]] = {}
        self._lot_by_id: dict[UUID, Lot] = {}
        self._changed_lots: dict[UUID, Lot] = {}
        self._new_lots: dict[UUID, Lot] = {}
        for lot in sorted(state.lots, key=Lot.age):
            self._lots.setdefault(lot.account_id, []).append(lot)
            self._lot_by_id[lot.id] = lot
        self._known = {(earlier.reason, earlier.reference): earlier for earlier in state.operations}
        self._known_by_id = {earlier.id: earlier for earlier in self._known.values()}
        self._reversed: set[UUID] = {
            earlier.id for earlier in self._known.values() if earlier.reversed_by_id is not None
        }
        # The operation at hand.
        self._legs: list[Leg] = []
        self._operation_id = UUID(int=0)
        self._recorded_at = now

    def run(self, wishes: Sequence[Wish]) -> Decision:
        made = self._made
        for wish in wishes:
            try:
                made.outcomes.append(self._settle(wish))
            except Refusal as refusal:
                made.outcomes.append(refusal)
        for account in self._touched.values():
            (made.changed_accounts if account.id in self._stored else made.new_accounts).append(account)
        made.new_lots.extend(self._new_lots.values())
        made.changed_lots.extend(self._changed_lots.values())
        return made

    def _settle(self, wish: Wish) -> Posted:
        if isinstance(wish, Reverse):
            return self._reverse(wish)
        _check(wish)
        earlier = self._known.get((wish.reason, wish.reference))
        fingerprint = wish.facts()
        if earlier is not None:
            if earlier.fingerprint != fingerprint:
                raise OperationDiffers(pointer="/reference", reason=wish.reason, reference=wish.reference)
            return earlier.as_posted(replayed=True)
        if isinstance(wish, Credit):
            self._begin(wish.owner_id)
            self._give(wish.owner_id, wish.source_kind, wish.points, wish.expires_on)
            self._repay(wish.owner_id)
        else:
            self._check_debit(wish)
            self._begin(wish.owner_id)
            self._take(wish.owner_id, wish.to_kind, wish.points)
        return self._record(wish, (wish.reason, wish.reference), fingerprint, wish.owner_id, None)

    def _check_debit(self, wish: Debit) -> None:
        if wish.on_shortfall == "refuse":
            available = self._purse(wish.owner_id, "spendable").balance
            if available < wish.points:
                raise NotEnoughPoints(pointer="/points", needed=wish.points, available=available)

    # Reversals

    def _reverse(self, wish: Reverse) -> Posted:
        if isinstance(wish.operation, UUID):
            target = self._known_by_id.get(wish.operation)
        else:
            target = self._known.get(wish.operation)
        if target is None:
            raise UnknownOperation(pointer="/operation")
        if target.reverses_id is not None:
            raise ReversalStands(pointer="/operation")
        reference = reversal_reference(target.reason, target.reference)
        fingerprint = wish.facts()
        if target.id in self._reversed:
            before = self._known.get((REVERSAL, reference))
            if before is not None and before.fingerprint == fingerprint:
                return before.as_posted(replayed=True)
            raise AlreadyReversed(pointer="/operation")
        if target.legs[0].to_kind == "spendable":
            self._begin(target.owner_id)
            self._take_back_credit(target)
        else:
            self._check_still_held(target)
            self._begin(target.owner_id)
            self._give_back_debit(target)
        self._reversed.add(target.id)
        return self._record(wish, (REVERSAL, reference), fingerprint, target.owner_id, target.id)

    def _take_back_credit(self, target: EarlierOperation) -> None:
        """Take what was given, from its own lot first; what is spent already is owed."""
        given = target.legs[0]
        own = next((lot for lot in self._lots_of(target.owner_id) if lot.transfer_id == given.transfer_id), None)
        self._take(target.owner_id, given.from_kind, given.points, first=own)

    def _check_still_held(self, target: EarlierOperation) -> None:
        held = sum(leg.points for leg in target.legs if leg.to_kind == "escrow")
        if held > self._purse(target.owner_id, "escrow").balance:
            raise AlreadySettled(pointer="/operation")

    def _give_back_debit(self, target: EarlierOperation) -> None:
        """Give back what was taken, to the lots that it came from, and forgive what was owed for the rest.

        What was owed and has been repaid since comes back as points.
        """
        owner_id = target.owner_id
        debt = self._purse(owner_id, "debt")
        for leg in target.legs:
            if leg.from_kind == "spendable":
                transfer_id = self._move(owner_id, leg.to_kind, "spendable", leg.points)
                for lot_id, points in leg.allocations:
                    self._allocate(self._lot_by_id[lot_id], transfer_id, -points)
            else:
                forgiven = min(leg.points, debt.balance)
                if forgiven:
                    self._move(owner_id, "debt", "owed", forgiven)
                if leg.points > forgiven:
                    self._give(owner_id, "issued", leg.points - forgiven, None)
        self._repay(owner_id)

    # What operations are made of

    def _begin(self, owner_id: UUID) -> None:
        self._operation_id = self._new_id()
        self._legs = []
        touched_at = self._purse(owner_id, "spendable").touched_at
        if touched_at is not None and touched_at >= self._now:
            self._recorded_at = touched_at + _TICK
        else:
            self._recorded_at = self._now

    def _give(self, owner_id: UUID, source: AccountKind, points: int, expires_on: date | None) -> None:
        """Points arrive as a lot."""
        transfer_id = self._move(owner_id, source, "spendable", points)
        lot = Lot(
            self._new_id(),
            steward_account(owner_id, "spendable"),
            transfer_id,
            points,
            points,
            expires_on,
            self._recorded_at,
        )
        self._new_lots[lot.id] = lot
        self._lots.setdefault(lot.account_id, []).append(lot)
        self._lot_by_id[lot.id] = lot

    def _repay(self, owner_id: UUID) -> None:
        """Whoever owes has nothing to spend: what arrives repays first."""
        debt = self._accounts.get(steward_account(owner_id, "debt"))
        if debt is None or not debt.balance:
            return
        repaid = min(debt.balance, self._purse(owner_id, "spendable").balance)
        if repaid:
            self._spend(owner_id, "issued", repaid)
            self._move(owner_id, "debt", "owed", repaid)

    def _take(self, owner_id: UUID, to_kind: AccountKind, points: int, *, first: Lot | None = None) -> None:
        """Take what can be spent; the rest is owed."""
        taken = min(points, self._purse(owner_id, "spendable").balance)
        if taken:
            self._spend(owner_id, to_kind, taken, first=first)
        if points > taken:
            self._move(owner_id, "owed", "debt", points - taken)

    def _spend(self, owner_id: UUID, to_kind: AccountKind, points: int, *, first: Lot | None = None) -> None:
        """Points leave, oldest lots first."""
        transfer_id = self._move(owner_id, "spendable", to_kind, points)
        lots = self._lots_of(owner_id)
        lots.sort(key=Lot.age)
        for lot in [first, *lots] if first else list(lots):
            taken = min(points, lot.remaining)
            if taken:
                self._allocate(lot, transfer_id, taken)
                points -= taken
            if not points:
                return
        raise RuntimeError(f"the lots of {owner_id} hold {points} points less than the balance")

    def _allocate(self, lot: Lot, transfer_id: UUID, points: int) -> None:
        lot.remaining -= points
        self._made.allocations.append((self._new_id(), lot.id, transfer_id, points))
        leg = self._legs[-1]
        self._legs[-1] = replace(leg, allocations=(*leg.allocations, (lot.id, points)))
        if lot.id not in self._new_lots:
            self._changed_lots[lot.id] = lot

    def _move(self, owner_id: UUID, from_kind: AccountKind, to_kind: AccountKind, points: int) -> UUID:
        """One transfer between two of an owner's accounts, or one of them and the world."""
        transfer_id = self._new_id()
        from_id, from_version, from_balance = self._change(owner_id, from_kind, -points)
        to_id, to_version, to_balance = self._change(owner_id, to_kind, points)
        self._made.transfers.append(
            (
                transfer_id,
                self._operation_id,
                len(self._legs),
                from_id,
                to_id,
                points,
                from_version,
                from_balance,
                to_version,
                to_balance,
                self._recorded_at,
            )
        )
        self._legs.append(Leg(transfer_id=transfer_id, from_kind=from_kind, to_kind=to_kind, points=points))
        return transfer_id

    def _change(self, owner_id: UUID, kind: AccountKind, points: int) -> tuple[UUID, int | None, int | None]:
        purse = _PURSES.get(kind)
        if purse is None:
            world = _WORLDS[kind]
            self._made.world_kinds.add(world)
            return world_account(world), None, None
        account = self._purse(owner_id, purse)
        account.balance += points
        account.version += 1
        account.touched_at = self._recorded_at
        self._touched[account.id] = account
        return account.id, account.version, account.balance

    def _record(
        self, wish: Wish, key: tuple[str, str], fingerprint: str, owner_id: UUID, reverses_id: UUID | None
    ) -> Posted:
        reason, reference = key
        spendable = self._purse(owner_id, "spendable")
        # Also where only the debt moved: it is this account's clock that keeps an owner's history in one order.
        spendable.touched_at = self._recorded_at
        self._touched[spendable.id] = spendable
        self._made.operations.append(
            (
                self._operation_id,
                reason,
                reference,
                fingerprint,
                reverses_id,
                wish.actor_id,
                wish.occurred_at,
                self._recorded_at,
            )
        )
        earlier = EarlierOperation(
            id=self._operation_id,
            reason=reason,
            reference=reference,
            fingerprint=fingerprint,
            owner_id=owner_id,
            recorded_at=self._recorded_at,
            balance_after=spendable.balance,
            legs=tuple(self._legs),
            reverses_id=reverses_id,
        )
        self._known[key] = earlier
        self._known_by_id[earlier.id] = earlier
        return earlier.as_posted(replayed=False)

    def _purse(self, owner_id: UUID, kind: PurseKind) -> Account:
        account_id = steward_account(owner_id, kind)
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = Account(account_id, owner_id, kind)
        return account

    def _lots_of(self, owner_id: UUID) -> list[Lot]:
        return self._lots.setdefault(steward_account(owner_id, "spendable"), [])


def _check(wish: Credit | Debit) -> None:
    if type(wish.points) is not int or not 0 < wish.points <= MOST_POINTS_MOVED:
        raise PointsOutOfRange(pointer="/points", most=MOST_POINTS_MOVED)
    derived = wish.reason == TOP_UP  # its reference grew out of one that fitted
    if (
        wish.reason == REVERSAL
        or not 0 < len(wish.reason) <= LONGEST_REASON
        or not (0 < len(wish.reference) <= LONGEST_REFERENCE or derived)
    ):
        raise ReferenceUnfit(pointer="/reference", longest_reason=LONGEST_REASON, longest_reference=LONGEST_REFERENCE)
