"""Measures from cases beside what ballots say: shares of cases, shrunk like ballots, through the scheme's curve."""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from uuid import UUID

from evaluation.curves import on_curve
from evaluation.judging import JudgedDimension, Judgement
from evaluation.schemes import Dimension, Measure, Source
from evaluation.votes import Facts, Measured

_LEAST_SIGNAL = Fraction(1)  # squared points


def measure_source(
    source: Source, stewards: Mapping[UUID, UUID], facts: Facts, asked: Mapping[UUID, Judgement]
) -> dict[UUID, Judgement]:
    """The judgements of a source with its measured dimensions added to those that were asked."""
    judged = dict(asked)
    measured = [dimension for dimension in source.dimensions if dimension.measure is not None]
    for dimension in measured:
        assert dimension.measure is not None  # noqa: S101 - chosen above
        for steward, (found, error) in _measured(source, dimension, dimension.measure, stewards, facts).items():
            before = judged.get(steward, Judgement())
            judged[steward] = _with(source, before, found, error)
    return judged


def _measured(
    source: Source, dimension: Dimension, measure: Measure, stewards: Mapping[UUID, UUID], facts: Facts
) -> dict[UUID, tuple[JudgedDimension, float]]:
    known: dict[UUID, Measured] = {
        steward: facts[steward][measure]
        for steward in sorted(stewards, key=str)
        if measure in facts.get(steward, {}) and facts[steward][measure].cases > 0
    }
    streets: dict[UUID, list[Measured]] = defaultdict(list)
    for steward, found in known.items():
        streets[stewards[steward]].append(found)
    street_shares = {street: _pooled(found) for street, found in streets.items()}
    prior = _prior_cases(source, known, stewards, street_shares)
    result = {}
    for steward, found in known.items():
        street = street_shares[stewards[steward]]
        own = Fraction(found.cases) / (found.cases + prior) if prior else Fraction(1)
        shrunk = street + own * (found.percent - street)
        error = float(own * _binomial(street) / found.cases)  # what is left of the noise after shrinking
        score = shrunk if dimension.curve is None else on_curve(dimension.curve, shrunk)
        judged = JudgedDimension(
            code=dimension.code,
            score=score,
            mean=found.percent,
            plain_mean=found.percent,
            street_mean=street,
            own_share=float(own),
            ballots=0,
            cases=found.cases,
            hits=found.hits,
            expected=found.expected,
        )
        result[steward] = judged, error
    return result


def _pooled(found: list[Measured]) -> Fraction:
    return sum((one.percent * one.cases for one in found), Fraction(0)) / sum(one.cases for one in found)


def _binomial(percent: Fraction) -> Fraction:
    """The variance of one case, in squared points; never nothing, for a street without a single miss."""
    return max(percent * (100 - percent), Fraction(100))


def _prior_cases(
    source: Source, known: Mapping[UUID, Measured], stewards: Mapping[UUID, UUID], streets: Mapping[UUID, Fraction]
) -> Fraction:
    """How many cases the street's share is worth: noise of one case / spread between stewards."""
    if source.shrinkage != "estimated":
        return Fraction(source.shrinkage)
    if not known:
        return Fraction(0)
    noise = sum((_binomial(streets[stewards[s]]) for s in known), Fraction(0)) / len(known)
    total = sum(((m.percent - streets[stewards[s]]) ** 2 for s, m in known.items()), Fraction(0)) / len(known)
    by_chance = sum((_binomial(streets[stewards[s]]) / m.cases for s, m in known.items()), Fraction(0)) / len(known)
    # A whole number of cases: it is shown, and the fractions stay short.
    return Fraction(round(noise / max(total - by_chance, _LEAST_SIGNAL)))


def _with(source: Source, before: Judgement, found: JudgedDimension, error: float) -> Judgement:
    """A judgement with one more dimension; errors of ballots and of cases are independent."""
    weight = {dimension.code: float(dimension.weight) for dimension in source.dimensions}
    had = sum(weight[one.code] for one in before.dimensions)
    now = had + weight[found.code]
    variance = before.variance * (had / now) ** 2 + error * (weight[found.code] / now) ** 2
    return Judgement(
        dimensions=(*before.dimensions, found),
        variance=variance,
        raters=before.raters,
        open_ballots=before.open_ballots,
        open_mean=before.open_mean,
        severity=before.severity,
    )
