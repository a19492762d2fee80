"""A steward's separate consents (单独同意) to show single fields in public, each with its dates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from stewards.changes import tell_changed
from stewards.models import Consent, Steward
from stewards.refusals import ConsentUnknown, StewardUnknown

CONSENT_FIELDS = ("full_name", "phone", "photo", "tip", "story", "thanks")
OFF_BOARDS = "off_boards"
"""The wish to be left off every board (不上榜), kept like a consent: given, withdrawn, with its dates."""
_ON_BOARDS = frozenset({"full_name", "photo", "story", OFF_BOARDS})  # what changes how boards show somebody
_WISHES = (*CONSENT_FIELDS, OFF_BOARDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWish:
    """A steward gives or withdraws consent to show one field."""

    steward_id: UUID
    field: str
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStands:
    """How a consent stands now; `changed` is false where it stood so already."""

    steward_id: UUID
    field: str
    granted: bool
    changed: bool


async def save_consents(
    tx: Tx, wishes: Sequence[ConsentWish], *, by: Actor, now: datetime
) -> list[ConsentStands | Refusal]:
    """Give or withdraw consents, audited; what stands so already is left alone."""
    stewards = await tx.lock(Steward, {wish.steward_id for wish in wishes})
    standing = {
        (row["steward_id"], row["field"]): row["id"]
        for row in await tx.rows(
            Consent, f"WHERE {tx.one_of('steward_id', 1)} AND withdrawn_at IS NULL", sorted(stewards)
        )
    }
    given: dict[UUID, dict[str, object]] = {}
    withdrawn: list[UUID] = []
    outcomes: list[ConsentStands | Refusal] = []
    for wish in wishes:
        if wish.field not in _WISHES:
            outcomes.append(ConsentUnknown(pointer="/field", allowed="、".join(_WISHES)))
            continue
        if wish.steward_id not in stewards:
            outcomes.append(StewardUnknown(pointer="/steward_id"))
            continue
        key = (wish.steward_id, wish.field)
        changed = wish.granted != (key in standing)
        if changed and wish.granted:
            standing[key] = new_id()
            given[standing[key]] = {
                "id": standing[key],
                "steward_id": wish.steward_id,
                "field": wish.field,
                "granted_at": now,
            }
        elif changed:
            consent_id = standing.pop(key)
            if given.pop(consent_id, None) is None:
                withdrawn.append(consent_id)
        outcomes.append(
            ConsentStands(steward_id=wish.steward_id, field=wish.field, granted=wish.granted, changed=changed)
        )
    await tx.update(Consent, [{"id": consent_id, "withdrawn_at": now} for consent_id in withdrawn])
    await tx.insert(Consent, list(given.values()))
    entries = [
        AuditEntry(
            actor=by,
            action="stewards.consent_given" if outcome.granted else "stewards.consent_withdrawn",
            subject_kind="steward",
            subject_id=outcome.steward_id,
            street_id=stewards[outcome.steward_id]["street_id"],
            detail={"field": outcome.field},
        )
        for outcome in outcomes
        if isinstance(outcome, ConsentStands) and outcome.changed
    ]
    if entries:
        await record(tx, entries, now=now)
    await tell_changed(tx, [entry.subject_id for entry in entries if entry.detail["field"] in _ON_BOARDS], now=now)
    return outcomes


async def consents_since(reader: Reader, steward_id: UUID) -> Mapping[str, datetime]:
    """The fields that a steward lets everybody see now, and since when."""
    rows = await reader.rows(Consent, "WHERE steward_id = $1 AND withdrawn_at IS NULL", steward_id)
    return {row["field"]: row["granted_at"] for row in rows}


async def consents_of(reader: Reader, steward_ids: Iterable[UUID]) -> Mapping[UUID, frozenset[str]]:
    """The fields that each of these stewards lets everybody see now; none for those who never consented."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    wanted = sorted(set(steward_ids))
    for row in await reader.rows(Consent, f"WHERE {reader.one_of('steward_id', 1)} AND withdrawn_at IS NULL", wanted):
        found[row["steward_id"]].add(row["field"])
    return {steward_id: frozenset(found[steward_id]) for steward_id in wanted}
