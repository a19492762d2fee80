"""What people say of a draft in its consultation, and what the district answers (意见与答复)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import local_date
from kernel.consultation.kinds import DocumentKind
from kernel.consultation.refusals import (
    ConsultationOver,
    TooManyComments,
    UnknownComment,
    UnknownDraft,
    WrongDraftState,
)
from kernel.database import Reader, Tx
from kernel.ids import new_id
from kernel.text import clean_text

LONGEST_COMMENT = 1_000
MOST_OF_ONE = 20  # comments of one person on one draft


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRecord:
    """A comment with its answer. Who said it is known to the district alone."""

    id: UUID
    draft_id: UUID
    author_kind: str
    author_id: UUID | None
    text: str
    said_at: datetime
    answer: str | None
    answered_by: UUID | None
    answered_at: datetime | None


async def comment_on(
    tx: Tx, kind: DocumentKind[Any], draft_id: UUID, text: str, *, by: Actor, now: datetime
) -> CommentRecord:
    """Say something of a draft in consultation.

    Raises:
        UnknownDraft: there is none that everybody may see.
        ConsultationOver: comments are not taken now.
        TooManyComments: this author said enough.
        TextMissing, TextTooLong, TextNotAllowed: see clean_text.

    """
    draft = (await tx.lock(kind.drafts, [draft_id])).get(draft_id)
    if draft is None or draft["state"] not in {"consultation", "published"}:
        raise UnknownDraft
    if draft["state"] != "consultation" or draft["consults_until"] < local_date(now):
        raise ConsultationOver
    said = await tx.fetch_one(
        f"SELECT COUNT(*) AS said FROM {kind.comments._meta.db_table} "
        "WHERE draft_id = $1 AND author_kind = $2 AND author_id = $3",
        draft_id,
        by.kind,
        by.id,
    )
    if said is not None and said["said"] >= MOST_OF_ONE:
        raise TooManyComments(most=MOST_OF_ONE)
    made: dict[str, Any] = {
        "id": new_id(),
        "draft_id": draft_id,
        "author_kind": by.kind,
        "author_id": by.id,
        "text": clean_text(text, max_length=LONGEST_COMMENT, pointer="/text", lines=True),
        "said_at": now,
        "answer": None,
        "answered_by": None,
        "answered_at": None,
    }
    await tx.insert(kind.comments, [made])
    return CommentRecord(**made)


async def answer_comment(
    tx: Tx, kind: DocumentKind[Any], draft_id: UUID, comment_id: UUID, text: str, *, by: UUID | None, now: datetime
) -> CommentRecord:
    """Answer a comment, or mend the answer until the draft is published.

    Raises:
        UnknownComment: it is not on this draft.
        WrongDraftState: the draft is published or withdrawn.
        TextMissing, TextTooLong, TextNotAllowed: see clean_text.

    """
    draft = (await tx.lock(kind.drafts, [draft_id])).get(draft_id)
    row = (await tx.lock(kind.comments, [comment_id])).get(comment_id)
    if draft is None or row is None or row["draft_id"] != draft_id:
        raise UnknownComment
    if draft["state"] != "consultation":
        raise WrongDraftState(state=draft["state"])
    answered = {
        "id": comment_id,
        "answer": clean_text(text, max_length=LONGEST_COMMENT, pointer="/text", lines=True),
        "answered_by": by,
        "answered_at": now,
    }
    await tx.update(kind.comments, [answered])
    entry = AuditEntry(
        actor=Actor("staff", by) if by else Actor("system"),
        action=f"{kind.audit}.answer",
        subject_kind=f"{kind.subject}_comment",
        subject_id=comment_id,
    )
    await record(tx, [entry], now=now)
    return CommentRecord(**{**row, **answered})


async def list_comments(
    reader: Reader, kind: DocumentKind[Any], draft_id: UUID, *, starting_after: UUID | None = None, limit: int = 50
) -> tuple[list[CommentRecord], bool]:
    """The comments on a draft, the oldest first, and whether there are more."""
    after = "" if starting_after is None else " AND id > $3"
    args = [] if starting_after is None else [starting_after]
    rows = await reader.rows(
        kind.comments, f"WHERE draft_id = $1{after} ORDER BY id LIMIT $2", draft_id, limit + 1, *args
    )
    return [CommentRecord(**row) for row in rows[:limit]], len(rows) > limit
