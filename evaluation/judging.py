"""What the ballots of one source say of each steward: severity removed, trimmed, shrunk, and the error that is left."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import fmean
from uuid import UUID

from evaluation.averages import Spread, Weighted, effective_count, spread_of, trimmed_mean
from evaluation.schemes import Source
from evaluation.severity import Severities, estimate_severities
from evaluation.votes import Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedDimension:
    """One dimension of one steward, points of 0 to 100; `own_share` (0 to 1) is what his own ballots weigh."""

    code: str
    score: float | Fraction
    mean: float | Fraction  # the steward's own, before it is drawn toward the street's
    plain_mean: float | Fraction
    street_mean: float | Fraction
    own_share: float
    ballots: int
    cases: int | None = None
    hits: int | None = None
    expected: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one source says of one steward; no dimensions where it does not count. `variance` is of the source's score
    in squared points.
    """

    dimensions: tuple[JudgedDimension, ...] = ()
    variance: float = 0.0
    raters: int = 0
    open_ballots: int = 0
    open_mean: float | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class _Ballot:
    values: Mapping[str, float]  # 0 to 100, severity removed
    raw: Mapping[str, float]
    weight: float


def judge_source(
    source: Source, stewards: Mapping[UUID, UUID], votes: Sequence[Vote], weights: Mapping[UUID, float]
) -> dict[UUID, Judgement]:
    """What the ballots of a source say, by steward. `weights` are those of guards, 1 where absent."""
    codes = {dimension.code for dimension in source.asked}
    raw = {
        vote.id: {code: source.scale.percent(score) for code, score in vote.scores.items() if code in codes}
        for vote in votes
    }
    counted = [vote for vote in votes if raw[vote.id] and weights.get(vote.id, 1.0) > 0]
    severities = _severities(source, counted, raw)
    ballots: dict[UUID, list[_Ballot]] = defaultdict(list)
    by_steward: dict[UUID, list[Vote]] = defaultdict(list)
    for vote in counted:
        by_steward[vote.steward_id].append(vote)
    for steward, of_steward in by_steward.items():
        open_weight = _open_weight(source, of_steward)
        for vote in of_steward:
            weight = (open_weight if vote.open else 1.0) * weights.get(vote.id, 1.0)
            if weight > 0:
                shift = severities.by_rater.get(vote.rater, 0.0) if severities else 0.0
                values = {code: value - shift for code, value in raw[vote.id].items()}
                ballots[steward].append(_Ballot(values, raw[vote.id], weight))
    return _judged(source, stewards, by_steward, ballots, raw, severities)


def _severities(source: Source, votes: Sequence[Vote], raw: Mapping[UUID, Mapping[str, float]]) -> Severities | None:
    if not source.severity:
        return None
    return estimate_severities([(v.rater, v.steward_id, fmean(raw[v.id].values())) for v in votes])


def _open_weight(source: Source, votes: Sequence[Vote]) -> float:
    """What one open ballot weighs: little, and all together not more than their share of the full ones."""
    rule = source.open_ballots
    open_count = sum(vote.open for vote in votes)
    full_count = len(votes) - open_count
    if rule is None or not open_count or not full_count:
        return 0.0
    return min(rule.weight_percent / 100, rule.most_share_percent / 100 * full_count / open_count)


def _judged(  # noqa: PLR0917 - the steps of one sum
    source: Source,
    stewards: Mapping[UUID, UUID],
    votes: Mapping[UUID, Sequence[Vote]],
    ballots: Mapping[UUID, Sequence[_Ballot]],
    raw: Mapping[UUID, Mapping[str, float]],
    severities: Severities | None,
) -> dict[UUID, Judgement]:
    heads = {steward: _head(source, of_steward, raw, severities) for steward, of_steward in votes.items()}
    codes = [dimension.code for dimension in source.asked]
    means: dict[str, dict[str, float]] = {}
    counts: dict[str, dict[str, float]] = {}
    for steward, of_steward in ballots.items():
        means[str(steward)], counts[str(steward)] = _means(source, codes, of_steward)
    group = {str(steward): str(street) for steward, street in stewards.items()}
    cells = {str(steward): [ballot.values for ballot in found] for steward, found in ballots.items()}
    spread = spread_of(cells, means, counts, group, codes)
    streets = _street_means(means, group, codes)
    judged = {}
    for steward, head in heads.items():
        of_steward = ballots.get(steward, ())
        if head.raters < source.minimum_raters or not of_steward:
            judged[steward] = head
            continue
        name = str(steward)
        shares = {code: _own_share(source, spread, code, counts[name][code]) for code in means[name]}
        street = streets[group[name]]
        dimensions = tuple(
            JudgedDimension(
                code=code,
                score=min(100.0, max(0.0, street[code] + shares[code] * (mean - street[code]))),
                mean=mean,
                plain_mean=fmean(ballot.raw[code] for ballot in of_steward if code in ballot.raw),
                street_mean=street[code],
                own_share=shares[code],
                ballots=sum(code in ballot.values for ballot in of_steward),
            )
            for code, mean in means[name].items()
        )
        variance = _variance(source, spread, shares, of_steward)
        judged[steward] = replace(head, dimensions=dimensions, variance=variance)
    return judged


def _head(
    source: Source, votes: Sequence[Vote], raw: Mapping[UUID, Mapping[str, float]], severities: Severities | None
) -> Judgement:
    full = [vote for vote in votes if not vote.open]
    open_values = [fmean(raw[vote.id].values()) for vote in votes if vote.open]
    severity = None
    if severities is not None:
        severity = "removed" if full and all(vote.rater in severities.compared for vote in full) else "assumed"
    return Judgement(
        raters=len({vote.rater for vote in full}),
        open_ballots=len(open_values),
        open_mean=fmean(open_values) if open_values else None,
        severity=severity,
    )


def _means(
    source: Source, codes: Sequence[str], ballots: Sequence[_Ballot]
) -> tuple[dict[str, float], dict[str, float]]:
    means, counts = {}, {}
    for code in codes:
        found: list[Weighted] = [(ballot.values[code], ballot.weight) for ballot in ballots if code in ballot.values]
        if found:
            means[code] = trimmed_mean(found, source.trim_percent)
            counts[code] = effective_count([weight for _, weight in found])
    return means, counts


def _street_means(
    means: Mapping[str, Mapping[str, float]], group: Mapping[str, str], codes: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Each street's mean of its stewards' means, one steward one voice; a lone steward's is the district's."""
    of_street: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    of_district: dict[str, list[float]] = defaultdict(list)
    for steward, found in means.items():
        for code, mean in found.items():
            of_street[group[steward]][code].append(mean)
            of_district[code].append(mean)
    return {
        street: {code: fmean(found[code]) if len(found[code]) > 2 else fmean(of_district[code]) for code in found}
        for street, found in of_street.items()
    }


def _own_share(source: Source, spread: Spread, code: str, count: float) -> float:
    prior = spread.prior_ballots(code) if source.shrinkage == "estimated" else float(source.shrinkage)
    return count / (count + prior)


def _variance(source: Source, spread: Spread, shares: Mapping[str, float], ballots: Sequence[_Ballot]) -> float:
    """Expected squared error of the source's score: what shrinking leaves of the signal, and of the noise."""
    weight = {dimension.code: float(dimension.weight) for dimension in source.asked if dimension.code in shares}
    whole = math.fsum(weight.values())
    total = 0.0
    sums = {code: math.fsum(b.weight for b in ballots if code in b.values) for code in shares}
    for one, own in shares.items():
        for other, others in shares.items():
            together = math.fsum(b.weight**2 for b in ballots if one in b.values and other in b.values)
            left = (1 - own) * (1 - others) * spread.signal[one, other]
            noise = own * others * spread.noise[one, other] * together / (sums[one] * sums[other])
            doubt = _doubt(spread, one, own) * _doubt(spread, other, others) * _correlation(spread, one, other)
            total += weight[one] * weight[other] / whole**2 * (left + noise + 2 * doubt)
    return max(total, 0.0)


def _doubt(spread: Spread, code: str, own: float) -> float:
    """What it costs that the signal is estimated: the root of g₃ of Prasad & Rao (1990), which counts twice.

    (1 − B)² var(signal) / (signal + noise / n), where signal + noise / n is signal / B.
    """
    return (1 - own) * math.sqrt(spread.doubt[code] * own / spread.signal[code, code])


def _correlation(spread: Spread, one: str, other: str) -> float:
    return spread.signal[one, other] / math.sqrt(spread.signal[one, one] * spread.signal[other, other])
