"""From a verified case to its credit, in-process: the use case of cases and points together, callers sharing commits.

Each verification locks its case, assesses it under the rules of its day within the cap of its month, and leaves the
case's new state and event, an audit entry, an award with its receipt, the cap's use, an operation, a transfer, a lot
and what the steward is told.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from bench.command_line import measured
from bench.district import District, a_district
from bench.figures import Figure
from bench.measuring import Run, floor_figures, run, run_figures
from bench.postgres import Floor, Postgres
from cases.caseload import shards_of_cases
from cases.handling import CaseStep, Handled, handle_cases
from cases.wording import CaseAction
from kernel.clock import SystemClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.group_commit import GroupCommit
from points.verifying import verify_points
from stewards.principal import system_principal

FILLED = 20_000
UNIT = "cases/s"
FLOORS = ("credit_multi", "credit_func")
_MOST_A_SECOND = 12_000
_clock = SystemClock()
_caller = system_principal("bench")


class Desk:
    """Steps as a server takes them: group commit over `handle_cases`, two batches at once by whose cases they are."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.commits = GroupCommit[CaseStep, Handled | Refusal](
            self._write, at_once=2, batch_size=512, shards_of=self._shards_of
        )

    async def _shards_of(self, wishes: Sequence[CaseStep]) -> Sequence[int]:
        return await shards_of_cases(await self.database.reader(), [wish.case_id for wish in wishes])

    async def _write(self, wishes: Sequence[CaseStep]) -> Sequence[Handled | Refusal]:
        return await self.database.run(lambda tx: handle_cases(tx, wishes, now=_clock.now()))

    async def verify(self, case_id: UUID) -> None:
        """One caller's step, answered after its commit."""
        step = CaseStep(case_id=case_id, action=CaseAction.VERIFY, actor=_caller)
        outcome = await self.commits.submit(step)
        if isinstance(outcome, Refusal):
            raise outcome


async def filled(server: Postgres, name: str, desk_of: type[Desk] = Desk) -> tuple[District, Desk]:
    """A district in which cases have been verified before."""
    district = await a_district(server, name)
    desk = desk_of(district.database)
    await district.report(server, FILLED)
    for _ in range(0, FILLED, 500):
        await asyncio.gather(*(desk.verify(district.waiting.popleft()) for _ in range(500)))
    return district, desk


async def measure(server: Postgres, *, callers: Sequence[int], rounds: int, seconds: float) -> list[Figure]:
    """Figures of each number of callers, with the floors taken between the rounds."""
    district, desk = await filled(server, "verifying")
    floors: dict[str, list[Floor]] = {script: [] for script in FLOORS}
    runs: dict[int, list[Run]] = {count: [] for count in callers}

    async def one() -> None:
        await desk.verify(district.waiting.popleft())

    for _ in range(rounds):
        for script, found in floors.items():
            found.append(await asyncio.to_thread(partial(server.floor, script, seconds=max(1, int(seconds)))))
        for count, taken in runs.items():
            most = int(min(count * 300, _MOST_A_SECOND) * seconds) + count
            if len(district.waiting) < most:
                await district.report(server, most - len(district.waiting))
            taken.append(await run(one, callers=count, seconds=seconds, pids=[server.pid]))
    breaks = await district.database.snapshot(verify_points)
    if breaks:
        raise RuntimeError(f"the ledger does not hold: {breaks[0]}")
    await desk.commits.close()
    await district.database.close()
    figures = floor_figures(floors, UNIT)
    for count, taken in runs.items():
        figures += run_figures("verify to credit", taken, floors, UNIT, callers=count)
    return figures


def main() -> None:
    """Measure and write bench/results/verifying.json."""
    measured("verifying", __doc__, measure, seconds=2)


if __name__ == "__main__":
    main()
