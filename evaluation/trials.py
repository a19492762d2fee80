"""What scorecards withstand and how right they are, measured on rehearsed towns (`jinpai simulate ratings`)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from uuid import UUID

from evaluation.averages import trimmed_mean
from evaluation.guards import judge_ballots
from evaluation.rehearsal import Attack, People, Rehearsal, Town
from evaluation.schemes import Scheme, Source
from evaluation.scorecards import Card, compute_cards
from evaluation.votes import Facts, Vote

STEWARDS = 100
_TARGETS = 6  # attacked in one town
_PLAIN_TRIM_PERCENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackResult:
    """Places among 100 by which colluders move a steward their way in the residents' ranking, on average."""

    attack: Attack
    share_percent: int
    ballots: int
    plain: float  # a plain 10 % trim
    unguarded: float
    guarded: float
    guarded_either_way: float  # mean of the absolute moves
    caught_percent: float  # of the colluders' ballots
    honest_held_percent: float  # of honest ballots, where nobody attacks


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthResult:
    """How well scores agree with the truth, whole cards of all sources."""

    ballots: int
    card_correlation: float  # Spearman's, with the true order
    plain_correlation: float
    covered_percent: float  # intervals that hold the truth


def try_attack(
    scheme: Scheme, people: People, attack: Attack, *, share_percent: int, ballots: int, towns: int, seed: int
) -> AttackResult:
    """Attack some stewards of each town, whose `ballots` are then to `share_percent` those of colluders.

    Places are counted against the same honest ballots without the colluders.
    """
    residents = scheme.model_copy(update={"sources": tuple(s for s in scheme.sources if s.code == "residents")})
    moved: dict[str, list[int]] = defaultdict(list)
    caught = cast = held = honest_ballots = 0
    colluders = round(ballots * share_percent / 100)
    for number in range(towns):
        rehearsal = Rehearsal(residents, people, seed * 10_007 + number)
        town = rehearsal.town(stewards=STEWARDS, ballots=ballots)
        targets = list(town.stewards)[:_TARGETS]
        honest = _fewer(town.votes, targets, ballots - colluders)
        colluding = [vote for target in targets for vote in rehearsal.attack(target, attack, colluders)]
        quiet, attacked = judge_ballots(residents, honest), judge_ballots(residents, [*honest, *colluding])
        held += len(quiet.held)
        honest_ballots += len(honest)
        caught += sum(vote.id in attacked.held for vote in colluding)
        cast += len(colluding)
        ways = {
            "plain": (plain_scores(residents, honest, {}), plain_scores(residents, [*honest, *colluding], {})),
            "unguarded": (_scores(residents, town, honest), _scores(residents, town, [*honest, *colluding])),
            "guarded": (
                scores_of(compute_cards(residents, town.stewards, honest, {}, held=quiet.held).values()),
                scores_of(
                    compute_cards(residents, town.stewards, [*honest, *colluding], {}, held=attacked.held).values()
                ),
            ),
        }
        for way, (before, after) in ways.items():
            moved[way].extend(_place(before, target) - _place(after, target) for target in targets)
    sign = -1 if attack == "smear" else 1
    return AttackResult(
        attack=attack,
        share_percent=share_percent,
        ballots=ballots,
        plain=sign * fmean(moved["plain"]),
        unguarded=sign * fmean(moved["unguarded"]),
        guarded=sign * fmean(moved["guarded"]),
        guarded_either_way=fmean(map(abs, moved["guarded"])),
        caught_percent=100 * caught / max(1, cast),
        honest_held_percent=100 * held / max(1, honest_ballots),
    )


def try_truth(scheme: Scheme, people: People, *, ballots: int, towns: int, seed: int) -> TruthResult:
    """Compare scorecards and plain means with the truth of towns without attackers, guards on."""
    ours, plain = [], []
    covered = cards = 0
    for number in range(towns):
        town = Rehearsal(scheme, people, seed * 10_007 + number).town(stewards=STEWARDS, ballots=ballots)
        truth = {steward: true_score(scheme, town, steward) for steward in town.stewards}
        verdict = judge_ballots(scheme, town.votes)
        found = compute_cards(scheme, town.stewards, town.votes, town.facts, held=verdict.held, weights=verdict.weights)
        ours.append(rank_correlation(scores_of(found.values()), truth))
        plain.append(rank_correlation(plain_scores(scheme, town.votes, town.facts, trim_percent=0), truth))
        for steward, card in found.items():
            if card.low is not None and card.high is not None:
                cards += 1
                covered += float(card.low) <= truth[steward] <= float(card.high)
    return TruthResult(
        ballots=ballots,
        card_correlation=fmean(ours),
        plain_correlation=fmean(plain),
        covered_percent=100 * covered / cards,
    )


def true_score(scheme: Scheme, town: Town, steward: UUID) -> float:
    """The score that endlessly many honest ballots and cases would give."""
    total = 0.0
    for source in scheme.sources:
        inside = sum(float(d.weight) * town.truth[steward][source.code, d.code] for d in source.dimensions) / 100
        total += float(source.weight) * inside
    return total / float(sum(source.weight for source in scheme.sources))


def plain_scores(
    scheme: Scheme, votes: Iterable[Vote], facts: Facts, *, trim_percent: int = _PLAIN_TRIM_PERCENT
) -> dict[UUID, float]:
    """What plain (trimmed) averages with the scheme's weights say: the method that others use."""
    found: dict[UUID, dict[tuple[str, str], list[float]]] = defaultdict(lambda: defaultdict(list))
    by_code: dict[str, Source] = {source.code: source for source in scheme.sources}
    for vote in votes:
        for code, mark in vote.scores.items():
            found[vote.steward_id][vote.source, code].append(by_code[vote.source].scale.percent(mark))
    for steward, measures in facts.items():
        for source in scheme.sources:
            for dimension in source.dimensions:
                if dimension.measure is not None and dimension.measure in measures:
                    found[steward][source.code, dimension.code] = [float(measures[dimension.measure].percent)]
    return {steward: _plain(scheme, values, trim_percent) for steward, values in found.items()}


def _plain(scheme: Scheme, values: Mapping[tuple[str, str], Sequence[float]], trim_percent: int) -> float:
    total = weights = 0.0
    for source in scheme.sources:
        inside = [
            (float(d.weight), trimmed_mean([(value, 1.0) for value in values[source.code, d.code]], trim_percent))
            for d in source.dimensions
            if (source.code, d.code) in values
        ]
        if inside:
            whole = sum(weight for weight, _ in inside)
            total += float(source.weight) * sum(weight * mean for weight, mean in inside) / whole
            weights += float(source.weight)
    return total / weights


def scores_of(cards: Iterable[Card]) -> dict[UUID, float]:
    """Scores by steward, of cards that have one."""
    return {card.steward_id: float(card.score) for card in cards if card.score is not None}


def rank_correlation(one: Mapping[UUID, float], other: Mapping[UUID, float]) -> float:
    """Spearman's rank correlation over the keys that both have, ties by their middle rank."""
    shared = sorted(one.keys() & other.keys(), key=str)
    left, right = _ranks([one[key] for key in shared]), _ranks([other[key] for key in shared])
    middle = (len(shared) + 1) / 2
    products = sum((a - middle) * (b - middle) for a, b in zip(left, right, strict=True))
    squares = sum((a - middle) ** 2 for a in left) * sum((b - middle) ** 2 for b in right)
    return float(products / squares**0.5)


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    first: dict[float, int] = {}
    count: dict[float, int] = defaultdict(int)
    for at, value in enumerate(ordered, 1):
        first.setdefault(value, at)
        count[value] += 1
    return [first[value] + (count[value] - 1) / 2 for value in values]


def _scores(scheme: Scheme, town: Town, votes: Iterable[Vote]) -> dict[UUID, float]:
    return scores_of(compute_cards(scheme, town.stewards, votes, {}).values())


def _place(scores: Mapping[UUID, float], steward: UUID) -> int:
    return sum(score > scores[steward] for score in scores.values()) if steward in scores else len(scores) // 2


def _fewer(votes: Iterable[Vote], targets: Sequence[UUID], most: int) -> list[Vote]:
    seen: dict[UUID, int] = defaultdict(int)
    kept = []
    for vote in votes:
        seen[vote.steward_id] += 1
        if vote.steward_id not in targets or seen[vote.steward_id] <= most:
            kept.append(vote)
    return kept
