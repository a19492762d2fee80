"""Manual awards: proposed with a reason, approved by a second person above a threshold, posted once, reversed once."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import Limit, StartingAfter
from kernel.idempotency import Answer
from kernel.messages import Locale
from points.grant_deciding import GrantAction, GrantStep
from points.grant_reading import GrantEntry, list_grants, read_grant
from points.grant_rows import GrantOutcome
from points.grants import GrantProposal
from stewards.permissions import Action

_TAGS = ["points"]
_NOTE = Field(max_length=1_000, description="Free text; it can be erased")
Note = Annotated[str | None, _NOTE]


class NoteShown(msgspec.Struct, kw_only=True):
    """What somebody wrote about it."""

    author_id: UUID | None
    text: str
    written_at: datetime


class GrantCheckShown(msgspec.Struct, kw_only=True):
    """A step between proposing and posting that was taken."""

    step: str
    by_id: UUID
    at: datetime


class GrantShown(msgspec.Struct, kw_only=True):
    """A manual award as it stands. `steps` is what the rules ask of it, `next` what is due while it is not decided;
    `reversed_at` is set once it was taken back.
    """

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    steward_name: str
    reason: str
    points: int
    expires_on: date | None
    state: str
    two_person: bool
    steps: list[str]
    checks: list[GrantCheckShown]
    next: str | None
    proposed_by_id: UUID
    proposed_at: datetime
    decided_by_id: UUID | None
    decided_at: datetime | None
    operation_id: UUID | None
    reversed_at: datetime | None
    notes: list[NoteShown]


class GrantAnswer(msgspec.Struct, kw_only=True):
    """A manual award after a step. `next` is the step that is due while it is not decided; `balance_after` is null
    where nothing moved; `debt` is what is owed after a reversal of points that were spent.
    """

    id: UUID
    number: str
    steward_id: UUID
    reason: str
    points: int
    state: str
    two_person: bool
    next: str | None
    operation_id: UUID | None
    balance_after: int | None
    debt: int


class ProposeGrant(Body):
    """Points for a steward, for a reason of the rules' list; `other` needs a note."""

    steward_id: UUID
    reason: Annotated[str, Field(min_length=1, max_length=32)]
    points: Annotated[int, Field(ge=1, le=1_000_000)]
    note: Note = None


class DecideGrant(Body):
    """A step, with what there is to say about it."""

    note: Note = None


class ReverseGrant(Body):
    """Why a manual award is taken back."""

    cause: Literal["mistake", "twice", "not_entitled"]
    note: Note = None


def grant_shown(entry: GrantEntry) -> GrantShown:
    """A manual award as it is listed."""
    names = [name for name in GrantShown.__struct_fields__ if name not in {"notes", "steps", "checks"}]
    return GrantShown(
        **{name: getattr(entry, name) for name in names},
        steps=list(entry.steps),
        checks=[GrantCheckShown(step=taken.step, by_id=taken.by_id, at=taken.at) for taken in entry.checks],
        notes=[NoteShown(author_id=note.author_id, text=note.text, written_at=note.written_at) for note in entry.notes],
    )


def _answer(outcome: GrantOutcome) -> GrantAnswer:
    posted = outcome.posted
    return GrantAnswer(
        id=outcome.grant_id,
        number=outcome.number,
        steward_id=outcome.steward_id,
        reason=outcome.reason,
        points=outcome.points,
        state=outcome.state,
        two_person=outcome.two_person,
        next=outcome.next,
        operation_id=posted.operation_id if posted else None,
        balance_after=posted.balance_after if posted else None,
        debt=posted.debt_added if posted else 0,
    )


@get("/points/grants", opt={"action": Action.GRANTS_READ}, tags=_TAGS, operation_id="listGrants")
async def list_all(
    request: JinpaiRequest,
    *,
    only: Annotated[
        Literal["proposed", "approved", "rejected", "withdrawn"] | None,
        QueryParameter(name="state", description="Only those in this state"),
    ] = None,
    steward: FromQuery[UUID | None] = None,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[GrantShown]:
    """The manual awards within the caller's reach, newest first."""
    reader = await district_of(request).database.reader()
    found, has_more = await list_grants(
        reader, principal_of(request), state=only, steward_id=steward, starting_after=starting_after, limit=limit
    )
    return Page(data=[grant_shown(entry) for entry in found], has_more=has_more)


@get("/points/grants/{points_grant_id:uuid}", opt={"action": Action.GRANTS_READ}, tags=_TAGS, operation_id="showGrant")
async def show(request: JinpaiRequest, points_grant_id: FromPath[UUID]) -> GrantShown:
    """One manual award with its notes."""
    reader = await district_of(request).database.reader()
    found = await read_grant(reader, principal_of(request), points_grant_id)
    if found is None:
        raise NotFound
    return grant_shown(found)


_PROPOSED = {201: ResponseSpec(GrantAnswer, description="Proposed, or given at once where one person may")}
_DECIDED = {200: ResponseSpec(GrantAnswer, description="Decided")}


@post(
    "/points/grants",
    opt={"action": Action.GRANTS_PROPOSE},
    tags=_TAGS,
    operation_id="proposeGrant",
    responses=_PROPOSED,
)
async def propose(request: JinpaiRequest, data: JSONBody[ProposeGrant]) -> Response[Any]:
    """Give points by hand (人工加分): at once up to the rules' threshold, above it once a second person approves."""

    def encode(outcome: GrantOutcome, locale: Locale) -> Answer:
        return answer(_answer(outcome), 201)

    wish = GrantProposal(
        steward_id=data.steward_id,
        reason=data.reason,
        points=data.points,
        note=data.note,
        actor=principal_of(request),
    )
    return await submit_one(request, district_of(request).propose_grants, wish, encode)


async def _step(
    request: JinpaiRequest, grant_id: UUID, action: GrantAction, body: DecideGrant | ReverseGrant | None
) -> Response[Any]:
    def encode(outcome: GrantOutcome, locale: Locale) -> Answer:
        return answer(_answer(outcome))

    wish = GrantStep(
        grant_id=grant_id,
        action=action,
        actor=principal_of(request),
        note=body.note if body else None,
        cause=getattr(body, "cause", None),
    )
    return await submit_one(request, district_of(request).decide_grants, wish, encode)


@post(
    "/points/grants/{points_grant_id:uuid}/check",
    opt={"action": Action.GRANTS_CHECK},
    tags=_TAGS,
    operation_id="checkGrant",
    status_code=200,
    responses=_DECIDED,
)
async def check(
    request: JinpaiRequest, points_grant_id: FromPath[UUID], data: JSONBody[DecideGrant | None] = None
) -> Response[Any]:
    """Record that a manual award was checked (核对), where the rules ask for it; never by who proposed it."""
    return await _step(request, points_grant_id, "check", data)


@post(
    "/points/grants/{points_grant_id:uuid}/committee",
    opt={"action": Action.GRANTS_APPROVE},
    tags=_TAGS,
    operation_id="recordGrantCommittee",
    status_code=200,
    responses=_DECIDED,
)
async def committee(
    request: JinpaiRequest, points_grant_id: FromPath[UUID], data: JSONBody[DecideGrant]
) -> Response[Any]:
    """Record the committee's decision (上会), where the rules ask for it; the note names the meeting."""
    return await _step(request, points_grant_id, "committee", data)


@post(
    "/points/grants/{points_grant_id:uuid}/approve",
    opt={"action": Action.GRANTS_APPROVE},
    tags=_TAGS,
    operation_id="approveGrant",
    status_code=200,
    responses=_DECIDED,
)
async def approve(
    request: JinpaiRequest, points_grant_id: FromPath[UUID], data: JSONBody[DecideGrant | None] = None
) -> Response[Any]:
    """Approve a manual award as another person, after the rules' steps; its points are posted once."""
    return await _step(request, points_grant_id, "approve", data)


@post(
    "/points/grants/{points_grant_id:uuid}/reject",
    opt={"action": Action.GRANTS_APPROVE},
    tags=_TAGS,
    operation_id="rejectGrant",
    status_code=200,
    responses=_DECIDED,
)
async def reject(
    request: JinpaiRequest, points_grant_id: FromPath[UUID], data: JSONBody[DecideGrant | None] = None
) -> Response[Any]:
    """Do not agree to a manual award; nothing is posted."""
    return await _step(request, points_grant_id, "reject", data)


@post(
    "/points/grants/{points_grant_id:uuid}/withdraw",
    opt={"action": Action.GRANTS_PROPOSE},
    tags=_TAGS,
    operation_id="withdrawGrant",
    status_code=200,
    responses=_DECIDED,
)
async def withdraw(
    request: JinpaiRequest, points_grant_id: FromPath[UUID], data: JSONBody[DecideGrant | None] = None
) -> Response[Any]:
    """Withdraw one's own proposal before it is decided."""
    return await _step(request, points_grant_id, "withdraw", data)


@post(
    "/points/grants/{points_grant_id:uuid}/reverse",
    opt={"action": Action.POINTS_REVERSE},
    tags=_TAGS,
    operation_id="reverseGrant",
    status_code=200,
    responses=_DECIDED,
)
async def reverse(
    request: JinpaiRequest, points_grant_id: FromPath[UUID], data: JSONBody[ReverseGrant]
) -> Response[Any]:
    """Take an approved award back, once for ever. What was spent already is owed."""
    return await _step(request, points_grant_id, "reverse", data)


route_handlers: list[Any] = [list_all, show, propose, check, committee, approve, reject, withdraw, reverse]
