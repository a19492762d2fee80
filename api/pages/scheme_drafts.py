"""Drafts of schemes as pages: the editor and its list for the district, the consultation for everybody."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import orjson
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.pages.evaluation_cards import share
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.v1.parameters import day_or_none
from evaluation.periods import period_after, period_of
from evaluation.scheme_comments import answer_comment, comment_on, list_comments
from evaluation.scheme_documents import SchemeRefused, read_scheme
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
from evaluation.scheme_versions import list_schemes
from evaluation.schemes import Scheme
from kernel.clock import day_start, local_date
from kernel.database import Reader, Tx
from kernel.documents import DocumentFault
from kernel.errors import Kind, Refusal
from kernel.messages import N_, Text
from stewards.permissions import Action

T = TypeVar("T")
STATES = {
    "draft": N_("草稿"),
    "consultation": N_("征求意见中"),
    "published": N_("已公布"),
    "withdrawn": N_("已撤回"),
}
_PAGE = 20
_USUAL_DAYS = 14
_NAMES = {"/until": "until", "/text": "text", "/effective_on": "document"}


@get("/admin/schemes", opt={"action": Action.SCHEMES_DRAFT}, include_in_schema=False)
async def show_drafts(request: PageRequest) -> Template:
    """Drafts and published versions."""
    return await _list_page(request, {})


async def _list_page(request: PageRequest, errors: Errors, *, status: int = 200) -> Template:
    reader = await district_of(request).database.reader()
    after = uuid_or_none(request.query_params.get("after"))
    drafts, has_more = await list_drafts(reader, all_states=True, starting_after=after, limit=_PAGE)
    versions = await list_schemes(reader)
    return page(
        request,
        "staff/schemes.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        drafts=drafts,
        has_more=has_more,
        versions=versions,
        newest=versions[:1],
        states=STATES,
        errors=errors,
    )


@post("/admin/schemes/new", opt={"action": Action.SCHEMES_DRAFT}, include_in_schema=False, status_code=200)
async def create(request: PageRequest) -> Template | Redirect:
    """Begin a draft from a file, or from the newest version one month on."""
    fields = await read_fields(request)
    reader = await district_of(request).database.reader()
    document: bytes | None
    if fields.text("from") == "newest":
        document = await _following(request, reader)
    else:
        document = await _uploaded(fields)
    if document is None:
        return await _list_page(request, {"file": Text(N_("请选择方案文件。"))}, status=400)
    try:
        draft = await _run(request, create_draft, document, by=principal_of(request).id)
    except SchemeRefused as refused:
        errors = {"file": refused.text, **{f"fault-{n}": _fault(fault) for n, fault in enumerate(refused.faults)}}
        return await _list_page(request, errors, status=400)
    return see_other(f"/admin/schemes/{draft.id}")


def _fault(fault: DocumentFault) -> Text:
    return Text(N_("{where}：{what}"), {"where": fault.pointer or "/", "what": fault.text})


async def _following(request: PageRequest, reader: Reader) -> bytes | None:
    """The newest scheme, to begin with the next period."""
    versions = await list_schemes(reader)
    if not versions:
        return None
    document = orjson.loads(versions[0].document)
    scheme, _ = read_scheme(document)
    now = max(district_of(request).clock.now(), day_start(versions[0].effective_on))
    begins = period_after(period_of(now, scheme.period)).first
    return orjson.dumps({**document, "effective_on": begins.isoformat()})


async def _uploaded(fields: Fields) -> bytes | None:
    files = fields.files("file")
    return await files[0].read() if files else None


@get("/admin/schemes/{draft_id:uuid}", opt={"action": Action.SCHEMES_DRAFT}, include_in_schema=False)
async def show_draft(request: PageRequest, draft_id: FromPath[UUID]) -> Template:
    """The editor of a draft, or what became of it.

    Raises:
        UnknownDraft: there is none.

    """
    reader = await district_of(request).database.reader()
    return await _draft_page(request, await read_draft(reader, draft_id, all_states=True), {})


async def _draft_page(
    request: PageRequest,
    draft: DraftRecord,
    errors: Errors,
    *,
    text: str | None = None,
    faults: tuple[DocumentFault, ...] = (),
    status: int = 200,
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    after = uuid_or_none(request.query_params.get("after"))
    comments, has_more = await list_comments(reader, draft.id, starting_after=after, limit=_PAGE)
    until = local_date(district.clock.now()) + timedelta(days=_USUAL_DAYS)
    return page(
        request,
        "staff/scheme_draft.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        draft=draft,
        states=STATES,
        text=_spelt(draft.document) if text is None else text,
        faults=faults,
        until=until.isoformat(),
        comments=comments,
        has_more=has_more,
        errors=errors,
    )


def _spelt(document: str) -> str:
    """A document as people write it: sections in the order of the language."""
    found = orjson.loads(document)
    ordered = {name: found[name] for name in Scheme.model_fields if name in found}
    return orjson.dumps(ordered, option=orjson.OPT_INDENT_2).decode()


@post("/admin/schemes/{draft_id:uuid}", opt={"action": Action.SCHEMES_DRAFT}, include_in_schema=False, status_code=200)
async def save(request: PageRequest, draft_id: FromPath[UUID]) -> Template | Redirect:
    """Save a draft, or name each of its mistakes beside what was typed.

    Raises:
        UnknownDraft: there is none.

    """
    fields = await read_fields(request)
    document = await _uploaded(fields) or fields.long_text("document").encode()
    by = principal_of(request).id
    try:
        await _run(request, change_draft, draft_id, document, expected=_revision(fields), by=by)
    except Refusal as refusal:
        reader = await district_of(request).database.reader()
        draft = await read_draft(reader, draft_id, all_states=True)
        faults = refusal.faults if isinstance(refusal, SchemeRefused) else ()
        return await _draft_page(
            request,
            draft,
            {"document": refusal.text},
            text=document.decode("utf-8", "replace"),
            faults=faults,
            status=status_of(refusal),
        )
    return see_other(f"/admin/schemes/{draft_id}")


def _revision(fields: Fields) -> int | None:
    given = fields.text("revision")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


@post(
    "/admin/schemes/{draft_id:uuid}/{step:str}",
    opt={"action": Action.SCHEMES_DRAFT},
    include_in_schema=False,
    status_code=200,
)
async def step(request: PageRequest, draft_id: FromPath[UUID], step: FromPath[str]) -> Template | Redirect:
    """Open the consultation, publish, or withdraw.

    Raises:
        UnknownDraft: there is none, or no such step.

    """
    fields = await read_fields(request)
    named: dict[str, Any] = {"expected": _revision(fields), "by": principal_of(request).id}
    try:
        if step == "consult":
            until = day_or_none(fields.text("until"))
            if until is None:
                return await _again(request, draft_id, {"until": Text(N_("请填写日期。"))}, 400)
            await _run(request, open_consultation, draft_id, until=until, **named)
        else:
            await _run(request, _STEPS[step], draft_id, **named)
    except KeyError:
        return await _again(request, draft_id, {"": Text(N_("没有这一步。"))}, 404)
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        return await _again(request, draft_id, errors_of(refusal, _NAMES), status_of(refusal))
    return see_other(f"/admin/schemes/{draft_id}")


_STEPS: dict[str, Callable[..., Awaitable[Any]]] = {"publish": publish_draft, "withdraw": withdraw_draft}


async def _again(request: PageRequest, draft_id: UUID, errors: Errors, status: int) -> Template:
    reader = await district_of(request).database.reader()
    return await _draft_page(request, await read_draft(reader, draft_id, all_states=True), errors, status=status)


@post(
    "/admin/schemes/{draft_id:uuid}/comments/{comment_id:uuid}",
    opt={"action": Action.SCHEMES_DRAFT},
    include_in_schema=False,
    status_code=200,
)
async def answer(request: PageRequest, draft_id: FromPath[UUID], comment_id: FromPath[UUID]) -> Template | Redirect:
    """Answer a comment.

    Raises:
        UnknownComment: it is not on this draft.

    """
    text = (await read_fields(request)).text("text")
    try:
        await _run(request, answer_comment, draft_id, comment_id, text, by=principal_of(request).id)
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        return await _again(request, draft_id, {f"answer-{comment_id}": refusal.text}, status_of(refusal))
    return see_other(f"/admin/schemes/{draft_id}#comments")


@get("/schemes", opt={"public": True}, include_in_schema=False)
async def show_schemes(request: PageRequest) -> Template:
    """Who judges what, with which weight, and what is put to everybody just now."""
    reader = await district_of(request).database.reader()
    versions = await list_schemes(reader)
    today = local_date(district_of(request).clock.now())
    current = next((version for version in versions if version.effective_on <= today), None)
    drafts, _ = await list_drafts(reader, all_states=False, limit=_PAGE)
    return page(
        request,
        "public/schemes.html",
        version=current,
        scheme=read_scheme(current.document)[0] if current else None,
        share=share,
        drafts=[draft for draft in drafts if draft.state == "consultation"],
    )


@get("/schemes/drafts/{draft_id:uuid}", opt={"public": True}, include_in_schema=False)
async def show_consultation(request: PageRequest, draft_id: FromPath[UUID]) -> Template:
    """A draft that is put to everybody, in plain words, with what was said of it.

    Raises:
        UnknownDraft: there is none that everybody may see.

    """
    return await _consultation_page(request, draft_id, {})


async def _consultation_page(
    request: PageRequest, draft_id: UUID, errors: Errors, *, text: str = "", status: int = 200
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    draft = await read_draft(reader, draft_id, all_states=False)
    after = uuid_or_none(request.query_params.get("after"))
    comments, has_more = await list_comments(reader, draft_id, starting_after=after, limit=_PAGE)
    today = local_date(district.clock.now())
    return page(
        request,
        "public/scheme_draft.html",
        status=status,
        draft=draft,
        open=draft.state == "consultation" and draft.consults_until is not None and draft.consults_until >= today,
        scheme=read_scheme(draft.document)[0],
        share=share,
        comments=comments,
        has_more=has_more,
        said="said" in request.query_params,
        text=text,
        errors=errors,
    )


@post(
    "/schemes/drafts/{draft_id:uuid}/comments",
    opt={"action": Action.SCHEMES_COMMENT},
    include_in_schema=False,
    status_code=200,
)
async def comment(request: PageRequest, draft_id: FromPath[UUID]) -> Template | Redirect:
    """Say something of a draft in consultation.

    Raises:
        UnknownDraft: there is none that everybody may see.

    """
    text = (await read_fields(request)).text("text")
    try:
        await _run(request, comment_on, draft_id, text, by=principal_of(request).actor)
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        errors = errors_of(refusal, _NAMES)
        return await _consultation_page(request, draft_id, errors, text=text, status=status_of(refusal))
    return see_other(f"/schemes/drafts/{draft_id}?said=1#comments")


async def _run(request: PageRequest, verb: Callable[..., Awaitable[T]], *args: Any, **named: Any) -> T:
    district = district_of(request)

    async def use_case(tx: Tx) -> T:
        return await verb(tx, *args, now=district.clock.now(), **named)

    return await district.database.run(use_case)


route_handlers: list[Any] = [
    show_drafts,
    create,
    show_draft,
    save,
    step,
    answer,
    show_schemes,
    show_consultation,
    comment,
]
