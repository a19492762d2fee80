"""A draft that is put to everybody: what it says in plain words, what was said of it, and the form to say more."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.running import run_verb
from kernel.clock import local_date
from kernel.consultation.comments import comment_on, list_comments
from kernel.consultation.drafts import read_draft
from kernel.consultation.kinds import DocumentKind
from kernel.database import Reader
from kernel.errors import Kind, Refusal
from stewards.permissions import Action

PAGE = 20
_NAMES = {"/text": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """Where a kind of document is put to everybody, and what its template is told of the document on a local day."""

    kind: DocumentKind[Any]
    path: str
    template: str
    action: Action
    shown: Callable[[Reader, str, date], Awaitable[Mapping[str, Any]]]


def consultation_pages(consultation: Consultation) -> list[HTTPRouteHandler]:
    """The page, and the form on it."""
    kind, path = consultation.kind, consultation.path

    @get(f"{path}/{{draft_id:uuid}}", opt={"public": True}, include_in_schema=False)
    async def show(request: PageRequest, draft_id: FromPath[UUID]) -> Template:
        """A draft that everybody may see."""
        return await _page(request, consultation, draft_id, {})

    @post(
        f"{path}/{{draft_id:uuid}}/comments",
        opt={"action": consultation.action, FORM: ("text",)},
        include_in_schema=False,
        status_code=200,
    )
    async def comment(request: PageRequest, draft_id: FromPath[UUID]) -> Template | Redirect:
        """Say something of a draft in consultation."""
        text = (await read_fields(request)).text("text")
        try:
            await run_verb(request, comment_on, kind, draft_id, text, by=principal_of(request).actor)
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            errors = errors_of(refusal, _NAMES)
            return await _page(request, consultation, draft_id, errors, text=text, status=status_of(refusal))
        return see_other(f"{path}/{draft_id}?said=1#comments")

    return [show, comment]


async def _page(
    request: PageRequest,
    consultation: Consultation,
    draft_id: UUID,
    errors: Errors,
    *,
    text: str = "",
    status: int = 200,
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    draft = await read_draft(reader, consultation.kind, draft_id, all_states=False)
    after = uuid_or_none(request.query_params.get("after"))
    comments, has_more = await list_comments(reader, consultation.kind, draft_id, starting_after=after, limit=PAGE)
    today = local_date(district.clock.now())
    return page(
        request,
        consultation.template,
        status=status,
        address=f"{consultation.path}/{draft_id}",
        comments_by=consultation.action.value,
        draft=draft,
        open=draft.state == "consultation" and draft.consults_until is not None and draft.consults_until >= today,
        comments=comments,
        has_more=has_more,
        said="said" in request.query_params,
        text=text,
        errors=errors,
        **await consultation.shown(reader, draft.document, today),
    )
