"""What a credit costs as the tables grow: from 2,000 stewards and 72,000 transfers on, on PostgreSQL.

History is written set-wise by the database, in the shape that credits leave, and analysed. The default stops at
200,000 stewards and a million transfers; `--full` goes on to a million and ten million, which takes long.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import uvloop

from bench.figures import Figure, write_figures
from bench.ledger import UNIT, Ledger
from bench.measuring import Run, run
from bench.postgres import Postgres, postgres
from kernel.database import Database
from kernel.garbage import spare_collections
from kernel.ids import derived_id, new_id
from migrations import APPS
from points.accounts import purse_account, world_account
from points.verifying import verify_points
from points.wishes import Credit

SIZES = ((2_064, 72_240), (20_000, 200_000), (200_000, 1_000_000))
FULL = ((2_064, 72_240), (200_000, 1_000_000), (1_000_000, 10_000_000))
_POINTS = 5

# Each steward has had as many credits of 5 points as the others, one after another.
_HISTORY = """
CREATE TEMP TABLE made ON COMMIT DROP AS
  SELECT gen_random_uuid() AS operation_id, gen_random_uuid() AS transfer_id, owner.id AS account_id,
         turn::bigint AS version, timestamptz '2026-01-01' + turn * interval '1 hour' AS at, owner.n
  FROM bench_owner AS owner CROSS JOIN generate_series(1, $1) AS turn;
"""
_INSERTS = (
    (
        "INSERT INTO points_operation(id, reason, reference, fingerprint, occurred_at, recorded_at) "
        "SELECT operation_id, 'grant', 'history ' || n || '/' || version, repeat('0', 64), at, at FROM made"
    ),
    (
        "INSERT INTO points_transfer(id, operation_id, leg, from_account_id, to_account_id, points, to_version, "
        "to_balance, recorded_at) "
        "SELECT transfer_id, operation_id, 0, $1, account_id, 5, version, 5 * version, at FROM made"
    ),
    (
        "INSERT INTO points_lot(transfer_id, account_id, points, remaining, granted_at) "
        "SELECT transfer_id, account_id, 5, 5, at FROM made"
    ),
)


async def grow(server: Postgres, name: str, owners: Sequence[UUID], transfers: int) -> None:
    """Fill an empty database."""
    turns = max(1, transfers // len(owners))
    connection = await asyncpg.connect(host=str(server.folder), user="postgres", database=name)
    accounts = [purse_account(owner, "spendable") for owner in owners]
    last = datetime(2026, 1, 1, tzinfo=UTC)
    columns = ("id", "owner_kind", "owner_id", "kind", "unit", "balance", "version", "touched_at")
    rows: Iterator[tuple[object, ...]] = (
        (account, "steward", owner, "spendable", "points", _POINTS * turns, turns, last)
        for account, owner in zip(accounts, owners, strict=True)
    )
    try:
        async with connection.transaction():
            await connection.copy_records_to_table("points_account", columns=columns, records=rows)
            issued = (world_account("issued"), "world", None, "issued", "points", None, 0, None)
            await connection.copy_records_to_table("points_account", columns=columns, records=[issued])
            await connection.execute("CREATE TABLE bench_owner (n bigint, id uuid)")
            await connection.copy_records_to_table("bench_owner", records=enumerate(accounts))
            await connection.execute(
                "UPDATE points_account SET touched_at = timestamptz '2026-01-01' + version * interval '1 hour' "
                "WHERE kind = 'spendable'"
            )
            await connection.execute(_HISTORY.replace("$1", str(turns)))
            for statement in _INSERTS:
                await connection.execute(statement, *([world_account("issued")] if "$1" in statement else []))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def measure(
    server: Postgres, sizes: Sequence[tuple[int, int]], *, rounds: int, seconds: float, check: bool
) -> list[Figure]:
    """What a credit costs at each size; sizes take turns, so that a busy moment of the machine meets all of them."""
    ledgers: dict[tuple[int, int], tuple[Ledger, list[UUID]]] = {}
    for at, (stewards, transfers) in enumerate(sizes):
        owners = [derived_id("bench steward", str(number)) for number in range(stewards)]
        url = await server.fresh(f"growth_{at}")
        await grow(server, f"growth_{at}", owners, transfers)
        ledgers[stewards, transfers] = Ledger(await Database.open(url, APPS, pool_size=3)), owners
    runs: dict[tuple[int, int], list[Run]] = {size: [] for size in sizes}
    for _ in range(rounds + 1):
        for size, (ledger, owners) in ledgers.items():

            async def one(ledger: Ledger = ledger, owners: Sequence[UUID] = owners) -> None:
                await ledger.give(
                    Credit(
                        owner_id=random.choice(owners),
                        points=random.randint(1, 50),
                        reason="grant",
                        reference=str(new_id()),
                        occurred_at=datetime.now(UTC),
                    )
                )

            runs[size].append(await run(one, callers=256, seconds=seconds, pids=[server.pid]))
    figures: list[Figure] = []
    first = None
    for size, (ledger, _) in ledgers.items():
        if check and (breaks := await ledger.database.snapshot(verify_points)):
            raise RuntimeError(f"the ledger does not hold: {breaks[0]}")
        await ledger.commits.close()
        await ledger.database.close()
        figures.append(_figure(size, runs[size][1:], first))  # the first round warms up
        first = first or figures[0]
    return figures


def _figure(size: tuple[int, int], runs: Sequence[Run], first: Figure | None) -> Figure:
    ordered = sorted(run.cpu_us for run in runs)
    cpu, rate = ordered[len(ordered) // 2], sorted(run.rate for run in runs)[len(runs) // 2]
    latencies = sorted(latency for run in runs for latency in run.latencies)
    return Figure(
        name=f"ledger post, {size[0]:,} stewards, {size[1]:,} transfers",
        value=rate,
        unit=UNIT,
        ratio_to=first.name if first else None,
        ratio=rate / first.value if first else None,
        cpu_us=cpu,
        cpu_ratio=first.cpu_us / cpu if first and first.cpu_us else None,
        callers=256,
        p50_ms=latencies[len(latencies) // 2],
        p99_ms=latencies[len(latencies) * 99 // 100],
        rounds=len(runs),
    )


def main() -> None:
    """Measure and write bench/results/growth.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--full", action="store_true", help="to 1,000,000 stewards and 10,000,000 transfers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--short", action="store_true", help="three rounds of a second, to 20,000 stewards")
    asked = parser.parse_args()
    rounds, seconds = (3, 1.0) if asked.short else (asked.rounds, asked.seconds)
    sizes = SIZES[:2] if asked.short else FULL if asked.full else SIZES
    with postgres() as server:
        spare_collections()  # as a server does
        figures = uvloop.run(measure(server, sizes, rounds=rounds, seconds=seconds, check=not asked.full))
    write_figures("growth", figures)


if __name__ == "__main__":
    main()
