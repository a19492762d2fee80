"""Editing one steward's data, by the version that was read (If-Match), audited."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import local_date
from kernel.database import Row, Tx
from kernel.text import clean_text, storable
from stewards.changes import tell_changed
from stewards.enrolment import NAME_LENGTH, check_joining, check_status, clean_phone
from stewards.models import Community, Steward
from stewards.names import spelling
from stewards.refusals import PlaceUnknown, StewardChanged, StewardUnknown


class Unchanged(Enum):
    """Stands for 'leave it as it is', where None would empty a field."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSteward:
    """What to change about a steward; `expected_version` is the one that was read, None to overwrite any."""

    steward_id: UUID
    expected_version: int | None = None
    name: str | Unchanged = UNCHANGED
    phone: str | Unchanged | None = UNCHANGED
    community_code: str | Unchanged = UNCHANGED
    joined_on: date | Unchanged = UNCHANGED
    left_on: date | Unchanged | None = UNCHANGED
    status: str | Unchanged = UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardEdited:
    """The steward's new version and the columns that changed; none changed, none rose."""

    steward_id: UUID
    version: int
    changed: tuple[str, ...]


async def edit_steward(tx: Tx, wish: EditSteward, *, by: Actor, now: datetime) -> StewardEdited:
    """Change a steward's data. Who leaves stops looking after lanes on the last day.

    Raises:
        StewardUnknown: nobody has this id.
        StewardChanged: `expected_version` no longer holds.
        Refusal: a field at fault, as in enrolment.

    """
    before = (await tx.lock(Steward, [wish.steward_id])).get(wish.steward_id)
    if before is None:
        raise StewardUnknown(pointer="/steward_id")
    if wish.expected_version is not None and wish.expected_version != before["version"]:
        raise StewardChanged(version=before["version"])
    wanted = await _wanted(tx, wish, before, local_date(now))
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    if not changed:
        return StewardEdited(steward_id=wish.steward_id, version=before["version"], changed=())
    version = before["version"] + 1
    await tx.update(Steward, [{"id": wish.steward_id, **changed, "version": version}])
    if changed.get("left_on") is not None:
        await _end_duties(tx, wish.steward_id, changed["left_on"])
    if changed.keys() & {"name", "street_id", "community_id"}:
        await tell_changed(tx, [wish.steward_id], now=now)
    await record(
        tx,
        [
            AuditEntry(
                actor=by,
                action="stewards.edited",
                subject_kind="steward",
                subject_id=wish.steward_id,
                street_id=changed.get("street_id", before["street_id"]),
                detail={"fields": sorted(changed), "version": version},
            )
        ],
        now=now,
    )
    return StewardEdited(steward_id=wish.steward_id, version=version, changed=tuple(sorted(changed)))


async def _wanted(tx: Tx, wish: EditSteward, before: Row, today: date) -> dict[str, Any]:
    named = {field.name: getattr(wish, field.name) for field in fields(wish)}
    given = {name: value for name, value in named.items() if value is not UNCHANGED}
    wanted: dict[str, Any] = {name: given[name] for name in ("joined_on", "left_on", "status") if name in given}
    if "joined_on" in given:
        check_joining(given["joined_on"], today)
    if "name" in given:
        wanted["name"] = clean_text(given["name"], max_length=NAME_LENGTH, pointer="/name")
        wanted["pinyin"], wanted["initials"] = spelling(wanted["name"])
    if "phone" in given:
        wanted["phone"] = clean_phone(given["phone"])
    if "community_code" in given:
        code = given["community_code"]
        found = await tx.rows(Community, "WHERE code = $1", code) if storable(code) else []
        if not found:
            raise PlaceUnknown(pointer="/community", code=code)
        wanted["community_id"], wanted["street_id"] = found[0]["id"], found[0]["street_id"]
    after = {**before, **wanted}
    check_status(after["status"], after["joined_on"], after["left_on"])
    return wanted


async def _end_duties(tx: Tx, steward_id: UUID, left_on: date) -> None:
    # Duties that would have begun later never begin.
    await tx.execute("DELETE FROM stewards_lane_duty WHERE steward_id = $1 AND from_on > $2", steward_id, left_on)
    await tx.execute(
        "UPDATE stewards_lane_duty SET to_on = $2 WHERE steward_id = $1 AND (to_on IS NULL OR to_on > $2)",
        steward_id,
        left_on,
    )
