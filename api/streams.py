"""Live answers: full snapshots as server-sent events, made once for all who listen to the same question.

Each event is a whole snapshot with an id, so a listener that comes back misses nothing and one that is slow skips what
is over. A named heartbeat says every few seconds until when nothing has changed.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from kernel.clock import Clock

HEARTBEAT_SECONDS = 15.0
_LOOK_SECONDS = 4.0  # names may change without any board moving, and who left is gone within five seconds
_LONGEST = timedelta(hours=1)  # then a listener comes again, and is asked again who it is
_RETRY_MS = 3_000

log = structlog.get_logger("jinpai.streams")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a question is answered as of an instant. `id` is of its content alone."""

    id: str
    as_of: datetime
    data: bytes


def snapshot(content: bytes, data: bytes, as_of: datetime) -> Snapshot:
    """A snapshot whose id follows from its content (without the instant); `data` has no line breaks."""
    return Snapshot(hashlib.sha256(content).hexdigest()[:24], as_of, data)


Make = Callable[[], Awaitable[Snapshot]]


@dataclass(eq=False)
class _Channel:
    """One question with its newest answer and how many listen."""

    make: Make
    newest: Snapshot | None = None
    until: datetime | None = None
    listeners: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    turned: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    async def refresh(self) -> None:
        """Make the answer again; a failure leaves the last one, whose time then stands still."""
        try:
            made = await self.make()
        except Exception:
            log.exception("streams.failed")
            return
        self.until = made.as_of
        if self.newest is None or made.id != self.newest.id:
            self.newest = made
            turned, self.turned = self.turned, asyncio.Event()
            turned.set()

    async def follow(self) -> None:
        """Make the answer again whenever something may have changed."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.moved.wait(), _LOOK_SECONDS)
            self.moved.clear()
            await self.refresh()


class Streams:
    """The questions of one process that somebody listens to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._channels: dict[Hashable, _Channel] = {}
        self._closed = False

    def close(self) -> None:
        """End every stream at once: the server is about to stop, and listeners come back to the next one."""
        self._closed = True
        for channel in self._channels.values():
            channel.turned.set()

    def wake(self) -> None:
        """Say that answers may have changed."""
        for channel in self._channels.values():
            channel.moved.set()

    async def listen(self, key: Hashable, make: Make, seen: str | None) -> AsyncIterator[bytes]:
        """The events of a question: its present answer unless it was `seen`, then each new one, and heartbeats."""
        channel = self._channels.setdefault(key, _Channel(make))
        channel.listeners += 1
        try:
            if channel.newest is None:
                await channel.refresh()
            if channel.task is None:
                channel.task = asyncio.create_task(channel.follow())
            ends_at = self._clock.now() + _LONGEST
            yield f"retry: {_RETRY_MS}\n\n".encode()
            while not self._closed and self._clock.now() < ends_at:
                turned, newest = channel.turned, channel.newest
                if newest is not None and newest.id != seen:
                    seen = newest.id
                    yield b"id: %s\nevent: snapshot\ndata: %s\n\n" % (newest.id.encode(), newest.data)
                    continue
                try:
                    await asyncio.wait_for(turned.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    until = channel.until.isoformat() if channel.until else ""
                    now = self._clock.now().isoformat()
                    yield f'event: heartbeat\ndata: {{"as_of": "{until}", "now": "{now}"}}\n\n'.encode()
        finally:  # nothing is awaited here: whoever leaves is cut off in the middle of it
            channel.listeners -= 1
            if channel.listeners == 0:
                self._channels.pop(key, None)
                if channel.task is not None:
                    channel.task.cancel()
