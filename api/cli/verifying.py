"""`jinpai verify`: every invariant, recomputed from the rows of one state of the database."""

import time
from dataclasses import asdict

from api.cli.opening import opened
from api.cli.terminal import Exit, give, give_json, say
from cases.verifying import verify_cases
from evaluation.verifying import verify_evaluation
from kernel.clock import SystemClock
from kernel.database import Tx
from kernel.settings import Settings
from points.report_verifying import verify_reports
from points.verifying import Break, verify_points
from rewards.boards.closing import verify_closes
from rewards.titles.verifying import verify_titles
from rewards.verifying import verify_rewards

_COUNTED = (
    "stewards_steward",
    "cases_case",
    "points_award",
    "points_operation",
    "points_transfer",
    "points_account",
    "rewards_order",
    "rewards_stock_move",
    "evaluation_ballot",
    "evaluation_score",
)


async def every_break(tx: Tx) -> list[Break]:
    """Every row of one state of the database that breaks an invariant."""
    return [
        *await verify_points(tx),
        *await verify_reports(tx),
        *await verify_cases(tx),
        *await verify_rewards(tx),
        *await verify_closes(tx),
        *await verify_titles(tx),
        *await verify_evaluation(tx),
    ]


async def verify(settings: Settings, *, as_json: bool) -> Exit:
    """Check everything, name the first break of each invariant, and answer whether all hold."""
    started = time.perf_counter()
    async with opened(settings) as database:
        say("checking every invariant of the ledger, the cases and the orders …")

        async def check(tx: Tx) -> tuple[list[Break], dict[str, int]]:
            breaks = await every_break(tx)
            counts = {}
            for table in _COUNTED:
                row = await tx.fetch_one(f"SELECT count(*) AS rows FROM {table}")
                counts[table] = int(row["rows"]) if row else 0
            return breaks, counts

        breaks, counts = await database.snapshot(check)
    seconds = time.perf_counter() - started
    if as_json:
        give_json(
            {
                "holds": not breaks,
                "breaks": [asdict(found) for found in breaks],
                "rows": counts,
                "as_of": SystemClock().now(),
                "seconds": round(seconds, 3),
            }
        )
    elif breaks:
        for found in breaks:
            give(f"{found.code}: row {found.row_id}: expected {found.expected}, found {found.found}")
    else:
        give(
            f"holds: {counts['points_transfer']:,} transfers, {counts['points_award']:,} awards, "
            f"{counts['cases_case']:,} cases, {counts['rewards_order']:,} orders"
        )
    if breaks:
        first = breaks[0]
        say(f"broken: {first.code} in row {first.row_id} ({len(breaks)} invariants in all)")
        return Exit.FAILED
    say(f"every invariant holds ({seconds:.1f} s)")
    return Exit.DONE
