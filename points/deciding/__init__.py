"""The decision about a batch of wishes: pure, the same on every database.

State and wishes in, outcomes and rows out. Each wish is decided on the state that the wishes before it left, and a
refused one leaves no trace. Two rules hold after every operation: whoever owes points has none to spend, and the
operations of a steward or a team have strictly rising `recorded_at` (those of a street's budget never falling), so
that a history has one order and a balance at any past instant is exact.

`book` holds the state and makes the rows; each kind of wish has a room of its own beside it.
"""

from points.deciding.batch import decide, decide_on
from points.deciding.book import Book

__all__ = ["Book", "decide", "decide_on"]
