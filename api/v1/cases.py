"""Cases: read, report and take steps, one at a time. What a step is worth comes back with it."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID
from zlib import crc32

from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.errors import Fault, Faulty
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.case_answers import (
    CaseAnswer,
    CaseHandled,
    CaseInFull,
    CaseReported,
    case_in_full,
    case_shown,
    handled_shown,
    reported_shown,
)
from api.v1.case_bodies import MarkDuplicate, ReportCase, TakeStep, TakeStepWithReason, wish_of
from api.v1.parameters import Limit, StartingAfter, area_id, etag, expected_version, plausible_day, separated_by_commas
from cases.handling import CaseStep, Handled
from cases.intake import Reported
from cases.queue import CaseFilter, list_cases
from cases.showing import show_case
from cases.wording import CaseAction, State, Urgency
from kernel.idempotency import Answer
from kernel.messages import N_, Locale, Text
from stewards.permissions import Action

_TAGS = ["cases"]
_STATES = QueryParameter(
    name="state", description="States, separated by commas", schema_extra=separated_by_commas(State)
)


@get("/cases", opt={"action": Action.CASES_READ}, tags=_TAGS, operation_id="listCases")
async def list_all(
    request: JinpaiRequest,
    *,
    states: Annotated[str | None, _STATES] = None,
    street: FromQuery[str | None] = None,
    community: FromQuery[str | None] = None,
    lane: FromQuery[str | None] = None,
    steward: FromQuery[UUID | None] = None,
    category: FromQuery[str | None] = None,
    urgency: FromQuery[Literal["normal", "hazard"] | None] = None,
    livelihood: FromQuery[bool | None] = None,
    reported_from: FromQuery[date | None] = None,
    reported_to: FromQuery[date | None] = None,
    q: Annotated[str | None, QueryParameter(max_length=64, description="Numbers, names or pinyin initials")] = None,
    order: FromQuery[Literal["newest", "oldest"]] = "newest",
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[CaseAnswer]:
    """The cases within the caller's reach, narrowed by filters."""
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    wanted = CaseFilter(
        states=_states(states),
        street_id=await area_id(reader, "street", street),
        community_id=await area_id(reader, "community", community),
        lane_id=await area_id(reader, "lane", lane),
        steward_id=steward,
        category=category,
        urgency=Urgency(urgency) if urgency else None,
        livelihood=livelihood,
        reported_from=plausible_day(reported_from, "reported_from"),
        reported_to=plausible_day(reported_to, "reported_to"),
        q=q,
    )
    page = await list_cases(
        reader, principal, wanted, starting_after=starting_after, limit=limit, oldest_first=order == "oldest"
    )
    return Page(data=[case_shown(line, principal) for line in page.lines], has_more=page.has_more)


def _states(given: str | None) -> tuple[State, ...]:
    try:
        return tuple(State(part) for part in given.split(",")) if given else ()
    except ValueError:
        detail = Text(N_("只能是 {expected} 之一。"), {"expected": ", ".join(State)})
        raise Faulty([Fault(pointer="state", detail=detail, code="enum")]) from None


@get("/cases/{case_id:uuid}", opt={"action": Action.CASES_READ}, tags=_TAGS, operation_id="showCase")
async def show(request: JinpaiRequest, case_id: FromPath[UUID]) -> Response[CaseInFull]:
    """A case with its history, evidence and links. Its ETag is what If-Match takes."""
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    shown = case_in_full(await show_case(reader, principal, case_id), principal, locale_of(request))
    return Response(shown, headers={"ETag": etag(shown.case.version)})


_REPORTED = {
    200: ResponseSpec(CaseReported, description="The same report was stored before"),
    201: ResponseSpec(CaseReported, description="Stored"),
}


@post("/cases", opt={"action": Action.CASES_REPORT}, tags=_TAGS, operation_id="reportCase", responses=_REPORTED)
async def report(request: JinpaiRequest, data: JSONBody[ReportCase]) -> Response[Any]:
    """Report a case, once for ever by (source, external_id)."""

    def encode(outcome: Reported, locale: Locale) -> Answer:
        return answer(reported_shown(outcome), 200 if outcome.repeated else 201)

    wish = wish_of(data, principal_of(request))
    return await submit_one(request, district_of(request).report, wish, encode, shard=crc32(data.lane.encode()))


_HANDLED = {200: ResponseSpec(CaseHandled, description="Taken")}


def encode_handled(outcome: Handled, locale: Locale) -> Answer:
    """The answer to a step that was taken."""
    return answer(handled_shown(outcome, locale))


async def _step(
    request: JinpaiRequest,
    case_id: UUID,
    action: CaseAction,
    body: TakeStep | TakeStepWithReason | MarkDuplicate | None,
) -> Response[Any]:
    wish = CaseStep(
        case_id=case_id,
        action=action,
        actor=principal_of(request),
        reason=getattr(body, "reason", None),
        note=body.note if body else None,
        duplicate_of=getattr(body, "duplicate_of", None),
        expected_version=expected_version(request, required=False),
        occurred_at=body.occurred_at if body else None,
    )
    return await submit_one(request, district_of(request).handle, wish, encode_handled)


def _route(name: str, action: Action) -> Callable[[Callable[..., Any]], Any]:
    """A route of a step: answers 200 with what it was worth."""
    return post(
        f"/cases/{{case_id:uuid}}/{name}",
        opt={"action": action},
        tags=_TAGS,
        operation_id=f"{name}Case",
        status_code=200,
        responses=_HANDLED,
    )


@_route("verify", Action.CASES_VERIFY)
async def verify(
    request: JinpaiRequest, case_id: FromPath[UUID], data: JSONBody[TakeStep | None] = None
) -> Response[Any]:
    """Verify a case (核实): its steward is credited. Never by whoever reported it."""
    return await _step(request, case_id, CaseAction.VERIFY, data)


@_route("return", Action.CASES_RETURN)
async def return_for_completion(
    request: JinpaiRequest, case_id: FromPath[UUID], data: JSONBody[TakeStepWithReason]
) -> Response[Any]:
    """Send a report back (退回补充), saying what is missing. No penalty."""
    return await _step(request, case_id, CaseAction.RETURN, data)


@_route("complete", Action.CASES_REPORT)
async def complete(
    request: JinpaiRequest, case_id: FromPath[UUID], data: JSONBody[TakeStep | None] = None
) -> Response[Any]:
    """Hand a completed report in again (补充)."""
    return await _step(request, case_id, CaseAction.COMPLETE, data)


@_route("reject", Action.CASES_REJECT)
async def reject(request: JinpaiRequest, case_id: FromPath[UUID], data: JSONBody[TakeStepWithReason]) -> Response[Any]:
    """Do not recognise a case (不予认定), saying why."""
    return await _step(request, case_id, CaseAction.REJECT, data)


@_route("solve", Action.CASES_SOLVE)
async def solve(
    request: JinpaiRequest, case_id: FromPath[UUID], data: JSONBody[TakeStep | None] = None
) -> Response[Any]:
    """A verified case was solved (办结): its steward gets the bonus."""
    return await _step(request, case_id, CaseAction.SOLVE, data)


@_route("reopen", Action.CASES_REOPEN)
async def reopen(request: JinpaiRequest, case_id: FromPath[UUID], data: JSONBody[TakeStepWithReason]) -> Response[Any]:
    """Open a closed case again (重新打开): its credits are taken back once, and it has to be verified again."""
    return await _step(request, case_id, CaseAction.REOPEN, data)


@_route("duplicate", Action.CASES_DUPLICATE)
async def duplicate(request: JinpaiRequest, case_id: FromPath[UUID], data: JSONBody[MarkDuplicate]) -> Response[Any]:
    """The case repeats another one (重复): worth 0 points, linked both ways."""
    return await _step(request, case_id, CaseAction.DUPLICATE, data)


@_route("undo", Action.CASES_READ)
async def undo(
    request: JinpaiRequest, case_id: FromPath[UUID], data: JSONBody[TakeStep | None] = None
) -> Response[Any]:
    """Take back one's own last step, shortly after it (撤回)."""
    return await _step(request, case_id, CaseAction.UNDO, data)


route_handlers: list[Any] = [
    list_all, show, report, verify, return_for_completion, complete, reject, solve, reopen, duplicate, undo,
]  # fmt: skip
