"""What a round is gathered into, of stewards and of teams alike: the days that count, figures placed among others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import orjson

from kernel.clock import day_start
from kernel.database import Reader, Row
from points.rule_versions import rules_on
from points.rules import TitleRule
from points.rules.titles import Source
from rewards.titles.inputs import Entrant, Inputs
from rewards.titles.selecting import Percentiled, percentiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A round's inputs, and who stands behind each ticket (rows with id, street_id and community_id).

    Behind a team's ticket stands its leader; `teams` has the team's id, and `members` everybody who belongs to it.
    """

    inputs: Inputs
    people: Mapping[UUID, Mapping[str, Any]]
    teams: Mapping[UUID, UUID]
    members: Mapping[UUID, tuple[UUID, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredSpan:
    """The local days that count, and the instant at which they are looked at."""

    begins_on: date
    ends_on: date
    now: datetime

    @property
    def begins_at(self) -> datetime:
        """The beginning of the first day."""
        return day_start(self.begins_on)

    @property
    def ends_at(self) -> datetime:
        """The end of the last day."""
        return day_start(self.ends_on + timedelta(days=1))


def inputs_from(
    found: Row,
    rule: TitleRule,
    marks: Mapping[Source, Mapping[UUID, int]],
    entrants: tuple[Entrant, ...],
) -> Inputs:
    """The inputs of a stored round; a source for which nobody has a figure is left out of the weights."""
    return Inputs(
        round_id=found["id"],
        title=found["title"],
        period=found["period"],
        begins_on=found["begins_on"],
        ends_on=found["ends_on"],
        rule=rule,
        rules=orjson.loads(found["rules"]),
        without=tuple(source for source in rule.weights if not marks.get(source)),
        entrants=entrants,
    )


def placed_among(groups: Mapping[UUID, str], figures: Mapping[UUID, Fraction]) -> Mapping[UUID, int]:
    """Where each figure stands among those of the same group; who has none has nothing."""
    nothing = Fraction(0)
    return percentiles(
        [Percentiled(key=key, group=group, figure=figures.get(key, nothing)) for key, group in groups.items()]
    )


Cases = Mapping[UUID, Mapping[str, int]]
"""How many cases of each category of the period were verified, by steward or team."""


async def mean_base_points(reader: Reader, cases: Cases, *, on: date) -> dict[UUID, Fraction]:
    """The mean base points of the categories of one's cases, by the rules of a day."""
    rules = (await rules_on(reader, {on})).get(on)
    base = {code: category.points for code, category in rules.document.categories.items()} if rules else {}
    return {
        key: Fraction(sum(base.get(code, 0) * count for code, count in of.items()), sum(of.values()))
        for key, of in cases.items()
    }


def whole_months(since_on: date, on: date) -> int:
    """Whole months from a day, such as that of joining, to the end of a local day."""
    after = on + timedelta(days=1)
    months = (after.year - since_on.year) * 12 + after.month - since_on.month - (after.day < since_on.day)
    return max(0, months)
