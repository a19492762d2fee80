"""The ledger as one would explain it on paper: slow, in memory, with none of the ledger's code in it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

Key = tuple[str, str]
BEIJING = timezone(timedelta(hours=8))  # no summer time since 1991
FAR = date.max


@dataclass(eq=False)
class Heap:
    """Points that came together."""

    expires_on: date | None
    came: int
    left: int


@dataclass
class Purse:
    """What one steward has, owes and has on hold."""

    heaps: list[Heap] = field(default_factory=list)
    owes: int = 0
    held: int = 0

    @property
    def spendable(self) -> int:
        return sum(heap.left for heap in self.heaps)

    def expiring(self) -> dict[date, int]:
        found: dict[date, int] = {}
        for heap in self.heaps:
            if heap.expires_on and heap.left:
                found[heap.expires_on] = found.get(heap.expires_on, 0) + heap.left
        return dict(sorted(found.items()))


@dataclass
class Done:
    """An operation that was carried out."""

    facts: tuple[Any, ...]
    owner: UUID
    answer: tuple[int, int, int, int, int]  # given, taken, debt added, debt repaid, balance after
    heap: Heap | None = None  # what a credit made
    source_points: int = 0
    parts: list[tuple[Heap, int]] = field(default_factory=list)  # what a debit took from where
    owed: int = 0
    coins: list[Heap] | None = None  # of a hold: the heap of each point that is not back, in the order taken
    gone: int = 0  # captured of them
    settles: "Done | None" = None
    refundable: int | None = None  # of a capture
    reversal: bool = False
    reversed_for: str | None = None
    reversal_answer: tuple[int, int, int, int, int] | None = None


class NaiveLedger:
    """Purses and what was done to them."""

    def __init__(self) -> None:
        self.purses: dict[UUID, Purse] = {}
        self.done: dict[Key, Done] = {}
        self._came = 0

    def purse(self, owner: UUID) -> Purse:
        return self.purses.setdefault(owner, Purse())

    def credit(self, key: Key, owner: UUID, points: int, expires_on: date | None, facts: tuple[Any, ...]) -> Any:
        known = self._known(key, facts)
        if known:
            return known
        heap, repaid = self._arrive(owner, points, expires_on)
        answer = (points, repaid, 0, repaid, self.purse(owner).spendable)
        self.done[key] = Done(facts, owner, answer, heap=heap, source_points=points)
        return ("done", *answer)

    def debit(self, key: Key, owner: UUID, points: int, *, may_owe: bool, facts: tuple[Any, ...]) -> Any:
        known = self._known(key, facts)
        if known:
            return known
        purse = self.purse(owner)
        if points > purse.spendable and not may_owe:
            return "not_enough_points"
        parts = self._leave(owner, min(points, purse.spendable))
        taken = sum(part for _, part in parts)
        purse.owes += points - taken
        answer = (0, taken, points - taken, 0, purse.spendable)
        self.done[key] = Done(facts, owner, answer, parts=parts, owed=points - taken)
        return ("done", *answer)

    def hold(self, key: Key, owner: UUID, points: int, facts: tuple[Any, ...]) -> Any:
        known = self._known(key, facts)
        if known:
            return known
        purse = self.purse(owner)
        if points > purse.spendable:
            return "not_enough_points"
        parts = self._leave(owner, points)
        purse.held += points
        answer = (0, points, 0, 0, purse.spendable)
        coins = [heap for heap, part in parts for _ in range(part)]
        self.done[key] = Done(facts, owner, answer, parts=parts, coins=coins)
        return ("done", *answer)

    def capture(self, key: Key, named: Key, points: int, facts: tuple[Any, ...]) -> Any:
        known = self._known(key, facts)
        if known:
            return known
        held = self.done.get(named)
        if held is None or held.coins is None:
            return "unknown_hold"
        if points > self._left(held):
            return "hold_settled"
        purse = self.purse(held.owner)
        purse.held -= points
        held.gone += points
        answer = (0, 0, 0, 0, purse.spendable)
        self.done[key] = Done(facts, held.owner, answer, settles=held, refundable=points)
        return ("done", *answer)

    def release(self, key: Key, named: Key, points: int, facts: tuple[Any, ...]) -> Any:
        known = self._known(key, facts)
        if known:
            return known
        held = self.done.get(named)
        if held is None or held.coins is None:
            return "unknown_hold"
        if points > self._left(held):
            return "hold_settled"
        self.purse(held.owner).held -= points
        return self._back(key, held, points, facts)

    def refund(self, key: Key, named: Key, points: int, facts: tuple[Any, ...]) -> Any:
        known = self._known(key, facts)
        if known:
            return known
        captured = self.done.get(named)
        if captured is None or captured.settles is None or captured.refundable is None:
            return "unknown_capture"
        if points > captured.refundable:
            return "capture_refunded"
        captured.refundable -= points
        captured.settles.gone -= points
        return self._back(key, captured.settles, points, facts)

    def _left(self, held: Done) -> int:
        assert held.coins is not None
        return 0 if held.reversed_for is not None else len(held.coins) - held.gone

    def _back(self, key: Key, held: Done, points: int, facts: tuple[Any, ...]) -> Any:
        """The coins that were taken last come back first."""
        assert held.coins is not None
        for _ in range(points):
            held.coins.pop().left += 1
        purse = self.purse(held.owner)
        repaid = min(purse.owes, purse.spendable)
        self._leave(held.owner, repaid)
        purse.owes -= repaid
        answer = (points, repaid, 0, repaid, purse.spendable)
        self.done[key] = Done(facts, held.owner, answer, settles=held)
        return ("done", *answer)

    def reverse(self, key: Key, cause: str) -> Any:
        target = self.done.get(key)
        if target is None:
            return "unknown_operation"
        if target.reversal:
            return "reversal_stands"
        if target.reversed_for is not None:
            return ("replayed", *target.reversal_answer) if target.reversed_for == cause else "already_reversed"
        if target.settles is not None:
            return "settlement_stands"
        if any(other.settles is target for other in self.done.values()):
            return "already_settled"
        purse = self.purse(target.owner)
        if target.heap is not None:
            points = target.source_points
            own = min(target.heap.left, points, purse.spendable)
            target.heap.left -= own
            rest = min(points - own, purse.spendable)
            self._leave(target.owner, rest)
            purse.owes += points - own - rest
            answer = (0, own + rest, points - own - rest, 0, purse.spendable)
        else:
            taken = sum(part for _, part in target.parts)
            if target.coins is not None:
                purse.held -= taken
            for heap, part in target.parts:
                heap.left += part
            forgiven = min(target.owed, purse.owes)
            purse.owes -= forgiven
            back = target.owed - forgiven
            if back:
                self._new_heap(target.owner, back, None)
            repaid = min(purse.owes, purse.spendable)
            self._leave(target.owner, repaid)
            purse.owes -= repaid
            answer = (taken + back, repaid, 0, forgiven + repaid, purse.spendable)
        target.reversed_for = cause
        target.reversal_answer = answer
        self.done["reversal", f"{key[0]}:{key[1]}"] = Done((), target.owner, answer, reversal=True)
        return ("done", *answer)

    def _known(self, key: Key, facts: tuple[Any, ...]) -> Any:
        known = self.done.get(key)
        if known is None:
            return None
        return ("replayed", *known.answer) if known.facts == facts else "operation_differs"

    def _arrive(self, owner: UUID, points: int, expires_on: date | None) -> tuple[Heap, int]:
        purse = self.purse(owner)
        heap = self._new_heap(owner, points, expires_on)
        repaid = min(purse.owes, purse.spendable)
        self._leave(owner, repaid)
        purse.owes -= repaid
        return heap, repaid

    def _new_heap(self, owner: UUID, points: int, expires_on: date | None) -> Heap:
        self._came += 1
        heap = Heap(expires_on, self._came, points)
        self.purse(owner).heaps.append(heap)
        return heap

    def _leave(self, owner: UUID, points: int) -> list[tuple[Heap, int]]:
        parts = []
        for heap in sorted(self.purse(owner).heaps, key=lambda heap: (heap.expires_on or FAR, heap.came)):
            part = min(points, heap.left)
            if part:
                heap.left -= part
                points -= part
                parts.append((heap, part))
        assert points == 0
        return parts


@dataclass
class Prize:
    """An event that was assessed."""

    kind: str
    reference: str
    facts: tuple[Any, ...]
    owner: UUID
    lane: UUID | None
    at: datetime
    worth: int
    expires_on: date | None
    order: int
    given: int = 0
    top_ups: list[int] = field(default_factory=list)
    reversed_for: str | None = None

    @property
    def total(self) -> int:
        return self.given + sum(self.top_ups)


class NaiveEarning:
    """Events under caps, each window counted anew from the awards that stand."""

    def __init__(self, ledger: NaiveLedger, *, month_limit: int, lane_day_limit: int) -> None:
        self.ledger = ledger
        self.month_limit = month_limit
        self.lane_day_limit = lane_day_limit
        self.prizes: dict[tuple[str, str], Prize] = {}

    def earn(self, event: Any) -> Any:
        key = (event.event.value, event.reference)
        facts = (event.steward_id, event.lane_id, event.occurred_at)
        known = self.prizes.get(key)
        if known is not None:
            return ("replayed", known.given) if known.facts == facts else "operation_differs"
        prize = Prize(
            *key,
            facts,
            event.steward_id,
            event.lane_id,
            event.occurred_at,
            worth=6 if event.event == "case_verified" else 1,
            expires_on=date(event.occurred_at.astimezone(BEIJING).year + 1, 12, 31),
            order=len(self.prizes),
        )
        prize.given = self._allowed(prize)
        self.prizes[key] = prize
        if prize.given:
            self.ledger.credit(key, prize.owner, prize.given, prize.expires_on, facts)
        return ("done", prize.given)

    def undo(self, wishes: list[tuple[tuple[str, str], str]]) -> list[Any]:
        answers, freed = [], False
        for key, cause in wishes:
            prize = self.prizes.get(key)
            if prize is None:
                answers.append("unknown_award")
                continue
            replayed = prize.reversed_for is not None
            if replayed and prize.reversed_for != cause:
                answers.append("already_reversed")
                continue
            parts = []
            if prize.given:
                parts.append(self.ledger.reverse(key, cause))
            parts += [
                self.ledger.reverse(("top_up", f"{key[0]}:{key[1]}#{number}"), cause)
                for number in range(1, len(prize.top_ups) + 1)
            ]
            freed = freed or bool(prize.total and not replayed)
            prize.reversed_for = cause
            taken, owed = sum(part[2] for part in parts), sum(part[3] for part in parts)
            answers.append(("replayed" if replayed else "done", taken, owed))
        if freed:
            self._top_up()
        return answers

    def _top_up(self) -> None:
        for prize in sorted(self.prizes.values(), key=lambda prize: (prize.at, prize.order)):
            if prize.reversed_for is not None or prize.total == prize.worth:
                continue
            more = self._allowed(prize)
            if more:
                prize.top_ups.append(more)
                key = ("top_up", f"{prize.kind}:{prize.reference}#{len(prize.top_ups)}")
                self.ledger.credit(key, prize.owner, more, prize.expires_on, ("top up", *key))

    def _allowed(self, prize: Prize) -> int:
        still = prize.worth - prize.total
        day = prize.at.astimezone(BEIJING).date()
        standing = [other for other in self.prizes.values() if other.reversed_for is None]
        month = [
            other
            for other in standing
            if other.owner == prize.owner and other.at.astimezone(BEIJING).date().replace(day=1) == day.replace(day=1)
        ]
        allowed = min(still, self.month_limit - sum(other.total for other in month))
        if prize.lane is not None:
            lane_day = [
                other for other in standing if other.lane == prize.lane and other.at.astimezone(BEIJING).date() == day
            ]
            allowed = min(allowed, self.lane_day_limit - sum(other.total for other in lane_day))
        if prize.kind == "patrol" and not prize.total:
            patrols = [
                other
                for other in month
                if other.kind == "patrol" and other.at.astimezone(BEIJING).date() == day and other.total
            ]
            allowed = 0 if patrols else allowed
        return allowed
