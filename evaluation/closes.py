"""Which periods were closed, and when: the newest run of a period is what counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evaluation.models import PeriodClose
from evaluation.periods import Period
from kernel.database import Reader, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A period as it was closed. `stewards` are those with a score; `held` of its `ballots` were left out."""

    id: UUID
    period: str
    run: int
    scheme_id: UUID
    scheme_number: int
    method: int
    stewards: int
    ballots: int
    held: int
    cases: int
    inputs_sha256: str
    scores_sha256: str
    closed_by_kind: str
    closed_by_id: UUID | None
    closed_at: datetime


_COLUMNS = """
    SELECT made.id, made.period, made.run, made.scheme_id, scheme.number AS scheme_number, made.method, made.stewards,
           made.ballots, made.held, made.cases, made.inputs_sha256, made.scores_sha256, made.closed_by_kind,
           made.closed_by_id, made.closed_at
    FROM evaluation_close made JOIN evaluation_scheme_version scheme ON scheme.id = made.scheme_id
"""
_TYPES: dict[str, type] = {"id": UUID, "scheme_id": UUID, "closed_by_id": UUID, "closed_at": datetime}
_NEWEST = "NOT EXISTS (SELECT 1 FROM evaluation_close later WHERE later.period = made.period AND later.run > made.run)"


async def newest_close(reader: Reader, period: Period) -> Close | None:
    """The close of a period that counts; None where it was never closed."""
    row = await reader.fetch_one(
        f"{_COLUMNS} WHERE made.period = $1 ORDER BY made.run DESC LIMIT 1", period.name, types=_TYPES
    )
    return _close(row) if row else None


async def closes_of(reader: Reader, period: Period) -> list[Close]:
    """Every run of a period, the newest first."""
    rows = await reader.fetch(f"{_COLUMNS} WHERE made.period = $1 ORDER BY made.run DESC", period.name, types=_TYPES)
    return [_close(row) for row in rows]


async def list_closes(reader: Reader) -> list[Close]:
    """The close that counts of every period, the newest period first."""
    rows = await reader.fetch(f"{_COLUMNS} WHERE {_NEWEST} ORDER BY made.period DESC", types=_TYPES)
    return [_close(row) for row in rows]


async def all_closes(reader: Reader) -> Sequence[Row]:
    """Every close with what it set aside, oldest first, for recomputing."""
    return await reader.rows(PeriodClose, "ORDER BY closed_at, period, run")


def _close(row: Row) -> Close:
    return Close(**{name: row[name] for name in Close.__dataclass_fields__})
