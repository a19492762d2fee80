"""Ratings with a known truth: honest people as they are drawn here, and attackers beside them.

The honest side: a steward's merit is normal over the street; each dimension differs a little from it. A resident is
kinder or stricter throughout (halo), errs on each dimension and ticks the nearest word; most answer the overall
question alone, a few tick without reading. Neighbours vote together at hall sessions and share phones in a household.
Staff are strict or kind each in their own way and know some of the stewards, not all.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from statistics import NormalDist, fmean
from typing import Literal
from uuid import UUID

from evaluation.schemes import Measure, Scheme, Source
from evaluation.votes import Facts, Measured, Vote

_OPENED = datetime(2026, 7, 1, tzinfo=UTC)
_WINDOW_S = 90 * 86_400

Attack = Literal["brigade", "shared_phone", "patient", "overall_only", "smear"]
ATTACKS: tuple[Attack, ...] = ("brigade", "shared_phone", "patient", "overall_only", "smear")
"""All at the maximum: within an hour; from two phones; spread over the window; the overall question alone. All at the
minimum: smear."""

Truth = Mapping[tuple[str, str], float]
"""By source and dimension: what endlessly many honest ballots, or cases, would average to, 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What honest people are like. Points are of 0 to 100, shares of 1."""

    merit_mean: float = 66.0
    merit_deviation: float = 9.0
    dimension_deviation: float = 4.0
    leniency_deviation: float = 13.0
    error_deviation: float = 13.0
    overall_only_share: float = 0.55
    careless_share: float = 0.02
    session_share: float = 0.15
    household_share: float = 0.08
    staff: int = 6
    staff_known_share: float = 0.5
    staff_severity_deviation: float = 9.0
    staff_error_deviation: float = 8.0
    cases: int = 35


@dataclass(frozen=True, slots=True)
class Town:
    """Simulated stewards of one street, with their honest ballots and cases."""

    stewards: Mapping[UUID, UUID]
    truth: Mapping[UUID, Truth]
    votes: tuple[Vote, ...]
    facts: Facts


class Rehearsal:
    """Draws towns and attacks by a scheme; the same seed draws the same."""

    def __init__(self, scheme: Scheme, people: People, seed: int) -> None:
        self._scheme = scheme
        self._people = people
        self._random = random.Random(seed)  # noqa: S311 - a rehearsal, not a secret

    def town(self, *, stewards: int, ballots: int) -> Town:
        """So many stewards, each with so many ballots of residents, and those of staff who know him or her."""
        draw, people = self._random, self._people
        street = self._id()
        felt: dict[UUID, dict[tuple[str, str], float]] = {}
        for _ in range(stewards):
            merit = draw.gauss(people.merit_mean, people.merit_deviation)
            felt[self._id()] = {
                (source.code, dimension.code): merit + draw.gauss(0, people.dimension_deviation)
                for source in self._scheme.sources
                for dimension in source.dimensions
            }
        votes: list[Vote] = []
        for source in self._scheme.sources:
            if source.code == "residents":
                for steward, values in felt.items():
                    votes.extend(self._residents(source, steward, _of(values, source), ballots))
            elif source.asked:
                votes.extend(self._staff(source, felt))
        facts = {steward: self._facts(values) for steward, values in felt.items()}
        truth = {steward: self._truth(values) for steward, values in felt.items()}
        return Town(dict.fromkeys(felt, street), truth, tuple(votes), facts)

    def attack(self, steward: UUID, kind: Attack, count: int) -> list[Vote]:
        """The ballots of so many colluders for (or, to smear, against) one steward."""
        draw = self._random
        source = next(source for source in self._scheme.sources if source.code == "residents")
        mark = source.scale.least if kind == "smear" else source.scale.most
        asked = source.asked[:1] if kind == "overall_only" else source.asked
        begun = draw.uniform(0, _WINDOW_S - 7_200)
        phones = [self._pseudonym() for _ in range(2)]
        return [
            self._vote(
                source,
                steward,
                {dimension.code: mark for dimension in asked},
                at=begun + draw.uniform(0, 3_000)
                if kind in ("brigade", "shared_phone")
                else draw.uniform(0, _WINDOW_S),
                device=draw.choice(phones) if kind == "shared_phone" else None,
            )
            for _ in range(count)
        ]

    def _residents(self, source: Source, steward: UUID, felt: Mapping[str, float], count: int) -> list[Vote]:
        draw, people = self._random, self._people
        sessions = [draw.uniform(0, _WINDOW_S - 3_600) for _ in range(2)]
        votes: list[Vote] = []
        for _ in range(count):
            at = draw.uniform(0, _WINDOW_S)
            if draw.random() < people.session_share:
                at = draw.choice(sessions) + draw.uniform(0, 3_600)
            device = votes[-1].device if votes and draw.random() < people.household_share else None
            votes.append(self._vote(source, steward, self._opinion(source, felt), at=at, device=device))
        return votes

    def _opinion(self, source: Source, felt: Mapping[str, float]) -> dict[str, int]:
        draw, people = self._random, self._people
        if draw.random() < people.careless_share:
            return dict.fromkeys(felt, draw.randint(source.scale.least, source.scale.most))
        leniency = draw.gauss(0, people.leniency_deviation)
        marks = {
            code: _mark(source, value + leniency + draw.gauss(0, people.error_deviation))
            for code, value in felt.items()
        }
        first = source.asked[0].code
        return {first: marks[first]} if draw.random() < people.overall_only_share else marks

    def _staff(self, source: Source, felt: Mapping[UUID, Mapping[tuple[str, str], float]]) -> list[Vote]:
        draw, people = self._random, self._people
        votes = []
        severities = [draw.gauss(0, people.staff_severity_deviation) for _ in range(people.staff)]
        middle = fmean(severities)  # no scorecard can tell that all are strict: the truth is what they say together
        for severity in (one - middle for one in severities):
            rater = self._pseudonym()
            for steward, values in felt.items():
                if draw.random() < people.staff_known_share:
                    marks = {
                        code: _mark(source, value + severity + draw.gauss(0, people.staff_error_deviation))
                        for code, value in _of(values, source).items()
                    }
                    votes.append(self._vote(source, steward, marks, at=draw.uniform(0, _WINDOW_S), rater=rater))
        return votes

    def _facts(self, felt: Mapping[tuple[str, str], float]) -> dict[Measure, Measured]:
        found: dict[Measure, Measured] = {}
        count = self._people.cases
        for source in self._scheme.sources:
            for dimension in source.dimensions:
                if dimension.measure is not None:
                    share = _share(felt[source.code, dimension.code])
                    hits = sum(self._random.random() < share for _ in range(count))
                    found[dimension.measure] = Measured(Fraction(100 * hits, count), count)
        return found

    def _truth(self, felt: Mapping[tuple[str, str], float]) -> Truth:
        found: dict[tuple[str, str], float] = {}
        for source in self._scheme.sources:
            for dimension in source.dimensions:
                value = felt[source.code, dimension.code]
                if dimension.measure is not None:
                    found[source.code, dimension.code] = 100 * _share(value)
                elif source.code == "residents":
                    found[source.code, dimension.code] = self._ticked(source, value)
                else:
                    found[source.code, dimension.code] = value
        return found

    def _ticked(self, source: Source, value: float) -> float:
        """The mean of the words that endlessly many residents tick."""
        people = self._people
        opinion = NormalDist(value, (people.leniency_deviation**2 + people.error_deviation**2) ** 0.5)
        steps = source.scale.most - source.scale.least
        mean = sum((1 - opinion.cdf(100 * (step + 0.5) / steps)) * 100 / steps for step in range(steps))
        return (1 - people.careless_share) * mean + people.careless_share * 50

    def _vote(
        self,
        source: Source,
        steward: UUID,
        scores: Mapping[str, int],
        *,
        at: float,
        rater: str | None = None,
        device: str | None = None,
    ) -> Vote:
        return Vote(
            id=self._id(),
            source=source.code,
            steward_id=steward,
            rater=rater or self._pseudonym(),
            scores=scores,
            cast_at=_OPENED + timedelta(seconds=at),
            device=device or self._pseudonym(),
        )

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128))

    def _pseudonym(self) -> str:
        return f"{self._random.getrandbits(64):016x}"


def _of(values: Mapping[tuple[str, str], float], source: Source) -> dict[str, float]:
    return {dimension.code: values[source.code, dimension.code] for dimension in source.asked}


def _mark(source: Source, value: float) -> int:
    scale = source.scale
    return min(scale.most, max(scale.least, round(scale.least + value / 100 * (scale.most - scale.least))))


def _share(value: float) -> float:
    """The share of a steward's cases that are as they should be: 0.5 to 1."""
    return min(1.0, max(0.5, 0.5 + value / 200))
