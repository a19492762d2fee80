"""What events earn under caps, kept the slow way."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tests.points.naive_ledger import NaiveLedger
from tests.points.naive_purses import BEIJING


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
