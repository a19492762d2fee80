"""Weighted trimmed means, and how much of the spread is noise."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Weighted = tuple[float, float]
"""A value of 0 to 100 and its weight."""

_LEAST_SPREAD = 1.0  # squared points: agreement to the digit is no proof of certainty
_DIFFERENCE = 0.25  # how far, relative to their mean, variances of a source's dimensions are expected to differ


def trimmed_mean(values: Sequence[Weighted], trim_percent: int) -> float:
    """The mean without the given share of the weight off each end (Tukey & McLaughlin, 1963).

    A value that the border cuts through counts with what is left of its weight, so that nothing jumps.
    """
    ordered = sorted(values)
    whole = math.fsum(weight for _, weight in ordered)
    cut = whole * trim_percent / 100
    begun = 0.0
    total = 0.0
    kept = 0.0
    for value, weight in ordered:
        inside = min(begun + weight, whole - cut) - max(begun, cut)
        begun += weight
        if inside > 0:
            total += value * inside
            kept += inside
    return total / kept


def effective_count(weights: Sequence[float]) -> float:
    """How many equal ballots are worth as much as these (Kish, 1965): (Σw)² / Σw²."""
    squares = math.fsum(weight * weight for weight in weights)
    return math.fsum(weights) ** 2 / squares if squares else 0.0


Matrix = dict[tuple[str, str], float]
"""By two dimensions; symmetric, both orders are present."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How ballots differ about one steward (noise), and how stewards of a street differ (signal), by dimensions.

    `doubt` is the variance of each dimension's estimated signal.
    """

    noise: Matrix
    signal: Matrix
    doubt: Mapping[str, float]

    def prior_ballots(self, dimension: str) -> float:
        """How many ballots the street's mean is worth: noise / signal (Bühlmann, 1967)."""
        return self.noise[dimension, dimension] / self.signal[dimension, dimension]


def spread_of(
    ballots: Mapping[str, Sequence[Mapping[str, float]]],
    means: Mapping[str, Mapping[str, float]],
    counts: Mapping[str, Mapping[str, float]],
    group: Mapping[str, str],
    dimensions: Sequence[str],
) -> Spread:
    """Variance components by the method of moments, pooled over streets.

    `ballots` by steward hold each ballot's values by dimension; `means` and `counts` are those that the card uses;
    `group` is each steward's street. Moments are weighed in two steps (DerSimonian & Laird, 1986), so that stewards
    with a single answer do not decide; then each is drawn toward the mean of its kind over the source's dimensions, by
    how uncertain it is: where few answered a question, what the others show steadies it.
    """
    noise: Matrix = {}
    pairs = [(one, other) for at, one in enumerate(dimensions) for other in dimensions[: at + 1]]
    for one, other in pairs:
        inside = _within(ballots, one, other)
        noise[one, other] = noise[other, one] = max(inside, _LEAST_SPREAD) if one == other else inside
    _bounded(noise)
    data = _Levels(means, counts, group, noise)
    alike = {(one, one): data.moment((one, one), None) for one in dimensions}
    worth = {pair[0]: noise[pair] / max(steadied.value, _LEAST_SPREAD) for pair, steadied in _steadied(alike).items()}
    signal: Matrix = {}
    doubt: dict[str, float] = {}
    for same in (True, False):
        chosen = {pair: data.moment(pair, worth) for pair in pairs if (pair[0] == pair[1]) == same}
        for (one, other), found in _steadied(chosen).items():
            signal[one, other] = signal[other, one] = max(found.value, _LEAST_SPREAD) if same else found.value
            if same:
                doubt[one] = found.variance
    _bounded(signal)
    return Spread(noise, signal, doubt)


@dataclass(frozen=True, slots=True)
class _Moment:
    """An estimated (co)variance of stewards' levels, and the variance of the estimate (0: nothing is known)."""

    value: float
    variance: float


def _steadied(moments: Mapping[tuple[str, str], _Moment]) -> dict[tuple[str, str], _Moment]:
    """Each moment drawn toward their common mean, by how uncertain it is beside how far such moments differ.

    Moments of one sample of stewards err together: none gets surer than the surest of them is.
    """
    known = [moment for moment in moments.values() if moment.variance > 0]
    if not known:
        return dict(moments)
    weights = math.fsum(1 / moment.variance for moment in known)
    common = math.fsum(moment.value / moment.variance for moment in known) / weights
    differ = max((_DIFFERENCE * common) ** 2, _LEAST_SPREAD)
    surest = min(moment.variance for moment in known)
    found = {}
    for pair, moment in moments.items():
        if moment.variance > 0:
            value = (moment.value * differ + common * moment.variance) / (differ + moment.variance)
            variance = max(surest, moment.variance * differ / (differ + moment.variance))
            found[pair] = _Moment(value, variance)
        else:
            found[pair] = _Moment(common, surest + differ)
    return found


def _bounded(matrix: Matrix) -> None:
    """Keep correlations within -1 and 1."""
    for one, other in list(matrix):
        most = math.sqrt(matrix[one, one] * matrix[other, other])
        matrix[one, other] = max(-most, min(most, matrix[one, other]))


def _within(ballots: Mapping[str, Sequence[Mapping[str, float]]], one: str, other: str) -> float:
    products: list[float] = []
    freedom = 0
    for of_steward in ballots.values():
        both = [(values[one], values[other]) for values in of_steward if one in values and other in values]
        if len(both) < 2:
            continue
        left, right = fmean(a for a, _ in both), fmean(b for _, b in both)
        products += [(a - left) * (b - right) for a, b in both]
        freedom += len(both) - 1
    return math.fsum(products) / freedom if freedom else 0.0


@dataclass(frozen=True, slots=True)
class _Levels:
    """Means of stewards with their effective counts, streets, and the noise of one ballot."""

    means: Mapping[str, Mapping[str, float]]
    counts: Mapping[str, Mapping[str, float]]
    group: Mapping[str, str]
    noise: Matrix

    def moment(self, pair: tuple[str, str], worth: Mapping[str, float] | None) -> _Moment:
        """The (co)variance of levels inside streets. `worth` are the ballots that the street's mean is worth, by which
        stewards with few ballots weigh less; without it all weigh alike.
        """
        one, other = pair
        streets: dict[str, list[str]] = {}
        for steward, found in self.means.items():
            if one in found and other in found:
                streets.setdefault(self.group[steward], []).append(steward)
        products: list[float] = []
        errors: list[float] = []
        free: list[float] = []
        left_noise: list[float] = []
        right_noise: list[float] = []
        for stewards in streets.values():
            if len(stewards) < 2:
                continue
            weights = [self._weight(steward, pair, worth) for steward in stewards]
            whole = math.fsum(weights)
            left = math.fsum(w * self.means[s][one] for w, s in zip(weights, stewards, strict=True)) / whole
            right = math.fsum(w * self.means[s][other] for w, s in zip(weights, stewards, strict=True)) / whole
            for weight, steward in zip(weights, stewards, strict=True):
                share = weight * (1 - weight / whole)
                count, others = self.counts[steward][one], self.counts[steward][other]
                products.append(weight * (self.means[steward][one] - left) * (self.means[steward][other] - right))
                errors.append(share * self.noise[pair] / max(count, others))
                free.append(share)
                left_noise.append(share * self.noise[one, one] / count)
                right_noise.append(share * self.noise[other, other] / others)
        freedom = math.fsum(free)
        if not freedom:
            return _Moment(0.0, 0.0)
        value = (math.fsum(products) - math.fsum(errors)) / freedom
        # As of normal values: (V₁V₂ + C²) / the effective number of stewards.
        level = abs(value)
        spread = (level + math.fsum(left_noise) / freedom) * (level + math.fsum(right_noise) / freedom)
        whole_covariance = value + math.fsum(errors) / freedom
        effective = freedom**2 / math.fsum(share * share for share in free)
        return _Moment(value, (spread + whole_covariance**2) / effective)

    def _weight(self, steward: str, pair: tuple[str, str], worth: Mapping[str, float] | None) -> float:
        if worth is None:
            return 1.0
        one, other = (self.counts[steward][code] / (self.counts[steward][code] + worth[code]) for code in pair)
        return math.sqrt(one * other)
