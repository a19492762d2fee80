"""The state that a batch stands on, what operations are made of, and the rows that come of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from msgspec import structs

from kernel.errors import Refusal
from points.accounts import (
    LAPSED,
    LOTTED,
    MAIN,
    MAIN_KINDS,
    OWNER_OF,
    AccountKind,
    OwnerKind,
    PurseKind,
    WorldKind,
    purse_account,
    unit_of,
    world_account,
)
from points.refusals import OperationDiffers, PointsOutOfRange, ReferenceUnfit
from points.state import Account, Decision, EarlierOperation, Leg, Lot, State
from points.wishes import (
    LONGEST_REASON,
    LONGEST_REFERENCE,
    MOST_POINTS_MOVED,
    REVERSAL,
    TOP_UP,
    Key,
    Keyed,
    Posted,
    Wish,
)

_TICK = timedelta(microseconds=1)


class MadeNow(NamedTuple):
    """A credit of this batch, as far as a duplicate in the same batch has to know it."""

    fingerprint: str
    posted: Posted

    def as_posted(self, *, replayed: bool) -> Posted:
        """The outcome that it had."""
        return structs.replace(self.posted, replayed=replayed)


@dataclass(slots=True)
class Owner:
    """All that a steward, a team or a street has."""

    id: UUID
    main: Account
    others: dict[PurseKind, Account] = field(default_factory=dict)
    lots: dict[PurseKind, list[Lot]] = field(default_factory=dict)

    def account(self, kind: PurseKind) -> Account:
        """One of the accounts; one that was never used is at 0."""
        if kind == self.main.kind:
            return self.main
        account = self.others.get(kind)
        if account is None:
            account = self.others[kind] = Account(purse_account(self.id, kind), self.id, kind)
        return account

    def lots_of(self, kind: PurseKind) -> list[Lot]:
        """The lots of a purse, spent ones of this batch included."""
        found = self.lots.get(kind)
        if found is None:
            found = self.lots[kind] = []
        return found

    def owed(self) -> int:
        """What the owner owes."""
        debt = self.others.get("debt")
        return debt.balance if debt is not None else 0


Place = Account | WorldKind
"""Where a transfer begins or ends: an owner's account, or an end of the world."""


class Book:
    """One batch being decided. Rooms call `begin`, then move points, then `record`; they refuse before `begin`."""

    def __init__(self, state: State, now: datetime, new_id: Callable[[], UUID], *, keeps_legs: bool) -> None:
        self.now = now
        self.new_id = new_id
        self.keeps_legs = keeps_legs
        self.made = Decision()
        self.owners: dict[UUID, Owner] = {}
        others: list[Account] = []
        for account in state.accounts:
            account.stored, account.touched = True, False
            if account.kind in MAIN_KINDS:
                self.owners[account.owner_id] = Owner(account.owner_id, account)
            else:
                others.append(account)
        for account in others:
            self.owner(account.owner_id, OWNER_OF[account.kind]).others[account.kind] = account
        self.lot_by_id: dict[UUID, Lot] = {}
        self.new_lots: dict[UUID, Lot] = {}
        self._changed_lots: dict[UUID, Lot] = {}
        if state.lots:
            self._take_in(state.lots)
        self.lapsed = dict(state.lapsed)
        self.known: dict[Key, EarlierOperation | MadeNow] = {}
        self.known_by_id: dict[UUID, EarlierOperation] = {}
        self.reversed: set[UUID] = set()
        self.settlements: dict[UUID, list[EarlierOperation]] = {}  # by hold
        for earlier in state.operations:
            self._know(earlier)
            if earlier.reversed_by_id is not None:
                self.reversed.add(earlier.id)
        # The operation at hand.
        self._legs: list[Leg] = []
        self._among: tuple[Owner, ...] = ()
        self._operation_id = UUID(int=0)
        self.recorded_at = now

    def _take_in(self, lots: Iterable[Lot]) -> None:
        by_account = {
            account.id: (owner, account.kind)
            for owner in self.owners.values()
            for account in (owner.main, *owner.others.values())
            if account.kind in LOTTED
        }
        for lot in sorted(lots, key=Lot.age):
            owner, kind = by_account[lot.account_id]
            owner.lots_of(kind).append(lot)
            self.lot_by_id[lot.id] = lot

    def _know(self, made: EarlierOperation) -> None:
        self.known[made.reason, made.reference] = self.known_by_id[made.id] = made
        if made.hold_id is not None:
            self.settlements.setdefault(made.hold_id, []).append(made)

    def owner(self, owner_id: UUID, kind: OwnerKind = "steward") -> Owner:
        """An owner; one who never had anything is at 0."""
        owner = self.owners.get(owner_id)
        if owner is None:
            main = MAIN[kind]
            owner = self.owners[owner_id] = Owner(owner_id, Account(purse_account(owner_id, main), owner_id, main))
        return owner

    def owner_of(self, kind: PurseKind, owner_id: UUID) -> Owner:
        """Whose purse of this kind it is."""
        return self.owner(owner_id, OWNER_OF[kind])

    # Before an operation

    def again(self, wish: Keyed) -> Posted | None:
        """What a wish answered when it was carried out before; None where it is new.

        Raises:
            OperationDiffers: something else was recorded under its reference.

        """
        check_key(wish.reason, wish.reference)
        earlier = self.known.get((wish.reason, wish.reference))
        if earlier is None:
            return None
        if earlier.fingerprint != wish.facts():
            raise OperationDiffers(pointer="/reference", reason=wish.reason, reference=wish.reference)
        return earlier.as_posted(replayed=True)

    # What operations are made of

    def begin(self, *among: Owner) -> None:
        """A new operation among these owners, recorded after whatever any of them did before."""
        self._operation_id = self.new_id()
        self._legs = []
        self._among = among
        self.recorded_at = self.now
        for owner in among:
            self.recorded_at = max(self.recorded_at, next_instant(owner.main, self.now))

    def move(self, source: Place, target: Place, points: int) -> UUID:
        """One transfer."""
        transfer_id = self.new_id()
        from_id, from_version, from_balance, from_kind, from_owner = self._change(source, target, -points)
        to_id, to_version, to_balance, to_kind, to_owner = self._change(target, source, points)
        self.made.transfers.append(
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
                self.recorded_at,
            )
        )
        self._legs.append(
            Leg(
                transfer_id=transfer_id,
                from_kind=from_kind,
                to_kind=to_kind,
                points=points,
                from_owner=from_owner,
                to_owner=to_owner,
            )
        )
        return transfer_id

    def _change(
        self, place: Place, other: Place, points: int
    ) -> tuple[UUID, int | None, int | None, AccountKind, UUID | None]:
        if isinstance(place, Account):
            place.balance += points
            place.version += 1
            place.touched_at = self.recorded_at
            place.touched = True
            return place.id, place.version, place.balance, place.kind, place.owner_id
        unit = unit_of(other.kind) if isinstance(other, Account) else "points"
        self.made.world_ends.add((place, unit))
        return world_account(place, unit), None, None, place, None

    def give(self, source: Place, owner: Owner, kind: PurseKind, points: int, expires_on: date | None) -> UUID:
        """Points arrive in a purse, where it has lots as one that has the transfer's id."""
        account = owner.account(kind)
        transfer_id = self.move(source, account, points)
        if kind in LOTTED:
            lot = Lot(transfer_id, account.id, points, points, expires_on, self.recorded_at)
            self.new_lots[lot.id] = self.lot_by_id[lot.id] = lot
            owner.lots_of(kind).append(lot)
        return transfer_id

    def spend(self, owner: Owner, kind: PurseKind, target: Place, points: int, *, first: Lot | None = None) -> None:
        """Points leave a purse, oldest lots first."""
        parts = self.oldest(owner, kind, points, first=first)
        transfer_id = self.move(owner.account(kind), target, points)
        for lot, taken in parts:
            self.allocate(lot, transfer_id, taken)

    def oldest(self, owner: Owner, kind: PurseKind, points: int, *, first: Lot | None = None) -> list[tuple[Lot, int]]:
        """Which lots so many points would come from."""
        lots = owner.lots_of(kind)
        lots.sort(key=Lot.age)
        parts = []
        if first is not None and first.remaining:
            taken = min(points, first.remaining)
            parts.append((first, taken))
            points -= taken
        for lot in lots:
            if not points:
                break
            taken = min(points, lot.remaining)
            if taken and lot is not first:
                parts.append((lot, taken))
                points -= taken
        if points:
            raise RuntimeError(f"the lots of {owner.id} hold {points} points less than the balance")
        return parts

    @property
    def transfer_id(self) -> UUID:
        """The transfer at hand."""
        return self._legs[-1].transfer_id

    def allocate(self, lot: Lot, transfer_id: UUID, points: int) -> None:
        """The transfer at hand took points from a lot, or (negative) gave them back."""
        lot.remaining -= points
        self.made.allocations.append((self.new_id(), lot.id, transfer_id, points))
        leg = self._legs[-1]
        self._legs[-1] = structs.replace(leg, allocations=(*leg.allocations, (lot.id, points)))
        if lot.id not in self.new_lots:
            self._changed_lots[lot.id] = lot
        end = leg.to_kind if points > 0 else leg.from_kind
        if end in LAPSED:
            self.lapsed[lot.id, end] = self.lapsed.get((lot.id, end), 0) + points

    def repay(self, owner: Owner) -> None:
        """Whoever owes has nothing to spend: what arrives repays first."""
        repaid = min(owner.owed(), owner.main.balance)
        if repaid:
            self.spend(owner, owner.main.kind, "issued", repaid)
            self.move(owner.account("debt"), "owed", repaid)

    def record(
        self,
        wish: Wish,
        key: Key,
        fingerprint: str,
        owner: Owner,
        *,
        reverses_id: UUID | None = None,
        hold_id: UUID | None = None,
        capture_id: UUID | None = None,
    ) -> Posted:
        """The operation is done."""
        for each in self._among:
            # Also where another account moved: this one's clock keeps an owner's history in one order.
            each.main.touched_at = self.recorded_at
            each.main.touched = True
        self.made.operations.append(
            (
                self._operation_id,
                *key,
                fingerprint,
                reverses_id,
                wish.actor_id,
                wish.occurred_at,
                self.recorded_at,
            )
        )
        if hold_id is not None:
            self.made.settlements.append((self._operation_id, hold_id, capture_id))
        made = EarlierOperation(
            id=self._operation_id,
            reason=key[0],
            reference=key[1],
            fingerprint=fingerprint,
            owner_id=owner.id,
            recorded_at=self.recorded_at,
            balance_after=owner.main.balance,
            legs=tuple(self._legs),
            reverses_id=reverses_id,
            hold_id=hold_id,
            capture_id=capture_id,
        )
        self._know(made)
        return made.as_posted(replayed=False)

    def record_keyed(
        self, wish: Keyed, owner: Owner, *, hold_id: UUID | None = None, capture_id: UUID | None = None
    ) -> Posted:
        """The operation of a wish with a reference of its own is done."""
        key = (wish.reason, wish.reference)
        return self.record(wish, key, wish.facts(), owner, hold_id=hold_id, capture_id=capture_id)

    def closed(self, outcomes: list[Posted | Refusal]) -> Decision:
        """The rows of what was decided since the book was opened or closed last."""
        made, self.made = self.made, Decision()
        made.outcomes = outcomes
        for owner in self.owners.values():
            for account in (owner.main, *owner.others.values()):
                if account.touched:
                    (made.changed_accounts if account.stored else made.new_accounts).append(account)
                    account.stored, account.touched = True, False
        made.new_lots.extend(self.new_lots.values())
        made.changed_lots.extend(self._changed_lots.values())
        self.new_lots.clear()
        self._changed_lots.clear()
        return made


def next_instant(main: Account, now: datetime) -> datetime:
    """When the next operation of an owner is recorded: now, but after the one before, for a street not before it."""
    touched_at = main.touched_at
    if touched_at is None or touched_at < now:
        return now
    return touched_at if main.kind == "budget" else touched_at + _TICK


def check_points(points: int, pointer: str = "/points") -> None:
    """Refuse what is no number of points that can be moved."""
    if type(points) is not int or not 0 < points <= MOST_POINTS_MOVED:
        raise PointsOutOfRange(pointer=pointer, most=MOST_POINTS_MOVED)


def check_key(reason: str, reference: str) -> None:
    """Refuse a reason or reference that cannot be kept."""
    derived = reason == TOP_UP  # its reference grew out of one that fitted
    if (
        reason == REVERSAL
        or not 0 < len(reason) <= LONGEST_REASON
        or not (0 < len(reference) <= LONGEST_REFERENCE or derived)
    ):
        raise ReferenceUnfit(pointer="/reference", longest_reason=LONGEST_REASON, longest_reference=LONGEST_REFERENCE)
