"""The district's desk for documents that are published in versions: their list, the editor, the steps, the answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.consultation import PAGE
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.running import run_verb
from api.v1.parameters import day_or_none
from kernel.clock import local_date
from kernel.consultation.comments import answer_comment, list_comments
from kernel.consultation.drafts import (
    DraftRecord,
    change_draft,
    create_draft,
    list_drafts,
    open_consultation,
    publish_draft,
    read_draft,
    withdraw_draft,
)
from kernel.consultation.kinds import DocumentKind
from kernel.consultation.versions import VersionRecord, list_versions
from kernel.documents import DocumentFault, DocumentRefused
from kernel.errors import Kind, Refusal
from kernel.messages import N_, Text
from stewards.permissions import Action

STATES = {
    "draft": N_("草稿"),
    "consultation": N_("征求意见中"),
    "published": N_("已公布"),
    "withdrawn": N_("已撤回"),
}
_USUAL_DAYS = 14
_NAMES = {"/until": "until", "/effective_on": "document"}
_STEPS: dict[str, Callable[..., Awaitable[Any]]] = {"publish": publish_draft, "withdraw": withdraw_draft}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDesk:
    """Where a kind of document is written, with which templates, and from which day the next one would begin.

    `sections` is the order in which people write it; `no_file` is said where an upload brings none.
    """

    kind: DocumentKind[Any]
    path: str
    list_template: str
    draft_template: str
    action: Action
    sections: tuple[str, ...]
    no_file: str
    begins: Callable[[VersionRecord, datetime], date]

    def spelt(self, document: str) -> str:
        """A document as people write it: sections in the order of the language."""
        found = orjson.loads(document)
        ordered = {name: found[name] for name in self.sections if name in found}
        return orjson.dumps(ordered, option=orjson.OPT_INDENT_2).decode()


def desk_pages(desk: DocumentDesk) -> list[HTTPRouteHandler]:
    """The desk's pages and forms."""
    kind = desk.kind
    one, opt = f"{desk.path}/{{draft_id:uuid}}", {"action": desk.action}

    @get(desk.path, opt=opt, include_in_schema=False)
    async def show_drafts(request: PageRequest) -> Template:
        """Drafts and published versions."""
        return await _list_page(request, desk, {})

    @post(f"{desk.path}/new", opt={**opt, FORM: ("from", "file")}, include_in_schema=False, status_code=200)
    async def create(request: PageRequest) -> Template | Redirect:
        """Begin a draft from a file, or from the newest version."""
        fields = await read_fields(request)
        newest = fields.text("from") == "newest"
        document = await _following(request, desk) if newest else await _uploaded(fields)
        if document is None:
            return await _list_page(request, desk, {"file": Text(desk.no_file)}, status=400)
        try:
            draft = await run_verb(request, create_draft, kind, document, by=principal_of(request).id)
        except DocumentRefused as refused:
            errors = {"file": refused.text, **{f"fault-{n}": _fault(fault) for n, fault in enumerate(refused.faults)}}
            return await _list_page(request, desk, errors, status=400)
        return see_other(f"{desk.path}/{draft.id}")

    @get(one, opt=opt, include_in_schema=False)
    async def show_draft(request: PageRequest, draft_id: FromPath[UUID]) -> Template:
        """The editor of a draft, or what became of it."""
        return await _draft_page(request, desk, draft_id, {})

    @post(one, opt={**opt, FORM: ("file", "document", "revision")}, include_in_schema=False, status_code=200)
    async def save(request: PageRequest, draft_id: FromPath[UUID]) -> Template | Redirect:
        """Save a draft, or name each of its mistakes beside what was typed."""
        fields = await read_fields(request)
        document = await _uploaded(fields) or fields.long_text("document").encode()
        try:
            expected, by = _revision(fields), principal_of(request).id
            await run_verb(request, change_draft, kind, draft_id, document, expected=expected, by=by)
        except Refusal as refusal:
            faults = refusal.faults if isinstance(refusal, DocumentRefused) else ()
            text, status = document.decode("utf-8", "replace"), status_of(refusal)
            errors = {"document": refusal.text}
            return await _draft_page(request, desk, draft_id, errors, text=text, faults=faults, status=status)
        return see_other(f"{desk.path}/{draft_id}")

    @post(f"{one}/{{step:str}}", opt={**opt, FORM: ("revision", "until")}, include_in_schema=False, status_code=200)
    async def step(request: PageRequest, draft_id: FromPath[UUID], step: FromPath[str]) -> Template | Redirect:
        """Open the consultation, publish, or withdraw."""
        fields = await read_fields(request)
        named: dict[str, Any] = {"expected": _revision(fields), "by": principal_of(request).id}
        try:
            if step == "consult":
                until = day_or_none(fields.text("until"))
                if until is None:
                    return await _draft_page(request, desk, draft_id, {"until": Text(N_("请填写日期。"))}, status=400)
                await run_verb(request, open_consultation, kind, draft_id, until=until, **named)
            else:
                await run_verb(request, _STEPS[step], kind, draft_id, **named)
        except KeyError:
            return await _draft_page(request, desk, draft_id, {"": Text(N_("没有这一步。"))}, status=404)
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            errors = errors_of(refusal, _NAMES)
            return await _draft_page(request, desk, draft_id, errors, status=status_of(refusal))
        return see_other(f"{desk.path}/{draft_id}")

    @post(f"{one}/comments/{{comment_id:uuid}}", opt={**opt, FORM: ("text",)}, include_in_schema=False, status_code=200)
    async def answer(request: PageRequest, draft_id: FromPath[UUID], comment_id: FromPath[UUID]) -> Template | Redirect:
        """Answer a comment."""
        text = (await read_fields(request)).text("text")
        try:
            await run_verb(request, answer_comment, kind, draft_id, comment_id, text, by=principal_of(request).id)
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            errors = {f"answer-{comment_id}": refusal.text}
            return await _draft_page(request, desk, draft_id, errors, status=status_of(refusal))
        return see_other(f"{desk.path}/{draft_id}#comments")

    return [show_drafts, create, show_draft, save, step, answer]


async def _list_page(request: PageRequest, desk: DocumentDesk, errors: Errors, *, status: int = 200) -> Template:
    reader = await district_of(request).database.reader()
    after = uuid_or_none(request.query_params.get("after"))
    drafts, has_more = await list_drafts(reader, desk.kind, all_states=True, starting_after=after, limit=PAGE)
    versions = await list_versions(reader, desk.kind)
    return page(
        request,
        desk.list_template,
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        documents=desk.path,
        drafts=drafts,
        has_more=has_more,
        versions=versions,
        newest=versions[:1],
        states=STATES,
        errors=errors,
    )


async def _draft_page(
    request: PageRequest,
    desk: DocumentDesk,
    draft_id: UUID,
    errors: Errors,
    *,
    text: str | None = None,
    faults: tuple[DocumentFault, ...] = (),
    status: int = 200,
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    draft: DraftRecord = await read_draft(reader, desk.kind, draft_id, all_states=True)
    after = uuid_or_none(request.query_params.get("after"))
    comments, has_more = await list_comments(reader, desk.kind, draft_id, starting_after=after, limit=PAGE)
    until = local_date(district.clock.now()) + timedelta(days=_USUAL_DAYS)
    return page(
        request,
        desk.draft_template,
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        documents=desk.path,
        draft=draft,
        states=STATES,
        text=desk.spelt(draft.document) if text is None else text,
        faults=faults,
        until=until.isoformat(),
        comments=comments,
        has_more=has_more,
        errors=errors,
    )


async def _following(request: PageRequest, desk: DocumentDesk) -> bytes | None:
    """The newest version, to begin when the next one could."""
    district = district_of(request)
    versions = await list_versions(await district.database.reader(), desk.kind)
    if not versions:
        return None
    begins = desk.begins(versions[0], district.clock.now())
    return orjson.dumps({**orjson.loads(versions[0].document), "effective_on": begins.isoformat()})


async def _uploaded(fields: Fields) -> bytes | None:
    files = fields.files("file")
    return await files[0].read() if files else None


def _revision(fields: Fields) -> int | None:
    given = fields.text("revision")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _fault(fault: DocumentFault) -> Text:
    return Text(N_("{where}：{what}"), {"where": fault.pointer or "/", "what": fault.text})
