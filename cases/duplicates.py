"""Duplicate hints (疑似重复): other cases of the same category, close by and at about the same time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cases.wording import State
from kernel.database import Reader

NEAR_M = 100
WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateHint:
    """A case that may be the same problem: how far away (None without coordinates) and how long before or after."""

    case_id: UUID
    number: str
    state: State
    same_lane: bool
    distance_m: int | None
    minutes_later: int  # of the hinted case, after the case asked about; negative where it came before


async def duplicate_hints(reader: Reader, case_ids: Iterable[UUID]) -> dict[UUID, list[DuplicateHint]]:
    """The closest three hints of each case. Cases without any are absent."""
    raise NotImplementedError


async def hints_for_report(
    reader: Reader,
    *,
    category: str,
    lane_id: UUID,
    reported_at: datetime,
    latitude: float | None = None,
    longitude: float | None = None,
) -> list[DuplicateHint]:
    """The closest three hints for what is about to be reported."""
    raise NotImplementedError
