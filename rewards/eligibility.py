"""Who may put in for something scarce: what an order would be refused for anyway, said before anybody waits for it.

Only what lasts is asked: whether the item is shown in the steward's street, and the gates of the rules and of the item.
How often somebody may redeem in a period is asked when the order is made, since that may be another period.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from rewards.gating import not_eligible
from rewards.refusals import SuspendedForNoShows, UnknownItem
from rewards.shelf_loading import load_buyers, offered_items, terms_on

Pair = tuple[UUID, UUID]


async def bars_of(reader: Reader, pairs: Collection[Pair], *, now: datetime) -> dict[Pair, Refusal]:
    """Why stewards may not put in for items, by (steward, item); those who may are absent.

    Refusals: UnknownItem, SuspendedForNoShows, NotEligible.
    """
    items = await offered_items(reader, {item_id for _, item_id in pairs}, now=now)
    terms = await terms_on(reader, local_date(now))
    lasting = replace(terms, gates=tuple(gate for gate in terms.gates if gate.per is None))
    buyers = await load_buyers(reader, {who for who, _ in pairs}, list(items.values()), lasting, now=now)
    bars: dict[Pair, Refusal] = {}
    for who, item_id in pairs:
        item, buyer = items.get(item_id), buyers.get(who)
        if item is None or buyer is None or not item.visible(now, buyer.street_id):
            bars[who, item_id] = UnknownItem(pointer="/item")
        elif buyer.suspended is not None:
            bars[who, item_id] = SuspendedForNoShows(
                count=buyer.suspended.no_shows, until=buyer.suspended.until.isoformat()
            )
        elif shut := buyer.shut(item, lasting.gates):
            bars[who, item_id] = not_eligible(item.name, shut)
    return bars
