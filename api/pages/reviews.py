"""What waits for people after a window has closed: held ballots, residents' notes, and reading ballots by name."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from evaluation.ballot_audit import AUDIT_REASONS, AuditedBallot, audit_ballots
from evaluation.ballot_notes import NoteDecision, decide_notes, list_notes
from evaluation.holds import REVIEWERS, HoldStep, list_holds, review_holds
from evaluation.periods import period_named
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.messages import N_, Text
from stewards.directory import find_stewards
from stewards.permissions import Action, may

_PAGE = 20
SOURCE_NAMES: Mapping[str, str] = {
    "street": N_("街道"),
    "community": N_("社区"),
    "residents": N_("居民"),
    "peers": N_("同行"),
    "objective": N_("案件事实"),
}
HOLD_STATES: Mapping[str, str] = {
    "open": N_("待复核"),
    "counted": N_("复核后计入"),
    "left_out": N_("复核后不计"),
}
BALLOT_KINDS: Mapping[str, str] = {
    "slip": N_("评价单"),
    "case": N_("结案链接"),
    "open": N_("开放票"),
    "staff": N_("工作人员"),
    "peer": N_("同行"),
}


async def _list(request: PageRequest, *, refused: Refusal | None = None, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    asked = request.query_params.get("state")
    state: Any = asked if asked in HOLD_STATES else "open"
    after = uuid_or_none(request.query_params.get("after"))
    holds, has_more = await list_holds(reader, principal, state=state, starting_after=after, limit=_PAGE)
    notes, more_notes = await list_notes(reader, principal, limit=_PAGE)
    return page(
        request,
        "staff/reviews.html",
        status=status,
        frame=await staff_frame(reader, principal),
        holds=holds,
        has_more=has_more,
        first_page=after is None,
        state=state,
        states=HOLD_STATES,
        sources=SOURCE_NAMES,
        reviewers=REVIEWERS,
        notes=notes,
        more_notes=more_notes,
        may_audit=may(principal, Action.BALLOTS_AUDIT),
        refused=refused,
    )


@get("/admin/reviews", opt={"action": Action.BALLOTS_REVIEW}, include_in_schema=False)
async def show_reviews(request: PageRequest) -> Template:
    """Held ballots that wait for two people, and notes that wait to be read."""
    return await _list(request)


@post(
    "/admin/reviews/{hold_id:uuid}",
    opt={"action": Action.BALLOTS_REVIEW, FORM: ("verdict",)},
    include_in_schema=False,
    status_code=200,
)
async def review_hold(request: PageRequest, hold_id: FromPath[UUID]) -> Template | Redirect:
    """Say whether a held ballot should count."""
    district = district_of(request)
    verdict: Any = "count" if (await read_fields(request)).text("verdict") == "count" else "leave_out"
    wish = HoldStep(hold_id=hold_id, verdict=verdict, actor=principal_of(request))
    now = district.clock.now()
    (done,) = await district.database.run(lambda tx: review_holds(tx, [wish], now=now))
    if isinstance(done, Refusal):
        return await _list(request, refused=done, status=status_of(done))
    return see_other("/admin/reviews")


@post(
    "/admin/reviews/notes/{note_id:uuid}",
    opt={"action": Action.BALLOTS_REVIEW, FORM: ("verdict",)},
    include_in_schema=False,
    status_code=200,
)
async def decide_note(request: PageRequest, note_id: FromPath[UUID]) -> Template | Redirect:
    """Approve a note, keep it hidden, or erase it."""
    district = district_of(request)
    asked = (await read_fields(request)).text("verdict")
    verdict: Any = asked if asked in {"approve", "erase"} else "hide"
    wish = NoteDecision(note_id=note_id, verdict=verdict, actor=principal_of(request))
    now = district.clock.now()
    (done,) = await district.database.run(lambda tx: decide_notes(tx, [wish], now=now))
    if isinstance(done, Refusal):
        return await _list(request, refused=done, status=status_of(done))
    return see_other("/admin/reviews#notes")


async def _audit_page(
    request: PageRequest,
    errors: Errors,
    *,
    fields: Mapping[str, str] | None = None,
    ballots: list[AuditedBallot] | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    return page(
        request,
        "staff/ballot_audit.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        reasons=AUDIT_REASONS,
        sources=SOURCE_NAMES,
        kinds=BALLOT_KINDS,
        hold_states=HOLD_STATES,
        fields=fields or {},
        ballots=ballots,
        errors=errors,
    )


@get("/admin/ballots", opt={"action": Action.BALLOTS_AUDIT}, include_in_schema=False)
async def ask_for_ballots(request: PageRequest) -> Template:
    """Whose ballots, of which period, and why."""
    return await _audit_page(request, {})


@post(
    "/admin/ballots",
    opt={"action": Action.BALLOTS_AUDIT, FORM: ("steward", "period", "reason")},
    include_in_schema=False,
    status_code=200,
)
async def read_ballots(request: PageRequest) -> Template:
    """The ballots, once; that they were read stays on record."""
    district = district_of(request)
    principal = principal_of(request)
    form = await read_fields(request)
    fields = {name: form.text(name)[:20] for name in ("steward", "period", "reason")}
    now = district.clock.now()
    reader = await district.database.reader()
    found = await find_stewards(reader, principal, numbers=[fields["steward"]], today=local_date(now))
    if not found:
        return await _audit_page(
            request, {"steward": Text(N_("没有这个编号的管家，或不归您管。"))}, fields=fields, status=400
        )
    if fields["reason"] not in AUDIT_REASONS:
        return await _audit_page(request, {"reason": Text(N_("请选择调阅的原因。"))}, fields=fields, status=400)
    reason: Any = fields["reason"]
    try:
        period = period_named(fields["period"])
        ballots = await district.database.run(
            lambda tx: audit_ballots(tx, found[0].id, period, reason, by=principal.actor, now=now)
        )
    except Refusal as refusal:
        errors = errors_of(refusal, {"/period": "period", "": "period"})
        return await _audit_page(request, errors, fields=fields, status=status_of(refusal))
    return await _audit_page(request, {}, fields=fields, ballots=ballots)


route_handlers: list[Any] = [show_reviews, review_hold, decide_note, ask_for_ballots, read_ballots]
