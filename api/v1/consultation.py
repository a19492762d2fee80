"""The routes of a document that is published in versions: its versions, and drafts on their way to the next one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.access import principal_of
from api.bodies import BODY_LIMIT, BULK_BODY, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.running import run_verb
from api.v1.answers import Page
from api.v1.consultation_bodies import (
    CommentShown,
    DraftInFull,
    DraftShown,
    OpenConsultation,
    SayOfDraft,
    VersionInFull,
    VersionShown,
    WrittenDocument,
    comment_shown,
    draft_in_full,
    draft_shown,
    version_in_full,
    version_shown,
)
from api.v1.parameters import Limit, StartingAfter, expected_version
from kernel.consultation.comments import answer_comment, comment_on, list_comments
from kernel.consultation.drafts import (
    change_draft,
    create_draft,
    list_drafts,
    open_consultation,
    publish_draft,
    read_draft,
    withdraw_draft,
)
from kernel.consultation.kinds import DocumentKind
from kernel.consultation.versions import list_versions, publish_version, read_version
from stewards.permissions import Action, may


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRoutes:
    """Where a kind of document is reached, what it is called, and who may do what with it.

    `one`, `whole` and `many` make the ids of operations (createRuleDraft, showRules, listRules), `words` their
    summaries.
    """

    kind: DocumentKind[Any]
    path: str
    tag: str
    one: str
    whole: str
    many: str
    words: str
    reads: Action
    drafts: Action
    publishes: Action
    comments: Action

    def named(self, operation: str, action: Action, *, bulk: bool = False) -> dict[str, Any]:
        """What the decorator of an operation is told."""
        opt: dict[str, Any] = {"action": action}
        if bulk:
            opt[BODY_LIMIT] = BULK_BODY
        return {"opt": opt, "tags": [self.tag], "operation_id": operation}


def version_routes(routes: DocumentRoutes) -> list[HTTPRouteHandler]:
    """Published versions: all, one, and the next."""
    kind, words = routes.kind, routes.words

    @get(
        routes.path,
        description=f"Every published {words}, newest first.",
        **routes.named(f"list{routes.many}", routes.reads),
    )
    async def list_all(request: JinpaiRequest) -> Page[VersionShown]:
        found = await list_versions(await district_of(request).database.reader(), kind)
        return Page(data=[version_shown(record) for record in found], has_more=False)

    @get(
        f"{routes.path}/{{number:int}}",
        description=f"A published {words} with its document.",
        **routes.named(f"show{routes.whole}", routes.reads),
    )
    async def show(request: JinpaiRequest, number: FromPath[int]) -> VersionInFull:
        if not 0 < number < 2**31:
            raise NotFound
        record = await read_version(await district_of(request).database.reader(), kind, number)
        if record is None:
            raise NotFound
        return version_in_full(record)

    @post(
        routes.path,
        description=f"Publish a {words} as the next version. The newest one again changes nothing.",
        **routes.named(f"publish{routes.whole}", routes.publishes, bulk=True),
    )
    async def publish(request: JinpaiRequest, data: JSONBody[WrittenDocument]) -> VersionInFull:
        by = principal_of(request).id
        return version_in_full(await run_verb(request, publish_version, kind, data.document, by=by))

    return [list_all, show, publish]


def draft_routes(routes: DocumentRoutes) -> list[HTTPRouteHandler]:
    """Drafts: kept, changed, put to consultation, published, withdrawn."""
    kind, words = routes.kind, routes.words
    drafts, draft = f"{routes.path}/drafts", f"{routes.path}/drafts/{{draft_id:uuid}}"

    @get(
        drafts,
        description=f"Drafts of a {words}, newest first; who may not draft sees what is or was in consultation.",
        **routes.named(f"list{routes.one}Drafts", routes.reads),
    )
    async def list_all(
        request: JinpaiRequest, *, limit: Limit = 50, starting_after: StartingAfter = None
    ) -> Page[DraftShown]:
        reader, all_states = await district_of(request).database.reader(), _all_states(request, routes)
        found, has_more = await list_drafts(
            reader, kind, all_states=all_states, starting_after=starting_after, limit=limit
        )
        return Page(data=[draft_shown(record) for record in found], has_more=has_more)

    @post(
        drafts,
        description=f"Keep a new draft of a {words}; every mistake of the document is named.",
        **routes.named(f"create{routes.one}Draft", routes.drafts, bulk=True),
    )
    async def create(request: JinpaiRequest, data: JSONBody[WrittenDocument]) -> Response[DraftInFull]:
        made = await run_verb(request, create_draft, kind, data.document, by=principal_of(request).id)
        return draft_in_full(made, 201)

    @get(
        draft,
        description=f"A draft of a {words} with its document and its ETag.",
        **routes.named(f"show{routes.one}Draft", routes.reads),
    )
    async def show(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[DraftInFull]:
        reader = await district_of(request).database.reader()
        return draft_in_full(await read_draft(reader, kind, draft_id, all_states=_all_states(request, routes)))

    @put(
        draft,
        description=f"Replace the document of a draft of a {words}; If-Match is required.",
        **routes.named(f"change{routes.one}Draft", routes.drafts, bulk=True),
    )
    async def change(
        request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[WrittenDocument]
    ) -> Response[DraftInFull]:
        by, expected = principal_of(request).id, expected_version(request, required=True)
        return draft_in_full(
            await run_verb(request, change_draft, kind, draft_id, data.document, expected=expected, by=by)
        )

    @post(
        f"{draft}/consult",
        description=f"Show a draft of a {words} to everybody and take comments through a day.",
        status_code=200,
        **routes.named(f"consult{routes.one}Draft", routes.drafts),
    )
    async def consult(
        request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[OpenConsultation]
    ) -> Response[DraftInFull]:
        by, expected = principal_of(request).id, expected_version(request, required=False)
        return draft_in_full(
            await run_verb(request, open_consultation, kind, draft_id, until=data.until, expected=expected, by=by)
        )

    @post(
        f"{draft}/withdraw",
        description=f"Give a draft of a {words} up.",
        status_code=200,
        **routes.named(f"withdraw{routes.one}Draft", routes.drafts),
    )
    async def withdraw(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[DraftInFull]:
        by, expected = principal_of(request).id, expected_version(request, required=False)
        return draft_in_full(await run_verb(request, withdraw_draft, kind, draft_id, expected=expected, by=by))

    @post(
        f"{draft}/publish",
        description=f"Publish a draft of a {words} after its consultation, once every comment is answered; "
        "If-Match is required.",
        status_code=200,
        responses={200: ResponseSpec(VersionInFull, description="In force from its day on")},
        **routes.named(f"publish{routes.one}Draft", routes.publishes),
    )
    async def publish(request: JinpaiRequest, draft_id: FromPath[UUID]) -> Response[VersionInFull]:
        by, expected = principal_of(request).id, expected_version(request, required=True)
        _, version = await run_verb(request, publish_draft, kind, draft_id, expected=expected, by=by)
        return Response(version_in_full(version), status_code=200)

    return [list_all, create, show, change, consult, withdraw, publish]


def comment_routes(routes: DocumentRoutes) -> list[HTTPRouteHandler]:
    """What is said of a draft: heard, taken and answered."""
    kind, words = routes.kind, routes.words
    comments = f"{routes.path}/drafts/{{draft_id:uuid}}/comments"

    @get(
        comments,
        description=f"What was said of a draft of a {words}, oldest first, with the answers.",
        **routes.named(f"list{routes.one}Comments", routes.reads),
    )
    async def list_all(
        request: JinpaiRequest, draft_id: FromPath[UUID], *, limit: Limit = 50, starting_after: StartingAfter = None
    ) -> Page[CommentShown]:
        reader = await district_of(request).database.reader()
        await read_draft(reader, kind, draft_id, all_states=_all_states(request, routes))
        found, has_more = await list_comments(reader, kind, draft_id, starting_after=starting_after, limit=limit)
        return Page(data=[comment_shown(record) for record in found], has_more=has_more)

    @post(
        comments,
        description=f"Say something of a draft of a {words} in consultation. Others read it without your name.",
        **routes.named(f"commentOn{routes.whole}", routes.comments),
    )
    async def comment(request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[SayOfDraft]) -> CommentShown:
        said = await run_verb(request, comment_on, kind, draft_id, data.text, by=principal_of(request).actor)
        return comment_shown(said)

    @post(
        f"{comments}/{{comment_id:uuid}}/answer",
        description=f"Answer a comment on a {words}, for everybody to read.",
        status_code=200,
        responses={200: ResponseSpec(CommentShown, description="Answered")},
        **routes.named(f"answer{routes.one}Comment", routes.drafts),
    )
    async def answer(
        request: JinpaiRequest, draft_id: FromPath[UUID], comment_id: FromPath[UUID], data: JSONBody[SayOfDraft]
    ) -> CommentShown:
        by = principal_of(request).id
        return comment_shown(await run_verb(request, answer_comment, kind, draft_id, comment_id, data.text, by=by))

    return [list_all, comment, answer]


def _all_states(request: JinpaiRequest, routes: DocumentRoutes) -> bool:
    return may(principal_of(request), routes.drafts)
