"""What the errors of different dimensions have in common: a good steward is good in most, so shrinking errs alike."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean
from uuid import UUID

from evaluation.judging import JudgedDimension, Judgement

Key = tuple[str, str]
"""Source and dimension."""

Shared = Mapping[tuple[Key, Key], float]
"""Covariance of stewards' true levels between two dimensions, squared points, inside streets."""


def shared_signal(judged: Mapping[str, Mapping[UUID, Judgement]], stewards: Mapping[UUID, UUID]) -> Shared:
    """Covariances between dimensions that no ballot answers together; their noise is independent, so the covariance of
    the means is that of the levels. Pairs within one ballot are in each judgement's own variance already.
    """
    means: dict[Key, dict[UUID, float]] = defaultdict(dict)
    asked: set[Key] = set()
    for source, by_steward in judged.items():
        for steward, judgement in by_steward.items():
            for dimension in judgement.dimensions:
                means[source, dimension.code][steward] = float(dimension.mean)
                if dimension.cases is None:
                    asked.add((source, dimension.code))
    found: dict[tuple[Key, Key], float] = {}
    for one, other in combinations(sorted(means), 2):
        if one[0] == other[0] and one in asked and other in asked:
            continue
        found[one, other] = _covariance(means[one], means[other], stewards)
    return found


def common_variance(parts: Sequence[tuple[Key, float, JudgedDimension]], shared: Shared) -> float:
    """What is to be added to the sum of the sources' own variances, squared points. `parts` are a card's dimensions
    with their weight in the whole score (of 1).
    """
    total = 0.0
    for (one, weight, left), (other, others, right) in combinations(sorted(parts, key=lambda part: part[0]), 2):
        covariance = shared.get((one, other))
        if covariance is not None:
            total += 2 * weight * others * (1 - left.own_share) * (1 - right.own_share) * covariance
    return total


def _covariance(one: Mapping[UUID, float], other: Mapping[UUID, float], stewards: Mapping[UUID, UUID]) -> float:
    streets: dict[UUID, list[UUID]] = defaultdict(list)
    for steward in sorted(one.keys() & other.keys(), key=str):
        streets[stewards[steward]].append(steward)
    products: list[float] = []
    freedom = 0
    for members in streets.values():
        left, right = fmean(one[s] for s in members), fmean(other[s] for s in members)
        products += [(one[s] - left) * (other[s] - right) for s in members]
        freedom += len(members) - 1
    return max(0.0, math.fsum(products) / freedom) if freedom else 0.0
