"""Schemes on their way: drafts with their ETag, consultation with comments that are answered."""

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
from api.v1.answers import Page
from api.v1.evaluation import SchemeDocument, SchemeInFull, scheme_in_full
from api.v1.parameters import Limit, StartingAfter, etag, expected_version
from evaluation.scheme_comments import CommentRecord, answer_comment, comment_on, list_comments
from evaluation.scheme_drafts import (
    DraftRecord,
    change_draft,
    create_draft,
    list_drafts,
    open_consultation,
    publish_draft,
    read_draft,
    withdraw_draft,
)
from kernel.database import Tx
from stewards.permissions import Action, may

T = TypeVar("T")
_TAGS = ["evaluation"]
_LONGEST_TEXT = 4_000


class SchemeDraftShown(msgspec.Struct, kw_only=True):
    """A draft of a scheme: draft, consultation, published or withdrawn."""

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


class SchemeDraftInFull(SchemeDraftShown, kw_only=True):
    """A draft with its document. Its ETag is what If-Match takes."""

    document: dict[str, Any]


class SchemeCommentShown(msgspec.Struct, kw_only=True):
    """What a steward or a member of staff said of a draft, and the district's answer. Nobody is named."""

    id: UUID
    author_kind: str
    text: str
    said_at: datetime
    answer: str | None
    answered_at: datetime | None


class OpenSchemeConsultation(Body):
    """The last local day on which comments are taken."""

    until: Day


class SayOfScheme(Body):
    """A comment, or the answer to one."""

    text: Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT)]


def _shown(record: DraftRecord) -> SchemeDraftShown:
    return SchemeDraftShown(**{name: getattr(record, name) for name in SchemeDraftShown.__struct_fields__})


def _in_full(record: DraftRecord, status: int = 200) -> Response[SchemeDraftInFull]:
    shown = SchemeDraftInFull(**msgspec.structs.asdict(_shown(record)), document=orjson.loads(record.document))
    return Response(shown, status_code=status, headers={"ETag": etag(record.revision)})


def _comment(record: CommentRecord) -> SchemeCommentShown:
    return SchemeCommentShown(**{name: getattr(record, name) for name in SchemeCommentShown.__struct_fields__})


def _drafts_too(request: JinpaiRequest) -> bool:
    return may(principal_of(request), Action.SCHEMES_DRAFT)


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


@get("/evaluation/schemes/drafts", opt={"action": Action.SCHEMES_READ}, tags=_TAGS, operation_id="listSchemeDrafts")
async def list_all(
    request: JinpaiRequest, *, limit: Limit = 50, starting_after: StartingAfter = None
) -> Page[SchemeDraftShown]:
    """Drafts of schemes, newest first; who may not draft sees those that are or were in consultation."""
    reader = await district_of(request).database.reader()
    found, has_more = await list_drafts(
        reader, all_states=_drafts_too(request), starting_after=starting_after, limit=limit
    )
    return Page(data=[_shown(record) for record in found], has_more=has_more)


@post(
    "/evaluation/schemes/drafts",
    opt={"action": Action.SCHEMES_DRAFT, BODY_LIMIT: BULK_BODY},
    tags=_TAGS,
    operation_id="createSchemeDraft",
)
async def create(request: JinpaiRequest, data: JSONBody[SchemeDocument]) -> Response[SchemeDraftInFull]:
    """Keep a new draft of a scheme; every mistake of the document is named."""
    return _in_full(await _run(request, create_draft, data.document, by=principal_of(request).id), 201)


@get(
    "/evaluation/schemes/drafts/{draft_id:uuid}",
    opt={"action": Action.SCHEMES_READ},
    tags=_TAGS,
    operation_id="showSchemeDraft",
)
async def show(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[SchemeDraftInFull]:
    """A scheme's draft with its document and its ETag."""
    reader = await district_of(request).database.reader()
    return _in_full(await read_draft(reader, draft_id, all_states=_drafts_too(request)))


@put(
    "/evaluation/schemes/drafts/{draft_id:uuid}",
    opt={"action": Action.SCHEMES_DRAFT, BODY_LIMIT: BULK_BODY},
    tags=_TAGS,
    operation_id="changeSchemeDraft",
)
async def change(
    request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[SchemeDocument]
) -> Response[SchemeDraftInFull]:
    """Replace the document of a scheme's draft; If-Match is required."""
    by = principal_of(request).id
    return _in_full(await _run(request, change_draft, draft_id, data.document, required=True, by=by))


@post(
    "/evaluation/schemes/drafts/{draft_id:uuid}/consult",
    opt={"action": Action.SCHEMES_DRAFT},
    tags=_TAGS,
    operation_id="consultSchemeDraft",
    status_code=200,
)
async def consult(
    request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[OpenSchemeConsultation]
) -> Response[SchemeDraftInFull]:
    """Show a scheme's draft to everybody and take comments through a day."""
    by = principal_of(request).id
    return _in_full(await _run(request, open_consultation, draft_id, required=False, until=data.until, by=by))


@post(
    "/evaluation/schemes/drafts/{draft_id:uuid}/withdraw",
    opt={"action": Action.SCHEMES_DRAFT},
    tags=_TAGS,
    operation_id="withdrawSchemeDraft",
    status_code=200,
)
async def withdraw(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[SchemeDraftInFull]:
    """Give a scheme's draft up."""
    return _in_full(await _run(request, withdraw_draft, draft_id, required=False, by=principal_of(request).id))


@post(
    "/evaluation/schemes/drafts/{draft_id:uuid}/publish",
    opt={"action": Action.SCHEMES_PUBLISH},
    tags=_TAGS,
    operation_id="publishSchemeDraft",
    status_code=200,
    responses={200: ResponseSpec(SchemeInFull, description="In force from its day on")},
)
async def publish(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[SchemeInFull]:
    """Publish a scheme's draft after its consultation, once every comment is answered; If-Match is required."""
    _, version = await _run(request, publish_draft, draft_id, required=True, by=principal_of(request).id)
    return Response(scheme_in_full(version), status_code=200)


@get(
    "/evaluation/schemes/drafts/{draft_id:uuid}/comments",
    opt={"action": Action.SCHEMES_READ},
    tags=_TAGS,
    operation_id="listSchemeComments",
)
async def comments(
    request: JinpaiRequest, draft_id: FromPath[UUID], *, limit: Limit = 50, starting_after: StartingAfter = None
) -> Page[SchemeCommentShown]:
    """What was said of a scheme's draft, oldest first, with the answers."""
    reader = await district_of(request).database.reader()
    await read_draft(reader, draft_id, all_states=_drafts_too(request))
    found, has_more = await list_comments(reader, draft_id, starting_after=starting_after, limit=limit)
    return Page(data=[_comment(record) for record in found], has_more=has_more)


@post(
    "/evaluation/schemes/drafts/{draft_id:uuid}/comments",
    opt={"action": Action.SCHEMES_COMMENT},
    tags=_TAGS,
    operation_id="commentOnScheme",
)
async def comment(request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[SayOfScheme]) -> SchemeCommentShown:
    """Say something of a scheme's draft in consultation. Others read it without your name."""
    return _comment(await _run(request, comment_on, draft_id, data.text, by=principal_of(request).actor))


@post(
    "/evaluation/schemes/drafts/{draft_id:uuid}/comments/{comment_id:uuid}/answer",
    opt={"action": Action.SCHEMES_DRAFT},
    tags=_TAGS,
    operation_id="answerSchemeComment",
    status_code=200,
    responses={200: ResponseSpec(SchemeCommentShown, description="Answered")},
)
async def answer(
    request: JinpaiRequest, draft_id: FromPath[UUID], comment_id: FromPath[UUID], data: JSONBody[SayOfScheme]
) -> SchemeCommentShown:
    """Answer a comment on a scheme, for everybody to read."""
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
    comments,
    comment,
    answer,
]
