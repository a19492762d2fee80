"""The district's places in memory for one use case: lanes by code or id, with their community and street."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kernel.database import Reader
from kernel.text import storable
from stewards.principal import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneEntry:
    """A lane with where it is and the days on which it exists (`valid_to` is its last)."""

    id: UUID
    code: str
    name: str
    name_en: str
    length_m: int | None
    width_m: int | None
    community_id: UUID
    street_id: UUID
    valid_from: date
    valid_to: date | None

    @property
    def place(self) -> Place:
        """Where the lane is, for permissions."""
        return Place(street_id=self.street_id, community_id=self.community_id, lane_id=self.id)

    def valid_on(self, day: date) -> bool:
        """Whether the lane exists on a local day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class LaneDirectory:
    """All lanes that were asked for."""

    by_id: Mapping[UUID, LaneEntry]
    by_code: Mapping[str, LaneEntry]


_LANES = """
    SELECT lane.id, lane.code, lane.name, lane.name_en, lane.length_m, lane.width_m, lane.community_id,
           community.street_id, lane.valid_from, lane.valid_to
    FROM stewards_lane lane JOIN stewards_community community ON community.id = lane.community_id
"""
_TYPES = {"id": UUID, "community_id": UUID, "street_id": UUID, "valid_from": date, "valid_to": date}


async def load_lanes(reader: Reader, *, ids: set[UUID] | None = None, codes: set[str] | None = None) -> LaneDirectory:
    """The lanes with these ids or codes, or every lane when neither is given."""
    if ids is None and codes is None:
        found = await reader.fetch(f"{_LANES} ORDER BY lane.code", types=_TYPES)
    else:
        found = await reader.fetch(
            f"{_LANES} WHERE {reader.one_of('lane.id', 1)} OR {reader.one_of('lane.code', 2)} ORDER BY lane.code",
            sorted(ids or ()),
            sorted(code for code in codes or () if storable(code)),
            types=_TYPES,
        )
    entries = [LaneEntry(**dict(row)) for row in found]
    return LaneDirectory(by_id={entry.id: entry for entry in entries}, by_code={entry.code: entry for entry in entries})


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaEntry:
    """A street, or a community of one, with the days on which it exists."""

    id: UUID
    code: str
    name: str
    name_en: str
    street_id: UUID
    valid_from: date
    valid_to: date | None


async def list_streets(reader: Reader) -> list[AreaEntry]:
    """Every street by code; its `street_id` is its own id."""
    found = await reader.fetch(
        "SELECT id, code, name, name_en, id AS street_id, valid_from, valid_to FROM stewards_street ORDER BY code",
        types={"id": UUID, "street_id": UUID, "valid_from": date, "valid_to": date},
    )
    return [AreaEntry(**dict(row)) for row in found]


async def list_communities(reader: Reader, *, street_id: UUID | None = None) -> list[AreaEntry]:
    """Every community by code, or those of a street."""
    found = await reader.fetch(
        "SELECT id, code, name, name_en, street_id, valid_from, valid_to FROM stewards_community "
        + ("WHERE street_id = $1 " if street_id else "")
        + "ORDER BY code",
        *([street_id] if street_id else []),
        types={"id": UUID, "street_id": UUID, "valid_from": date, "valid_to": date},
    )
    return [AreaEntry(**dict(row)) for row in found]
