"""What a decision about orders stands on: items as they are offered, stocks as they are, buyers with what they have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from msgspec import structs

from kernel.ids import derived_id
from points.accounts import Purse
from points.gates import GateFacts, Missing, missing
from points.rules import Gate, Period
from rewards.absences import Suspension
from rewards.wording import ItemKind, LimitPeriod

_PAYS: Mapping[ItemKind, tuple[Purse, ...]] = {
    ItemKind.SERVICE: ("services", "spendable"),
    ItemKind.DONATION: ("donation", "spendable"),
    ItemKind.GOODS: ("spendable",),
    ItemKind.KIT: ("spendable",),
}


def purses_of(kind: ItemKind) -> tuple[Purse, ...]:
    """Which purses pay for an item, in the order in which they are emptied. Honour points buy nothing."""
    return _PAYS[kind]


def stock_id_of(item_id: UUID, place_id: UUID) -> UUID:
    """The id of an item's stock at a place."""
    return derived_id("stock", str(item_id), str(place_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedItem:
    """An item as it is offered now. `price_id` is None where it has no price yet."""

    id: UUID
    code: str
    kind: ItemKind
    name: str
    price_id: UUID | None
    points_each: int
    visible_from: datetime | None = None
    visible_until: datetime | None = None
    active_from: datetime | None = None
    active_until: datetime | None = None
    street_ids: frozenset[UUID] = frozenset()  # none: the whole district
    gates: tuple[Gate, ...] = ()
    limit_count: int | None = None
    limit_period: LimitPeriod | None = None
    desk_quota: int = 0
    unlimited: bool = False
    collect_days: int | None = None

    def visible(self, now: datetime, street_id: UUID | None) -> bool:
        """Whether a steward of a street sees it now."""
        here = not self.street_ids or street_id in self.street_ids
        return here and _within(now, self.visible_from, self.visible_until)

    def active(self, now: datetime) -> bool:
        """Whether it can be ordered now."""
        return self.price_id is not None and _within(now, self.active_from, self.active_until)


def _within(now: datetime, begins: datetime | None, ends: datetime | None) -> bool:
    return (begins is None or begins <= now) and (ends is None or now < ends)


@dataclass(slots=True, kw_only=True)
class ShelfStock:
    """An item's stock at a place. The decision changes it in place."""

    id: UUID
    item_id: UUID
    place_id: UUID
    available: int
    reserved: int
    kept: int
    version: int

    def free(self, *, desk_quota: int, promised: bool) -> int:
        """How many can be ordered: without what is kept for the desk, for draws and for those who wait.

        Who has been promised a unit takes it from what is kept.
        """
        return max(0, self.available if promised else self.available - self.kept - desk_quota)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A pick-up place that takes orders."""

    id: UUID
    code: str
    street_id: UUID
    community_id: UUID | None
    open: bool = True


@dataclass(slots=True, kw_only=True)
class Buyer:
    """A steward who orders: what can be spent, what was had before. The decision changes it in place."""

    steward_id: UUID
    street_id: UUID
    community_id: UUID
    status: str
    spends_until: date | None = None  # a leaver's last day to spend
    purses: dict[Purse, int] = field(default_factory=dict)
    had: dict[UUID, int] = field(default_factory=dict)  # units of an item within its limit's period
    facts: GateFacts = field(default_factory=GateFacts)
    suspended: Suspension | None = None  # for not having come to appointments

    def serving(self, today: date) -> bool:
        """Whether the steward may redeem on a day."""
        if self.status == "active":
            return True
        return self.spends_until is not None and today <= self.spends_until

    def usable(self, kind: ItemKind) -> int:
        """How many points could go for an item of a kind."""
        return sum(self.purses.get(purse, 0) for purse in purses_of(kind))

    def shut(self, item: OfferedItem, gates: tuple[Gate, ...]) -> list[Missing]:
        """The gates of the rules and of the item that are shut."""
        if not gates and not item.gates:
            return []
        facts = structs.replace(self.facts, item=item.kind.value)
        return missing((*gates, *item.gates), facts)

    def ordered_once(self) -> None:
        """Count an order into what later gates look at."""
        used: dict[Period, int] = {period: count + 1 for period, count in self.facts.used.items()}
        measures = {**self.facts.measures, "redemptions": self.facts.measures.get("redemptions", 0) + 1}
        self.facts = structs.replace(self.facts, measures=measures, used=used, first=False)
