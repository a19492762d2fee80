"""Duplicate hints (疑似重复): other cases of the same category, close by and at about the same time.

The database narrows by category, time and a box round the place; distance and order are computed here, so that both
databases give the same hints.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cases.wording import State
from kernel.database import Reader, Row

NEAR_M = 100
WITHIN = timedelta(hours=24)
HINTS_SHOWN = 3
_CANDIDATES = 500  # a flood of reports of one kind in one lane is cut here, never the answer's correctness
_EARTH_RADIUS_M = 6_371_000
_BOX_DEGREES = 0.0009 * 1.2  # 100 m of latitude are 0.0009 degrees; the slack is cut by the exact distance
_TYPES: dict[str, type] = {
    "of_id": UUID,
    "of_reported_at": datetime,
    "id": UUID,
    "lane_id": UUID,
    "of_lane_id": UUID,
    "reported_at": datetime,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateHint:
    """A case that may be the same problem: how far away (None without coordinates) and how long before or after."""

    case_id: UUID
    number: str
    state: State
    same_lane: bool
    distance_m: int | None
    minutes_later: int  # of the hinted case, after the case asked about; negative where it came before


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Where, when and what kind: all that a hint depends on."""

    lane_id: UUID
    reported_at: datetime
    latitude: float | None
    longitude: float | None


def distance_m(one: Sighting, other: Sighting) -> float | None:
    """Metres between two sightings on the sphere, good to a metre at these distances. None without coordinates."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    north = math.radians(other.latitude - one.latitude)
    degrees_east = (other.longitude - one.longitude + 180) % 360 - 180
    east = math.radians(degrees_east) * math.cos(math.radians((one.latitude + other.latitude) / 2))
    return math.hypot(north, east) * _EARTH_RADIUS_M


def hint(one: Sighting, other: Sighting, *, case_id: UUID, number: str, state: State) -> DuplicateHint | None:
    """The hint that `other` gives about `one`; None where it is too far away or too long before or after.

    Two sightings in one lane are close unless their coordinates say otherwise.
    """
    apart = other.reported_at - one.reported_at
    if abs(apart) > WITHIN:
        return None
    metres = distance_m(one, other)
    same_lane = one.lane_id == other.lane_id
    if metres > NEAR_M if metres is not None else not same_lane:
        return None
    return DuplicateHint(
        case_id=case_id,
        number=number,
        state=state,
        same_lane=same_lane,
        distance_m=None if metres is None else round(metres),
        minutes_later=round(apart.total_seconds() / 60),
    )


def closest(hints: Iterable[DuplicateHint]) -> list[DuplicateHint]:
    """The few closest hints: measured ones by distance, then the others, those nearest in time first."""
    return sorted(
        hints,
        key=lambda found: (
            found.distance_m is None,
            found.distance_m or 0,
            abs(found.minutes_later),
            found.number,
        ),
    )[:HINTS_SHOWN]


async def duplicate_hints(reader: Reader, case_ids: Iterable[UUID]) -> dict[UUID, list[DuplicateHint]]:
    """The closest three hints of each case. Cases without any are absent. The caller has checked who asks."""
    wanted = sorted(set(case_ids))
    if not wanted:
        return {}
    found = await reader.fetch(
        f"""
        SELECT one.id AS of_id, one.lane_id AS of_lane_id, one.reported_at AS of_reported_at,
               one.latitude AS of_latitude, one.longitude AS of_longitude,
               other.id, other.number, other.state, other.lane_id, other.reported_at, other.latitude, other.longitude
        FROM cases_case one JOIN cases_case other
          ON other.category = one.category AND other.id <> one.id
         AND {_around(reader, "other.reported_at", "one.reported_at")}
         AND (other.lane_id = one.lane_id
              OR (other.latitude BETWEEN one.latitude - {_BOX_DEGREES} AND one.latitude + {_BOX_DEGREES}
                  AND other.longitude IS NOT NULL))
        WHERE {reader.one_of("one.id", 1)} AND other.state NOT IN ('rejected', 'duplicate')
        """,
        wanted,
        types=_TYPES,
    )
    by_case: dict[UUID, list[DuplicateHint]] = {}
    for row in found:
        one = Sighting(
            lane_id=row["of_lane_id"],
            reported_at=row["of_reported_at"],
            latitude=row["of_latitude"],
            longitude=row["of_longitude"],
        )
        given = _hint_of(one, row)
        if given:
            by_case.setdefault(row["of_id"], []).append(given)
    return {case_id: closest(hints) for case_id, hints in by_case.items()}


def _hint_of(one: Sighting, row: Row) -> DuplicateHint | None:
    other = Sighting(
        lane_id=row["lane_id"],
        reported_at=row["reported_at"],
        latitude=row["latitude"],
        longitude=row["longitude"],
    )
    return hint(one, other, case_id=row["id"], number=row["number"], state=State(row["state"]))


def _around(reader: Reader, column: str, centre: str) -> str:
    if reader.dialect == "postgres":
        return f"{column} BETWEEN {centre} - interval '24 hours' AND {centre} + interval '24 hours'"
    # Instants are UTC text here; whole seconds with a second to spare, the exact time is compared afterwards.
    return (
        f"{column} BETWEEN strftime('%Y-%m-%d %H:%M:%S', {centre}, '-86401 seconds') "
        f"AND strftime('%Y-%m-%d %H:%M:%S', {centre}, '+86402 seconds')"
    )
