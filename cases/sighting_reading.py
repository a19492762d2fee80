"""What residents saw, as staff of the place read it, and as the browser that left it does."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader
from kernel.tokens import hash_secret
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_SHOWN = """
    SELECT sighting.id, sighting.number, sighting.text, sighting.address, sighting.contact,
           sighting.picture_id AS picture, sighting.left_at, sighting.state, sighting.reason,
           sighting.case_id, noted.number AS case_number, noted.state AS case_state,
           lane.code AS lane_code, lane.name AS lane_name, lane.name_en AS lane_name_en
    FROM cases_sighting sighting
    JOIN stewards_lane lane ON lane.id = sighting.lane_id
    LEFT JOIN cases_case noted ON noted.id = sighting.case_id
"""
_TYPES: dict[str, type] = {"id": UUID, "case_id": UUID, "left_at": datetime}


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingShown:
    """What a resident saw, with the case that it became; `picture` is a file's SHA-256."""

    id: UUID
    number: str
    text: str
    address: str
    contact: str | None
    picture: str | None
    left_at: datetime
    state: str
    reason: str | None
    case_id: UUID | None
    case_number: str | None
    case_state: str | None
    lane_code: str
    lane_name: str
    lane_name_en: str


async def waiting_sightings(reader: Reader, principal: Principal, *, limit: int) -> list[SightingShown]:
    """What waits within the caller's reach, the oldest first."""
    condition, args = _within(reader, principal)
    rows = await reader.fetch(
        f"{_SHOWN} WHERE sighting.state = 'waiting' AND {condition} "
        f"ORDER BY sighting.left_at, sighting.id LIMIT ${len(args) + 1}",
        *args,
        limit,
        types=_TYPES,
    )
    return [SightingShown(**dict(row)) for row in rows]


async def count_waiting_sightings(reader: Reader, principal: Principal) -> int:
    """How much waits within the caller's reach."""
    condition, args = _within(reader, principal)
    row = await reader.fetch_one(
        f"SELECT COUNT(*) AS n FROM cases_sighting sighting WHERE sighting.state = 'waiting' AND {condition}", *args
    )
    return int(row["n"]) if row else 0


async def show_sighting(reader: Reader, principal: Principal, sighting_id: UUID) -> SightingShown | None:
    """One within the caller's reach, whatever became of it."""
    condition, args = _within(reader, principal)
    row = await reader.fetch_one(
        f"{_SHOWN} WHERE {condition} AND sighting.id = ${len(args) + 1}", *args, sighting_id, types=_TYPES
    )
    return SightingShown(**dict(row)) if row else None


async def own_sighting(reader: Reader, secret: str) -> SightingShown | None:
    """What the browser that holds this secret left."""
    row = await reader.fetch_one(f"{_SHOWN} WHERE sighting.secret_sha256 = $1", hash_secret(secret), types=_TYPES)
    return SightingShown(**dict(row)) if row else None


def _within(reader: Reader, principal: Principal) -> tuple[str, list[object]]:
    return reach(principal, Action.SIGHTINGS_DECIDE).condition(
        reader, 1, street="sighting.street_id", community="sighting.community_id", lane="sighting.lane_id"
    )
