"""What a steward has, now or at any past instant."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.database import Reader


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points whose last day is `on`."""

    on: date
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A steward's points (余额). `debt` is what he owes; `lifetime` is all that he ever earned, less reversals."""

    steward_id: UUID
    spendable: int
    held: int
    honour: int
    debt: int
    lifetime: int
    expiring: tuple[Expiring, ...]
    as_of: datetime


async def balance(reader: Reader, steward_id: UUID, *, now: datetime, at: datetime | None = None) -> Balance:
    """What a steward has now, or had at the instant `at` (by when things were recorded)."""
    raise NotImplementedError


async def balances(reader: Reader, steward_ids: list[UUID]) -> dict[UUID, int]:
    """What each of many stewards can spend now. Those who never had points are at 0."""
    raise NotImplementedError
