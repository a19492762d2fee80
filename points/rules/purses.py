"""Which purse points enter, how much a purse may hold, and where the excess goes."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from kernel.messages import N_
from points.rules.events import Event
from points.rules.fields import Contradictions, Section, SomePoints
from points.rules.tariffs import Tariff

EarningPurse = Literal["spendable", "honour", "services", "donation"]
"""What earned points can enter: spendable buys everything, services only services, donation can only be given away,
honour buys nothing."""
Origin = Literal["check_in", "back_fill", "staff"]
"""How an event was recorded: by the steward on the spot, afterwards (补录), or by staff."""
AccountKind = Literal["person", "group"]


class Purses(Section):
    """Where earned points go (积分账户). A group's purse comes first, then how it was recorded, then the event."""

    by_origin: dict[Origin, EarningPurse] = Field(default_factory=dict)
    by_event: dict[Annotated[Event, Field(strict=False)], EarningPurse] = Field(default_factory=dict)
    groups: EarningPurse | None = None

    def of(self, event: Event, origin: Origin | None, account: AccountKind = "person") -> EarningPurse:
        """The purse of an event."""
        if account == "group" and self.groups is not None:
            return self.groups
        if origin is not None and origin in self.by_origin:
            return self.by_origin[origin]
        return self.by_event.get(event, "spendable")


class BalanceCap(Section):
    """The most that a purse may hold (余额上限); the excess is given elsewhere in the same operation."""

    most: SomePoints
    overflow_to: Literal["honour", "donation", "donated"]


BalanceCaps = dict[Literal["spendable", "services"], BalanceCap]


def purse_contradictions(purses: Purses, balance_caps: BalanceCaps, tariffs: Mapping[Event, Tariff]) -> Contradictions:
    """Where purses are fed by what is not paid, or capped though nothing enters them."""
    for event in purses.by_event:
        if event not in tariffs:
            yield ("purses", "by_event", event.value), N_("规则里没有事项“{event}”的分值"), {"event": event.value}
    fed = {"spendable", *purses.by_origin.values(), *purses.by_event.values()}
    for purse in balance_caps:
        if purse not in fed:
            yield ("balance_caps", purse), N_("没有积分会进入账户“{purse}”，不必设上限"), {"purse": purse}
    if "services" in balance_caps and balance_caps["services"].overflow_to == "donated":
        yield ("balance_caps", "services", "overflow_to"), N_("只能兑换服务的积分不能捐出"), {}
