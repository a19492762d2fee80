"""Evaluation's results: closing a period, reopening it by two people, cards with their explanation, lists of scores."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound
from api.score_tables import score_headers, score_rows
from api.tables import Format, download
from api.v1.answers import Page
from api.v1.parameters import Limit, StartingAfter, area_id
from api.v1.stewards import steward_within_reach
from evaluation.cards import ShownDimension, ShownSource, StewardCard, read_card
from evaluation.closes import Close, closes_of, list_closes, newest_close
from evaluation.closing import close_period
from evaluation.explaining import explanation, paragraph, percent, points
from evaluation.periods import period_named
from evaluation.reopening import (
    ReopeningDecision,
    ReopeningRecord,
    ReopeningWish,
    ask_reopenings,
    decide_reopenings,
    reopenings_of,
)
from evaluation.score_lists import ScoreEntry, list_scores
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_, Locale, translate
from stewards.permissions import Action, NotAllowed

_TAGS = ["evaluation"]

PeriodAsked = Annotated[
    str | None, QueryParameter(max_length=7, description="A closed period, such as 2026-Q3; else the newest")
]
StreetAsked = Annotated[str | None, QueryParameter(max_length=32, description="Code of the street")]


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


@get("/evaluation/closes", opt={"action": Action.SCORES_READ}, tags=_TAGS, operation_id="listCloses")
async def list_all(request: JinpaiRequest) -> Page[CloseShown]:
    """The closed periods, newest first, each with the run that counts."""
    found = await list_closes(await district_of(request).database.reader())
    return Page(data=[_close(made) for made in found], has_more=False)


@get("/evaluation/closes/{period:str}", opt={"action": Action.SCORES_READ}, tags=_TAGS, operation_id="showCloses")
async def runs(request: JinpaiRequest, period: FromPath[str]) -> Page[CloseShown]:
    """Every run of a period, newest first: what was reopened stays on record."""
    found = await closes_of(await district_of(request).database.reader(), period_named(period))
    return Page(data=[_close(made) for made in found], has_more=False)


@post(
    "/evaluation/closes",
    opt={"action": Action.PERIODS_CLOSE},
    tags=_TAGS,
    operation_id="closePeriod",
    status_code=200,
)
async def close(request: JinpaiRequest, data: JSONBody[ClosePeriod]) -> CloseAnswer:
    """Freeze a period's scores, publish multipliers, derive levels. A closed period is answered as it stands."""
    district = district_of(request)
    done = await close_period(
        district.database, period_named(data.period), by=principal_of(request).actor, now=district.clock.now()
    )
    return CloseAnswer(
        fresh=done.fresh,
        multipliers=done.multipliers,
        level_changes=done.level_changes,
        close=_close(done.close),
    )


@get(
    "/evaluation/closes/{period:str}/reopenings",
    opt={"action": Action.PERIODS_CLOSE},
    tags=_TAGS,
    operation_id="listReopenings",
)
async def reopenings(request: JinpaiRequest, period: FromPath[str]) -> Page[ReopeningShown]:
    """Who asked for a period to be closed anew, and who decided."""
    found = await reopenings_of(await district_of(request).database.reader(), period_named(period))
    return Page(data=[_reopening(one) for one in found], has_more=False)


@post(
    "/evaluation/closes/{period:str}/reopenings",
    opt={"action": Action.PERIODS_CLOSE},
    tags=_TAGS,
    operation_id="askReopening",
)
async def ask(request: JinpaiRequest, period: FromPath[str], data: JSONBody[AskReopening]) -> ReopeningShown:
    """Ask for a closed period to be reopened. Another person has to allow it."""
    district = district_of(request)
    wish = ReopeningWish(period=period_named(period), reason=data.reason, asked_by=_staff_id(request))

    async def use_case(tx: Tx) -> ReopeningRecord:
        [outcome] = await ask_reopenings(tx, [wish], now=district.clock.now())
        return _done(outcome)

    return _reopening(await district.database.run(use_case))


async def _decide(request: JinpaiRequest, reopening_id: UUID, *, allowed: bool) -> ReopeningShown:
    district = district_of(request)
    decision = ReopeningDecision(reopening_id=reopening_id, allowed=allowed, decided_by=_staff_id(request))

    async def use_case(tx: Tx) -> ReopeningRecord:
        [outcome] = await decide_reopenings(tx, [decision], now=district.clock.now())
        return _done(outcome)

    return _reopening(await district.database.run(use_case))


@post(
    "/evaluation/reopenings/{reopening_id:uuid}/allow",
    opt={"action": Action.PERIODS_CLOSE},
    tags=_TAGS,
    operation_id="allowReopening",
    status_code=200,
)
async def allow(request: JinpaiRequest, reopening_id: FromPath[UUID]) -> ReopeningShown:
    """Allow what somebody else asked for: the period may be closed anew; the old run stays on record."""
    return await _decide(request, reopening_id, allowed=True)


@post(
    "/evaluation/reopenings/{reopening_id:uuid}/refuse",
    opt={"action": Action.PERIODS_CLOSE},
    tags=_TAGS,
    operation_id="refuseReopening",
    status_code=200,
)
async def refuse(request: JinpaiRequest, reopening_id: FromPath[UUID]) -> ReopeningShown:
    """Refuse a request, or withdraw one's own."""
    return await _decide(request, reopening_id, allowed=False)


@get(
    "/evaluation/scorecards/{steward_id:uuid}",
    opt={"action": Action.SCORES_READ},
    tags=_TAGS,
    operation_id="showScorecard",
)
async def card(request: JinpaiRequest, steward_id: FromPath[UUID], period: PeriodAsked = None) -> CardShown:
    """A steward's card of a closed period, with its explanation. Nobody sees it before the period is closed."""
    entry = await steward_within_reach(request, steward_id, Action.SCORES_READ)
    reader = await district_of(request).database.reader()
    found = await read_card(reader, entry.id, period_named((await _chosen(request, period)).period))
    if found is None:
        raise NotFound
    return card_shown(found, locale_of(request))


@get("/evaluation/scores", opt={"action": Action.SCORES_READ}, tags=_TAGS, operation_id="listScores")
async def scores(
    request: JinpaiRequest,
    period: PeriodAsked = None,
    street: StreetAsked = None,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[ScoreShown]:
    """The scores of a closed period within the caller's reach, by the stewards' numbers."""
    made = await _chosen(request, period)
    found = await list_scores(
        await district_of(request).database.reader(),
        principal_of(request),
        made,
        street_id=await _street(request, street),
        starting_after=starting_after,
        limit=limit + 1,
    )
    return Page(data=[_line(entry) for entry in found[:limit]], has_more=len(found) > limit)


@get(
    "/evaluation/scores/export",
    opt={"action": Action.SCORES_READ},
    tags=_TAGS,
    operation_id="exportScores",
    media_type="application/octet-stream",
)
async def export(
    request: JinpaiRequest,
    period: PeriodAsked = None,
    street: StreetAsked = None,
    kind: Annotated[Format, QueryParameter(name="format", description="xlsx or csv")] = "xlsx",
) -> Response[bytes]:
    """The same as a table to take away."""
    made = await _chosen(request, period)
    locale = locale_of(request)
    reader = await district_of(request).database.reader()
    found = await list_scores(reader, principal_of(request), made, street_id=await _street(request, street))
    name = f"{translate(N_('评价得分'), locale)}-{made.period}"
    return download(name, kind, score_headers(found, locale), score_rows(found, locale))


async def _chosen(request: JinpaiRequest, period: str | None) -> Close:
    """The close that was asked for, else the newest.

    Raises:
        NotFound: the period is not closed, or none is.

    """
    reader = await district_of(request).database.reader()
    if period is not None:
        made = await newest_close(reader, period_named(period))
    else:
        made = next(iter(await list_closes(reader)), None)
    if made is None:
        raise NotFound
    return made


async def _street(request: JinpaiRequest, street: str | None) -> UUID | None:
    return await area_id(await district_of(request).database.reader(), "street", street)


def _staff_id(request: JinpaiRequest) -> UUID:
    principal = principal_of(request)
    if principal.id is None or principal.kind != "staff":
        raise NotAllowed
    return principal.id


def _done(outcome: ReopeningRecord | Refusal) -> ReopeningRecord:
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _close(made: Close) -> CloseShown:
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


def _reopening(one: ReopeningRecord) -> ReopeningShown:
    return ReopeningShown(**{name: getattr(one, name) for name in ReopeningShown.__struct_fields__})


def _number(value: object) -> float | None:
    return None if value is None else float(points(value))  # type: ignore[arg-type]


def card_shown(found: StewardCard, locale: Locale) -> CardShown:
    """A card in a language."""
    return CardShown(
        steward_id=found.steward_id,
        period=found.period,
        run=found.run,
        scheme=found.scheme.number,
        closed_at=found.closed_at,
        score=_number(found.score),
        low=_number(found.low),
        high=_number(found.high),
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
        score=_number(source.score),
        reason=source.reason,
        raters=source.raters,
        open_ballots=source.open_ballots,
        open_mean=_number(source.open_mean),
        held=source.held,
        severity=source.severity,
        dimensions=[_dimension(one, locale) for one in source.dimensions],
    )


def _dimension(one: ShownDimension, locale: Locale) -> DimensionShown:
    return DimensionShown(
        code=one.code,
        name=one.en if locale == "en" else one.zh,
        weight_percent=float(percent(one.weight)),
        score=_number(one.score),
        street_mean=_number(one.street_mean),
        own_percent=one.own_percent,
        ballots=one.ballots,
        cases=one.cases,
        hits=one.hits,
    )


def _line(entry: ScoreEntry) -> ScoreShown:
    return ScoreShown(
        steward_id=entry.steward_id,
        number=entry.number,
        name=entry.name,
        period=entry.period,
        score=_number(entry.score),
        low=_number(entry.low),
        high=_number(entry.high),
        place=entry.place,
        multiplier_percent=entry.multiplier_percent,
        coaching=entry.coaching,
        sources={source.code: _number(source.score) for source in entry.sources},
    )


route_handlers: list[Any] = [list_all, runs, close, reopenings, ask, allow, refuse, card, scores, export]
