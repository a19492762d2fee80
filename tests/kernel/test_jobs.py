"""Jobs run when they are due by the caller's clock, in one process at a time, and go on where they stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.jobs import Job, JobRun, JobsFailed, run_due, run_forever
from kernel.numbering import take_numbers
from migrations import APPS
from tests.kernel.rows import counted


class Killed(BaseException):
    """The process is killed: nobody tidies up."""


def a_job(run: Callable[[JobRun], Awaitable[None]], name: str = "counting") -> Job:
    return Job(name=name, every=timedelta(days=1), run=run, lease=timedelta(minutes=5))


async def count(run: JobRun) -> None:
    """One step of one transaction."""
    await run.database.run(lambda tx: take_numbers(tx, "runs", 1))


async def test_a_daily_job_runs_once_each_local_day(database: Database, clock: FixedClock) -> None:
    jobs = [a_job(count)]
    assert await run_due(database, jobs, clock) == ["counting"]
    assert await run_due(database, jobs, clock) == []
    clock.at = datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)  # a second before midnight in Beijing
    assert await run_due(database, jobs, clock) == []
    clock.at += timedelta(seconds=1)
    assert await run_due(database, jobs, clock) == ["counting"]
    assert await counted(database, "runs") == 2


async def test_days_that_were_missed_are_made_up_for_by_one_run_that_knows_since_when(
    database: Database, clock: FixedClock
) -> None:
    since: list[datetime] = []

    async def remember(run: JobRun) -> None:
        since.append(run.due_at)

    await run_due(database, [a_job(remember)], clock)
    clock.at += timedelta(days=10)
    assert await run_due(database, [a_job(remember)], clock) == ["counting"]
    assert await run_due(database, [a_job(remember)], clock) == []
    assert since[1] == datetime(2026, 11, 23, 16, tzinfo=UTC)


async def test_a_run_that_midnight_fell_into_is_due_again_for_the_new_day(
    database: Database, clock: FixedClock
) -> None:
    midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)  # in Beijing

    async def past_midnight(run: JobRun) -> None:
        await count(run)
        clock.at = midnight + timedelta(minutes=1)

    clock.at = midnight - timedelta(minutes=1)
    assert await run_due(database, [a_job(past_midnight)], clock) == ["counting"]
    assert await run_due(database, [a_job(count)], clock) == ["counting"]
    assert await run_due(database, [a_job(count)], clock) == []
    assert await counted(database, "runs") == 2


async def test_a_run_that_was_cut_off_before_midnight_and_ends_after_it_is_due_again_for_the_new_day(
    database: Database, clock: FixedClock
) -> None:
    midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)  # in Beijing

    async def cut_off(run: JobRun) -> None:
        await run.database.run(lambda tx: run.save(tx, "halfway"))
        raise ConnectionError

    clock.at = midnight - timedelta(minutes=1)
    with pytest.raises(JobsFailed):
        await run_due(database, [a_job(cut_off)], clock)
    clock.at = midnight + timedelta(minutes=1)
    assert await run_due(database, [a_job(count)], clock) == ["counting"], "the rest of yesterday's"
    assert await run_due(database, [a_job(count)], clock) == ["counting"], "today's"
    assert await run_due(database, [a_job(count)], clock) == []


async def test_two_processes_never_run_one_job_at_once(database: Database, clock: FixedClock) -> None:
    other = await Database.open(database.url, APPS)
    inside = most = 0

    async def slowly(run: JobRun) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.2)
        inside -= 1

    names = await asyncio.gather(*(run_due(where, [a_job(slowly)], clock) for where in (database, other) * 5))
    assert [name for ran in names for name in ran] == ["counting"]
    assert most == 1
    await other.close()


async def test_a_job_whose_process_died_goes_on_elsewhere_once_its_lease_is_over(
    database: Database, clock: FixedClock
) -> None:
    async def add_three(run: JobRun, *, die_after: int | None = None) -> None:
        for step in range(run.cursor or 0, 3):
            if step == die_after:
                raise Killed

            async def one(tx: Tx, step: int = step) -> None:
                await take_numbers(tx, "steps", 1)
                await run.save(tx, step + 1)

            await run.database.run(one)

    async def die_at_two(run: JobRun) -> None:
        await add_three(run, die_after=2)

    with pytest.raises(Killed):
        await run_due(database, [a_job(die_at_two)], clock)
    assert await run_due(database, [a_job(add_three)], clock) == [], "the dead process still holds the lease"
    clock.at += timedelta(minutes=5, seconds=1)
    assert await run_due(database, [a_job(add_three)], clock) == ["counting"]
    assert await counted(database, "steps") == 3


async def test_a_process_that_was_too_slow_cannot_save_over_its_successor(
    database: Database, clock: FixedClock
) -> None:
    async def too_slow(run: JobRun) -> None:
        clock.at += timedelta(minutes=6)
        assert await run_due(database, [a_job(count)], clock) == ["counting"]

        async def step(tx: Tx) -> None:
            await take_numbers(tx, "late", 1)
            await run.save(tx, "late")

        await database.run(step)

    assert await run_due(database, [a_job(too_slow)], clock) == []
    assert await counted(database, "late") is None
    assert await counted(database, "runs") == 1


async def test_a_server_that_stops_cuts_its_job_off_and_another_goes_on_from_the_cursor_at_once(
    database: Database, clock: FixedClock
) -> None:
    started, stop = asyncio.Event(), asyncio.Event()

    async def endless(run: JobRun) -> None:
        if run.cursor == "halfway":
            return
        await run.database.run(lambda tx: run.save(tx, "halfway"))
        started.set()
        await asyncio.sleep(3_600)

    serving = asyncio.ensure_future(run_forever(database, [a_job(endless)], clock, stop))
    await started.wait()
    stop.set()
    await asyncio.wait_for(serving, 2)
    assert await run_due(database, [a_job(endless)], clock) == ["counting"]


async def test_saving_renews_the_lease(database: Database, clock: FixedClock) -> None:
    async def long_but_lively(run: JobRun) -> None:
        for step in range(4):
            clock.at += timedelta(minutes=4)
            assert await run_due(database, [a_job(count)], clock) == []
            await database.run(lambda tx, step=step: run.save(tx, step))  # type: ignore[misc]

    assert await run_due(database, [a_job(long_but_lively)], clock) == ["counting"]


async def test_a_failing_job_stops_no_other_stays_due_and_keeps_its_cursor(
    database: Database, clock: FixedClock
) -> None:
    async def fail_at_first(run: JobRun) -> None:
        if run.cursor is None:
            await run.database.run(lambda tx: run.save(tx, {"tried": True}))
            raise LookupError("no luck")
        assert run.cursor == {"tried": True}

    jobs = [a_job(fail_at_first, "failing"), a_job(count)]
    with pytest.raises(JobsFailed, match="failing: LookupError: no luck") as failed:
        await run_due(database, jobs, clock)
    assert failed.value.ran == ["counting"]
    assert await run_due(database, jobs, clock) == ["failing"]
    assert await run_due(database, jobs, clock) == []


async def test_a_clock_that_ran_ahead_puts_nothing_off(database: Database, clock: FixedClock) -> None:
    """As after `jinpai tick --at` a year from now: the server's own days go on."""
    jobs = [a_job(count)]
    assert await run_due(database, jobs, FixedClock(clock.at + timedelta(days=365))) == ["counting"]
    assert await run_due(database, jobs, clock) == [], "today's run was part of that one"
    clock.at += timedelta(days=1)
    assert await run_due(database, jobs, clock) == ["counting"]


async def test_a_run_without_a_cursor_renews_its_lease_too(database: Database, clock: FixedClock) -> None:
    async def lively(run: JobRun) -> None:
        for _ in range(3):
            clock.at += timedelta(minutes=4)
            await run.renew()
        assert await run_due(database, [a_job(count)], clock) == []

    assert await run_due(database, [a_job(lively)], clock) == ["counting"]


def test_a_job_is_due_on_its_grid_whatever_time_it_ran() -> None:
    nightly = Job(name="nightly", every=timedelta(days=1), offset=timedelta(hours=3), run=count)
    three_in_beijing = datetime(2026, 11, 23, 19, tzinfo=UTC)
    assert nightly.due_after(three_in_beijing - timedelta(seconds=1)) == three_in_beijing
    assert nightly.due_after(three_in_beijing) == three_in_beijing + timedelta(days=1)
