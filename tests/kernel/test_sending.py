"""What a use case sends is carried out before the next statement and before the commit, and is refused there."""

import asyncio
from collections.abc import Sequence

import pytest

from kernel.database import Database, Insert, Tx
from kernel.models import Counter
from tests.kernel.rows import counted


def counters(*rows: tuple[str, int]) -> Sequence[Insert]:
    return [Insert(Counter, ("series", "last_given"), rows)]


async def test_what_was_sent_is_there_for_the_next_statement_and_after_the_commit(database: Database) -> None:
    async def send(tx: Tx) -> list[str]:
        await tx.send(counters(*((f"first {at}", at) for at in range(20))))
        await tx.send(counters(("second", 1)))
        found = [row["series"] for row in await tx.rows(Counter, "WHERE series = 'second' OR last_given = 19")]
        await tx.send(counters(("last", 7)))
        return sorted(found)

    assert await database.run(send) == ["first 19", "second"]
    assert await counted(database, "last") == 7


async def test_what_is_refused_of_what_was_sent_undoes_all_of_it(database: Database) -> None:
    async def send(tx: Tx) -> None:
        await tx.send(counters(("good", 1)))
        await tx.send(counters(("bad", -1)))

    with pytest.raises(Exception, match="kernel_counter_positive"):
        await database.run(send)
    assert await counted(database, "good") is None


async def test_a_use_case_that_fails_after_something_it_sent_was_refused_is_told_of_the_refusal(
    database: Database,
) -> None:
    async def send(tx: Tx) -> None:
        await tx.send(counters(("bad", -1)))
        raise LookupError

    with pytest.raises(Exception, match="kernel_counter_positive"):
        await database.run(send)


async def test_what_met_anothers_row_runs_again(database: Database) -> None:
    tries = 0

    async def send(tx: Tx) -> int:
        nonlocal tries
        tries += 1
        if tries == 1:
            await tx.send(counters(("taken", 1), ("taken", 2)))
        return tries

    assert await database.run(send) == 2


async def test_a_use_case_that_is_cancelled_leaves_nothing_of_what_it_sent(database: Database) -> None:
    async def send(tx: Tx) -> None:
        await tx.send(counters(*((f"row {at}", at) for at in range(500))))
        raise asyncio.CancelledError

    for _ in range(20):  # as many as there are connections, twice
        with pytest.raises(asyncio.CancelledError):
            await database.run(send)
    assert await counted(database, "row 0") is None
