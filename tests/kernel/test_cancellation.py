"""Cancelled callers wedge nothing: the engines give their connections back, and use cases end properly."""

import asyncio
import contextlib
import random
import time

import pytest
from tortoise.transactions import in_transaction

from kernel.database import Database, Tx
from kernel.models import Counter
from kernel.numbering import take_numbers
from migrations import APPS
from tests.kernel.rows import a_counter, counted, inserting

TIMES = 300


async def still_answers_quickly(database: Database) -> None:
    """Fifty use cases in a row, and fifty at once, each end within a second."""
    for gathered in (1, 50):
        for _ in range(50 // gathered):
            started = time.monotonic()
            asked = [database.run(lambda tx: take_numbers(tx, "after", 1)) for _ in range(gathered)]
            await asyncio.wait_for(asyncio.gather(*asked), 5)
            assert (time.monotonic() - started) / gathered < 1


async def cancelled_after(seconds: float, task: "asyncio.Task[None]") -> None:
    await asyncio.sleep(seconds)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):  # or it had ended before
        await task


async def open_every_connection(database: Database) -> None:
    """Fill PostgreSQL's pool, else most cancellations would land in connecting."""
    if database.dialect == "sqlite":
        return
    everyone = asyncio.Barrier(10)

    async def hold() -> None:
        async with in_transaction(database.dialect):
            await everyone.wait()

    await asyncio.gather(*(hold() for _ in range(10)))


async def test_a_cancellation_anywhere_in_a_transaction_gives_the_connection_back(database: Database) -> None:
    chance = random.Random(20261123)
    await open_every_connection(database)

    async def one_transaction() -> None:
        async with in_transaction(database.dialect) as client:
            await client.execute_query("SELECT 1")

    for _ in range(TIMES):
        await cancelled_after(chance.random() * 0.003, asyncio.ensure_future(one_transaction()))
    await still_answers_quickly(database)


async def test_a_cancellation_at_each_step_of_beginning_and_committing_gives_the_connection_back(
    database: Database,
) -> None:
    """Steps of the event loop instead of time: every place where a cancellation can land is hit."""

    async def one_transaction() -> None:
        async with in_transaction(database.dialect):
            pass

    await open_every_connection(database)
    for steps in range(40):
        for _ in range(5):
            task = asyncio.ensure_future(one_transaction())
            for _ in range(steps):
                await asyncio.sleep(0)
            await cancelled_after(0, task)
    await still_answers_quickly(database)


async def test_callers_that_are_cancelled_while_they_wait_for_a_connection_leave_the_line(database: Database) -> None:
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with in_transaction(database.dialect):
            held.set()
            await let_go.wait()

    async def one_transaction() -> None:
        async with in_transaction(database.dialect):
            pass

    holders = [asyncio.ensure_future(hold()) for _ in range(10 if database.dialect == "postgres" else 1)]
    await held.wait()
    waiting = [asyncio.ensure_future(one_transaction()) for _ in range(TIMES)]
    await asyncio.sleep(0.01)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    let_go.set()
    await asyncio.gather(*holders)
    assert all(task.cancelled() for task in waiting)
    await still_answers_quickly(database)


async def test_a_use_case_ends_properly_though_its_caller_was_cancelled(database: Database) -> None:
    chance = random.Random(7)
    await database.run(inserting(Counter, a_counter("ended")))
    ended = 0

    async def add_one(tx: Tx) -> None:
        nonlocal ended
        row = (await tx.lock(Counter, ["ended"], key="series"))["ended"]
        await tx.update(Counter, [a_counter("ended", row["last_given"] + 1)], key="series")
        ended += 1

    async def ask() -> None:
        await database.run(add_one)

    for _ in range(TIMES):
        await cancelled_after(chance.random() * 0.002, asyncio.ensure_future(ask()))
    await still_answers_quickly(database)
    assert ended > 0
    assert await counted(database, "ended") == ended


async def test_closing_lets_a_use_case_end_whose_caller_is_gone(database: Database) -> None:
    other = await Database.open(database.url, APPS)
    begun = asyncio.Event()

    async def slowly(tx: Tx) -> None:
        await tx.insert(Counter, [a_counter("slow")])
        begun.set()
        await asyncio.sleep(0.2)

    caller = asyncio.ensure_future(other.run(slowly))
    await begun.wait()
    caller.cancel()
    await other.close()
    assert await counted(database, "slow") == 0


async def test_a_failing_use_case_leaves_nothing_behind(database: Database) -> None:
    async def fail(tx: Tx) -> None:
        await tx.insert(Counter, [a_counter("undone")])
        raise LookupError

    for _ in range(50):
        with pytest.raises(LookupError):
            await database.run(fail)
    assert await counted(database, "undone") is None
    await still_answers_quickly(database)
