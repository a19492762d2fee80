"""Manual awards on the staff's pages: what waits for a second person, what was given, and proposing one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from points.balances import balances
from points.grant_deciding import PERMISSIONS, GrantAction, GrantStep, decide_grants
from points.grant_notices import REVERSAL_CAUSES
from points.grant_reading import list_grants
from points.grant_rows import GrantOutcome, grant_terms
from points.grant_steps import STEP_WORDS
from points.grant_terms import GrantTerms
from points.grants import GrantProposal, given_alone, propose_grants
from stewards.directory import StewardEntry, find_stewards
from stewards.permissions import Action, may

_PAGE = 20
GRANT_STATES: Mapping[str, str] = {
    "proposed": N_("待审批"),
    "approved": N_("已入账"),
    "rejected": N_("没同意"),
    "withdrawn": N_("已撤销"),
}
_FIELDS = {"/steward_id": "steward", "/reason": "reason", "/points": "points", "/note": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the form was filled with."""

    nonce: str
    steward: str = ""
    reason: str = ""
    points: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen: the balance now and after, and whether a second person has to approve.

    `beyond_month`: not for these points alone, but for what this clerk gave this month.
    """

    steward: StewardEntry
    before: int
    after: int
    two_person: bool
    beyond_month: bool


@get("/admin/grants", opt={"action": Action.GRANTS_READ}, include_in_schema=False)
async def show_grants(request: PageRequest) -> Template:
    """What waits for a second person, or what became of earlier ones."""
    return await _list(request)


async def _list(request: PageRequest, *, refused: Refusal | None = None, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    asked = request.query_params.get("state")
    state = asked if asked in GRANT_STATES else "proposed"
    after = uuid_or_none(request.query_params.get("after"))
    found, has_more = await list_grants(reader, principal, state=state, starting_after=after, limit=_PAGE)
    return page(
        request,
        "staff/grants.html",
        status=status,
        frame=await staff_frame(reader, principal),
        grants=found,
        has_more=has_more,
        first_page=after is None,
        state=state,
        states=GRANT_STATES,
        terms=await grant_terms(reader, now=district.clock.now()),
        me=principal.id,
        step_words=STEP_WORDS,
        may_check=may(principal, Action.GRANTS_CHECK),
        may_approve=may(principal, Action.GRANTS_APPROVE),
        may_reverse=may(principal, Action.POINTS_REVERSE),
        causes=REVERSAL_CAUSES,
        done=request.query_params.get("done"),
        refused=refused,
    )


@get("/admin/grants/new", opt={"action": Action.GRANTS_PROPOSE}, include_in_schema=False)
async def show_grant_form(request: PageRequest) -> Template:
    """An empty form, for the steward whom the address names."""
    steward = request.query_params.get("steward", "")[:20]
    return await _form(request, Draft(nonce=str(new_id()), steward=steward), {})


@post(
    "/admin/grants/new",
    opt={"action": Action.GRANTS_PROPOSE, FORM: ("nonce", "steward", "reason", "points", "note", "step")},
    include_in_schema=False,
    status_code=200,
)
async def propose_grant(request: PageRequest) -> Template | Redirect:
    """First the preview, then on its confirmation the proposal, stored once however often it is sent."""
    district = district_of(request)
    fields = await read_fields(request)
    draft = _draft_of(fields)
    reader = await district.database.reader()
    terms = await grant_terms(reader, now=district.clock.now())
    steward = await _steward(reader, request, draft.steward)
    errors: Errors = {}
    if steward is None:
        errors["steward"] = Text(N_("没有这个编号的管家，或不归您管。"))
    points = int(draft.points) if draft.points.isascii() and draft.points.isdigit() and len(draft.points) < 8 else 0
    try:
        terms.check(reason=draft.reason, points=points, has_note=bool(draft.note))
    except Refusal as refusal:
        errors |= errors_of(refusal, _FIELDS)
    if steward is None or errors:
        return await _form(request, draft, errors, status=400)
    if fields.text("step") != "confirm":
        before = (await balances(reader, [steward.id]))[steward.id]
        me = principal_of(request).id
        given = await given_alone(reader, me, now=district.clock.now()) if me else 0
        shown = Preview(
            steward=steward,
            before=before,
            after=before + points,
            two_person=terms.takes_two(points, given=given),
            beyond_month=not terms.takes_two(points) and terms.takes_two(points, given=given),
        )
        return await _form(request, draft, {}, preview=shown)
    wish = GrantProposal(
        steward_id=steward.id,
        reason=draft.reason,
        points=points,
        note=draft.note or None,
        actor=principal_of(request),
        nonce=draft.nonce,
    )
    now = district.clock.now()
    (outcome,) = await district.database.run(lambda tx: propose_grants(tx, [wish], now=now))
    if isinstance(outcome, Refusal):
        return await _form(request, draft, errors_of(outcome, _FIELDS), status=status_of(outcome))
    district.dispatcher.wake()
    return see_other(f"/admin/grants?state={outcome.state}&done={outcome.number}")


def _draft_of(fields: Fields) -> Draft:
    return Draft(
        nonce=fields.text("nonce")[:64] or str(new_id()),
        steward=fields.text("steward")[:20],
        reason=fields.text("reason")[:32],
        points=fields.text("points")[:12],
        note=fields.text("note"),
    )


async def _steward(reader: Reader, request: PageRequest, number: str) -> StewardEntry | None:
    if not number:
        return None
    today = local_date(district_of(request).clock.now())
    found = await find_stewards(reader, principal_of(request), numbers=[number], today=today)
    return found[0] if found else None


def _reasons(terms: GrantTerms, request: PageRequest) -> list[tuple[str, str]]:
    return [(code, label.render(locale_of(request))) for code, label in terms.reasons.items()]


async def _form(
    request: PageRequest, draft: Draft, errors: Errors, *, preview: Preview | None = None, status: int = 200
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    terms = await grant_terms(reader, now=district.clock.now())
    return page(
        request,
        "staff/grant_form.html",
        status=status,
        frame=await staff_frame(reader, principal),
        draft=draft,
        errors=errors,
        preview=preview,
        terms=terms,
        reasons=_reasons(terms, request),
    )


async def _decide(request: PageRequest, grant_id: UUID, action: GrantAction) -> Template | Redirect:
    district = district_of(request)
    fields = await read_fields(request)
    wish = GrantStep(
        grant_id=grant_id,
        action=action,
        actor=principal_of(request),
        note=fields.text("note") or None,
        cause=fields.text("cause") or None,
    )
    now = district.clock.now()
    outcome: GrantOutcome | Refusal
    (outcome,) = await district.database.run(lambda tx: decide_grants(tx, [wish], now=now))
    if isinstance(outcome, Refusal):
        return await _list(request, refused=outcome, status=status_of(outcome))
    district.dispatcher.wake()
    return see_other(f"/admin/grants?state={outcome.state}&done={outcome.number}")


def _route(action: GrantAction) -> Any:
    async def decide(request: PageRequest, grant_id: FromPath[UUID]) -> Template | Redirect:
        return await _decide(request, grant_id, action)

    decide.__doc__ = f"Take the step {action!r} on a manual award."
    decide.__name__ = f"{action}_grant"
    return post(
        f"/admin/grants/{{grant_id:uuid}}/{action}",
        opt={"action": PERMISSIONS[action], FORM: ("note", "cause")},
        include_in_schema=False,
        status_code=200,
        name=f"page_{action}_grant",
    )(decide)


_ALL: tuple[GrantAction, ...] = get_args(GrantAction)
route_handlers: list[Any] = [show_grants, show_grant_form, propose_grant, *(_route(action) for action in _ALL)]
