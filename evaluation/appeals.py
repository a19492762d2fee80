"""Appeals (申诉) on awards, scores and ballots: by the steward, answered in working days by somebody not involved.

    open -> upheld      (with an outcome that corrects what was wrong)
    open -> dismissed
    open -> withdrawn   (by the steward)

Corrections are new entries, never rewritten ones: points by the ledger's verbs, scores by reopening the period, ballots
by a review of two people. Penalties have their own objections (points.penalties).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from evaluation.appeal_effects import Effect, carry_out
from evaluation.appeal_involvement import involved_in
from evaluation.appeal_refusals import (
    MOST_POINTS,
    AppealDecided,
    AppealInvolved,
    AppealTooEarly,
    AppealTooLate,
    AppealTwice,
    NothingToAppeal,
    OutcomeUnfit,
    PointsUnfit,
    UnknownAppeal,
)
from evaluation.bars import Person, bars_of
from evaluation.closes import newest_close
from evaluation.models import Appeal
from evaluation.periods import period_named
from evaluation.scheme_versions import current_period, scheme_for
from evaluation.schemes import Appeals
from kernel.audit import Actor, AuditEntry, record
from kernel.clock import local_date
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id, new_id
from kernel.messages import N_, Text
from kernel.numbering import take_numbers
from kernel.text import clean_text
from kernel.working_days import read_calendar
from points.notes import NOTE_LENGTH, NewNote, write_notes
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal

AppealKind = Literal["award", "score", "ballots"]
AppealState = Literal["open", "upheld", "dismissed", "withdrawn"]
Outcome = Literal["credit", "reverse", "recount", "review"]
OUTCOMES: Mapping[AppealKind, tuple[Outcome, ...]] = {
    "award": ("credit", "reverse"),
    "score": ("recount",),
    "ballots": ("review",),
}
"""What upholding an appeal of each kind can lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealWish:
    """What a steward appeals: an award of his or hers by id, or the score or ballots of a period; and why."""

    steward_id: UUID
    kind: AppealKind
    reason: str
    actor: Principal
    award_id: UUID | None = None
    period: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealStep:
    """What becomes of an appeal. Upholding needs an outcome; a credit its points; a review the ballots."""

    appeal_id: UUID
    action: Literal["uphold", "dismiss", "withdraw"]
    actor: Principal
    answer: str | None = None
    outcome: str | None = None
    points: int | None = None
    ballots: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealOutcome:
    """An appeal after a step. `moved` are the points that the ledger moved, taken ones negative."""

    appeal_id: UUID
    number: str
    steward_id: UUID
    kind: AppealKind
    state: AppealState
    due_on: date
    outcome: Outcome | None
    moved: int = 0


def _answered(params: Mapping[str, Any]) -> Text:
    message = {
        "credit": N_("申诉 {number} 成立，补 {points} 分。答复在“申诉”里。"),
        "reverse": N_("申诉 {number} 成立，那笔积分已撤回。答复在“申诉”里。"),
        "recount": N_("申诉 {number} 成立，评价结果会重新计算。答复在“申诉”里。"),
        "review": N_("申诉 {number} 成立，有疑问的票先不算，由两个人复核。答复在“申诉”里。"),
        None: N_("申诉 {number} 没有成立。答复在“申诉”里。"),
    }[params["outcome"]]
    return Text(message, params)


register_message("appeal_opened", N_("已收到申诉 {number}，{due} 前由没有参与的人答复。"))
register_message("appeal_answered", _answered)


async def open_appeals(tx: Tx, wishes: Sequence[AppealWish], *, now: datetime) -> list[AppealOutcome | Refusal]:
    """Open appeals; each has a number and a day by which it is answered.

    Refuses NotAllowed, NothingToAppeal, AppealTooEarly, AppealTooLate, AppealTwice, NoSchemeInForce, unfit reasons.
    """
    terms = await appeal_terms(tx, now)
    due_on = (await read_calendar(tx)).last_of(local_date(now) + timedelta(days=1), terms.answer_working_days)
    outcomes: list[AppealOutcome | Refusal] = []
    made: list[dict[str, Any]] = []
    notes: list[NewNote] = []
    for wish in wishes:
        try:
            row = await _open(tx, wish, terms, made, due_on, now)
            text = clean_text(wish.reason, max_length=NOTE_LENGTH, pointer="/reason", lines=True)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        day = f"{local_date(now):%y%m%d}"
        [count] = await take_numbers(tx, f"appeal {day}", 1)
        row["number"] = f"A{day}{count:04d}"
        made.append(row)
        notes.append(NewNote(subject_id=row["id"], author_id=wish.steward_id, text=text))
        outcomes.append(_outcome(row))
    await tx.insert(Appeal, made)
    await write_notes(tx, notes, now=now)
    await record(tx, [_audit(row, "appeals.open", Actor("steward", row["steward_id"])) for row in made], now=now)
    await post_messages(tx, [_opened(row) for row in made], now=now)
    return outcomes


async def _open(  # noqa: PLR0917 - one wish among its batch
    tx: Tx, wish: AppealWish, terms: Appeals, made: Sequence[Mapping[str, Any]], due_on: date, now: datetime
) -> dict[str, Any]:
    steward = await tx.fetch_one(
        "SELECT street_id, community_id FROM stewards_steward WHERE id = $1",
        wish.steward_id,
        types={"street_id": UUID, "community_id": UUID},
    )
    if steward is None or not may(wish.actor, Action.APPEALS_OPEN, None, wish.steward_id):
        raise NotAllowed
    if wish.kind == "award":
        subject, since = await _award_subject(tx, wish)
    else:
        subject, since = await _period_subject(tx, wish, now)
    if local_date(now) > local_date(since) + timedelta(days=terms.open_days):
        raise AppealTooLate(days=terms.open_days)
    before = await tx.rows(Appeal, "WHERE subject = $1", subject)
    known = [*before, *(row for row in made if row["subject"] == subject)]
    if known:
        raise AppealTwice(number=known[0]["number"])
    return {
        "id": new_id(),
        "number": "",
        "steward_id": wish.steward_id,
        "street_id": steward["street_id"],
        "community_id": steward["community_id"],
        "kind": wish.kind,
        "award_id": wish.award_id if wish.kind == "award" else None,
        "period": None if wish.kind == "award" else wish.period,
        "subject": subject,
        "state": "open",
        "opened_at": now,
        "due_on": due_on,
        "outcome": None,
        "points": None,
        "operation_id": None,
        "decided_by_id": None,
        "decided_at": None,
    }


async def _award_subject(tx: Tx, wish: AppealWish) -> tuple[UUID, datetime]:
    row = await tx.fetch_one(
        "SELECT recorded_at FROM points_award WHERE id = $1 AND steward_id = $2",
        wish.award_id,
        wish.steward_id,
        types={"recorded_at": datetime},
    )
    if row is None or wish.award_id is None:
        raise NothingToAppeal(pointer="/award")
    return derived_id("appeal", "award", str(wish.award_id)), row["recorded_at"]


async def _period_subject(tx: Tx, wish: AppealWish, now: datetime) -> tuple[UUID, datetime]:
    period = period_named(wish.period or "")
    closes_at = period.closes_at((await scheme_for(tx, period)).scheme.window.closes_days_after)
    if now < closes_at:
        raise AppealTooEarly(pointer="/period", period=period.name)
    if wish.kind == "ballots":
        return derived_id("appeal", "ballots", period.name, str(wish.steward_id)), closes_at
    close = await newest_close(tx, period)
    scored = close and await tx.fetch_one(
        "SELECT 1 AS found FROM evaluation_score WHERE close_id = $1 AND steward_id = $2", close.id, wish.steward_id
    )
    if close is None or not scored:
        raise NothingToAppeal(pointer="/period")
    # Closed anew after a reopening, a score is another one, and can be appealed as well.
    return derived_id("appeal", "score", str(close.id), str(wish.steward_id)), close.closed_at


async def answer_appeals(tx: Tx, wishes: Sequence[AppealStep], *, now: datetime) -> list[AppealOutcome | Refusal]:
    """Uphold, dismiss or withdraw appeals, in order, each refused or done by itself; the steward is told.

    Refuses UnknownAppeal, also out of reach; NotAllowed; AppealDecided; AppealInvolved; OutcomeUnfit; PointsUnfit;
    unfit answers; what the ledger or a reopening refuses.
    """
    rows = {key: dict(row) for key, row in (await tx.lock(Appeal, {wish.appeal_id for wish in wishes})).items()}
    bars = await bars_of(tx, {Person("staff", wish.actor.id) for wish in wishes if wish.actor.id})
    outcomes: list[AppealOutcome | Refusal] = []
    changed: dict[UUID, dict[str, Any]] = {}
    for wish in wishes:
        row = rows.get(wish.appeal_id)
        try:
            answer = _allowed(wish, row)
            assert row is not None  # noqa: S101 - _allowed refuses what is not there
            if wish.action != "withdraw":
                near = wish.actor.id is not None and row["steward_id"] in bars[Person("staff", wish.actor.id)]
                if near or await involved_in(tx, row, wish.actor.id):
                    raise AppealInvolved(number=row["number"])
            effect = await _decide(tx, wish, row, now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        changed[row["id"]] = row
        if answer is not None:
            await write_notes(tx, [NewNote(subject_id=row["id"], author_id=wish.actor.id, text=answer)], now=now)
        await record(tx, [_audit(row, f"appeals.{wish.action}", wish.actor.actor)], now=now)
        if wish.action != "withdraw":
            await post_messages(tx, [_message(row, effect)], now=now)
        outcomes.append(_outcome(row, effect.moved))
    names = ("id", "state", "outcome", "points", "operation_id", "decided_by_id", "decided_at")
    await tx.update(Appeal, [{name: row[name] for name in names} for _, row in sorted(changed.items())])
    return outcomes


async def _decide(tx: Tx, wish: AppealStep, row: dict[str, Any], now: datetime) -> Effect:
    effect = Effect()
    if wish.action == "uphold":
        effect = await carry_out(
            tx, row, str(wish.outcome), points=wish.points, ballots=wish.ballots, by=wish.actor, now=now
        )
        row |= {
            "state": "upheld",
            "outcome": wish.outcome,
            "points": wish.points if wish.outcome == "credit" else None,
            "operation_id": effect.operation_id,
        }
    else:
        row["state"] = "dismissed" if wish.action == "dismiss" else "withdrawn"
    row |= {"decided_by_id": wish.actor.id, "decided_at": now}
    return effect


def _allowed(wish: AppealStep, row: Mapping[str, Any] | None) -> str | None:
    if row is None or not may(wish.actor, Action.APPEALS_READ, _place(row), row["steward_id"]):
        raise UnknownAppeal
    own = wish.actor.steward_id == row["steward_id"]
    if wish.action == "withdraw":
        if not own:
            raise NotAllowed
    elif wish.actor.kind != "staff" or not may(wish.actor, Action.APPEALS_ANSWER, _place(row)):
        raise NotAllowed
    if row["state"] != "open":
        raise AppealDecided(number=row["number"])
    if wish.action == "withdraw":
        return None
    answer = clean_text(wish.answer or "", max_length=NOTE_LENGTH, pointer="/answer", lines=True)
    if wish.action == "uphold":
        kind: AppealKind = row["kind"]
        if wish.outcome not in OUTCOMES[kind] or (wish.outcome == "review" and not wish.ballots):
            raise OutcomeUnfit(pointer="/outcome")
        if wish.outcome == "credit" and not 1 <= (wish.points or 0) <= MOST_POINTS:
            raise PointsUnfit(pointer="/points", most=MOST_POINTS)
    return answer


async def appeal_terms(reader: Reader, now: datetime) -> Appeals:
    """Within how many days can be appealed and is answered, by the scheme of today."""
    return (await scheme_for(reader, await current_period(reader, now))).scheme.appeals


async def redate_appeals(tx: Tx, *, now: datetime) -> int:
    """Give open appeals the day that the calendar of now makes of theirs; answers how many changed."""
    terms = await appeal_terms(tx, now)
    calendar = await read_calendar(tx)
    rows = await tx.rows(Appeal, "WHERE state = 'open' ORDER BY id")
    changes = []
    for row in rows:
        first = local_date(row["opened_at"]) + timedelta(days=1)
        due_on = calendar.last_of(first, terms.answer_working_days)
        if due_on != row["due_on"]:
            changes.append({"id": row["id"], "due_on": due_on})
    await tx.update(Appeal, changes)
    return len(changes)


def _opened(row: Mapping[str, Any]) -> NewMessage:
    params = {"number": row["number"], "due": row["due_on"].isoformat()}
    return NewMessage(
        steward_id=row["steward_id"], code="appeal_opened", params=params, cause=f"appeal {row['number']}/opened"
    )


def _message(row: Mapping[str, Any], effect: Effect) -> NewMessage:
    params = {"number": row["number"], "outcome": row["outcome"], "points": row["points"], "moved": effect.moved}
    return NewMessage(
        steward_id=row["steward_id"], code="appeal_answered", params=params, cause=f"appeal {row['number']}/answered"
    )


def _outcome(row: Mapping[str, Any], moved: int = 0) -> AppealOutcome:
    return AppealOutcome(
        appeal_id=row["id"],
        number=row["number"],
        steward_id=row["steward_id"],
        kind=row["kind"],
        state=row["state"],
        due_on=row["due_on"],
        outcome=row["outcome"],
        moved=moved,
    )


def _audit(row: Mapping[str, Any], action: str, actor: Actor) -> AuditEntry:
    return AuditEntry(
        actor=actor,
        action=action,
        subject_kind="appeal",
        subject_id=row["id"],
        street_id=row["street_id"],
        detail={"number": row["number"], "kind": row["kind"], "state": row["state"], "outcome": row["outcome"]},
    )


def _place(row: Mapping[str, Any]) -> Place:
    return Place(street_id=row["street_id"], community_id=row["community_id"])
