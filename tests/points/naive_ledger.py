"""The ledger as one would explain it on paper: slow, in memory, with none of the ledger's code in it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from tests.points.naive_purses import GONE_UNUSED, IN_HEAPS, Done, Key, NaivePurses


class NaiveLedger(NaivePurses):
    """What may be asked of the purses, with each answer."""

    def credit(
        self,
        key: Key,
        owner: UUID,
        points: int,
        expires_on: date | None,
        facts: tuple[Any, ...],
        *,
        purse: str = "spendable",
        budget: UUID | None = None,
        most: int | None = None,
        overflow: str = "",
    ) -> Any:
        if known := self._known(key, facts):
            return known
        if budget and self.sums[budget, "budget"] < points:
            return "budget_exhausted"
        if most is not None and (
            overflow == purse or purse not in IN_HEAPS or (purse == "services" and overflow == "donated")
        ):
            return "purse_unfit"
        done = self._begin(facts, owner)
        excess = 0
        if most is not None:
            repays = self.sums[owner, "owes"] if purse == "spendable" else 0
            excess = max(0, points - max(0, most - self.has(owner, purse)) - repays)
        if budget:
            self.sums[budget, "budget"] -= points
        stays = points - (excess if overflow != "donated" else 0)
        if stays:
            done.brought.append(self._bring(owner, purse, stays, expires_on, budget))
        if excess and overflow == "donated":
            heap = done.brought[0].heap
            assert heap is not None
            done.taken += self._take(owner, purse, excess, "donated", first=heap)
        elif excess:
            done.brought.append(self._bring(owner, overflow, excess, expires_on, budget))
        self._repay(owner)
        return self._end(key, done)

    def minutes(self, key: Key, owner: UUID, minutes: int, facts: tuple[Any, ...]) -> Any:
        if known := self._known(key, facts):
            return known
        done = self._begin(facts, owner)
        done.brought.append(self._bring(owner, "minutes", minutes, None))
        return self._end(key, done)

    def debit(
        self,
        key: Key,
        owner: UUID,
        points: int,
        facts: tuple[Any, ...],
        *,
        purses: Sequence[str],
        to: str,
        may_owe: bool,
        budget: UUID | None = None,
    ) -> Any:
        if known := self._known(key, facts):
            return known
        outlets = {"services": {"redeemed"}, "donation": {"donated"}}
        if budget and set(purses) != {"spendable"}:
            return "purse_unfit"
        if any(to not in outlets.get(purse, {to}) for purse in purses):
            return "purse_unfit"
        purses = list(dict.fromkeys(purses))
        may_owe = may_owe and self.main[owner] == "spendable"
        if may_owe and "spendable" not in purses:
            purses.append("spendable")
        if not may_owe and points > sum(self.has(owner, purse) for purse in purses):
            return "not_enough_points"
        done = self._begin(facts, owner)
        for purse in purses:
            part = min(points, self.has(owner, purse))
            done.taken += self._take(owner, purse, part, to)
            points -= part
        if points:
            done.owed = points
            self.sums[owner, "owes"] += points
            self._tally[owner][2] += points
        if budget:
            done.returned = (budget, done.owed + sum(part.points for part in done.taken))
            self._budget(*done.returned)
        return self._end(key, done)

    def move(
        self, key: Key, owner: UUID, points: int, facts: tuple[Any, ...], *, to_owner: UUID, purse: str, to_purse: str
    ) -> Any:
        if owner == to_owner:
            return "purse_unfit"
        if known := self._known(key, facts):
            return known
        if points > self.has(owner, purse):
            return "not_enough_points"
        done = self._begin(facts, owner)
        gone = self._take(owner, purse, points, "moved")
        for day in dict.fromkeys(part.heap.expires_on for part in gone):
            parts = [part for part in gone if part.heap.expires_on == day]
            brought = self._bring(to_owner, to_purse, sum(part.points for part in parts), day)
            brought.givers = parts
            done.brought.append(brought)
        self._repay(to_owner)
        return self._end(key, done)

    def hold(self, key: Key, owner: UUID, points: int, facts: tuple[Any, ...], *, purses: Sequence[str]) -> Any:
        if known := self._known(key, facts):
            return known
        if points > sum(self.has(owner, purse) for purse in dict.fromkeys(purses)):
            return "not_enough_points"
        done = self._begin(facts, owner)
        self.sums[owner, "held"] += points
        for purse in dict.fromkeys(purses):
            part = min(points, self.has(owner, purse))
            done.taken += self._take(owner, purse, part, "held")
            points -= part
        done.held = [part for part in done.taken for _ in range(part.points)]
        return self._end(key, done)

    def capture(self, key: Key, named: Key, points: int, to: str, facts: tuple[Any, ...]) -> Any:
        if known := self._known(key, facts):
            return known
        held = self.done.get(named)
        if held is None or held.held is None:
            return "unknown_hold"
        bound = {"services": "redeemed", "donation": "donated"}
        if any(bound.get(part.purse, to) != to for part in held.taken):
            return "purse_unfit"
        if points > self._left(held):
            return "hold_settled"
        done = self._begin(facts, held.owner)
        self.sums[held.owner, "held"] -= points
        held.gone += points
        done.settles, done.refundable = held, points
        return self._end(key, done)

    def release(self, key: Key, named: Key, points: int, grace: int, facts: tuple[Any, ...]) -> Any:
        if known := self._known(key, facts):
            return known
        held = self.done.get(named)
        if held is None or held.held is None:
            return "unknown_hold"
        if points > self._left(held):
            return "hold_settled"
        done = self._begin(facts, held.owner)
        self.sums[held.owner, "held"] -= points
        done.settles = held
        self._back_from_hold(held, points, grace)
        return self._end(key, done)

    def refund(self, key: Key, named: Key, points: int, grace: int, facts: tuple[Any, ...]) -> Any:
        if known := self._known(key, facts):
            return known
        captured = self.done.get(named)
        if captured is None or captured.settles is None or captured.refundable is None:
            return "unknown_capture"
        if points > captured.refundable:
            return "capture_refunded"
        held = captured.settles
        done = self._begin(facts, held.owner)
        captured.refundable -= points
        held.gone -= points
        done.settles = held
        self._back_from_hold(held, points, grace)
        return self._end(key, done)

    def expire(self, key: Key, owner: UUID, before: date, facts: tuple[Any, ...]) -> Any:
        if known := self._known(key, facts):
            return known
        due = [
            (purse, heap)
            for purse in IN_HEAPS
            for heap in self.heaps[owner, purse]
            if heap.left and heap.expires_on and heap.expires_on < before
        ]
        if not due:
            return "nothing_to_expire"
        done = self._begin(facts, owner)
        for purse, heap in due:
            done.taken += self._take(owner, purse, heap.left, "expired", first=heap)
        return self._end(key, done)

    def close(self, key: Key, owner: UUID, facts: tuple[Any, ...], *, leaves_held: bool = False) -> Any:
        if known := self._known(key, facts):
            return known
        if self.sums[owner, "held"] and not leaves_held:
            return "still_held"
        if not any(self.has(owner, purse) for purse in IN_HEAPS):
            return "nothing_left"
        done = self._begin(facts, owner)
        for purse in IN_HEAPS:
            done.taken += self._take(owner, purse, self.has(owner, purse), "forfeited")
        return self._end(key, done)

    def fund(self, key: Key, street: UUID, points: int, most: int | None, facts: tuple[Any, ...]) -> Any:
        """Negative `points` take out."""
        if known := self._known(key, facts):
            return known
        if self.sums[street, "budget"] + points < 0:
            return "budget_exhausted"
        if most is not None and self.sums[street, "budget"] + points > most:
            return "budget_full"
        done = self._begin(facts, street)
        done.funded = points
        self._budget(street, points)
        return self._end(key, done)

    def reverse(self, key: Key, cause: str) -> Any:
        target = self.done.get(key)
        if target is None:
            return "unknown_operation"
        if target.reversal:
            return "reversal_stands"
        reversal = ("reversal", f"{key[0]}:{key[1]}")
        if target.reversed_for is not None:
            return ("replayed", *self.done[reversal].answer) if target.reversed_for == cause else "already_reversed"
        refused = self._irreversible(target)
        if refused:
            return refused
        done = self._begin((), target.owner)
        if target.returned:
            self._budget(target.returned[0], -target.returned[1])
        done.reversal = True
        if target.held is not None:
            self.sums[target.owner, "held"] -= len(target.held)
        for part in target.taken:
            self._put_back(part)
        self._forgive(target)
        if target.funded:
            self._budget(target.owner, -target.funded)
        for brought in target.brought:
            self._take_back(brought)
        for owner in {target.owner, *(brought.owner for brought in target.brought)}:
            self._repay(owner)
        target.reversed_for = cause
        return self._end(reversal, done)

    # How it is done

    def _irreversible(self, target: Done) -> str | None:
        if target.settles is not None:
            return "settlement_stands"
        if any(other.settles is target for other in self.done.values()):
            return "already_settled"
        if target.returned and target.returned[1] > self.sums[target.returned[0], "budget"]:
            return "budget_exhausted"
        if target.funded > self.sums[target.owner, "budget"]:
            return "budget_exhausted"
        pooled = [brought for brought in target.brought if brought.purse == "pool"]
        for at, brought in enumerate(pooled, 1):
            assert brought.heap is not None
            there = self.has(brought.owner, "pool") + sum(brought.heap.lapsed.values())
            if there < sum(one.points for one in pooled[:at]):
                return "not_enough_points"
        lapses = bool(target.taken) and all(part.to in GONE_UNUSED for part in target.taken)
        if lapses and not any(min(part.points, part.heap.lapsed[part.to]) for part in target.taken):
            return "already_settled"
        return None
