"""Cards as they may be read: frozen by a close, and never so fine that a figure points at one rater.

Whom a figure could point at is protected in two ways. Counts of ballots below five are told as 'fewer than five'. A
question that fewer than five people answered shows no figure; where just one would stay hidden, the one with the next
fewest answers is hidden as well, so that nobody works it out from the sum.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from evaluation.card_documents import read_card_document
from evaluation.closes import Close, newest_close
from evaluation.figures import from_hundredths
from evaluation.models import Score
from evaluation.periods import Period
from evaluation.scheme_documents import read_scheme
from evaluation.scheme_versions import SchemeInForce
from evaluation.schemes import Scheme
from evaluation.scorecards import Card, DimensionScore, SourceScore
from kernel.database import Reader, Row

LEAST_SHOWN = 5
"""Ballots below which no figure of theirs is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDimension:
    """A dimension as it may be shown: without figures where too few answered. Scores are of 0 to 100."""

    code: str
    zh: str
    en: str
    weight: Fraction  # of its source, percent
    score: Fraction | None
    street_mean: Fraction | None
    own_percent: int | None  # what the steward's own ballots or cases weigh against the street's mean
    ballots: int | None  # None: fewer than five, or none asked
    measured: bool  # read from cases
    cases: int | None
    hits: int | None
    expected: Fraction | None  # percent that such a mix of cases reaches in the district


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSource:
    """A source as it may be shown. `score` is None where it did not count; `reason` says why."""

    code: str
    zh: str
    en: str
    weight: Fraction  # by the scheme, percent
    counted_weight: Fraction  # of this card, percent
    minimum_raters: int
    score: Fraction | None
    reason: str | None
    raters: int | None  # None: some, but fewer than five
    open_ballots: int | None  # None: some, but fewer than five
    open_mean: Fraction | None
    held: int | None  # None: some, but fewer than five
    severity: str | None
    dimensions: tuple[ShownDimension, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardCard:
    """A steward's frozen card of a closed period. `place` of `of` in the street; scores are of 0 to 100."""

    steward_id: UUID
    street_id: UUID
    period: str
    run: int
    closed_at: datetime
    inputs_sha256: str
    scheme: SchemeInForce
    score: Fraction | None
    low: Fraction | None
    high: Fraction | None
    bonus: Fraction
    place: int | None
    of: int
    multiplier_percent: int | None
    coaching: bool
    sources: tuple[ShownSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """One line of a list of scores: who, and the figures of the card."""

    steward_id: UUID
    street_id: UUID
    score: Fraction | None
    low: Fraction | None
    high: Fraction | None
    place: int | None
    multiplier_percent: int | None
    coaching: bool


async def read_card(reader: Reader, steward_id: UUID, period: Period) -> StewardCard | None:
    """A steward's card of a period; None before the period is closed, or where nothing is known of the steward."""
    close = await newest_close(reader, period)
    if close is None:
        return None
    rows = await reader.rows(Score, "WHERE close_id = $1 AND steward_id = $2", close.id, steward_id)
    if not rows:
        return None
    scheme = await scheme_of(reader, close)
    of = await reader.fetch_one(
        "SELECT COUNT(*) AS n FROM evaluation_score WHERE close_id = $1 AND street_id = $2 AND score IS NOT NULL",
        close.id,
        rows[0]["street_id"],
    )
    return _shown(rows[0], close, scheme, int(of["n"]) if of else 0)


async def read_own_periods(reader: Reader, steward_id: UUID) -> list[str]:
    """The closed periods in which a steward has a card, the newest first."""
    rows = await reader.fetch(
        "SELECT DISTINCT made.period FROM evaluation_score card JOIN evaluation_close made ON made.id = card.close_id "
        "WHERE card.steward_id = $1 ORDER BY made.period DESC",
        steward_id,
    )
    return [row["period"] for row in rows]


async def read_scores(reader: Reader, close: Close, *, steward_ids: Collection[UUID] | None = None) -> list[ScoreLine]:
    """The figures of a close, of all or of some stewards."""
    if steward_ids is None:
        rows = await reader.rows(Score, "WHERE close_id = $1 ORDER BY steward_id", close.id)
    else:
        tail = f"WHERE close_id = $1 AND {reader.one_of('steward_id', 2)} ORDER BY steward_id"
        rows = await reader.rows(Score, tail, close.id, sorted(steward_ids))
    return [
        ScoreLine(
            steward_id=row["steward_id"],
            street_id=row["street_id"],
            score=from_hundredths(row["score"]),
            low=from_hundredths(row["low"]),
            high=from_hundredths(row["high"]),
            place=row["place"],
            multiplier_percent=row["multiplier_percent"],
            coaching=row["coaching"],
        )
        for row in rows
    ]


async def scheme_of(reader: Reader, close: Close) -> SchemeInForce:
    """The scheme under which a period was closed."""
    row = await reader.fetch_one("SELECT document FROM evaluation_scheme_version WHERE id = $1", close.scheme_id)
    assert row is not None  # noqa: S101 - a foreign key holds it
    return SchemeInForce(close.scheme_id, close.scheme_number, read_scheme(row["document"])[0])


def _shown(row: Row, close: Close, scheme: SchemeInForce, of: int) -> StewardCard:
    card = read_card_document(row["card"], scheme.scheme, steward_id=row["steward_id"], street_id=row["street_id"])
    return StewardCard(
        steward_id=row["steward_id"],
        street_id=row["street_id"],
        period=close.period,
        run=close.run,
        closed_at=close.closed_at,
        inputs_sha256=close.inputs_sha256,
        scheme=scheme,
        score=card.score,
        low=card.low,
        high=card.high,
        bonus=card.bonus,
        place=row["place"],
        of=of,
        multiplier_percent=row["multiplier_percent"],
        coaching=row["coaching"],
        sources=shown_sources(card, scheme.scheme),
    )


def shown_sources(card: Card, scheme: Scheme) -> tuple[ShownSource, ...]:
    """The sources of a card, without what points at single raters. Pure."""
    return tuple(_shown_source(source, scheme) for source in card.sources)


def _shown_source(found: SourceScore, scheme: Scheme) -> ShownSource:
    source = scheme.source(found.code)
    assert source is not None  # noqa: S101 - computed from it
    named = {dimension.code: dimension for dimension in source.dimensions}
    hidden = _hidden(found.dimensions) if found.code in ("residents", "peers") else frozenset()
    return ShownSource(
        code=found.code,
        zh=source.zh,
        en=source.en,
        weight=found.weight,
        counted_weight=found.counted_weight,
        minimum_raters=source.minimum_raters,
        score=found.score,
        reason=found.reason,
        raters=_count(found.raters),
        open_ballots=_count(found.open_ballots),
        open_mean=found.open_mean if found.open_ballots >= LEAST_SHOWN else None,
        held=_count(found.held),
        severity=found.severity,
        dimensions=tuple(
            _shown_dimension(one, named[one.code].zh, named[one.code].en, hidden=one.code in hidden)
            for one in found.dimensions
        ),
    )


def _hidden(dimensions: Sequence[DimensionScore]) -> frozenset[str]:
    """Dimensions whose figures would tell what single people answered."""
    asked = [one for one in dimensions if one.cases is None]
    few = {one.code for one in asked if one.ballots < LEAST_SHOWN}
    if len(few) == 1:
        others = sorted((one for one in asked if one.code not in few), key=lambda one: (one.ballots, one.code))
        few |= {one.code for one in others[:1]}
    return frozenset(few)


def _shown_dimension(one: DimensionScore, zh: str, en: str, *, hidden: bool) -> ShownDimension:
    measured = one.cases is not None
    shown = ShownDimension(
        code=one.code,
        zh=zh,
        en=en,
        weight=one.weight,
        score=one.score,
        street_mean=one.street_mean,
        own_percent=one.own_percent,
        ballots=None if measured else _count(one.ballots),
        measured=measured,
        cases=one.cases,
        hits=one.hits,
        expected=one.expected,
    )
    if hidden:
        return replace(shown, score=None, street_mean=None, own_percent=None, ballots=None)
    return shown


def _count(ballots: int) -> int | None:
    return ballots if ballots == 0 or ballots >= LEAST_SHOWN else None
