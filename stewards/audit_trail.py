"""The audit trail (操作记录) as it is read: who did what to whom, the newest first, within the reader's streets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.database import Reader
from kernel.models import AuditRow
from kernel.text import storable
from stewards.models import Staff, Steward
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

LONGEST_QUERY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailQuery:
    """`person` is a steward's number or a login, as actor or subject; `kind` the first part of an action."""

    person: str | None = None
    kind: str | None = None
    starting_after: UUID | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEntry:
    """One deed, with the names that its people have now; machines and the system have none."""

    id: UUID
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_name: str | None
    action: str
    subject_kind: str
    subject_id: UUID | None
    subject_name: str | None
    detail: Mapping[str, Any]
    request_id: str | None


async def read_trail(reader: Reader, principal: Principal, query: TrailQuery) -> tuple[list[TrailEntry], bool]:
    """A page of the trail, and whether there is more. A street reads the deeds in its own street."""
    within = reach(principal, Action.AUDIT_READ)
    condition, args = within.condition(reader, 1, street="street_id")
    where = [condition]
    if query.person is not None:
        ids = await _ids_of(reader, query.person)
        if not ids:
            return [], False
        args.append(sorted(ids))
        place = len(args)
        where.append(f"({reader.one_of('actor_id', place)} OR {reader.one_of('subject_id', place)})")
    if query.kind is not None:
        args.append(f"{query.kind}.%")
        where.append(f"action LIKE ${len(args)}")
    if query.starting_after is not None:
        args.append(query.starting_after)
        where.append(f"id < ${len(args)}")
    # Ids are made in the order of time, and theirs is the one index that the hottest of tables can afford.
    tail = f"WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT {int(query.limit) + 1}"
    rows = await reader.rows(AuditRow, tail, *args)
    shown = rows[: query.limit]
    names = await _names(reader, shown)
    return [
        TrailEntry(
            id=row["id"],
            recorded_at=row["recorded_at"],
            actor_kind=row["actor_kind"],
            actor_id=row["actor_id"],
            actor_name=names.get(row["actor_id"]),
            action=row["action"],
            subject_kind=row["subject_kind"],
            subject_id=row["subject_id"],
            subject_name=names.get(row["subject_id"]),
            detail=orjson.loads(row["detail"]),
            request_id=row["request_id"],
        )
        for row in shown
    ], len(rows) > query.limit


async def _ids_of(reader: Reader, person: str) -> set[UUID]:
    if not storable(person) or len(person) > LONGEST_QUERY:
        return set()
    found = [
        *await reader.rows(Steward, "WHERE number = $1", person),
        *await reader.rows(Staff, "WHERE login = $1", person.lower()),
    ]
    return {row["id"] for row in found}


async def _names(reader: Reader, rows: Sequence[Mapping[str, Any]]) -> dict[UUID | None, str]:
    ids = {
        kind: sorted(
            {row["actor_id"] for row in rows if row["actor_kind"] == kind and row["actor_id"]}
            | {row["subject_id"] for row in rows if row["subject_kind"] == kind and row["subject_id"]}
        )
        for kind in ("steward", "staff")
    }
    named: dict[UUID | None, str] = {}
    for kind, model in (("steward", Steward), ("staff", Staff)):
        if ids[kind]:
            found = await reader.rows(model, f"WHERE {reader.one_of('id', 1)}", ids[kind])
            named.update({row["id"]: row["name"] for row in found})
    return named
