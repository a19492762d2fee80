"""Jobs: work that is due again and again, leased so that no two processes run one at once, resumed where it stopped.

A job moves its cursor in the transaction of each step, so a step is done once however often its process dies. Time
comes from the caller's clock alone (`jinpai tick --at`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import structlog

from kernel.clock import Clock, day_start
from kernel.database import Database, Row, Tx
from kernel.models import JobLease

_GRID = day_start(date(2000, 1, 1))  # a local midnight: daily jobs are due at local midnights
_POLL_SECONDS = 20.0

log = structlog.get_logger(__name__)


class LeaseLost(Exception):  # noqa: N818 - a state, like the refusals
    """Another process took the job over, because this one did not renew its lease in time."""


class JobsFailed(Exception):  # noqa: N818 - a state, like the refusals
    """Some jobs failed; they stay due. `ran` names those that ended well."""

    def __init__(self, ran: list[str], failures: dict[str, Exception]) -> None:
        super().__init__("; ".join(f"{name}: {type(error).__name__}: {error}" for name, error in failures.items()))
        self.ran = ran
        self.failures = failures


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that is due every `every`, counted from local midnight plus `offset`."""

    name: str
    every: timedelta
    run: Callable[["JobRun"], Awaitable[None]]
    offset: timedelta = timedelta()
    lease: timedelta = timedelta(minutes=5)
    """How long a step may take before another process may take over."""

    def due_after(self, instant: datetime) -> datetime:
        """The first time at which the job is due after an instant."""
        start = _GRID + self.offset
        return start + ((instant - start) // self.every + 1) * self.every


@dataclass(kw_only=True)
class JobRun:
    """One run of a job: what it is due for, how far it has come, and how it says so."""

    database: Database
    job: Job
    clock: Clock
    due_at: datetime
    """When it became due: later than its last run, up to `clock.now()`."""
    cursor: Any
    """What the last step saved, or None at the start."""
    holder: str = field(repr=False)
    began_at: datetime = field(repr=False)
    """What it has certainly seen: all until it was taken, or until it was due where it goes on from a cursor."""

    def now(self) -> datetime:
        """The present instant of the caller's clock."""
        return self.clock.now()

    async def renew(self) -> None:
        """Renew the lease between steps that keep no cursor, in a transaction of its own.

        Raises:
            LeaseLost: another process runs the job now.

        """
        await self.database.run(lambda tx: self.save(tx, self.cursor))

    async def save(self, tx: Tx, cursor: Any) -> None:
        """Move the cursor (anything JSON) in the transaction of a step, and renew the lease.

        Raises:
            LeaseLost: another process runs the job now; the step must not be committed.

        """
        row = (await tx.lock(JobLease, [self.job.name], key="name")).get(self.job.name)
        if row is None or row["holder"] != self.holder:
            raise LeaseLost(self.job.name)
        stored = orjson.dumps(cursor, option=orjson.OPT_SORT_KEYS).decode()
        await tx.update(
            JobLease,
            [{"name": self.job.name, "cursor": stored, "leased_until": self.now() + self.job.lease}],
            key="name",
        )
        self.cursor = cursor


async def run_due(database: Database, jobs: Sequence[Job], clock: Clock) -> list[str]:
    """Run the jobs that are due and that no other process runs, in order; answers the names of those that ran.

    A failing job stays due, keeps its cursor, and stops no other.

    Raises:
        JobsFailed: after all had their turn, some had failed.

    """
    ran: list[str] = []
    failures: dict[str, Exception] = {}
    for job in jobs:
        run = await _take(database, job, clock)
        if run is None:
            continue
        try:
            await job.run(run)
        except asyncio.CancelledError:  # the server stops; another may go on from the cursor at once
            await _give_back(run, finished=False)
            raise
        except LeaseLost:
            log.warning("job.lease_lost", job=job.name)
            continue
        except Exception as error:
            log.exception("job.failed", job=job.name)
            failures[job.name] = error
            await _give_back(run, finished=False)
            continue
        if await _give_back(run, finished=True):
            ran.append(job.name)
    if failures:
        raise JobsFailed(ran, failures)
    return ran


async def run_forever(database: Database, jobs: Sequence[Job], clock: Clock, stop: asyncio.Event) -> None:
    """Run what is due until `stop` is set, looking every twenty seconds. A job under way then is cut off."""
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not stop.is_set():
            running = asyncio.ensure_future(run_due(database, jobs, clock))
            await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
            running.cancel()
            [ended] = await asyncio.gather(running, return_exceptions=True)
            # Failures of jobs were logged, and what was cut off stays due; anything else is the database's.
            if isinstance(ended, Exception) and not isinstance(ended, JobsFailed | asyncio.CancelledError):
                log.error("jobs.failed", exc_info=ended)
            await asyncio.wait([stopping], timeout=_POLL_SECONDS)
    finally:
        stopping.cancel()


async def _take(database: Database, job: Job, clock: Clock) -> JobRun | None:
    holder = uuid4().hex

    async def take(tx: Tx) -> Row | None:
        now = clock.now()
        await tx.insert(JobLease, [{"name": job.name}], skip_existing=True)
        row = (await tx.lock(JobLease, [job.name], key="name"))[job.name]
        held = row["holder"] is not None and row["leased_until"] > now
        if held:
            return None
        if row["due_at"] is not None and row["due_at"] > now:
            following = job.due_after(now)
            if row["due_at"] > following:  # a clock that was ahead (`tick --at`) put it off
                await tx.update(JobLease, [{"name": job.name, "due_at": following}], key="name")
            return None
        due_at = row["due_at"] or now
        await tx.update(
            JobLease,
            [{"name": job.name, "holder": holder, "leased_until": now + job.lease, "due_at": due_at}],
            key="name",
        )
        return {"due_at": due_at, "cursor": row["cursor"], "at": now}

    taken = await database.run(take)
    if taken is None:
        return None
    cursor = None if taken["cursor"] is None else orjson.loads(taken["cursor"])
    due_at: datetime = taken["due_at"].astimezone(UTC)
    return JobRun(
        database=database,
        job=job,
        clock=clock,
        due_at=due_at,
        cursor=cursor,
        holder=holder,
        began_at=due_at if cursor is not None else taken["at"],
    )


async def _give_back(run: JobRun, *, finished: bool) -> bool:
    async def give_back(tx: Tx) -> bool:
        row = (await tx.lock(JobLease, [run.job.name], key="name")).get(run.job.name)
        if row is None or row["holder"] != run.holder:
            return False
        changes: dict[str, Any] = {"name": run.job.name, "holder": None, "leased_until": None}
        if finished:
            # Not after its end: a run that midnight fell into has not seen the new day.
            changes |= {"cursor": None, "due_at": run.job.due_after(run.began_at), "finished_at": run.now()}
        await tx.update(JobLease, [changes], key="name")
        return True

    return await run.database.run(give_back)
