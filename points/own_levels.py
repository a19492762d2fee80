"""A steward's own levels, read in one statement from what the balance tells already, and how they changed (等级)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader
from points.balances import Balance
from points.levelling import LADDERS, LadderName
from points.levels import Level, LevelFacts, level_of
from points.rules import Ladder, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStep:
    """A time when a steward rose or fell: reached, below, idle or restored."""

    ladder: str
    number: int
    before: int
    cause: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLevels:
    """A steward on every ladder of the rules, and the steps so far, the newest first."""

    ladders: Mapping[LadderName, Ladder]
    levels: Mapping[LadderName, Level]
    steps: tuple[LevelStep, ...]


async def own_levels(reader: Reader, rules: Rules | None, purse: Balance, *, now: datetime) -> OwnLevels:
    """Where a steward stands, what the next rung takes, and what was kept of it before."""
    ladders: dict[LadderName, Ladder] = {}
    for name in LADDERS:
        ladder: Ladder | None = getattr(rules.document, name) if rules else None
        if ladder is not None:
            ladders[name] = ladder
    if not ladders:
        return OwnLevels(ladders={}, levels={}, steps=())
    steps, barred_until = [], None
    highest: dict[str, int] = {}
    idle: dict[str, int] = {}
    for row in await reader.fetch(_KEPT, purse.steward_id, types={"day": date, "id": UUID}):
        if row["ladder"] is None:
            barred_until = max(row["day"], barred_until or row["day"])
            continue
        steps.append(
            LevelStep(
                ladder=row["ladder"], number=row["number"], before=row["before"], cause=row["cause"], on=row["day"]
            )
        )
        # What idle years cost is taken off what was reached, so the height that was held is number + idle.
        highest[row["ladder"]] = max(highest.get(row["ladder"], 0), row["number"] + row["idle_rungs"])
        idle[row["ladder"]] = row["idle_rungs"]
    today = local_date(now)
    levels = {
        name: level_of(
            LevelFacts(
                minutes=purse.minutes,
                points=max(0, purse.lifetime),
                highest=highest.get(name, 0),
                idle_rungs=idle.get(name, 0),
                barred_until=barred_until,
            ),
            ladder,
            on=today,
        )
        for name, ladder in ladders.items()
    }
    return OwnLevels(ladders=ladders, levels=levels, steps=tuple(reversed(steps)))


_KEPT = (
    "SELECT id, ladder, number, before, cause, idle_rungs, changed_on AS day FROM points_level_change "
    "WHERE steward_id = $1 UNION ALL "
    "SELECT id, NULL, 0, 0, NULL, 0, until FROM points_level_bar WHERE steward_id = $1 ORDER BY day, id"
)
