"""Penalties (扣分): from the rules' list, heard by the steward, due after a window or upheld by a second person.

    open -> objected    (the steward, within the window)
    open -> taken       (by itself, once the window is over)
    objected -> taken   (upheld by somebody else than its proposer)
    open, objected -> dropped

What is taken and cannot be paid is owed; the next earnings repay it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import SYSTEM, Actor, AuditEntry, record
from kernel.clock import local_date
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.jobs import Job, JobRun
from kernel.numbering import take_numbers
from kernel.text import clean_optional_text
from points.cheating import Faking, punish_faking
from points.ledger import post
from points.models import Penalty
from points.notes import NOTE_LENGTH, NewNote, write_notes
from points.penalty_messages import penalty_message
from points.penalty_refusals import (
    NotObjected,
    ObjectionMissing,
    OwnPenalty,
    PenaltyDecided,
    PenaltyTwice,
    UnknownPenalty,
    WindowOver,
)
from points.penalty_steps import PenaltyAction, PenaltyOutcome, PenaltyProposal, PenaltyStep
from points.rule_versions import NoRulesInForce, rules_on
from points.rules import RuleSet
from points.sanctions import Deduction, deduction_of
from points.wishes import Debit, Posted
from stewards.inbox import post_messages
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place
from stewards.refusals import StewardUnknown

PENALTY = "penalty"
DUE_AT_ONCE = 200  # penalties that one step of the job takes
_PERMISSIONS: Mapping[PenaltyAction, Action] = {
    "object": Action.PENALTIES_OBJECT,
    "uphold": Action.PENALTIES_DECIDE,
    "drop": Action.PENALTIES_DECIDE,
}


async def propose_penalties(
    tx: Tx, wishes: Sequence[PenaltyProposal], *, now: datetime
) -> list[PenaltyOutcome | Refusal]:
    """Propose penalties; the stewards are told, and have the rules' days to object. Nothing moves yet.

    Refusals: StewardUnknown, also for those out of reach; NotAllowed; NoRulesInForce; UnknownDeduction; PenaltyTwice.
    """
    stewards = await _stewards(tx, {wish.steward_id for wish in wishes})
    today = local_date(now)
    rules = (await rules_on(tx, {today})).get(today)
    earlier = await _earlier(tx, [wish.steward_id for wish in wishes])
    outcomes: list[PenaltyOutcome | Refusal] = []
    made: dict[int, dict[str, Any]] = {}
    twice: dict[int, Mapping[str, Any]] = {}
    notes: list[NewNote] = []
    said: list[Deduction] = []
    for at, wish in enumerate(wishes):
        try:
            if rules is None:
                raise NoRulesInForce(day=today.isoformat())
            note, about, deduction = _checked(wish, stewards.get(wish.steward_id), rules.document)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(UnknownPenalty())  # its place is taken below
        before = earlier.get((wish.steward_id, wish.item, about))
        if about is not None and before is not None:
            twice[at] = before
            continue
        row = made[at] = _row(wish, stewards[wish.steward_id], about, deduction, now)
        row["object_until"] = now + timedelta(days=rules.document.sanctions.appeal_days)
        earlier[wish.steward_id, wish.item, about] = row
        said.append(deduction)
        if note is not None:
            notes.append(NewNote(subject_id=row["id"], author_id=wish.actor.id, text=note))
    day = f"{today:%y%m%d}"
    for (at, row), count in zip(made.items(), await take_numbers(tx, f"penalty {day}", len(made)), strict=True):
        row["number"] = f"P{day}{count:04d}"
        outcomes[at] = _outcome(row, None)
    for at, before in twice.items():
        outcomes[at] = PenaltyTwice(pointer="/about", number=before["number"])
    await tx.insert(Penalty, list(made.values()))
    await write_notes(tx, notes, now=now)
    await record(tx, [_audit(row, "penalties.propose", wishes[at].actor.actor) for at, row in made.items()], now=now)
    messages = [
        penalty_message(row, "penalty_proposed", deduction, step="proposed")
        for row, deduction in zip(made.values(), said, strict=True)
    ]
    await post_messages(tx, messages, now=now)
    return outcomes


def _row(wish: PenaltyProposal, steward: Row, about: str | None, deduction: Deduction, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "number": "",
        "steward_id": wish.steward_id,
        "street_id": steward["street_id"],
        "community_id": steward["community_id"],
        "item": wish.item,
        "about": about,
        "points": deduction.points,
        "state": "open",
        "object_until": now,
        "proposed_by_id": wish.actor.id,
        "proposed_at": now,
        "objected_at": None,
        "decided_by_id": None,
        "decided_at": None,
        "operation_id": None,
    }


async def decide_penalties(tx: Tx, wishes: Sequence[PenaltyStep], *, now: datetime) -> list[PenaltyOutcome | Refusal]:
    """Object to, uphold or drop penalties, in order, each refused or done by itself; points move with one batch.

    Refusals: UnknownPenalty, also for those out of reach; NotAllowed; PenaltyDecided; WindowOver; NotObjected;
    ObjectionMissing; OwnPenalty.
    """
    rows = {key: dict(row) for key, row in (await tx.lock(Penalty, {wish.penalty_id for wish in wishes})).items()}
    labels = await _labels(tx, rows.values())
    outcomes: dict[int, PenaltyOutcome | Refusal] = {}
    changed: set[UUID] = set()
    upheld: dict[UUID, UUID | None] = {}
    done: list[tuple[int, PenaltyStep]] = []
    notes, audits = [], []
    for at, wish in enumerate(wishes):
        row = rows.get(wish.penalty_id)
        try:
            note = _allowed(wish, row, now)
        except Refusal as refusal:
            outcomes[at] = refusal
            continue
        assert row is not None  # noqa: S101 - _allowed refuses what is not there
        if wish.action == "object":
            row |= {"state": "objected", "objected_at": now}
            outcomes[at] = _outcome(row, None)
        elif wish.action == "drop":
            row |= {"state": "dropped", "decided_by_id": wish.actor.id, "decided_at": now}
            outcomes[at] = _outcome(row, None)
        else:
            row["state"] = "taken"  # so that no other wish of this batch decides it; the rest follows below
            upheld[row["id"]] = wish.actor.id
        if note is not None:
            notes.append(NewNote(subject_id=row["id"], author_id=wish.actor.id, text=note))
        audits.append(_audit(row, f"penalties.{wish.action}", wish.actor.actor))
        changed.add(row["id"])
        done.append((at, wish))
    posted = await _take(tx, [rows[key] for key in upheld], labels, by=upheld, now=now)
    taken = dict(zip(upheld, posted, strict=True))
    outcomes |= {at: _outcome(rows[wish.penalty_id], taken[wish.penalty_id]) for at, wish in done if at not in outcomes}
    dropped = [rows[wish.penalty_id] for _, wish in done if wish.action == "drop"]
    await post_messages(
        tx, [penalty_message(row, "penalty_dropped", labels[row["id"]], step="dropped") for row in dropped], now=now
    )
    await write_notes(tx, notes, now=now)
    await record(tx, audits, now=now)
    await _save(tx, [rows[key] for key in changed])
    return [outcomes[at] for at in range(len(wishes))]


async def take_due(tx: Tx, *, now: datetime, limit: int = DUE_AT_ONCE) -> int:
    """Take the penalties whose window is over without an objection; answers how many there were."""
    found = await tx.rows(
        Penalty, f"WHERE state = 'open' AND object_until <= $1 ORDER BY object_until, id LIMIT {int(limit)}", now
    )
    locked = await tx.lock(Penalty, [row["id"] for row in found])
    due = [dict(row) for row in locked.values() if row["state"] == "open"]
    if due:
        await _take(tx, due, await _labels(tx, due), by={}, now=now)
        await record(tx, [_audit(row, "penalties.due", SYSTEM) for row in due], now=now)
        await _save(tx, due)
    return len(found)


async def _run_due(run: JobRun) -> None:
    async def step(tx: Tx) -> int:
        taken = await take_due(tx, now=run.now())
        await run.save(tx, None)
        return taken

    while await run.database.run(step):
        pass


PENALTIES_DUE = Job(name="penalties-due", every=timedelta(hours=1), run=_run_due)
"""Every hour: what nobody objected to in time is taken."""


async def _take(
    tx: Tx,
    rows: Sequence[dict[str, Any]],
    labels: Mapping[UUID, Deduction],
    *,
    by: Mapping[UUID, UUID | None],
    now: datetime,
) -> list[Posted]:
    """Take what is due. `by` says who upheld which; what became due by itself is absent."""
    wishes = [
        Debit(
            owner_id=row["steward_id"],
            points=row["points"],
            to_kind="forfeited",
            reason=PENALTY,
            reference=f"penalty {row['number']}",
            occurred_at=now,
            on_shortfall="debt",
            actor_id=by.get(row["id"]),
        )
        for row in rows
    ]
    taken: list[Posted] = []
    messages = []
    for row, outcome in zip(rows, await post(tx, wishes, now=now), strict=True):
        if isinstance(outcome, Refusal):
            raise outcome  # a debit that may be owed is never refused; anything else is a fault of the program
        row |= {
            "state": "taken",
            "decided_by_id": by.get(row["id"]),
            "decided_at": now,
            "operation_id": outcome.operation_id,
        }
        messages.append(penalty_message(row, "penalty_taken", labels[row["id"]], step="taken", debt=outcome.debt_added))
        taken.append(outcome)
    await post_messages(tx, messages, now=now)
    faked = [
        Faking(
            steward_id=row["steward_id"],
            item=row["item"],
            reference=f"penalty {row['number']}",
            upheld_by=by.get(row["id"]),
        )
        for row in rows
    ]
    await punish_faking(tx, faked, now=now)
    return taken


async def _save(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> None:
    names = ("id", "state", "objected_at", "decided_by_id", "decided_at", "operation_id")
    await tx.update(Penalty, [{name: row[name] for name in names} for row in sorted(rows, key=lambda row: row["id"])])


def _checked(wish: PenaltyProposal, steward: Row | None, rules: RuleSet) -> tuple[str | None, str | None, Deduction]:
    place = _place(steward) if steward else None
    if steward is None or not may(wish.actor, Action.STEWARDS_READ, place, wish.steward_id):
        raise StewardUnknown(pointer="/steward_id")
    if wish.actor.kind != "staff" or not may(wish.actor, Action.PENALTIES_PROPOSE, place):
        raise NotAllowed
    note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    about = clean_optional_text(wish.about, max_length=64, pointer="/about")
    return note, about, deduction_of(rules, wish.item)


def _allowed(wish: PenaltyStep, row: Mapping[str, Any] | None, now: datetime) -> str | None:
    if row is None or not may(wish.actor, Action.PENALTIES_READ, _place(row), row["steward_id"]):
        raise UnknownPenalty
    if not may(wish.actor, _PERMISSIONS[wish.action], _place(row), row["steward_id"]):
        raise NotAllowed
    number = row["number"]
    note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    if row["state"] not in {"open", "objected"} or (wish.action == "object" and row["state"] != "open"):
        raise PenaltyDecided(number=number)
    if wish.action == "object":
        if now > row["object_until"]:
            raise WindowOver(number=number)
        if note is None:
            raise ObjectionMissing(pointer="/note")
    if wish.action == "uphold":
        if row["state"] != "objected":
            raise NotObjected(number=number)
        if wish.actor.id == row["proposed_by_id"]:
            raise OwnPenalty(number=number)
    return note


async def _labels(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> dict[UUID, Deduction]:
    """What the rules of the day of each proposal call its item."""
    wanted = list(rows)
    rules = await rules_on(tx, {local_date(row["proposed_at"]) for row in wanted})
    return {row["id"]: deduction_of(rules[local_date(row["proposed_at"])].document, row["item"]) for row in wanted}


async def _earlier(tx: Tx, steward_ids: Sequence[UUID]) -> dict[tuple[UUID, str, str | None], Mapping[str, Any]]:
    rows = await tx.rows(Penalty, f"WHERE {tx.one_of('steward_id', 1)}", sorted(set(steward_ids)))
    return {(row["steward_id"], row["item"], row["about"]): row for row in rows}


def _audit(row: Mapping[str, Any], action: str, actor: Actor) -> AuditEntry:
    return AuditEntry(
        actor=actor,
        action=action,
        subject_kind="penalty",
        subject_id=row["id"],
        street_id=row["street_id"],
        detail={"number": row["number"], "points": row["points"], "item": row["item"], "state": row["state"]},
    )


def _outcome(row: Mapping[str, Any], posted: Posted | None) -> PenaltyOutcome:
    return PenaltyOutcome(
        penalty_id=row["id"],
        number=row["number"],
        steward_id=row["steward_id"],
        item=row["item"],
        points=row["points"],
        state=row["state"],
        object_until=row["object_until"],
        posted=posted,
    )


async def _stewards(tx: Tx, steward_ids: Iterable[UUID]) -> dict[UUID, Row]:
    rows = await tx.fetch(
        f"SELECT id, street_id, community_id FROM stewards_steward WHERE {tx.one_of('id', 1)}",
        sorted(set(steward_ids)),
        types={"id": UUID, "street_id": UUID, "community_id": UUID},
    )
    return {row["id"]: row for row in rows}


def _place(row: Mapping[str, Any]) -> Place:
    return Place(street_id=row["street_id"], community_id=row["community_id"])
