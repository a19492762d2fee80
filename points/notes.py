"""Free text about grants and penalties (备注): kept apart from what lasts, so that it can be erased."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader, Tx
from kernel.ids import new_id
from points.models import Note

NOTE_LENGTH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNote:
    """What somebody wrote about a thing."""

    subject_id: UUID
    author_id: UUID | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEntry:
    """A note as it is read."""

    author_id: UUID | None
    text: str
    written_at: datetime


async def write_notes(tx: Tx, notes: Sequence[NewNote], *, now: datetime) -> None:
    """Keep notes. Their text was cleaned by whoever took it in."""
    await tx.insert(
        Note,
        [
            {
                "id": new_id(),
                "subject_id": note.subject_id,
                "author_id": note.author_id,
                "text": note.text,
                "written_at": now,
            }
            for note in notes
        ],
    )


async def read_notes(reader: Reader, subject_ids: Iterable[UUID]) -> dict[UUID, list[NoteEntry]]:
    """The notes about each of some things, the oldest first."""
    found: dict[UUID, list[NoteEntry]] = {subject_id: [] for subject_id in subject_ids}
    if found:
        rows = await reader.rows(Note, f"WHERE {reader.one_of('subject_id', 1)} ORDER BY written_at, id", sorted(found))
        for row in rows:
            entry = NoteEntry(author_id=row["author_id"], text=row["text"], written_at=row["written_at"])
            found[row["subject_id"]].append(entry)
    return found


async def erase_notes(tx: Tx, subject_ids: Iterable[UUID]) -> int:
    """Erase what was written about some things; what was decided and posted stays. Answers how many notes went."""
    return await tx.execute(f"DELETE FROM points_note WHERE {tx.one_of('subject_id', 1)}", sorted(set(subject_ids)))
