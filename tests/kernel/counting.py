"""A process that adds ones to a counter, reading and then writing: `python -m tests.kernel.counting URL TIMES`.

It prints how often the use case ran: more than TIMES means that the database made it try again.
"""

import asyncio
import sys

from kernel.database import Database, Tx
from kernel.models import Counter
from migrations import APPS

SERIES = "counted"


async def count_up(url: str, times: int) -> int:
    """Add 1 as often as asked; answers how many tries that took."""
    tries = 0

    async def add_one(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        row = (await tx.lock(Counter, [SERIES], key="series"))[SERIES]
        await tx.update(Counter, [{"series": SERIES, "last_given": row["last_given"] + 1}], key="series")

    database = await Database.open(url, APPS)
    for _ in range(times):
        await database.run(add_one)
    await database.close()
    return tries


if __name__ == "__main__":
    print(asyncio.run(count_up(sys.argv[1], int(sys.argv[2]))))  # noqa: T201 - its answer
