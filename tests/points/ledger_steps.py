"""Steps of the state machine: a batch of wishes at a time, and how the naive ledger plays it."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from kernel.errors import Refusal
from points.assess import EarningEvent
from points.award import AwardOutcome, AwardReversal, Reversed
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
from tests.points.ledger_builders import STREET, TEAM
from tests.points.ledger_strategies import LANE_DAY_LIMIT, MONTH_LIMIT, SHIFTS, WISHES
from tests.points.naive_earning import NaiveEarning
from tests.points.naive_ledger import NaiveLedger
from tests.points.naive_purses import BEIJING


def next_border(now: datetime, border: str) -> datetime:
    """The next instant at which a day, month, year, 29 February or 1 March of a leap year begins in Beijing."""
    day = now.astimezone(BEIJING).date()
    while True:
        day += timedelta(days=1)
        leap = calendar.isleap(day.year)
        begins = {
            "day": True,
            "month": day.day == 1,
            "year": (day.month, day.day) == (1, 1),
            "leap day": (day.month, day.day) == (2, 29),
            "day after it": leap and (day.month, day.day) == (3, 1),
        }
        if begins[border]:
            return datetime.combine(day, datetime.min.time(), BEIJING).astimezone(UTC)


@dataclass(frozen=True)
class Step:
    """A batch of any sorts, recorded so long after the one before."""

    wishes: Sequence[Any]
    after: timedelta


POSTING = st.builds(
    Step,
    st.lists(WISHES, min_size=1, max_size=6),
    st.one_of(SHIFTS, st.sampled_from([timedelta(0), timedelta(days=366)])),
)


class Model:
    """The naive ledger with its earning, answering as the ledger does."""

    def __init__(self) -> None:
        self.ledger = NaiveLedger()
        self.ledger.main |= {TEAM: "pool", STREET: "budget"}
        self.earning = NaiveEarning(self.ledger, month_limit=MONTH_LIMIT, lane_day_limit=LANE_DAY_LIMIT)

    def play(self, wishes: Sequence[Any], now: datetime) -> list[Any]:
        """What a batch that is recorded now answers."""
        self.ledger.today = now.astimezone(BEIJING).date()
        if isinstance(wishes[0], AwardReversal):
            return self.earning.undo([(wish.award, wish.cause) for wish in wishes])
        if isinstance(wishes[0], EarningEvent):
            return [self.earning.earn(event) for event in wishes]
        return [self._post(wish) for wish in wishes]

    def _post(self, wish: Wish) -> Any:
        if isinstance(wish, Reverse):
            return self.ledger.reverse(wish.operation, wish.cause)
        if (wish.minutes if isinstance(wish, Minutes) else getattr(wish, "points", 1)) == 0:
            return "points_out_of_range"
        return self._carry_out(wish, (wish.reason, wish.reference))

    def _carry_out(self, wish: Wish, key: tuple[str, str]) -> Any:
        ledger = self.ledger
        match wish:
            case Credit():
                return ledger.credit(
                    key,
                    wish.owner_id,
                    wish.points,
                    wish.expires_on,
                    ("credit", wish.owner_id, wish.points, wish.expires_on, wish.purse, wish.budget_id),
                    purse=wish.purse,
                    budget=wish.budget_id,
                    most=wish.ceiling.most if wish.ceiling else None,
                    overflow=wish.ceiling.overflow_to if wish.ceiling else "",
                )
            case Minutes():
                return ledger.minutes(key, wish.owner_id, wish.minutes, (wish.owner_id, wish.minutes))
            case Debit():
                may_owe = wish.on_shortfall == "debt"
                facts = (wish.owner_id, wish.points, wish.purses, wish.to_kind, may_owe, wish.budget_id)
                ways = {"purses": wish.purses, "to": wish.to_kind, "may_owe": may_owe, "budget": wish.budget_id}
                return ledger.debit(key, wish.owner_id, wish.points, facts, **ways)
            case Move():
                facts = (wish.owner_id, wish.to_owner, wish.points, wish.purse)
                ways = {"to_owner": wish.to_owner, "purse": wish.purse, "to_purse": wish.to_purse}
                return ledger.move(key, wish.owner_id, wish.points, facts, **ways)
            case Hold():
                facts = (wish.owner_id, wish.points, wish.purses)
                return ledger.hold(key, wish.owner_id, wish.points, facts, purses=wish.purses)
            case Capture():
                return ledger.capture(key, wish.hold, wish.points, wish.to_kind, (wish.hold, wish.points, wish.to_kind))
            case Release():
                return ledger.release(key, wish.hold, wish.points, wish.grace_days, (wish.hold, wish.points))
            case Refund():
                return ledger.refund(key, wish.capture, wish.points, wish.grace_days, (wish.capture, wish.points))
            case Expire():
                return ledger.expire(key, wish.owner_id, wish.before, (wish.owner_id, wish.before))
            case Close():
                return ledger.close(key, wish.owner_id, (wish.owner_id,), leaves_held=wish.leaves_held)
            case Fund():
                return ledger.fund(key, wish.budget_id, wish.points, wish.ceiling, (wish.points,))
            case Defund():
                return ledger.fund(key, wish.budget_id, -wish.points, None, (wish.points,))
        raise AssertionError(wish)

    def standing(self, owner: UUID) -> dict[str, Any]:
        """What somebody has, purse by purse, owes and has on hold, and what expires when; zeros are left out."""
        purses = ("spendable", "honour", "services", "donation", "minutes", "pool", "budget", "held", "owes")
        found: dict[str, Any] = {purse: self.ledger.has(owner, purse) for purse in purses}
        return {name: value for name, value in {**found, "expiring": self.ledger.expiring(owner)}.items() if value}

    def rows(self) -> tuple[dict[tuple[UUID, str], int], dict[tuple[UUID, str], list[tuple[date, int]]]]:
        """Every balance that is not zero, and every lot that is not empty with its last day."""
        sums = {key: points for key, points in self.ledger.sums.items() if points}
        lots = {
            key: sorted((heap.expires_on or date.max, heap.left) for heap in heaps if heap.left)
            for key, heaps in self.ledger.heaps.items()
        }
        lots = {key: parts for key, parts in lots.items() if parts}
        return sums | {key: sum(left for _, left in parts) for key, parts in lots.items()}, lots

    def lifetime(self, owner: UUID) -> int:
        """All that was earned and not taken back."""
        return sum(
            prize.total for prize in self.earning.prizes.values() if prize.owner == owner and prize.reversed_for is None
        )


def plain(outcome: Any) -> Any:
    """An outcome of the ledger as the model answers."""
    if isinstance(outcome, Refusal):
        return outcome.code
    word = "replayed" if outcome.replayed else "done"
    if isinstance(outcome, AwardOutcome):
        return (word, outcome.points)
    if isinstance(outcome, Reversed):
        return (word, outcome.points_taken, outcome.debt)
    assert isinstance(outcome, Posted)
    return (
        word,
        outcome.given,
        outcome.taken,
        outcome.debt_added,
        outcome.debt_repaid,
        outcome.balance_after,
    )
