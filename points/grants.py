"""Manual awards (人工加分): proposed with a reason from the rules' list, approved by a second person above a threshold.

    proposed -> approved    (posted once to the ledger)
    proposed -> rejected
    proposed -> withdrawn   (by whoever proposed it)

What was approved can be reversed, once; its state stays, the reversal is read from the ledger. A manual award can be
spent, and counts neither for standings nor for lifetime points: those follow from what was assessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id, new_id
from kernel.messages import N_, Text
from kernel.numbering import take_numbers
from kernel.text import clean_optional_text
from points.grant_terms import DEFAULT_TERMS, GrantTerms, terms_of
from points.ledger import post
from points.models import Grant
from points.notes import NOTE_LENGTH, NewNote, write_notes
from points.receipt import Label
from points.rule_versions import rules_on
from points.rules import Rules
from points.wishes import Credit, Posted, Reverse
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal
from stewards.refusals import StewardUnknown

GRANT = "grant"
GrantState = Literal["proposed", "approved", "rejected", "withdrawn"]
GrantAction = Literal["approve", "reject", "withdraw", "reverse"]
REVERSAL_CAUSES: Mapping[str, str] = {
    "mistake": N_("登记有误"),
    "twice": N_("重复登记"),
    "not_entitled": N_("不符合条件"),
}

_PERMISSIONS: Mapping[GrantAction, Action] = {
    "approve": Action.GRANTS_APPROVE,
    "reject": Action.GRANTS_APPROVE,
    "withdraw": Action.GRANTS_PROPOSE,
    "reverse": Action.POINTS_REVERSE,
}
_STATES: Mapping[GrantAction, GrantState] = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}


class UnknownGrant(Refusal):
    """There is no such manual award within reach."""

    code = "unknown_grant"
    kind = Kind.NOT_FOUND
    message = "没有这笔人工加分。"


class GrantDecided(Refusal):
    """It was decided before."""

    code = "grant_decided"
    message = "{number} 已经办理过，不能再办。"


class GrantNotPosted(Refusal):
    """Only what was approved can be taken back."""

    code = "grant_not_posted"
    message = "{number} 没有入账，不用撤回。"


class StewardGone(Refusal):
    """The steward has left the service, so nothing new can be earned."""

    code = "steward_gone"
    message = "这位管家已经离任，不能再加分。"


class OwnProposal(Refusal):
    """Nobody decides about what he or she proposed."""

    code = "own_proposal"
    kind = Kind.FORBIDDEN
    message = "{number} 是您提出的，要由另一个人审批。"


class NotYourProposal(Refusal):
    """Only whoever proposed it may withdraw it."""

    code = "not_your_proposal"
    kind = Kind.FORBIDDEN
    message = "{number} 不是您提出的，不能由您撤销；可以不同意。"


class ReversalCauseUnknown(Refusal):
    """The list of causes does not have this one."""

    code = "reversal_cause_unknown"
    kind = Kind.INVALID
    message = "撤回的原因应当是 {allowed} 之一。"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantProposal:
    """Points to be given to a steward by hand, proposed by a member of staff."""

    steward_id: UUID
    reason: str
    points: int
    actor: Principal
    note: str | None = None
    nonce: str | None = None  # of the form that sent it: the same again is the same proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantStep:
    """What a member of staff does with a manual award. A reversal needs a `cause` of REVERSAL_CAUSES."""

    grant_id: UUID
    action: GrantAction
    actor: Principal
    note: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOutcome:
    """A manual award after a step. `posted` is what the ledger did, where it did anything."""

    grant_id: UUID
    number: str
    steward_id: UUID
    reason: str
    points: int
    state: GrantState
    two_person: bool
    posted: Posted | None


def _given(params: Mapping[str, Any]) -> Text:
    said = {**params, "reason": Label(params["reason_zh"], english=params["reason_en"])}
    return Text(N_("给您加分 {points} 分，事由：{reason}（{number}）。现有可用积分 {balance} 分。"), said)


def _taken_back(params: Mapping[str, Any]) -> Text:
    said = {**params, "cause": Text(REVERSAL_CAUSES[params["cause"]])}
    if params["debt"]:
        return Text(
            N_("{number} 加的 {points} 分已撤回，原因：{cause}。其中 {debt} 分已用掉，从以后的得分里扣还。"), said
        )
    return Text(N_("{number} 加的 {points} 分已撤回，原因：{cause}。"), said)


register_message("grant_given", _given)
register_message("grant_reversed", _taken_back)


async def grant_terms(reader: Reader, *, now: datetime) -> GrantTerms:
    """The terms of manual awards under the rules of today."""
    today = local_date(now)
    rules = (await rules_on(reader, {today})).get(today)
    return terms_of(rules.document.grants) if rules else DEFAULT_TERMS


async def propose_grants(tx: Tx, wishes: Sequence[GrantProposal], *, now: datetime) -> list[GrantOutcome | Refusal]:
    """Propose manual awards; those that one person may give are posted at once. Each is refused or done by itself.

    Refusals: StewardUnknown, also for those out of reach; NotAllowed; what GrantTerms.check raises; unfit notes.
    """
    stewards = await _stewards(tx, {wish.steward_id for wish in wishes})
    earlier = await tx.lock(Grant, {_id_of(wish) for wish in wishes if wish.nonce})
    terms = await grant_terms(tx, now=now)
    today = local_date(now)
    rules = (await rules_on(tx, {today})).get(today)
    expires_on = rules.document.expiry.last_day(today) if rules else None
    outcomes: list[GrantOutcome | Refusal] = []
    made: list[dict[str, Any]] = []
    notes: list[NewNote] = []
    places: list[int] = []
    for at, wish in enumerate(wishes):
        try:
            note = _checked(wish, stewards.get(wish.steward_id), terms)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        grant_id = _id_of(wish)
        if grant_id in earlier:
            outcomes.append(_outcome(earlier[grant_id], None))
            continue
        row = {
            "id": grant_id,
            "number": "",
            "steward_id": wish.steward_id,
            "street_id": stewards[wish.steward_id]["street_id"],
            "community_id": stewards[wish.steward_id]["community_id"],
            "reason": wish.reason,
            "points": wish.points,
            "expires_on": expires_on,
            "state": "proposed",
            "two_person": terms.takes_two(wish.points),
            "proposed_by_id": wish.actor.id,
            "proposed_at": now,
            "decided_by_id": None,
            "decided_at": None,
            "operation_id": None,
        }
        made.append(row)
        places.append(at)
        outcomes.append(UnknownGrant())  # its place is taken below
        if note is not None:
            notes.append(NewNote(subject_id=row["id"], author_id=wish.actor.id, text=note))
    day = f"{today:%y%m%d}"
    for row, count in zip(made, await take_numbers(tx, f"grant {day}", len(made)), strict=True):
        row["number"] = f"G{day}{count:04d}"
    alone = [row for row in made if not row["two_person"]]
    posted = dict(zip([row["id"] for row in alone], await _post(tx, alone, rules, now=now), strict=True))
    for at, row in zip(places, made, strict=True):
        found = posted.get(row["id"])
        if isinstance(found, Posted):
            _decide(row, "approved", by=row["proposed_by_id"], now=now, posted=found)
        outcomes[at] = found if isinstance(found, Refusal) else _outcome(row, found)
    kept = [row for row in made if not isinstance(posted.get(row["id"]), Refusal)]
    ids = {row["id"] for row in kept}
    await tx.insert(Grant, kept)
    await write_notes(tx, [note for note in notes if note.subject_id in ids], now=now)
    by = {row["id"]: wishes[at].actor for at, row in zip(places, made, strict=True)}
    await record(tx, [_audit(row, "grants.propose", by[row["id"]]) for row in kept], now=now)
    await _tell_given(tx, kept, posted, terms, now=now)
    return outcomes


async def decide_grants(tx: Tx, wishes: Sequence[GrantStep], *, now: datetime) -> list[GrantOutcome | Refusal]:
    """Approve, reject, withdraw or reverse manual awards, in order, each refused or done by itself.

    Refusals: UnknownGrant, also for those out of reach; NotAllowed; GrantDecided; OwnProposal; NotYourProposal;
    GrantNotPosted; ReversalCauseUnknown; what the ledger refuses, such as AlreadyReversed.
    """
    rows = {key: dict(row) for key, row in (await tx.lock(Grant, {wish.grant_id for wish in wishes})).items()}
    terms = await grant_terms(tx, now=now)
    outcomes: list[GrantOutcome | Refusal] = []
    changed: dict[UUID, dict[str, Any]] = {}
    audits: list[AuditEntry] = []
    for wish in wishes:
        row = rows.get(wish.grant_id)
        try:
            note = _allowed(wish, row)
            assert row is not None  # noqa: S101 - _allowed refuses what is not there
            posted = await _carry_out(tx, wish, row, now=now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if wish.action != "reverse":
            _decide(row, _STATES[wish.action], by=wish.actor.id, now=now, posted=posted)
            changed[row["id"]] = row
        if note is not None:
            await write_notes(tx, [NewNote(subject_id=row["id"], author_id=wish.actor.id, text=note)], now=now)
        if wish.action == "approve":
            await _tell_given(tx, [row], {row["id"]: posted}, terms, now=now)
        audits.append(_audit(row, f"grants.{wish.action}", wish.actor, cause=wish.cause))
        outcomes.append(_outcome(row, posted))
    names = ("id", "state", "decided_by_id", "decided_at", "operation_id")
    await tx.update(Grant, [{name: row[name] for name in names} for _, row in sorted(changed.items())])
    await record(tx, audits, now=now)
    return outcomes


def _id_of(wish: GrantProposal) -> UUID:
    return derived_id("grant", str(wish.actor.id), wish.nonce) if wish.nonce else new_id()


def _checked(wish: GrantProposal, steward: Row | None, terms: GrantTerms) -> str | None:
    if steward is None or not may(wish.actor, Action.STEWARDS_READ, _place(steward), wish.steward_id):
        raise StewardUnknown(pointer="/steward_id")
    if wish.actor.kind != "staff" or not may(wish.actor, Action.GRANTS_PROPOSE, _place(steward)):
        raise NotAllowed
    if steward["status"] not in {"active", "suspended"}:
        raise StewardGone(pointer="/steward_id")
    note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    terms.check(reason=wish.reason, points=wish.points, has_note=note is not None)
    return note


def _allowed(wish: GrantStep, row: Mapping[str, Any] | None) -> str | None:
    place = Place(street_id=row["street_id"], community_id=row["community_id"]) if row else None
    if row is None or not may(wish.actor, Action.GRANTS_READ, place):
        raise UnknownGrant
    if wish.actor.kind != "staff" or not may(wish.actor, _PERMISSIONS[wish.action], place):
        raise NotAllowed
    note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    number = row["number"]
    if wish.action == "reverse":
        if wish.cause not in REVERSAL_CAUSES:
            raise ReversalCauseUnknown(pointer="/cause", allowed=", ".join(REVERSAL_CAUSES))
        if row["operation_id"] is None:
            raise GrantNotPosted(number=number)
        return note
    if row["state"] != "proposed":
        raise GrantDecided(number=number)
    own = wish.actor.id == row["proposed_by_id"]
    if wish.action == "withdraw" and not own:
        raise NotYourProposal(number=number)
    if wish.action != "withdraw" and own:
        raise OwnProposal(number=number)
    return note


async def _carry_out(tx: Tx, wish: GrantStep, row: Mapping[str, Any], *, now: datetime) -> Posted | None:
    """Post what a step moves.

    Raises:
        Refusal: the ledger refuses it.

    """
    if wish.action not in {"approve", "reverse"}:
        return None
    if wish.action == "approve":
        today = local_date(now)
        [outcome] = await _post(tx, [row], (await rules_on(tx, {today})).get(today), now=now)
    else:
        reversal = Reverse(
            operation=row["operation_id"], cause=wish.cause or "", occurred_at=now, actor_id=wish.actor.id
        )
        [outcome] = await post(tx, [reversal], now=now)
    if isinstance(outcome, Refusal):
        raise outcome
    if wish.action == "reverse":
        await _tell_taken_back(tx, row, outcome, wish.cause or "", now=now)
    return outcome


async def _post(
    tx: Tx, rows: Sequence[Mapping[str, Any]], rules: Rules | None, *, now: datetime
) -> list[Posted | Refusal]:
    by_street = rules is not None and rules.document.budget is not None
    wishes = [
        Credit(
            owner_id=row["steward_id"],
            points=row["points"],
            reason=GRANT,
            reference=f"grant {row['number']}",
            occurred_at=now,
            expires_on=row["expires_on"],
            budget_id=row["street_id"] if by_street else None,
            actor_id=row["proposed_by_id"],
        )
        for row in rows
    ]
    return await post(tx, wishes, now=now) if wishes else []


def _decide(row: dict[str, Any], state: GrantState, *, by: UUID | None, now: datetime, posted: Posted | None) -> None:
    row |= {
        "state": state,
        "decided_by_id": by,
        "decided_at": now,
        "operation_id": posted.operation_id if posted else None,
    }


async def _tell_given(
    tx: Tx,
    rows: Iterable[Mapping[str, Any]],
    posted: Mapping[UUID, Posted | Refusal | None],
    terms: GrantTerms,
    *,
    now: datetime,
) -> None:
    messages = []
    for row in rows:
        given = posted.get(row["id"])
        if isinstance(given, Posted):
            label = terms.reasons.get(row["reason"], Label(row["reason"]))
            params = {
                "number": row["number"],
                "points": row["points"],
                "reason_zh": label.message,
                "reason_en": label.english,
                "balance": given.balance_after,
            }
            cause = f"grant {row['number']}"
            messages.append(NewMessage(steward_id=row["steward_id"], code="grant_given", params=params, cause=cause))
    await post_messages(tx, messages, now=now)


async def _tell_taken_back(tx: Tx, row: Mapping[str, Any], taken: Posted, cause: str, *, now: datetime) -> None:
    params = {"number": row["number"], "points": row["points"], "cause": cause, "debt": taken.debt_added}
    message = NewMessage(
        steward_id=row["steward_id"], code="grant_reversed", params=params, cause=f"grant {row['number']}/reversed"
    )
    await post_messages(tx, [message], now=now)


def _audit(row: Mapping[str, Any], action: str, actor: Principal, *, cause: str | None = None) -> AuditEntry:
    detail = {"number": row["number"], "points": row["points"], "reason": row["reason"], "state": row["state"]}
    if cause is not None:
        detail["cause"] = cause
    return AuditEntry(
        actor=actor.actor,
        action=action,
        subject_kind="grant",
        subject_id=row["id"],
        street_id=row["street_id"],
        detail=detail,
    )


def _outcome(row: Mapping[str, Any], posted: Posted | None) -> GrantOutcome:
    return GrantOutcome(
        grant_id=row["id"],
        number=row["number"],
        steward_id=row["steward_id"],
        reason=row["reason"],
        points=row["points"],
        state=row["state"],
        two_person=row["two_person"],
        posted=posted,
    )


async def _stewards(tx: Tx, steward_ids: Iterable[UUID]) -> dict[UUID, Row]:
    rows = await tx.fetch(
        f"SELECT id, street_id, community_id, status FROM stewards_steward WHERE {tx.one_of('id', 1)}",
        sorted(set(steward_ids)),
        types={"id": UUID, "street_id": UUID, "community_id": UUID},
    )
    return {row["id"]: row for row in rows}


def _place(steward: Row) -> Place:
    return Place(street_id=steward["street_id"], community_id=steward["community_id"])
