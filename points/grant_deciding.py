"""Manual awards are checked, approved, rejected, withdrawn and taken back: set by set, as the rules' steps say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import local_date
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import clean_optional_text
from points.accounts import purse_account
from points.grant_notices import REVERSAL_CAUSES, tell_given, tell_taken_back
from points.grant_refusals import (
    CommitteeNoteMissing,
    GrantDecided,
    GrantNotPosted,
    NotYourProposal,
    OwnProposal,
    ReversalCauseUnknown,
    StewardGone,
    UnknownGrant,
)
from points.grant_rows import (
    SERVING,
    GrantOutcome,
    GrantState,
    credit_of_grant,
    decided,
    grant_audit,
    grant_outcome,
    place_of,
    rules_today,
    stewards_of,
)
from points.grant_steps import Check, StepTaken, Way, steps_of
from points.grant_terms import DEFAULT_TERMS, terms_of
from points.ledger import post
from points.models import Account, Grant, GrantCheck
from points.notes import NOTE_LENGTH, NewNote, write_notes
from points.rounds import rounds
from points.rules import Rules
from points.wishes import Posted, Reverse, Wish
from stewards.permissions import Action, NotAllowed, may, staff_id_of
from stewards.principal import Principal

GrantAction = Literal["check", "committee", "approve", "reject", "withdraw", "reverse"]

PERMISSIONS: Mapping[GrantAction, Action] = {
    "check": Action.GRANTS_CHECK,
    "committee": Action.GRANTS_APPROVE,
    "approve": Action.GRANTS_APPROVE,
    "reject": Action.GRANTS_APPROVE,
    "withdraw": Action.GRANTS_PROPOSE,
    "reverse": Action.POINTS_REVERSE,
}
"""What each step asks for."""

_CHECKS: Mapping[GrantAction, Check] = {"check": "check", "committee": "committee"}
_STATES: Mapping[GrantAction, GrantState] = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantStep:
    """What a member of staff does with a manual award.

    A reversal needs a `cause` of REVERSAL_CAUSES, a committee's decision a note that names its meeting.
    """

    grant_id: UUID
    action: GrantAction
    actor: Principal
    note: str | None = None
    cause: str | None = None


@dataclass(slots=True, kw_only=True)
class _Load:
    """What steps stand on, and what they leave to be written."""

    rows: dict[UUID, dict[str, Any]]
    ways: dict[UUID, Way]
    stewards: Mapping[UUID, Row]
    rules: Rules | None
    checks: list[dict[str, Any]] = field(default_factory=list)
    changed: set[UUID] = field(default_factory=set)
    notes: list[NewNote] = field(default_factory=list)
    audits: list[AuditEntry] = field(default_factory=list)
    given: dict[UUID, Posted] = field(default_factory=dict)
    taken_back: list[tuple[Mapping[str, Any], Posted, str]] = field(default_factory=list)


async def decide_grants(tx: Tx, wishes: Sequence[GrantStep], *, now: datetime) -> list[GrantOutcome | Refusal]:
    """Check, approve, reject, withdraw or reverse manual awards, in order, each refused or done by itself.

    What is approved ends as the rules of today say, and only who still serves gets it.

    Refusals: UnknownGrant, also for those out of reach; NotAllowed; GrantDecided; GrantStepOutOfTurn; OwnProposal;
    SameHands; CommitteeNoteMissing; NotYourProposal; StewardGone; GrantNotPosted; ReversalCauseUnknown; what the ledger
    refuses, such as AlreadyReversed or BudgetExhausted.
    """
    load = await _load(tx, {wish.grant_id for wish in wishes}, now)
    outcomes: dict[int, GrantOutcome | Refusal] = {}
    in_turn = list(rounds(wishes, lambda wish: wish.grant_id))
    if len(in_turn) > 1:
        # Each round locks purses in their order; of several, the later ones find theirs locked already.
        owners = {(row["steward_id"], "spendable") for row in load.rows.values()}
        owners |= {(row["street_id"], "budget") for row in load.rows.values()}
        await tx.lock(Account, [purse_account(owner, kind) for owner, kind in owners])
    for steps in in_turn:
        outcomes |= await _carry_out(tx, load, steps, now)
    await tx.insert(GrantCheck, load.checks)
    names = ("id", "state", "expires_on", "decided_by_id", "decided_at", "operation_id")
    await tx.update(Grant, [{name: load.rows[key][name] for name in names} for key in sorted(load.changed)])
    await write_notes(tx, load.notes, now=now)
    await record(tx, load.audits, now=now)
    terms = terms_of(load.rules.document.grants) if load.rules else DEFAULT_TERMS
    await tell_given(tx, [load.rows[key] for key in load.given], load.given, terms, now=now)
    await tell_taken_back(tx, load.taken_back, now=now)
    return [outcomes[at] for at in range(len(wishes))]


async def _load(tx: Tx, grant_ids: set[UUID], now: datetime) -> _Load:
    rows = {key: dict(row) for key, row in (await tx.lock(Grant, grant_ids)).items()}
    taken: dict[UUID, list[StepTaken]] = {}
    found = await tx.rows(GrantCheck, f"WHERE {tx.one_of('grant_id', 1)} ORDER BY taken_at, id", sorted(rows))
    for row in found:
        step = StepTaken(step=row["step"], by_id=row["taken_by_id"], at=row["taken_at"])
        taken.setdefault(row["grant_id"], []).append(step)
    return _Load(
        rows=rows,
        ways={
            key: Way(
                number=row["number"],
                steps=steps_of(row["steps"]),
                proposed_by_id=row["proposed_by_id"],
                taken=taken.get(key, []),
            )
            for key, row in rows.items()
        },
        stewards=await stewards_of(tx, {row["steward_id"] for row in rows.values()}),
        rules=await rules_today(tx, now),
    )


async def _carry_out(
    tx: Tx, load: _Load, steps: Sequence[tuple[int, GrantStep]], now: datetime
) -> dict[int, GrantOutcome | Refusal]:
    """Steps on different awards, their points posted with one batch."""
    outcomes: dict[int, GrantOutcome | Refusal] = {}
    allowed: list[tuple[int, GrantStep, str | None]] = []
    moving: list[tuple[int, Wish]] = []
    for at, wish in steps:
        try:
            note = _allowed(wish, load)
        except Refusal as refusal:
            outcomes[at] = refusal
            continue
        allowed.append((at, wish, note))
        if asked := _ledger_wish(wish, load, now):
            moving.append((at, asked))
    posted = await post(tx, [asked for _, asked in moving], now=now)
    moved = {at: outcome for (at, _), outcome in zip(moving, posted, strict=True)}
    for at, wish, note in allowed:
        found = moved.get(at)
        outcomes[at] = found if isinstance(found, Refusal) else _done(load, wish, note, found, now)
    return outcomes


def _ledger_wish(wish: GrantStep, load: _Load, now: datetime) -> Wish | None:
    row = load.rows[wish.grant_id]
    if wish.action == "approve":
        # It is given now, so it ends as what is given now.
        row["expires_on"] = load.rules.document.expiry.last_day(local_date(now)) if load.rules else None
        return credit_of_grant(row, load.rules, now=now)
    if wish.action == "reverse":
        return Reverse(operation=row["operation_id"], cause=wish.cause or "", occurred_at=now, actor_id=wish.actor.id)
    return None


def _done(load: _Load, wish: GrantStep, note: str | None, posted: Posted | None, now: datetime) -> GrantOutcome:
    row, way = load.rows[wish.grant_id], load.ways[wish.grant_id]
    if wish.action in _CHECKS:
        taken = StepTaken(step=_CHECKS[wish.action], by_id=staff_id_of(wish.actor), at=now)
        way = load.ways[wish.grant_id] = Way(
            number=way.number, steps=way.steps, proposed_by_id=way.proposed_by_id, taken=[*way.taken, taken]
        )
        load.checks.append(
            {"id": new_id(), "grant_id": row["id"], "step": taken.step, "taken_by_id": taken.by_id, "taken_at": now}
        )
    elif wish.action == "reverse":
        assert posted is not None  # noqa: S101 - a reversal moves points
        load.taken_back.append((row, posted, wish.cause or ""))
    else:
        decided(row, _STATES[wish.action], by=wish.actor.id, now=now, posted=posted)
        load.changed.add(row["id"])
        if posted is not None:
            load.given[row["id"]] = posted
    if note is not None:
        load.notes.append(NewNote(subject_id=row["id"], author_id=wish.actor.id, text=note))
    load.audits.append(grant_audit(row, f"grants.{wish.action}", wish.actor, cause=wish.cause))
    return grant_outcome(row, posted, following=way.next)


def _allowed(wish: GrantStep, load: _Load) -> str | None:
    row = load.rows.get(wish.grant_id)
    place = place_of(row) if row else None
    if row is None or not may(wish.actor, Action.GRANTS_READ, place):
        raise UnknownGrant
    staff_id = staff_id_of(wish.actor)
    if not may(wish.actor, PERMISSIONS[wish.action], place):
        raise NotAllowed
    note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    number, own = row["number"], staff_id == row["proposed_by_id"]
    if wish.action == "reverse":
        if wish.cause not in REVERSAL_CAUSES:
            raise ReversalCauseUnknown(pointer="/cause", allowed=", ".join(REVERSAL_CAUSES))
        if row["operation_id"] is None:
            raise GrantNotPosted(number=number)
        return note
    if row["state"] != "proposed":
        raise GrantDecided(number=number)
    if wish.action == "withdraw" and not own:
        raise NotYourProposal(number=number)
    if wish.action == "reject" and own:
        raise OwnProposal(number=number)
    if wish.action in _CHECKS or wish.action == "approve":
        load.ways[wish.grant_id].allow(_CHECKS.get(wish.action, "post"), staff_id)
        if wish.action == "committee" and note is None:
            raise CommitteeNoteMissing(pointer="/note")
        steward = load.stewards.get(row["steward_id"])
        if steward is None or steward["status"] not in SERVING:
            raise StewardGone(pointer="/steward_id")
    return note
