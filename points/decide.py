"""The decision about a batch of wishes: pure, the same on every database. State and wishes in, outcomes and rows out.

Each wish is decided on the state that the wishes before it left, and a refused one leaves no trace. Two rules hold
after every operation: whoever owes points has none to spend, and an owner's operations have strictly rising
`recorded_at`, so that his history has one order and a balance at any past instant is exact.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from kernel.errors import Refusal
from points.accounts import PURSE_KINDS, WORLD_KINDS, AccountKind, PurseKind, WorldKind, steward_account, world_account
from points.state import Account, Decision, EarlierOperation, Leg, Lot, State
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
_PURSES: Mapping[AccountKind, PurseKind] = {kind: kind for kind in PURSE_KINDS}
_WORLDS: Mapping[AccountKind, WorldKind] = {kind: kind for kind in WORLD_KINDS}


class _MadeNow(NamedTuple):
    """A credit of this batch, as far as a duplicate in the same batch has to know it."""

    fingerprint: str
    posted: Posted

    def as_posted(self, *, replayed: bool) -> Posted:
        """The outcome that it had."""
        return msgspec.structs.replace(self.posted, replayed=replayed)


def decide(state: State, wishes: Sequence[Wish], *, now: datetime, new_id: Callable[[], UUID]) -> Decision:
    """Decide a batch. `now` is when it is recorded, `new_id` hands out identifiers."""
    return _Deciding(state, now, new_id).run(wishes)


@dataclass(slots=True)
class _Purse:
    """All that one owner has."""

    owner_id: UUID
    spendable: Account
    others: dict[PurseKind, Account] = field(default_factory=dict)
    lots: list[Lot] = field(default_factory=list)

    def account(self, kind: PurseKind) -> Account:
        """One of the accounts; one that was never used is at 0."""
        if kind == "spendable":
            return self.spendable
        account = self.others.get(kind)
        if account is None:
            account = self.others[kind] = Account(steward_account(self.owner_id, kind), self.owner_id, kind)
        return account

    def owed(self) -> int:
        """What the owner owes."""
        debt = self.others.get("debt")
        return debt.balance if debt is not None else 0


class _Deciding:
    """One batch being decided."""

    def __init__(self, state: State, now: datetime, new_id: Callable[[], UUID]) -> None:
        self._now = now
        self._new_id = new_id
        self._made = Decision()
        self._purses: dict[UUID, _Purse] = {}
        by_account: dict[UUID, _Purse] = {}
        others: list[Account] = []
        for account in state.accounts:
            account.stored, account.touched = True, False
            if account.kind == "spendable":
                self._purses[account.owner_id] = by_account[account.id] = _Purse(account.owner_id, account)
            else:
                others.append(account)
        for account in others:
            self._purse(account.owner_id).others[account.kind] = account
        self._lot_by_id: dict[UUID, Lot] = {}
        self._new_lots: dict[UUID, Lot] = {}
        self._changed_lots: dict[UUID, Lot] = {}
        for lot in sorted(state.lots, key=Lot.age):
            by_account[lot.account_id].lots.append(lot)
            self._lot_by_id[lot.id] = lot
        self._known: dict[tuple[str, str], EarlierOperation | _MadeNow] = {}
        self._known_by_id: dict[UUID, EarlierOperation] = {}
        self._reversed: set[UUID] = set()
        for earlier in state.operations:
            self._known[earlier.reason, earlier.reference] = self._known_by_id[earlier.id] = earlier
            if earlier.reversed_by_id is not None:
                self._reversed.add(earlier.id)
        # The operation at hand.
        self._legs: list[Leg] = []
        self._operation_id = UUID(int=0)
        self._recorded_at = now

    def run(self, wishes: Sequence[Wish]) -> Decision:
        made = self._made
        # A batch that reverses may reverse what it has just done, which takes more than an outcome to know.
        reverses = any(isinstance(wish, Reverse) for wish in wishes)
        for wish in wishes:
            try:
                if isinstance(wish, Reverse):
                    outcome = self._reverse(wish)
                elif isinstance(wish, Credit) and not reverses:
                    outcome = self._credit(wish)
                else:
                    outcome = self._settle(wish)
            except Refusal as refusal:
                made.outcomes.append(refusal)
            else:
                made.outcomes.append(outcome)
        for purse in self._purses.values():
            for account in (purse.spendable, *purse.others.values()):
                if account.touched:
                    (made.changed_accounts if account.stored else made.new_accounts).append(account)
        made.new_lots.extend(self._new_lots.values())
        made.changed_lots.extend(self._changed_lots.values())
        return made

    def _credit(self, wish: Credit) -> Posted:
        """A credit to somebody who owes nothing: what `_settle` does, without what only others need."""
        _check(wish)
        key = (wish.reason, wish.reference)
        fingerprint = wish.facts()
        if key in self._known:
            return self._again(wish, fingerprint)
        purse = self._purse(wish.owner_id)
        if purse.owed():
            return self._settle(wish)
        spendable, made = purse.spendable, self._made
        operation_id, transfer_id, recorded_at, points = (
            self._new_id(),
            self._new_id(),
            self._instant(purse),
            wish.points,
        )
        spendable.balance = balance = spendable.balance + points
        spendable.version += 1
        spendable.touched_at = recorded_at
        spendable.touched = True
        made.world_kinds.add(wish.source_kind)
        made.operations.append(
            (
                operation_id,
                wish.reason,
                wish.reference,
                fingerprint,
                None,
                wish.actor_id,
                wish.occurred_at,
                recorded_at,
            )
        )
        made.transfers.append(
            (
                transfer_id,
                operation_id,
                0,
                world_account(wish.source_kind),
                spendable.id,
                points,
                None,
                None,
                spendable.version,
                balance,
                recorded_at,
            )
        )
        lot = Lot(transfer_id, spendable.id, points, points, wish.expires_on, recorded_at)
        self._new_lots[transfer_id] = self._lot_by_id[transfer_id] = lot
        purse.lots.append(lot)
        posted = Posted(
            operation_id=operation_id,
            owner_id=wish.owner_id,
            given=points,
            taken=0,
            debt_added=0,
            debt_repaid=0,
            balance_after=balance,
            recorded_at=recorded_at,
        )
        self._known[key] = _MadeNow(fingerprint, posted)
        return posted

    def _settle(self, wish: Credit | Debit) -> Posted:
        _check(wish)
        key = (wish.reason, wish.reference)
        fingerprint = wish.facts()
        if key in self._known:
            return self._again(wish, fingerprint)
        purse = self._purse(wish.owner_id)
        if isinstance(wish, Debit):
            if wish.on_shortfall == "refuse" and purse.spendable.balance < wish.points:
                raise NotEnoughPoints(pointer="/points", needed=wish.points, available=purse.spendable.balance)
            self._begin(purse)
            self._take(purse, wish.to_kind, wish.points)
        else:
            self._begin(purse)
            self._give(purse, wish.source_kind, wish.points, wish.expires_on)
            self._repay(purse)
        return self._record(wish, key, fingerprint, purse, None)

    def _again(self, wish: Credit | Debit, fingerprint: str) -> Posted:
        earlier = self._known[wish.reason, wish.reference]
        if earlier.fingerprint != fingerprint:
            raise OperationDiffers(pointer="/reference", reason=wish.reason, reference=wish.reference)
        return earlier.as_posted(replayed=True)

    # Reversals

    def _reverse(self, wish: Reverse) -> Posted:
        if isinstance(wish.operation, UUID):
            target = self._known_by_id.get(wish.operation)
        else:
            named = self._known.get(wish.operation)
            target = named if isinstance(named, EarlierOperation) else None
        if target is None:
            raise UnknownOperation(pointer="/operation")
        if target.reverses_id is not None:
            raise ReversalStands(pointer="/operation")
        key = (REVERSAL, reversal_reference(target.reason, target.reference))
        fingerprint = wish.facts()
        if target.id in self._reversed:
            before = self._known.get(key)
            if before is not None and before.fingerprint == fingerprint:
                return before.as_posted(replayed=True)
            raise AlreadyReversed(pointer="/operation")
        purse = self._purse(target.owner_id)
        if target.legs[0].to_kind == "spendable":
            self._begin(purse)
            self._take_back_credit(purse, target)
        else:
            held = sum(leg.points for leg in target.legs if leg.to_kind == "escrow")
            if held > purse.account("escrow").balance:
                raise AlreadySettled(pointer="/operation")
            self._begin(purse)
            self._give_back_debit(purse, target)
        self._reversed.add(target.id)
        return self._record(wish, key, fingerprint, purse, target.id)

    def _take_back_credit(self, purse: _Purse, target: EarlierOperation) -> None:
        """Take what was given, from its own lot first; what is spent already is owed."""
        given = target.legs[0]
        self._take(purse, given.from_kind, given.points, first=self._lot_by_id.get(given.transfer_id))

    def _give_back_debit(self, purse: _Purse, target: EarlierOperation) -> None:
        """Give back what was taken, to the lots that it came from, and forgive what was owed for the rest.

        What was owed and has been repaid since comes back as points that do not expire: nobody can tell any more
        which ones repaid it.
        """
        for leg in target.legs:
            if leg.from_kind == "spendable":
                transfer_id = self._move(purse, leg.to_kind, "spendable", leg.points)
                for lot_id, points in leg.allocations:
                    self._allocate(self._lot_by_id[lot_id], transfer_id, -points)
            else:
                forgiven = min(leg.points, purse.owed())
                if forgiven:
                    self._move(purse, "debt", "owed", forgiven)
                if leg.points > forgiven:
                    self._give(purse, "issued", leg.points - forgiven, None)
        self._repay(purse)

    # What operations are made of

    def _begin(self, purse: _Purse) -> None:
        self._operation_id = self._new_id()
        self._legs = []
        self._recorded_at = self._instant(purse)

    def _instant(self, purse: _Purse) -> datetime:
        """When the next operation of this owner is recorded: now, but after the one before."""
        touched_at = purse.spendable.touched_at
        return self._now if touched_at is None or touched_at < self._now else touched_at + _TICK

    def _give(self, purse: _Purse, source: AccountKind, points: int, expires_on: date | None) -> None:
        """Points arrive as a lot."""
        transfer_id = self._move(purse, source, "spendable", points)
        lot = Lot(transfer_id, purse.spendable.id, points, points, expires_on, self._recorded_at)
        self._new_lots[lot.id] = self._lot_by_id[lot.id] = lot
        purse.lots.append(lot)

    def _repay(self, purse: _Purse) -> None:
        """Whoever owes has nothing to spend: what arrives repays first."""
        repaid = min(purse.owed(), purse.spendable.balance)
        if repaid:
            self._spend(purse, "issued", repaid)
            self._move(purse, "debt", "owed", repaid)

    def _take(self, purse: _Purse, to_kind: AccountKind, points: int, *, first: Lot | None = None) -> None:
        """Take what can be spent; the rest is owed."""
        taken = min(points, purse.spendable.balance)
        if taken:
            self._spend(purse, to_kind, taken, first=first)
        if points > taken:
            self._move(purse, "owed", "debt", points - taken)

    def _spend(self, purse: _Purse, to_kind: AccountKind, points: int, *, first: Lot | None = None) -> None:
        """Points leave, oldest lots first."""
        transfer_id = self._move(purse, "spendable", to_kind, points)
        purse.lots.sort(key=Lot.age)
        for lot in [first, *purse.lots] if first else purse.lots:
            taken = min(points, lot.remaining)
            if taken:
                self._allocate(lot, transfer_id, taken)
                points -= taken
            if not points:
                return
        raise RuntimeError(f"the lots of {purse.owner_id} hold {points} points less than the balance")

    def _allocate(self, lot: Lot, transfer_id: UUID, points: int) -> None:
        lot.remaining -= points
        self._made.allocations.append((self._new_id(), lot.id, transfer_id, points))
        leg = self._legs[-1]
        self._legs[-1] = replace(leg, allocations=(*leg.allocations, (lot.id, points)))
        if lot.id not in self._new_lots:
            self._changed_lots[lot.id] = lot

    def _move(self, purse: _Purse, from_kind: AccountKind, to_kind: AccountKind, points: int) -> UUID:
        """One transfer between two of an owner's accounts, or one of them and the world."""
        transfer_id = self._new_id()
        from_id, from_version, from_balance = self._change(purse, from_kind, -points)
        to_id, to_version, to_balance = self._change(purse, to_kind, points)
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

    def _change(self, purse: _Purse, kind: AccountKind, points: int) -> tuple[UUID, int | None, int | None]:
        mine = _PURSES.get(kind)
        if mine is None:
            world = _WORLDS[kind]
            self._made.world_kinds.add(world)
            return world_account(world), None, None
        account = purse.account(mine)
        account.balance += points
        account.version += 1
        account.touched_at = self._recorded_at
        account.touched = True
        return account.id, account.version, account.balance

    def _record(
        self, wish: Wish, key: tuple[str, str], fingerprint: str, purse: _Purse, reverses_id: UUID | None
    ) -> Posted:
        # Also where only the debt moved: it is this account's clock that keeps an owner's history in one order.
        purse.spendable.touched_at = self._recorded_at
        purse.spendable.touched = True
        self._made.operations.append(
            (
                self._operation_id,
                *key,
                fingerprint,
                reverses_id,
                wish.actor_id,
                wish.occurred_at,
                self._recorded_at,
            )
        )
        made = EarlierOperation(
            id=self._operation_id,
            reason=key[0],
            reference=key[1],
            fingerprint=fingerprint,
            owner_id=purse.owner_id,
            recorded_at=self._recorded_at,
            balance_after=purse.spendable.balance,
            legs=tuple(self._legs),
            reverses_id=reverses_id,
        )
        self._known[key] = self._known_by_id[made.id] = made
        return made.as_posted(replayed=False)

    def _purse(self, owner_id: UUID) -> _Purse:
        purse = self._purses.get(owner_id)
        if purse is None:
            spendable = Account(steward_account(owner_id, "spendable"), owner_id, "spendable")
            purse = self._purses[owner_id] = _Purse(owner_id, spendable)
        return purse


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
