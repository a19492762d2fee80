"""The short way to Redis: answers come whole and in order, however they are cut; a Redis that hangs is none."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import RedisError, ResponseError

from kernel.ranking import Entry, Move, RanksUnavailable, RedisRanks
from kernel.ranking.redis_wire import Wire, _Line
from tests.redis_servers import a_redis_server

pytestmark = pytest.mark.redis

ANSWERS = st.none() | st.binary(max_size=20)


def told(answer: bytes | None) -> bytes:
    """An answer as Redis writes it."""
    return b"$-1\r\n" if answer is None else b"$%d\r\n%b\r\n" % (len(answer), answer)


class Transport(asyncio.Transport):
    """Keeps what is sent, and knows whether it was hung up."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.aborted = False

    def write(self, data: "bytes | bytearray | memoryview") -> None:
        self.sent.append(bytes(data))

    def abort(self) -> None:
        self.aborted = True


@given(st.lists(ANSWERS, max_size=6), st.lists(st.integers(1, 9), max_size=40))
def test_answers_are_whole_and_in_order_however_they_are_cut(answers: list[bytes | None], cuts: list[int]) -> None:
    async def check() -> None:
        line = _Line(patience_seconds=9)
        line.connection_made(Transport())
        asked = [line.ask(b"GET", b"%d" % at) for at in range(len(answers))]
        coming = b"".join(map(told, answers))
        for size in cuts:
            line.data_received(coming[:size])
            coming = coming[size:]
        line.data_received(coming)
        assert [each.result() for each in asked] == answers
        line.connection_lost(None)

    asyncio.run(check())


async def test_an_error_is_of_its_question_alone_and_nonsense_ends_the_connection() -> None:
    line, transport = _Line(patience_seconds=9), Transport()
    line.connection_made(transport)
    wrong, left, right = line.ask(b"A"), line.ask(b"B"), line.ask(b"C")
    left.cancel()
    line.data_received(b"-ERR no such command\r\n:7\r\n+OK\r\n")
    with pytest.raises(ResponseError, match="no such command"):
        await wrong
    assert await right == b"OK"
    assert transport.sent[0] == b"*1\r\n$1\r\nA\r\n"
    waits = line.ask(b"D")
    line.data_received(b"HTTP/1.1 400\r\n")
    assert transport.aborted
    line.connection_lost(None)
    with pytest.raises(RedisError):
        await waits


async def test_a_redis_that_hangs_is_none() -> None:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire = Wire(f"redis://127.0.0.1:{port}/0", 0.05)
    with pytest.raises(RedisError):
        await wire.ask(b"GET", b"a")
    server.close()
    await server.wait_closed()


async def test_it_signs_in_and_takes_its_database_over_a_socket_of_this_machine(tmp_path: Path) -> None:
    options = ("--requirepass", "secret", "--unixsocket", str(tmp_path / "redis.sock"))
    with a_redis_server(tmp_path, *options) as server:
        for url in (f"unix://:secret@{tmp_path / 'redis.sock'}?db=1", f"redis://:secret@127.0.0.1:{server.port}/1"):
            wire = Wire(url, 5)
            assert await asyncio.gather(wire.ask(b"SET", b"a", b"1"), wire.ask(b"GET", b"a")) == [b"OK", b"1"]
            wire.close()
        elsewhere = Wire(f"redis://:secret@127.0.0.1:{server.port}/0", 5)
        assert await elsewhere.ask(b"GET", b"a") is None
        elsewhere.close()
        refused = RedisRanks(f"redis://:wrong@127.0.0.1:{server.port}/0", "d")
        for _ in range(2):
            with pytest.raises(RanksUnavailable):
                await refused.move(Move(expected=None, mark="0", built={"a": [Entry("x", 1, "0")]}))
        await refused.close()
