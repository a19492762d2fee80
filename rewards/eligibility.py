"""Who may put in for something scarce: what an order would be refused for anyway, said before anybody waits for it.

Only what lasts is asked: whether the item is shown in the steward's street, suspensions, the gates of the rules and of
the item. How often somebody may redeem in a period is asked when the order is made, since that may be another period.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from points.rules import Gate
from rewards.draw_refusals import NotEnoughToApply
from rewards.gating import not_eligible
from rewards.refusals import SuspendedForNoShows, UnknownItem
from rewards.shelf_loading import load_buyers, offered_items, terms_on
from rewards.shelf_state import Buyer, OfferedItem

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Where a steward stands with an item: what bars an order of it for good, what a unit costs, what could pay."""

    bar: Refusal | None
    needed: int
    usable: int

    @property
    def short(self) -> NotEnoughToApply | None:
        """That the points are too few; None where they are enough."""
        if self.usable >= self.needed:
            return None
        return NotEnoughToApply(needed=self.needed, available=self.usable, missing=self.needed - self.usable)


async def claims_of(reader: Reader, pairs: Collection[Pair], *, now: datetime) -> dict[Pair, Claim]:
    """How stewards stand with items, by (steward, item).

    Bars: UnknownItem, SuspendedForNoShows, NotEligible.
    """
    items = await offered_items(reader, {item_id for _, item_id in pairs}, now=now)
    terms = await terms_on(reader, local_date(now))
    lasting = replace(terms, gates=tuple(gate for gate in terms.gates if gate.per is None))
    buyers = await load_buyers(reader, {who for who, _ in pairs}, list(items.values()), lasting, now=now)
    claims = {}
    for who, item_id in pairs:
        item, buyer = items.get(item_id), buyers.get(who)
        if item is None or buyer is None or not item.visible(now, buyer.street_id):
            claims[who, item_id] = Claim(bar=UnknownItem(pointer="/item"), needed=0, usable=0)
        else:
            bar = _bar(item, buyer, lasting.gates)
            claims[who, item_id] = Claim(bar=bar, needed=item.points_each, usable=buyer.usable(item.kind))
    return claims


def _bar(item: OfferedItem, buyer: Buyer, gates: tuple[Gate, ...]) -> Refusal | None:
    if buyer.suspended is not None:
        return SuspendedForNoShows(count=buyer.suspended.no_shows, until=buyer.suspended.until.isoformat())
    shut = buyer.shut(item, gates)
    return not_eligible(item.name, shut) if shut else None
