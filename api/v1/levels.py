"""Levels and stars of a steward: where on each ladder, and what the next rung takes."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath

from api.bodies import JinpaiRequest
from api.composition import district_of
from api.v1.answers import Page
from api.v1.stewards import steward_within_reach
from points.levelling import levels_of
from points.levels import Level
from points.rules import Rung
from stewards.permissions import Action


class RungShown(msgspec.Struct, kw_only=True):
    """A rung of a ladder by its names."""

    code: str
    zh: str
    en: str
    minutes: int
    points: int


class LevelShown(msgspec.Struct, kw_only=True):
    """A place on a ladder: the rung from 1, 0 for none yet; how much more the next one takes, in lifetime minutes and
    points, never the balance. `barred_until`: no promotion through this day.
    """

    ladder: str
    number: int
    rung: RungShown | None
    next: RungShown | None
    more_minutes: int
    more_points: int
    barred_until: date | None


def _rung(rung: Rung | None) -> RungShown | None:
    if rung is None:
        return None
    return RungShown(code=rung.code, zh=rung.zh, en=rung.en, minutes=rung.minutes, points=rung.points)


def _shown(ladder: str, level: Level) -> LevelShown:
    return LevelShown(
        ladder=ladder,
        number=level.number,
        rung=_rung(level.rung),
        next=_rung(level.next),
        more_minutes=level.more_minutes,
        more_points=level.more_points,
        barred_until=level.barred_until,
    )


@get(
    "/stewards/{steward_id:uuid}/levels",
    opt={"action": Action.POINTS_READ},
    tags=["stewards"],
    operation_id="showLevels",
)
async def show_levels(request: JinpaiRequest, steward_id: FromPath[UUID]) -> Page[LevelShown]:
    """Where a steward stands on each ladder of the rules of today."""
    await steward_within_reach(request, steward_id, Action.POINTS_READ)
    district = district_of(request)
    reader = await district.database.reader()
    found = (await levels_of(reader, [steward_id], now=district.clock.now()))[steward_id]
    return Page(data=[_shown(ladder, level) for ladder, level in found.items()], has_more=False)


route_handlers: list[Any] = [show_levels]
