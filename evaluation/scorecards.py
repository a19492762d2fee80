"""Scorecards (评分卡): from votes and facts to a score with its interval. Pure; docs/evaluation.md has the formulas."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist
from uuid import UUID

from evaluation.judging import JudgedDimension, Judgement, judge_source
from evaluation.measuring import measure_source
from evaluation.schemes import Band, Scheme, Source
from evaluation.uncertainty import Key, Shared, common_variance, shared_signal
from evaluation.votes import Facts, Held, Vote

METHOD = 1
"""Grows when the same inputs would give other figures. Closes keep it; a release computes each as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionScore:
    """One dimension of one steward. Scores are hundredths of points of 0 to 100."""

    code: str
    weight: Fraction  # of the source, percent, after what is missing was left out
    score: Fraction
    plain_mean: Fraction  # what a plain average would have said
    street_mean: Fraction
    own_percent: int  # how much the steward's own ballots or cases weigh against the street's mean
    ballots: int
    cases: int | None  # where it was read from cases
    hits: int | None = None  # of these, as they should be
    expected: Fraction | None = None  # what such a mix of cases reaches in the district, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceScore:
    """One source of one steward. `score` is None where it does not count; `reason` says why."""

    code: str
    weight: Fraction  # by the scheme, percent
    counted_weight: Fraction  # of this card's sum, percent
    score: Fraction | None
    reason: str | None  # below_minimum, nothing_known
    raters: int  # full ballots that count
    open_ballots: int
    open_mean: Fraction | None  # shown apart
    held: int
    severity: str | None  # removed, assumed: where the scheme asks for it
    dimensions: tuple[DimensionScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a period says of a steward. The score is None where no source counts."""

    steward_id: UUID
    street_id: UUID
    score: Fraction | None
    low: Fraction | None
    high: Fraction | None
    deviation: float  # standard error of the score, points
    bonus: Fraction
    sources: tuple[SourceScore, ...]
    band: Band | None

    @property
    def renormalised(self) -> bool:
        """Whether a source of the scheme is missing, so that the others weigh more."""
        return any(source.score is None for source in self.sources)


def compute_cards(
    scheme: Scheme,
    stewards: Mapping[UUID, UUID],
    votes: Iterable[Vote],
    facts: Facts,
    *,
    held: Mapping[UUID, Held] | None = None,
    weights: Mapping[UUID, float] | None = None,
    hazards: Mapping[UUID, int] | None = None,
) -> dict[UUID, Card]:
    """The card of every steward (by id, with the street that he or she is compared in).

    `held` ballots are left out; `weights` (of ballots, by id, 1 where absent) are those of guards; `hazards` are
    verified hazard cases, for a scheme with a bonus. The same input gives the same output, whatever its order.
    """
    ordered = sorted(votes, key=lambda vote: (str(vote.steward_id), str(vote.id)))
    by_source: dict[str, list[Vote]] = defaultdict(list)
    held_counts: dict[tuple[str, UUID], int] = defaultdict(int)
    for vote in ordered:
        if vote.steward_id not in stewards:
            continue
        if held and vote.id in held:
            held_counts[vote.source, vote.steward_id] += 1
        else:
            by_source[vote.source].append(vote)
    judged: dict[str, Mapping[UUID, Judgement]] = {}
    for source in scheme.sources:
        asked = judge_source(source, stewards, by_source[source.code], weights or {}) if source.asked else {}
        judged[source.code] = measure_source(source, stewards, facts, asked)
    shared = shared_signal(judged, stewards)
    quantile = NormalDist().inv_cdf(0.5 + scheme.interval_percent / 200)
    cards = {
        steward: _card(scheme, steward, street, judged, shared, held_counts, quantile, (hazards or {}).get(steward, 0))
        for steward, street in stewards.items()
    }
    return _widened(cards, quantile)


def _widened(cards: Mapping[UUID, Card], quantile: float) -> dict[UUID, Card]:
    """Cards that lack a source, with what its absence may hide: how far fuller cards move when it is left out."""
    by_missing: dict[frozenset[str], list[Card]] = defaultdict(list)
    for card in cards.values():
        if card.score is not None:
            by_missing[_missing(card)].append(card)
    hidden = {missing: _hidden(missing, by_missing) for missing in by_missing}
    found = dict(cards)
    for steward, card in cards.items():
        if card.score is None or not card.renormalised:
            continue
        deviation = math.hypot(card.deviation, math.sqrt(hidden[_missing(card)]))
        low, high = _interval(card.score, card.bonus, quantile * deviation)
        found[steward] = replace(card, deviation=deviation, low=low, high=high)
    return found


def _missing(card: Card) -> frozenset[str]:
    return frozenset(source.code for source in card.sources if source.score is None)


def _hidden(missing: frozenset[str], by_missing: Mapping[frozenset[str], Sequence[Card]]) -> float:
    """The mean square by which the fullest cards that have more move without what is missing; 0 where none has more."""
    fuller = min(
        (known for known in by_missing if known < missing), key=lambda one: (len(one), sorted(one)), default=None
    )
    if fuller is None:
        return 0.0
    moves = [float(_without(card, missing) - (card.score or 0) + card.bonus) for card in by_missing[fuller]]
    return math.fsum(move * move for move in moves) / len(moves)


def _without(card: Card, missing: frozenset[str]) -> Fraction:
    """The score of a card when some of its sources are left out, and those that it lacks itself."""
    left = [(source.weight, source.score) for source in card.sources if source.code not in missing]
    weights = sum((weight for weight, _ in left), Fraction(0))
    return sum((weight * score for weight, score in left if score is not None), Fraction(0)) / weights


def _interval(score: Fraction, bonus: Fraction, margin: float) -> tuple[Fraction, Fraction]:
    whole = hundredths(Fraction(margin))
    return max(Fraction(0), score - whole), min(100 + bonus, score + whole)


def places(cards: Iterable[Card], scheme: Scheme) -> dict[UUID, int]:
    """Places, 1 the best; cards without a score have none.

    By the rule `outside_noise` a place is one more than the number of stewards who are better by more than the
    uncertainty of the difference, so that no order is read out of noise; by `strict`, than the number with more.
    """
    quantile = NormalDist().inv_cdf(0.5 + scheme.interval_percent / 200) if scheme.ranks == "outside_noise" else 0.0
    # Hundredths as whole numbers: every steward is compared with everybody ahead.
    known = [(int(card.score * 100), card.deviation, card.steward_id) for card in cards if card.score is not None]
    ranked = sorted(known, key=lambda one: -one[0])
    found = {}
    for score, deviation, steward in ranked:
        ahead = 0
        for other, others, _ in ranked:
            if other <= score:
                break
            ahead += (other - score) / 100 > quantile * math.hypot(deviation, others)
        found[steward] = 1 + ahead
    return found


def _card(  # noqa: PLR0917 - all that a card is made of
    scheme: Scheme,
    steward: UUID,
    street: UUID,
    judged: Mapping[str, Mapping[UUID, Judgement]],
    shared: Shared,
    held: Mapping[tuple[str, UUID], int],
    quantile: float,
    hazards: int,
) -> Card:
    found = [(source, judged[source.code].get(steward)) for source in scheme.sources]
    counted = sum((s.weight for s, judgement in found if judgement and judgement.dimensions), Fraction(0))
    sources = tuple(
        _source(source, judgement, counted, held.get((source.code, steward), 0)) for source, judgement in found
    )
    if not counted:
        return Card(
            steward_id=steward,
            street_id=street,
            score=None,
            low=None,
            high=None,
            deviation=0.0,
            bonus=Fraction(0),
            sources=sources,
            band=None,
        )
    bonus = min(scheme.bonus.per_hazard * hazards, scheme.bonus.most) if scheme.bonus else Fraction(0)
    total = sum((source.counted_weight * source.score for source in sources if source.score is not None), Fraction(0))
    score = hundredths(total / 100 + bonus)
    deviation = _deviation(sources, [judgement for _, judgement in found], shared)
    low, high = _interval(score, bonus, quantile * deviation)
    return Card(
        steward_id=steward,
        street_id=street,
        score=score,
        low=low,
        high=high,
        deviation=deviation,
        bonus=bonus,
        sources=sources,
        band=scheme.band(score),
    )


def _deviation(sources: Sequence[SourceScore], found: Sequence[Judgement | None], shared: Shared) -> float:
    own = 0.0
    parts: list[tuple[Key, float, JudgedDimension]] = []
    for source, judgement in zip(sources, found, strict=True):
        if judgement is None or source.score is None:
            continue
        own += float(source.counted_weight / 100) ** 2 * judgement.variance
        weight = {one.code: float(source.counted_weight * one.weight) / 10_000 for one in source.dimensions}
        parts.extend(((source.code, one.code), weight[one.code], one) for one in judgement.dimensions)
    return math.sqrt(max(0.0, own + common_variance(parts, shared)))


def _source(source: Source, judgement: Judgement | None, counted: Fraction, held: int) -> SourceScore:
    dimensions = _weighed(source, judgement.dimensions if judgement else ())
    # From the rounded dimensions, with exact weights: whoever adds up what the page shows gets what the page shows.
    score = sum((one.weight * one.score for one in dimensions), Fraction(0)) / 100 if dimensions else None
    reason = None
    if not dimensions:
        some = judgement is not None and (judgement.raters or judgement.open_ballots)
        reason = "below_minimum" if some else "nothing_known"
    return SourceScore(
        code=source.code,
        weight=source.weight,
        counted_weight=source.weight * 100 / counted if dimensions else Fraction(0),
        score=None if score is None else hundredths(score),
        reason=reason,
        raters=judgement.raters if judgement else 0,
        open_ballots=judgement.open_ballots if judgement else 0,
        open_mean=None if judgement is None or judgement.open_mean is None else hundredths(judgement.open_mean),
        held=held,
        severity=judgement.severity if judgement else None,
        dimensions=dimensions,
    )


def _weighed(source: Source, judged: Sequence[JudgedDimension]) -> tuple[DimensionScore, ...]:
    by_code = {one.code: one for one in judged}
    present = tuple(dimension for dimension in source.dimensions if dimension.code in by_code)
    weights = _weights(tuple(dimension.weight for dimension in present))
    return tuple(
        DimensionScore(
            code=dimension.code,
            weight=weight,
            score=hundredths(by_code[dimension.code].score),
            plain_mean=hundredths(by_code[dimension.code].plain_mean),
            street_mean=hundredths(by_code[dimension.code].street_mean),
            own_percent=round(100 * by_code[dimension.code].own_share),
            ballots=by_code[dimension.code].ballots,
            cases=by_code[dimension.code].cases,
            hits=by_code[dimension.code].hits,
            expected=by_code[dimension.code].expected,
        )
        for dimension, weight in zip(present, weights, strict=True)
    )


@lru_cache(maxsize=256)
def _weights(weights: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Weights of what is present, in percent: the same few for thousands of cards."""
    whole = sum(weights, Fraction(0))
    return tuple(weight * 100 / whole for weight in weights)


def hundredths(value: Fraction | float) -> Fraction:
    """A score rounded half up to hundredths of a point, within 0 to 200."""
    numerator, denominator = value.as_integer_ratio()
    return Fraction((200 * numerator + denominator) // (2 * denominator), 100)
