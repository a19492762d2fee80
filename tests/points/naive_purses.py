"""Heaps of points as one would count them on paper: what is brought, taken, put back, owed and repaid."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta, timezone
from typing import Any
from uuid import UUID

Key = tuple[str, str]
BEIJING = timezone(timedelta(hours=8))  # no summer time since 1991
FAR = date.max
IN_HEAPS = ("spendable", "services", "donation", "pool")
GONE_UNUSED = ("expired", "forfeited")


@dataclass(eq=False)
class Heap:
    """Points that came together."""

    expires_on: date | None
    came: int
    left: int
    lapsed: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass
class Taken:
    """Points that left a heap for somewhere."""

    owner: UUID
    purse: str
    heap: Heap
    points: int
    to: str


@dataclass
class Brought:
    """Points that came to a purse: from the world, a street's budget, or somebody's heaps."""

    owner: UUID
    purse: str
    heap: Heap | None
    points: int
    budget: UUID | None = None
    givers: list[Taken] = field(default_factory=list)


@dataclass
class Done:
    """An operation that was carried out."""

    facts: tuple[Any, ...]
    owner: UUID
    answer: tuple[int, ...] = ()  # given, taken, debt added, debt repaid, balance after
    brought: list[Brought] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    owed: int = 0
    returned: tuple[UUID, int] | None = None  # to a street's budget
    funded: int = 0  # into a budget; negative out of it
    held: list[Taken] | None = None  # of a hold: each point that is not back, in the order taken
    gone: int = 0  # captured of them
    settles: "Done | None" = None
    refundable: int | None = None  # of a capture
    reversal: bool = False
    reversed_for: str | None = None


class NaivePurses:
    """What everybody has, and what was done."""

    def __init__(self) -> None:
        self.heaps: dict[tuple[UUID, str], list[Heap]] = defaultdict(list)
        self.sums: dict[tuple[UUID, str], int] = defaultdict(int)  # honour, minutes, budget, held, owes
        self.main: dict[UUID, str] = defaultdict(lambda: "spendable")
        self.done: dict[Key, Done] = {}
        self.today = date.min
        self._came = 0
        self._tally: dict[UUID, list[int]] = {}

    def has(self, owner: UUID, purse: str) -> int:
        """The balance of a purse."""
        if purse in IN_HEAPS:
            return sum(heap.left for heap in self.heaps[owner, purse])
        return self.sums[owner, purse]

    def expiring(self, owner: UUID) -> dict[date, int]:
        """What can be spent until when."""
        found: dict[date, int] = {}
        for heap in self.heaps[owner, "spendable"]:
            if heap.expires_on and heap.left:
                found[heap.expires_on] = found.get(heap.expires_on, 0) + heap.left
        return dict(sorted(found.items()))

    def _begin(self, facts: tuple[Any, ...], owner: UUID) -> Done:
        self._tally = defaultdict(lambda: [0, 0, 0, 0])
        return Done(facts, owner)

    def _end(self, key: Key, done: Done) -> Any:
        done.answer = (*self._tally[done.owner], self.has(done.owner, self.main[done.owner]))
        self.done[key] = done
        return ("done", *done.answer)

    def _known(self, key: Key, facts: tuple[Any, ...]) -> Any:
        known = self.done.get(key)
        if known is None:
            return None
        return ("replayed", *known.answer) if known.facts == facts else "operation_differs"

    def _bring(
        self, owner: UUID, purse: str, points: int, expires_on: date | None, budget: UUID | None = None
    ) -> Brought:
        self._tally[owner][0] += points
        if purse not in IN_HEAPS:
            self.sums[owner, purse] += points
            return Brought(owner, purse, None, points, budget)
        self._came += 1
        heap = Heap(expires_on, self._came, points)
        self.heaps[owner, purse].append(heap)
        return Brought(owner, purse, heap, points, budget)

    def _take(self, owner: UUID, purse: str, points: int, to: str, *, first: Heap | None = None) -> list[Taken]:
        """Oldest first, after one heap where it is named."""
        oldest = sorted(self.heaps[owner, purse], key=lambda heap: (heap.expires_on or FAR, heap.came))
        parts = []
        self._tally[owner][1] += points
        for heap in ([first] if first else []) + [heap for heap in oldest if heap is not first]:
            part = min(points, heap.left)
            if part:
                heap.left -= part
                points -= part
                if to in GONE_UNUSED:
                    heap.lapsed[to] += part
                parts.append(Taken(owner, purse, heap, part, to))
        assert points == 0
        return parts

    def _put_back(self, part: Taken) -> None:
        points = part.points
        if part.to in GONE_UNUSED:
            points = min(points, part.heap.lapsed[part.to])
            part.heap.lapsed[part.to] -= points
        part.heap.left += points
        self._tally[part.owner][0] += points

    def _forgive(self, target: Done) -> None:
        owner = target.owner
        forgiven = min(target.owed, self.sums[owner, "owes"])
        self.sums[owner, "owes"] -= forgiven
        self._tally[owner][3] += forgiven
        if target.owed > forgiven:
            self._bring(owner, "spendable", target.owed - forgiven, None)

    def _take_back(self, brought: Brought) -> None:
        owner, purse, heap, points = brought.owner, brought.purse, brought.heap, brought.points
        if heap is None:
            self.sums[owner, purse] -= points
            self._tally[owner][1] += points
        else:
            unused = sum(heap.lapsed.values())
            heap.left += unused
            heap.lapsed.clear()
            self._tally[owner][0] += unused
            for kind in dict.fromkeys((purse, "spendable" if purse != "pool" else "pool")):
                part = min(points, self.has(owner, kind))
                self._take(owner, kind, part, "taken back", first=heap if kind == purse else None)
                points -= part
            self.sums[owner, "owes"] += points
            self._tally[owner][2] += points
        if brought.budget:
            self._budget(brought.budget, brought.points)
        for part in brought.givers:
            self._put_back(part)

    def _budget(self, street: UUID, points: int) -> None:
        self.sums[street, "budget"] += points
        self._tally[street][0 if points > 0 else 1] += abs(points)

    def _left(self, held: Done) -> int:
        assert held.held is not None
        return 0 if held.reversed_for is not None else len(held.held) - held.gone

    def _back_from_hold(self, held: Done, points: int, grace: int) -> None:
        """The points that were taken last come back first."""
        assert held.held is not None
        late: dict[str, int] = {}
        for _ in range(points):
            part = held.held.pop()
            if grace and part.heap.expires_on is not None and part.heap.expires_on < self.today:
                late[part.purse] = late.get(part.purse, 0) + 1
            else:
                part.heap.left += 1
                self._tally[held.owner][0] += 1
        for purse, count in late.items():
            self._bring(held.owner, purse, count, self.today + timedelta(days=grace))
        self._repay(held.owner)

    def _repay(self, owner: UUID) -> None:
        repaid = min(self.sums[owner, "owes"], self.has(owner, "spendable"))
        self._take(owner, "spendable", repaid, "repaid")
        self.sums[owner, "owes"] -= repaid
        self._tally[owner][3] += repaid
