"""Gifts that nobody has collected are voided where faking was upheld and the rules say so (没领的礼品作废)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from kernel.database import Tx
from kernel.errors import Refusal
from kernel.outbox import InBatches, Payload
from points.cheating import CHEATING, GIFTS_VOIDED, forfeit_voided
from rewards.fulfilment import step_orders
from rewards.order_wishes import OrderStep
from rewards.pick_up_codes import PickUpCodes
from rewards.wording import OrderAction
from stewards.principal import system_principal


async def void_gifts(codes: PickUpCodes, tx: Tx, payloads: Sequence[Payload], now: datetime) -> None:
    """Cancel every open order of those who faked; where the rules zero their balance, what comes back is forfeited."""
    stewards = {payload["reference"]: UUID(payload["steward_id"]) for payload in payloads}
    rows = await tx.fetch(
        "SELECT id FROM rewards_order WHERE state IN ('reserved', 'ready', 'partly') "
        f"AND {tx.one_of('steward_id', 1)} ORDER BY id",
        sorted(set(stewards.values())),
        types={"id": UUID},
    )
    caller = system_principal(CHEATING)
    steps = [OrderStep(action=OrderAction.CANCEL, caller=caller, order_id=row["id"], reason=CHEATING) for row in rows]
    outcomes = await step_orders(tx, steps, now=now, codes=codes)
    # One that was refused was collected or cancelled a moment ago.
    voided = {outcome.steward_id for outcome in outcomes if not isinstance(outcome, Refusal)}
    zeroed = {payload["reference"] for payload in payloads if payload["zeroes_balance"]}
    await forfeit_voided(
        tx, {reference: stewards[reference] for reference in sorted(zeroed) if stewards[reference] in voided}, now=now
    )


def gift_handlers(codes: PickUpCodes) -> Mapping[str, InBatches]:
    """The outbox handler of voided gifts."""
    return {GIFTS_VOIDED: InBatches(partial(void_gifts, codes))}
