"""Upkeep jobs: what was kept for a retry or a delivery is removed when nobody can need it any more."""

from collections.abc import Sequence
from datetime import timedelta

from kernel.database import Tx
from kernel.files import FileStore, forget_unreferenced
from kernel.jobs import Job, JobRun

KEPT_ANSWER_DAYS = 30
_HANDLED_DAYS = 1  # to look into what went out yesterday; a year of them would be a fifteenth of the database
_BUDGET_DAYS = 1  # after the window
_CHUNK = 2_000

_STALE = (
    ("kernel_kept_answer", "id", "created_at", KEPT_ANSWER_DAYS),
    ("kernel_outbox", "id", "handled_at", _HANDLED_DAYS),
    ("kernel_budget", "key", "window_ends_at", _BUDGET_DAYS),
)


async def remove_stale_rows(run: JobRun) -> None:
    """Remove old answers to Idempotency-Keys, handled outbox rows and spent budgets, some at a time."""
    for table, key, column, days in _STALE:
        before = run.now() - timedelta(days=days)

        async def step(
            tx: Tx, table: str = table, key: str = key, column: str = column, before: object = before
        ) -> int:
            removed = await tx.execute(
                f"DELETE FROM {table} WHERE {key} IN "
                f"(SELECT {key} FROM {table} WHERE {column} < $1 ORDER BY {column} LIMIT {_CHUNK})",
                before,
            )
            await run.save(tx, table)
            return removed

        while await run.database.run(step) == _CHUNK:
            pass


def upkeep_jobs(files: FileStore, references: Sequence[tuple[str, str]]) -> list[Job]:
    """The jobs of the kernel itself, all at night. `references` are the columns that refer to stored files."""

    async def forget_files(run: JobRun) -> None:
        await run.database.run(lambda tx: forget_unreferenced(tx, references, now=run.now()))

    async def remove_orphans(run: JobRun) -> None:
        await files.remove_orphans(run.database, between=run.renew)

    return [
        Job(name="stale-rows", every=timedelta(days=1), offset=timedelta(hours=3), run=remove_stale_rows),
        Job(name="forgotten-files", every=timedelta(days=1), offset=timedelta(hours=3, minutes=15), run=forget_files),
        Job(name="orphan-files", every=timedelta(days=1), offset=timedelta(hours=3, minutes=30), run=remove_orphans),
    ]
