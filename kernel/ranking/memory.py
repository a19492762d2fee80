"""Ranks in the memory of one process: a sorted list a board, for districts without Redis."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sortedcontainers import SortedList

from kernel.ranking.protocol import Entry, Line, Move, Window, ranked

_MANY = 20_000  # entries that take long enough to sort for others to wait


class _Board:
    """Members in order, and where to find each."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._keys = {entry.member: _key(entry) for entry in entries}
        self._order: Any = SortedList(self._keys.values())

    def __len__(self) -> int:
        return len(self._order)

    def put(self, member: str, entry: Entry | None) -> None:
        before = self._keys.pop(member, None)
        if before is not None:
            self._order.remove(before)
        if entry is not None:
            self._keys[member] = _key(entry)
            self._order.add(self._keys[member])

    def position(self, member: str) -> int | None:
        key = self._keys.get(member)
        return None if key is None else self._order.index(key)

    def rank(self, member: str) -> int | None:
        key = self._keys.get(member)
        return None if key is None else self._order.bisect_left((key[0],)) + 1

    def lines(self, first: int, after: int, before: "_Board | None") -> tuple[Line, ...]:
        keys = list(self._order.islice(first, after))
        if not keys:
            return ()
        return ranked(
            ((member, -least, before.rank(member) if before else None) for least, _, member in keys),
            position=first,
            rank=self._order.bisect_left((keys[0][0],)) + 1,
        )


def _key(entry: Entry) -> tuple[int, str, str]:
    return (-entry.score, entry.tie, entry.member)


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
        return None if found is None else self._window(found, 0, limit, before)

    async def around(
        self, board: str, member: str, *, above: int, below: int, before: str | None = None
    ) -> Window | None:
        """A member's line with its neighbours."""
        found = self._boards.get(board)
        if found is None:
            return None
        at = found.position(member)
        if at is None:
            return self._window(found, max(0, len(found) - above), len(found), before)
        return self._window(found, max(0, at - above), at + below + 1, before)

    def _window(self, board: _Board, first: int, after: int, before: str | None) -> Window:
        former = self._boards.get(before) if before else None
        return Window(lines=board.lines(first, after, former), count=len(board), mark=self._mark or "")

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
