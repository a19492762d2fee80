"""Where somebody is signed in (登录的设备): the open sessions of a steward or member of staff, and ending them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from stewards.models import Session
from stewards.refusals import SessionUnknown

Holder = tuple[Literal["steward", "staff"], UUID]
"""Whose sessions: of the steward or the member of staff with an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntry:
    """A browser in which somebody is signed in. `seen_at` is right to about an hour; `browser` names its kind."""

    id: UUID
    browser: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


async def open_sessions(reader: Reader, holder: Holder, *, now: datetime) -> list[SessionEntry]:
    """The sessions that are open, the one last seen first."""
    kind, holder_id = holder
    rows = await reader.rows(
        Session,
        f"WHERE {kind}_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY seen_at DESC, id DESC",
        holder_id,
        now,
    )
    return [
        SessionEntry(
            id=row["id"],
            browser=row["browser"],
            created_at=row["created_at"],
            seen_at=row["seen_at"],
            expires_at=row["expires_at"],
        )
        for row in rows
    ]


async def end_sessions(
    tx: Tx, holder: Holder, session_ids: Sequence[UUID] | None, *, by: Actor, now: datetime, but: UUID | None = None
) -> list[UUID]:
    """End some sessions of a person, or all of them but one, audited. Their browsers are strange again.

    Raises:
        SessionUnknown: one of them is not open, or somebody else's; nothing was ended.

    """
    kind, holder_id = holder
    rows = await tx.rows(
        Session, f"WHERE {kind}_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY id", holder_id, now
    )
    open_ids = [row["id"] for row in rows]
    ending = [found for found in open_ids if found != but] if session_ids is None else sorted(set(session_ids))
    if not set(ending) <= set(open_ids):
        raise SessionUnknown(pointer="/session_id")
    await tx.update(Session, [{"id": found, "revoked_at": now, "device_sha256": None} for found in ending])
    entries = [
        AuditEntry(
            actor=by, action="sessions.ended", subject_kind=kind, subject_id=holder_id, detail={"session": str(ended)}
        )
        for ended in ending
    ]
    if entries:
        await record(tx, entries, now=now)
    return ending


async def seen(tx: Tx, session_id: UUID, *, now: datetime) -> None:
    """The browser of a session was here."""
    await tx.execute("UPDATE stewards_session SET seen_at = $2 WHERE id = $1 AND seen_at < $2", session_id, now)
