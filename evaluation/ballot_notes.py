"""Notes beside residents' ballots (附言): erasable, hidden until somebody approved them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from evaluation.models import BallotNote
from kernel.audit import AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.text import clean_optional_text
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal
from stewards.reach import reach

NOTE_LENGTH = 200
NoteState = Literal["waiting", "approved", "hidden"]
NoteVerdict = Literal["approve", "hide", "erase"]


class UnknownBallotNote(Refusal):
    """There is no such note within reach."""

    code = "unknown_ballot_note"
    kind = Kind.NOT_FOUND
    message = N_("没有这条附言。")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBallotNote:
    """What was written beside a ballot, cleaned."""

    ballot_id: UUID
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDecision:
    """Somebody approves a note, keeps it hidden, or erases it for ever."""

    note_id: UUID
    verdict: NoteVerdict
    actor: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDecided:
    """A note after a decision; `state` is None where it was erased."""

    note_id: UUID
    state: NoteState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotNoteEntry:
    """A note as who moderates reads it: about whom, never by whom."""

    id: UUID
    steward_id: UUID
    steward_number: str
    steward_name: str
    period: str
    text: str
    state: NoteState
    written_at: datetime


def clean_ballot_note(text: str | None) -> str | None:
    """A note as it is kept, None where nothing was written.

    Raises:
        Refusal: it is too long, or holds what no text holds.

    """
    return clean_optional_text(text, max_length=NOTE_LENGTH, pointer="/note", lines=True)


async def write_ballot_notes(tx: Tx, notes: Sequence[NewBallotNote], *, now: datetime) -> None:
    """Keep notes, each in place of the one that its ballot had; a new text waits for approval again."""
    if not notes:
        return
    ids = sorted(note.ballot_id for note in notes)
    rows = await tx.fetch(
        f"SELECT id, ballot_id FROM evaluation_ballot_note WHERE {tx.one_of('ballot_id', 1)}",
        ids,
        types={"id": UUID, "ballot_id": UUID},
    )
    known = {row["ballot_id"]: row["id"] for row in rows}
    fresh = {"state": "waiting", "written_at": now, "decided_by_id": None, "decided_at": None}
    await tx.insert(
        BallotNote,
        [
            {"id": new_id(), "ballot_id": note.ballot_id, "text": note.text, **fresh}
            for note in notes
            if note.ballot_id not in known
        ],
    )
    await tx.update(
        BallotNote,
        [{"id": known[note.ballot_id], "text": note.text, **fresh} for note in notes if note.ballot_id in known],
    )


async def decide_notes(tx: Tx, wishes: Sequence[NoteDecision], *, now: datetime) -> list[NoteDecided | Refusal]:
    """Approve, hide or erase notes. Refuses UnknownBallotNote, also out of reach, and NotAllowed."""
    ids = sorted({wish.note_id for wish in wishes})
    locked = await tx.lock(BallotNote, ids)
    places = await _places(tx, [row["ballot_id"] for row in locked.values()])
    outcomes: list[NoteDecided | Refusal] = []
    erased: set[UUID] = set()
    changes: dict[UUID, dict[str, object]] = {}
    entries = []
    for wish in wishes:
        row = locked.get(wish.note_id)
        if (
            row is None
            or wish.note_id in erased
            or not may(wish.actor, Action.BALLOTS_REVIEW, places[row["ballot_id"]])
        ):
            outcomes.append(UnknownBallotNote())
            continue
        if wish.actor.id is None:
            outcomes.append(NotAllowed())
            continue
        state: NoteState | None = None
        if wish.verdict == "erase":
            erased.add(wish.note_id)
        else:
            state = "approved" if wish.verdict == "approve" else "hidden"
            changes[wish.note_id] = {
                "id": wish.note_id,
                "state": state,
                "decided_by_id": wish.actor.id,
                "decided_at": now,
            }
        entries.append(
            AuditEntry(
                actor=wish.actor.actor,
                action=f"ballot_notes.{wish.verdict}",
                subject_kind="ballot_note",
                subject_id=wish.note_id,
                street_id=places[row["ballot_id"]].street_id,
            )
        )
        outcomes.append(NoteDecided(note_id=wish.note_id, state=state))
    await tx.update(BallotNote, [row for key, row in changes.items() if key not in erased])
    if erased:
        await tx.execute(f"DELETE FROM evaluation_ballot_note WHERE {tx.one_of('id', 1)}", sorted(erased))
    await record(tx, entries, now=now)
    return outcomes


async def list_notes(
    reader: Reader,
    principal: Principal,
    *,
    state: NoteState = "waiting",
    starting_after: UUID | None = None,
    limit: int = 20,
) -> tuple[list[BallotNoteEntry], bool]:
    """Notes within reach in a state, oldest first, and whether there are more."""
    condition, args = reach(principal, Action.BALLOTS_REVIEW).condition(
        reader, 3, street="steward.street_id", community="steward.community_id"
    )
    after = "" if starting_after is None else f" AND note.id > ${3 + len(args)}"
    rows = await reader.fetch(
        "SELECT note.id, ballot.steward_id, steward.number AS steward_number, steward.name AS steward_name, "
        "ballot.period, note.text, note.state, note.written_at FROM evaluation_ballot_note note "
        "JOIN evaluation_ballot ballot ON ballot.id = note.ballot_id "
        "JOIN stewards_steward steward ON steward.id = ballot.steward_id "
        f"WHERE note.state = $1 AND {condition}{after} ORDER BY note.id LIMIT $2",
        state,
        limit + 1,
        *args,
        *([] if starting_after is None else [starting_after]),
        types={"id": UUID, "steward_id": UUID, "written_at": datetime},
    )
    return [BallotNoteEntry(**row) for row in rows[:limit]], len(rows) > limit


async def approved_notes(reader: Reader, steward_id: UUID, period: str, *, limit: int = 20) -> list[str]:
    """What residents wrote about a steward in a period and somebody approved, the newest first."""
    rows = await reader.fetch(
        "SELECT note.text FROM evaluation_ballot_note note JOIN evaluation_ballot ballot ON ballot.id = note.ballot_id "
        "WHERE ballot.steward_id = $1 AND ballot.period = $2 AND note.state = 'approved' "
        "ORDER BY note.id DESC LIMIT $3",
        steward_id,
        period,
        limit,
    )
    return [row["text"] for row in rows]


async def _places(tx: Tx, ballot_ids: Sequence[UUID]) -> dict[UUID, Place]:
    rows = await tx.fetch(
        "SELECT ballot.id, steward.street_id, steward.community_id FROM evaluation_ballot ballot "
        f"JOIN stewards_steward steward ON steward.id = ballot.steward_id WHERE {tx.one_of('ballot.id', 1)}",
        sorted(ballot_ids),
        types={"id": UUID, "street_id": UUID, "community_id": UUID},
    )
    return {row["id"]: Place(street_id=row["street_id"], community_id=row["community_id"]) for row in rows}
