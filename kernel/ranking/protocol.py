"""What both engines of ranks promise: the order, the tie rule, and moves that are seen whole or not at all.

A board orders its members by score, highest first; equals by `tie`, smallest first, then by member. Equals share a
rank and the next rank is left out (1, 2, 2, 4). All boards of a district stand at one mark, which says of which state
of the truth they are: a move takes them from one mark to the next, or does nothing when they stand at another by then.
Nothing true lives here: everything may vanish at any time and is built again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import msgspec

GREATEST_SCORE = 2**53  # Redis keeps scores as doubles


class Entry(NamedTuple):
    """A member of a board with its score, and what orders it among equals: some text without NUL."""

    member: str
    score: int
    tie: str


class Line(NamedTuple):
    """A member as it stands on a board. `position` counts lines from 0; `former` is its rank on the board before."""

    member: str
    score: int
    rank: int
    position: int
    former: int | None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Some neighbouring lines of a board of `count` members, all as of one mark."""

    lines: tuple[Line, ...]
    count: int
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Takes all boards from one mark to the next.

    `built` are whole boards, `changed` what became of single members (None where they left), `dropped` boards that
    nobody needs any more. What is built is not changed or dropped as well.
    """

    expected: str | None
    mark: str
    built: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    changed: Mapping[str, Mapping[str, Entry | None]] = field(default_factory=dict)
    dropped: Collection[str] = ()


class RanksUnavailable(Exception):  # noqa: N818 - a state, like the refusals
    """The engine does not answer; the truth has to be asked instead."""


class Ranks(Protocol):
    """An engine that holds the boards of one district. Every method may raise RanksUnavailable."""

    async def mark(self) -> str | None:
        """The mark at which all boards stand; None where there are none."""

    async def boards(self) -> frozenset[str]:
        """The boards that are held."""

    async def top(self, board: str, limit: int, *, before: str | None = None) -> Window | None:
        """The first `limit` lines; None where the board is not held.

        `before` names a board of the same members at an earlier time, for `former`.
        """

    async def around(
        self, board: str, member: str, *, above: int, below: int, before: str | None = None
    ) -> Window | None:
        """A member's line with so many above and below; None where the board is not held.

        A member that the board does not have stands below everybody: the window holds the last `above` lines.
        """

    async def move(self, move: Move) -> bool:
        """Carry a move out at once for all readers; False, with nothing done, where the mark is not the expected."""

    async def clear(self) -> None:
        """Forget everything."""

    async def close(self) -> None:
        """Let go of what the engine holds open."""


def percentile(rank: int, count: int) -> int:
    """The whole percentage of the others on a board that a rank is not behind: 100 for the first, 0 for a last alone.

    The formula is floor(100 * (count - rank) / (count - 1)); who is alone on a board is at 100.
    """
    return 100 if count <= 1 else 100 * (count - rank) // (count - 1)


def ranked(rows: Iterable[tuple[str, int, int | None]], *, position: int, rank: int) -> tuple[Line, ...]:
    """Lines of neighbouring rows of (member, score, former rank), the first of which has this position and rank."""
    lines: list[Line] = []
    for at, (member, score, former) in enumerate(rows, position):
        if lines and score != lines[-1].score:
            rank = at + 1
        lines.append(Line(member, score, rank, at, former))
    return tuple(lines)
