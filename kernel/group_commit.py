"""Group commit: callers that wait while a commit is at the disk are committed together, with no timer.

A lone caller is written at once. Under load each commit carries everything that arrived during the one before, so
the cost of a commit is shared (Gray & Reuter, Transaction Processing, 1992, section 9.4 on group commit).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context
from typing import Any, Generic, NamedTuple, TypeVar, cast

import structlog

from kernel.database.faults import is_refused
from kernel.errors import Busy

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")

log = structlog.get_logger(__name__)


class _Waiting(NamedTuple, Generic[Wish, Outcome]):
    """A wish, the number of its shard and who waits for the outcome."""

    wish: Wish
    shard: int
    answer: "asyncio.Future[Outcome]"


class GroupCommit(Generic[Wish, Outcome]):
    """Carries wishes to `write` in batches, in order of arrival within a shard, and answers after the commit.

    `write` gets up to `batch_size` wishes and answers an outcome for each; it commits before it returns. When the
    database itself refuses a batch, the batch is tried again in halves, so that one bad row harms no other.

    Up to `at_once` batches are written at the same time, and never two with wishes of one shard: what one batch locks
    the other should not need. A shard is any number, such as that of whose points move. Where it is not known of a wish
    as it comes, `shards_of` tells it, for all that arrived during the question before.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Wish]], Awaitable[Sequence[Outcome]]],
        *,
        at_once: int = 1,
        batch_size: int = 512,
        queue_size: int = 4096,
        shards_of: Callable[[Sequence[Wish]], Awaitable[Sequence[int]]] | None = None,
    ) -> None:
        self._write = write
        self._at_once = at_once
        self._shards_of = shards_of if at_once > 1 else None
        self._batch_size = batch_size
        self._queue_size = queue_size
        self._arrived: deque[_Waiting[Wish, Outcome]] = deque()  # their shards are not known yet
        self._waiting: deque[_Waiting[Wish, Outcome]] = deque()
        self._sorter: asyncio.Task[None] | None = None
        self._came = self._placed = 0  # how many came whose shard had to be asked for, and of how many it is known
        self._round_over = asyncio.Event()
        self._flushers: set[asyncio.Task[None]] = set()
        self._under_way: dict[int, int] = {}  # how many wishes of each shard are being written
        self._closed = False

    async def submit(self, wish: Wish, *, shard: int = 0) -> Outcome:
        """Wait until the wish is committed and answer its outcome.

        A caller that is cancelled only stops waiting: its wish stays in its batch and harms nobody.

        Raises:
            Busy: the queue is full or closing; nothing was done.

        """
        if self._closed or len(self._waiting) + len(self._arrived) >= self._queue_size:
            raise Busy
        waiting = _Waiting[Wish, Outcome](wish, shard, asyncio.get_running_loop().create_future())
        if self._shards_of is None:
            self._waiting.append(waiting)
            self._see_to_them()
        else:
            self._arrived.append(waiting)
            self._came += 1
            if self._sorter is None:
                self._sorter = _apart(self._sort(self._shards_of))
        return await waiting.answer

    async def close(self) -> None:
        """Refuse new wishes and wait until those that were accepted are committed."""
        self._closed = True
        if self._sorter is not None:
            await self._sorter
        while self._flushers:
            await asyncio.wait(self._flushers)

    async def _sort(self, shards_of: Callable[[Sequence[Wish]], Awaitable[Sequence[int]]]) -> None:
        try:
            while self._arrived:
                arrived = list(self._arrived)
                try:
                    shards = await shards_of([waiting.wish for waiting in arrived])
                except Exception as error:  # noqa: BLE001 - any shard is right, the best one merely waits less
                    log.warning("group_commit.shards_unknown", error=type(error).__name__, wishes=len(arrived))
                    shards = [0] * len(arrived)
                for shard in shards:
                    self._waiting.append(self._arrived.popleft()._replace(shard=shard))
                self._placed += len(arrived)
                self._round_over.set()
                self._round_over = asyncio.Event()
                self._see_to_them()
        finally:
            self._sorter = None

    def _see_to_them(self) -> None:
        if self._waiting and len(self._flushers) < self._at_once:
            self._flushers.add(_apart(self._flush()))

    async def _flush(self) -> None:
        try:
            while batch := self._taken():
                self._see_to_them()  # what is left may not have to wait for this
                try:
                    await self._settle(batch)
                finally:
                    for waiting in batch:
                        self._under_way.pop(waiting.shard, None)
                await asyncio.sleep(0)  # who was answered may ask again, and shares the next batch
                came = self._came
                while self._placed < came:
                    await self._round_over.wait()
        finally:
            # Here and not when the task is done: whoever comes in between would find nobody to see to him.
            self._flushers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _taken(self) -> list[_Waiting[Wish, Outcome]]:
        """The next batch: a fair share of all that wait or are being written, of shards that no other batch has."""
        share = -(-(len(self._waiting) + sum(self._under_way.values())) // self._at_once)
        mine: dict[int, int] = {}
        batch: list[_Waiting[Wish, Outcome]] = []
        left: deque[_Waiting[Wish, Outcome]] = deque()
        for waiting in self._waiting:
            shard = waiting.shard
            # More of a shard that is taken anyway: elsewhere they would wait for this batch.
            wanted = shard in mine or (shard not in self._under_way and len(batch) < share)
            if wanted and len(batch) < self._batch_size:
                mine[shard] = mine.get(shard, 0) + 1
                batch.append(waiting)
            else:
                left.append(waiting)
        self._waiting = left
        self._under_way |= mine
        return batch

    async def _settle(self, batch: Sequence[_Waiting[Wish, Outcome]]) -> None:
        try:
            outcomes = await self._write([waiting.wish for waiting in batch])
            settled = list(zip(batch, outcomes, strict=True))
        except Exception as error:  # noqa: BLE001 - whatever it was, each caller has to hear of it
            if len(batch) > 1 and is_refused(error):
                middle = len(batch) // 2
                await self._settle(batch[:middle])
                await self._settle(batch[middle:])
                return
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(error)
            return
        for waiting, outcome in settled:
            if not waiting.answer.done():
                waiting.answer.set_result(outcome)


def _apart(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """A task in a context of its own: a batch belongs to nobody's request, whoever's arrival started it."""
    return asyncio.get_running_loop().create_task(work, context=Context())
