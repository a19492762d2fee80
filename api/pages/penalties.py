"""Penalties on pages: staff propose and decide, stewards see theirs and object."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.own import own_steward_id
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.messages import N_, Text
from points.penalties import decide_penalties, propose_penalties
from points.penalty_reading import deductions_in, list_penalties
from points.penalty_steps import PenaltyAction, PenaltyProposal, PenaltyStep
from points.rule_versions import rules_on
from stewards.directory import find_stewards
from stewards.permissions import Action, may

_PAGE = 20
PENALTY_STATES: Mapping[str, str] = {
    "objected": N_("有异议，待裁定"),
    "open": N_("申诉期内"),
    "taken": N_("已扣分"),
    "dropped": N_("不再扣分"),
}
_FIELDS = {"/steward_id": "steward", "/item": "item", "/about": "about", "/note": "note"}


async def _list(
    request: PageRequest,
    *,
    errors: Errors,
    fields: Mapping[str, str] | None = None,
    refused: Refusal | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    asked = request.query_params.get("state")
    state = asked if asked in PENALTY_STATES else "objected"
    after = uuid_or_none(request.query_params.get("after"))
    found, has_more = await list_penalties(reader, principal, state=state, starting_after=after, limit=_PAGE)
    today = local_date(district.clock.now())
    rules = (await rules_on(reader, {today})).get(today)
    items = deductions_in(rules.document) if rules else {}
    locale = locale_of(request)
    return page(
        request,
        "staff/penalties.html",
        status=status,
        frame=await staff_frame(reader, principal),
        penalties=found,
        has_more=has_more,
        first_page=after is None,
        state=state,
        states=PENALTY_STATES,
        items=[(code, f"{label.render(locale)} \u2212{points}") for code, (label, points) in items.items()],
        days=rules.document.sanctions.appeal_days if rules else 0,
        me=principal.id,
        may_decide=may(principal, Action.PENALTIES_DECIDE),
        done=request.query_params.get("done"),
        errors=errors,
        fields=fields or {},
        refused=refused,
    )


@get("/admin/penalties", opt={"action": Action.PENALTIES_PROPOSE}, include_in_schema=False)
async def show_penalties(request: PageRequest) -> Template:
    """What waits for a decision, and earlier penalties."""
    return await _list(request, errors={})


@post(
    "/admin/penalties",
    opt={"action": Action.PENALTIES_PROPOSE, FORM: ("steward", "item", "about", "note")},
    include_in_schema=False,
    status_code=200,
)
async def propose_penalty(request: PageRequest) -> Template | Redirect:
    """Propose a penalty; the steward is told and has days to object."""
    district = district_of(request)
    principal = principal_of(request)
    form = await read_fields(request)
    fields = {name: form.text(name) for name in ("steward", "item", "about", "note")}
    now = district.clock.now()
    reader = await district.database.reader()
    found = await find_stewards(reader, principal, numbers=[fields["steward"][:20]], today=local_date(now))
    if not found:
        errors: Errors = {"steward": Text(N_("没有这个编号的管家，或不归您管。"))}
        return await _list(request, errors=errors, fields=fields, status=400)
    wish = PenaltyProposal(
        steward_id=found[0].id,
        item=fields["item"][:32],
        about=fields["about"] or None,
        note=fields["note"] or None,
        actor=principal,
    )
    (outcome,) = await district.database.run(lambda tx: propose_penalties(tx, [wish], now=now))
    if isinstance(outcome, Refusal):
        return await _list(request, errors=errors_of(outcome, _FIELDS), fields=fields, status=status_of(outcome))
    return see_other(f"/admin/penalties?state=open&done={outcome.number}")


async def _decide(request: PageRequest, penalty_id: UUID, action: PenaltyAction) -> Template | Redirect:
    district = district_of(request)
    note = (await read_fields(request)).text("note") or None
    wish = PenaltyStep(penalty_id=penalty_id, action=action, actor=principal_of(request), note=note)
    now = district.clock.now()
    (outcome,) = await district.database.run(lambda tx: decide_penalties(tx, [wish], now=now))
    if action == "object":
        if isinstance(outcome, Refusal):
            return await _own(request, refused=outcome, status=status_of(outcome))
        return see_other("/me/penalties")
    if isinstance(outcome, Refusal):
        return await _list(request, errors={}, refused=outcome, status=status_of(outcome))
    return see_other(f"/admin/penalties?state={outcome.state}&done={outcome.number}")


@post(
    "/admin/penalties/{penalty_id:uuid}/uphold",
    opt={"action": Action.PENALTIES_DECIDE, FORM: ("note",)},
    include_in_schema=False,
    status_code=200,
)
async def uphold_penalty(request: PageRequest, penalty_id: FromPath[UUID]) -> Template | Redirect:
    """Uphold what was objected to."""
    return await _decide(request, penalty_id, "uphold")


@post(
    "/admin/penalties/{penalty_id:uuid}/drop",
    opt={"action": Action.PENALTIES_DECIDE, FORM: ("note",)},
    include_in_schema=False,
    status_code=200,
)
async def drop_penalty(request: PageRequest, penalty_id: FromPath[UUID]) -> Template | Redirect:
    """Drop a penalty."""
    return await _decide(request, penalty_id, "drop")


async def _own(request: PageRequest, *, refused: Refusal | None = None, status: int = 200) -> Template:
    own_steward_id(request)
    district = district_of(request)
    reader = await district.database.reader()
    found, _ = await list_penalties(reader, principal_of(request), limit=50)
    return page(
        request,
        "steward/penalties.html",
        status=status,
        penalties=found,
        states=PENALTY_STATES,
        now=district.clock.now(),
        me=principal_of(request).steward_id,
        refused=refused,
    )


@get("/me/penalties", opt={"action": Action.PENALTIES_OBJECT}, include_in_schema=False)
async def show_own_penalties(request: PageRequest) -> Template:
    """What is to be taken from the steward, and the way to object."""
    return await _own(request)


@post(
    "/me/penalties/{penalty_id:uuid}/object",
    opt={"action": Action.PENALTIES_OBJECT, FORM: ("note",)},
    include_in_schema=False,
    status_code=200,
)
async def object_to_penalty(request: PageRequest, penalty_id: FromPath[UUID]) -> Template | Redirect:
    """Say why it is not right."""
    return await _decide(request, penalty_id, "object")


route_handlers: list[Any] = [
    show_penalties, propose_penalty, uphold_penalty, drop_penalty, show_own_penalties, object_to_penalty,
]  # fmt: skip
