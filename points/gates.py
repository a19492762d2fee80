"""What is missing, and how far away it is, before somebody may redeem, rise or be put forward: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from points.rules import AccountKind, Gate, Measure, Period, Purpose
from points.rules.gates import ItemKind


class GateFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What gates look at. A measure that is not named is 0.

    `used` is how often before in each running period, `counted` so much of another measure in one.
    """

    measures: Mapping[Measure, int] = msgspec.field(default_factory=dict)
    used: Mapping[Period, int] = msgspec.field(default_factory=dict)
    counted: Mapping[tuple[Measure, Period], int] = msgspec.field(default_factory=dict)
    first: bool = False  # whether this would be the first time
    account: AccountKind = "person"
    item: ItemKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A gate that is shut: what it needs and what there is. At most (`at_most`) so much, or at least."""

    code: str
    measure: Measure | None  # None: this kind of thing is not for this account
    needed: int
    have: int
    at_most: bool = False
    per: Period | None = None

    @property
    def more(self) -> int:
        """How much more it takes; 0 where waiting or less is what helps."""
        return 0 if self.at_most else max(0, self.needed - self.have)


def missing(gates: Iterable[Gate], facts: GateFacts, *, of: Purpose = "redeem") -> list[Missing]:
    """The gates of a purpose that are shut, in their order; none where the way is free."""
    found = (_shut(gate, facts) for gate in gates if gate.of == of and facts.account in gate.accounts)
    return [shut for shut in found if shut is not None]


def _shut(gate: Gate, facts: GateFacts) -> Missing | None:
    if gate.first_only and not facts.first:
        return None
    if gate.only_items is not None:
        if facts.item is None or facts.item in gate.only_items:
            return None
        return Missing(code=gate.code, measure=None, needed=0, have=0)
    if gate.measure is None:
        return None
    if gate.per is not None and gate.at_most is not None and gate.measure != "redemptions":
        have = facts.counted.get((gate.measure, gate.per), 0)
        if have <= gate.at_most:
            return None
        return Missing(code=gate.code, measure=gate.measure, needed=gate.at_most, have=have, at_most=True, per=gate.per)
    if gate.per is not None and gate.at_most is not None:
        used = facts.used.get(gate.per, 0)
        if used < gate.at_most:
            return None
        return Missing(code=gate.code, measure=gate.measure, needed=gate.at_most, have=used, at_most=True, per=gate.per)
    have = facts.measures.get(gate.measure, 0)
    if gate.at_least is not None:
        return (
            Missing(code=gate.code, measure=gate.measure, needed=gate.at_least, have=have)
            if have < gate.at_least
            else None
        )
    if gate.at_most is not None and have > gate.at_most:
        return Missing(code=gate.code, measure=gate.measure, needed=gate.at_most, have=have, at_most=True)
    return None
