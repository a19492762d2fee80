"""Evaluation's results: closing a period, reopening it by two people, cards with their explanation, lists of scores."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound
from api.score_tables import score_headers, score_rows
from api.tables import Format, download
from api.v1.answers import Page
from api.v1.parameters import Limit, StartingAfter, area_id
from api.v1.score_bodies import (
    AskReopening,
    CardShown,
    CloseAnswer,
    ClosePeriod,
    CloseShown,
    ReopeningShown,
    ScoreShown,
    card_shown,
    close_shown,
    reopening_shown,
    score_shown,
)
from api.v1.stewards import steward_within_reach
from evaluation.cards import read_card
from evaluation.closes import Close, closes_of, list_closes, newest_close
from evaluation.closing import close_period
from evaluation.periods import period_named
from evaluation.reopening import (
    ReopeningDecision,
    ReopeningRecord,
    ReopeningWish,
    ask_reopenings,
    decide_reopenings,
    reopenings_of,
)
from evaluation.score_lists import list_scores
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_, translate
from stewards.permissions import Action, staff_id_of

_TAGS = ["evaluation"]
PeriodAsked = Annotated[
    str | None, QueryParameter(max_length=7, description="A closed period, such as 2026-Q3; else the newest")
]
StreetAsked = Annotated[str | None, QueryParameter(max_length=32, description="Code of the street")]


@get("/evaluation/closes", opt={"action": Action.SCORES_READ}, tags=_TAGS, operation_id="listCloses")
async def list_all(request: JinpaiRequest) -> Page[CloseShown]:
    """The closed periods, newest first, each with the run that counts."""
    found = await list_closes(await district_of(request).database.reader())
    return Page(data=[close_shown(made) for made in found], has_more=False)


@get("/evaluation/closes/{period:str}", opt={"action": Action.SCORES_READ}, tags=_TAGS, operation_id="showCloses")
async def runs(request: JinpaiRequest, period: FromPath[str]) -> Page[CloseShown]:
    """Every run of a period, newest first: what was reopened stays on record."""
    found = await closes_of(await district_of(request).database.reader(), period_named(period))
    return Page(data=[close_shown(made) for made in found], has_more=False)


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
        close=close_shown(done.close),
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
    return Page(data=[reopening_shown(one) for one in found], has_more=False)


@post(
    "/evaluation/closes/{period:str}/reopenings",
    opt={"action": Action.PERIODS_CLOSE},
    tags=_TAGS,
    operation_id="askReopening",
)
async def ask(request: JinpaiRequest, period: FromPath[str], data: JSONBody[AskReopening]) -> ReopeningShown:
    """Ask for a closed period to be reopened. Another person has to allow it."""
    district = district_of(request)
    wish = ReopeningWish(period=period_named(period), reason=data.reason, asked_by=staff_id_of(principal_of(request)))

    async def use_case(tx: Tx) -> ReopeningRecord:
        [outcome] = await ask_reopenings(tx, [wish], now=district.clock.now())
        return _done(outcome)

    return reopening_shown(await district.database.run(use_case))


async def _decide(request: JinpaiRequest, reopening_id: UUID, *, allowed: bool) -> ReopeningShown:
    district = district_of(request)
    decider = staff_id_of(principal_of(request))
    decision = ReopeningDecision(reopening_id=reopening_id, allowed=allowed, decided_by=decider)

    async def use_case(tx: Tx) -> ReopeningRecord:
        [outcome] = await decide_reopenings(tx, [decision], now=district.clock.now())
        return _done(outcome)

    return reopening_shown(await district.database.run(use_case))


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
    return Page(data=[score_shown(entry) for entry in found[:limit]], has_more=len(found) > limit)


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


def _done(outcome: ReopeningRecord | Refusal) -> ReopeningRecord:
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


route_handlers: list[Any] = [list_all, runs, close, reopenings, ask, allow, refuse, card, scores, export]
