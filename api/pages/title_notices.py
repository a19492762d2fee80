"""Public notices of title rounds: listed, and each as a sheet of A4 with its people, dates and where to object."""

from dataclasses import dataclass
from typing import Any

import segno
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from markupsafe import Markup

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.keyed import commit_form
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.errors import Refusal
from kernel.ids import new_id
from rewards.titles.causes import LIST_STATES
from rewards.titles.notice_reading import NoticeShown, list_notices, notice_by_number
from rewards.titles.objecting import ObjectionWish
from rewards.titles.reading import list_rounds
from stewards.permissions import Action

_PAGE = 30
_FIELDS = {"/text": "text", "/ticket": "ticket"}


@get("/notices", opt={"public": True}, include_in_schema=False)
async def show_notices(request: PageRequest) -> Template:
    """The notices, the newest first, and the rounds whose rules are public."""
    reader = await district_of(request).database.reader()
    before = request.query_params.get("before")
    notices, has_more = await list_notices(reader, limit=_PAGE, before=before)
    rounds, _ = await list_rounds(reader, drafts=False, limit=12)
    return page(request, "public/notices.html", notices=notices, has_more=has_more, before=before, rounds=rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Objection:
    nonce: str
    ticket: str = ""
    text: str = ""
    taken: str | None = None  # the number of the one that was just taken down


async def _notice(
    request: PageRequest, number: str, objection: _Objection, errors: Errors, *, status: int = 200
) -> Template:
    district = district_of(request)
    found = await notice_by_number(await district.database.reader(), number, now=district.clock.now())
    caller = request.scope.get("user")
    return page(
        request,
        "public/notice.html",
        status=status,
        notice=found,
        states=LIST_STATES,
        qr=_code(district.settings.public_url, found),
        may_object=caller is not None and caller.steward_id is not None and found.running and not found.replaced,
        objection=objection,
        errors=errors,
    )


def _code(public_url: str, found: NoticeShown) -> Markup:
    code = segno.make(f"{public_url.rstrip('/')}/notices/{found.number}", error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, lineclass=None))  # noqa: S704 - ours


@get("/notices/{number:str}", opt={"public": True}, include_in_schema=False)
async def show_notice(request: PageRequest, number: FromPath[str]) -> Template:
    """One notice, ready to be printed; stewards who are signed in can object here.

    Raises:
        UnknownNotice: there is none.

    """
    taken = request.query_params.get("taken")
    return await _notice(request, number, _Objection(nonce=str(new_id()), taken=taken[:16] if taken else None), {})


@post(
    "/notices/{number:str}",
    opt={"action": Action.TITLES_OBJECT, FORM: ("nonce", "ticket", "text")},
    include_in_schema=False,
    status_code=200,
)
async def object_to(request: PageRequest, number: FromPath[str]) -> Template | Redirect:
    """Object to somebody on the notice, in one's own name; sending the form twice objects once."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    draft = _Objection(nonce=fields.text("nonce"), ticket=fields.text("ticket"), text=fields.text("text"))
    found = await notice_by_number(await district.database.reader(), number, now=district.clock.now())
    ticket = uuid_or_none(draft.ticket)
    wish = ObjectionWish(notice_id=found.id, ticket=ticket or found.id, text=draft.text, caller=principal)
    outcome = await commit_form(district.titles.object, wish, principal, "title-object", draft.nonce)
    if isinstance(outcome, Refusal):
        return await _notice(request, number, draft, errors_of(outcome, _FIELDS), status=status_of(outcome))
    return see_other(f"/notices/{number}?taken={outcome.number if outcome else ''}")


route_handlers: list[Any] = [show_notices, show_notice, object_to]
