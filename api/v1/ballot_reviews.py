"""Ballots after the window: those that guards hold, reviewed by two people, notes that wait, and reading by name."""

from datetime import datetime
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
from api.envelope import locale_of
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import Limit, StartingAfter
from api.v1.stewards import steward_within_reach
from evaluation.ballot_audit import AuditedBallot, audit_ballots
from evaluation.ballot_notes import NoteDecided, NoteDecision, list_notes
from evaluation.holds import HoldReviewed, HoldStep, list_holds
from evaluation.periods import period_named
from kernel.database import Tx
from kernel.idempotency import Answer
from kernel.messages import Locale
from stewards.permissions import Action

_TAGS = ["evaluation"]


class HoldShown(msgspec.Struct, kw_only=True):
    """A ballot that is held out: what was said of whom, and why it is held; never by whom. `own`: you reviewed it."""

    id: UUID
    steward_id: UUID
    steward_number: str
    steward_name: str
    period: str
    source: str
    open_ballot: bool
    marks: dict[str, int]
    cast_at: datetime
    guard: str
    reason: str
    state: str
    reviews: int
    own: bool


class HoldAnswer(msgspec.Struct, kw_only=True):
    """A held ballot after a review."""

    id: UUID
    state: str
    reviews: int


class ReviewHold(Body):
    """Whether the ballot should count."""

    verdict: Literal["count", "leave_out"]


class BallotNoteShown(msgspec.Struct, kw_only=True):
    """What a resident wrote beside the marks, never by whom."""

    id: UUID
    steward_id: UUID
    steward_number: str
    steward_name: str
    period: str
    text: str
    state: str
    written_at: datetime


class NoteAnswer(msgspec.Struct, kw_only=True):
    """A note after a decision; `state` is null where it was erased."""

    id: UUID
    state: str | None


class DecideNote(Body):
    """Let the steward read it, keep it hidden, or erase it for ever."""

    verdict: Literal["approve", "hide", "erase"]


class AuditBallots(Body):
    """About whom, of which period, and why."""

    steward: UUID
    period: Annotated[str, Field(max_length=7)]
    reason: Literal["appeal", "suspicion", "inspection"]


class AuditedShown(msgspec.Struct, kw_only=True):
    """A ballot with its rater: staff and peers by name, residents by a pseudonym of the browser."""

    id: UUID
    source: str
    kind: str
    rater_name: str | None
    device: str | None
    marks: dict[str, int]
    cast_at: datetime
    changed_at: datetime | None
    hold_state: str | None


@get("/evaluation/holds", opt={"action": Action.BALLOTS_REVIEW}, tags=_TAGS, operation_id="listHeldBallots")
async def list_held(
    request: JinpaiRequest,
    *,
    only: Annotated[
        Literal["open", "counted", "left_out"], QueryParameter(name="state", description="Only those in this state")
    ] = "open",
    period: Annotated[str | None, QueryParameter(max_length=7, description="Only of this period")] = None,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[HoldShown]:
    """The ballots within the caller's reach that guards hold out."""
    reader = await district_of(request).database.reader()
    found, has_more = await list_holds(
        reader, principal_of(request), state=only, period=period, starting_after=starting_after, limit=limit
    )
    locale = locale_of(request)
    special = {"reason": None, "marks": None}
    names = [name for name in HoldShown.__struct_fields__ if name not in special]
    data = [
        HoldShown(
            **{name: getattr(entry, name) for name in names},
            reason=entry.reason.render(locale),
            marks=dict(entry.marks),
        )
        for entry in found
    ]
    return Page(data=data, has_more=has_more)


@post(
    "/evaluation/holds/{hold_id:uuid}/review",
    opt={"action": Action.BALLOTS_REVIEW},
    tags=_TAGS,
    operation_id="reviewHeldBallot",
    status_code=200,
    responses={200: ResponseSpec(HoldAnswer, description="Reviewed")},
)
async def review(request: JinpaiRequest, hold_id: FromPath[UUID], data: JSONBody[ReviewHold]) -> Response[Any]:
    """Say whether a held ballot should count (复核). Two people who say the same decide."""

    def encode(outcome: HoldReviewed, locale: Locale) -> Answer:
        return answer(HoldAnswer(id=outcome.hold_id, state=outcome.state, reviews=outcome.reviews))

    wish = HoldStep(hold_id=hold_id, verdict=data.verdict, actor=principal_of(request))
    return await submit_one(request, district_of(request).review_holds, wish, encode)


@get("/evaluation/notes", opt={"action": Action.BALLOTS_REVIEW}, tags=_TAGS, operation_id="listBallotNotes")
async def list_written(
    request: JinpaiRequest,
    *,
    only: Annotated[
        Literal["waiting", "approved", "hidden"], QueryParameter(name="state", description="Only those in this state")
    ] = "waiting",
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[BallotNoteShown]:
    """What residents wrote, within the caller's reach; nobody outside reads it before it was approved."""
    reader = await district_of(request).database.reader()
    found, has_more = await list_notes(
        reader, principal_of(request), state=only, starting_after=starting_after, limit=limit
    )
    names = BallotNoteShown.__struct_fields__
    data = [BallotNoteShown(**{name: getattr(entry, name) for name in names}) for entry in found]
    return Page(data=data, has_more=has_more)


@post(
    "/evaluation/notes/{note_id:uuid}",
    opt={"action": Action.BALLOTS_REVIEW},
    tags=_TAGS,
    operation_id="decideBallotNote",
    status_code=200,
    responses={200: ResponseSpec(NoteAnswer, description="Done")},
)
async def decide(request: JinpaiRequest, note_id: FromPath[UUID], data: JSONBody[DecideNote]) -> Response[Any]:
    """Approve a note, keep it hidden, or erase it."""

    def encode(outcome: NoteDecided, locale: Locale) -> Answer:
        return answer(NoteAnswer(id=outcome.note_id, state=outcome.state))

    wish = NoteDecision(note_id=note_id, verdict=data.verdict, actor=principal_of(request))
    return await submit_one(request, district_of(request).decide_notes, wish, encode)


@post(
    "/evaluation/ballots/audit",
    opt={"action": Action.BALLOTS_AUDIT},
    tags=_TAGS,
    operation_id="auditBallots",
    status_code=200,
)
async def audit(request: JinpaiRequest, data: JSONBody[AuditBallots]) -> Page[AuditedShown]:
    """Read the ballots about a steward after the window (调阅). Who reads and why stays on record."""
    district = district_of(request)
    entry = await steward_within_reach(request, data.steward, Action.BALLOTS_AUDIT)
    period = period_named(data.period)
    by = principal_of(request).actor

    async def use_case(tx: Tx) -> list[AuditedBallot]:
        return await audit_ballots(tx, entry.id, period, data.reason, by=by, now=district.clock.now())

    found = await district.database.run(use_case)
    names = [name for name in AuditedShown.__struct_fields__ if name != "marks"]
    shown = [AuditedShown(**{name: getattr(one, name) for name in names}, marks=dict(one.marks)) for one in found]
    return Page(data=shown, has_more=False)


route_handlers: list[Any] = [list_held, review, list_written, decide, audit]
