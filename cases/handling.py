"""Handling: steps of many cases at once, each with its credit, its history and its notice, in one transaction.

The batch goes forward in rounds. A round takes from each case its next step, so that steps on one case build on each
other in the order given, while the credits of a thousand cases are still written set-wise. Within a round credits are
assessed in order, and what is taken back afterwards tops up what caps had cut, so the order of rows never costs points.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cases.caseload import Caseload, lock_cases
from cases.credits import event_of
from cases.history import Taken, write_history
from cases.transitions import Credit, Move, StepWish, credit_reference
from cases.wording import CaseAction, State
from kernel.audit import Actor
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import clean_optional_text
from points.assess import EarningEvent
from points.award import AwardOutcome, AwardReversal, Reversed
from points.earning import credit_events, hold_caps
from points.refusals import AlreadyReversed
from points.reversing import reverse_awards
from stewards.principal import Principal

NOTE_LENGTH = 1_000
STEPS_PER_CASE = 8  # in one request: each is a round of its own, with the transaction open
# Why points were taken back, as receipts say it.
_CAUSES = {CaseAction.REOPEN: "reopened", CaseAction.DUPLICATE: "duplicate", CaseAction.UNDO: "undo"}


class CaseStep(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to do with a case. `occurred_at` is when it took place, if it is entered later."""

    case_id: UUID
    action: CaseAction
    actor: Principal
    reason: str | None = None  # a code of cases.reasons; needed to return, reject and reopen
    note: str | None = None
    duplicate_of: UUID | None = None  # the original
    expected_version: int | None = None
    occurred_at: datetime | None = None


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was taken: the case after it, what was credited, what was taken back."""

    case_id: UUID
    number: str
    action: CaseAction
    state: State
    episode: int
    version: int
    steward_id: UUID
    event_id: UUID
    award: AwardOutcome | None
    reversed: tuple[Reversed, ...]


class _Decided(msgspec.Struct, frozen=True):
    """A wish whose move is allowed, before its points are known."""

    index: int
    move: Move
    actor: Actor
    note: str | None


async def handle_cases(tx: Tx, wishes: Sequence[CaseStep], *, now: datetime) -> list[Handled | Refusal]:
    """Take steps in order, each refused or done by itself. Steps on one case build on each other.

    Permission and scope are checked here: a case that the caller may not read answers like one that does not exist.
    """
    caseload = await lock_cases(
        tx,
        {wish.case_id for wish in wishes} | {wish.duplicate_of for wish in wishes if wish.duplicate_of},
        to_duplicate={wish.case_id for wish in wishes if wish.action is CaseAction.DUPLICATE},
        to_undo={wish.case_id for wish in wishes if wish.action is CaseAction.UNDO},
    )
    if len(wishes) > 1 and any(wish.action in _CAUSES for wish in wishes):
        # What is taken back comes after what is credited: every window is held before the first account is.
        cases = caseload.rows.values()
        await hold_caps(tx, [event_of(case, credit, episode=case["episode"]) for case in cases for credit in Credit])
    outcomes: dict[int, Handled | Refusal] = {}
    taken: list[Taken] = []
    waiting = list(range(len(wishes)))
    while waiting:
        ready, waiting = _next_round(waiting, wishes)
        decided: list[_Decided] = []
        for index in ready:
            step = _decide(caseload, index, wishes[index], now)
            if isinstance(step, Refusal):
                outcomes[index] = step
            else:
                decided.append(step)
        for step, settled in await _settle(tx, caseload, decided, now):
            if isinstance(settled, Refusal):
                outcomes[step.index] = settled
                continue
            caseload.apply(step.move)
            taken.append(settled)
            outcomes[step.index] = _handled(settled)
    await write_history(tx, caseload, taken, now=now)
    return [outcomes[index] for index in range(len(wishes))]


def _next_round(waiting: Sequence[int], wishes: Sequence[CaseStep]) -> tuple[list[int], list[int]]:
    """The wishes whose cases no earlier waiting wish touches, and the rest, both in order."""
    ready: list[int] = []
    later: list[int] = []
    touched: set[UUID] = set()
    for index in waiting:
        wish = wishes[index]
        cases = {wish.case_id, wish.duplicate_of} if wish.duplicate_of else {wish.case_id}
        (later if cases & touched else ready).append(index)
        touched |= cases
    return ready, later


def _decide(caseload: Caseload, index: int, wish: CaseStep, now: datetime) -> _Decided | Refusal:
    try:
        note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    except Refusal as refusal:
        return refusal
    asked = StepWish(
        action=wish.action,
        actor=wish.actor.actor,
        steward_id=wish.actor.steward_id,
        reason=wish.reason,
        has_note=note is not None,
        expected_version=wish.expected_version,
        occurred_at=wish.occurred_at,
    )
    move = caseload.decide(wish.case_id, asked, wish.actor, wish.duplicate_of, now=now)
    return move if isinstance(move, Refusal) else _Decided(index, move, asked.actor, note)


async def _settle(
    tx: Tx, caseload: Caseload, decided: Sequence[_Decided], now: datetime
) -> list[tuple[_Decided, Taken | Refusal]]:
    """Credit and take back what the moves of a round are worth. Only a credit can be refused, so it comes first."""
    credited = [step for step in decided if step.move.credit]
    outcomes = await credit_events(tx, [_event(caseload, step) for step in credited], now=now) if credited else []
    awards = {step.index: outcome for step, outcome in zip(credited, outcomes, strict=True)}
    undone = [step for step in decided if step.move.takes_back and not isinstance(awards.get(step.index), Refusal)]
    reversals: defaultdict[int, list[Reversed]] = defaultdict(list)
    for index, outcome in await _take_back(tx, undone, now) if undone else ():
        reversals[index].append(outcome)
    settled: list[tuple[_Decided, Taken | Refusal]] = []
    for step in decided:
        award = awards.get(step.index)
        if isinstance(award, Refusal):
            settled.append((step, award))
            continue
        taken = Taken(
            event_id=new_id(),
            move=step.move,
            actor=step.actor,
            note=step.note,
            award=award,
            reversed=tuple(reversals[step.index]),
        )
        settled.append((step, taken))
    return settled


async def _take_back(tx: Tx, steps: Sequence[_Decided], now: datetime) -> list[tuple[int, Reversed]]:
    wanted = [
        (
            step.index,
            AwardReversal(
                award=(credit.event.value, credit_reference(step.move.before.number, credit, step.move.before.episode)),
                cause=_CAUSES[step.move.action],
                actor_id=step.actor.id,
            ),
        )
        for step in steps
        for credit in step.move.takes_back
    ]
    outcomes = await reverse_awards(tx, [reversal for _, reversal in wanted], now=now)
    taken_back = []
    for (index, _), outcome in zip(wanted, outcomes, strict=True):
        if isinstance(outcome, AlreadyReversed):
            continue  # taken back by hand before: nothing of it is left to take
        if isinstance(outcome, Refusal):
            raise outcome  # a credited case without its award: the ledger and the cases disagree, so nothing is done
        taken_back.append((index, outcome))
    return taken_back


def _event(caseload: Caseload, step: _Decided) -> EarningEvent:
    move = step.move
    assert move.credit is not None  # noqa: S101 - only moves with a credit come here
    case = caseload.rows[move.before.id]
    return event_of(case, move.credit, episode=move.after.episode, actor_id=step.actor.id)


def _handled(taken: Taken) -> Handled:
    case = taken.move.after
    return Handled(
        case_id=case.id,
        number=case.number,
        action=taken.move.action,
        state=case.state,
        episode=case.episode,
        version=case.version,
        steward_id=case.steward_id,
        event_id=taken.event_id,
        award=taken.award,
        reversed=taken.reversed,
    )
