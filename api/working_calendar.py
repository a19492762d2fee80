"""The district's working calendar, as pages, the API and commands set it: last days of open appeals follow."""

from collections.abc import Sequence
from datetime import datetime

from evaluation.appeals import redate_appeals
from evaluation.scheme_versions import NoSchemeInForce
from kernel.audit import Actor
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.public_holidays import HolidayYear, take_in_holidays
from kernel.working_days import DayWish, save_days


async def set_days(tx: Tx, wishes: Sequence[DayWish], *, by: Actor, now: datetime) -> None:
    """Set days of the calendar.

    Raises:
        DayUnfit, unfit names: nothing is set then.

    """
    for outcome in await save_days(tx, wishes, by=by, now=now):
        if isinstance(outcome, Refusal):
            raise outcome
    await _follow(tx, now)


async def set_holidays(tx: Tx, years: Sequence[HolidayYear], *, by: Actor, now: datetime) -> int:
    """Add the published days of some years that the calendar does not have; answers how many."""
    added = await take_in_holidays(tx, years, by=by, now=now)
    if added:
        await _follow(tx, now)
    return added


async def _follow(tx: Tx, now: datetime) -> None:
    try:
        await redate_appeals(tx, now=now)
    except NoSchemeInForce:
        return  # no scheme, no appeals
