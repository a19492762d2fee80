"""One batch: every wish to the room that decides it, refusals beside outcomes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.errors import Refusal
from points.deciding.book import Book
from points.deciding.budgeting import defund, fund
from points.deciding.crediting import credit, minutes
from points.deciding.ending import close, expire
from points.deciding.holding import capture, hold, refund, release
from points.deciding.spending import debit, move
from points.deciding.undoing import reverse
from points.state import Decision, State
from points.wishes import (
    Capture,
    Close,
    Credit,
    Debit,
    Defund,
    Expire,
    Fund,
    Hold,
    Minutes,
    Move,
    Posted,
    Refund,
    Release,
    Reverse,
    Wish,
)

_ROOMS: Mapping[type, Callable[[Book, Any], Posted]] = {
    Credit: credit,
    Minutes: minutes,
    Debit: debit,
    Move: move,
    Hold: hold,
    Capture: capture,
    Release: release,
    Refund: refund,
    Expire: expire,
    Close: close,
    Fund: fund,
    Defund: defund,
    Reverse: reverse,
}


def decide(state: State, wishes: Sequence[Wish], *, now: datetime, new_id: Callable[[], UUID]) -> Decision:
    """Decide a batch. `now` is when it is recorded, `new_id` hands out identifiers."""
    # A batch that reverses may reverse what it has just done, which takes more than an outcome to know.
    whole = any(isinstance(wish, Reverse) for wish in wishes)
    return decide_on(Book(state, now, new_id, keeps_legs=whole), wishes)


def decide_on(book: Book, wishes: Sequence[Wish]) -> Decision:
    """Decide some more wishes of a batch, on what those before them left; the rows are of these alone."""
    outcomes: list[Posted | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(_ROOMS[type(wish)](book, wish))
        except Refusal as refusal:
            outcomes.append(refusal)
    return book.closed(outcomes)
