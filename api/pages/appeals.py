"""Appeals on pages: the steward opens and follows them, staff who were not involved answer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.own import own_steward_id
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.pages.reviews import BALLOT_KINDS, SOURCE_NAMES
from evaluation.appeal_reading import AppealEntry, count_open_appeals, list_appeals, read_appeal, read_own_award
from evaluation.appeal_refusals import MOST_POINTS
from evaluation.appeals import AppealStep, AppealWish, answer_appeals, appeal_terms, open_appeals
from evaluation.ballot_audit import AuditedBallot, audit_ballots
from evaluation.periods import period_named
from evaluation.scheme_versions import NoSchemeInForce
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.messages import N_
from stewards.permissions import Action, NotAllowed, may

_PAGE = 20
APPEAL_STATES: Mapping[str, str] = {
    "open": N_("等答复"),
    "upheld": N_("成立"),
    "dismissed": N_("不成立"),
    "withdrawn": N_("已撤回"),
}
FILTERS: Mapping[str, str] = {"open": APPEAL_STATES["open"], "overdue": N_("超期"), **APPEAL_STATES}
KIND_NAMES: Mapping[str, str] = {
    "award": N_("一笔积分"),
    "score": N_("评价结果"),
    "ballots": N_("评价票"),
}
OUTCOME_NAMES: Mapping[str, str] = {
    "credit": N_("补积分"),
    "reverse": N_("撤回这笔积分"),
    "recount": N_("申请重开，重新计算"),
    "review": N_("选中的票先不算，两人复核"),
}
_NAMES = {"/reason": "reason", "/answer": "answer", "/outcome": "outcome", "/points": "points", "/ballots": "outcome"}


@get("/admin/appeals", opt={"action": Action.APPEALS_ANSWER}, include_in_schema=False)
async def show_appeals(request: PageRequest) -> Template:
    """What waits for an answer, the longest first; the overdue apart."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    asked = request.query_params.get("state")
    state: Any = asked if asked in FILTERS else "open"
    today = local_date(district.clock.now())
    after = uuid_or_none(request.query_params.get("after"))
    found, has_more = await list_appeals(
        reader,
        principal,
        today=today,
        state=None if state == "overdue" else state,
        overdue=state == "overdue",
        starting_after=after,
        limit=_PAGE,
    )
    waiting, overdue = await count_open_appeals(reader, principal, today=today)
    return page(
        request,
        "staff/appeals.html",
        frame=await staff_frame(reader, principal),
        appeals=found,
        has_more=has_more,
        first_page=after is None,
        state=state,
        filters=FILTERS,
        states=APPEAL_STATES,
        kinds=KIND_NAMES,
        waiting=waiting,
        overdue=overdue,
    )


@get("/admin/appeals/{appeal_id:uuid}", opt={"action": Action.APPEALS_ANSWER}, include_in_schema=False)
async def show_appeal(request: PageRequest, appeal_id: FromPath[UUID]) -> Template:
    """One appeal with what it is about, and the answer's form.

    Raises:
        NotFound: there is none within reach.

    """
    return await _staff_page(request, await _found(request, appeal_id), {})


async def _found(request: PageRequest, appeal_id: UUID) -> AppealEntry:
    district = district_of(request)
    found = await read_appeal(
        await district.database.reader(), principal_of(request), appeal_id, today=local_date(district.clock.now())
    )
    if found is None:
        raise NotFound
    return found


async def _staff_page(
    request: PageRequest,
    appeal: AppealEntry,
    errors: Errors,
    *,
    fields: Mapping[str, str] | None = None,
    ballots: list[AuditedBallot] | None = None,
    status: int = 200,
) -> Template:
    reader = await district_of(request).database.reader()
    principal = principal_of(request)
    return page(
        request,
        "staff/appeal.html",
        status=status,
        frame=await staff_frame(reader, principal),
        appeal=appeal,
        states=APPEAL_STATES,
        kinds=KIND_NAMES,
        outcomes=OUTCOME_NAMES,
        most=MOST_POINTS,
        sources=SOURCE_NAMES,
        ballot_kinds=BALLOT_KINDS,
        ballots=ballots,
        may_audit=may(principal, Action.BALLOTS_AUDIT),
        fields=fields or {},
        errors=errors,
    )


@post(
    "/admin/appeals/{appeal_id:uuid}/ballots",
    opt={"action": Action.BALLOTS_AUDIT, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def look_at_ballots(request: PageRequest, appeal_id: FromPath[UUID]) -> Template:
    """The ballots that an appeal is about, to choose from; that they were read stays on record.

    Raises:
        NotFound: there is no such appeal within reach, or it is not about ballots.

    """
    appeal = await _found(request, appeal_id)
    if appeal.kind != "ballots" or appeal.period is None:
        raise NotFound
    return await _staff_page(request, appeal, {}, ballots=await _ballots(request, appeal, appeal.period))


async def _ballots(request: PageRequest, appeal: AppealEntry, period: str) -> list[AuditedBallot]:
    district = district_of(request)
    by = principal_of(request).actor
    now = district.clock.now()
    return await district.database.run(
        lambda tx: audit_ballots(tx, appeal.steward_id, period_named(period), "appeal", by=by, now=now)
    )


@post(
    "/admin/appeals/{appeal_id:uuid}",
    opt={"action": Action.APPEALS_ANSWER, FORM: ("answer", "outcome", "points", "ballot", "verdict")},
    include_in_schema=False,
    status_code=200,
)
async def answer_appeal(request: PageRequest, appeal_id: FromPath[UUID]) -> Template | Redirect:
    """Answer an appeal.

    Raises:
        NotFound: there is none within reach.

    """
    district = district_of(request)
    fields = await read_fields(request)
    appeal = await _found(request, appeal_id)
    wish = AppealStep(
        appeal_id=appeal_id,
        action="dismiss" if fields.text("verdict") == "dismiss" else "uphold",
        actor=principal_of(request),
        answer=fields.text("answer"),
        outcome=fields.text("outcome") or None,
        points=_whole(fields),
        ballots=tuple(found for value in fields.texts("ballot") if (found := uuid_or_none(value)) is not None),
    )
    now = district.clock.now()
    (outcome,) = await district.database.run(lambda tx: answer_appeals(tx, [wish], now=now))
    if isinstance(outcome, Refusal):
        kept = {name: fields.text(name) for name in ("answer", "outcome", "points")}
        return await _staff_page(request, appeal, errors_of(outcome, _NAMES), fields=kept, status=status_of(outcome))
    district.dispatcher.wake()
    return see_other(f"/admin/appeals/{appeal_id}")


def _whole(fields: Fields) -> int | None:
    given = fields.text("points")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


async def _own_page(
    request: PageRequest, *, errors: Errors, fields: Mapping[str, str] | None = None, status: int = 200
) -> Template:
    steward_id = own_steward_id(request)
    district = district_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    found, _ = await list_appeals(reader, principal_of(request), today=local_date(now), steward_id=steward_id, limit=50)
    try:
        days = (await appeal_terms(reader, now)).answer_working_days
    except NoSchemeInForce:
        days = 0
    award_id = uuid_or_none((fields or {}).get("award"))
    return page(
        request,
        "steward/appeals.html",
        status=status,
        award=await read_own_award(reader, steward_id, award_id) if award_id else None,
        appeals=list(reversed(found)),
        states=APPEAL_STATES,
        kinds=KIND_NAMES,
        outcomes=OUTCOME_NAMES,
        days=days,
        fields=fields or {},
        errors=errors,
    )


@get("/me/appeals", opt={"action": Action.APPEALS_OPEN}, include_in_schema=False)
async def show_own_appeals(request: PageRequest) -> Template:
    """The steward's own appeals; with `award` or `period` in the address, the form of a new one."""
    asked = request.query_params
    fields = {name: asked[name][:36] for name in ("kind", "award", "period") if name in asked}
    return await _own_page(request, errors={}, fields=fields)


@post(
    "/me/appeals",
    opt={"action": Action.APPEALS_OPEN, FORM: ("kind", "award", "period", "reason")},
    include_in_schema=False,
    status_code=200,
)
async def open_own_appeal(request: PageRequest) -> Template | Redirect:
    """Appeal."""
    district = district_of(request)
    form = await read_fields(request)
    fields = {name: form.text(name) for name in ("kind", "award", "period", "reason")}
    kind: Any = fields["kind"] if fields["kind"] in KIND_NAMES else "award"
    wish = AppealWish(
        steward_id=own_steward_id(request),
        kind=kind,
        reason=fields["reason"],
        actor=principal_of(request),
        award_id=uuid_or_none(fields["award"]),
        period=fields["period"][:7] or None,
    )
    now = district.clock.now()
    (outcome,) = await district.database.run(lambda tx: open_appeals(tx, [wish], now=now))
    if isinstance(outcome, Refusal):
        return await _own_page(request, errors=errors_of(outcome, _NAMES), fields=fields, status=status_of(outcome))
    return see_other(f"/me/appeals#{outcome.number}")


@post(
    "/me/appeals/{appeal_id:uuid}/withdraw",
    opt={"action": Action.APPEALS_OPEN, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def withdraw_own_appeal(request: PageRequest, appeal_id: FromPath[UUID]) -> Template | Redirect:
    """Withdraw an appeal for good."""
    district = district_of(request)
    wish = AppealStep(appeal_id=appeal_id, action="withdraw", actor=principal_of(request))
    now = district.clock.now()
    (outcome,) = await district.database.run(lambda tx: answer_appeals(tx, [wish], now=now))
    if isinstance(outcome, Refusal):
        if isinstance(outcome, NotAllowed):
            raise outcome
        return await _own_page(request, errors={"": outcome.text}, status=status_of(outcome))
    return see_other(f"/me/appeals#{outcome.number}")


route_handlers: list[Any] = [
    show_appeals, show_appeal, look_at_ballots, answer_appeal, show_own_appeals, open_own_appeal, withdraw_own_appeal,
]  # fmt: skip
