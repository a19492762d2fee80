"""A steward's own data (个人信息): the copy, and the erasure that the steward asks for and the district carries out.

An erasure overwrites or deletes what identifies the person in every registered table. The ledger, cases and seals hold
random ids; they stay as they are and go on adding up.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from stewards.changes import tell_changed
from stewards.models import Consent, ErasureRequest, Steward
from stewards.personal import PersonalTable
from stewards.refusals import ErasureAsked, ErasureNeedsLeaving, ErasureUnknown, StewardUnknown

_GONE = frozenset({"left", "deceased"})
_LISTED = """
    SELECT request.id, request.steward_id, request.asked_at, request.state, request.decided_at,
           steward.name, steward.number, steward.status
    FROM stewards_erasure request JOIN stewards_steward steward ON steward.id = request.steward_id
    WHERE request.state = $1 ORDER BY request.asked_at, request.id LIMIT $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureEntry:
    """A request for erasure; `ready` where its steward has left, so that it can be carried out."""

    id: UUID
    steward_id: UUID
    name: str
    number: str
    asked_at: datetime
    ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """A request was carried out."""

    request_id: UUID
    steward_id: UUID


async def own_data(
    reader: Reader, register: Sequence[PersonalTable], steward_id: UUID
) -> dict[str, list[dict[str, Any]]]:
    """Every row about a steward in the registered tables, by the names of the tables' parts. Hashes are left out."""
    return {
        table.name: [
            {column: value for column, value in row.items() if column not in table.withheld}
            for row in await reader.rows(table.model, f"WHERE {table.whose}", steward_id)
        ]
        for table in register
        if table.name is not None
    }


async def open_request(reader: Reader, steward_id: UUID) -> datetime | None:
    """When a steward asked to be erased; None where he or she did not, or took it back."""
    found = await reader.rows(ErasureRequest, "WHERE steward_id = $1 AND state = 'asked'", steward_id)
    return found[0]["asked_at"] if found else None


async def list_requests(reader: Reader, *, limit: int) -> list[ErasureEntry]:
    """The requests that wait, the oldest first."""
    types = {"id": UUID, "steward_id": UUID, "asked_at": datetime, "decided_at": datetime}
    return [
        ErasureEntry(
            id=row["id"],
            steward_id=row["steward_id"],
            name=row["name"],
            number=row["number"],
            asked_at=row["asked_at"],
            ready=row["status"] in _GONE,
        )
        for row in await reader.fetch(_LISTED, "asked", limit, types=types)
    ]


async def ask_erasure(tx: Tx, steward_id: UUID, *, by: Actor, now: datetime) -> UUID:
    """Ask that everything that identifies a steward is erased, audited; answers the request's id.

    Raises:
        StewardUnknown: nobody has this id.
        ErasureAsked: a request waits already.

    """
    found = (await tx.lock(Steward, [steward_id])).get(steward_id)
    if found is None:
        raise StewardUnknown(pointer="/steward_id")
    if await open_request(tx, steward_id) is not None:
        raise ErasureAsked
    request_id = new_id()
    row = {"id": request_id, "steward_id": steward_id, "asked_at": now, "state": "asked"}
    await tx.insert(ErasureRequest, [row])
    await _audit(tx, "stewards.erasure_asked", found, by=by, now=now)
    return request_id


async def withdraw_erasure(tx: Tx, steward_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Take the request back, audited; false where none waits.

    Raises:
        StewardUnknown: nobody has this id.

    """
    found = (await tx.lock(Steward, [steward_id])).get(steward_id)
    if found is None:
        raise StewardUnknown(pointer="/steward_id")
    ended = await tx.execute(
        "UPDATE stewards_erasure SET state = 'withdrawn', decided_at = $2 WHERE steward_id = $1 AND state = 'asked'",
        steward_id,
        now,
    )
    if ended:
        await _audit(tx, "stewards.erasure_withdrawn", found, by=by, now=now)
    return bool(ended)


async def erase(
    tx: Tx, request_ids: Sequence[UUID], *, register: Sequence[PersonalTable], by: Actor, now: datetime
) -> list[Erased | Refusal]:
    """Carry requests out, audited. Boards hear of it as of any change and let the person go.

    Refuses ErasureUnknown, and ErasureNeedsLeaving while the steward serves: who stays on duty has to have a name.
    """
    rows = {row["id"]: row for row in await tx.rows(ErasureRequest, f"WHERE {tx.one_of('id', 1)}", sorted(request_ids))}
    stewards = await tx.lock(Steward, {row["steward_id"] for row in rows.values()})
    waiting = await tx.lock(ErasureRequest, list(rows))
    outcomes: list[Erased | Refusal] = []
    for request_id in request_ids:
        request = waiting.get(request_id)
        if request is None or request["state"] != "asked":
            outcomes.append(ErasureUnknown(pointer="/request_id"))
            continue
        person = stewards[request["steward_id"]]
        if person["status"] not in _GONE:
            outcomes.append(ErasureNeedsLeaving(pointer="/request_id"))
            continue
        await _erase_person(tx, person["id"], register, now)
        decided = {"id": request_id, "state": "done", "decided_at": now, "decided_by_id": by.id}
        await tx.update(ErasureRequest, [decided])
        waiting[request_id] = {**request, **decided}
        await _audit(tx, "stewards.erased", person, by=by, now=now)
        outcomes.append(Erased(request_id=request_id, steward_id=person["id"]))
    await tell_changed(tx, [outcome.steward_id for outcome in outcomes if isinstance(outcome, Erased)], now=now)
    return outcomes


async def _erase_person(tx: Tx, steward_id: UUID, register: Sequence[PersonalTable], now: datetime) -> None:
    # The last first: packages above stand on rows of those below.
    for table in reversed(register):
        where = table.erased_where or table.whose
        if table.erasing == "keep":
            continue
        if table.erasing == "delete":
            await tx.execute(f"DELETE FROM {table.table} WHERE {where}", steward_id)
            continue
        values: dict[str, Any] = dict(table.erasing)
        assigned = ", ".join(f"{column} = ${at}" for at, column in enumerate(values, start=2))
        await tx.execute(f"UPDATE {table.table} SET {assigned} WHERE {where}", steward_id, *values.values())
    # The number stands on cards, in chats and on lists: another takes its place.
    await tx.update(Steward, [{"id": steward_id, "number": f"X{secrets.token_hex(6)}"}])
    off_boards = {"id": new_id(), "steward_id": steward_id, "field": "off_boards", "granted_at": now}
    await tx.insert(Consent, [off_boards])


async def _audit(tx: Tx, action: str, person: Any, *, by: Actor, now: datetime) -> None:
    entry = AuditEntry(
        actor=by, action=action, subject_kind="steward", subject_id=person["id"], street_id=person["street_id"]
    )
    await record(tx, [entry], now=now)
