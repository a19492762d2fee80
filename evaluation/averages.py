"""Weighted trimmed means, and how much of the spread is noise."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Weighted = tuple[float, float]
"""A value of 0 to 100 and its weight."""

_LEAST_SPREAD = 1.0  # squared points: agreement to the digit is no proof of certainty


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
    """How ballots differ about one steward (noise), and how stewards of a street differ (signal), by dimensions."""

    noise: Matrix
    signal: Matrix

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
    """Variance components by the method of moments (analysis of variance, one way, unbalanced), pooled.

    `ballots` by steward hold each ballot's values by dimension; `means` and `counts` are those that the card uses;
    `group` is each steward's street.
    """
    noise: Matrix = {}
    signal: Matrix = {}
    for at, one in enumerate(dimensions):
        for other in dimensions[: at + 1]:
            inside = _within(ballots, one, other)
            between = _between(means, counts, group, (one, other), inside)
            if one == other:
                inside = max(inside, _LEAST_SPREAD)
                between = max(between, _LEAST_SPREAD)
            noise[one, other] = noise[other, one] = inside
            signal[one, other] = signal[other, one] = between
    for matrix in (noise, signal):
        for one, other in list(matrix):
            most = math.sqrt(matrix[one, one] * matrix[other, other])
            matrix[one, other] = max(-most, min(most, matrix[one, other]))
    return Spread(noise, signal)


def _within(ballots: Mapping[str, Sequence[Mapping[str, float]]], one: str, other: str) -> float:
    total = 0.0
    freedom = 0
    for of_steward in ballots.values():
        both = [(values[one], values[other]) for values in of_steward if one in values and other in values]
        if len(both) < 2:
            continue
        left, right = fmean(a for a, _ in both), fmean(b for _, b in both)
        total += math.fsum((a - left) * (b - right) for a, b in both)
        freedom += len(both) - 1
    return total / freedom if freedom else 0.0


def _between(
    means: Mapping[str, Mapping[str, float]],
    counts: Mapping[str, Mapping[str, float]],
    group: Mapping[str, str],
    pair: tuple[str, str],
    inside: float,
) -> float:
    one, other = pair
    streets: dict[str, list[str]] = {}
    for steward, found in means.items():
        if one in found and other in found:
            streets.setdefault(group[steward], []).append(steward)
    total = 0.0
    noise = 0.0
    freedom = 0
    for stewards in streets.values():
        if len(stewards) < 2:
            continue
        left, right = fmean(means[s][one] for s in stewards), fmean(means[s][other] for s in stewards)
        total += math.fsum((means[s][one] - left) * (means[s][other] - right) for s in stewards)
        shared = fmean(1 / max(counts[s][one], counts[s][other]) for s in stewards)
        noise += inside * shared * (len(stewards) - 1)
        freedom += len(stewards) - 1
    return (total - noise) / freedom if freedom else 0.0
