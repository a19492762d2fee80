"""Audit rows: who did what to which thing, in the transaction of its effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

import orjson

from kernel.database import Tx
from kernel.ids import new_id
from kernel.models import AuditRow

ActorKind = Literal["steward", "staff", "integrator", "display", "partner", "system", "resident"]
ACTOR_KINDS: tuple[ActorKind, ...] = get_args(ActorKind)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a kind and, except for the system and unnamed residents, an id."""

    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One deed. `detail` holds codes, ids and numbers, never personal data: audit rows cannot be erased."""

    actor: Actor
    action: str
    subject_kind: str
    subject_id: UUID | None = None
    street_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None


async def record(tx: Tx, entries: Sequence[AuditEntry], *, now: datetime) -> None:
    """Write audit rows with one statement."""
    await tx.insert(
        AuditRow,
        [
            {
                "id": new_id(),
                "actor_kind": entry.actor.kind,
                "actor_id": entry.actor.id,
                "action": entry.action,
                "subject_kind": entry.subject_kind,
                "subject_id": entry.subject_id,
                "street_id": entry.street_id,
                "detail": orjson.dumps(entry.detail, option=orjson.OPT_SORT_KEYS).decode(),
                "request_id": entry.request_id,
                "recorded_at": now,
            }
            for entry in entries
        ],
    )
