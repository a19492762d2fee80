"""Units that were kept aside become orders: a draw's winner, or whoever takes up an offer, orders as anybody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kernel.database import Row, Tx
from kernel.errors import Refusal
from rewards.deciding import LineWish
from rewards.order_rows import Redemption
from rewards.pick_up_codes import PickUpCodes
from rewards.redeeming import Placed, place_orders
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitWish:
    """One unit of a stock for a steward, as a draw or a waiting list gives it."""

    stock: Row
    steward_id: UUID
    channel: Literal["draw", "queue"]
    caller: Principal


async def order_units(
    tx: Tx, wishes: Sequence[UnitWish], *, now: datetime, codes: PickUpCodes
) -> list[Placed | Refusal]:
    """Order units that are no longer counted as kept, each for itself; refusals as in rewards.redeeming."""
    return await place_orders(
        tx,
        [
            Redemption(
                caller=wish.caller,
                steward_id=wish.steward_id,
                place_id=wish.stock["place_id"],
                lines=[LineWish(item_id=wish.stock["item_id"])],
                channel=wish.channel,
                promised=True,
            )
            for wish in wishes
        ],
        now=now,
        codes=codes,
    )
