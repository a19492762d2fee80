"""How severe each rater is, estimated where raters judge the same stewards."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

_ROUNDS = 60
_SETTLED = 1e-6  # points by which nobody's severity still moves
_PRIOR_RATINGS = 1.0  # a rater starts as average, with the weight of one rating


@dataclass(frozen=True, slots=True)
class Severities:
    """By rater: how far he or she judges above (+) or below (-) the others, in points of 0 to 100.

    `compared` are the raters that share stewards with another one. The rest cannot be told from what they judge: they
    are taken as average, and so is each group of raters that shares no steward with any other group.
    """

    by_rater: Mapping[str, float]
    compared: frozenset[str]
    groups: int


Rating = tuple[str, UUID, float]
"""Rater, steward and the mean of the ballot's values, 0 to 100."""


def estimate_severities(ratings: Sequence[Rating]) -> Severities:
    """Additive rater effects by alternating least squares with a weak prior, zero on average in each linked group.

    Value = steward + rater + noise; after Linacre's many-facet model (1989), on the linear scale.
    """
    by_rater: dict[str, list[tuple[UUID, float]]] = defaultdict(list)
    by_steward: dict[UUID, list[tuple[str, float]]] = defaultdict(list)
    for rater, steward, value in sorted(ratings, key=lambda rating: (rating[0], str(rating[1]), rating[2])):
        by_rater[rater].append((steward, value))
        by_steward[steward].append((rater, value))
    groups = [group for group in _linked(by_rater, by_steward) if len(group) > 1]
    effect = dict.fromkeys(by_rater, 0.0)
    compared = [rater for group in groups for rater in group]
    touched = {steward for rater in compared for steward, _ in by_rater[rater]}
    for _ in range(_ROUNDS if compared else 0):
        level = {s: math.fsum(v - effect[r] for r, v in by_steward[s]) / len(by_steward[s]) for s in touched}
        before = dict(effect)
        for rater in compared:
            given = by_rater[rater]
            effect[rater] = math.fsum(value - level[s] for s, value in given) / (len(given) + _PRIOR_RATINGS)
        for group in groups:
            ratings_in = sum(len(by_rater[rater]) for rater in group)
            centre = math.fsum(effect[rater] * len(by_rater[rater]) for rater in group) / ratings_in
            for rater in group:
                effect[rater] -= centre
        if all(abs(effect[rater] - before[rater]) < _SETTLED for rater in compared):
            break
    return Severities(effect, frozenset(compared), len(groups))


def _linked(
    by_rater: Mapping[str, Sequence[tuple[UUID, float]]], by_steward: Mapping[UUID, Sequence[tuple[str, float]]]
) -> list[list[str]]:
    """Raters that are connected through stewards whom they both judged."""
    seen: set[str] = set()
    groups = []
    for first in by_rater:
        if first in seen:
            continue
        seen.add(first)
        group = [first]
        for rater in group:
            for steward, _ in by_rater[rater]:
                for other, _ in by_steward[steward]:
                    if other not in seen:
                        seen.add(other)
                        group.append(other)
        groups.append(group)
    return groups
