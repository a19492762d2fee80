"""Group commit: callers that wait while a commit is at the disk are committed together, with no timer.

A lone caller is written at once. Under load each commit carries everything that arrived during the one before, so
the cost of a commit is shared (Gray & Reuter, Transaction Processing, 1992, section 9.4 on group commit).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from kernel.database.faults import is_refused
from kernel.errors import Busy

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")


class GroupCommit(Generic[Wish, Outcome]):
    """Carries wishes to `write` in batches, in order of arrival within a shard, and answers after the commit.

    `write` gets up to `batch_size` wishes and answers an outcome for each; it commits before it returns. When the
    database itself refuses a batch, the batch is tried again in halves, so that one bad row harms no other.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Wish]], Awaitable[Sequence[Outcome]]],
        *,
        shards: int = 1,
        batch_size: int = 512,
        queue_size: int = 4096,
    ) -> None:
        self._write = write
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
        waiting = self._waiting[shard % len(self._waiting)]
        if self._closed or len(waiting) >= self._queue_size:
            raise Busy
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        waiting.append((wish, answer))
        index = shard % len(self._waiting)
        if self._flushers[index] is None:
            # In a context of its own: the batch belongs to nobody's request, whoever's arrival started it.
            self._flushers[index] = asyncio.get_running_loop().create_task(self._flush(index), context=Context())
        return await answer

    async def close(self) -> None:
        """Refuse new wishes and wait until those that were accepted are committed."""
        self._closed = True
        await asyncio.gather(*(flusher for flusher in self._flushers if flusher is not None))

    async def _flush(self, index: int) -> None:
        waiting = self._waiting[index]
        try:
            while waiting:
                batch = [waiting.popleft() for _ in range(min(len(waiting), self._batch_size))]
                await self._settle(batch)
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
