"""随手报: a steward reports what is seen, with pictures, from the phone."""

from dataclasses import replace
from datetime import date
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.form_fields import FORM
from api.pages.categories import read_categories
from api.pages.forms import Errors, read_fields
from api.pages.own import read_self
from api.pages.rendering import PageRequest, page, see_other
from api.pages.reporting import (
    DRAFT_FIELDS,
    Draft,
    draft_of,
    missing,
    new_draft,
    prepare_pictures,
    seen_at_of,
    send_report,
    urgency_of,
)
from cases.evidence import EVIDENCE_LIMIT
from cases.intake import CaseReport, Reported
from cases.wording import Channel
from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.messages import N_, Locale, translate
from stewards.directory import StewardEntry
from stewards.lanes import LaneDirectory, load_lanes
from stewards.permissions import Action

Options = list[tuple[str, Any]]


def lane_options(lanes: LaneDirectory, steward: StewardEntry, day: date, locale: Locale) -> Options:
    """The lanes of the steward's street, in groups: the own ones first, then the community's, then the rest."""
    own = {duty.lane_id for duty in steward.duties}
    groups: dict[str, list[tuple[str, str]]] = {N_("我的小巷"): [], N_("本社区"): [], N_("本街道"): []}
    for lane in lanes.by_code.values():
        if lane.street_id != steward.street_id or not lane.valid_on(day):
            continue
        near = lane.community_id == steward.community_id
        group = N_("我的小巷") if lane.id in own else N_("本社区") if near else N_("本街道")
        groups[group].append((lane.code, lane.name_en if locale == "en" else lane.name))
    return [(translate(group, locale), found) for group, found in groups.items() if found]


async def _form(
    request: PageRequest,
    reader: Reader,
    steward: StewardEntry,
    draft: Draft,
    errors: Errors,
    *,
    status: int = 200,
) -> Template:
    today = local_date(district_of(request).clock.now())
    return page(
        request,
        "steward/report.html",
        status=status,
        # The back button has to bring the same form back, so that sending it again is the same report; that is also why
        # it is sent to an address of its own (a POST to this one would drop it from the cache).
        headers={"Cache-Control": "private, no-cache"},
        steward=steward,
        draft=draft,
        errors=errors,
        categories=await read_categories(reader, today),
        lane_options=lane_options(await load_lanes(reader), steward, today, locale_of(request)),
        picture_limit=EVIDENCE_LIMIT,
    )


@get("/me/report", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_report_form(request: PageRequest) -> Template:
    """The form, with the steward's own lane chosen where there is only one."""
    district = district_of(request)
    reader = await district.database.reader()
    steward = await read_self(reader, request)
    lane = steward.duties[0].lane_code if len(steward.duties) == 1 else ""
    return await _form(request, reader, steward, new_draft(district.clock.now(), lane=lane), {})


@post(
    "/me/reports",
    opt={"action": Action.INBOX_READ, FORM: (*DRAFT_FIELDS, "photos")},
    include_in_schema=False,
    status_code=200,
)
async def send(request: PageRequest) -> Template | Redirect:
    """Store the report once, or show the form again with what is wrong first."""
    district = district_of(request)
    reader = await district.database.reader()
    steward = await read_self(reader, request)
    principal = principal_of(request)
    now = district.clock.now()
    fields = await read_fields(request)
    draft = draft_of(fields, now)
    errors = missing(draft)
    pictures = []
    try:
        pictures = await prepare_pictures(fields.files("photos"))
    except Refusal as refusal:
        errors["photos"] = refusal.text
    if errors:
        return await _form(request, reader, steward, draft, errors, status=400)
    report = CaseReport(
        external_id=draft.nonce,
        channel=Channel.PHONE,
        category=draft.category,
        reporter=principal.actor,
        reported_at=seen_at_of(draft, now),
        lane_code=draft.lane,
        urgency=urgency_of(draft),
        description=draft.description,
        address=draft.address,
        principal=principal,
    )
    outcome = await send_report(district, report, pictures, principal)
    if isinstance(outcome, Reported):
        return see_other(f"/me/cases/{outcome.case_id}?sent=1")
    if "reported_at" in outcome:
        # The form lay open for too long: it is shown anew, as of now.
        outcome[""] = outcome.pop("reported_at")
        draft = replace(draft, seen_at=now.isoformat())
    return await _form(request, reader, steward, draft, outcome, status=400)


route_handlers: list[Any] = [show_report_form, send]
