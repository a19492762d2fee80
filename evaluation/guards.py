"""Guards (防刷): ballots that do not look like separate opinions are held out with a reason, for people to review.

They look at ballots alone, never at who gains. What is held is not deleted: two people let it count or leave it out.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from evaluation.raters import alike_raters, pairs, straight_liners
from evaluation.schemes import Guards, Scheme, Source
from evaluation.surplus import surplus_ballots
from evaluation.votes import Held, Vote

_BURST_CHANCE = 1e-4  # of a burst as alike as this from separate opinions

Pattern = tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Verdict:
    """What the guards make of a period's ballots."""

    held: dict[UUID, Held] = field(default_factory=dict)
    weights: dict[UUID, float] = field(default_factory=dict)  # of ballots that count, where it is not 1

    def hold(self, ballots: Iterable[UUID], reason: Held) -> None:
        """Hold ballots out; the first reason stands."""
        for ballot in ballots:
            self.held.setdefault(ballot, reason)


def judge_ballots(scheme: Scheme, votes: Iterable[Vote]) -> Verdict:
    """Hold out what is suspicious. Decided for the whole period at once, in an order of its own."""
    verdict = Verdict()
    by_source: dict[str, list[Vote]] = defaultdict(list)
    # Of ballots cast at one instant the marks decide, so that the figures do not depend on random ids.
    for vote in sorted(votes, key=lambda vote: (vote.cast_at, sorted(vote.scores.items()), str(vote.id))):
        by_source[vote.source].append(vote)
    for source in scheme.sources:
        found = by_source[source.code]
        if not found or not source.asked:
            continue
        if source.code == "residents":
            _residents(source, scheme.guards, found, verdict)
        else:
            _raters(source, scheme.guards, found, verdict)
    return verdict


def _residents(source: Source, guards: Guards, votes: Sequence[Vote], verdict: Verdict) -> None:
    usual = _usual_shares(votes)
    for of_steward in _by_steward(votes).values():
        _same_device(guards, of_steward, verdict)
        standing = [vote for vote in of_steward if vote.id not in verdict.held]
        _bursts(guards, standing, usual, verdict)
    standing = [vote for vote in votes if vote.id not in verdict.held]
    for ballots, reason in surplus_ballots(source, float(guards.surplus_sigma), standing):
        verdict.hold(ballots, reason)


def _raters(source: Source, guards: Guards, votes: Sequence[Vote], verdict: Verdict) -> None:
    for ballots, reason in straight_liners(guards.straight_stewards, votes):
        verdict.hold(ballots, reason)
    if source.code == "peers":
        for ballots, reason in pairs(source, votes):
            verdict.hold(ballots, reason)
    standing = [vote for vote in votes if vote.id not in verdict.held]
    for group in alike_raters(guards.alike_stewards, standing):
        rated = Counter(vote.steward_id for vote in standing if vote.rater in group)
        for vote in standing:
            if vote.rater in group:
                verdict.weights[vote.id] = 1 / rated[vote.steward_id]  # together they count as one


def _by_steward(votes: Sequence[Vote]) -> dict[UUID, list[Vote]]:
    found: dict[UUID, list[Vote]] = defaultdict(list)
    for vote in votes:
        found[vote.steward_id].append(vote)
    return found


def _same_device(guards: Guards, votes: Sequence[Vote], verdict: Verdict) -> None:
    """More ballots for a steward than a household casts with one device: those after are held."""
    used: Counter[str] = Counter()
    for vote in votes:
        if vote.device is not None:
            used[vote.device] += 1
            if used[vote.device] > guards.most_per_device:
                verdict.hold([vote.id], Held("same_device", {"most": guards.most_per_device}))


def _pattern(vote: Vote) -> Pattern:
    return tuple(sorted(vote.scores.items()))


def _usual_shares(votes: Sequence[Vote]) -> Mapping[Pattern, float]:
    """How often each exact ballot is cast in the whole source."""
    counted = Counter(_pattern(vote) for vote in votes)
    return {pattern: (count + 0.5) / (len(votes) + 1) for pattern, count in counted.items()}


def _bursts(guards: Guards, votes: Sequence[Vote], usual: Mapping[Pattern, float], verdict: Verdict) -> None:
    """Many equal ballots within minutes, more than the usual share of such ballots explains."""
    window = timedelta(minutes=guards.burst_minutes)
    start = 0
    for end in range(len(votes)):
        while votes[end].cast_at - votes[start].cast_at > window:
            start += 1
        inside = votes[start : end + 1]
        pattern = _pattern(votes[end])
        equal = [vote for vote in inside if _pattern(vote) == pattern]
        share = usual[pattern]
        if len(equal) < guards.burst_ballots or chance_of(len(equal), len(inside), share) > _BURST_CHANCE:
            continue
        kept = round(share * (len(inside) - len(equal)))  # as many as the others lead one to expect
        reason = Held("burst", {"equal": len(equal), "ballots": len(inside), "minutes": guards.burst_minutes})
        verdict.hold((vote.id for vote in equal[kept:]), reason)


def chance_of(at_least: int, tries: int, share: float) -> float:
    """The binomial chance of so many or more."""
    return math.fsum(_terms(at_least, tries, share))


def _terms(at_least: int, tries: int, share: float) -> Iterator[float]:
    for count in range(at_least, tries + 1):
        yield math.comb(tries, count) * share**count * (1 - share) ** (tries - count)
