"""How many tries there are to sign in: by source, by name, by known browser, and of all strange browsers together.

docs/sign-in.md computes what guessing is worth under them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from kernel.clock import Clock
from kernel.database import Database, Tx
from kernel.throttle import give_back, refund, spend

Budgets = list[tuple[str, "Allowance"]]
"""Each allowance that a try takes from, with the key that it is kept by."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many tries in a window."""

    limit: int
    window: timedelta


_SHORT = timedelta(minutes=15)
_DAY = timedelta(days=1)
_MONTH = timedelta(days=30)
# Longest first, so that who is refused is told when a try will count again.
BY_NUMBER = (
    Allowance(100, 365 * _DAY),
    Allowance(30, _MONTH),
    Allowance(10, _DAY),
    Allowance(5, _SHORT),
)
BY_LOGIN = (Allowance(100, _DAY), Allowance(10, _SHORT))  # a password cannot be guessed in a hundred a day
BY_SOURCE = (Allowance(300, _DAY), Allowance(100, _SHORT))  # a community's hall shares one address
OF_STRANGERS = (Allowance(75, _MONTH),)  # wrong PINs from browsers that are new to their steward, in the whole district

OF_CODES = (Allowance(20, _MONTH), Allowance(5, _DAY), Allowance(3, _SHORT))  # codes asked for one number
OF_CODES_SENT = (Allowance(2_000, _DAY),)  # in the whole district: each may cost money, and rings a phone

BY_SECOND_FACTOR = (Allowance(25, _MONTH), Allowance(10, _DAY), Allowance(5, _SHORT))  # after the right password


def budgets_of(kind: str, name: str, allowances: Sequence[Allowance]) -> Budgets:
    """The budgets of a name, each with the key that it is kept by."""
    # Hashed: what people type may be long, may not be storable, and does not belong into this table.
    hashed = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return [(f"sign-in/{kind}/{hashed}/{int(a.window.total_seconds())}", a) for a in allowances]


async def count_try(database: Database, budgets: Budgets, clock: Clock) -> None:
    """Take a try from each budget and commit, before anything is hashed.

    Raises:
        Throttled: one of them is used up; nothing was taken from any.

    """

    async def count(tx: Tx) -> None:
        now = clock.now()
        for key, allowance in budgets:
            await spend(tx, key, limit=allowance.limit, window=allowance.window, now=now)

    await database.run(count)


async def give_try_back(tx: Tx, budgets: Budgets) -> None:
    """The try was right: it costs nothing. Those before it may be somebody else's and stay."""
    for key, _ in budgets:
        await refund(tx, key)


async def forget_tries(tx: Tx, budgets: Budgets) -> None:
    """Begin the budgets anew, after the secret was changed."""
    for key, _ in budgets:
        await give_back(tx, key)
