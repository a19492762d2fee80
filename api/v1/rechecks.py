"""Looking again: cases that were drawn for a re-check, and alerts about runs of quick verifications."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.grants import Note
from api.v1.parameters import Limit
from cases.recheck_reading import list_alerts, list_rechecks
from cases.rechecks import AlertSeen, AlertStep, Rechecked, RecheckOutcome, RecheckStep
from kernel.idempotency import Answer
from kernel.messages import Locale
from stewards.permissions import Action

_TAGS = ["cases"]


class RecheckShown(msgspec.Struct, kw_only=True):
    """A case that waits to be looked at again. `seed` is that of its week's draw; `own` if the caller may not check."""

    id: UUID
    case_id: UUID
    number: str
    category: str
    week_on: date
    seed: str
    verified_at: datetime | None
    own: bool


class RecheckAnswer(msgspec.Struct, kw_only=True):
    """What somebody found who looked at a case again."""

    id: UUID
    case_id: UUID
    number: str
    outcome: str


class AlertShown(msgspec.Struct, kw_only=True):
    """More verifications within minutes than usual: for one steward, or by one member of staff."""

    id: UUID
    kind: str
    subject_id: UUID
    name: str
    first_at: datetime
    last_at: datetime
    verifications: int


class AlertAnswer(msgspec.Struct, kw_only=True):
    """What came of looking at an alert."""

    id: UUID
    finding: str


class CheckAgain(Body):
    """What there is to say about it."""

    note: Note = None


class ReviewAlert(Body):
    """Nothing wrong, or something to follow up by people."""

    finding: Literal["fine", "follow_up"]


@get("/cases/rechecks", opt={"action": Action.CASES_RECHECK}, tags=_TAGS, operation_id="listRechecks")
async def list_all(request: JinpaiRequest, limit: Limit = 50) -> Page[RecheckShown]:
    """The cases within the caller's reach that wait to be looked at again."""
    found = await list_rechecks(await district_of(request).database.reader(), principal_of(request), limit=limit + 1)
    names = RecheckShown.__struct_fields__
    data = [RecheckShown(**{name: getattr(line, name) for name in names}) for line in found[:limit]]
    return Page(data=data, has_more=len(found) > limit)


@get("/cases/alerts", opt={"action": Action.ALERTS_REVIEW}, tags=_TAGS, operation_id="listAlerts")
async def list_bursts(request: JinpaiRequest, limit: Limit = 50) -> Page[AlertShown]:
    """The alerts within the caller's reach that nobody has looked at."""
    found = await list_alerts(await district_of(request).database.reader(), principal_of(request), limit=limit + 1)
    names = AlertShown.__struct_fields__
    data = [AlertShown(**{name: getattr(line, name) for name in names}) for line in found[:limit]]
    return Page(data=data, has_more=len(found) > limit)


async def _step(
    request: JinpaiRequest, recheck_id: UUID, outcome: RecheckOutcome, body: CheckAgain | None
) -> Response[Any]:
    def encode(done: Rechecked, locale: Locale) -> Answer:
        shown = RecheckAnswer(id=done.recheck_id, case_id=done.case_id, number=done.number, outcome=done.outcome)
        return answer(shown)

    wish = RecheckStep(
        recheck_id=recheck_id, outcome=outcome, actor=principal_of(request), note=body.note if body else None
    )
    return await submit_one(request, district_of(request).decide_rechecks, wish, encode)


_CHECKED = {200: ResponseSpec(RecheckAnswer, description="Checked")}


@post(
    "/cases/rechecks/{recheck_id:uuid}/confirm",
    opt={"action": Action.CASES_RECHECK},
    tags=_TAGS,
    operation_id="confirmRecheck",
    status_code=200,
    responses=_CHECKED,
)
async def confirm(
    request: JinpaiRequest, recheck_id: FromPath[UUID], data: JSONBody[CheckAgain | None] = None
) -> Response[Any]:
    """The case is as it was verified."""
    return await _step(request, recheck_id, "confirmed", data)


@post(
    "/cases/rechecks/{recheck_id:uuid}/take-back",
    opt={"action": Action.CASES_RECHECK},
    tags=_TAGS,
    operation_id="takeBackRecheck",
    status_code=200,
    responses=_CHECKED,
)
async def take_back(
    request: JinpaiRequest, recheck_id: FromPath[UUID], data: JSONBody[CheckAgain | None] = None
) -> Response[Any]:
    """The case was wrongly verified: it is reopened, its credit taken back, and its steward told why."""
    return await _step(request, recheck_id, "taken_back", data)


@post(
    "/cases/alerts/{alert_id:uuid}/review",
    opt={"action": Action.ALERTS_REVIEW},
    tags=_TAGS,
    operation_id="reviewAlert",
    status_code=200,
    responses={200: ResponseSpec(AlertAnswer, description="Looked at")},
)
async def review(request: JinpaiRequest, alert_id: FromPath[UUID], data: JSONBody[ReviewAlert]) -> Response[Any]:
    """Say that somebody has looked at an alert. Nothing else follows from it; nobody clears himself."""

    def encode(seen: AlertSeen, locale: Locale) -> Answer:
        return answer(AlertAnswer(id=seen.alert_id, finding=seen.finding))

    wish = AlertStep(alert_id=alert_id, finding=data.finding, actor=principal_of(request))
    return await submit_one(request, district_of(request).review_alerts, wish, encode)


route_handlers: list[Any] = [list_all, list_bursts, confirm, take_back, review]
