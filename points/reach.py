"""Whose accounts a batch of wishes may touch, and how much of what they have has to be loaded for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from points.accounts import OWNER_OF, OwnerKind
from points.wishes import (
    Capture,
    Close,
    Credit,
    Debit,
    Defund,
    Expire,
    Fund,
    Hold,
    Minutes,
    Move,
    Refund,
    Release,
    Reverse,
    Wish,
)


@dataclass(slots=True)
class Reach:
    """`owners` are locked; of those in `whole` every account is read, of `takers` what is left by lot as well."""

    owners: dict[UUID, OwnerKind] = field(default_factory=dict)
    whole: set[UUID] = field(default_factory=set)
    takers: set[UUID] = field(default_factory=set)
    names: bool = False  # operations that are recorded already
    reverses: bool = False

    def take(self, owners: Iterable[UUID]) -> None:
        """Points may leave these owners' purses."""
        self.takers.update(owners)
        self.whole.update(owners)


def reach_of(wishes: Sequence[Wish]) -> Reach:
    """What a batch may touch, as far as its wishes say it themselves."""
    reach = Reach()
    owners = reach.owners
    for wish in wishes:
        if isinstance(wish, Credit):
            owners[wish.owner_id] = OWNER_OF[wish.purse]
            if wish.budget_id is not None:
                owners[wish.budget_id] = "street"
            if wish.ceiling is not None or wish.purse != "spendable":
                reach.whole.add(wish.owner_id)
        elif isinstance(wish, Minutes):
            owners[wish.owner_id] = "steward"
            reach.whole.add(wish.owner_id)
        elif isinstance(wish, Fund | Defund):
            owners[wish.budget_id] = "street"
        elif isinstance(wish, Reverse | Capture | Release | Refund):
            reach.names = True
            reach.reverses = reach.reverses or isinstance(wish, Reverse)
        else:
            _taking(reach, wish)
    return reach


def _taking(reach: Reach, wish: Debit | Move | Hold | Expire | Close) -> None:
    if isinstance(wish, Move):
        reach.owners[wish.owner_id] = OWNER_OF[wish.purse]
        reach.owners[wish.to_owner] = OWNER_OF[wish.to_purse]
        reach.take((wish.owner_id, wish.to_owner))
        return
    if isinstance(wish, Expire | Close):
        reach.owners[wish.owner_id] = wish.owner_kind
    else:
        # A wish that mixes sorts of owners is refused; until then it needs one.
        reach.owners[wish.owner_id] = OWNER_OF[wish.purses[0]] if wish.purses else "steward"
        if isinstance(wish, Debit) and wish.budget_id is not None:
            reach.owners[wish.budget_id] = "street"
    reach.take((wish.owner_id,))
