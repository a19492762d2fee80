"""The order of streets in a month: a weighted mean, exact in hundredths of hundredths. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Percent of each dimension; 100 together."""

    order: int
    safety: int
    environment: int


STANDARD = Weights(order=40, safety=30, environment=30)
"""What holds where the district has set nothing (a proposal of this project)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A street's scores of a month, in hundredths."""

    street_id: UUID
    code: str
    name: str
    name_en: str
    order: int
    safety: int
    environment: int

    def weighted(self, weights: Weights) -> int:
        """The weighted sum, in hundredths of a percent of a score: 100.00 in everything is 1,000,000."""
        return self.order * weights.order + self.safety * weights.safety + self.environment * weights.environment


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetLine:
    """A street with its total (hundredths, half up), its rank, and its rank in the month before."""

    scores: Scores
    total: int
    rank: int
    rank_before: int | None

    @property
    def movement(self) -> int | None:
        """The rank minus that of the month before: -2 is two places better. None where there was none."""
        return None if self.rank_before is None else self.rank - self.rank_before


def ranks_of(scores: Sequence[Scores], weights: Weights) -> dict[UUID, int]:
    """Competition ranks by the weighted sum before it is rounded, highest first (1, 2, 2, 4)."""
    sums = sorted((each.weighted(weights) for each in scores), reverse=True)
    return {each.street_id: sums.index(each.weighted(weights)) + 1 for each in scores}


def lines_of(scores: Sequence[Scores], weights: Weights, before: Mapping[UUID, int]) -> list[StreetLine]:
    """The streets of a month in order; equals by code."""
    ranks = ranks_of(scores, weights)
    order = sorted(scores, key=lambda each: (ranks[each.street_id], each.code))
    return [
        StreetLine(
            scores=each,
            total=(each.weighted(weights) + 50) // 100,
            rank=ranks[each.street_id],
            rank_before=before.get(each.street_id),
        )
        for each in order
    ]
