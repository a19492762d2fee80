"""A use case that lost to another, or whose connection broke, runs again as a whole; one that was refused does not."""

import asyncio

import pytest

from kernel.database import Database, Tx
from kernel.database.faults import is_refused, is_transient
from kernel.models import Counter
from migrations import APPS
from tests.kernel.rows import a_counter, counted, inserting


async def test_a_use_case_that_met_anothers_row_runs_again_and_finds_it(database: Database) -> None:
    await database.run(inserting(Counter, a_counter("taken", 5)))
    tries = 0

    async def insert_blindly_at_first(tx: Tx) -> int:
        nonlocal tries
        tries += 1
        await tx.insert(Counter, [a_counter(f"try {tries}")])
        if tries == 1:
            await tx.insert(Counter, [a_counter("taken", 9)])
        return (await tx.rows(Counter, "WHERE series = 'taken'"))[0]["last_given"]

    assert await database.run(insert_blindly_at_first) == 5
    assert tries == 2
    assert await counted(database, "try 1") is None, "the first try was undone as a whole"
    assert await counted(database, "try 2") == 0


async def test_a_row_that_a_check_refuses_is_not_tried_again(database: Database) -> None:
    tries = 0

    async def insert_a_negative(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        await tx.insert(Counter, [a_counter("negative", -1)])

    with pytest.raises(Exception, match="kernel_counter_positive") as refused:
        await database.run(insert_a_negative)
    assert tries == 1
    assert is_refused(refused.value)
    assert not is_transient(refused.value)


async def test_a_use_case_that_never_succeeds_gives_up_after_eight_tries(database: Database) -> None:
    await database.run(inserting(Counter, a_counter("taken")))
    tries = 0

    async def insert_again(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        await tx.insert(Counter, [a_counter("taken")])

    with pytest.raises(Exception, match=r"(?i)unique"):
        await database.run(insert_again)
    assert tries == 8


async def test_of_two_use_cases_in_a_deadlock_both_succeed_in_the_end(postgres_url: str) -> None:
    database = await Database.open(postgres_url, APPS)
    await database.run(inserting(Counter, a_counter("left"), a_counter("right")))
    tries = 0
    met = asyncio.Barrier(2)

    def touching(first: str, second: str) -> "asyncio.Future[None]":
        mine = 0

        async def use_case(tx: Tx) -> None:
            nonlocal mine, tries
            mine += 1
            tries += 1
            for series in (first, second):
                await tx.execute("UPDATE kernel_counter SET last_given = last_given + 1 WHERE series = $1", series)
                if mine == 1 and series == first:
                    await met.wait()  # each holds its first row before it asks for the other's

        return asyncio.ensure_future(database.run(use_case))

    await asyncio.wait_for(asyncio.gather(touching("left", "right"), touching("right", "left")), 30)
    assert tries > 2  # one was cut off and ran again, or both where they had waited equally long
    assert [await counted(database, side) for side in ("left", "right")] == [2, 2]
    await database.close()


async def test_a_use_case_whose_connection_is_cut_runs_again_on_another(postgres_url: str) -> None:
    database = await Database.open(postgres_url, APPS)
    tries = 0

    async def use_case(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        await tx.insert(Counter, [a_counter("cut")])
        if tries == 1:
            await tx.fetch("SELECT pg_terminate_backend(pg_backend_pid())")
        await tx.execute("UPDATE kernel_counter SET last_given = last_given + 1 WHERE series = 'cut'")

    await database.run(use_case)
    assert tries == 2
    assert await counted(database, "cut") == 1
    await database.close()


async def test_a_snapshot_holds_up_no_writer_in_another_process(database: Database) -> None:
    await database.run(inserting(Counter, a_counter("frozen", 1)))
    other = await Database.open(database.url, APPS)

    async def look_while_another_writes(tx: Tx) -> list[int]:
        seen = [(await tx.rows(Counter, "WHERE series = 'frozen'"))[0]["last_given"]]
        await asyncio.wait_for(other.run(lambda tx: tx.update(Counter, [a_counter("frozen", 2)], key="series")), 5)
        seen.append((await tx.rows(Counter, "WHERE series = 'frozen'"))[0]["last_given"])
        return seen

    assert await database.snapshot(look_while_another_writes) == [1, 1]
    assert await counted(database, "frozen") == 2
    await other.close()


async def test_a_snapshot_sees_one_state_though_others_commit_meanwhile(database: Database) -> None:
    await database.run(inserting(Counter, a_counter("frozen", 1)))
    looked, changed = asyncio.Event(), asyncio.Event()

    async def look_twice(tx: Tx) -> list[int]:
        seen = [(await tx.rows(Counter, "WHERE series = 'frozen'"))[0]["last_given"]]
        looked.set()
        if tx.dialect == "postgres":  # an embedded database has one connection: the other waits anyway
            await changed.wait()
        seen.append((await tx.rows(Counter, "WHERE series = 'frozen'"))[0]["last_given"])
        return seen

    async def change(tx: Tx) -> None:
        await tx.update(Counter, [a_counter("frozen", 2)], key="series")

    looking = asyncio.ensure_future(database.snapshot(look_twice))
    await looked.wait()
    await database.run(change)
    changed.set()
    assert await looking == [1, 1]
    assert await counted(database, "frozen") == 2
