"""The life of a case, decided purely: a table of what may follow what, and a machine that tries everything."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cases.reasons import REASONS
from cases.refusals import BeforeTheVerification, CaseChanged, NothingToUndo, OwnCase, OwnReport, WrongCaseState
from cases.transitions import (
    UNDO_WITHIN,
    CaseNow,
    Credit,
    Move,
    Original,
    StepWish,
    decide_step,
    possible_actions,
    standing_credits,
)
from cases.wording import CaseAction, State
from kernel.audit import SYSTEM, Actor
from kernel.errors import Refusal
from kernel.ids import derived_id
from tests.cases.examples import examples
from tests.stewards.builders import NOON

ZHAO = derived_id("steward", "zhao")
QIAN = derived_id("steward", "qian")
CLERK = Actor("staff", derived_id("staff", "clerk"))
CHIEF = Actor("staff", derived_id("staff", "chief"))


def a_case(state: State = State.REPORTED, **changes: object) -> CaseNow:
    facts = {
        "id": derived_id("case", "1"),
        "number": "2611230001",
        "state": state,
        "episode": 1,
        "version": 1,
        "steward_id": ZHAO,
        "reporter": Actor("steward", ZHAO),
        "reported_at": NOON,
    }
    return CaseNow(**{**facts, **changes})  # type: ignore[arg-type]


def a_wish(action: CaseAction, actor: Actor = CLERK, **changes: object) -> StepWish:
    reasons = REASONS.get(action)
    facts = {"action": action, "actor": actor, "reason": next(iter(reasons)) if reasons else None}
    return StepWish(**{**facts, **changes})  # type: ignore[arg-type]


AN_ORIGINAL = Original(
    case=a_case(id=derived_id("case", "0"), number="2611220001", reported_at=NOON - timedelta(days=1))
)

ALLOWED: dict[tuple[State, CaseAction], tuple[State, Credit | None, tuple[Credit, ...]]] = {
    (State.REPORTED, CaseAction.VERIFY): (State.VERIFIED, Credit.VERIFIED, ()),
    (State.REPORTED, CaseAction.RETURN): (State.RETURNED, None, ()),
    (State.REPORTED, CaseAction.REJECT): (State.REJECTED, None, ()),
    (State.REPORTED, CaseAction.DUPLICATE): (State.DUPLICATE, Credit.DUPLICATE, ()),
    (State.RETURNED, CaseAction.COMPLETE): (State.REPORTED, None, ()),
    (State.RETURNED, CaseAction.REJECT): (State.REJECTED, None, ()),
    (State.RETURNED, CaseAction.DUPLICATE): (State.DUPLICATE, Credit.DUPLICATE, ()),
    (State.VERIFIED, CaseAction.SOLVE): (State.SOLVED, Credit.SOLVED, ()),
    (State.VERIFIED, CaseAction.DUPLICATE): (State.DUPLICATE, Credit.DUPLICATE, (Credit.VERIFIED,)),
    (State.VERIFIED, CaseAction.REOPEN): (State.REPORTED, None, (Credit.VERIFIED,)),
    (State.SOLVED, CaseAction.REOPEN): (State.REPORTED, None, (Credit.SOLVED, Credit.VERIFIED)),
    (State.REJECTED, CaseAction.REOPEN): (State.REPORTED, None, ()),
    (State.DUPLICATE, CaseAction.REOPEN): (State.REPORTED, None, (Credit.DUPLICATE,)),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", [action for action in CaseAction if action is not CaseAction.UNDO])
def test_only_the_steps_of_the_table_are_taken(state: State, action: CaseAction) -> None:
    case = a_case(state, duplicate_of=AN_ORIGINAL.case.id if state is State.DUPLICATE else None)
    decided = decide_step(case, a_wish(action), now=NOON, original=AN_ORIGINAL)
    if (state, action) not in ALLOWED:
        assert isinstance(decided, WrongCaseState)
        assert action not in possible_actions(state)
        return
    assert isinstance(decided, Move)
    target, credit, takes_back = ALLOWED[state, action]
    assert (decided.after.state, decided.credit, decided.takes_back) == (target, credit, takes_back)
    assert decided.after.episode == (2 if action is CaseAction.REOPEN else 1)
    assert decided.after.version == 2
    assert action in possible_actions(state)


@pytest.mark.parametrize("action", [action for action in CaseAction if action is not CaseAction.COMPLETE])
def test_a_steward_decides_nothing_about_his_own_case(action: CaseAction) -> None:
    wish = a_wish(action, Actor("steward", ZHAO), steward_id=ZHAO)
    assert isinstance(decide_step(a_case(), wish, now=NOON), OwnCase)


def test_whoever_entered_a_report_does_not_verify_it_but_may_return_it() -> None:
    entered = a_case(reporter=CLERK)
    assert isinstance(decide_step(entered, a_wish(CaseAction.VERIFY), now=NOON), OwnReport)
    assert isinstance(decide_step(entered, a_wish(CaseAction.RETURN), now=NOON), Move)
    assert isinstance(decide_step(entered, a_wish(CaseAction.VERIFY, CHIEF), now=NOON), Move)


def test_a_sheet_that_the_system_takes_in_may_be_verified_by_the_system() -> None:
    taken_in = a_case(reporter=SYSTEM)
    assert isinstance(decide_step(taken_in, a_wish(CaseAction.VERIFY, SYSTEM), now=NOON), Move)


def test_a_stale_version_is_refused_before_anything_else() -> None:
    wish = a_wish(CaseAction.VERIFY, Actor("steward", ZHAO), steward_id=ZHAO, expected_version=7)
    assert isinstance(decide_step(a_case(), wish, now=NOON), CaseChanged)


def test_undo_ends_with_its_quarter_of_an_hour() -> None:
    verified = decide_step(a_case(), a_wish(CaseAction.VERIFY), now=NOON)
    assert isinstance(verified, Move)
    undo = a_wish(CaseAction.UNDO)
    in_time = decide_step(verified.after, undo, now=NOON + UNDO_WITHIN)
    assert isinstance(in_time, Move)
    assert (in_time.after.state, in_time.after.episode, in_time.takes_back) == (State.REPORTED, 2, (Credit.VERIFIED,))
    too_late = decide_step(verified.after, undo, now=NOON + UNDO_WITHIN + timedelta(microseconds=1))
    assert isinstance(too_late, NothingToUndo)
    assert isinstance(decide_step(verified.after, a_wish(CaseAction.UNDO, CHIEF), now=NOON), NothingToUndo)


def test_nothing_is_solved_before_it_was_verified() -> None:
    verified = a_case(State.VERIFIED, verified_at=NOON + timedelta(hours=2))
    solve = CaseAction.SOLVE
    early = a_wish(solve, occurred_at=NOON + timedelta(hours=1))
    assert isinstance(decide_step(verified, early, now=NOON + timedelta(days=1)), BeforeTheVerification)
    at_once = a_wish(solve, occurred_at=NOON + timedelta(hours=2))
    assert isinstance(decide_step(verified, at_once, now=NOON + timedelta(days=1)), Move)
    ahead = decide_step(verified, a_wish(solve), now=NOON + timedelta(hours=2) - timedelta(minutes=4))
    assert isinstance(ahead, Move)
    assert ahead.after.solved_at == verified.verified_at, "another machine's clock was a little ahead"


class CaseLives(RuleBasedStateMachine):
    """Three cases, anybody's wishes in any order, against a model that knows only which credits stand."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.standing: dict[UUID, CaseNow] = {}
        self.credited: dict[UUID, set[tuple[Credit, int]]] = {}
        self.ever: set[tuple[UUID, Credit, int]] = set()
        self.steps: dict[UUID, int] = {}

    @initialize()
    def three_reports(self) -> None:
        for number in range(3):
            case = a_case(
                id=derived_id("case", str(number)),
                number=f"261123000{number}",
                reporter=CLERK if number == 2 else Actor("steward", ZHAO),
                reported_at=NOON + timedelta(minutes=number),
            )
            self.standing[case.id] = case
            self.credited[case.id] = set()
            self.steps[case.id] = 1

    @rule(
        index=st.integers(0, 2),
        action=st.sampled_from(CaseAction),
        actor=st.sampled_from([CLERK, CHIEF, Actor("steward", ZHAO), Actor("steward", QIAN)]),
        original=st.integers(0, 2),
        minutes=st.sampled_from([0, 1, 10, 20]),
    )
    def wish(self, index: int, action: CaseAction, actor: Actor, original: int, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        case = self.standing[derived_id("case", str(index))]
        first = self.standing[derived_id("case", str(original))]
        named = self.standing[first.duplicate_of].number if first.duplicate_of else None
        decided = decide_step(
            case,
            a_wish(action, actor, steward_id=actor.id if actor.kind == "steward" else None),
            now=self.at,
            original=Original(case=first, original_number=named),
            duplicates=sum(other.duplicate_of == case.id for other in self.standing.values()),
        )
        if isinstance(decided, Refusal):
            assert decided.text.render("zh")
            return
        self._follow(case, decided, actor)

    def _follow(self, case: CaseNow, move: Move, actor: Actor) -> None:
        if actor.id == case.steward_id:
            assert move.action is CaseAction.COMPLETE
        if move.action is CaseAction.VERIFY:
            assert actor != case.reporter
        taken = {(credit, case.episode) for credit in move.takes_back}
        assert taken <= self.credited[case.id], "only what stands is taken back"
        self.credited[case.id] -= taken
        if move.credit:
            key = (case.id, move.credit, move.after.episode)
            assert key not in self.ever, "a reference is used once for ever"
            self.ever.add(key)
            self.credited[case.id].add((move.credit, move.after.episode))
        self.standing[case.id] = move.after
        self.steps[case.id] += 1

    @invariant()
    def credits_are_those_of_the_state(self) -> None:
        for case_id, case in self.standing.items():
            expected = {(credit, case.episode) for credit in standing_credits(case.state)}
            assert self.credited[case_id] == expected

    @invariant()
    def cases_are_whole(self) -> None:
        for case in self.standing.values():
            assert case.version == self.steps[case.id]
            assert (case.verified_at is not None) is (case.state in {State.VERIFIED, State.SOLVED})
            assert (case.solved_at is not None) is (case.state is State.SOLVED)
            assert case.solved_at is None or case.verified_at is None or case.solved_at >= case.verified_at
            assert (case.duplicate_of is not None) is (case.state is State.DUPLICATE)
            if case.duplicate_of:
                assert self.standing[case.duplicate_of].state is not State.DUPLICATE


TestCaseLives = CaseLives.TestCase
TestCaseLives.settings = settings(max_examples=examples(100), stateful_step_count=40, deadline=None)
