"""What is written about steps that were taken: the cases, their events and notes, audit rows and outbox rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.caseload import Caseload
from cases.models import Case, CaseEvent, CaseNote
from cases.notices import TOPICS
from cases.transitions import Move
from kernel.audit import Actor, AuditEntry, record
from kernel.database import Tx
from kernel.ids import new_id
from kernel.outbox import emit
from points.award import AwardOutcome, Reversed


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken, with what it did to points."""

    event_id: UUID
    move: Move
    actor: Actor
    note: str | None
    award: AwardOutcome | None
    reversed: tuple[Reversed, ...]


async def write_history(tx: Tx, caseload: Caseload, taken: Sequence[Taken], *, now: datetime) -> None:
    """Write the steps of a batch, in order. Free text goes into notes alone; everything else holds ids and codes."""
    if not taken:
        return
    changed = {step.move.after.id: caseload.standing[step.move.after.id] for step in taken}
    notes = {step.event_id: new_id() for step in taken if step.note is not None}
    await tx.update(
        Case,
        [
            {
                "id": case.id,
                "state": case.state.value,
                "episode": case.episode,
                "version": case.version,
                "verified_at": case.verified_at,
                "solved_at": case.solved_at,
                "duplicate_of_id": case.duplicate_of,
            }
            for case in changed.values()
        ],
    )
    await tx.insert(
        CaseNote,
        [
            {"id": notes[step.event_id], "case_id": step.move.after.id, "text": step.note}
            for step in taken
            if step.note is not None
        ],
    )
    await tx.insert(CaseEvent, [_event_row(step, notes.get(step.event_id), now) for step in taken])
    await record(tx, [_audit_entry(step, caseload) for step in taken], now=now)
    payloads: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for step in taken:
        topic = f"case.{step.move.action}"
        if topic in TOPICS:
            payloads[topic].append(_payload(step))
    for topic, told in payloads.items():
        await emit(tx, topic, told, now=now)


def _event_row(step: Taken, note_id: UUID | None, now: datetime) -> dict[str, Any]:
    before, after = step.move.before, step.move.after
    return {
        "id": step.event_id,
        "case_id": after.id,
        "version": after.version,
        "action": step.move.action.value,
        "from_state": before.state.value,
        "to_state": after.state.value,
        "episode": after.episode,
        "reason": step.move.reason,
        "actor_kind": step.actor.kind,
        "actor_id": step.actor.id,
        "award_id": step.award.award_id if step.award else None,
        "note_id": note_id,
        "other_case_id": after.duplicate_of,
        "recorded_at": now,
    }


def _audit_entry(step: Taken, caseload: Caseload) -> AuditEntry:
    before, after = step.move.before, step.move.after
    detail: dict[str, Any] = {
        "number": after.number,
        "from": before.state.value,
        "to": after.state.value,
        "episode": after.episode,
    }
    if step.move.reason:
        detail["reason"] = step.move.reason
    if step.award:
        detail["award_id"] = str(step.award.award_id)
    if step.reversed:
        detail["reversed_award_ids"] = [str(reversed_.award_id) for reversed_ in step.reversed]
    if after.duplicate_of:
        detail["duplicate_of"] = str(after.duplicate_of)
    return AuditEntry(
        actor=step.actor,
        action=f"cases.{step.move.action}",
        subject_kind="case",
        subject_id=after.id,
        street_id=caseload.rows[after.id]["street_id"],
        detail=detail,
    )


def _payload(step: Taken) -> dict[str, Any]:
    payload: dict[str, Any] = {"event_id": str(step.event_id)}
    if step.reversed:
        payload["reversed_award_ids"] = [str(reversed_.award_id) for reversed_ in step.reversed]
        payload["top_up_award_ids"] = [
            str(top_up.award_id) for reversed_ in step.reversed for top_up in reversed_.top_ups
        ]
    return payload
