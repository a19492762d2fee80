"""Batches of wishes for the state machine, the borders of time that it crosses, and how the naive ledger plays both."""

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
from points.rules import Event
from points.wishes import (
    Capture,
    Ceiling,
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
from tests.points.ledger_builders import STREET, TEAM, steward
from tests.points.naive_ledger import BEIJING, NaiveEarning, NaiveLedger
from tests.points.rule_builders import a_cap

OWNERS = [steward(name) for name in ("ann", "ben", "cai")]
LANES = [steward("lane one"), steward("lane two"), None]
MONTH_LIMIT, LANE_DAY_LIMIT = 20, 13
CAPS = [
    a_cap(limit=MONTH_LIMIT),
    a_cap(code="lane_day", per="lane", period="day", limit=LANE_DAY_LIMIT),
    a_cap(code="patrol_day", period="day", counts="times", limit=1, events=["patrol"]),
]
MICROSECOND = timedelta(microseconds=1)
_MIDNIGHTS = [
    datetime(2027, 12, 31, 16, tzinfo=UTC),  # 2028 begins in Beijing
    datetime(2028, 1, 31, 16, tzinfo=UTC),  # February begins
    datetime(2028, 2, 28, 16, tzinfo=UTC),  # the leap day begins
    datetime(2028, 2, 29, 16, tzinfo=UTC),  # March begins
]
INSTANTS = [midnight + shift for midnight in _MIDNIGHTS for shift in (-MICROSECOND, timedelta(0))]
BEGIN = datetime(2028, 2, 28, 15, 30, tzinfo=UTC)  # half an hour before the leap day in Beijing
EVERYBODY = [*OWNERS, TEAM, STREET]

_owners = st.sampled_from(OWNERS)
_references = st.integers(0, 5).map(str)
_causes = st.sampled_from(["mistake", "reopened"])
_DAYS = [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2028, 12, 31), date(2029, 12, 31)]
_expiries = st.sampled_from([None, *_DAYS])
_at = st.just(INSTANTS[0])
_spent_from = st.sampled_from(
    [("spendable",), ("spendable",), ("services", "spendable"), ("spendable", "donation"), ("donation",), ("services",)]
)
_credits = st.builds(
    Credit,
    owner_id=_owners,
    points=st.integers(0, 12),
    reason=st.just("grant"),
    reference=_references,
    occurred_at=_at,
    purse=st.sampled_from(["spendable", "spendable", "spendable", "honour", "services", "donation"]),
    budget_id=st.sampled_from([None, None, STREET]),
    expires_on=_expiries,
    ceiling=st.one_of(
        st.none(),
        st.builds(Ceiling, most=st.integers(0, 20), overflow_to=st.sampled_from(["honour", "donation", "donated"])),
    ),
)
_team_credits = st.builds(
    Credit,
    owner_id=st.just(TEAM),
    points=st.integers(1, 12),
    reason=st.just("grant"),
    reference=_references,
    occurred_at=_at,
    purse=st.just("pool"),
    expires_on=_expiries,
)
_minutes = st.builds(
    Minutes,
    owner_id=_owners,
    minutes=st.integers(0, 120),
    reason=st.just("log"),
    reference=_references,
    occurred_at=_at,
)
_debits = st.builds(
    Debit,
    owner_id=_owners,
    points=st.integers(1, 15),
    to_kind=st.sampled_from(["redeemed", "donated"]),
    purses=_spent_from,
    on_shortfall=st.sampled_from(["refuse", "debt"]),
    budget_id=st.sampled_from([None, None, STREET]),
    reason=st.just("redeem"),
    reference=_references,
    occurred_at=_at,
)
_shares = st.builds(
    Move,
    owner_id=st.just(TEAM),
    to_owner=_owners,
    points=st.integers(1, 8),
    reason=st.just("share"),
    reference=_references,
    occurred_at=_at,
)
_gifts = st.builds(
    Move,
    owner_id=_owners,
    to_owner=st.just(TEAM),
    purse=st.just("spendable"),
    to_purse=st.just("pool"),
    points=st.integers(1, 8),
    reason=st.just("share"),
    reference=_references,
    occurred_at=_at,
)
_holds = st.builds(
    Hold,
    owner_id=_owners,
    points=st.integers(1, 15),
    purses=_spent_from,
    reason=st.just("order"),
    reference=_references,
    occurred_at=_at,
)
_settling: dict[str, st.SearchStrategy[Any]] = {
    "points": st.integers(1, 6),
    "reference": st.integers(0, 12).map(str),
    "occurred_at": _at,
}
_held = st.tuples(st.just("order"), _references)
_captured = st.tuples(st.just("capture"), _settling["reference"])
_grace = st.sampled_from([0, 0, 30])
_settlements = st.one_of(
    st.builds(
        Capture, hold=_held, reason=st.just("capture"), to_kind=st.sampled_from(["redeemed", "donated"]), **_settling
    ),
    st.builds(Release, hold=_held, reason=st.just("release"), grace_days=_grace, **_settling),
    st.builds(Refund, capture=_captured, reason=st.just("refund"), grace_days=_grace, **_settling),
)
_expiry_runs = st.one_of(
    st.builds(
        Expire,
        owner_id=_owners,
        before=st.sampled_from([day + timedelta(days=1) for day in _DAYS]),
        reason=st.just("expiry"),
        reference=_references,
        occurred_at=_at,
    ),
    st.builds(
        Expire,
        owner_id=st.just(TEAM),
        owner_kind=st.just("team"),
        before=st.sampled_from([day + timedelta(days=1) for day in _DAYS]),
        reason=st.just("expiry"),
        reference=_references,
        occurred_at=_at,
    ),
)
_closings = st.builds(
    Close,
    owner_id=_owners,
    leaves_held=st.booleans(),
    reason=st.just("close"),
    reference=st.integers(0, 2).map(str),
    occurred_at=_at,
)
_budgets = st.one_of(
    st.builds(
        Fund,
        budget_id=st.just(STREET),
        points=st.integers(1, 40),
        ceiling=st.sampled_from([None, 60]),
        reason=st.just("fund"),
        reference=_references,
        occurred_at=_at,
    ),
    st.builds(
        Defund,
        budget_id=st.just(STREET),
        points=st.integers(1, 20),
        reason=st.just("defund"),
        reference=_references,
        occurred_at=_at,
    ),
)
_reasons = st.sampled_from(
    ["grant", "grant", "redeem", "order", "share", "log", "expiry", "close", "fund", "defund", "capture", "refund"]
)
_reversals = st.builds(
    Reverse,
    operation=st.one_of(
        st.tuples(_reasons, _references),
        st.tuples(st.just("reversal"), _references.map("grant:{}".format)),
    ),
    cause=_causes,
    occurred_at=_at,
)
SHIFTS = st.sampled_from(
    [MICROSECOND, timedelta(hours=5), timedelta(days=1), timedelta(days=30), -timedelta(seconds=1)]
)
BORDERS = st.sampled_from(["day", "month", "year", "leap day", "day after it"])


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


_kinds = st.sampled_from([Event.CASE_VERIFIED, Event.CASE_VERIFIED, Event.PATROL])
_award_references = st.integers(0, 9).map(str)
_events = st.builds(
    EarningEvent,
    steward_id=_owners,
    street_id=st.just(None),
    lane_id=st.sampled_from(LANES),
    event=_kinds,
    reference=_award_references,
    occurred_at=st.sampled_from(INSTANTS),
    category=st.just("road_damage"),
)
_award_reversals = st.builds(
    AwardReversal, award=st.tuples(_kinds.map(lambda kind: kind.value), _award_references), cause=_causes
)


def _some(*wishes: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.one_of(*wishes), min_size=1, max_size=4)


EVENTS = _some(_events)
UNDOINGS = _some(_award_reversals)
GRANTS = _some(_credits, _credits, _team_credits, _minutes)
SPENDINGS = _some(_debits)
HOLDS = _some(_holds)
SETTLEMENTS = _some(_settlements)
SHARES = _some(_shares, _gifts)
BUDGETS = _some(_budgets)
EXPIRIES = _some(_expiry_runs)
CLOSINGS = _some(_closings)
REVERSALS = _some(_reversals)
_WISHES = st.one_of(
    _credits,
    _credits,
    _team_credits,
    _minutes,
    _debits,
    _shares,
    _gifts,
    _holds,
    _settlements,
    _settlements,
    _expiry_runs,
    _closings,
    _budgets,
    _reversals,
)
MIXED = st.lists(_WISHES, min_size=2, max_size=6)


@dataclass(frozen=True)
class Step:
    """A batch of any sorts, recorded so long after the one before."""

    wishes: Sequence[Any]
    after: timedelta


POSTING = st.builds(
    Step,
    st.lists(_WISHES, min_size=1, max_size=6),
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
