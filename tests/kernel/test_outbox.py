"""The outbox delivers at least once, after the commit, and one failing row harms no other."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.models import OutboxRow
from kernel.numbering import take_numbers
from kernel.outbox import Dispatcher, InBatches, emit
from migrations import APPS
from tests.kernel.rows import counted


async def emitted(database: Database, clock: FixedClock, *numbers: int, topic: str = "number.said") -> None:
    await database.run(lambda tx: emit(tx, topic, [{"number": number} for number in numbers], now=clock.now()))


async def waiting(database: Database) -> list[tuple[int, str | None]]:
    rows = await (await database.reader()).rows(OutboxRow, "WHERE handled_at IS NULL ORDER BY id")
    return [(row["attempts"], row["last_error"]) for row in rows]


async def add_up(tx: Tx, payload: Mapping[str, Any], now: datetime) -> None:
    """A handler with an effect in the database."""
    await take_numbers(tx, "heard", payload["number"])


async def refuse_thirteen(tx: Tx, payload: Mapping[str, Any], now: datetime) -> None:
    """A handler that has its effect and then fails for one payload."""
    await add_up(tx, payload, now)
    if payload["number"] == 13:
        raise LookupError("thirteen")


async def test_what_was_emitted_is_delivered_once_when_all_goes_well(database: Database, clock: FixedClock) -> None:
    await emitted(database, clock, 1, 2, 3)
    dispatcher = Dispatcher(database, {"number.said": add_up}, clock)
    assert await dispatcher.deliver_due() == 3
    assert await dispatcher.deliver_due() == 0
    assert await counted(database, "heard") == 6


async def test_an_empty_outbox_waits_for_no_writer_of_another_process(database: Database, clock: FixedClock) -> None:
    other = await Database.open(database.url, APPS)
    written, looked = asyncio.Event(), asyncio.Event()

    async def import_for_long(tx: Tx) -> None:
        await take_numbers(tx, "rows", 1)
        written.set()
        await looked.wait()

    importing = asyncio.ensure_future(other.run(import_for_long))
    await written.wait()
    try:
        async with asyncio.timeout(5):
            assert await Dispatcher(database, {"number.said": add_up}, clock).deliver_due() == 0
    finally:
        looked.set()
        await importing
        await other.close()


async def test_nothing_is_delivered_of_a_transaction_that_was_undone(database: Database, clock: FixedClock) -> None:
    async def emit_and_fail(tx: Tx) -> None:
        await emit(tx, "number.said", [{"number": 1}], now=clock.now())
        raise LookupError

    with pytest.raises(LookupError):
        await database.run(emit_and_fail)
    assert await Dispatcher(database, {"number.said": add_up}, clock).deliver_due() == 0


async def test_a_failing_row_harms_no_other_and_comes_back_after_a_growing_pause(
    database: Database, clock: FixedClock
) -> None:
    await emitted(database, clock, 1, 13, 2)
    dispatcher = Dispatcher(database, {"number.said": refuse_thirteen}, clock)
    assert await dispatcher.deliver_due() == 2
    assert await counted(database, "heard") == 3, "the failing handler's own effect was undone"
    assert await waiting(database) == [(1, "LookupError")]
    assert await dispatcher.deliver_due() == 0
    for attempts, pause in enumerate((2, 4, 8, 16), start=2):
        clock.at += timedelta(seconds=pause - 1)
        assert await dispatcher.deliver_due() == 0
        assert (await waiting(database))[0][0] == attempts - 1, "not yet due"
        clock.at += timedelta(seconds=1)
        await dispatcher.deliver_due()
        assert (await waiting(database))[0][0] == attempts


async def test_a_row_that_failed_is_delivered_once_its_handler_recovers(database: Database, clock: FixedClock) -> None:
    await emitted(database, clock, 13)
    await Dispatcher(database, {"number.said": refuse_thirteen}, clock).deliver_due()
    clock.at += timedelta(minutes=1)
    assert await Dispatcher(database, {"number.said": add_up}, clock).deliver_due() == 1
    assert await counted(database, "heard") == 13
    assert await waiting(database) == []


async def test_two_dispatchers_at_once_share_the_rows(database: Database, clock: FixedClock) -> None:
    await emitted(database, clock, *[1] * 120)
    other = await Database.open(database.url, APPS)
    pair = [Dispatcher(where, {"number.said": add_up}, clock) for where in (database, other)]
    while sum(await asyncio.gather(*(dispatcher.deliver_due(limit=10) for dispatcher in pair))):
        pass
    assert await counted(database, "heard") == 120
    assert await waiting(database) == []
    await other.close()


async def test_a_topic_that_this_version_does_not_know_waits_for_one_that_does(
    database: Database, clock: FixedClock
) -> None:
    await emitted(database, clock, 1, topic="number.sung")
    assert await Dispatcher(database, {"number.said": add_up}, clock).deliver_due() == 0
    assert await waiting(database) == [(0, None)]
    assert await Dispatcher(database, {"number.sung": add_up}, clock).deliver_due() == 1


async def test_a_handler_may_take_its_payloads_together(database: Database, clock: FixedClock) -> None:
    sizes: list[int] = []

    async def add_all(tx: Tx, payloads: Sequence[Mapping[str, Any]], now: datetime) -> None:
        sizes.append(len(payloads))
        await take_numbers(tx, "heard", sum(payload["number"] for payload in payloads))

    await emitted(database, clock, 1, 2, 3)
    assert await Dispatcher(database, {"number.said": InBatches(add_all)}, clock).deliver_due() == 3
    assert sizes == [3]
    assert await counted(database, "heard") == 6


async def test_a_running_dispatcher_delivers_when_woken_and_ends_when_told(
    database: Database, clock: FixedClock
) -> None:
    heard, stop = asyncio.Event(), asyncio.Event()

    async def hear(tx: Tx, payload: Mapping[str, Any], now: datetime) -> None:
        heard.set()

    dispatcher = Dispatcher(database, {"number.said": hear}, clock)
    running = asyncio.ensure_future(dispatcher.run_forever(stop))
    await asyncio.sleep(0.1)  # it has looked and waits now
    await emitted(database, clock, 1)
    dispatcher.wake()
    await asyncio.wait_for(heard.wait(), 0.9)
    stop.set()
    await asyncio.wait_for(running, 1)
