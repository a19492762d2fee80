"""The steward's own cases: where each stands, what it was worth, and completing one that came back."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.categories import read_categories
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.own import own_steward_id
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.pages.reporting import prepare_pictures, store_pictures
from cases.evidence import EVIDENCE_LIMIT
from cases.handling import CaseStep, handle_cases
from cases.pending import worth_of_cases
from cases.queue import CaseFilter, count_by_state, list_cases
from cases.refusals import UnknownCase
from cases.showing import show_case
from cases.wording import CaseAction, State
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_, Text
from stewards.permissions import Action

_PAGE = 20


@get("/me/cases", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def list_own_cases(request: PageRequest) -> Template:
    """The steward's cases, the newest first, all or in one state."""
    district = district_of(request)
    principal = principal_of(request)
    steward_id = own_steward_id(request)
    reader = await district.database.reader()
    asked = request.query_params.get("state", "")
    state = State(asked) if asked in set(State) else None
    wanted = CaseFilter(states=(state,) if state else (), steward_id=steward_id)
    after = uuid_or_none(request.query_params.get("after"))
    try:
        listed = await list_cases(reader, principal, wanted, starting_after=after, limit=_PAGE)
    except UnknownCase:
        listed = await list_cases(reader, principal, wanted, limit=_PAGE)
    return page(
        request,
        "steward/cases.html",
        state=state,
        counts=await count_by_state(reader, principal, CaseFilter(steward_id=steward_id)),
        listed=listed,
        categories=await read_categories(reader, local_date(district.clock.now())),
    )


@get("/me/cases/{case_id:uuid}", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_own_case(request: PageRequest, case_id: FromPath[UUID]) -> Template:
    """One case with its history."""
    return await _case_page(request, case_id, {})


async def _case_page(
    request: PageRequest, case_id: UUID, errors: Errors, *, note: str = "", status: int = 200
) -> Template:
    district = district_of(request)
    own_steward_id(request)
    reader = await district.database.reader()
    shown = await show_case(reader, principal_of(request), case_id)
    waits = shown.line.state in {State.REPORTED, State.RETURNED}
    return page(
        request,
        "steward/case.html",
        status=status,
        shown=shown,
        sent="sent" in request.query_params and shown.line.state is State.REPORTED,
        worth=(await worth_of_cases(reader, [case_id])).get(case_id) if waits else None,
        categories=await read_categories(reader, local_date(district.clock.now())),
        errors=errors,
        note=note,
        picture_limit=EVIDENCE_LIMIT,
    )


@post(
    "/me/cases/{case_id:uuid}/complete",
    opt={"action": Action.INBOX_READ, FORM: ("note", "photos")},
    include_in_schema=False,
    status_code=200,
)
async def complete(request: PageRequest, case_id: FromPath[UUID]) -> Template | Redirect:
    """Hand a returned case in again, with what was missing."""
    district = district_of(request)
    principal = principal_of(request)
    own_steward_id(request)
    fields = await read_fields(request)
    note = fields.text("note")
    files = fields.files("photos")
    if not note and not files:
        errors: Errors = {"note": Text(N_("请补充说明，或者加上照片。"))}
        return await _case_page(request, case_id, errors, note=note, status=400)
    now = district.clock.now()
    try:
        pictures = await prepare_pictures(files)
    except Refusal as refusal:
        return await _case_page(request, case_id, {"photos": refusal.text}, note=note, status=status_of(refusal))

    async def hand_in(tx: Tx) -> None:
        await store_pictures(district, tx, case_id, pictures, principal, now=now)
        step = CaseStep(case_id=case_id, action=CaseAction.COMPLETE, actor=principal, note=note or None)
        (outcome,) = await handle_cases(tx, [step], now=now)
        if isinstance(outcome, Refusal):
            raise outcome

    try:
        await district.database.run(hand_in)
    except UnknownCase:
        raise
    except Refusal as refusal:
        errors = errors_of(refusal, {"/note": "note"})
        return await _case_page(request, case_id, errors, note=note, status=status_of(refusal))
    district.dispatcher.wake()
    return see_other(f"/me/cases/{case_id}?sent=1")


route_handlers: list[Any] = [list_own_cases, show_own_case, complete]
