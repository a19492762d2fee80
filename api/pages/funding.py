"""The funding report and the settlement sheets of partners, for staff."""

from datetime import date
from typing import Any

from litestar import get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import Faulty
from api.pages.charts import bars
from api.pages.forms import Errors
from api.pages.frame import staff_frame
from api.pages.queue_filters import date_or_none
from api.pages.rendering import PageRequest, page
from api.v1.funding_tables import period_asked, yuan
from kernel.database import Together
from kernel.messages import N_, Text
from rewards.funding import funding_report
from rewards.settling import settlement_sheet
from stewards.lanes import list_streets
from stewards.partners import list_partners
from stewards.permissions import Action
from stewards.reach import reach

_SHOWN_LINES = 100


def period_of(request: PageRequest, errors: Errors) -> tuple[date, date]:
    """The days of the address; what they say wrongly is named, and this quarter is shown."""
    now = district_of(request).clock.now()
    asked = request.query_params
    from_day, to_day = date_or_none(asked.get("from_day")), date_or_none(asked.get("to_day"))
    try:
        return period_asked(from_day, to_day, now=now)
    except Faulty as faulty:
        errors["to_day"] = faulty.faults[0].detail
        return period_asked(None, None, now=now)


@get("/admin/funding", opt={"action": Action.FUNDING_READ}, include_in_schema=False)
async def show_funding(request: PageRequest) -> Template:
    """What is owed and how well rewards are reached, per street and period."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    within = reach(principal, Action.FUNDING_READ)
    async with Together(reader) as ask:
        frame = ask(staff_frame, principal)
        listed = ask(list_streets)
    choices = [street for street in listed.result() if within.everything or street.id in within.street_ids]
    street = next((one for one in choices if one.code == request.query_params.get("street")), None)
    errors: Errors = {}
    first, last = period_of(request, errors)
    report = await funding_report(
        reader,
        principal,
        from_day=first,
        to_day=last,
        point_fen=(await district.own_settings.at_end_of(last)).point_fen,
        now=district.clock.now(),
        street_id=street.id if street else None,
    )
    english = locale_of(request) == "en"
    names = [one.name_en if english else one.name for one in report.streets]
    spent = [one.redeemed + one.donated for one in report.streets]
    flows = [
        (Text(N_("发放")), [one.issued for one in report.streets]),
        (Text(N_("兑换")), spent),
        (Text(N_("过期")), [one.expired for one in report.streets]),
    ]
    owed = [
        (Text(N_("未用积分")), [one.outstanding for one in report.streets]),
        (Text(N_("已预留")), [one.held for one in report.streets]),
    ]
    asked = {"from_day": first.isoformat(), "to_day": last.isoformat(), **({"street": street.code} if street else {})}
    return page(
        request,
        "staff/funding.html",
        frame=frame.result(),
        report=report,
        charts=[(Text(N_("这段时间的积分")), bars(names, flows)), (Text(N_("还欠多少")), bars(names, owed))],
        liability=yuan(report.total.liability_fen(report.point_fen)),
        choices=choices,
        asked=asked,
        errors=errors,
    )


@get("/admin/settlements", opt={"action": Action.PARTNERS_EDIT}, include_in_schema=False)
async def show_settlements(request: PageRequest) -> Template:
    """What a partner handed out in a period."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    partners = await list_partners(reader, principal)
    code = request.query_params.get("partner")
    partner = next((one for one in partners if one.code == code), partners[0] if partners else None)
    errors: Errors = {}
    first, last = period_of(request, errors)
    sheet = None
    if partner is not None:
        sheet = await settlement_sheet(
            reader,
            principal,
            partner.id,
            from_day=first,
            to_day=last,
            point_fen=(await district.own_settings.at_end_of(last)).point_fen,
        )
    return page(
        request,
        "staff/settlements.html",
        frame=await staff_frame(reader, principal),
        partners=partners,
        sheet=sheet,
        lines=sheet.lines[:_SHOWN_LINES] if sheet else (),
        amount=yuan(sheet.amount_fen) if sheet else yuan(0),
        from_day=first,
        to_day=last,
        errors=errors,
    )


route_handlers: list[Any] = [show_funding, show_settlements]
