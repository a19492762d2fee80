"""What was kept for a retry or a delivery goes when nobody can need it any more, and not a day before."""

from datetime import timedelta
from pathlib import Path

from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.files import FileStore
from kernel.ids import new_id
from kernel.jobs import run_due
from kernel.models import Budget, KeptAnswer, OutboxRow
from kernel.outbox import Dispatcher, emit
from kernel.throttle import spend
from kernel.upkeep import upkeep_jobs

DAY = timedelta(days=1)


async def sizes(database: Database) -> tuple[int, int, int]:
    reader = await database.reader()
    kept, outbox, budgets = [len(await reader.rows(model)) for model in (KeptAnswer, OutboxRow, Budget)]
    return kept, outbox, budgets


async def test_old_rows_go_and_undelivered_ones_stay_for_ever(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    async def heard(tx: Tx, payload: object, now: object) -> None:
        """Nothing to do."""

    async def write(tx: Tx) -> None:
        answer = {"caller": "c", "route": "r", "fingerprint": "f", "status": 200, "media_type": "m", "body": b"b"}
        await tx.insert(
            KeptAnswer, [{"id": new_id(), "key": f"{at}", "created_at": clock.now(), **answer} for at in range(2_500)]
        )
        await emit(tx, "heard", [{}] * 3, now=clock.now())
        await emit(tx, "unheard", [{}], now=clock.now())
        await spend(tx, "number 1", limit=5, window=DAY, now=clock.now())

    await database.run(write)
    await Dispatcher(database, {"heard": heard}, clock).deliver_due()
    jobs = upkeep_jobs(FileStore(tmp_path), [("cases_evidence", "file_id")])
    assert await run_due(database, jobs, clock) == ["stale-rows", "forgotten-files", "orphan-files"]
    assert await sizes(database) == (2_500, 4, 1)
    clock.at += 3 * DAY
    await run_due(database, jobs, clock)
    assert await sizes(database) == (2_500, 1, 0)
    clock.at += 28 * DAY
    await run_due(database, jobs, clock)
    assert await sizes(database) == (0, 1, 0)
