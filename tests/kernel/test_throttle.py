"""So many tries per window, counted in the database: no process and no number of callers at once gets more."""

import asyncio
from datetime import timedelta

import pytest

from kernel.clock import FixedClock
from kernel.database import Database
from kernel.models import Budget
from kernel.throttle import Throttled, budget_key, give_back, spend
from migrations import APPS

MINUTE = timedelta(minutes=1)


async def tries(database: Database, clock: FixedClock, times: int, key: str = "number 1") -> list[int]:
    """Whether each try passed (0), or after how many seconds the next may."""

    async def once() -> int:
        try:
            await database.run(lambda tx: spend(tx, key, limit=5, window=MINUTE, now=clock.now()))
        except Throttled as throttled:
            return throttled.retry_after_s
        return 0

    return [await once() for _ in range(times)]


async def test_the_try_after_the_last_is_refused_and_told_when_to_come_back(
    database: Database, clock: FixedClock
) -> None:
    assert await tries(database, clock, 6) == [0, 0, 0, 0, 0, 60]
    clock.at += timedelta(seconds=59, milliseconds=500)
    assert await tries(database, clock, 1) == [1]
    clock.at += timedelta(milliseconds=500)
    assert await tries(database, clock, 6) == [0, 0, 0, 0, 0, 60]


async def test_keys_are_counted_apart(database: Database, clock: FixedClock) -> None:
    await tries(database, clock, 6)
    assert await tries(database, clock, 1, "number 2") == [0]


async def test_many_at_once_from_two_processes_get_no_more_than_the_limit(
    database: Database, clock: FixedClock
) -> None:
    other = await Database.open(database.url, APPS)
    given = await asyncio.gather(*(tries((database, other)[at % 2], clock, 1) for at in range(40)))
    assert [seconds for [seconds] in given].count(0) == 5
    await other.close()


async def test_the_right_password_gives_the_tries_back(database: Database, clock: FixedClock) -> None:
    await tries(database, clock, 6)
    await database.run(lambda tx: give_back(tx, "number 1"))
    assert await tries(database, clock, 1) == [0]


async def test_tries_beside_right_passwords_are_all_answered(database: Database, clock: FixedClock) -> None:
    async def guess() -> int:
        return sum(await tries(database, clock, 20))

    async def enter() -> None:
        for _ in range(20):
            await database.run(lambda tx: give_back(tx, "number 1"))

    await asyncio.gather(*(work() for work in (guess, enter) * 4))
    await database.run(lambda tx: give_back(tx, "number 1"))
    assert await tries(database, clock, 6) == [0, 0, 0, 0, 0, 60]


async def test_a_clock_that_was_set_back_locks_nobody_out(database: Database, clock: FixedClock) -> None:
    await tries(database, clock, 6)
    clock.at -= timedelta(days=30)
    assert await tries(database, clock, 1) == [0]


async def test_a_long_key_is_kept_by_its_hash(database: Database, clock: FixedClock) -> None:
    long = "source " + "x" * 500
    assert await tries(database, clock, 6, long) == [0, 0, 0, 0, 0, 60]
    [row] = await (await database.reader()).rows(Budget)
    assert row["key"] == budget_key(long)
    assert len(row["key"]) == 64


def test_the_refusal_reads_in_both_languages() -> None:
    assert Throttled(30).text.render("zh") == "试的次数太多了，请 30 秒后再试。"
    assert Throttled(30).text.render("en") == "Too many tries. Please try again in 30 seconds."


async def test_nothing_is_spent_by_a_refused_try(database: Database, clock: FixedClock) -> None:
    await tries(database, clock, 9)
    [row] = await (await database.reader()).rows(Budget)
    assert row["used"] == 5
    with pytest.raises(Throttled):
        await database.run(lambda tx: spend(tx, "number 1", limit=5, window=MINUTE, now=clock.now()))
