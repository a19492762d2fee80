"""Audit rows: who did what to which thing, in the transaction of its effect."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
import orjson

from kernel.database import Insert, Tx
from kernel.ids import new_id
from kernel.models import AuditRow

ActorKind = Literal["steward", "staff", "integrator", "display", "partner", "system", "resident"]
ACTOR_KINDS: tuple[ActorKind, ...] = get_args(ActorKind)


class Actor(msgspec.Struct, frozen=True):
    """Who acts: a kind and, except for the system and unnamed residents, an id."""

    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor("system")


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One deed. `detail` holds codes, ids and numbers, never personal data: audit rows cannot be erased."""

    actor: Actor
    action: str
    subject_kind: str
    subject_id: UUID | None = None
    street_id: UUID | None = None
    detail: Mapping[str, Any] = msgspec.field(default_factory=dict)
    request_id: str | None = None


_COLUMNS = (
    *("id", "actor_kind", "actor_id", "action", "subject_kind", "subject_id", "street_id", "detail", "request_id"),
    "recorded_at",
)


def audit_rows(entries: Sequence[AuditEntry], *, now: datetime) -> Insert:
    """Audit rows, to be written together with other rows of their transaction."""
    rows = [
        (
            new_id(),
            entry.actor.kind,
            entry.actor.id,
            entry.action,
            entry.subject_kind,
            entry.subject_id,
            entry.street_id,
            orjson.dumps(entry.detail, default=str, option=orjson.OPT_SORT_KEYS).decode(),
            entry.request_id,
            now,
        )
        for entry in entries
    ]
    return Insert(AuditRow, _COLUMNS, rows)


async def record(tx: Tx, entries: Sequence[AuditEntry], *, now: datetime) -> None:
    """Write audit rows with one statement."""
    await tx.write([audit_rows(entries, now=now)])
