"""What is written about steps that were taken: the cases, their events and notes, audit rows and outbox rows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from cases.caseload import Caseload
from cases.models import Case, CaseEvent, CaseNote
from cases.notices import TOPICS
from cases.transitions import Move
from kernel.audit import Actor, AuditEntry, audit_rows
from kernel.database import Insert, Tx, Update
from kernel.ids import new_id
from kernel.outbox import outbox_rows
from points.award import AwardOutcome, Reversed


class Taken(msgspec.Struct, frozen=True, kw_only=True):
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
    standing = {step.move.after.id: caseload.standing[step.move.after.id] for step in taken}
    changed = [
        (
            *(case.id, case.state.value, case.episode, case.version, case.verified_at, case.solved_at),
            case.duplicate_of,
        )
        for case in standing.values()
    ]
    notes = {step.event_id: new_id() for step in taken if step.note is not None}
    written = [(notes[step.event_id], step.move.after.id, step.note) for step in taken if step.note is not None]
    await tx.write(
        [
            Update(Case, _CASE_COLUMNS, changed),
            Insert(CaseNote, ("id", "case_id", "text"), written),
            Insert(CaseEvent, _EVENT_COLUMNS, [_event_row(step, notes.get(step.event_id), now) for step in taken]),
            audit_rows([_audit_entry(step, caseload) for step in taken], now=now),
            outbox_rows(_told(taken), now=now),
        ]
    )


_CASE_COLUMNS = ("id", "state", "episode", "version", "verified_at", "solved_at", "duplicate_of_id")
_EVENT_COLUMNS = (
    *("id", "case_id", "version", "action", "from_state", "to_state", "episode", "reason", "actor_kind", "actor_id"),
    *("award_id", "note_id", "other_case_id", "recorded_at"),
)


def _event_row(step: Taken, note_id: UUID | None, now: datetime) -> tuple[Any, ...]:
    before, after = step.move.before, step.move.after
    return (
        step.event_id,
        after.id,
        after.version,
        step.move.action.value,
        before.state.value,
        after.state.value,
        after.episode,
        step.move.reason,
        step.actor.kind,
        step.actor.id,
        step.award.award_id if step.award else None,
        note_id,
        after.duplicate_of,
        now,
    )


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


def _told(taken: Sequence[Taken]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The steps of each topic, dozens in a payload: a row for each step would cost as much as the step's event."""
    by_topic: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for step in taken:
        if (topic := f"case.{step.move.action}") in TOPICS:
            by_topic[topic].append(_step_told(step))
    for topic, steps in by_topic.items():
        for at in range(0, len(steps), _MOST_TOLD):
            yield topic, {"steps": steps[at : at + _MOST_TOLD]}


_MOST_TOLD = 50  # steps in one payload, which succeed or come back together


def _step_told(step: Taken) -> dict[str, Any]:
    told: dict[str, Any] = {"event_id": str(step.event_id)}
    if step.reversed:
        told["reversed_award_ids"] = [str(reversed_.award_id) for reversed_ in step.reversed]
        told["top_up_award_ids"] = [str(top_up.award_id) for reversed_ in step.reversed for top_up in reversed_.top_ups]
    return told
