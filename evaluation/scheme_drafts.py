"""Schemes on their way: drafted, put to consultation, answered, published from a day or withdrawn (草案)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from evaluation.models import SchemeComment, SchemeDraft
from evaluation.scheme_documents import read_scheme
from evaluation.scheme_versions import SchemeRecord, check_next_scheme, publish_scheme
from kernel.audit import Actor, AuditEntry, record
from kernel.clock import local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_

DraftState = Literal["draft", "consultation", "published", "withdrawn"]
LONGEST_CONSULTATION = timedelta(days=366)


class UnknownDraft(Refusal):
    """There is no such draft, or none that the caller may see."""

    code = "unknown_scheme_draft"
    kind = Kind.NOT_FOUND
    message = N_("没有这份方案草案。")


class DraftChanged(Refusal):
    """Somebody changed the draft since it was read."""

    code = "scheme_draft_changed"
    kind = Kind.STALE
    message = N_("草案已被别人改过，请重新读取再改。")


class WrongDraftState(Refusal):
    """The draft is not where this step starts from."""

    code = "wrong_scheme_draft_state"
    message = N_("草案现在是“{state}”，不能这样办理。")


class ConsultationUnfit(Refusal):
    """The last day of a consultation is past or more than a year away."""

    code = "scheme_consultation_unfit"
    kind = Kind.INVALID
    message = N_("征求意见的截止日应在 {first} 到 {last} 之间。")


class ConsultationRuns(Refusal):
    """Who was asked may still answer."""

    code = "scheme_consultation_runs"
    message = N_("征求意见到 {until} 为止，之后才能公布。")


class CommentsUnanswered(Refusal):
    """Every comment is answered before the scheme is published."""

    code = "scheme_comments_unanswered"
    message = N_("还有 {count} 条意见没有答复，答复后才能公布。")


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
    tx: Tx, document: bytes | str | Mapping[str, Any], *, by: UUID | None, now: datetime
) -> DraftRecord:
    """Keep a new draft. It must be sound by itself; whether it may follow the newest version is asked on publishing.

    Raises:
        SchemeRefused: the document has mistakes.

    """
    made = {"id": new_id(), "state": "draft", "revision": 1, **_content(document)}
    made |= {"consults_until": None, "version_id": None, "created_by": by, "created_at": now, "changed_at": now}
    await tx.insert(SchemeDraft, [made])
    await _note(tx, "schemes.draft", made["id"], by, now, sha256=made["document_sha256"])
    return DraftRecord(**made)


async def change_draft(
    tx: Tx,
    draft_id: UUID,
    document: bytes | str | Mapping[str, Any],
    *,
    expected: int | None,
    by: UUID | None,
    now: datetime,
) -> DraftRecord:
    """Replace a draft's document. During the consultation the text stands still: withdraw it and draft anew.

    Raises:
        UnknownDraft, DraftChanged, WrongDraftState: as they say.
        SchemeRefused: the document has mistakes.

    """
    row = await _lock(tx, draft_id, expected, {"draft"})
    content = _content(document)
    if content["document_sha256"] == row["document_sha256"]:
        return await _read(tx, row)
    await _note(tx, "schemes.change", draft_id, by, now, sha256=content["document_sha256"])
    return await _save(tx, row, content, now)


async def open_consultation(
    tx: Tx, draft_id: UUID, *, until: date, expected: int | None, by: UUID | None, now: datetime
) -> DraftRecord:
    """Show a draft to everybody and take comments through a local day (征求意见).

    Raises:
        UnknownDraft, DraftChanged, WrongDraftState: as they say.
        ConsultationUnfit: the day is past, or more than a year away.
        SchemeInThePast: it could not be published as it is.

    """
    row = await _lock(tx, draft_id, expected, {"draft"})
    today = local_date(now)
    if not today <= until <= today + LONGEST_CONSULTATION:
        last = today + LONGEST_CONSULTATION
        raise ConsultationUnfit(pointer="/until", first=today.isoformat(), last=last.isoformat())
    await check_next_scheme(tx, read_scheme(row["document"])[0], now=now)
    await _note(tx, "schemes.consult", draft_id, by, now, until=until.isoformat())
    return await _save(tx, row, {"state": "consultation", "consults_until": until}, now)


async def withdraw_draft(
    tx: Tx, draft_id: UUID, *, expected: int | None, by: UUID | None, now: datetime
) -> DraftRecord:
    """Give a draft up. Its comments stay with it.

    Raises:
        UnknownDraft, DraftChanged, WrongDraftState: as they say.

    """
    row = await _lock(tx, draft_id, expected, {"draft", "consultation"})
    await _note(tx, "schemes.withdraw", draft_id, by, now)
    return await _save(tx, row, {"state": "withdrawn"}, now)


async def publish_draft(
    tx: Tx, draft_id: UUID, *, expected: int | None, by: UUID | None, now: datetime
) -> tuple[DraftRecord, SchemeRecord]:
    """Publish a draft after its consultation, in force from the day that it names.

    Raises:
        UnknownDraft, DraftChanged, WrongDraftState: as they say; only a draft in consultation can be published.
        ConsultationRuns: comments are still taken.
        CommentsUnanswered: some have no answer.
        SchemeInThePast: see publish_scheme.

    """
    row = await _lock(tx, draft_id, expected, {"consultation"})
    if row["consults_until"] >= local_date(now):
        raise ConsultationRuns(until=row["consults_until"].isoformat())
    before = await _read(tx, row)
    if before.unanswered:
        raise CommentsUnanswered(count=before.unanswered)
    version = await publish_scheme(tx, row["document"], by=by, now=now)
    return await _save(tx, row, {"state": "published", "version_id": version.id}, now), version


async def read_draft(reader: Reader, draft_id: UUID, *, all_states: bool) -> DraftRecord:
    """A draft; without `all_states` only one that is or was in consultation.

    Raises:
        UnknownDraft: there is none.

    """
    rows = await reader.rows(SchemeDraft, "WHERE id = $1", draft_id)
    found = await _read(reader, rows[0]) if rows else None
    if found is None or not (all_states or found.public):
        raise UnknownDraft
    return found


async def list_drafts(
    reader: Reader, *, all_states: bool, starting_after: UUID | None = None, limit: int = 50
) -> tuple[list[DraftRecord], bool]:
    """Drafts, the newest first, and whether there are more."""
    where = "WHERE 1 = 1" if all_states else "WHERE state IN ('consultation', 'published')"
    after = "" if starting_after is None else " AND id < $2"
    args = [] if starting_after is None else [starting_after]
    rows = await reader.rows(SchemeDraft, f"{where}{after} ORDER BY id DESC LIMIT $1", limit + 1, *args)
    counts = await _comment_counts(reader, [row["id"] for row in rows])
    return [_record(row, counts) for row in rows[:limit]], len(rows) > limit


def _content(document: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    scheme, canonical = read_scheme(document)
    return {
        "name": scheme.name,
        "effective_on": scheme.effective_on,
        "document": canonical,
        "document_sha256": hashlib.sha256(canonical.encode()).hexdigest(),
    }


async def _lock(tx: Tx, draft_id: UUID, expected: int | None, states: set[str]) -> Row:
    row = (await tx.lock(SchemeDraft, [draft_id])).get(draft_id)
    if row is None:
        raise UnknownDraft
    if expected is not None and row["revision"] != expected:
        raise DraftChanged(pointer="If-Match")
    if row["state"] not in states:
        raise WrongDraftState(state=row["state"])
    return row


async def _save(tx: Tx, row: Row, changes: Mapping[str, Any], now: datetime) -> DraftRecord:
    written = {"id": row["id"], "revision": row["revision"] + 1, "changed_at": now, **changes}
    await tx.update(SchemeDraft, [written])
    return await _read(tx, {**row, **written})


async def _read(reader: Reader, row: Row) -> DraftRecord:
    return _record(row, await _comment_counts(reader, [row["id"]]))


def _record(row: Row, counts: Mapping[UUID, tuple[int, int]]) -> DraftRecord:
    comments, unanswered = counts.get(row["id"], (0, 0))
    columns = {name: row[name] for name in DraftRecord.__dataclass_fields__ if name in row.keys()}  # noqa: SIM118
    return DraftRecord(**columns, comments=comments, unanswered=unanswered)


async def _comment_counts(reader: Reader, draft_ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    if not draft_ids:
        return {}
    rows = await reader.fetch(
        f"SELECT draft_id, COUNT(*) AS comments, COUNT(answered_at) AS answered FROM {SchemeComment._meta.db_table} "
        f"WHERE {reader.one_of('draft_id', 1)} GROUP BY draft_id",
        draft_ids,
        types={"draft_id": UUID},
    )
    return {row["draft_id"]: (row["comments"], row["comments"] - row["answered"]) for row in rows}


async def _note(tx: Tx, action: str, draft_id: UUID, by: UUID | None, now: datetime, **detail: Any) -> None:
    actor = Actor("staff", by) if by else Actor("system")
    entry = AuditEntry(actor=actor, action=action, subject_kind="scheme_draft", subject_id=draft_id, detail=detail)
    await record(tx, [entry], now=now)
