"""A lean HTTP/1.1 client: a kept-alive connection for each request in flight, and no more of HTTP than is needed."""

import asyncio
from typing import Self, cast


class Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect to a server of this machine."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    @property
    def is_open(self) -> bool:
        """Whether the server still holds it: it closes connections that were idle for some seconds."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none of asyncio's

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits hears of it."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Put an answer together by its Content-Length."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or self._answer is None:
            return
        at = head.lower().index(b"content-length:") + 15
        end = head.find(b"\r\n", at)
        if len(body) >= int(head[at : end if end >= 0 else len(head)]):
            self._buffer = b""
            self._answer.set_result((int(head[9:12]), body))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a whole request; answers status and body."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Connections:
    """Connections to one server that are free: as many as requests are in flight."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Connection] = []

    async def ask(self, request: bytes) -> bytes:
        """The body that a request is answered with.

        Raises:
            RuntimeError: the answer is another than 200.

        """
        while self._free and not self._free[-1].is_open:
            self._free.pop()
        connection = self._free.pop() if self._free else await Connection.open(self._port)
        status, answer = await connection.ask(request)
        self._free.append(connection)
        if status != 200:
            raise RuntimeError(f"{status}: {answer.decode()[:500]}")
        return answer

    def close(self) -> None:
        """Hang up everywhere."""
        for connection in self._free:
            connection.close()


def a_post(path: str, token: str, key: str, body: bytes) -> bytes:
    """A request as an integrating machine sends it."""
    return (
        b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\nIdempotency-Key: %b\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
        % (path.encode(), token.encode(), key.encode(), len(body), body)
    )


def a_get(path: str, token: str) -> bytes:
    """A question as a machine asks it."""
    return b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\n\r\n" % (path.encode(), token.encode())
