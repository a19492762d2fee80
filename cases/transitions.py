"""The life of a case as a pure decision: which step may be taken, where it leads, what is credited and taken back.

    reported -> verified -> solved
    reported -> returned -> reported            (退回补充, then completed)
    reported, returned -> rejected              (不予认定)
    reported, returned, verified -> duplicate   (0 points, linked to the original)
    verified, solved, rejected, duplicate -> reported   (reopened: a new episode, every standing credit taken back)
    undo: one's own last verify, return or reject, for a quarter of an hour

Who is in scope is asked before (stewards.permissions); here stands what holds for everyone, such as that nobody
decides about a case that he or she earns from.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from cases.reasons import OTHER, REASONS, UNDO_REASON
from cases.refusals import (
    BeforeTheReport,
    BeforeTheVerification,
    CaseChanged,
    DuplicateOfItself,
    HasDuplicates,
    InTheFuture,
    NoteMissing,
    NothingToUndo,
    OriginalIsDuplicate,
    OriginalIsLater,
    OriginalMissing,
    OriginalRejected,
    OwnCase,
    OwnReport,
    ReasonMissing,
    UnknownReason,
    WrongCaseState,
)
from cases.wording import CaseAction, State, action_text, state_text
from kernel.audit import Actor
from kernel.errors import Refusal
from points.rules import Event

UNDO_WITHIN = timedelta(minutes=15)
CLOCK_SKEW = timedelta(minutes=5)  # how far another machine's clock may be ahead of ours
UNDOABLE = frozenset({CaseAction.VERIFY, CaseAction.RETURN, CaseAction.REJECT})


class Credit(StrEnum):
    """What a case is credited for. The value stands in the reference of the award."""

    VERIFIED = "verified"
    SOLVED = "solved"
    DUPLICATE = "duplicate"

    @property
    def event(self) -> Event:
        """The event of the rules, which is also the reason of the award."""
        return _EVENTS[self]


_EVENTS: Mapping[Credit, Event] = {
    Credit.VERIFIED: Event.CASE_VERIFIED,
    Credit.SOLVED: Event.CASE_SOLVED,
    Credit.DUPLICATE: Event.DUPLICATE,
}


def credit_reference(number: str, credit: Credit, episode: int) -> str:
    """The reference of an award, unique for ever: a reopened case earns under its next episode."""
    return f"case {number}/{credit}/{episode}"


def credited_number(reference: str) -> str | None:
    """The number of the case that such a reference names; None where an award is for something else."""
    found = _REFERENCE.fullmatch(reference)
    return found[1] if found else None


_REFERENCE = re.compile(rf"case ([0-9]+)/(?:{'|'.join(Credit)})/[0-9]+", re.ASCII)


class LastStep(msgspec.Struct, frozen=True, kw_only=True):
    """The newest event of a case, which is all that can be undone."""

    action: str
    actor: Actor
    from_state: State
    recorded_at: datetime


class CaseNow(msgspec.Struct, frozen=True, kw_only=True):
    """A case as far as its next step depends on it."""

    id: UUID
    number: str
    state: State
    episode: int
    version: int
    steward_id: UUID
    reporter: Actor
    reported_at: datetime
    verified_at: datetime | None = None
    solved_at: datetime | None = None
    duplicate_of: UUID | None = None
    last: LastStep | None = None


class StepWish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to do with a case. `occurred_at` is when it took place, if it is entered later."""

    action: CaseAction
    actor: Actor
    steward_id: UUID | None = None  # who the actor is as a steward
    reason: str | None = None
    has_note: bool = False
    expected_version: int | None = None
    occurred_at: datetime | None = None


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """The case that another is said to repeat; `original_number` where it is a duplicate itself."""

    case: CaseNow
    original_number: str | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """An allowed step: the case after it, what it is credited for, and which credits of `before` are taken back."""

    before: CaseNow
    after: CaseNow
    action: CaseAction
    reason: str | None
    credit: Credit | None
    takes_back: tuple[Credit, ...]

    @property
    def undone(self) -> CaseAction | None:
        """The action that this step undoes."""
        if self.action is not CaseAction.UNDO or self.before.last is None:
            return None
        return CaseAction(self.before.last.action)


# Which step leads from where to where. Undo is not here: it leads to where the last step came from.
_NEXT: Mapping[CaseAction, tuple[frozenset[State], State]] = {
    CaseAction.VERIFY: (frozenset({State.REPORTED}), State.VERIFIED),
    CaseAction.SOLVE: (frozenset({State.VERIFIED}), State.SOLVED),
    CaseAction.RETURN: (frozenset({State.REPORTED}), State.RETURNED),
    CaseAction.COMPLETE: (frozenset({State.RETURNED}), State.REPORTED),
    CaseAction.REJECT: (frozenset({State.REPORTED, State.RETURNED}), State.REJECTED),
    CaseAction.DUPLICATE: (frozenset({State.REPORTED, State.RETURNED, State.VERIFIED}), State.DUPLICATE),
    CaseAction.REOPEN: (
        frozenset({State.VERIFIED, State.SOLVED, State.REJECTED, State.DUPLICATE}),
        State.REPORTED,
    ),
}
_CREDITS: Mapping[CaseAction, Credit] = {
    CaseAction.VERIFY: Credit.VERIFIED,
    CaseAction.SOLVE: Credit.SOLVED,
    CaseAction.DUPLICATE: Credit.DUPLICATE,
}
_STANDING: Mapping[State, tuple[Credit, ...]] = {
    State.VERIFIED: (Credit.VERIFIED,),
    State.SOLVED: (Credit.SOLVED, Credit.VERIFIED),  # the newest first
    State.DUPLICATE: (Credit.DUPLICATE,),
}


def standing_credits(state: State) -> tuple[Credit, ...]:
    """What a case in a state has been credited for in its current episode, the newest first."""
    return _STANDING.get(state, ())


def possible_actions(state: State) -> tuple[CaseAction, ...]:
    """The steps that can be taken from a state, undo aside."""
    return tuple(action for action, (sources, _) in _NEXT.items() if state in sources)


def decide_step(
    case: CaseNow,
    wish: StepWish,
    *,
    now: datetime,
    original: Original | None = None,
    duplicates: int = 0,
) -> Move | Refusal:
    """The move that a wish leads to, or why it is refused.

    `original` is the case that a duplicate repeats, None if it was not found or not named; `duplicates` is the number
    of cases that are linked to this one as its duplicates.
    """
    if wish.expected_version is not None and wish.expected_version != case.version:
        return CaseChanged(number=case.number, pointer="/expected_version")
    refused = _barred(case, wish) or _ill_timed(case, wish, now) or _ill_founded(wish)
    if refused:
        return refused
    if wish.action is CaseAction.UNDO:
        return _undo(case, wish, now)
    sources, target = _NEXT[wish.action]
    if case.state not in sources:
        return WrongCaseState(number=case.number, state=state_text(case.state), action=action_text(wish.action))
    if wish.action is CaseAction.DUPLICATE:
        refused = _not_a_duplicate(case, original, duplicates)
        if refused:
            return refused
    return _move(case, wish, target, now, duplicate_of=original.case.id if original else None)


def _barred(case: CaseNow, wish: StepWish) -> Refusal | None:
    if wish.action is CaseAction.COMPLETE:
        return None  # completing is the steward's own part
    if wish.steward_id is not None and wish.steward_id == case.steward_id:
        return OwnCase(number=case.number)
    # The system has no eyes of its own: what it enters and verifies was seen and decided elsewhere (an imported sheet).
    if wish.action is CaseAction.VERIFY and wish.actor.id is not None and wish.actor == case.reporter:
        return OwnReport(number=case.number)
    return None


def _ill_timed(case: CaseNow, wish: StepWish, now: datetime) -> Refusal | None:
    at = wish.occurred_at
    if at is None:
        return None
    if at > now + CLOCK_SKEW:
        return InTheFuture(at=at.isoformat(), pointer="/occurred_at")
    if at < case.reported_at:
        return BeforeTheReport(at=at.isoformat(), pointer="/occurred_at")
    if wish.action is CaseAction.SOLVE and case.verified_at is not None and at < case.verified_at:
        return BeforeTheVerification(
            at=at.isoformat(), verified_at=case.verified_at.isoformat(), pointer="/occurred_at"
        )
    return None


def _ill_founded(wish: StepWish) -> Refusal | None:
    listed = REASONS.get(wish.action)
    if wish.reason is None:
        return ReasonMissing(pointer="/reason") if listed else None
    if listed is None or wish.reason not in listed:
        return UnknownReason(reason=wish.reason, pointer="/reason")
    if wish.reason == OTHER and not wish.has_note:
        return NoteMissing(pointer="/note")
    return None


def _not_a_duplicate(case: CaseNow, original: Original | None, duplicates: int) -> Refusal | None:
    if original is None:
        return OriginalMissing(pointer="/duplicate_of")
    first = original.case
    if first.id == case.id:
        return DuplicateOfItself(number=case.number, pointer="/duplicate_of")
    if first.state is State.DUPLICATE:
        return OriginalIsDuplicate(number=first.number, original=original.original_number, pointer="/duplicate_of")
    if first.state is State.REJECTED:
        return OriginalRejected(number=first.number, pointer="/duplicate_of")
    # Whoever reported first keeps the case, whichever of the two a clerk happens to look at.
    if (first.reported_at, first.number) > (case.reported_at, case.number):
        return OriginalIsLater(number=case.number, original=first.number, pointer="/duplicate_of")
    if duplicates:
        return HasDuplicates(number=case.number, count=duplicates)
    return None


def _undo(case: CaseNow, wish: StepWish, now: datetime) -> Move | Refusal:
    last = case.last
    if last is None or last.action not in UNDOABLE or last.actor != wish.actor or now - last.recorded_at > UNDO_WITHIN:
        return NothingToUndo(number=case.number, minutes=int(UNDO_WITHIN.total_seconds() // 60))
    return _move(case, wish, last.from_state, now)


def _move(case: CaseNow, wish: StepWish, target: State, now: datetime, *, duplicate_of: UUID | None = None) -> Move:
    reopens = wish.action in {CaseAction.REOPEN, CaseAction.UNDO}
    at = wish.occurred_at or now
    if target is State.SOLVED and wish.occurred_at is None and case.verified_at is not None:
        at = max(at, case.verified_at)  # it was verified by a clock a little ahead of ours
    verified_at = at if target is State.VERIFIED else case.verified_at if target is State.SOLVED else None
    after = msgspec.structs.replace(
        case,
        state=target,
        episode=case.episode + 1 if reopens else case.episode,
        version=case.version + 1,
        verified_at=verified_at,
        solved_at=at if target is State.SOLVED else None,
        duplicate_of=duplicate_of if target is State.DUPLICATE else None,
        last=LastStep(action=wish.action, actor=wish.actor, from_state=case.state, recorded_at=now),
    )
    return Move(
        before=case,
        after=after,
        action=wish.action,
        reason=UNDO_REASON if wish.action is CaseAction.UNDO else wish.reason,
        credit=_CREDITS.get(wish.action),
        takes_back=standing_credits(case.state) if reopens or wish.action is CaseAction.DUPLICATE else (),
    )
