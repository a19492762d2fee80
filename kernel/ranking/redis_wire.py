"""The short way to Redis for the questions of ranks: one connection, on which all callers' commands follow each other.

Nobody waits for a connection to be free, and an answer is read as it comes in, so that a question costs little more
than its round trip. Only what scripts and GET answer is understood: one text, one number, nothing, or an error.
"""

import asyncio
from collections import deque
from typing import cast

from redis.asyncio.connection import ConnectionPool, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import NoScriptError, ResponseError

_NOTHING, _TEXT, _LINE, _NUMBER, _ERROR = -1, ord("$"), ord("+"), ord(":"), ord("-")


def _answer(come: bytes, at: int) -> tuple[bytes | ResponseError | None, int] | None:
    """The answer that begins at a place of what has come, and where the next begins; None while it is not whole.

    Raises:
        ValueError: no such answer is understood.

    """
    end = come.find(b"\r\n", at)
    if end < 0:
        return None
    kind, said = come[at], come[at + 1 : end]
    if kind == _TEXT:
        size = int(said)
        if size == _NOTHING:
            return None, end + 2
        first, end = end + 2, end + 2 + size
        return (come[first:end], end + 2) if len(come) >= end + 2 else None
    if kind == _ERROR:
        text = said.decode(errors="replace")
        return (NoScriptError if text.startswith("NOSCRIPT") else ResponseError)(text), end + 2
    if kind not in {_LINE, _NUMBER}:
        raise ValueError(kind)
    return said, end + 2


class _Line(asyncio.Protocol):
    """A connection whose answers come in the order of its questions (RESP2)."""

    def __init__(self, patience_seconds: float) -> None:
        self.open = True
        self._patience = patience_seconds
        self._waiting: deque[asyncio.Future[bytes | None]] = deque()
        self._come = b""
        self._watch: asyncio.TimerHandle | None = None
        self._watched: asyncio.Future[bytes | None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits hears of it."""
        self.open = False
        if self._watch is not None:
            self._watch.cancel()
        while self._waiting:
            waits = self._waiting.popleft()
            if not waits.done():
                waits.set_exception(RedisGone("Redis closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Give each whole answer to who waits for it."""
        come = self._come + data if self._come else data
        at = 0
        try:
            while (found := _answer(come, at)) is not None:
                answer, at = found
                waits = self._waiting.popleft()
                if waits.done():  # who asked has left
                    continue
                if isinstance(answer, ResponseError):
                    waits.set_exception(answer)
                else:
                    waits.set_result(answer)
        except (ValueError, IndexError):  # this is not Redis, or answers what nobody asked
            self.hang_up()
        self._come = come[at:]

    def ask(self, *parts: bytes) -> "asyncio.Future[bytes | None]":
        """Send a command; what it answers comes later."""
        loop = asyncio.get_running_loop()
        waits: asyncio.Future[bytes | None] = loop.create_future()
        self._waiting.append(waits)
        told = b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts])
        self._transport.write(b"*%d\r\n%b" % (len(parts), told))
        if self._watch is None:
            self._watched = waits
            self._watch = loop.call_later(self._patience, self._look)
        return waits

    def _look(self) -> None:
        """Hang up where the same question still waits as last time: a Redis that hangs is none."""
        self._watch = None
        if self._waiting and self._waiting[0] is self._watched:
            self.hang_up()
        elif self._waiting:
            self._watched = self._waiting[0]
            self._watch = asyncio.get_running_loop().call_later(self._patience, self._look)

    def hang_up(self) -> None:
        """Close at once."""
        self.open = False
        self._transport.abort()


class Wire:
    """The one connection to a Redis, made on the first question and again after it was lost."""

    def __init__(self, url: str, patience_seconds: float) -> None:
        # redis-py reads the address: host or socket, database, user, and how TLS is checked.
        self._told = ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call]
        self._patience = patience_seconds
        self._line: _Line | None = None
        self._connecting = asyncio.Lock()

    async def ask(self, *parts: bytes) -> bytes | None:
        """What Redis answers to a command.

        Raises:
            RedisError: it refuses, or hung up in the middle.
            OSError: it cannot be reached, or not in time.

        """
        line = self._line
        if line is None or not line.open:
            async with self._connecting:
                line = self._line
                if line is None or not line.open:
                    line = self._line = await self._connected()
        return await line.ask(*parts)

    async def _connected(self) -> _Line:
        told, loop = self._told, asyncio.get_running_loop()
        async with asyncio.timeout(self._patience):  # TimeoutError is an OSError
            if isinstance(told, UnixDomainSocketConnection):
                _, line = await loop.create_unix_connection(lambda: _Line(self._patience), told.path)
            else:
                context = told.ssl_context.get() if isinstance(told, SSLConnection) else None
                _, line = await loop.create_connection(lambda: _Line(self._patience), told.host, told.port, ssl=context)
            try:
                if told.password:
                    who = [told.username] if told.username else []
                    await line.ask(b"AUTH", *(part.encode() for part in [*who, told.password]))
                if told.db:
                    await line.ask(b"SELECT", str(told.db).encode())
            except BaseException:
                line.hang_up()
                raise
        return line

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.hang_up()
            self._line = None
