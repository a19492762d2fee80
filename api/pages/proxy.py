"""Entering a case for a steward: at the desk, or copied from a chat group."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.form_fields import FORM
from api.pages.categories import read_categories
from api.pages.forms import Errors, read_fields
from api.pages.frame import staff_frame
from api.pages.lane_choice import LaneChoice, choose_lane
from api.pages.queue import lanes_within
from api.pages.rendering import PageRequest, page, see_other
from api.pages.reporting import (
    DRAFT_FIELDS,
    Draft,
    draft_of,
    missing,
    new_draft,
    prepare_pictures,
    send_report,
    urgency_of,
)
from cases.evidence import EVIDENCE_LIMIT
from cases.intake import CaseReport, Reported
from cases.wording import CHANNELS, Channel
from kernel.clock import LOCAL_ZONE, local_date
from kernel.errors import Refusal
from kernel.messages import N_, Text, translate
from stewards.lanes import load_lanes
from stewards.permissions import Action

_CHANNELS = (Channel.DESK, Channel.CHAT)


def _local_minute(instant: datetime) -> str:
    return instant.astimezone(LOCAL_ZONE).strftime("%Y-%m-%dT%H:%M")


async def _lanes(request: PageRequest, asked: str) -> LaneChoice:
    """The lanes of today that the caller may report for."""
    district = district_of(request)
    within = lanes_within(
        await load_lanes(await district.database.reader()), principal_of(request), Action.CASES_REPORT
    )
    today = local_date(district.clock.now())
    return choose_lane([lane for lane in within if lane.valid_on(today)], asked, locale_of(request))


async def _form(
    request: PageRequest, draft: Draft, errors: Errors, *, lanes: LaneChoice | None = None, status: int = 200
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    principal = principal_of(request)
    locale = locale_of(request)
    today = local_date(district.clock.now())
    return page(
        request,
        "staff/proxy.html",
        status=status,
        frame=await staff_frame(reader, principal),
        draft=draft,
        errors=errors,
        categories=await read_categories(reader, today),
        lanes=lanes or await _lanes(request, draft.lane),
        channels=[(channel.value, translate(CHANNELS[channel], locale)) for channel in _CHANNELS],
        picture_limit=EVIDENCE_LIMIT,
    )


@get("/admin/cases/new", opt={"action": Action.CASES_VERIFY}, include_in_schema=False)
async def show_proxy_form(request: PageRequest) -> Template:
    """An empty form, seen now."""
    now = district_of(request).clock.now()
    return await _form(request, replace(new_draft(now), seen_at=_local_minute(now)), {})


@post(
    "/admin/cases/new",
    opt={"action": Action.CASES_VERIFY, FORM: (*DRAFT_FIELDS, "steward", "channel", "photos")},
    include_in_schema=False,
    status_code=200,
)
async def enter_for_steward(request: PageRequest) -> Template | Redirect:
    """Store the case once; whoever entered it may not verify it."""
    district = district_of(request)
    principal = principal_of(request)
    fields = await read_fields(request)
    now = district.clock.now()
    channel = fields.text("channel") or Channel.DESK.value
    draft = replace(draft_of(fields, now), steward=fields.text("steward"), channel=channel)
    errors = missing(draft)
    lanes = await _lanes(request, draft.lane)
    if lanes.fault:
        errors["lane"] = lanes.fault
    try:
        seen_at = datetime.fromisoformat(draft.seen_at).replace(tzinfo=LOCAL_ZONE)
    except ValueError:
        errors["seen_at"] = Text(N_("请填写上报时间，例如 2026-11-23 09:30。"))
        seen_at = now
    pictures = []
    try:
        pictures = await prepare_pictures(fields.files("photos"))
    except Refusal as refusal:
        errors["photos"] = refusal.text
    if errors:
        return await _form(request, draft, errors, lanes=lanes, status=400)
    report = CaseReport(
        external_id=draft.nonce,
        channel=draft.channel if draft.channel in set(_CHANNELS) else Channel.DESK,
        category=draft.category,
        reporter=principal.actor,
        reported_at=seen_at,
        lane_code=lanes.code or draft.lane,
        steward_number=draft.steward or None,
        urgency=urgency_of(draft),
        description=draft.description,
        address=draft.address,
        principal=principal,
    )
    outcome = await send_report(district, report, pictures, principal)
    if isinstance(outcome, Reported):
        return see_other(f"/admin/cases?open={outcome.case_id}&done={outcome.case_id}")
    if "reported_at" in outcome:
        outcome["seen_at"] = outcome.pop("reported_at")
    return await _form(request, draft, outcome, lanes=lanes, status=400)


route_handlers: list[Any] = [show_proxy_form, enter_for_steward]
