"""Rule sets on their way: drafts with their ETag, consultation with comments, rehearsal over what was recorded."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
import orjson
from litestar import Response, get, post, put
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import BODY_LIMIT, BULK_BODY, Body, Day, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.rehearsals import rehearse_draft
from api.v1.answers import Page
from api.v1.parameters import Limit, StartingAfter, etag, expected_version
from api.v1.points import RuleDocument, RuleVersionInFull, rule_version_in_full
from kernel.database import Tx
from points.rehearsing import RehearsalRecord, newest_rehearsal
from points.rule_comments import CommentRecord, answer_comment, comment_on, list_comments
from points.rule_drafts import (
    DraftRecord,
    change_draft,
    create_draft,
    list_drafts,
    open_consultation,
    publish_draft,
    read_draft,
    withdraw_draft,
)
from stewards.permissions import Action, may

T = TypeVar("T")
_TAGS = ["points"]
_LONGEST_TEXT = 4_000


class DraftShown(msgspec.Struct, kw_only=True):
    """A draft of a rule set: draft, consultation, published or withdrawn."""

    id: UUID
    state: str
    revision: int
    name: str
    effective_on: date
    consults_until: date | None
    comments: int
    unanswered: int
    created_at: datetime
    changed_at: datetime


class DraftInFull(DraftShown, kw_only=True):
    """A draft with its document. Its ETag is what If-Match takes."""

    document: dict[str, Any]


class CommentShown(msgspec.Struct, kw_only=True):
    """What a steward or a member of staff said of a draft, and the district's answer. Nobody is named."""

    id: UUID
    author_kind: str
    text: str
    said_at: datetime
    answer: str | None
    answered_at: datetime | None


class RehearsalShown(msgspec.Struct, kw_only=True):
    """What a draft would have made of past events. `current`: the draft has not changed since."""

    id: UUID
    made_at: datetime
    current: bool
    figures: dict[str, Any]


class OpenConsultation(Body):
    """The last local day on which comments are taken."""

    until: Day


class SayOfRules(Body):
    """A comment, or the answer to one."""

    text: Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT)]


class Rehearse(Body):
    """The local days whose events are assessed again, both included; the year up to today where they are left out."""

    from_on: Day | None = None
    to_on: Day | None = None


def _shown(record: DraftRecord) -> DraftShown:
    return DraftShown(**{name: getattr(record, name) for name in DraftShown.__struct_fields__})


def _in_full(record: DraftRecord, status: int = 200) -> Response[DraftInFull]:
    shown = DraftInFull(**msgspec.structs.asdict(_shown(record)), document=orjson.loads(record.document))
    return Response(shown, status_code=status, headers={"ETag": etag(record.revision)})


def _comment(record: CommentRecord) -> CommentShown:
    return CommentShown(**{name: getattr(record, name) for name in CommentShown.__struct_fields__})


def _rehearsal(record: RehearsalRecord, draft: DraftRecord) -> RehearsalShown:
    return RehearsalShown(
        id=record.id,
        made_at=record.made_at,
        current=record.document_sha256 == draft.document_sha256,
        figures=record.figures.plain(),
    )


def _drafts_too(request: JinpaiRequest) -> bool:
    return may(principal_of(request), Action.RULES_DRAFT)


async def _run(
    request: JinpaiRequest, verb: Callable[..., Awaitable[T]], *args: Any, required: bool | None = None, **named: Any
) -> T:
    """Run a verb in a transaction of its own; with `required`, under the version that If-Match names."""
    district = district_of(request)
    if required is not None:
        named["expected"] = expected_version(request, required=required)

    async def use_case(tx: Tx) -> T:
        return await verb(tx, *args, now=district.clock.now(), **named)

    return await district.database.run(use_case)


@get("/points/rules/drafts", opt={"action": Action.RULES_READ}, tags=_TAGS, operation_id="listRuleDrafts")
async def list_all(
    request: JinpaiRequest, *, limit: Limit = 50, starting_after: StartingAfter = None
) -> Page[DraftShown]:
    """Drafts, newest first; who may not draft sees those that are or were in consultation."""
    reader = await district_of(request).database.reader()
    found, has_more = await list_drafts(
        reader, all_states=_drafts_too(request), starting_after=starting_after, limit=limit
    )
    return Page(data=[_shown(record) for record in found], has_more=has_more)


@post(
    "/points/rules/drafts",
    opt={"action": Action.RULES_DRAFT, BODY_LIMIT: BULK_BODY},
    tags=_TAGS,
    operation_id="createRuleDraft",
)
async def create(request: JinpaiRequest, data: JSONBody[RuleDocument]) -> Response[DraftInFull]:
    """Keep a new draft; every mistake of the document is named."""
    return _in_full(await _run(request, create_draft, data.document, by=principal_of(request).id), 201)


@get(
    "/points/rules/drafts/{draft_id:uuid}",
    opt={"action": Action.RULES_READ},
    tags=_TAGS,
    operation_id="showRuleDraft",
)
async def show(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[DraftInFull]:
    """A draft with its document and its ETag."""
    reader = await district_of(request).database.reader()
    return _in_full(await read_draft(reader, draft_id, all_states=_drafts_too(request)))


@put(
    "/points/rules/drafts/{draft_id:uuid}",
    opt={"action": Action.RULES_DRAFT, BODY_LIMIT: BULK_BODY},
    tags=_TAGS,
    operation_id="changeRuleDraft",
)
async def change(
    request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[RuleDocument]
) -> Response[DraftInFull]:
    """Replace a draft's document; If-Match is required."""
    by = principal_of(request).id
    return _in_full(await _run(request, change_draft, draft_id, data.document, required=True, by=by))


@post(
    "/points/rules/drafts/{draft_id:uuid}/consult",
    opt={"action": Action.RULES_DRAFT},
    tags=_TAGS,
    operation_id="consultRuleDraft",
    status_code=200,
)
async def consult(
    request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[OpenConsultation]
) -> Response[DraftInFull]:
    """Show a draft to everybody and take comments through a day."""
    by = principal_of(request).id
    return _in_full(await _run(request, open_consultation, draft_id, required=False, until=data.until, by=by))


@post(
    "/points/rules/drafts/{draft_id:uuid}/withdraw",
    opt={"action": Action.RULES_DRAFT},
    tags=_TAGS,
    operation_id="withdrawRuleDraft",
    status_code=200,
)
async def withdraw(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[DraftInFull]:
    """Give a draft up."""
    return _in_full(await _run(request, withdraw_draft, draft_id, required=False, by=principal_of(request).id))


@post(
    "/points/rules/drafts/{draft_id:uuid}/publish",
    opt={"action": Action.RULES_PUBLISH},
    tags=_TAGS,
    operation_id="publishRuleDraft",
    status_code=200,
    responses={200: ResponseSpec(RuleVersionInFull, description="In force from its day on")},
)
async def publish(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[RuleVersionInFull]:
    """Publish a draft after its consultation, once every comment is answered; If-Match is required."""
    _, version = await _run(request, publish_draft, draft_id, required=True, by=principal_of(request).id)
    return Response(rule_version_in_full(version), status_code=200)


@post(
    "/points/rules/drafts/{draft_id:uuid}/rehearse",
    opt={"action": Action.RULES_DRAFT},
    tags=_TAGS,
    operation_id="rehearseRuleDraft",
    status_code=200,
)
async def rehearse(
    request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[Rehearse]
) -> Response[RehearsalShown]:
    """Assess past events again under a draft: who gains, who loses, what would be owed, by street. One at a time."""
    draft, record = await rehearse_draft(
        district_of(request), draft_id, from_on=data.from_on, to_on=data.to_on, by=principal_of(request).id
    )
    return Response(_rehearsal(record, draft))


@get(
    "/points/rules/drafts/{draft_id:uuid}/rehearsal",
    opt={"action": Action.RULES_DRAFT},
    tags=_TAGS,
    operation_id="showRehearsal",
)
async def show_rehearsal(request: JinpaiRequest, draft_id: FromPath[UUID]) -> RehearsalShown:
    """The newest rehearsal of a draft."""
    reader = await district_of(request).database.reader()
    draft = await read_draft(reader, draft_id, all_states=True)
    found = await newest_rehearsal(reader, draft_id)
    if found is None:
        raise NotFound
    return _rehearsal(found, draft)


@get(
    "/points/rules/drafts/{draft_id:uuid}/comments",
    opt={"action": Action.RULES_READ},
    tags=_TAGS,
    operation_id="listRuleComments",
)
async def comments(
    request: JinpaiRequest, draft_id: FromPath[UUID], *, limit: Limit = 50, starting_after: StartingAfter = None
) -> Page[CommentShown]:
    """What was said of a draft, oldest first, with the answers."""
    reader = await district_of(request).database.reader()
    await read_draft(reader, draft_id, all_states=_drafts_too(request))
    found, has_more = await list_comments(reader, draft_id, starting_after=starting_after, limit=limit)
    return Page(data=[_comment(record) for record in found], has_more=has_more)


@post(
    "/points/rules/drafts/{draft_id:uuid}/comments",
    opt={"action": Action.RULES_COMMENT},
    tags=_TAGS,
    operation_id="commentOnRules",
)
async def comment(request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[SayOfRules]) -> CommentShown:
    """Say something of a draft in consultation. Others read it without your name."""
    return _comment(await _run(request, comment_on, draft_id, data.text, by=principal_of(request).actor))


@post(
    "/points/rules/drafts/{draft_id:uuid}/comments/{comment_id:uuid}/answer",
    opt={"action": Action.RULES_DRAFT},
    tags=_TAGS,
    operation_id="answerRuleComment",
    status_code=200,
    responses={200: ResponseSpec(CommentShown, description="Answered")},
)
async def answer(
    request: JinpaiRequest, draft_id: FromPath[UUID], comment_id: FromPath[UUID], data: JSONBody[SayOfRules]
) -> CommentShown:
    """Answer a comment, for everybody to read."""
    by = principal_of(request).id
    return _comment(await _run(request, answer_comment, draft_id, comment_id, data.text, by=by))


route_handlers: list[Any] = [
    list_all,
    create,
    show,
    change,
    consult,
    withdraw,
    publish,
    rehearse,
    show_rehearsal,
    comments,
    comment,
    answer,
]
