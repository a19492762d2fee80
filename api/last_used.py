"""When each access token was last used, to about an hour: noted in memory and written once a minute, by no request."""

import asyncio
import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from kernel.database import Database
from stewards.key_list import note_uses
from stewards.principal import Principal

_EVERY = timedelta(hours=1)
_FLUSH_S = 60.0
_MOST_REMEMBERED = 20_000

log = structlog.get_logger(__name__)


class LastUsed:
    """Remembers which tokens came, and keeps it for those that had not come for an hour."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[UUID, datetime] = {}
        self._waiting: dict[UUID, datetime] = {}

    def note(self, callers: Iterable[Principal | None], now: datetime) -> None:
        """These callers are here; who came with a token is noted. Costs no statement."""
        for caller in callers:
            if caller is None or caller.token_id is None:
                continue
            before = self._noted.get(caller.token_id)
            if before is not None and before <= now < before + _EVERY:
                continue
            if len(self._noted) >= _MOST_REMEMBERED:
                self._noted.clear()
            self._noted[caller.token_id] = self._waiting[caller.token_id] = now

    async def flush(self) -> None:
        """Write what was noted since."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        try:
            await self._database.run(lambda tx: note_uses(tx, waiting))
        except BaseException:
            self._waiting = {**waiting, **self._waiting}
            raise

    async def run_forever(self, stop: asyncio.Event) -> None:
        """Write once a minute until `stop` is set, and then once more."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _FLUSH_S)
            try:
                await self.flush()
            except Exception:
                log.exception("tokens.use_not_kept")
