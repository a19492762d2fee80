"""Points held for an order: held, captured for good, released, refunded.

What a hold took from lots lies in one order: leg by leg, oldest first. Captures eat it from the front, releases and
refunds give it back from the end, so how much was given back says which parts those were, in whatever order it
happened; nothing about it is stored but the transfers themselves and which hold each operation settles.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from kernel.clock import local_date
from points.accounts import OUTLETS, Purse, WorldKind
from points.deciding.book import Book, Place, check_points
from points.refusals import CaptureRefunded, HoldSettled, NotEnoughPoints, PurseUnfit, UnknownCapture, UnknownHold
from points.state import EarlierOperation, Leg, Lot
from points.wishes import Capture, Hold, Key, Posted, Refund, Release

_HOLDABLE: Mapping[str, Purse] = {"spendable": "spendable", "services": "services", "donation": "donation"}


def hold(book: Book, wish: Hold) -> Posted:
    """Put points on hold, from the purses in their order."""
    check_points(wish.points)
    if not wish.purses or not _HOLDABLE.keys() >= set(wish.purses):
        raise PurseUnfit(pointer="/purses")
    if earlier := book.again(wish):
        return earlier
    owner = book.owner(wish.owner_id)
    purses = list(dict.fromkeys(wish.purses))
    available = sum(owner.account(purse).balance for purse in purses)
    if available < wish.points:
        raise NotEnoughPoints(pointer="/points", needed=wish.points, available=available)
    book.begin(owner)
    left = wish.points
    for purse in purses:
        taken = min(left, owner.account(purse).balance)
        if taken:
            book.spend(owner, purse, owner.account("escrow"), taken)
            left -= taken
    return book.record_keyed(wish, owner)


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a hold."""

    held: int
    captured: int
    released: int
    refunded: int

    @property
    def left(self) -> int:
        """What is still held."""
        return self.held - self.captured - self.released

    @property
    def given_back(self) -> int:
        """What went back to its owner, before or after a capture."""
        return self.released + self.refunded


def standing(held: EarlierOperation, settlements: Iterable[EarlierOperation]) -> Standing:
    """What became of a hold by what settled it."""
    captured = released = refunded = 0
    for settlement in settlements:
        for leg in settlement.legs:
            if leg.from_kind == "escrow":
                captured += leg.points if leg.to_owner is None else 0
                released += leg.points if leg.to_owner is not None else 0
            elif settlement.capture_id is not None and _is_refund(leg):
                refunded += leg.points
    return Standing(_into_escrow(held), captured, released, refunded)


def _into_escrow(held: EarlierOperation) -> int:
    return sum(leg.points for leg in held.legs if leg.to_kind == "escrow")


def _is_refund(leg: Leg) -> bool:
    """Repayments that followed went the other way or from `owed`."""
    return leg.from_kind in ("redeemed", "donated") and leg.to_owner is not None


def capture(book: Book, wish: Capture) -> Posted:
    """Held points go for good."""
    check_points(wish.points)
    if earlier := book.again(wish):
        return earlier
    held = _hold(book, wish.hold)
    owner = book.owner(held.owner_id)
    if any(wish.to_kind not in OUTLETS[_HOLDABLE[leg.from_kind]] for leg in held.legs):
        raise PurseUnfit(pointer="/to_kind")
    _check_left(book, held, wish.points)
    book.begin(owner)
    book.move(owner.account("escrow"), wish.to_kind, wish.points)
    return book.record_keyed(wish, owner, hold_id=held.id)


def release(book: Book, wish: Release) -> Posted:
    """Held points go back to where they came from."""
    check_points(wish.points)
    if earlier := book.again(wish):
        return earlier
    held = _hold(book, wish.hold)
    owner = book.owner(held.owner_id)
    _check_left(book, held, wish.points)
    book.begin(owner)
    _give_back(book, owner.account("escrow"), held, wish)
    return book.record_keyed(wish, owner, hold_id=held.id)


def refund(book: Book, wish: Refund) -> Posted:
    """Captured points go back to where they came from."""
    check_points(wish.points)
    if earlier := book.again(wish):
        return earlier
    captured = book.known.get(wish.capture)
    if not isinstance(captured, EarlierOperation) or captured.hold_id is None or captured.legs[0].to_owner is not None:
        raise UnknownCapture(pointer="/capture")
    held = book.known_by_id[captured.hold_id]
    owner = book.owner(held.owner_id)
    refunds = [one for one in book.settlements[held.id] if one.capture_id == captured.id]
    left = captured.legs[0].points - standing(held, refunds).refunded
    if left < wish.points:
        raise CaptureRefunded(pointer="/points", needed=wish.points, left=left)
    source: WorldKind = "donated" if captured.legs[0].to_kind == "donated" else "redeemed"
    book.begin(owner)
    _give_back(book, source, held, wish)
    return book.record_keyed(wish, owner, hold_id=held.id, capture_id=captured.id)


def _hold(book: Book, key: Key) -> EarlierOperation:
    held = book.known.get(key)
    if not isinstance(held, EarlierOperation) or held.hold_id is not None or not _into_escrow(held):
        raise UnknownHold(pointer="/hold")
    return held


def _check_left(book: Book, held: EarlierOperation, points: int) -> None:
    left = 0 if held.id in book.reversed else standing(held, book.settlements.get(held.id, ())).left
    if left < points:
        raise HoldSettled(pointer="/points", needed=points, left=left)


def _give_back(book: Book, source: Place, held: EarlierOperation, wish: Release | Refund) -> None:
    """Give points back to the lots they came from, the youngest first; debts repay from what arrives."""
    owner, points, grace_days = book.owners[held.owner_id], wish.points, wish.grace_days
    today = local_date(book.now)
    skipped = standing(held, book.settlements.get(held.id, ())).given_back
    back: dict[Purse, list[tuple[Lot, int]]] = {}
    late: dict[Purse, int] = {}
    for purse, lot, came in reversed(_parts(book, held)):
        passed = min(skipped, came)
        skipped -= passed
        part = min(points, came - passed)
        points -= part
        if part and grace_days and lot.expires_on is not None and lot.expires_on < today:
            late[purse] = late.get(purse, 0) + part
        elif part:
            back.setdefault(purse, []).append((lot, part))
    for purse, parts in back.items():
        transfer_id = book.move(source, owner.account(purse), sum(part for _, part in parts))
        for lot, part in parts:
            book.allocate(lot, transfer_id, -part)
    for purse, part in late.items():
        book.give(source, owner, purse, part, today + timedelta(days=grace_days))
    book.repay(owner)


def _parts(book: Book, held: EarlierOperation) -> list[tuple[Purse, Lot, int]]:
    """What a hold took, in its order."""
    return [
        (_HOLDABLE[leg.from_kind], book.lot_by_id[lot_id], points)
        for leg in held.legs
        if leg.to_kind == "escrow"
        for lot_id, points in leg.allocations
    ]
