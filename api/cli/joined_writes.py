"""Answers are sent by one write: uvicorn writes head and body apart, and each write is a call of the system.

Two calls took a fifth of the processor time of a short answer; its own code offers no way to join them.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HELD = 65_536  # bytes; beyond that the transport is asked, which says when writing has to pause


class JoinedWrites:
    """A transport that sends what one turn of the event loop writes at once, and is what it stands for otherwise."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._call_soon = asyncio.get_running_loop().call_soon
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send this after what was written before."""
        if not self._held:
            self._call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > _MOST_HELD:
            self._flush()

    def is_closing(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._held:
            held, self._held, self._size = self._held, [], 0
            self._transport.write(b"".join(held))


class JoinedWritesProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, over such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection was accepted."""
        super().connection_made(JoinedWrites(transport))  # type: ignore[arg-type]
