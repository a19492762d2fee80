"""Documents on their way: drafted, put to consultation, answered, published from a day or withdrawn (草案)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import local_date
from kernel.consultation.kinds import DocumentKind, Written
from kernel.consultation.refusals import (
    CommentsUnanswered,
    ConsultationRuns,
    ConsultationUnfit,
    DraftChanged,
    UnknownDraft,
    WrongDraftState,
)
from kernel.consultation.versions import VersionRecord, digest, publish_version
from kernel.database import Reader, Row, Tx
from kernel.ids import new_id

DraftState = Literal["draft", "consultation", "published", "withdrawn"]
LONGEST_CONSULTATION = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    """A draft as it stands. `document` is canonical JSON; `comments` counts them, `unanswered` those without answer."""

    id: UUID
    state: DraftState
    revision: int
    name: str
    effective_on: date
    document: str
    document_sha256: str
    consults_until: date | None
    version_id: UUID | None
    created_by: UUID | None
    created_at: datetime
    changed_at: datetime
    comments: int = 0
    unanswered: int = 0

    @property
    def public(self) -> bool:
        """Whether everybody may read it: from its consultation on."""
        return self.state in {"consultation", "published"}


async def create_draft(
    tx: Tx, kind: DocumentKind[Any], document: Written, *, by: UUID | None, now: datetime
) -> DraftRecord:
    """Keep a new draft. It must be sound by itself; whether it may follow the newest version is asked on publishing.

    Raises:
        DocumentRefused: the document has mistakes.

    """
    made = {"id": new_id(), "state": "draft", "revision": 1, **_content(kind, document)}
    made |= {"consults_until": None, "version_id": None, "created_by": by, "created_at": now, "changed_at": now}
    await tx.insert(kind.drafts, [made])
    await _note(tx, kind, "draft", made["id"], by=by, now=now, sha256=made["document_sha256"])
    return DraftRecord(**made)


async def change_draft(
    tx: Tx,
    kind: DocumentKind[Any],
    draft_id: UUID,
    document: Written,
    *,
    expected: int | None,
    by: UUID | None,
    now: datetime,
) -> DraftRecord:
    """Replace a draft's document. During the consultation the text stands still: withdraw it and draft anew.

    Raises:
        UnknownDraft, DraftChanged, WrongDraftState: as they say.
        DocumentRefused: the document has mistakes.

    """
    row = await _lock(tx, kind, draft_id, expected, {"draft"})
    content = _content(kind, document)
    if content["document_sha256"] == row["document_sha256"]:
        return await _read(tx, kind, row)
    await _note(tx, kind, "change", draft_id, by=by, now=now, sha256=content["document_sha256"])
    return await _save(tx, kind, row, content, now)


async def open_consultation(
    tx: Tx,
    kind: DocumentKind[Any],
    draft_id: UUID,
    *,
    until: date,
    expected: int | None,
    by: UUID | None,
    now: datetime,
) -> DraftRecord:
    """Show a draft to everybody and take comments through a local day (征求意见).

    Raises:
        UnknownDraft, DraftChanged, WrongDraftState: as they say.
        ConsultationUnfit: the day is past, or more than a year away.
        Refusal: it could not follow what was published; see the kind's `check_next`.

    """
    row = await _lock(tx, kind, draft_id, expected, {"draft"})
    today = local_date(now)
    if not today <= until <= today + LONGEST_CONSULTATION:
        last = today + LONGEST_CONSULTATION
        raise ConsultationUnfit(pointer="/until", first=today.isoformat(), last=last.isoformat())
    await kind.check_next(tx, kind.read(row["document"])[0], now)
    await _note(tx, kind, "consult", draft_id, by=by, now=now, until=until.isoformat())
    return await _save(tx, kind, row, {"state": "consultation", "consults_until": until}, now)


async def withdraw_draft(
    tx: Tx, kind: DocumentKind[Any], draft_id: UUID, *, expected: int | None, by: UUID | None, now: datetime
) -> DraftRecord:
    """Give a draft up. Its comments stay with it.

    Raises:
        UnknownDraft, DraftChanged, WrongDraftState: as they say.

    """
    row = await _lock(tx, kind, draft_id, expected, {"draft", "consultation"})
    await _note(tx, kind, "withdraw", draft_id, by=by, now=now)
    return await _save(tx, kind, row, {"state": "withdrawn"}, now)


async def publish_draft(
    tx: Tx, kind: DocumentKind[Any], draft_id: UUID, *, expected: int | None, by: UUID | None, now: datetime
) -> tuple[DraftRecord, VersionRecord]:
    """Publish a draft after its consultation, in force from the day that it names.

    Raises:
        UnknownDraft, DraftChanged, WrongDraftState: as they say; only a draft in consultation can be published.
        ConsultationRuns: comments are still taken.
        CommentsUnanswered: some have no answer.
        Refusal: see publish_version.

    """
    row = await _lock(tx, kind, draft_id, expected, {"consultation"})
    if row["consults_until"] >= local_date(now):
        raise ConsultationRuns(until=row["consults_until"].isoformat())
    before = await _read(tx, kind, row)
    if before.unanswered:
        raise CommentsUnanswered(count=before.unanswered)
    version = await publish_version(tx, kind, row["document"], by=by, now=now)
    return await _save(tx, kind, row, {"state": "published", "version_id": version.id}, now), version


async def read_draft(reader: Reader, kind: DocumentKind[Any], draft_id: UUID, *, all_states: bool) -> DraftRecord:
    """A draft; without `all_states` only one that is or was in consultation.

    Raises:
        UnknownDraft: there is none.

    """
    rows = await reader.rows(kind.drafts, "WHERE id = $1", draft_id)
    found = await _read(reader, kind, rows[0]) if rows else None
    if found is None or not (all_states or found.public):
        raise UnknownDraft
    return found


async def list_drafts(
    reader: Reader, kind: DocumentKind[Any], *, all_states: bool, starting_after: UUID | None = None, limit: int = 50
) -> tuple[list[DraftRecord], bool]:
    """Drafts, the newest first, and whether there are more."""
    where = "WHERE 1 = 1" if all_states else "WHERE state IN ('consultation', 'published')"
    after = "" if starting_after is None else " AND id < $2"
    args = [] if starting_after is None else [starting_after]
    rows = await reader.rows(kind.drafts, f"{where}{after} ORDER BY id DESC LIMIT $1", limit + 1, *args)
    counts = await _comment_counts(reader, kind, [row["id"] for row in rows])
    return [_record(row, counts) for row in rows[:limit]], len(rows) > limit


def _content(kind: DocumentKind[Any], document: Written) -> dict[str, Any]:
    read, canonical = kind.read(document)
    return {
        "name": read.name,
        "effective_on": read.effective_on,
        "document": canonical,
        "document_sha256": digest(canonical),
    }


async def _lock(tx: Tx, kind: DocumentKind[Any], draft_id: UUID, expected: int | None, states: set[str]) -> Row:
    row = (await tx.lock(kind.drafts, [draft_id])).get(draft_id)
    if row is None:
        raise UnknownDraft
    if expected is not None and row["revision"] != expected:
        raise DraftChanged(pointer="If-Match")
    if row["state"] not in states:
        raise WrongDraftState(state=row["state"])
    return row


async def _save(tx: Tx, kind: DocumentKind[Any], row: Row, changes: Mapping[str, Any], now: datetime) -> DraftRecord:
    written = {"id": row["id"], "revision": row["revision"] + 1, "changed_at": now, **changes}
    await tx.update(kind.drafts, [written])
    return await _read(tx, kind, {**row, **written})


async def _read(reader: Reader, kind: DocumentKind[Any], row: Row) -> DraftRecord:
    return _record(row, await _comment_counts(reader, kind, [row["id"]]))


def _record(row: Row, counts: Mapping[UUID, tuple[int, int]]) -> DraftRecord:
    comments, unanswered = counts.get(row["id"], (0, 0))
    columns = {name: row[name] for name in DraftRecord.__dataclass_fields__ if name in row.keys()}  # noqa: SIM118
    return DraftRecord(**columns, comments=comments, unanswered=unanswered)


async def _comment_counts(
    reader: Reader, kind: DocumentKind[Any], draft_ids: list[UUID]
) -> dict[UUID, tuple[int, int]]:
    if not draft_ids:
        return {}
    rows = await reader.fetch(
        f"SELECT draft_id, COUNT(*) AS comments, COUNT(answered_at) AS answered FROM {kind.comments._meta.db_table} "
        f"WHERE {reader.one_of('draft_id', 1)} GROUP BY draft_id",
        draft_ids,
        types={"draft_id": UUID},
    )
    return {row["draft_id"]: (row["comments"], row["comments"] - row["answered"]) for row in rows}


async def _note(
    tx: Tx, kind: DocumentKind[Any], action: str, draft_id: UUID, *, by: UUID | None, now: datetime, **detail: Any
) -> None:
    actor = Actor("staff", by) if by else Actor("system")
    entry = AuditEntry(
        actor=actor,
        action=f"{kind.audit}.{action}",
        subject_kind=f"{kind.subject}_draft",
        subject_id=draft_id,
        detail=detail,
    )
    await record(tx, [entry], now=now)
