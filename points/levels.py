"""On which rung of a ladder somebody stands, what the next one takes, and when he falls: pure."""

from dataclasses import dataclass
from datetime import date

from points.rules import Ladder, Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFacts:
    """What a ladder looks at: lifetime minutes and points, never the balance, so that redeeming never demotes."""

    minutes: int
    points: int
    highest: int = 0  # the highest rung held before, from 1; 0 for none
    idle_rungs: int = 0  # how many rungs idle years have cost since then
    barred_until: date | None = None  # faking bars promotion through this day


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A place on a ladder: the rung from 1 (0: none yet), and how much more the next one takes."""

    number: int
    rung: Rung | None
    next: Rung | None
    more_minutes: int = 0
    more_points: int = 0
    barred_until: date | None = None


def level_of(facts: LevelFacts, ladder: Ladder, *, on: date) -> Level:
    """The level on a local day.

    The highest rung whose minutes and points are both reached. Without demotion what was held once is kept; under
    `below` the level follows the figures; under `idle` the years without service that `idle_rungs` counts are taken
    off. While somebody is barred he does not rise above what he held.
    """
    reached = sum(facts.minutes >= rung.minutes and facts.points >= rung.points for rung in ladder.rungs)
    demotion = ladder.demotion
    barred = facts.barred_until is not None and on <= facts.barred_until
    if barred:
        reached = min(reached, facts.highest)
    if demotion is None:
        number = max(reached, min(facts.highest, len(ladder.rungs)))
    elif demotion.when == "idle":
        number = max(0, max(reached, min(facts.highest, len(ladder.rungs))) - facts.idle_rungs)
    else:
        number = reached
    after = ladder.rungs[number] if number < len(ladder.rungs) else None
    return Level(
        number=number,
        rung=ladder.rungs[number - 1] if number else None,
        next=after,
        more_minutes=max(0, after.minutes - facts.minutes) if after else 0,
        more_points=max(0, after.points - facts.points) if after else 0,
        barred_until=facts.barred_until if barred else None,
    )


def idle_rungs(ladder: Ladder, *, minutes: int, points: int) -> int:
    """How many rungs a calendar year with so many minutes and points costs."""
    demotion = ladder.demotion
    if demotion is None or demotion.when != "idle":
        return 0
    return demotion.rungs if minutes < demotion.minutes or points < demotion.points else 0
