"""Pick-up places (领取点): added and changed by code, listed, closed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import clean_optional_text, clean_text, storable
from rewards.models import PickUpPlace
from rewards.refusals import PickUpPlaceMoved, PlaceCodeNotAllowed
from stewards.enrolment import clean_phone
from stewards.permissions import Action, NotAllowed, may
from stewards.places import english_name
from stewards.principal import Place, Principal
from stewards.refusals import PlaceUnknown

CODE_LENGTH = 16
NAME_LENGTH = 64
LONGEST_TEXT = 200
_CODE = re.compile(rf"[A-Z0-9]{{1,{CODE_LENGTH}}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUpPlaceWish:
    """A pick-up place as it should be, by code, in the street or community with a code."""

    code: str
    name: str
    area: str  # code of a street, or of a community
    caller: Principal
    address: str = ""
    hours: str = ""
    hours_en: str | None = None
    name_en: str | None = None
    phone: str | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUpPlaceSaved:
    """A pick-up place stands as wished; `change` says what had to be done for it."""

    id: UUID
    code: str
    change: Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUpPlaceEntry:
    """A pick-up place as lists show it."""

    id: UUID
    code: str
    name: str
    name_en: str
    street_id: UUID
    community_id: UUID | None
    address: str
    hours: str
    hours_en: str
    phone: str | None
    closed_at: datetime | None
    version: int


async def save_pick_up_places(
    tx: Tx, wishes: Sequence[PickUpPlaceWish], *, now: datetime
) -> list[PickUpPlaceSaved | Refusal]:
    """Add or change pick-up places by code, audited; a repetition changes nothing.

    A closed place takes no new orders; those that wait there can still be collected. Refusals: PlaceCodeNotAllowed,
    PlaceUnknown, PickUpPlaceMoved, NotAllowed, and texts at fault.
    """
    codes = sorted({wish.code for wish in wishes if storable(wish.code)})
    known: dict[str, dict[str, Any]] = {
        row["code"]: dict(row) for row in await tx.rows(PickUpPlace, f"WHERE {tx.one_of('code', 1)} ORDER BY id", codes)
    }
    areas = await _areas(tx, {wish.area for wish in wishes if storable(wish.area)})
    outcomes: list[PickUpPlaceSaved | Refusal] = []
    for wish in wishes:
        try:
            columns = _columns(wish, areas, known.get(wish.code))
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(await _save(tx, wish, columns, known, now))
    return outcomes


async def _save(
    tx: Tx, wish: PickUpPlaceWish, columns: dict[str, Any], known: dict[str, dict[str, Any]], now: datetime
) -> PickUpPlaceSaved:
    before = known.get(wish.code)
    change: Literal["added", "changed", "unchanged"]
    if before is None:
        row = {"id": new_id(), "code": wish.code, **columns, "closed_at": now if wish.closed else None, "version": 1}
        await tx.insert(PickUpPlace, [row])
        known[wish.code], change = row, "added"
    else:
        closed_at = (before["closed_at"] or now) if wish.closed else None
        changed = {name: value for name, value in {**columns, "closed_at": closed_at}.items() if before[name] != value}
        change = "changed" if changed else "unchanged"
        if changed:
            before |= {**changed, "version": before["version"] + 1}
            await tx.update(PickUpPlace, [{"id": before["id"], **changed, "version": before["version"]}])
    row = known[wish.code]
    if change != "unchanged":
        entry = AuditEntry(
            actor=wish.caller.actor,
            action=f"pick_up_places.{change}",
            subject_kind="pick_up_place",
            subject_id=row["id"],
            street_id=row["street_id"],
            detail={"code": wish.code, "closed": wish.closed},
        )
        await record(tx, [entry], now=now)
    return PickUpPlaceSaved(id=row["id"], code=wish.code, change=change)


async def _areas(reader: Reader, codes: set[str]) -> dict[str, tuple[UUID, UUID | None]]:
    """Streets and communities by code, as (street, community)."""
    found: dict[str, tuple[UUID, UUID | None]] = {}
    for row in await reader.fetch(
        f"SELECT code, id AS street_id, NULL AS community_id FROM stewards_street WHERE {reader.one_of('code', 1)}",
        sorted(codes),
        types={"street_id": UUID},
    ):
        found[row["code"]] = (row["street_id"], None)
    for row in await reader.fetch(
        f"SELECT code, street_id, id AS community_id FROM stewards_community WHERE {reader.one_of('code', 1)}",
        sorted(codes),
        types={"street_id": UUID, "community_id": UUID},
    ):
        found[row["code"]] = (row["street_id"], row["community_id"])
    return found


def _columns(
    wish: PickUpPlaceWish, areas: dict[str, tuple[UUID, UUID | None]], before: dict[str, Any] | None
) -> dict[str, Any]:
    if not isinstance(wish.code, str) or not _CODE.fullmatch(wish.code):
        raise PlaceCodeNotAllowed(pointer="/code", most=CODE_LENGTH)
    if wish.area not in areas:
        raise PlaceUnknown(pointer="/area", code=wish.area)
    street_id, community_id = areas[wish.area]
    if not may(wish.caller, Action.CATALOGUE_EDIT, Place(street_id=street_id, community_id=community_id)):
        raise NotAllowed(pointer="/area")
    if before is not None and (before["street_id"], before["community_id"]) != (street_id, community_id):
        raise PickUpPlaceMoved(pointer="/area", code=wish.code)
    name = clean_text(wish.name, max_length=NAME_LENGTH, pointer="/name")
    english = clean_optional_text(wish.name_en, max_length=NAME_LENGTH, pointer="/name_en")
    hours = clean_text(wish.hours, max_length=LONGEST_TEXT, pointer="/hours", allow_empty=True)
    hours_en = clean_optional_text(wish.hours_en, max_length=LONGEST_TEXT, pointer="/hours_en")
    return {
        "name": name,
        "name_en": english or english_name(name),
        "street_id": street_id,
        "community_id": community_id,
        "address": clean_text(wish.address, max_length=LONGEST_TEXT, pointer="/address", allow_empty=True),
        "hours": hours,
        "hours_en": hours_en or hours,
        "phone": clean_phone(wish.phone),
    }


async def list_pick_up_places(reader: Reader, *, with_closed: bool = False) -> list[PickUpPlaceEntry]:
    """Every pick-up place by code; the closed ones only where asked for."""
    rows = await reader.rows(PickUpPlace, ("" if with_closed else "WHERE closed_at IS NULL ") + "ORDER BY code")
    return [entry_of(row) for row in rows]


async def own_counter(reader: Reader, steward_id: UUID) -> UUID | None:
    """The open place of a steward's own community, else of the own street; None where there is neither."""
    row = await reader.fetch_one(
        """
        SELECT place.id FROM rewards_pick_up_place place
        JOIN stewards_steward steward ON steward.street_id = place.street_id
        WHERE steward.id = $1 AND place.closed_at IS NULL
          AND (place.community_id IS NULL OR place.community_id = steward.community_id)
        ORDER BY CASE WHEN place.community_id IS NULL THEN 1 ELSE 0 END, place.code LIMIT 1
        """,
        steward_id,
        types={"id": UUID},
    )
    return row["id"] if row else None


async def pick_up_place(reader: Reader, id_or_code: str) -> PickUpPlaceEntry | None:
    """A pick-up place by its id or code."""
    try:
        rows = await reader.rows(PickUpPlace, "WHERE id = $1", UUID(id_or_code))
    except ValueError:
        rows = await reader.rows(PickUpPlace, "WHERE code = $1", id_or_code) if storable(id_or_code) else []
    return entry_of(rows[0]) if rows else None


def entry_of(row: Row) -> PickUpPlaceEntry:
    """A row as lists show it."""
    return PickUpPlaceEntry(**{name: row[name] for name in PickUpPlaceEntry.__dataclass_fields__})
