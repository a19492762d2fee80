"""Ranks in the memory of one process, for districts without Redis: members by score, and how many stand above each."""

import asyncio
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from itertools import count, repeat

from kernel.ranking.levels import Levels
from kernel.ranking.protocol import Entry, Line, Move, Window

_MANY = 20_000  # entries that take long enough to sort for others to wait

_Placed = tuple[int, str]
"""A score, and what orders its member among equals: tie, NUL, member. One text is compared faster than a pair."""


class _Board:
    """Members by score, those of one score in order."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._placed: dict[str, _Placed] = {member: (score, f"{tie}\0{member}") for member, score, tie in entries}
        equals: defaultdict[int, list[str]] = defaultdict(list)
        for score, key in self._placed.values():
            equals[score].append(key)
        for each in equals.values():
            each.sort()
        self._equals = dict(equals)
        self._levels = Levels({-score: len(each) for score, each in equals.items()})

    def __len__(self) -> int:
        return len(self._placed)

    def put(self, member: str, entry: Entry | None) -> None:
        before = self._placed.pop(member, None)
        if before is not None:
            score, key = before
            equals = self._equals[score]
            del equals[bisect_left(equals, key)]
            if not equals:
                del self._equals[score]
            self._levels.remove(-score)
        if entry is not None:
            _, score, tie = entry
            key = f"{tie}\0{member}"
            self._placed[member] = (score, key)
            insort(self._equals.setdefault(score, []), key)
            self._levels.add(-score)

    def rank(self, member: str) -> int | None:
        placed = self._placed.get(member)
        return None if placed is None else self._levels.below(-placed[0]) + 1

    def around(self, member: str, above: int, below: int, before: "_Board | None") -> tuple[Line, ...]:
        placed = self._placed.get(member)
        if placed is None:
            return self.lines(max(0, len(self) - above), len(self), before)
        score, key = placed
        higher = self._levels.below(-score)
        equals = self._equals[score]
        at = bisect_left(equals, key)
        if not above and not below:
            return (Line(member, score, higher + 1, higher + at, before.rank(member) if before else None),)
        if at >= above and at + below < len(equals):  # all of them equals
            return self._equal(score, higher, at - above, at + below + 1, before)
        return self.lines(max(0, higher + at - above), higher + at + below + 1, before)

    def _equal(self, score: int, higher: int, first: int, after: int, before: "_Board | None") -> tuple[Line, ...]:
        members = [key[key.index("\0") + 1 :] for key in self._equals[score][first:after]]
        formers = map(before.rank, members) if before else repeat(None)
        places = count(higher + first)
        return tuple(map(Line, members, repeat(score), repeat(higher + 1), places, formers))

    def lines(self, first: int, after: int, before: "_Board | None") -> tuple[Line, ...]:
        after = min(after, len(self))
        if first >= after:
            return ()
        key, higher = self._levels.holding(first)
        found: list[Line] = []
        for score in map(int.__neg__, self._levels.keys_from(key)):
            many = len(self._equals[score])
            found += self._equal(score, higher, max(0, first - higher), after - higher, before)
            higher += many
            if higher >= after:
                break
        return tuple(found)


class MemoryRanks:
    """The engine of one process. Reads and moves never interleave: neither waits for anything once it has begun."""

    def __init__(self) -> None:
        self._mark: str | None = None
        self._boards: dict[str, _Board] = {}

    async def mark(self) -> str | None:
        """The mark at which all boards stand."""
        return self._mark

    async def boards(self) -> frozenset[str]:
        """The boards that are held."""
        return frozenset(self._boards)

    async def top(self, board: str, limit: int, *, before: str | None = None) -> Window | None:
        """The first lines of a board."""
        found = self._boards.get(board)
        if found is None:
            return None
        former = self._boards.get(before) if before else None
        return Window(lines=found.lines(0, limit, former), count=len(found), mark=self._mark or "")

    async def around(
        self, board: str, member: str, *, above: int, below: int, before: str | None = None
    ) -> Window | None:
        """A member's line with its neighbours."""
        found = self._boards.get(board)
        if found is None:
            return None
        former = self._boards.get(before) if before else None
        lines = found.around(member, above, below, former)
        return Window(lines=lines, count=len(found), mark=self._mark or "")

    async def move(self, move: Move) -> bool:
        """Carry a move out."""
        built = {}
        for name, entries in move.built.items():
            built[name] = await asyncio.to_thread(_Board, entries) if len(entries) > _MANY else _Board(entries)
        if self._mark != move.expected:
            return False
        self._boards.update(built)
        for name in move.dropped:
            self._boards.pop(name, None)
        for name, changes in move.changed.items():
            if name in self._boards:
                for member, entry in changes.items():
                    self._boards[name].put(member, entry)
        self._mark = move.mark
        return True

    async def clear(self) -> None:
        """Forget everything."""
        self._mark = None
        self._boards.clear()

    async def close(self) -> None:
        """Nothing is held open."""
