"""A sheet of rating slips to print and cut: a QR code each, for one ballot about one steward."""

from typing import Any
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound
from api.form_fields import FORM
from api.pages.forms import read_fields
from api.pages.frame import staff_frame
from api.pages.qr_codes import qr_drawing
from api.pages.rendering import PageRequest, page
from api.v1.evaluation import issue_case_link, slip_links
from evaluation.periods import period_named
from evaluation.scheme_versions import current_period
from evaluation.slips import SlipsIssued, SlipWish, issue_slips
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.directory import find_stewards
from stewards.permissions import Action, may_at_any, require
from stewards.principal import system_principal


@post(
    "/admin/stewards/{steward_id:uuid}/slips",
    opt={"action": Action.SLIPS_ISSUE, FORM: ("count",)},
    include_in_schema=False,
    status_code=200,
)
async def print_slips(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """Make slips and show them once, ready to print. Reloading makes others; those before stay good.

    Raises:
        NotFound: there is no such steward within reach.
        SlipCountUnfit: the number is no number, or too large.

    """
    district = district_of(request)
    principal = principal_of(request)
    now = district.clock.now()
    reader = await district.database.reader()
    found = await find_stewards(reader, principal, ids=[steward_id], today=local_date(now))
    if not found:
        raise NotFound
    entry = found[0]
    if not may_at_any(principal, Action.SLIPS_ISSUE, entry.places):
        require(principal, Action.SLIPS_ISSUE, entry.places[0])
    asked = (await read_fields(request)).text("count")
    # What is no number is refused like a number that is out of range.
    count = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0
    wish = SlipWish(steward_id=entry.id, period=await current_period(reader, now), count=count)

    async def use_case(tx: Tx) -> SlipsIssued:
        (outcome,) = await issue_slips(tx, [wish], by=principal.actor, now=now)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    issued = await district.database.run(use_case)
    return page(
        request,
        "staff/slips.html",
        frame=await staff_frame(reader, principal),
        steward=entry,
        codes=[(link, qr_drawing(link)) for link in slip_links(district, issued)],
        until=local_date(issued.closes_at),
        period=period_named(issued.period).name,
    )


@post(
    "/admin/cases/{case_id:uuid}/slip",
    opt={"action": Action.SLIPS_ISSUE, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def print_case_slip(request: PageRequest, case_id: FromPath[UUID]) -> Template:
    """Make the link of a closed case and show it once, ready to print for whom it concerned.

    Raises:
        NotFound: there is no such case within reach.
        CaseNotClosed, CaseRated: as they say.

    """
    district = district_of(request)
    reader = await district.database.reader()
    issued = await issue_case_link(district, principal_of(request), case_id)
    now = district.clock.now()
    [entry] = await find_stewards(reader, system_principal(), ids=[issued.steward_id], today=local_date(now))
    return page(
        request,
        "staff/slips.html",
        frame=await staff_frame(reader, principal_of(request)),
        steward=entry,
        codes=[(link, qr_drawing(link)) for link in slip_links(district, issued)],
        until=local_date(issued.closes_at),
        period=period_named(issued.period).name,
    )


route_handlers: list[Any] = [print_slips, print_case_slip]
