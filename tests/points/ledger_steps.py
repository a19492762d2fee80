"""Sequences of batches for property tests, and how the naive ledger plays them."""

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
from points.wishes import Capture, Credit, Debit, Hold, Posted, Refund, Release, Reverse, Wish
from tests.points.ledger_builders import steward
from tests.points.naive_ledger import NaiveEarning, NaiveLedger
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
BEGIN = datetime(2028, 3, 1, tzinfo=UTC)

_owners = st.sampled_from(OWNERS)
_references = st.integers(0, 5).map(str)
_causes = st.sampled_from(["mistake", "reopened"])
_expiries = st.sampled_from([None, date(2028, 12, 31), date(2029, 12, 31)])
_credits = st.builds(
    Credit,
    owner_id=_owners,
    points=st.integers(0, 12),
    reason=st.just("grant"),
    reference=_references,
    occurred_at=st.just(INSTANTS[0]),
    expires_on=_expiries,
)
_debits = st.builds(
    Debit,
    owner_id=_owners,
    points=st.integers(1, 15),
    to_kind=st.just("redeemed"),
    on_shortfall=st.sampled_from(["refuse", "debt"]),
    reason=st.just("redeem"),
    reference=_references,
    occurred_at=st.just(INSTANTS[0]),
)
_holds = st.builds(
    Hold,
    owner_id=_owners,
    points=st.integers(1, 15),
    reason=st.just("order"),
    reference=_references,
    occurred_at=st.just(INSTANTS[0]),
)
_parts: dict[str, st.SearchStrategy[Any]] = {
    "points": st.integers(1, 8),
    "reference": st.integers(0, 20).map(str),
    "occurred_at": st.just(INSTANTS[0]),
}
_held = st.tuples(st.just("order"), _references)
_settlements = st.one_of(
    st.builds(Capture, hold=_held, reason=st.just("capture"), **_parts),
    st.builds(Release, hold=_held, reason=st.just("release"), **_parts),
    st.builds(Refund, capture=st.tuples(st.just("capture"), _parts["reference"]), reason=st.just("refund"), **_parts),
)
_reversals = st.builds(
    Reverse,
    operation=st.one_of(
        st.tuples(st.sampled_from(["grant", "redeem", "order", "capture", "refund"]), _references),
        st.tuples(st.just("reversal"), _references.map("grant:{}".format)),
    ),
    cause=_causes,
    occurred_at=st.just(INSTANTS[0]),
)
_shifts = st.sampled_from([timedelta(0), MICROSECOND, timedelta(hours=5), -timedelta(seconds=1)])
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


@dataclass(frozen=True)
class Step:
    """A batch of one sort, recorded so long after the one before."""

    wishes: Sequence[Any]
    after: timedelta


POSTING = st.builds(
    Step, st.lists(st.one_of(_credits, _debits, _holds, _settlements, _reversals), min_size=1, max_size=6), _shifts
)
EARNING = st.builds(Step, st.lists(_events, min_size=1, max_size=6), _shifts)
UNDOING = st.builds(Step, st.lists(_award_reversals, min_size=1, max_size=3), _shifts)


class Model:
    """The naive ledger with its earning, answering as the ledger does."""

    def __init__(self) -> None:
        self.ledger = NaiveLedger()
        self.earning = NaiveEarning(self.ledger, month_limit=MONTH_LIMIT, lane_day_limit=LANE_DAY_LIMIT)

    def play(self, step: Step) -> list[Any]:
        """What a batch answers."""
        if isinstance(step.wishes[0], AwardReversal):
            return self.earning.undo([(wish.award, wish.cause) for wish in step.wishes])
        if isinstance(step.wishes[0], EarningEvent):
            return [self.earning.earn(event) for event in step.wishes]
        return [self._post(wish) for wish in step.wishes]

    def _post(self, wish: Wish) -> Any:
        if isinstance(wish, Reverse):
            return self.ledger.reverse(wish.operation, wish.cause)
        if not wish.points:
            return "points_out_of_range"
        key = (wish.reason, wish.reference)
        if isinstance(wish, Credit):
            facts = (wish.owner_id, wish.points, wish.expires_on)
            return self.ledger.credit(key, wish.owner_id, wish.points, wish.expires_on, facts)
        if isinstance(wish, Hold):
            return self.ledger.hold(key, wish.owner_id, wish.points, (wish.owner_id, wish.points))
        if isinstance(wish, Capture):
            return self.ledger.capture(key, wish.hold, wish.points, (wish.hold, wish.points))
        if isinstance(wish, Release):
            return self.ledger.release(key, wish.hold, wish.points, (wish.hold, wish.points))
        if isinstance(wish, Refund):
            return self.ledger.refund(key, wish.capture, wish.points, (wish.capture, wish.points))
        may_owe = wish.on_shortfall == "debt"
        facts = (wish.owner_id, wish.points, may_owe)
        return self.ledger.debit(key, wish.owner_id, wish.points, may_owe=may_owe, facts=facts)

    def standing(self, owner: UUID) -> tuple[int, int, int, dict[date, int]]:
        """Spendable, owed, held, and what expires when."""
        purse = self.ledger.purse(owner)
        return purse.spendable, purse.owes, purse.held, purse.expiring()

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
