"""Appeals on awards, scores and ballots: opened by the steward, answered in working days by somebody not involved."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import Limit, StartingAfter
from evaluation.appeal_reading import AppealEntry, list_appeals, read_appeal
from evaluation.appeals import AppealOutcome, AppealStep, AppealWish
from kernel.clock import local_date
from kernel.idempotency import Answer
from kernel.messages import Locale
from stewards.permissions import Action, NotAllowed

_TAGS = ["evaluation"]


class AppealShown(msgspec.Struct, kw_only=True):
    """An appeal with its reason and answer."""

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    steward_name: str
    kind: str
    award_id: UUID | None
    period: str | None
    state: str
    opened_at: datetime
    due_on: date
    overdue: bool
    outcome: str | None
    points: int | None
    operation_id: UUID | None
    decided_at: datetime | None
    reason: str | None
    answer: str | None


class AppealAnswer(msgspec.Struct, kw_only=True):
    """An appeal after a step. `moved` are the points that the ledger moved, taken ones negative."""

    id: UUID
    number: str
    steward_id: UUID
    kind: str
    state: str
    due_on: date
    outcome: str | None
    moved: int


class OpenAppeal(Body):
    """What is appealed, an award by its id or the score or ballots of a period, and why."""

    kind: Literal["award", "score", "ballots"]
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]
    award_id: UUID | None = None
    period: Annotated[str | None, Field(max_length=7)] = None


class UpholdAppeal(Body):
    """How it is put right, and the answer to the steward."""

    outcome: Literal["credit", "reverse", "recount", "review"]
    answer: Annotated[str, Field(min_length=1, max_length=1_000)]
    points: Annotated[int | None, Field(ge=1, le=1_000)] = None
    ballots: Annotated[list[UUID], Field(max_length=500)] = []


class DismissAppeal(Body):
    """The answer to the steward."""

    answer: Annotated[str, Field(min_length=1, max_length=1_000)]


def appeal_shown(entry: AppealEntry) -> AppealShown:
    """An appeal as a caller may see it."""
    return AppealShown(**{name: getattr(entry, name) for name in AppealShown.__struct_fields__})


def _encode(status: int) -> Any:
    def encode(outcome: AppealOutcome, locale: Locale) -> Answer:
        names = [name for name in AppealAnswer.__struct_fields__ if name != "id"]
        shown = AppealAnswer(id=outcome.appeal_id, **{name: getattr(outcome, name) for name in names})
        return answer(shown, status)

    return encode


@get("/appeals", opt={"action": Action.APPEALS_READ}, tags=_TAGS, operation_id="listAppeals")
async def list_all(
    request: JinpaiRequest,
    *,
    only: Annotated[
        Literal["open", "upheld", "dismissed", "withdrawn"] | None,
        QueryParameter(name="state", description="Only those in this state"),
    ] = None,
    overdue: Annotated[bool, QueryParameter(description="Only open ones whose last day is past")] = False,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[AppealShown]:
    """The appeals within the caller's reach, a steward's own ones, oldest first."""
    district = district_of(request)
    found, has_more = await list_appeals(
        await district.database.reader(),
        principal_of(request),
        today=local_date(district.clock.now()),
        state=only,
        overdue=overdue,
        starting_after=starting_after,
        limit=limit,
    )
    return Page(data=[appeal_shown(entry) for entry in found], has_more=has_more)


@get("/appeals/{appeal_id:uuid}", opt={"action": Action.APPEALS_READ}, tags=_TAGS, operation_id="showAppeal")
async def show(request: JinpaiRequest, appeal_id: FromPath[UUID]) -> AppealShown:
    """One appeal."""
    district = district_of(request)
    found = await read_appeal(
        await district.database.reader(),
        principal_of(request),
        appeal_id,
        today=local_date(district.clock.now()),
    )
    if found is None:
        raise NotFound
    return appeal_shown(found)


@post(
    "/appeals",
    opt={"action": Action.APPEALS_OPEN},
    tags=_TAGS,
    operation_id="openAppeal",
    responses={201: ResponseSpec(AppealAnswer, description="Opened; the steward was told by when it is answered")},
)
async def open_one(request: JinpaiRequest, data: JSONBody[OpenAppeal]) -> Response[Any]:
    """Appeal (申诉): the same thing once. Penalties have their own objections."""
    principal = principal_of(request)
    if principal.steward_id is None:
        raise NotAllowed
    wish = AppealWish(
        steward_id=principal.steward_id,
        kind=data.kind,
        reason=data.reason,
        actor=principal,
        award_id=data.award_id,
        period=data.period,
    )
    return await submit_one(request, district_of(request).open_appeals, wish, _encode(201))


_DECIDED = {200: ResponseSpec(AppealAnswer, description="Done; the steward was told")}


@post(
    "/appeals/{appeal_id:uuid}/uphold",
    opt={"action": Action.APPEALS_ANSWER},
    tags=_TAGS,
    operation_id="upholdAppeal",
    status_code=200,
    responses=_DECIDED,
)
async def uphold(request: JinpaiRequest, appeal_id: FromPath[UUID], data: JSONBody[UpholdAppeal]) -> Response[Any]:
    """Uphold an appeal: give points or take an award back, ask for the period to be reopened, have ballots reviewed."""
    wish = AppealStep(
        appeal_id=appeal_id,
        action="uphold",
        actor=principal_of(request),
        answer=data.answer,
        outcome=data.outcome,
        points=data.points,
        ballots=tuple(data.ballots),
    )
    return await submit_one(request, district_of(request).answer_appeals, wish, _encode(200))


@post(
    "/appeals/{appeal_id:uuid}/dismiss",
    opt={"action": Action.APPEALS_ANSWER},
    tags=_TAGS,
    operation_id="dismissAppeal",
    status_code=200,
    responses=_DECIDED,
)
async def dismiss(request: JinpaiRequest, appeal_id: FromPath[UUID], data: JSONBody[DismissAppeal]) -> Response[Any]:
    """Dismiss an appeal, with the reason."""
    wish = AppealStep(appeal_id=appeal_id, action="dismiss", actor=principal_of(request), answer=data.answer)
    return await submit_one(request, district_of(request).answer_appeals, wish, _encode(200))


@post(
    "/appeals/{appeal_id:uuid}/withdraw",
    opt={"action": Action.APPEALS_OPEN},
    tags=_TAGS,
    operation_id="withdrawAppeal",
    status_code=200,
    responses=_DECIDED,
)
async def withdraw(request: JinpaiRequest, appeal_id: FromPath[UUID]) -> Response[Any]:
    """Withdraw one's own appeal, for good."""
    wish = AppealStep(appeal_id=appeal_id, action="withdraw", actor=principal_of(request))
    return await submit_one(request, district_of(request).answer_appeals, wish, _encode(200))


route_handlers: list[Any] = [list_all, show, open_one, uphold, dismiss, withdraw]
