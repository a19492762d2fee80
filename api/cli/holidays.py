"""`jinpai holidays`: published holidays into the district's working calendar."""

from pathlib import Path

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, both, give, give_json
from api.working_calendar import set_holidays
from kernel.audit import SYSTEM
from kernel.clock import SystemClock
from kernel.public_holidays import HolidaysRefused, HolidayYear, read_holidays, shipped_holidays
from kernel.settings import Settings


async def load(settings: Settings, path: Path | None, *, year: int | None, as_json: bool) -> None:
    """Take in the years of a file, else those that are shipped.

    Raises:
        CommandFailed: the file is wrong, or has nothing of the year.

    """
    known = _years(path)
    years = [one for one in known if year in (None, one.year)]
    if not years:
        listed = ", ".join(str(one.year) for one in known)
        raise CommandFailed(f"--year: nothing of {year}; there is {listed}", Exit.USAGE)
    now = SystemClock().now()
    async with opened(settings) as database:
        added = await database.run(lambda tx: set_holidays(tx, years, by=SYSTEM, now=now))
    if as_json:
        give_json({"years": [one.year for one in years], "added": added})
        return
    for one in years:
        give(f"{one.year}: {one.notice} ({one.published_on})")
    give(f"{added} days added; what the calendar had stays as it was")


def _years(path: Path | None) -> list[HolidayYear]:
    if path is None:
        return shipped_holidays()
    try:
        return read_holidays(path.read_bytes())
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}", Exit.USAGE) from error
    except HolidaysRefused as refused:
        raise CommandFailed(f"{path}: {both(refused.text)}") from refused
