"""Pending points (待核实积分) and cap checks: what unverified cases would be worth today, and what caps leave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from kernel.database import Reader
from points.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class CapCheck:
    """How far a cap window is used, such as 78 of 80 this month."""

    cap: str
    per: str  # steward, lane
    period: str  # 2026-10-03, 2026-10, 2026
    counts: str  # points, times
    used: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What verifying a case now would credit, why, and how far its caps are used before it."""

    points: int
    receipt: Receipt
    caps: tuple[CapCheck, ...]


async def worth_of_cases(reader: Reader, case_ids: Iterable[UUID]) -> dict[UUID, Worth]:
    """What each case would be worth if it were verified next, by itself."""
    raise NotImplementedError


async def pending_points(reader: Reader, steward_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """The estimated points of each steward's unverified cases, oldest first under the caps. Never absent."""
    raise NotImplementedError
