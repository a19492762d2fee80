"""Streets' budgets: points that a street may still give."""

from points.deciding.book import Book, check_points
from points.refusals import BudgetExhausted, BudgetFull
from points.wishes import Defund, Fund, Posted


def fund(book: Book, wish: Fund) -> Posted:
    """Put points into a budget, never above its ceiling."""
    check_points(wish.points)
    if earlier := book.again(wish):
        return earlier
    street = book.owner(wish.budget_id, "street")
    if wish.ceiling is not None and street.main.balance + wish.points > wish.ceiling:
        raise BudgetFull(pointer="/points", room=max(0, wish.ceiling - street.main.balance))
    book.begin(street)
    book.move("funded", street.main, wish.points)
    return book.record_keyed(wish, street)


def defund(book: Book, wish: Defund) -> Posted:
    """Take points out of a budget that were not given away."""
    check_points(wish.points)
    if earlier := book.again(wish):
        return earlier
    street = book.owner(wish.budget_id, "street")
    if street.main.balance < wish.points:
        raise BudgetExhausted(pointer="/points", needed=wish.points, left=street.main.balance)
    book.begin(street)
    book.move(street.main, "funded", wish.points)
    return book.record_keyed(wish, street)
