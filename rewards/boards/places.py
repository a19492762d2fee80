"""What places did together in a month: streets of the district, or communities of a street, the first ones alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.database import Reader
from rewards.boards.definitions import Metric, span_of
from rewards.boards.sums import sums_sql
from rewards.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """A place with its verified cases of the month and how many stewards found them. Equal counts share a rank."""

    rank: int
    name: str
    name_en: str
    cases: int
    stewards: int


async def leading_places(
    reader: Reader, street_id: UUID | None, limit: int, *, now: datetime, communities: bool = False
) -> list[PlaceLine]:
    """The streets of the district with the most verified cases this month, or the communities of a street or of all.

    Cases count where the stewards are enrolled who reported them.
    """
    span = span_of(Metric.CASES, Period.MONTH, now)
    inner, args = sums_sql(reader, Metric.CASES, span, "award.steward_id", now=now, until=None)
    area, table = (
        ("community_id", "stewards_community") if communities or street_id else ("street_id", "stewards_street")
    )
    within = f"AND steward.street_id = ${len(args) + 1}" if street_id else ""
    bound: list[Any] = [*args, *([street_id] if street_id else [])]
    rows = await reader.fetch(
        f"""
        WITH earned AS ({inner}),
        places AS (
            SELECT steward.{area} AS place_id, CAST(SUM(earned.value) AS BIGINT) AS cases, COUNT(*) AS stewards
            FROM earned JOIN stewards_steward steward ON steward.id = earned.steward_id
            WHERE earned.value > 0 {within}
            GROUP BY steward.{area}
        )
        SELECT RANK() OVER (ORDER BY places.cases DESC) AS rank, place.name, place.name_en, places.cases,
               places.stewards
        FROM places JOIN {table} place ON place.id = places.place_id
        ORDER BY places.cases DESC, place.code LIMIT ${len(bound) + 1}
        """,
        *bound,
        limit,
    )
    return [PlaceLine(**row) for row in rows]
