"""Points that nobody spent: past their last day, or left behind."""

from points.accounts import LOTTED, OWNER_OF, Purse
from points.deciding.book import Book, Owner
from points.refusals import NothingLeft, NothingToExpire, StillHeld
from points.state import Lot
from points.wishes import Close, Expire, Posted


def expire(book: Book, wish: Expire) -> Posted:
    """Everything whose last day is before a date expires, purse by purse."""
    if earlier := book.again(wish):
        return earlier
    owner = book.owner(wish.owner_id, wish.owner_kind)
    due = {
        purse: [lot for lot in lots if lot.expires_on is not None and lot.expires_on < wish.before]
        for purse, lots in _lots(owner).items()
    }
    if not any(due.values()):
        raise NothingToExpire(pointer="/before")
    book.begin(owner)
    for purse, lots in due.items():
        if lots:
            transfer_id = book.move(owner.account(purse), "expired", sum(lot.remaining for lot in lots))
            for lot in lots:
                book.allocate(lot, transfer_id, lot.remaining)
    return book.record_keyed(wish, owner)


def close(book: Book, wish: Close) -> Posted:
    """All that can still be spent is taken out. What is held for an order comes first."""
    if earlier := book.again(wish):
        return earlier
    owner = book.owner(wish.owner_id, wish.owner_kind)
    if wish.owner_kind == "steward" and not wish.leaves_held and (held := owner.account("escrow").balance):
        raise StillHeld(pointer="/owner", held=held)
    left = {purse: owner.account(purse).balance for purse in _lots(owner)}
    if not any(left.values()):
        raise NothingLeft(pointer="/owner")
    book.begin(owner)
    for purse, points in left.items():
        if points:
            book.spend(owner, purse, wish.to_kind, points)
    return book.record_keyed(wish, owner)


def _lots(owner: Owner) -> dict[Purse, list[Lot]]:
    """The owner's purses with lots, and in each those of which something is left, oldest first."""
    kind = OWNER_OF[owner.main.kind]
    return {
        purse: sorted((lot for lot in owner.lots_of(purse) if lot.remaining), key=Lot.age)
        for purse in LOTTED
        if OWNER_OF[purse] == kind
    }
