"""What scorecards are computed from: votes without names, and measures read from cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from evaluation.schemes import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One ballot as the sum sees it. `rater`, `device` and `network` are pseudonyms, never names or addresses."""

    id: UUID
    source: str
    steward_id: UUID
    rater: str
    scores: Mapping[str, int]  # by dimension, on the source's scale
    cast_at: datetime
    open: bool = False
    device: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of one steward: a share in percent, and of how many cases.

    `hits` are the cases that count for it; `expected` is the share (percent) that such a mix of categories reaches in
    the district, where the scheme evens that out.
    """

    percent: Fraction
    cases: int
    hits: int | None = None
    expected: Fraction | None = None


Facts = Mapping[UUID, Mapping[Measure, Measured]]
"""By steward, what was read from cases."""


@dataclass(frozen=True, slots=True)
class Held:
    """Why a ballot is held out (暂不计入): a guard's code, and the figures that it saw."""

    code: str
    params: Mapping[str, int | str]
