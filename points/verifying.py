"""Recomputing every invariant of the ledger from its rows, and naming the first break (核验)."""

from dataclasses import dataclass

from kernel.database import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """An invariant that does not hold: which, in which row, what was expected and what is there."""

    code: str
    row_id: str
    expected: str
    found: str


async def verify_points(reader: Reader) -> list[Break]:
    """The first break of each invariant that does not hold, in a fixed order; empty where the ledger is sound."""
    raise NotImplementedError
