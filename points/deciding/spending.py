"""Points leave: taken from purses in an order of preference, or moved to another owner's purse."""

from datetime import date

from points.accounts import OUTLETS, OWNER_OF
from points.deciding.book import Book, Owner, Place, check_points
from points.refusals import NotEnoughPoints, PurseUnfit
from points.state import Lot
from points.wishes import Debit, Move, Posted


def debit(book: Book, wish: Debit) -> Posted:
    """Take points; what is lacking is refused, or owed.

    A budget gets all of it back at once: the world stands in for what is owed, and gets it when it is repaid.
    """
    check_points(wish.points)
    if earlier := book.again(wish):
        return earlier
    owner = _owner(book, wish)
    may_owe = wish.on_shortfall == "debt" and owner.main.kind == "spendable"
    purses = list(dict.fromkeys(wish.purses))
    if may_owe and "spendable" not in purses:
        purses.append("spendable")
    available = sum(owner.account(purse).balance for purse in purses)
    if available < wish.points and not may_owe:
        raise NotEnoughPoints(pointer="/points", needed=wish.points, available=available)
    among, target = [owner], _target(book, wish)
    if wish.budget_id is not None:
        among.append(book.owner(wish.budget_id, "street"))
    book.begin(*among)
    left = wish.points
    for purse in purses:
        taken = min(left, owner.account(purse).balance)
        if taken:
            book.spend(owner, purse, target, taken)
            left -= taken
    if left:
        book.move("owed", owner.account("debt"), left)
        if not isinstance(target, str):
            book.move("issued", target, left)
    return book.record_keyed(wish, owner)


def _target(book: Book, wish: Debit) -> Place:
    return wish.to_kind if wish.budget_id is None else book.owner(wish.budget_id, "street").main


def _owner(book: Book, wish: Debit) -> Owner:
    owners = {OWNER_OF[purse] for purse in wish.purses}
    unfit = any(wish.to_kind not in OUTLETS[purse] for purse in wish.purses)
    if len(owners) != 1 or unfit or (wish.budget_id is not None and set(wish.purses) != {"spendable"}):
        raise PurseUnfit(pointer="/purses")
    return book.owner(wish.owner_id, *owners)


_WAYS = {("pool", "spendable"), ("spendable", "pool"), ("pool", "pool")}
"""Points go into a team's pool and out of it; from person to person they would be for sale."""


def move(book: Book, wish: Move) -> Posted:
    """Points go from one owner's purse to another's, with their last days."""
    check_points(wish.points)
    if wish.owner_id == wish.to_owner or (wish.purse, wish.to_purse) not in _WAYS:
        raise PurseUnfit(pointer="/to_purse")
    if earlier := book.again(wish):
        return earlier
    owner, to_owner = book.owner_of(wish.purse, wish.owner_id), book.owner_of(wish.to_purse, wish.to_owner)
    source = owner.account(wish.purse)
    if source.balance < wish.points:
        raise NotEnoughPoints(pointer="/points", needed=wish.points, available=source.balance)
    book.begin(owner, to_owner)
    by_day: dict[date | None, list[tuple[Lot, int]]] = {}
    for lot, taken in book.oldest(owner, wish.purse, wish.points):
        by_day.setdefault(lot.expires_on, []).append((lot, taken))
    for day, parts in by_day.items():
        transfer_id = book.give(source, to_owner, wish.to_purse, sum(taken for _, taken in parts), day)
        for lot, taken in parts:
            book.allocate(lot, transfer_id, taken)
    book.repay(to_owner)
    return book.record_keyed(wish, owner)
