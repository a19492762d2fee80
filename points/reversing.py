"""Taking awards back, once, with their top-ups (冲正); the room that this frees tops up what caps had cut (补计)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.database import Insert, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from points.assess import WindowKey
from points.award import SERVICE_MINUTES, AwardReversal, Reversed, TopUp, minutes_reference
from points.award_rows import AWARD_COLUMNS, AwardRecord, awards_by, awards_by_key, tell_awarded
from points.crediting import credit_of
from points.ledger import post, rows_of, settle
from points.models import Award, CapUse
from points.receipt import Receipt, reversal_of
from points.refusals import BudgetExhausted, UnknownOperation
from points.reversal_choice import Chosen, cause_facts, choose_reversals
from points.rule_versions import rules_by_id
from points.top_up import CutAward, PlannedTopUp, plan_top_ups
from points.windows import CAP_USE_COLUMNS, WindowUse, cut_awards, lock_windows, uses_of, window_update
from points.wishes import (
    REVERSAL,
    TOP_UP,
    Credit,
    Posted,
    Reverse,
    fingerprint_of,
    reversal_reference,
)

_STEWARD = AWARD_COLUMNS.index("steward_id")


async def reverse_awards(tx: Tx, wishes: Sequence[AwardReversal], *, now: datetime) -> list[Reversed | Refusal]:
    """Reverse awards in their order, each with its top-ups, then top up what the freed cap windows had cut.

    An award is reversed once: the same cause again is a replay, another one is refused. What was spent already is
    owed and repaid by the next earnings. An award of 0 points is recorded as reversed and gives back nothing. The
    oldest cut awards are topped up first, never beyond what any of their windows allows; each top-up is named by the
    first reversal that freed one of its windows. A reversal and a top-up belong to the day of the event that they
    follow: that is their `occurred_at`, so that a period's awards add up to what its caps allow.
    """
    used: dict[UUID, int] = {}
    found = await _look(tx, wishes)
    while not used.keys() >= found.window_ids:
        used |= await lock_windows(tx, found.cut_windows, found.window_ids)
        # Another process may have reversed or topped up until the windows were locked; from here on nobody can.
        found = await _look(tx, wishes)
    chosen, uses = found.chosen, found.uses
    fresh = _fresh(chosen)

    usage = dict(used)
    for use in uses:
        usage[use.window_id] -= use.counted
    counted = _counted(uses)
    undone = [(award, by) for award, by in _undone(chosen) if award.operation_id is not None]
    reversals = [
        *(_reverse(award.operation_id, by, now) for award, by in undone if award.operation_id is not None),
        *(_reverse(operation_id, by, now) for operation_id, by in await _timed(tx, fresh)),
    ]
    unpaid: set[UUID] = set()
    while True:
        by_window = {window: usage[window.id] for window in found.cut_windows}
        planned = plan_top_ups([cut for cut in found.cut if cut.award.id not in unpaid], by_window)
        freeing = _freeing(fresh, counted, planned)
        top_up_wishes = [_credit(top_up, now, by.actor_id) for top_up, by in zip(planned, freeing, strict=True)]
        decision = await settle(tx, [*reversals, *top_up_wishes], now=now)
        outcomes = decision.outcomes[len(reversals) :]
        # A street whose budget is used up cannot top up; its awards stay as they are.
        exhausted = {
            top_up.cut.award.id
            for top_up, outcome in zip(planned, outcomes, strict=True)
            if isinstance(outcome, BudgetExhausted)
        }
        if not exhausted:
            break
        unpaid |= exhausted
    usage |= {window.id: after for window, after in by_window.items()}
    posted = _all_posted(decision.outcomes)
    moved = dict(zip([award.id for award, _ in undone], posted, strict=False))
    given = posted[len(reversals) :]

    rows = _Rows(now=now)
    for choice in fresh:
        for award in choice.awards:
            rows.reverse(award, choice.cause, moved.get(award.id), counted.get(award.id, ()))
    top_ups = [rows.top_up(top_up, paid) for top_up, paid in zip(planned, given, strict=True)]
    await tx.write(
        [
            *rows_of(decision),
            Insert(Award, AWARD_COLUMNS, rows.awards),
            Insert(CapUse, CAP_USE_COLUMNS, rows.uses),
            window_update(used, usage),
        ]
    )
    await tell_awarded(tx, rows.stewards, now=now)
    by_reversal: dict[UUID, list[TopUp]] = {}
    for by, top_up in zip(freeing, top_ups, strict=True):
        by_reversal.setdefault(by.named.id, []).append(top_up)
    return _answers(chosen, moved, by_reversal)


async def reverse_transfer(tx: Tx, transfer_id: UUID, *, cause: str, now: datetime, actor_id: UUID | None) -> Reversed:
    """Reverse the whole operation that a transfer belongs to; an award's with all that reversing an award entails.

    Raises:
        UnknownOperation: there is no such transfer.
        AlreadyReversed: it was reversed before, for another cause.
        ReversalStands: it is a reversal itself.
        ReverseTheOriginal: it belongs to a top-up.
        AlreadySettled: the points were held and have been settled since.

    """
    moved = await tx.fetch_one(
        "SELECT made.id, made.reason, made.reference FROM points_transfer AS moved "
        "JOIN points_operation AS made ON made.id = moved.operation_id WHERE moved.id = $1",
        transfer_id,
        types={"id": UUID},
    )
    if moved is None:
        raise UnknownOperation(pointer="/transfer")
    # An operation and its award have the same reason and reference.
    key = (moved["reason"], moved["reference"])
    outcome: Reversed | Posted | Refusal
    if award := (await awards_by_key(tx, {key})).get(key):
        [outcome] = await reverse_awards(tx, [AwardReversal(award=award.id, cause=cause, actor_id=actor_id)], now=now)
    else:
        wish = Reverse(operation=moved["id"], cause=cause, occurred_at=now, actor_id=actor_id)
        [outcome] = await post(tx, [wish], now=now)
    if isinstance(outcome, Refusal):
        raise outcome
    if isinstance(outcome, Reversed):
        return outcome
    return Reversed(
        operation_id=outcome.operation_id,
        award_id=None,
        steward_id=outcome.owner_id,
        points_taken=outcome.taken,
        debt=outcome.debt_added,
        points_returned=outcome.given,
        replayed=outcome.replayed,
    )


async def _choose(tx: Tx, wishes: Sequence[AwardReversal]) -> list[Chosen | Refusal]:
    ids = {wish.award for wish in wishes if isinstance(wish.award, UUID)}
    keys = {wish.award for wish in wishes if not isinstance(wish.award, UUID)}
    named = [*(await awards_by(tx, "id", ids)), *(await awards_by_key(tx, keys)).values()]
    roots = {award.id for award in named}
    top_ups = await awards_by(tx, "tops_up_id", roots)
    reversals = await awards_by(tx, "reverses_id", roots | {top_up.id for top_up in top_ups})
    return choose_reversals(wishes, named=named, top_ups=top_ups, reversals=reversals)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a batch of reversals takes back, and the cut awards that may get the room that it frees."""

    chosen: list[Chosen | Refusal]
    uses: list[WindowUse]  # of the awards that are to be reversed
    cut: list[CutAward]

    @property
    def cut_windows(self) -> set[WindowKey]:
        """All windows that bind the cut awards."""
        return {window for candidate in self.cut for window in candidate.windows()}

    @property
    def window_ids(self) -> set[UUID]:
        """The windows to be locked: no award that they bind can be topped up or reversed by another process then."""
        return {use.window_id for use in self.uses} | {window.id for window in self.cut_windows}


async def _look(tx: Tx, wishes: Sequence[AwardReversal]) -> _Found:
    chosen = await _choose(tx, wishes)
    reversed_ids = {award.id for choice in _fresh(chosen) for award in choice.awards}
    uses = await uses_of(tx, reversed_ids)
    freed = {use.window_id for use in uses if use.counted}
    found = await cut_awards(tx, freed, leaving_out=reversed_ids)
    rules = await rules_by_id(tx, {award.rule_version_id for award, _, _ in found})
    cut = [
        CutAward(award=award, given=award.points + topped_up, top_ups=top_ups, rules=rules[award.rule_version_id])
        for award, topped_up, top_ups in found
    ]
    return _Found(chosen, uses, cut)


def _fresh(chosen: Sequence[Chosen | Refusal]) -> list[Chosen]:
    return [choice for choice in chosen if isinstance(choice, Chosen) and not choice.replayed]


def _undone(chosen: Sequence[Chosen | Refusal]) -> list[tuple[AwardRecord, Chosen]]:
    """Each award to be reversed once, with what takes it back; replays too, whose outcomes come from the ledger."""
    found: dict[UUID, tuple[AwardRecord, Chosen]] = {}
    for choice in chosen:
        if isinstance(choice, Chosen):
            for award in choice.awards:
                found.setdefault(award.id, (award, choice))
    return list(found.values())


def _credit(top_up: PlannedTopUp, now: datetime, actor_id: UUID | None) -> Credit:
    award = top_up.cut.award
    return credit_of(
        top_up.assessment,
        top_up.cut.rules,
        street_id=award.street_id,
        owner_id=award.steward_id,
        reason=TOP_UP,
        reference=top_up.reference,
        occurred_at=now,
        actor_id=actor_id,
    )


def _reverse(operation_id: UUID, by: Chosen, now: datetime) -> Reverse:
    return Reverse(operation=operation_id, cause=by.cause, occurred_at=now, actor_id=by.actor_id)


async def _timed(tx: Tx, fresh: Sequence[Chosen]) -> list[tuple[UUID, Chosen]]:
    """The operations that recorded service time for awards that are taken back."""
    by_reference = {
        minutes_reference(award.id): choice
        for choice in fresh
        for award in choice.awards
        if award.facts is not None and '"minutes":' in award.facts
    }
    if not by_reference:
        return []
    rows = await tx.fetch(
        f"SELECT id, reference FROM points_operation WHERE reason = $1 AND {tx.one_of('reference', 2)} ORDER BY id",
        SERVICE_MINUTES,
        sorted(by_reference),
        types={"id": UUID},
    )
    return [(row["id"], by_reference[row["reference"]]) for row in rows]


def _all_posted(outcomes: Sequence[Posted | Refusal]) -> list[Posted]:
    posted: list[Posted] = []
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            raise outcome  # awards and operations tell different stories; nothing may be written on top of that
        posted.append(outcome)
    return posted


@dataclass(slots=True)
class _Rows:
    """The awards and cap uses that reversals and top-ups leave."""

    now: datetime
    awards: list[tuple[Any, ...]] = field(default_factory=list)
    uses: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def stewards(self) -> set[UUID]:
        """Whose awards they are."""
        return {row[_STEWARD] for row in self.awards}

    def reverse(self, award: AwardRecord, cause: str, posted: Posted | None, uses: Sequence[WindowUse]) -> None:
        """Record that an award was taken back, and the room that this gives back."""
        reversal_id = new_id()
        receipt = reversal_of(Receipt.from_json(award.receipt), points=award.points, cause=cause)
        self._add(
            award,
            reversal_id,
            reason=REVERSAL,
            reference=reversal_reference(award.reason, award.reference),
            points=-award.points,
            entitled=-award.points,
            receipt=receipt,
            fingerprint=cause_facts(cause),
            posted=posted,
            reverses_id=award.id,
        )
        self.uses.extend((new_id(), reversal_id, use.window_id, -use.counted, 0) for use in uses)

    def top_up(self, planned: PlannedTopUp, posted: Posted) -> TopUp:
        """Record what an award gets after all."""
        award, assessment = planned.cut.award, planned.assessment
        top_up_id = new_id()
        self._add(
            award,
            top_up_id,
            reason=TOP_UP,
            reference=planned.reference,
            points=assessment.points,
            entitled=assessment.entitled,
            receipt=assessment.receipt,
            fingerprint=fingerprint_of("top up", award.id, planned.reference),
            posted=posted,
            tops_up_id=award.id,
        )
        self.uses.extend((new_id(), top_up_id, use.window.id, use.counted, use.cut) for use in assessment.uses)
        return TopUp(
            award_id=top_up_id,
            tops_up_id=award.id,
            steward_id=award.steward_id,
            points=assessment.points,
            receipt=assessment.receipt,
        )

    def _add(
        self,
        award: AwardRecord,
        award_id: UUID,
        *,
        reason: str,
        reference: str,
        points: int,
        entitled: int,
        receipt: Receipt,
        fingerprint: str,
        posted: Posted | None,
        reverses_id: UUID | None = None,
        tops_up_id: UUID | None = None,
    ) -> None:
        self.awards.append(
            (
                award_id,
                award.steward_id,
                award.street_id,
                award.lane_id,
                reason,
                reference,
                award.category,
                award.facts,
                points,
                entitled,
                receipt.to_json(),
                fingerprint,
                award.rule_version_id,
                posted.operation_id if posted else None,
                reverses_id,
                tops_up_id,
                award.occurred_at,
                posted.recorded_at if posted else self.now,
            )
        )


def _counted(uses: Sequence[WindowUse]) -> dict[UUID, list[WindowUse]]:
    """What each award took from windows, where it was anything."""
    found: dict[UUID, list[WindowUse]] = {}
    for use in uses:
        if use.counted:
            found.setdefault(use.award_id, []).append(use)
    return found


def _freeing(
    fresh: Sequence[Chosen], counted: Mapping[UUID, Sequence[WindowUse]], planned: Sequence[PlannedTopUp]
) -> list[Chosen]:
    """For each top-up the reversal that first freed one of its windows."""
    freed_by: dict[UUID, int] = {}
    for at, choice in enumerate(fresh):
        for award in choice.awards:
            for use in counted.get(award.id, ()):
                freed_by.setdefault(use.window_id, at)
    return [
        fresh[min(freed_by[window.id] for window in top_up.cut.windows() if window.id in freed_by)]
        for top_up in planned
    ]


def _answers(
    chosen: Sequence[Chosen | Refusal], moved: Mapping[UUID, Posted], top_ups: Mapping[UUID, Sequence[TopUp]]
) -> list[Reversed | Refusal]:
    answers: list[Reversed | Refusal] = []
    for choice in chosen:
        if isinstance(choice, Refusal):
            answers.append(choice)
            continue
        parts = [moved[award.id] for award in choice.awards if award.id in moved]
        outcome = Reversed(
            operation_id=moved[choice.named.id].operation_id if choice.named.id in moved else None,
            award_id=choice.named.id,
            steward_id=choice.named.steward_id,
            points_taken=sum(part.taken for part in parts),
            debt=sum(part.debt_added for part in parts),
        )
        if choice.replayed:
            answers.append(replace(outcome, replayed=True))
        else:
            answers.append(replace(outcome, top_ups=tuple(top_ups.get(choice.named.id, ()))))
    return answers
