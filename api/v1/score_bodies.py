"""What the API says of closed periods, reopenings and scorecards."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from pydantic import Field

from api.bodies import Body
from evaluation.cards import ShownDimension, ShownSource, StewardCard
from evaluation.closes import Close
from evaluation.explaining import explanation, paragraph
from evaluation.figures import number, percent
from evaluation.reopening import ReopeningRecord
from evaluation.score_lists import ScoreEntry
from kernel.messages import Locale


class CloseShown(msgspec.Struct, kw_only=True):
    """A closed period. `held` of its `ballots` were left out; the hashes are of what went in and what came out."""

    id: UUID
    period: str
    run: int
    scheme: int
    method: int
    stewards: int
    ballots: int
    held: int
    cases: int
    inputs_sha256: str
    scores_sha256: str
    closed_at: datetime


class CloseAnswer(msgspec.Struct, kw_only=True):
    """A period is closed; `fresh` is false where it was before, and nothing was added."""

    fresh: bool
    multipliers: int
    level_changes: int
    close: CloseShown


class ReopeningShown(msgspec.Struct, kw_only=True):
    """A request to close a period anew: asked for by one, allowed or refused by another."""

    id: UUID
    period: str
    run: int
    reason: str
    state: str
    asked_by: UUID
    asked_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


class DimensionShown(msgspec.Struct, kw_only=True):
    """A dimension; without figures where so few answered that they would point at people. Scores are of 0 to 100."""

    code: str
    name: str
    weight_percent: float
    score: float | None
    street_mean: float | None
    own_percent: int | None
    ballots: int | None
    cases: int | None
    hits: int | None


class SourceShown(msgspec.Struct, kw_only=True):
    """A source. Counts are null where they are between 1 and 4; `reason` says why it does not count."""

    code: str
    name: str
    weight_percent: float
    counted_percent: float
    score: float | None
    reason: str | None
    raters: int | None
    open_ballots: int | None
    open_mean: float | None
    held: int | None
    severity: str | None
    dimensions: list[DimensionShown]


class CardShown(msgspec.Struct, kw_only=True):
    """A steward's frozen card: the score with its interval, what it rests on, and the explanation as a paragraph."""

    steward_id: UUID
    period: str
    run: int
    scheme: int
    closed_at: datetime
    score: float | None
    low: float | None
    high: float | None
    interval_percent: int
    bonus: float
    place: int | None
    of: int
    multiplier_percent: int | None
    coaching: bool
    explanation: str
    sentences: list[str]
    sources: list[SourceShown]


class ScoreShown(msgspec.Struct, kw_only=True):
    """One line of a list of scores; `sources` are scores by source, null where it did not count."""

    steward_id: UUID
    number: str
    name: str
    period: str
    score: float | None
    low: float | None
    high: float | None
    place: int | None
    multiplier_percent: int | None
    coaching: bool
    sources: dict[str, float | None]


class ClosePeriod(Body):
    """The period that is to be closed, such as 2026-Q3."""

    period: Annotated[str, Field(max_length=7)]


class AskReopening(Body):
    """Why the period is to be closed anew."""

    reason: Literal["appeal_upheld", "ballots_reviewed", "cases_corrected", "mistake"]


def close_shown(made: Close) -> CloseShown:
    """A closed period as it is shown."""
    return CloseShown(
        id=made.id,
        period=made.period,
        run=made.run,
        scheme=made.scheme_number,
        method=made.method,
        stewards=made.stewards,
        ballots=made.ballots,
        held=made.held,
        cases=made.cases,
        inputs_sha256=made.inputs_sha256,
        scores_sha256=made.scores_sha256,
        closed_at=made.closed_at,
    )


def reopening_shown(one: ReopeningRecord) -> ReopeningShown:
    """A reopening as it is shown."""
    return ReopeningShown(**{name: getattr(one, name) for name in ReopeningShown.__struct_fields__})


def card_shown(found: StewardCard, locale: Locale) -> CardShown:
    """A card in a language."""
    return CardShown(
        steward_id=found.steward_id,
        period=found.period,
        run=found.run,
        scheme=found.scheme.number,
        closed_at=found.closed_at,
        score=number(found.score),
        low=number(found.low),
        high=number(found.high),
        interval_percent=found.scheme.scheme.interval_percent,
        bonus=float(found.bonus),
        place=found.place,
        of=found.of,
        multiplier_percent=found.multiplier_percent,
        coaching=found.coaching,
        explanation=paragraph(found, locale),
        sentences=[sentence.render(locale) for sentence in explanation(found)],
        sources=[_source(source, locale) for source in found.sources],
    )


def _source(source: ShownSource, locale: Locale) -> SourceShown:
    return SourceShown(
        code=source.code,
        name=source.en if locale == "en" else source.zh,
        weight_percent=float(percent(source.weight)),
        counted_percent=float(percent(source.counted_weight)),
        score=number(source.score),
        reason=source.reason,
        raters=source.raters,
        open_ballots=source.open_ballots,
        open_mean=number(source.open_mean),
        held=source.held,
        severity=source.severity,
        dimensions=[_dimension(one, locale) for one in source.dimensions],
    )


def _dimension(one: ShownDimension, locale: Locale) -> DimensionShown:
    return DimensionShown(
        code=one.code,
        name=one.en if locale == "en" else one.zh,
        weight_percent=float(percent(one.weight)),
        score=number(one.score),
        street_mean=number(one.street_mean),
        own_percent=one.own_percent,
        ballots=one.ballots,
        cases=one.cases,
        hits=one.hits,
    )


def score_shown(entry: ScoreEntry) -> ScoreShown:
    """A line of the table of scores as it is shown."""
    return ScoreShown(
        steward_id=entry.steward_id,
        number=entry.number,
        name=entry.name,
        period=entry.period,
        score=number(entry.score),
        low=number(entry.low),
        high=number(entry.high),
        place=entry.place,
        multiplier_percent=entry.multiplier_percent,
        coaching=entry.coaching,
        sources={source.code: number(source.score) for source in entry.sources},
    )
