"""Checks that cases and awards agree, recomputed from the rows: each names the rows that break it."""

from collections.abc import Sequence

from kernel.database import Tx
from points.verifying import Break


async def verify_cases(tx: Tx) -> Sequence[Break]:
    """Every invariant between cases, their history and their awards; empty when all hold."""
    raise NotImplementedError
