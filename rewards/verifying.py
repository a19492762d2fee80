"""Recomputing the invariants of orders, stock and escrow from their rows, and naming the first break (核验)."""

from kernel.database import Reader
from points.verifying import Break
from rewards.invariants import INVARIANTS
from rewards.scarce_invariants import SCARCE_INVARIANTS

# 'order LT01-261123-007/2/5' belongs to the line 'order LT01-261123-007/2': what comes before the second slash.
_LINE_REFERENCE = {
    "sqlite": "substr(made.reference, 1, instr(made.reference, '/') + "
    "instr(substr(made.reference, instr(made.reference, '/') + 1), '/') - 1)",
    "postgres": "split_part(made.reference, '/', 1) || '/' || split_part(made.reference, '/', 2)",
}


async def verify_rewards(reader: Reader) -> list[Break]:
    """The first break of each invariant between orders, their history, stock and the ledger; empty where all hold.

    Give it a snapshot (Database.snapshot): each of its queries sees what was committed when it began.
    """
    breaks = []
    for invariant in (*INVARIANTS, *SCARCE_INVARIANTS):
        sql = invariant.sql.replace("{line_reference}", _LINE_REFERENCE[reader.dialect])
        row = await reader.fetch_one(
            f"WITH broken AS MATERIALIZED ({sql}) SELECT * FROM broken ORDER BY row_id LIMIT 1"
        )
        if row is not None:
            breaks.append(Break(code=invariant.code, **row))
    return breaks
