"""What the clock does about scarce items, every minute: draws that are due, offers to those who wait, seats that come
back. Each draw and each shelf is a transaction of its own, so that a long one holds nobody up.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from kernel.database import Tx
from kernel.jobs import Job, JobRun
from rewards.appointment_steps import end_appointments
from rewards.draw_settling import Settlement, settle_draws
from rewards.pick_up_codes import PickUpCodes
from rewards.waiting import offer_units

_AT_ONCE = 200


def scarce_jobs(codes: PickUpCodes) -> list[Job]:
    """The jobs of this package's clock."""

    async def run(of: JobRun) -> None:
        await _settle_due(of, codes)
        await _offer(of)
        await _give_seats_back(of)

    return [Job(name="scarce-items", every=timedelta(minutes=1), run=run)]


async def _settle_due(of: JobRun, codes: PickUpCodes) -> None:
    due = await _ids(of, "SELECT id FROM rewards_draw WHERE state = 'announced' AND closes_at <= $1 ORDER BY closes_at")
    for draw_id in due:
        wish = [Settlement(draw_id=draw_id)]
        settle: Callable[[Tx], Awaitable[object]] = partial(settle_draws, wishes=wish, now=of.now(), codes=codes)
        await of.database.run(settle)


async def _offer(of: JobRun) -> None:
    """Only shelves where somebody waits and something stands, or an offer has run out."""
    shelves = await _ids(
        of,
        """
        SELECT DISTINCT stock.id FROM rewards_waiting_entry entry JOIN rewards_stock stock ON stock.id = entry.stock_id
        WHERE (entry.state = 'waiting' AND stock.available > 0)
           OR (entry.state = 'offered' AND entry.offered_until <= $1)
        ORDER BY stock.id
        """,
    )
    for stock_id in shelves:
        await of.database.run(partial(offer_units, stock_ids=[stock_id], now=of.now()))


async def _give_seats_back(of: JobRun) -> None:
    while await of.database.run(partial(end_appointments, now=of.now(), limit=_AT_ONCE)) == _AT_ONCE:
        pass


async def _ids(of: JobRun, sql: str) -> list[UUID]:
    reader = await of.database.reader()
    return [row["id"] for row in await reader.fetch(sql, of.now(), types={"id": UUID})]
