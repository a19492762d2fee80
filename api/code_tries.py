"""Tries at pick-up codes: every door takes them from the same budget."""

from datetime import timedelta

from api.composition import District
from kernel.database import Tx
from kernel.throttle import spend
from stewards.principal import Principal

CODE_TRIES = 60
CODE_WINDOW = timedelta(minutes=15)


async def try_code(district: District, caller: Principal) -> None:
    """Take one of the tries at codes that a member of staff has: nobody finds a code by asking for all of them.

    Raises:
        Throttled: none is left in this window.

    """
    key = f"pick-up code {caller.kind}:{caller.id}"

    async def take(tx: Tx) -> None:
        await spend(tx, key, limit=CODE_TRIES, window=CODE_WINDOW, now=district.clock.now())

    await district.database.run(take)
