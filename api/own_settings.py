"""The settings of the district as this process knows them: read every ten seconds, at once where they changed here."""

import time
from datetime import date

from kernel.clock import Clock, local_date
from kernel.database import Database
from kernel.district_settings import DistrictSettings
from kernel.settings import Settings
from stewards.district_settings import OwnSettings, read_settings

STALE_S = 10.0
"""How long another process' change may go unnoticed, in seconds."""


class KnownSettings:
    """What the district has set over what the deployment says; no request waits for it more often than `STALE_S`."""

    def __init__(self, database: Database, defaults: Settings, clock: Clock) -> None:
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self._known: OwnSettings | None = None
        self._read_at = 0.0

    async def all(self) -> OwnSettings:
        """Everything that was set, with its version."""
        if self._known is None or time.monotonic() - self._read_at > STALE_S:
            began = time.monotonic()
            self._known = await read_settings(await self._database.reader(), self._defaults)
            self._read_at = began
        return self._known

    async def now(self) -> DistrictSettings:
        """What holds today."""
        return (await self.all()).on(local_date(self._clock.now()))

    async def at_end_of(self, last: date) -> DistrictSettings:
        """What held on the last day of a period, so that its figures stay; what holds today where it is not over."""
        return (await self.all()).on(min(last, local_date(self._clock.now())))

    def forget(self) -> None:
        """Read again before the next answer: something was set."""
        self._known = None
