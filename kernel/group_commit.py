"""Group commit: callers that wait while a commit is at the disk are committed together, with no timer.

A lone caller is written at once. Under load each commit carries everything that arrived during the one before, so
the cost of a commit is shared (Gray & Reuter, Transaction Processing, 1992, section 9.4 on group commit).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context
from typing import Any, Generic, TypeVar

import structlog

from kernel.database.faults import is_refused
from kernel.errors import Busy

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")

log = structlog.get_logger(__name__)


class GroupCommit(Generic[Wish, Outcome]):
    """Carries wishes to `write` in batches, in order of arrival within a shard, and answers after the commit.

    `write` gets up to `batch_size` wishes and answers an outcome for each; it commits before it returns. When the
    database itself refuses a batch, the batch is tried again in halves, so that one bad row harms no other.

    Batches of two shards are written at the same time, so what one locks should seldom be what the other needs. Where
    that is not known of a wish as it comes, `shards_of` tells it, for all that arrived during the question before.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Wish]], Awaitable[Sequence[Outcome]]],
        *,
        shards: int = 1,
        batch_size: int = 512,
        queue_size: int = 4096,
        shards_of: Callable[[Sequence[Wish]], Awaitable[Sequence[int]]] | None = None,
    ) -> None:
        self._write = write
        self._shards_of = shards_of if shards > 1 else None
        self._arrived: deque[tuple[Wish, asyncio.Future[Outcome]]] = deque()
        self._sorter: asyncio.Task[None] | None = None
        self._batch_size = batch_size
        self._queue_size = queue_size
        self._waiting: list[deque[tuple[Wish, asyncio.Future[Outcome]]]] = [deque() for _ in range(shards)]
        self._flushers: list[asyncio.Task[None] | None] = [None] * shards
        self._closed = False

    async def submit(self, wish: Wish, *, shard: int = 0) -> Outcome:
        """Wait until the wish is committed and answer its outcome.

        A caller that is cancelled only stops waiting: its wish stays in its batch and harms nobody.

        Raises:
            Busy: the queue is full or closing; nothing was done.

        """
        index = shard % len(self._waiting)
        waiting = self._waiting[index] if self._shards_of is None else self._arrived
        queued = len(waiting) if self._shards_of is None else len(waiting) + max(map(len, self._waiting))
        if self._closed or queued >= self._queue_size:
            raise Busy
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        waiting.append((wish, answer))
        if self._shards_of is None:
            self._see_to(index)
        elif self._sorter is None:
            self._sorter = _apart(self._sort(self._shards_of))
        return await answer

    async def close(self) -> None:
        """Refuse new wishes and wait until those that were accepted are committed."""
        self._closed = True
        if self._sorter is not None:
            await self._sorter
        await asyncio.gather(*(flusher for flusher in self._flushers if flusher is not None))

    async def _sort(self, shards_of: Callable[[Sequence[Wish]], Awaitable[Sequence[int]]]) -> None:
        try:
            while self._arrived:
                arrived = list(self._arrived)
                try:
                    shards = await shards_of([wish for wish, _ in arrived])
                except Exception as error:  # noqa: BLE001 - any shard is right, the best one merely waits less
                    log.warning("group_commit.shards_unknown", error=type(error).__name__, wishes=len(arrived))
                    shards = [0] * len(arrived)
                for shard in shards:
                    self._waiting[shard % len(self._waiting)].append(self._arrived.popleft())
                for index, waiting in enumerate(self._waiting):
                    if waiting:
                        self._see_to(index)
        finally:
            self._sorter = None

    def _see_to(self, index: int) -> None:
        if self._flushers[index] is None:
            self._flushers[index] = _apart(self._flush(index))

    async def _flush(self, index: int) -> None:
        waiting = self._waiting[index]
        try:
            while waiting:
                batch = [waiting.popleft() for _ in range(min(len(waiting), self._batch_size))]
                await self._settle(batch)
                await asyncio.sleep(0)  # who was answered may ask again, and shares the next batch
        finally:
            self._flushers[index] = None

    async def _settle(self, batch: Sequence[tuple[Wish, "asyncio.Future[Outcome]"]]) -> None:
        try:
            outcomes = await self._write([wish for wish, _ in batch])
            settled = list(zip(batch, outcomes, strict=True))
        except Exception as error:  # noqa: BLE001 - whatever it was, each caller has to hear of it
            if len(batch) > 1 and is_refused(error):
                middle = len(batch) // 2
                await self._settle(batch[:middle])
                await self._settle(batch[middle:])
                return
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), outcome in settled:
            if not answer.done():
                answer.set_result(outcome)


def _apart(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """A task in a context of its own: a batch belongs to nobody's request, whoever's arrival started it."""
    return asyncio.get_running_loop().create_task(work, context=Context())
