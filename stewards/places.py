"""Saving streets (街道), communities (社区) and lanes (小巷) by code, each with the days on which it exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pypinyin import lazy_pinyin
from tortoise.models import Model

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.text import clean_optional_text, clean_text, storable
from stewards.changes import tell_lanes_changed
from stewards.lanes import LaneDirectory, LaneEntry, load_lanes
from stewards.models import Community, Lane, Street
from stewards.refusals import DatesReversed, NotWholeMetres, ParentDiffers, PlaceUnknown

__all__ = [
    "CommunityWish",
    "LaneDirectory",
    "LaneEntry",
    "LaneWish",
    "PlaceSaved",
    "StreetWish",
    "english_name",
    "load_lanes",
    "save_communities",
    "save_lanes",
    "save_streets",
]

LONGEST_METRES = 100_000
# The longer ending first: a 街道 is no 街.
_ENDINGS = {
    "街道": "Subdistrict",
    "社区": "Community",
    "胡同": "Hutong",
    "大街": "Street",
    "街": "Street",
    "路": "Road",
}
_NAME_LENGTH = 64
_CODE_LENGTH = {Street: 32, Community: 32, Lane: 64}

Change = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetWish:
    """A street as it should be. `valid_to` is its last day; `name_en` is spelt in pinyin when left out."""

    code: str
    name: str
    valid_from: date
    valid_to: date | None = None
    name_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityWish:
    """A community as it should be, in the street with a code."""

    code: str
    street_code: str
    name: str
    valid_from: date
    valid_to: date | None = None
    name_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneWish:
    """A lane as it should be, in the community with a code; length and width in whole metres, where known."""

    code: str
    community_code: str
    name: str
    valid_from: date
    valid_to: date | None = None
    name_en: str | None = None
    length_m: int | None = None
    width_m: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSaved:
    """A place stands as wished; `change` says what had to be done for it."""

    id: UUID
    code: str
    change: Change


async def save_streets(tx: Tx, wishes: Sequence[StreetWish], *, by: Actor, now: datetime) -> list[PlaceSaved | Refusal]:
    """Add or change streets by code; a repetition changes nothing. A row at fault harms no other."""
    return await _save(tx, Street, [(wish, None) for wish in wishes], {}, by=by, now=now)


async def save_communities(
    tx: Tx, wishes: Sequence[CommunityWish], *, by: Actor, now: datetime
) -> list[PlaceSaved | Refusal]:
    """Add or change communities by code. One that stands in another street is refused (ParentDiffers)."""
    parents = await _by_code(tx, Street, {wish.street_code for wish in wishes})
    return await _save(tx, Community, [(wish, wish.street_code) for wish in wishes], parents, by=by, now=now)


async def save_lanes(tx: Tx, wishes: Sequence[LaneWish], *, by: Actor, now: datetime) -> list[PlaceSaved | Refusal]:
    """Add or change lanes by code. One that stands in another community is refused (ParentDiffers)."""
    parents = await _by_code(tx, Community, {wish.community_code for wish in wishes})
    saved = await _save(tx, Lane, [(wish, wish.community_code) for wish in wishes], parents, by=by, now=now)
    if any(isinstance(outcome, PlaceSaved) and outcome.change == "changed" for outcome in saved):
        await tell_lanes_changed(tx, now=now)
    return saved


def english_name(name: str) -> str:
    """A place's name as English maps spell it: 史家胡同 is Shijia Hutong, 建国门街道 Jianguomen Subdistrict."""
    for ending, english in _ENDINGS.items():
        stem = name.removesuffix(ending)
        if stem and stem != name:
            return f"{_pinyin(stem)} {english}"[:_NAME_LENGTH]
    return _pinyin(name)[:_NAME_LENGTH]


def _pinyin(name: str) -> str:
    return "".join(lazy_pinyin(name)).capitalize()


async def _by_code(tx: Tx, model: type[Model], codes: set[str]) -> dict[str, Row]:
    wanted = sorted(code for code in codes if storable(code))
    return {row["code"]: row for row in await tx.rows(model, f"WHERE {tx.one_of('code', 1)}", wanted)}


async def _save(
    tx: Tx,
    model: type[Model],
    wishes: Sequence[tuple[StreetWish | CommunityWish | LaneWish, str | None]],
    parents: Mapping[str, Row],
    *,
    by: Actor,
    now: datetime,
) -> list[PlaceSaved | Refusal]:
    checked: list[dict[str, Any] | Refusal] = []
    for wish, parent_code in wishes:
        try:
            checked.append(_checked(model, wish, parent_code, parents))
        except Refusal as refusal:
            checked.append(refusal)
    codes = {row["code"] for row in checked if not isinstance(row, Refusal)}
    stored: dict[str, Row] = await tx.lock(model, codes, key="code")
    known = dict(stored)
    outcomes: list[PlaceSaved | Refusal] = []
    for row in checked:
        if isinstance(row, Refusal):
            outcomes.append(row)
            continue
        before = known.get(row["code"])
        moved = _moved(model, before, row, parents)
        if moved:
            outcomes.append(moved)
            continue
        same = before is not None and all(before[name] == value for name, value in row.items())
        change: Change = "unchanged" if same else "added" if before is None else "changed"
        outcomes.append(PlaceSaved(id=row["id"], code=row["code"], change=change))
        known[row["code"]] = row
    added = [row for code, row in known.items() if code not in stored]
    changed = [row for code, row in known.items() if code in stored and row is not stored[code]]
    await tx.insert(model, added)
    await tx.update(model, changed)
    await _audit(tx, model, outcomes, by=by, now=now)
    return outcomes


def _checked(
    model: type[Model],
    wish: StreetWish | CommunityWish | LaneWish,
    parent_code: str | None,
    parents: Mapping[str, Row],
) -> dict[str, Any]:
    code = clean_text(wish.code, max_length=_CODE_LENGTH[model], pointer="/code")
    name = clean_text(wish.name, max_length=_NAME_LENGTH, pointer="/name")
    name_en = clean_optional_text(wish.name_en, max_length=_NAME_LENGTH, pointer="/name_en") or english_name(name)
    if wish.valid_to is not None and wish.valid_to < wish.valid_from:
        raise DatesReversed(pointer="/valid_to", from_on=wish.valid_from, to_on=wish.valid_to)
    row: dict[str, Any] = {
        "id": derived_id(model.__name__.lower(), code),
        "code": code,
        "name": name,
        "name_en": name_en,
        "valid_from": wish.valid_from,
        "valid_to": wish.valid_to,
    }
    if not isinstance(wish, StreetWish):
        parent = "street" if isinstance(wish, CommunityWish) else "community"
        if parent_code is None or parent_code not in parents:
            raise PlaceUnknown(pointer=f"/{parent}_code", code=parent_code)
        row[f"{parent}_id"] = parents[parent_code]["id"]
    if isinstance(wish, LaneWish):
        row["length_m"] = _metres(wish.length_m, "/length_m")
        row["width_m"] = _metres(wish.width_m, "/width_m")
    return row


def _metres(value: Any, pointer: str) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= LONGEST_METRES:
        raise NotWholeMetres(pointer=pointer, limit=LONGEST_METRES)
    return value


def _moved(
    model: type[Model], before: Row | None, row: Mapping[str, Any], parents: Mapping[str, Row]
) -> Refusal | None:
    if before is None or model is Street:
        return None
    parent = "street" if model is Community else "community"
    if before[f"{parent}_id"] == row[f"{parent}_id"]:
        return None
    stands_in = next((code for code, place in parents.items() if place["id"] == before[f"{parent}_id"]), "")
    return ParentDiffers(pointer=f"/{parent}_code", code=row["code"], parent=stands_in or before[f"{parent}_id"])


async def _audit(
    tx: Tx, model: type[Model], outcomes: Sequence[PlaceSaved | Refusal], *, by: Actor, now: datetime
) -> None:
    entries = [
        AuditEntry(
            actor=by,
            action=f"places.{outcome.change}",
            subject_kind=model.__name__.lower(),
            subject_id=outcome.id,
            detail={"code": outcome.code},
        )
        for outcome in outcomes
        if isinstance(outcome, PlaceSaved) and outcome.change != "unchanged"
    ]
    if entries:
        await record(tx, entries, now=now)
