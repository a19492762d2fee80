"""Raters who judge many stewards: copies of one another, one mark for everybody, pairs that pay each other back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from statistics import fmean
from uuid import UUID

from evaluation.schemes import Source
from evaluation.votes import Held, Vote

_ALIKE_SHARE = 0.9  # of the stewards whom both judged, the same marks on everything
_PAIR_POINTS = 25.0  # beyond what others say, both ways
_OTHERS = 2  # who say otherwise


def alike_raters(least_stewards: int, votes: Sequence[Vote]) -> list[frozenset[str]]:
    """Groups of raters who gave the same marks to nearly all stewards whom they share: one opinion, copied."""
    by_rater: dict[str, dict[UUID, tuple[tuple[str, int], ...]]] = defaultdict(dict)
    for vote in votes:
        by_rater[vote.rater][vote.steward_id] = tuple(sorted(vote.scores.items()))
    leader = {rater: rater for rater in by_rater}

    def head(rater: str) -> str:
        while leader[rater] != rater:
            rater = leader[rater]
        return rater

    several = sorted(rater for rater, given in by_rater.items() if len(given) >= least_stewards)
    for one, other in combinations(several, 2):
        shared = by_rater[one].keys() & by_rater[other].keys()
        same = sum(by_rater[one][steward] == by_rater[other][steward] for steward in shared)
        if len(shared) >= least_stewards and same >= _ALIKE_SHARE * len(shared):
            leader[head(other)] = head(one)
    groups: dict[str, set[str]] = defaultdict(set)
    for rater in several:
        groups[head(rater)].add(rater)
    return [frozenset(group) for _, group in sorted(groups.items()) if len(group) > 1]


def straight_liners(least_stewards: int, votes: Sequence[Vote]) -> Iterator[tuple[list[UUID], Held]]:
    """Raters with one mark for everything and everybody: their ballots say nothing about anyone."""
    by_rater: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_rater[vote.rater].append(vote)
    for _, given in sorted(by_rater.items()):
        marks = {mark for vote in given for mark in vote.scores.values()}
        if len(given) >= least_stewards and len(marks) == 1:
            yield [vote.id for vote in given], Held("straight_line", {"stewards": len(given), "mark": marks.pop()})


def pairs(source: Source, votes: Sequence[Vote]) -> Iterator[tuple[list[UUID], Held]]:
    """Two stewards who each judge the other far below (retaliation) or far above (favour) what the others say.

    A peer's `rater` is the peer's own id.
    """
    given: dict[tuple[str, str], Vote] = {(vote.rater, str(vote.steward_id)): vote for vote in votes}
    values = {vote.id: source.scale.percent(fmean(vote.scores.values())) for vote in votes}
    received: dict[str, dict[str, float]] = defaultdict(dict)
    for vote in votes:
        received[str(vote.steward_id)][vote.rater] = values[vote.id]
    for (one, other), vote in sorted(given.items()):
        back = given.get((other, one))
        if one >= other or back is None:
            continue
        there = _beyond(received[other], one)
        here = _beyond(received[one], other)
        if there is None or here is None:
            continue
        if there <= -_PAIR_POINTS and here <= -_PAIR_POINTS:
            yield [vote.id, back.id], Held("retaliation", {"points": round(-max(there, here))})
        elif there >= _PAIR_POINTS and here >= _PAIR_POINTS:
            yield [vote.id, back.id], Held("favour", {"points": round(min(there, here))})


def _beyond(received: Mapping[str, float], rater: str) -> float | None:
    others = [value for other, value in received.items() if other != rater]
    return received[rater] - fmean(others) if len(others) >= _OTHERS else None
