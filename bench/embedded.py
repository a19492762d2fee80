"""The ledger on SQLite, callers sharing commits, beside raw sqlite3 that writes the same rows one credit at a time.

Both wait for the disk at each commit (WAL, synchronous FULL).
"""

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench.figures import Figure, write_figures
from bench.ledger import FILLED, Ledger, a_credit, fill
from bench.measuring import Run, run, run_figures
from bench.postgres import Floor
from kernel.database import Database
from kernel.database.connection import SQLITE_PRAGMAS
from kernel.database.migrating import migrate
from kernel.garbage import spare_collections
from kernel.ids import new_id
from migrations import APPS
from points.accounts import purse_account, world_account
from points.verifying import verify_points

UNIT = "credits/s"
RAW = "raw sqlite3, a credit each commit"


def raw_credits(path: Path, seconds: float) -> Floor:
    """What the standard library's driver does with the same tables, one thread, one credit in each transaction."""
    connection = sqlite3.connect(path, isolation_level=None)
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    issued, done = str(world_account("issued")), 0
    end, began, cpu = time.perf_counter() + seconds, time.perf_counter(), time.process_time()
    while time.perf_counter() < end:
        wish = a_credit()
        account = str(purse_account(wish.owner_id, "spendable"))
        operation, transfer, now = str(new_id()), str(new_id()), datetime.now(UTC).isoformat(" ")
        connection.execute("BEGIN IMMEDIATE")
        version, balance = connection.execute(
            "UPDATE points_account SET balance = balance + ?, version = version + 1, touched_at = ? WHERE id = ? "
            "RETURNING version, balance",
            (wish.points, now, account),
        ).fetchone()
        connection.execute(
            "INSERT INTO points_operation(id, reason, reference, fingerprint, occurred_at, recorded_at) "
            "VALUES (?, 'bench', ?, ?, ?, ?)",
            (operation, wish.reference, wish.facts(), now, now),
        )
        connection.execute(
            "INSERT INTO points_transfer(id, operation_id, leg, from_account_id, to_account_id, points, to_version, "
            "to_balance, recorded_at) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?)",
            (transfer, operation, issued, account, wish.points, version, balance, now),
        )
        connection.execute(
            "INSERT INTO points_lot(transfer_id, account_id, points, remaining, granted_at) VALUES (?, ?, ?, ?, ?)",
            (transfer, account, wish.points, wish.points, now),
        )
        connection.execute("COMMIT")
        done += 1
    took, used = time.perf_counter() - began, time.process_time() - cpu
    connection.close()
    return Floor(done / took, used * 1e6 / done)


async def measure(folder: Path, *, callers: Sequence[int], rounds: int, seconds: float) -> list[Figure]:
    """Figures of each number of callers, raw sqlite3 between the rounds."""
    path = folder / "bench.sqlite3"
    url = f"sqlite://{path}"
    await migrate(url, APPS)
    database = await Database.open(url, APPS)
    ledger = Ledger(database, at_once=1)
    await fill(database, FILLED)
    raw: list[Floor] = []
    runs: dict[int, list[Run]] = {count: [] for count in callers}
    for _ in range(rounds):
        raw.append(await asyncio.to_thread(raw_credits, path, seconds))
        for count, taken in runs.items():
            taken.append(await run(ledger.credit, callers=count, seconds=seconds, pids=[]))
    breaks = await database.snapshot(verify_points)
    if breaks:
        raise RuntimeError(f"the ledger does not hold: {breaks[0]}")
    await ledger.commits.close()
    await database.close()
    figures = [
        Figure(
            name=RAW,
            value=statistics.median(one.tps for one in raw),
            unit=UNIT,
            cpu_us=statistics.median(one.cpu_us for one in raw),
            rounds=rounds,
        )
    ]
    for count, taken in runs.items():
        figures += run_figures("ledger post, SQLite", taken, {RAW: raw}, UNIT, callers=count)
    return figures


def main() -> None:
    """Measure and write bench/results/embedded.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.embedded", description=__doc__)
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 32, 256, 1_024])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--short", action="store_true", help="three rounds of a second")
    asked = parser.parse_args()
    rounds, seconds = (3, 1.0) if asked.short else (asked.rounds, asked.seconds)
    with tempfile.TemporaryDirectory(prefix="jinpai-bench-") as folder:
        spare_collections()  # as a server does
        figures = uvloop.run(measure(Path(folder), callers=asked.callers, rounds=rounds, seconds=seconds))
    write_figures("embedded", figures)


if __name__ == "__main__":
    main()
