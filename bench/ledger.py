"""The ledger in-process, callers in flight sharing commits, against bare PostgreSQL in the same run.

Tables are filled with a year of credits and analysed first: plans made on empty tables mislead. Beside the credits that
the world pays there are those that one street's budget pays, all of them, beside the floor with one hot account.
"""

import asyncio
import itertools
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from bench.command_line import measured
from bench.figures import Figure
from bench.measuring import Run, floor_figures, run, run_figures
from bench.postgres import Floor, Postgres
from kernel.clock import SystemClock
from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.group_commit import GroupCommit
from kernel.ids import derived_id
from migrations import APPS
from points.ledger import post
from points.verifying import verify_points
from points.wishes import Credit, Fund, Posted, Wish

STEWARDS = [derived_id("bench steward", str(number)) for number in range(2_064)]
STREET = derived_id("bench street")
FILLED = 72_240
AT_ONCE = 2
UNIT = "credits/s"
COLD = ("credit_multi", "credit_func", "own_multi", "own_func")
HOT = ("credit_multi_hot", "credit_func_hot")

_numbers = itertools.count(1)
_clock = SystemClock()


def a_credit(budget_id: UUID | None = None) -> Credit:
    """A few points for anybody."""
    return Credit(
        owner_id=random.choice(STEWARDS),
        points=random.randint(1, 50),
        reason="grant",
        reference=f"bench {next(_numbers)}",
        occurred_at=datetime.now(UTC),
        budget_id=budget_id,
    )


class Ledger:
    """The ledger as a server holds it: group commit over `post`, two batches at once on PostgreSQL."""

    def __init__(self, database: Database, at_once: int = AT_ONCE) -> None:
        self.database = database
        self.commits = GroupCommit[Wish, Posted | Refusal](self._write, at_once=at_once, batch_size=512)

    async def _write(self, wishes: Sequence[Wish]) -> Sequence[Posted | Refusal]:
        return await self.database.run(lambda tx: post(tx, wishes, now=_clock.now()))

    async def credit(self) -> None:
        """One caller's credit, answered after its commit."""
        wish = a_credit()
        await self.give(wish)

    async def give(self, wish: Credit) -> None:
        """One caller's given credit."""
        await self._submit(wish, wish.owner_id)

    async def budgeted(self) -> None:
        """One caller's credit that the street pays; all that it pays goes one way, or batches wait for each other."""
        await self._submit(a_credit(STREET), STREET)

    async def _submit(self, wish: Wish, by: UUID) -> None:
        outcome = await self.commits.submit(wish, shard=by.int)
        if isinstance(outcome, Refusal):
            raise outcome


async def fill(database: Database, count: int) -> None:
    """A year's credits and a street's budget, and statistics that know of them."""
    for _ in range(0, count, 1_000):
        wishes: list[Wish] = [a_credit() for _ in range(1_000)]
        await database.run(partial(_post, wishes))
    for number in range(4):
        fund = Fund(
            budget_id=STREET,
            points=1_000_000_000,
            reason="fund",
            reference=f"bench {number}",
            occurred_at=_clock.now(),
        )
        await database.run(partial(_post, [fund]))
    await database.client.execute_query("VACUUM ANALYZE" if database.dialect == "postgres" else "ANALYZE")


async def _post(wishes: Sequence[Wish], tx: Tx) -> None:
    for outcome in await post(tx, wishes, now=_clock.now()):
        if isinstance(outcome, Refusal):
            raise outcome


async def measure(server: Postgres, *, callers: Sequence[int], rounds: int, seconds: float) -> list[Figure]:
    """Figures of each number of callers, with the floors taken between the rounds."""
    database = await Database.open(await server.fresh("jinpai"), APPS, pool_size=4)
    ledger = Ledger(database)
    await fill(database, FILLED)
    server.prepare_own_floor("jinpai")
    floors: dict[str, list[Floor]] = {script: [] for script in COLD + HOT}
    runs: dict[tuple[str, int], list[Run]] = {}
    for _ in range(rounds):
        for script, taken in floors.items():
            at = "jinpai" if script.startswith("own") else "floor"
            taken.append(
                await asyncio.to_thread(partial(server.floor, script, seconds=max(1, int(seconds)), database=at))
            )
        for count in callers:
            for name, one in (("ledger post", ledger.credit), ("one budget pays", ledger.budgeted)):
                found = await run(one, callers=count, seconds=seconds, pids=[server.pid])
                runs.setdefault((name, count), []).append(found)
    breaks = await database.snapshot(verify_points)
    if breaks:
        raise RuntimeError(f"the ledger does not hold: {breaks[0]}")
    await ledger.commits.close()
    await database.close()
    figures = floor_figures(floors, UNIT)
    for (name, count), taken_runs in sorted(runs.items()):
        beside = COLD if name == "ledger post" else HOT
        figures += run_figures(name, taken_runs, {each: floors[each] for each in beside}, UNIT, callers=count)
    return figures


def main() -> None:
    """Measure and write bench/results/ledger.json."""
    measured("ledger", __doc__, measure, seconds=3)


if __name__ == "__main__":
    main()
