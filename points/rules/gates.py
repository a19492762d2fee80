"""What somebody needs before he may redeem, be promoted or be put forward for a title."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kernel.messages import N_
from points.rules.caps import Period
from points.rules.fields import Code, Contradictions, Section
from points.rules.purses import AccountKind

Measure = Literal[
    "minutes",  # of service, in a lifetime
    "lifetime_points",
    "spendable",
    "verified_cases",
    "months_served",
    "courses",
    "level",  # which rung of the ladder, from 1
    "redemptions",
    "no_shows",
    "deductions",  # points that were deducted
    "titles",
    "members",  # of a team, on the last day that counts
]
_COUNTED = ("redemptions", "no_shows")  # what happens so and so often in a period
Purpose = Literal["redeem", "title"]
ItemKind = Literal["service", "goods", "kit", "donation"]


class Gate(Section):
    """One condition (门槛): a measure at least or at most so much, or the kinds of things that accounts may have.

    `at_most` with `per` limits how often in a local period, this time included; of `no_shows` it is how many there
    may have been in it.
    """

    code: Code
    of: Purpose = "redeem"
    first_only: bool = False  # asked before the first redemption and never again
    measure: Measure | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None
    per: Period | None = None
    accounts: tuple[AccountKind, ...] = ("person", "group")  # whom it binds
    only_items: tuple[ItemKind, ...] | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        bounds = (self.at_least is not None) + (self.at_most is not None)
        by_measure = self.measure is not None and bounds == 1 and self.only_items is None
        by_items = self.only_items is not None and self.measure is None and bounds == 0
        if not (by_measure or by_items):
            raise PydanticCustomError("gate", N_("应写 measure 和 at_least、at_most 之一，或者只写 only_items"))
        if self.per is not None and self.at_most is None:
            raise PydanticCustomError("gate_period", N_("per 只和 at_most 一起用"))
        if self.measure == "members" and self.of != "title":
            raise PydanticCustomError("gate_of_teams", N_("members 只用于管家团的称号"))
        if self.per is not None and self.measure not in _COUNTED:
            raise PydanticCustomError("gate_counted", N_("per 只数 redemptions 和 no_shows"))
        return self


def gate_contradictions(gates: Sequence[Gate], *at: str | int) -> Contradictions:
    """Where gates share a code, or leave nothing between them."""
    codes: set[str] = set()
    for index, gate in enumerate(gates):
        if gate.code in codes:
            yield (*at, index, "code"), N_("门槛代码“{code}”重复"), {"code": gate.code}
        codes.add(gate.code)
        if gate.only_items == ():
            yield (*at, index, "only_items"), N_("没有任何物品可换"), {}
        for other in gates[:index]:
            if _leaves_nothing(gate, other) or _leaves_nothing(other, gate):
                yield (*at, index), N_("和门槛“{code}”不可能同时满足"), {"code": other.code}


def _leaves_nothing(gate: Gate, other: Gate) -> bool:
    if gate.of != other.of or gate.measure is None or gate.measure != other.measure:
        return False
    if not set(gate.accounts) & set(other.accounts) or gate.per is not None or other.per is not None:
        return False
    return gate.at_least is not None and other.at_most is not None and gate.at_least > other.at_most


class Redemption(Section):
    """Limits of redeeming (兑换): how many of one item in a period, and after how many days what is not fetched goes
    back.
    """

    of_an_item: Annotated[int, Field(ge=1, le=1_000)] | None = None
    period: Period = "month"
    unclaimed_days: Annotated[int, Field(ge=1, le=366)] = 15
