"""What one turn of the event loop writes is one call of the system, in order and to the last byte."""

import asyncio

from uvicorn import Config, Server

from api.cli.joined_writes import JoinedWritesProtocol

_HEAD = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class Wire(asyncio.Transport):
    """A connection's end that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bytes | str] = []
        self.wrote = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.told.append(bytes(data))
        self.wrote.set()

    def close(self) -> None:
        self.told.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.told


async def answered(*bodies: bytes, request: bytes = _HEAD) -> list[bytes | str]:
    """What is written where an app answers in these parts, without a pause between them."""

    async def app(scope: object, receive: object, send: asyncio.Protocol) -> None:
        length = str(sum(map(len, bodies))).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})  # type: ignore[operator]
        for at, body in enumerate(bodies, 1):
            await send({"type": "http.response.body", "body": body, "more_body": at < len(bodies)})  # type: ignore[operator]

    config = Config(app, lifespan="off", log_config=None)  # type: ignore[arg-type]
    config.load()
    wire = Wire()
    protocol = JoinedWritesProtocol(config, Server(config).server_state, {})
    protocol.connection_made(wire)
    protocol.data_received(request)
    async with asyncio.timeout(30):
        while not b"".join(part for part in wire.told if isinstance(part, bytes)).endswith(b"".join(bodies)):
            wire.wrote.clear()
            await wire.wrote.wait()
    told = list(wire.told)
    protocol.connection_lost(None)
    return told


async def test_head_and_body_are_one_write() -> None:
    [whole] = await answered(b"points")
    assert isinstance(whole, bytes)
    assert whole.startswith(b"HTTP/1.1 200 OK\r\n")
    assert whole.endswith(b"\r\n\r\npoints")


async def test_parts_keep_their_order_and_nothing_is_sent_twice() -> None:
    parts = [str(number).encode() * 9_000 for number in range(10)]
    written = b"".join(part for part in await answered(*parts) if isinstance(part, bytes))
    assert written.partition(b"\r\n\r\n")[2] == b"".join(parts)


async def test_what_is_large_is_handed_on_before_the_turn_is_over() -> None:
    told = await answered(b"a" * 70_000, b"b" * 70_000, b"c")
    assert [len(part) > 65_536 for part in told] == [True, True, False]


async def test_a_connection_is_closed_after_its_last_byte() -> None:
    told = await answered(b"points", request=_HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert told[-1] == "closed"
    assert b"".join(part for part in told if isinstance(part, bytes)).endswith(b"points")
