"""An Idempotency-Key has one effect and one answer, byte for byte, however often and wherever it comes back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import orjson
import pytest

from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.errors import KeyReused, Kind, Refusal
from kernel.idempotency import Answer, IdempotencyKey, Keyed, answer_keyed, request_fingerprint
from kernel.ids import new_id
from kernel.models import KeptAnswer
from kernel.numbering import take_numbers
from migrations import APPS
from tests.kernel.rows import counted


class TooMany(Refusal):
    """What the verb of these tests refuses."""

    code = "too_many"
    message = "太多了。"


class NotANumber(Refusal):
    """What the verb of these tests calls a mistake in the request."""

    code = "not_a_number"
    kind = Kind.INVALID
    message = "不是数字。"


async def add(tx: Tx, wishes: Sequence[int]) -> list[int | Refusal]:
    """Adds each wish to one sum and answers the sum after it; refuses more than 100 at a time and less than 1."""
    return [
        TooMany() if wish > 100 else NotANumber() if wish < 1 else (await take_numbers(tx, "sum", wish))[-1]
        for wish in wishes
    ]


def encode(outcome: int | Refusal) -> Answer:
    """Every answer holds an id of its own, so that a repeated one is known from a new one."""
    if isinstance(outcome, Refusal):
        status = {Kind.MISMATCH: 422, Kind.CONFLICT: 409, Kind.INVALID: 400}[outcome.kind]
        body = {"code": outcome.code, "request_id": str(new_id())}
    else:
        status, body = 201, {"sum": outcome, "request_id": str(new_id())}
    return Answer(status=status, media_type="application/json", body=orjson.dumps(body))


def asking(wish: int, key: str | None = None, *, caller: str = "integrator 1", route: str = "add") -> Keyed[int, int]:
    if key is None:
        return Keyed(wish=wish, encode=encode)
    fingerprint = request_fingerprint(route.encode(), str(wish).encode())
    return Keyed(
        wish=wish,
        encode=encode,
        key=IdempotencyKey(caller=caller, route=route, key=key, fingerprint=fingerprint),
    )


async def answers(database: Database, *asked: Keyed[int, int], now: datetime) -> list[Answer]:
    return await database.run(lambda tx: answer_keyed(tx, add, asked, now=now))


@pytest.fixture
async def second(database: Database) -> AsyncIterator[Database]:
    """Another process's view of the same database."""
    opened = await Database.open(database.url, APPS)
    yield opened
    await opened.close()


async def test_a_replay_gets_the_first_answer_byte_for_byte_and_has_no_effect(
    database: Database, second: Database, clock: FixedClock
) -> None:
    [first] = await answers(database, asking(7, "a"), now=clock.now())
    for other in (database, second):
        assert await answers(other, asking(7, "a"), now=clock.now()) == [first]
    assert await counted(database, "sum") == 7


async def test_twins_in_one_batch_have_one_effect_and_one_answer(database: Database, clock: FixedClock) -> None:
    given = await answers(database, asking(7, "a"), asking(1), asking(7, "a"), asking(2, "b"), now=clock.now())
    assert given[0] == given[2]
    assert [orjson.loads(answer.body)["sum"] for answer in given] == [7, 8, 7, 10]
    assert await counted(database, "sum") == 10


async def test_twins_in_two_processes_at_once_have_one_effect_and_one_answer(
    database: Database, second: Database, clock: FixedClock
) -> None:
    given = await asyncio.gather(
        *(answers((database, second)[at % 2], asking(7, "a"), now=clock.now()) for at in range(50))
    )
    assert len({answer.body for [answer] in given}) == 1
    assert await counted(database, "sum") == 7


async def test_batches_that_share_several_keys_in_two_processes_end_without_a_deadlock(
    database: Database, second: Database, clock: FixedClock
) -> None:
    there = [asking(1, key) for key in "abcdef"]
    given = await asyncio.gather(
        *(
            answers((database, second)[at % 2], *(there if at % 4 < 2 else reversed(there)), now=clock.now())
            for at in range(20)
        )
    )
    assert await counted(database, "sum") == 6
    assert len({answer.body for batch in given for answer in batch}) == 6


async def test_a_key_with_another_request_is_refused(database: Database, clock: FixedClock) -> None:
    await answers(database, asking(7, "a"), now=clock.now())
    [later] = await answers(database, asking(8, "a"), now=clock.now())
    here, twin = await answers(database, asking(1, "b"), asking(2, "b"), now=clock.now())
    assert (later.status, orjson.loads(later.body)["code"]) == (422, KeyReused.code)
    assert (here.status, twin.status) == (201, 422)
    assert await counted(database, "sum") == 8


async def test_keys_of_other_callers_and_routes_are_other_keys(database: Database, clock: FixedClock) -> None:
    for one in (asking(1, "a"), asking(1, "a", caller="integrator 2"), asking(1, "a", route="add more")):
        [answer] = await answers(database, one, now=clock.now())
        assert answer.status == 201
    assert await counted(database, "sum") == 3


async def test_a_refusal_is_kept_too(database: Database, clock: FixedClock) -> None:
    [first] = await answers(database, asking(101, "a"), now=clock.now())
    assert first.status == 409
    assert await answers(database, asking(101, "a"), now=clock.now()) == [first]


async def test_a_mistake_in_a_request_is_not_kept_so_that_the_key_serves_the_corrected_one(
    database: Database, clock: FixedClock
) -> None:
    [first] = await answers(database, asking(0, "a"), now=clock.now())
    [second] = await answers(database, asking(7, "a"), now=clock.now())
    assert (first.status, second.status) == (400, 201)


async def test_a_failed_transaction_keeps_no_answer(database: Database, clock: FixedClock) -> None:
    async def answer_and_fail(tx: Tx) -> None:
        await answer_keyed(tx, add, [asking(7, "a")], now=clock.now())
        raise LookupError

    with pytest.raises(LookupError):
        await database.run(answer_and_fail)
    assert await (await database.reader()).rows(KeptAnswer) == []
    [answer] = await answers(database, asking(7, "a"), now=clock.now())
    assert orjson.loads(answer.body)["sum"] == 7


def test_a_fingerprint_tells_apart_parts_that_join_to_the_same_bytes() -> None:
    assert request_fingerprint(b"ab", b"c") != request_fingerprint(b"a", b"bc")
