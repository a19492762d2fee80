"""Reversals: what an operation gave is taken back, what it took is given back, once for ever (冲正)."""

from collections.abc import Mapping
from uuid import UUID

from points.accounts import HELD_IN, LAPSED, LOTTED, PURSE_KINDS, WORLD_KINDS, PurseKind, WorldKind
from points.deciding.book import Book, Owner, Place
from points.refusals import (
    AlreadyReversed,
    AlreadySettled,
    BudgetExhausted,
    NotEnoughPoints,
    ReversalStands,
    SettlementStands,
    UnknownOperation,
)
from points.state import EarlierOperation, Leg
from points.wishes import REVERSAL, Posted, Reverse, reversal_reference


def reverse(book: Book, wish: Reverse) -> Posted:
    """Undo an operation; the same cause again is a replay."""
    target = _target(book, wish)
    if target.reverses_id is not None:
        raise ReversalStands(pointer="/operation")
    key = (REVERSAL, reversal_reference(target.reason, target.reference))
    fingerprint = wish.facts()
    if target.id in book.reversed:
        before = book.known.get(key)
        if before is not None and before.fingerprint == fingerprint:
            return before.as_posted(replayed=True)
        raise AlreadyReversed(pointer="/operation")
    if target.hold_id is not None:
        raise SettlementStands(pointer="/operation")
    if target.id in book.settlements:
        raise AlreadySettled(pointer="/operation")
    arrivals = [leg for leg in target.legs if _arrives(leg)]
    departures = [leg for leg in target.legs if not _arrives(leg) and not (arrivals and _repays(leg))]
    _check_there(book, arrivals)
    back = [(leg, _still_out(book, leg)) for leg in departures]
    if not arrivals and not any(points for _, points in back):
        raise AlreadySettled(pointer="/operation")
    among = _owners(book, target)
    book.begin(*among)
    for leg, points in back:
        if points:
            _give_back(book, leg, points)
    for leg in arrivals:
        _take_back(book, leg)
    for owner in among:
        book.repay(owner)
    book.reversed.add(target.id)
    owner = book.owners[target.owner_id]
    return book.record(wish, key, fingerprint, owner, reverses_id=target.id)


def _target(book: Book, wish: Reverse) -> EarlierOperation:
    if isinstance(wish.operation, UUID):
        target = book.known_by_id.get(wish.operation)
    else:
        named = book.known.get(wish.operation)
        target = named if isinstance(named, EarlierOperation) else None
    if target is None:
        raise UnknownOperation(pointer="/operation")
    return target


def _owners(book: Book, target: EarlierOperation) -> list[Owner]:
    """Whose accounts the operation touched, the one it belongs to first."""
    kinds: dict[UUID, PurseKind] = {}
    for leg in target.legs:
        for owner_id, kind in ((leg.from_owner, leg.from_kind), (leg.to_owner, leg.to_kind)):
            if owner_id is not None:
                kinds[owner_id] = _PURSES[kind]
    first = sorted(kinds, key=lambda owner_id: owner_id != target.owner_id)
    return [book.owner_of(kinds[owner_id], owner_id) for owner_id in first]


_PURSES: Mapping[str, PurseKind] = {kind: kind for kind in PURSE_KINDS}
_WORLDS: Mapping[str, WorldKind] = {kind: kind for kind in WORLD_KINDS}


def _arrives(leg: Leg) -> bool:
    """Points came into somebody's hands."""
    return leg.to_kind in HELD_IN


def _repays(leg: Leg) -> bool:
    """Part of what arrived repaid a debt: that stays repaid."""
    return leg.from_kind == "debt" or (leg.from_kind == "spendable" and leg.to_kind == "issued")


def _check_there(book: Book, arrivals: list[Leg]) -> None:
    """Only a steward can owe: a team or a budget has to have what is taken back."""
    wanted: dict[UUID, int] = {}
    for leg in arrivals:
        if leg.to_owner is None or leg.to_kind in ("spendable", "services", "donation"):
            continue
        account = book.owner_of(_PURSES[leg.to_kind], leg.to_owner).account(_PURSES[leg.to_kind])
        wanted[account.id] = wanted.get(account.id, 0) + leg.points
        left = account.balance + sum(book.lapsed.get((leg.transfer_id, end), 0) for end in LAPSED)
        if left < wanted[account.id]:
            if leg.to_kind == "budget":
                raise BudgetExhausted(pointer="/operation", needed=wanted[account.id], left=left)
            raise NotEnoughPoints(pointer="/operation", needed=wanted[account.id], available=left)


def _still_out(book: Book, leg: Leg) -> int:
    """How much of what left can come back: what a reversal of its credit brought back from expiry already cannot."""
    return sum(points for _, points in _parts(book, leg)) if leg.to_kind in LAPSED else leg.points


def _parts(book: Book, leg: Leg) -> list[tuple[UUID, int]]:
    if leg.to_kind not in LAPSED:
        return list(leg.allocations)
    return [(lot_id, min(points, book.lapsed.get((lot_id, leg.to_kind), 0))) for lot_id, points in leg.allocations]


def _give_back(book: Book, leg: Leg, points: int) -> None:
    """What left comes back to its lots, and what was owed for it is forgiven.

    What was owed and has been repaid since comes back as points that do not expire: nobody can tell any more which
    ones repaid it.
    """
    if leg.to_kind == "debt":
        assert leg.to_owner is not None  # noqa: S101 - accounts have owners
        owner = book.owner(leg.to_owner)
        forgiven = min(points, owner.owed())
        if forgiven:
            book.move(owner.account("debt"), "owed", forgiven)
        if points > forgiven:
            book.give("issued", owner, "spendable", points - forgiven, None)
        return
    parts = _parts(book, leg)
    transfer_id = book.move(
        _place(book, leg.to_kind, leg.to_owner), _place(book, leg.from_kind, leg.from_owner), points
    )
    for lot_id, part in parts:
        if part:
            book.allocate(book.lot_by_id[lot_id], transfer_id, -part)


def _take_back(book: Book, leg: Leg) -> None:
    """What came is taken, from its own lot first, then from what is spendable; the rest is owed.

    What expired unspent was not used, and counts as taken. A budget or a giver gets everything back at once: the
    world stands in for what is owed, and gets it when it is repaid.
    """
    assert leg.to_owner is not None  # noqa: S101 - accounts have owners
    purse = _PURSES[leg.to_kind]
    owner = book.owner_of(purse, leg.to_owner)
    source = _place(book, leg.from_kind, leg.from_owner)
    if purse not in LOTTED:
        transfer_id = book.move(owner.account(purse), source, leg.points)
        for lot_id, part in leg.allocations:  # what a steward gave back to a budget comes to the same lots again
            book.allocate(book.lot_by_id[lot_id], transfer_id, -part)
        return
    own = book.lot_by_id[leg.transfer_id]
    for end in LAPSED:
        if lapsed := book.lapsed.get((own.id, end), 0):
            book.allocate(own, book.move(end, owner.account(purse), lapsed), -lapsed)
    giver = list(leg.allocations)
    left = leg.points
    for kind in dict.fromkeys((purse, owner.main.kind)):
        taken = min(left, owner.account(kind).balance)
        if taken:
            book.spend(owner, kind, source, taken, first=own if kind == purse else None)
            _refill(book, giver, taken)
            left -= taken
    if left:
        book.move("owed", owner.account("debt"), left)
        if not isinstance(source, str):
            book.move("issued", source, left)
            _refill(book, giver, left)


def _refill(book: Book, giver: list[tuple[UUID, int]], points: int) -> None:
    """The transfer at hand brings points back to the lots of whoever gave them."""
    while giver and points:
        lot_id, part = giver.pop(0)
        back = min(part, points)
        book.allocate(book.lot_by_id[lot_id], book.transfer_id, -back)
        points -= back
        if part > back:
            giver.insert(0, (lot_id, part - back))


def _place(book: Book, kind: str, owner_id: UUID | None) -> Place:
    if owner_id is None:
        return _WORLDS[kind]
    return book.owner_of(_PURSES[kind], owner_id).account(_PURSES[kind])
