"""Outbox rows whose effect is outside of the database, such as a message: sent without a transaction being held.

A row is claimed in a transaction of its own, handed over, and marked in another. A process that dies in between leaves
it to come back, so that it may be sent twice, never lost. What fails comes back after a pause that doubles, until it is
given up (`GaveUp`).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog

from kernel.clock import Clock
from kernel.database import Database, Row, Tx
from kernel.models import OutboxRow
from kernel.outbox import SKIP_LOCKED, Payload

Handover = Callable[[Payload, datetime], Awaitable[None]]

_CLAIMED = timedelta(seconds=60)  # longer than any handover takes
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
_POLL_SECONDS = 1.0
_MOST_AT_ONCE = 20

log = structlog.get_logger(__name__)


class GaveUp(Exception):  # noqa: N818 - a state, like the refusals
    """Handing a row over again would be of no use."""


class OutsideDispatcher:
    """Hands rows of its topics over, several at once. Several processes may run one each."""

    def __init__(self, database: Database, handovers: Mapping[str, Handover], clock: Clock) -> None:
        self._database = database
        self._handovers = handovers
        self._clock = clock

    async def deliver_due(self) -> int:
        """Hand over what is due, up to 20; answers how many rows there were, whatever became of them."""
        now = self._clock.now()
        if not self._handovers:
            return 0
        reader = await self._database.reader()
        where = (
            f"WHERE handled_at IS NULL AND {reader.one_of('topic', 1)} AND next_attempt_at <= $2 "
            f"ORDER BY next_attempt_at, id LIMIT {_MOST_AT_ONCE}"
        )
        topics = sorted(self._handovers)
        if not await reader.rows(OutboxRow, where, topics, now):
            return 0  # without a transaction: on SQLite it would wait for another process's

        async def claim(tx: Tx) -> list[Row]:
            rows = await tx.rows(OutboxRow, where + SKIP_LOCKED[tx.dialect], topics, now)
            await tx.update(OutboxRow, [{"id": row["id"], "next_attempt_at": now + _CLAIMED} for row in rows])
            return rows

        rows = await self._database.run(claim)
        await asyncio.gather(*(self._hand_over(row) for row in rows))
        return len(rows)

    async def run_forever(self, stop: asyncio.Event) -> None:
        """Hand over until `stop` is set, looking every second."""
        while not stop.is_set():
            try:
                delivered = await self.deliver_due()
            except Exception:
                log.exception("outside.failed")
                delivered = 0
            if not delivered:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _POLL_SECONDS)

    async def _hand_over(self, row: Row) -> None:
        changes: dict[str, Any] = {"handled_at": self._clock.now(), "last_error": None}
        try:
            await self._handovers[row["topic"]](orjson.loads(row["payload"]), self._clock.now())
        except GaveUp:
            changes["last_error"] = GaveUp.__name__
        except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again
            attempts = row["attempts"] + 1
            pause = min(_FIRST_PAUSE * 2 ** min(attempts - 1, 20), _LONGEST_PAUSE)
            changes = {
                "attempts": attempts,
                "next_attempt_at": self._clock.now() + pause,
                "last_error": type(error).__name__[:200],
            }
            log.warning("outside.row_failed", outbox_id=str(row["id"]), error=type(error).__name__)
        await self._database.run(lambda tx: self._mark(tx, row["id"], changes))

    async def _mark(self, tx: Tx, row_id: UUID, changes: Mapping[str, Any]) -> None:
        await tx.update(OutboxRow, [{"id": row_id, **changes}])
