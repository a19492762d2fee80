"""When each session was last here, to about an hour, so that most requests write nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from kernel.database import Database
from stewards.own_sessions import seen

_SEEN_EVERY = timedelta(hours=1)
_MOST_REMEMBERED = 20_000


class LastSeen:
    """Notes once an hour that a session was here, so that most requests write nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[UUID, datetime] = {}

    async def note(self, session_id: UUID, now: datetime) -> None:
        """This session is here."""
        before = self._noted.get(session_id)
        if before is not None and before <= now < before + _SEEN_EVERY:
            return
        if len(self._noted) >= _MOST_REMEMBERED:
            self._noted.clear()
        self._noted[session_id] = now
        await self._database.run(lambda tx: seen(tx, session_id, now=now))
