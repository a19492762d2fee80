"""Batches of wishes for the state machine, and the borders of time that it crosses."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from points.assess import EarningEvent
from points.award import AwardReversal
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
    Refund,
    Release,
    Reverse,
)
from tests.points.ledger_builders import STREET, TEAM, steward
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
_known_by: dict[str, st.SearchStrategy[Any]] = {"reference": _references, "occurred_at": _at}
_spent_from = st.sampled_from(
    [("spendable",), ("spendable",), ("services", "spendable"), ("spendable", "donation"), ("donation",), ("services",)]
)
_credits = st.builds(
    Credit,
    owner_id=_owners,
    points=st.integers(0, 12),
    reason=st.just("grant"),
    **_known_by,
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
    **_known_by,
    purse=st.just("pool"),
    expires_on=_expiries,
)
_minutes = st.builds(
    Minutes,
    owner_id=_owners,
    minutes=st.integers(0, 120),
    reason=st.just("log"),
    **_known_by,
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
    **_known_by,
)
_shares = st.builds(
    Move,
    owner_id=st.just(TEAM),
    to_owner=_owners,
    points=st.integers(1, 8),
    reason=st.just("share"),
    **_known_by,
)
_gifts = st.builds(
    Move,
    owner_id=_owners,
    to_owner=st.just(TEAM),
    purse=st.just("spendable"),
    to_purse=st.just("pool"),
    points=st.integers(1, 8),
    reason=st.just("share"),
    **_known_by,
)
_holds = st.builds(
    Hold,
    owner_id=_owners,
    points=st.integers(1, 15),
    purses=_spent_from,
    reason=st.just("order"),
    **_known_by,
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
_expiring: dict[str, st.SearchStrategy[Any]] = {
    "before": st.sampled_from([day + timedelta(days=1) for day in _DAYS]),
    "reason": st.just("expiry"),
    **_known_by,
}
_expiry_runs = st.one_of(
    st.builds(
        Expire,
        owner_id=_owners,
        **_expiring,
    ),
    st.builds(
        Expire,
        owner_id=st.just(TEAM),
        owner_kind=st.just("team"),
        **_expiring,
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
        **_known_by,
    ),
    st.builds(
        Defund,
        budget_id=st.just(STREET),
        points=st.integers(1, 20),
        reason=st.just("defund"),
        **_known_by,
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
WISHES = st.one_of(
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
MIXED = st.lists(WISHES, min_size=2, max_size=6)
