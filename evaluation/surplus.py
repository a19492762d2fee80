"""More ballots at one end of the scale than the rest of the same steward's ballots explains: the mark of colluders.

Who collude at the maximum can choose their time and devices, but not what honest residents say of the same steward.
So the share of full marks is predicted from the other ballots (a logistic curve over the whole source), and what is far
above it is held out, the newest first. The number expected stays, so that nobody is moved down by another's praise.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from uuid import UUID

from evaluation.schemes import Source
from evaluation.votes import Held, Vote

_LEAST_STEWARDS = 10  # below, no curve can be drawn
_LEAST_REST = 3  # other ballots of the steward
_LEAST_SURPLUS = 2
_LEAST_SHARE = 0.004


@dataclass(frozen=True, slots=True)
class _Pile:
    """The ballots of one steward with the same mark on everything, and what the others say."""

    ballots: tuple[Vote, ...]
    all_count: int
    rest_mean: float


def surplus_ballots(source: Source, sigma: float, votes: Sequence[Vote]) -> Iterator[tuple[list[UUID], Held]]:
    """Ballots to hold out, with the reason: for each end of the scale, ballots of one mark and of several apart."""
    for mark in (source.scale.most, source.scale.least):
        for several in (True, False):
            yield from _surplus(_piles(source, votes, mark, several=several), sigma, mark)


def _piles(source: Source, votes: Sequence[Vote], mark: int, *, several: bool) -> list[_Pile]:
    by_steward: dict[UUID, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_steward[vote.steward_id].append(vote)
    ends = ({source.scale.least}, {source.scale.most})
    piles = []
    for _, of_steward in sorted(by_steward.items(), key=lambda found: str(found[0])):
        # Full and half-filled ballots are told apart: of those alike in form, how many hold the mark throughout?
        alike = [vote for vote in of_steward if (len(vote.scores) > 1) == several]
        pile = tuple(vote for vote in alike if set(vote.scores.values()) == {mark})
        # Neither end tells of the middle: who praises must not make honest blame stand out, nor the other way round.
        rest = [fmean(vote.scores.values()) for vote in of_steward if set(vote.scores.values()) not in ends]
        if len(rest) >= _LEAST_REST and alike:
            mean = source.scale.percent(fmean(rest)) / 100
            piles.append(_Pile(pile, len(of_steward), mean))
    return piles


def _surplus(piles: Sequence[_Pile], sigma: float, mark: int) -> Iterator[tuple[list[UUID], Held]]:
    if len(piles) < _LEAST_STEWARDS:
        return
    flagged: set[int] = set()
    for _ in range(3):  # the curve is drawn without those that stand out from it
        usual = [pile for at, pile in enumerate(piles) if at not in flagged]
        curve = _fit(usual)
        dispersion = _dispersion(usual, curve)
        found = {at for at, pile in enumerate(piles) if _stands_out(pile, curve, dispersion) > sigma}
        if found == flagged:
            break
        flagged = found
    for at in sorted(flagged):
        pile = piles[at]
        expected = _expected(pile, curve)
        surplus = len(pile.ballots) - expected
        if surplus >= _LEAST_SURPLUS:
            reason = Held("surplus", {"mark": mark, "found": len(pile.ballots), "expected": expected})
            yield [vote.id for vote in pile.ballots[expected:]], reason


Line = tuple[float, float, float]


def _share(pile: _Pile, curve: Line) -> float:
    intercept, slope, centre = curve
    exponent = max(-30.0, min(30.0, intercept + slope * (pile.rest_mean - centre)))
    return max(_LEAST_SHARE, 1 / (1 + math.exp(-exponent)))


def _expected(pile: _Pile, curve: Line) -> int:
    """How many of such ballots belong to the others of the steward: the share is of the honest ones together."""
    share = _share(pile, curve)
    return round((pile.all_count - len(pile.ballots)) * share / (1 - share))


def _stands_out(pile: _Pile, curve: Line, dispersion: float) -> float:
    share = _share(pile, curve)
    deviation = math.sqrt(dispersion * pile.all_count * share * (1 - share))
    return (len(pile.ballots) - 0.5 - pile.all_count * share) / deviation


def _fit(piles: Sequence[_Pile]) -> Line:
    """Logistic regression of the pile's share on the others' mean, by Newton's steps with a slight ridge."""
    centre = fmean(pile.rest_mean for pile in piles)
    begun = (sum(len(pile.ballots) for pile in piles) + 0.5) / (sum(pile.all_count for pile in piles) + 1)
    intercept, slope = math.log(begun / (1 - begun)), 0.0
    for _ in range(25):
        misses, slopes, weights = [], [], []
        for pile in piles:
            at = pile.rest_mean - centre
            share = 1 / (1 + math.exp(-max(-30.0, min(30.0, intercept + slope * at))))
            weight = pile.all_count * share * (1 - share)
            misses.append(len(pile.ballots) - pile.all_count * share)
            slopes.append(misses[-1] * at)
            weights.append((weight, weight * at, weight * at * at))
        gradient0, gradient1 = math.fsum(misses), math.fsum(slopes) - 0.01 * slope
        hessian00 = 1e-9 + math.fsum(weight for weight, _, _ in weights)
        hessian01 = math.fsum(weight for _, weight, _ in weights)
        hessian11 = 0.01 + math.fsum(weight for _, _, weight in weights)
        determinant = hessian00 * hessian11 - hessian01 * hessian01
        step0 = (hessian11 * gradient0 - hessian01 * gradient1) / determinant
        step1 = (hessian00 * gradient1 - hessian01 * gradient0) / determinant
        intercept += max(-2.0, min(2.0, step0))
        slope += max(-10.0, min(10.0, step1))
        if abs(step0) + abs(step1) < 1e-9:
            break
    return intercept, slope, centre


def _dispersion(piles: Sequence[_Pile], curve: Line) -> float:
    """How much wider than binomial the piles are, by the median of their squared deviations (robust)."""
    squares = []
    for pile in piles:
        share = _share(pile, curve)
        spread = pile.all_count * share * (1 - share)
        squares.append((len(pile.ballots) - pile.all_count * share) ** 2 / spread)
    return max(1.0, median(squares) / 0.4549)  # the median of chi-squared with one degree of freedom
