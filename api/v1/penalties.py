"""Penalties: proposed from the rules' list, heard by the steward, due after the window or upheld by a second person."""

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
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.grants import Note, NoteShown
from api.v1.parameters import Limit, StartingAfter
from kernel.idempotency import Answer
from kernel.messages import Locale
from points.penalty_reading import PenaltyEntry, list_penalties, read_penalty
from points.penalty_steps import PenaltyAction, PenaltyOutcome, PenaltyProposal, PenaltyStep
from stewards.permissions import Action
from stewards.principal import Principal

_TAGS = ["points"]


class PenaltyShown(msgspec.Struct, kw_only=True):
    """A penalty as it stands. `notes` are, to the steward, his own."""

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    steward_name: str
    item: str
    item_zh: str
    item_en: str
    about: str | None
    points: int
    state: str
    object_until: datetime
    proposed_at: datetime
    objected_at: datetime | None
    decided_at: datetime | None
    operation_id: UUID | None
    notes: list[NoteShown]


class PenaltyAnswer(msgspec.Struct, kw_only=True):
    """A penalty after a step. `balance_after` is null where nothing moved; `debt` is what could not be paid."""

    id: UUID
    number: str
    steward_id: UUID
    item: str
    points: int
    state: str
    object_until: datetime
    operation_id: UUID | None
    balance_after: int | None
    debt: int


class ProposePenalty(Body):
    """Something on the rules' list; `about` names the case or occasion, which is penalised once."""

    steward_id: UUID
    item: Annotated[str, Field(min_length=1, max_length=32)]
    about: Annotated[str | None, Field(max_length=64)] = None
    note: Note = None


class ObjectToPenalty(Body):
    """Why it is not right."""

    note: Annotated[str, Field(min_length=1, max_length=1_000)]


class DecidePenalty(Body):
    """A step, with what there is to say about it."""

    note: Note = None


def penalty_shown(entry: PenaltyEntry, principal: Principal) -> PenaltyShown:
    """A penalty as a caller may see it."""
    special = {"notes", "item_zh", "item_en"}
    names = [name for name in PenaltyShown.__struct_fields__ if name not in special]
    return PenaltyShown(
        **{name: getattr(entry, name) for name in names},
        item_zh=entry.label.message,
        item_en=entry.label.english,
        notes=[
            NoteShown(author_id=note.author_id, text=note.text, written_at=note.written_at)
            for note in entry.notes
            if principal.steward_id is None or note.author_id == principal.steward_id
        ],
    )


def _answer(outcome: PenaltyOutcome) -> PenaltyAnswer:
    posted = outcome.posted
    return PenaltyAnswer(
        id=outcome.penalty_id,
        number=outcome.number,
        steward_id=outcome.steward_id,
        item=outcome.item,
        points=outcome.points,
        state=outcome.state,
        object_until=outcome.object_until,
        operation_id=posted.operation_id if posted else None,
        balance_after=posted.balance_after if posted else None,
        debt=posted.debt_added if posted else 0,
    )


@get("/points/penalties", opt={"action": Action.PENALTIES_READ}, tags=_TAGS, operation_id="listPenalties")
async def list_all(
    request: JinpaiRequest,
    *,
    only: Annotated[
        Literal["open", "objected", "taken", "dropped"] | None,
        QueryParameter(name="state", description="Only those in this state"),
    ] = None,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[PenaltyShown]:
    """The penalties within the caller's reach, a steward's own ones, newest first."""
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    found, has_more = await list_penalties(reader, principal, state=only, starting_after=starting_after, limit=limit)
    return Page(data=[penalty_shown(entry, principal) for entry in found], has_more=has_more)


@get(
    "/points/penalties/{penalty_id:uuid}",
    opt={"action": Action.PENALTIES_READ},
    tags=_TAGS,
    operation_id="showPenalty",
)
async def show(request: JinpaiRequest, penalty_id: FromPath[UUID]) -> PenaltyShown:
    """One penalty."""
    principal = principal_of(request)
    found = await read_penalty(await district_of(request).database.reader(), principal, penalty_id)
    if found is None:
        raise NotFound
    return penalty_shown(found, principal)


_PROPOSED = {201: ResponseSpec(PenaltyAnswer, description="Proposed; the steward was told")}
_DECIDED = {200: ResponseSpec(PenaltyAnswer, description="Done")}


@post(
    "/points/penalties",
    opt={"action": Action.PENALTIES_PROPOSE},
    tags=_TAGS,
    operation_id="proposePenalty",
    responses=_PROPOSED,
)
async def propose(request: JinpaiRequest, data: JSONBody[ProposePenalty]) -> Response[Any]:
    """Propose a penalty (扣分). The steward is told and has the rules' days to object; nothing moves before."""

    def encode(outcome: PenaltyOutcome, locale: Locale) -> Answer:
        return answer(_answer(outcome), 201)

    wish = PenaltyProposal(
        steward_id=data.steward_id, item=data.item, about=data.about, note=data.note, actor=principal_of(request)
    )
    return await submit_one(request, district_of(request).propose_penalties, wish, encode)


async def _step(request: JinpaiRequest, penalty_id: UUID, action: PenaltyAction, note: str | None) -> Response[Any]:
    def encode(outcome: PenaltyOutcome, locale: Locale) -> Answer:
        return answer(_answer(outcome))

    wish = PenaltyStep(penalty_id=penalty_id, action=action, actor=principal_of(request), note=note)
    return await submit_one(request, district_of(request).decide_penalties, wish, encode)


@post(
    "/points/penalties/{penalty_id:uuid}/object",
    opt={"action": Action.PENALTIES_OBJECT},
    tags=_TAGS,
    operation_id="objectToPenalty",
    status_code=200,
    responses=_DECIDED,
)
async def object_to(
    request: JinpaiRequest, penalty_id: FromPath[UUID], data: JSONBody[ObjectToPenalty]
) -> Response[Any]:
    """Say why it is not right (提出异议), within the window. A second person then decides."""
    return await _step(request, penalty_id, "object", data.note)


@post(
    "/points/penalties/{penalty_id:uuid}/uphold",
    opt={"action": Action.PENALTIES_DECIDE},
    tags=_TAGS,
    operation_id="upholdPenalty",
    status_code=200,
    responses=_DECIDED,
)
async def uphold(
    request: JinpaiRequest, penalty_id: FromPath[UUID], data: JSONBody[DecidePenalty | None] = None
) -> Response[Any]:
    """Uphold what was objected to, as somebody else than its proposer. What cannot be paid is owed."""
    return await _step(request, penalty_id, "uphold", data.note if data else None)


@post(
    "/points/penalties/{penalty_id:uuid}/drop",
    opt={"action": Action.PENALTIES_DECIDE},
    tags=_TAGS,
    operation_id="dropPenalty",
    status_code=200,
    responses=_DECIDED,
)
async def drop(
    request: JinpaiRequest, penalty_id: FromPath[UUID], data: JSONBody[DecidePenalty | None] = None
) -> Response[Any]:
    """Drop a penalty; nothing is taken."""
    return await _step(request, penalty_id, "drop", data.note if data else None)


route_handlers: list[Any] = [list_all, show, propose, object_to, uphold, drop]
