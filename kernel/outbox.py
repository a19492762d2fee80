"""Outbox: what happened is written with its effect and handed to its consumer at least once, never lost.

A handler runs in the transaction that marks the row handled, so effects inside the database happen once; effects
outside it may repeat. Ids do not follow commit order, so a consumer re-reads the truth and never asks 'id > last'.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from kernel.clock import Clock
from kernel.database import Database, Insert, Row, Tx
from kernel.ids import new_id
from kernel.models import OutboxRow

Payload = Mapping[str, Any]
Handler = Callable[[Tx, Payload, datetime], Awaitable[None]]

_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(hours=1)
_POLL_SECONDS = 1.0
_BREATH_SECONDS = 0.2
_MOST_AT_ONCE = 200  # rows in a transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InBatches:
    """A handler that takes all waiting payloads of its topic at once, for topics that come by the thousand."""

    handle: Callable[[Tx, Sequence[Payload], datetime], Awaitable[None]]


_COLUMNS = ("id", "topic", "payload", "created_at", "attempts", "next_attempt_at")


def outbox_rows(told: Iterable[tuple[str, Payload]], *, now: datetime) -> Insert:
    """Rows of topics with payloads, to be written together with other rows of their transaction (see emit)."""
    rows = [
        (new_id(), topic, orjson.dumps(payload, default=str, option=orjson.OPT_SORT_KEYS).decode(), now, 0, now)
        for topic, payload in told
    ]
    return Insert(OutboxRow, _COLUMNS, rows)


async def emit(tx: Tx, topic: str, payloads: Sequence[Payload], *, now: datetime) -> None:
    """Write rows to be delivered once this transaction is committed. Payloads hold ids and codes, no personal data."""
    await tx.write([outbox_rows(((topic, payload) for payload in payloads), now=now)])


class Dispatcher:
    """Hands outbox rows to the handlers of their topics. Several processes may run one each."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler | InBatches], clock: Clock) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._woken = asyncio.Event()

    async def deliver_due(self, limit: int = _MOST_AT_ONCE) -> int:
        """Deliver up to `limit` rows that are due; answers how many were handled.

        The rows are handled in one transaction. When that fails they are tried one by one, so that a failing row
        harms no other; it comes back after a pause that doubles up to an hour.
        """
        now = self._clock.now()
        reader = await self._database.reader()
        if not await reader.rows(OutboxRow, *self._due(reader.one_of("topic", 1), now, 1)):
            return 0  # without a transaction: on SQLite it would wait for another process's, and readers for it

        async def together(tx: Tx) -> int:
            rows = await self._take(tx, now, limit)
            await self._handle(tx, rows, now)
            return len(rows)

        try:
            return await self._database.run(together)
        except Exception as error:  # noqa: BLE001 - which row it was is found below
            log.warning("outbox.batch_failed", error=type(error).__name__)
        waiting = await reader.rows(OutboxRow, *self._due(reader.one_of("topic", 1), now, limit))
        return sum([await self._deliver_one(row["id"], now) for row in waiting])

    async def run_forever(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set: at once when woken, else every second.

        What is told within a fifth of a second after a delivery is delivered together, unless many wait already: under
        load each delivery costs more than what it delivers.
        """
        while not stop.is_set():
            self._woken.clear()
            try:
                delivered = await self.deliver_due()
            except Exception:
                log.exception("outbox.failed")
                delivered = 0
            if delivered:
                if delivered < _MOST_AT_ONCE:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), _BREATH_SECONDS)
                continue
            waits = [asyncio.ensure_future(event.wait()) for event in (stop, self._woken)]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait(waits, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()

    def wake(self) -> None:
        """Say that something was just emitted in this process."""
        self._woken.set()

    def _due(self, of_topics: str, now: datetime, limit: int) -> tuple[Any, ...]:
        where = (
            f"WHERE handled_at IS NULL AND {of_topics} AND next_attempt_at <= $2 "
            f"ORDER BY next_attempt_at, id LIMIT {int(limit)}"
        )
        return where, list(self._handlers), now

    async def _take(self, tx: Tx, now: datetime, limit: int) -> list[Row]:
        # Topics of a newer version, which this process does not know, wait for a process that does.
        where, *args = self._due(tx.one_of("topic", 1), now, limit)
        return await tx.rows(OutboxRow, where + SKIP_LOCKED[tx.dialect], *args)

    async def _handle(self, tx: Tx, rows: Sequence[Row], now: datetime) -> None:
        by_topic: defaultdict[str, list[Payload]] = defaultdict(list)
        for row in rows:
            by_topic[row["topic"]].append(orjson.loads(row["payload"]))
        for topic, payloads in by_topic.items():
            handler = self._handlers[topic]
            if isinstance(handler, InBatches):
                await handler.handle(tx, payloads, now)
            else:
                for payload in payloads:
                    await handler(tx, payload, now)
        await tx.update(OutboxRow, [{"id": row["id"], "handled_at": now, "last_error": None} for row in rows])

    async def _deliver_one(self, row_id: Any, now: datetime) -> int:
        async def alone(tx: Tx) -> int:
            rows = await tx.rows(OutboxRow, f"WHERE id = $1 AND handled_at IS NULL{SKIP_LOCKED[tx.dialect]}", row_id)
            await self._handle(tx, rows, now)
            return len(rows)

        try:
            return await self._database.run(alone)
        except Exception as error:
            log.exception("outbox.row_failed", outbox_id=str(row_id))
            name = type(error).__name__

        async def postpone(tx: Tx) -> None:
            row = (await tx.lock(OutboxRow, [row_id])).get(row_id)
            if row is None or row["handled_at"] is not None:
                return
            attempts = row["attempts"] + 1
            pause = min(_FIRST_PAUSE * 2 ** min(attempts - 1, 20), _LONGEST_PAUSE)
            await tx.update(
                OutboxRow,
                [{"id": row_id, "attempts": attempts, "next_attempt_at": now + pause, "last_error": name[:200]}],
            )

        await self._database.run(postpone)
        return 0


SKIP_LOCKED = {"postgres": " FOR UPDATE SKIP LOCKED", "sqlite": ""}  # SQLite has one writer at a time
