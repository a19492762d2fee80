"""The way to a title (称号进度): of each published round, how far one's own gates are while its period still runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from kernel.clock import day_start, local_date
from kernel.database import Reader
from kernel.messages import Text
from points.rules import Measure, TitleRule
from rewards.facts import measures_of
from rewards.gating import MEASURES
from rewards.titles.drafting import rule_of
from rewards.titles.gathered import whole_months
from rewards.titles.gathering import OF_PERIOD
from rewards.titles.models import TitleRound


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One gate on the way: so much there is, so much it takes."""

    measure: Text
    have: int
    needed: int
    at_most: bool

    @property
    def holds(self) -> bool:
        """Whether the gate is open today."""
        return self.have <= self.needed if self.at_most else self.have >= self.needed

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return 100 if self.holds else min(100, 100 * self.have // max(1, self.needed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A title whose period runs, with its gates."""

    rule: TitleRule
    period: str
    ends_on: date
    days_left: int
    steps: tuple[Step, ...]


async def progress_of(reader: Reader, steward_id: UUID, *, now: datetime, limit: int = 4) -> list[Progress]:
    """The published rounds of stewards that are not computed yet, the one that ends first first; five reads at most."""
    published = await reader.rows(TitleRound, "WHERE state = 'published' ORDER BY ends_on, title, id")
    rounds = [row for row in published if rule_of(row).of == "steward"][:limit]
    people = await reader.fetch(
        "SELECT id, joined_on FROM stewards_steward WHERE id = $1",
        steward_id,
        types={"id": UUID, "joined_on": date},
    )
    if not rounds or not people:
        return []
    rules = [rule_of(row) for row in rounds]
    lifetime = [gate for rule in rules for gate in rule.gates if gate.measure not in OF_PERIOD]
    facts = (await measures_of(reader, people, lifetime, {}, now=now))[steward_id] if lifetime else None
    spans = {(row["begins_on"], row["ends_on"]) for row in rounds}
    cases = {span: await _cases(reader, steward_id, *span) for span in sorted(spans)}
    today = local_date(now)
    found = []
    for row, rule in zip(rounds, rules, strict=True):
        have: dict[Measure, int] = {
            **(facts.measures if facts else {}),
            "verified_cases": cases[row["begins_on"], row["ends_on"]],
            "months_served": whole_months(people[0]["joined_on"], row["ends_on"]),
        }
        found.append(
            Progress(
                rule=rule,
                period=row["period"],
                ends_on=row["ends_on"],
                days_left=max(0, (row["ends_on"] - today).days),
                steps=_steps(rule, have),
            )
        )
    return found


def _steps(rule: TitleRule, have: dict[Measure, int]) -> tuple[Step, ...]:
    steps: Sequence[Step] = [
        Step(
            measure=Text(MEASURES[gate.measure]),
            have=have.get(gate.measure, 0),
            needed=gate.at_least if gate.at_least is not None else gate.at_most or 0,
            at_most=gate.at_least is None,
        )
        for gate in rule.gates
        if gate.measure is not None
    ]
    return tuple(steps)


async def _cases(reader: Reader, steward_id: UUID, begins_on: date, ends_on: date) -> int:
    row = await reader.fetch_one(
        "SELECT COUNT(*) AS cases FROM cases_case WHERE steward_id = $1 AND state IN ('verified', 'solved') "
        "AND reported_at >= $2 AND reported_at < $3",
        steward_id,
        day_start(begins_on),
        day_start(ends_on + timedelta(days=1)),
    )
    return int(row["cases"]) if row else 0
