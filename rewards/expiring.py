"""Jobs of orders: what nobody collected goes back the night after its last day, and who forgot is reminded before."""

from datetime import timedelta
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Tx
from kernel.district_settings import DistrictSettings
from kernel.errors import Refusal
from kernel.jobs import Job, JobRun
from rewards.fulfilment import step_orders
from rewards.order_notices import remind_of_orders
from rewards.order_wishes import OrderStep
from rewards.pick_up_codes import PickUpCodes
from rewards.wording import OrderAction
from stewards.district_settings import settings_now
from stewards.principal import system_principal

_AT_ONCE = 200
_CLOCK = system_principal("expiry")


def order_jobs(codes: PickUpCodes, defaults: DistrictSettings) -> list[Job]:
    """The jobs that expire orders and remind of them, as many days before as the district sets (else `defaults`)."""

    async def expire(run: JobRun) -> None:
        while await run.database.run(lambda tx: _expire_some(tx, run, codes)):
            pass

    async def remind(run: JobRun) -> None:
        async def step(tx: Tx) -> None:
            own = await settings_now(tx, defaults, run.now())
            await remind_of_orders(tx, days=own.order_reminder_days, now=run.now())

        await run.database.run(step)

    return [
        Job(name="orders-expire", every=timedelta(days=1), offset=timedelta(minutes=10), run=expire),
        Job(name="orders-remind", every=timedelta(days=1), offset=timedelta(hours=8), run=remind),
    ]


async def _expire_some(tx: Tx, run: JobRun, codes: PickUpCodes) -> bool:
    """Expire some orders whose last day has passed; answers whether there may be more."""
    now = run.now()
    rows = await tx.fetch(
        "SELECT id FROM rewards_order WHERE state IN ('reserved', 'ready', 'partly') AND waits_until < $1 "
        "ORDER BY waits_until, id LIMIT $2",
        local_date(now),
        _AT_ONCE,
        types={"id": UUID},
    )
    steps = [OrderStep(action=OrderAction.EXPIRE, caller=_CLOCK, order_id=row["id"]) for row in rows]
    outcomes = await step_orders(tx, steps, now=now, codes=codes)
    await run.save(tx, None)
    # One that was refused was collected or cancelled a moment ago, and is not found again.
    return len(outcomes) == _AT_ONCE and not all(isinstance(outcome, Refusal) for outcome in outcomes)
