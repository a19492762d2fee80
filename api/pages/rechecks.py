"""Re-checks and alerts on the staff's page: each looked at by somebody else than who verified."""

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
from api.pages.forms import read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from cases.recheck_reading import list_alerts, list_rechecks
from cases.rechecks import AlertFinding, AlertStep, RecheckOutcome, RecheckStep, decide_rechecks, review_alerts
from kernel.clock import local_date
from kernel.errors import Refusal
from stewards.permissions import Action, may

_PAGE = 50


async def _list(request: PageRequest, *, refused: Refusal | None = None, status: int = 200) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    found = await list_rechecks(reader, principal, limit=_PAGE + 1)
    alerts = await list_alerts(reader, principal, limit=_PAGE) if may(principal, Action.ALERTS_REVIEW) else []
    return page(
        request,
        "staff/rechecks.html",
        status=status,
        frame=await staff_frame(reader, principal),
        rechecks=found[:_PAGE],
        has_more=len(found) > _PAGE,
        alerts=alerts,
        percent=(await district.own_settings.now()).recheck_percent,
        me=principal.id,
        categories=await read_categories(reader, local_date(district.clock.now())),
        refused=refused,
    )


@get("/admin/rechecks", opt={"action": Action.CASES_RECHECK}, include_in_schema=False)
async def show_rechecks(request: PageRequest) -> Template:
    """What was drawn to be looked at again, and runs of quick verifications."""
    return await _list(request)


@post(
    "/admin/rechecks/{recheck_id:uuid}",
    opt={"action": Action.CASES_RECHECK, FORM: ("outcome", "note")},
    include_in_schema=False,
    status_code=200,
)
async def check_again(request: PageRequest, recheck_id: FromPath[UUID]) -> Template | Redirect:
    """Say what was found."""
    district = district_of(request)
    fields = await read_fields(request)
    outcome: RecheckOutcome = "taken_back" if fields.text("outcome") == "taken_back" else "confirmed"
    wish = RecheckStep(
        recheck_id=recheck_id, outcome=outcome, actor=principal_of(request), note=fields.text("note") or None
    )
    now = district.clock.now()
    (done,) = await district.database.run(lambda tx: decide_rechecks(tx, [wish], now=now))
    if isinstance(done, Refusal):
        return await _list(request, refused=done, status=status_of(done))
    district.dispatcher.wake()
    return see_other("/admin/rechecks")


@post(
    "/admin/alerts/{alert_id:uuid}",
    opt={"action": Action.ALERTS_REVIEW, FORM: ("finding",)},
    include_in_schema=False,
    status_code=200,
)
async def look_at_alert(request: PageRequest, alert_id: FromPath[UUID]) -> Template | Redirect:
    """Say what came of looking at an alert."""
    district = district_of(request)
    fields = await read_fields(request)
    finding: AlertFinding = "follow_up" if fields.text("finding") == "follow_up" else "fine"
    wish = AlertStep(alert_id=alert_id, finding=finding, actor=principal_of(request))
    now = district.clock.now()
    (seen,) = await district.database.run(lambda tx: review_alerts(tx, [wish], now=now))
    if isinstance(seen, Refusal):
        return await _list(request, refused=seen, status=status_of(seen))
    return see_other("/admin/rechecks")


route_handlers: list[Any] = [show_rechecks, check_again, look_at_alert]
