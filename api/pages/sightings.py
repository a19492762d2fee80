"""A resident says what is wrong in a lane without an account; staff take it over as a case or set it aside."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import District, district_of
from api.envelope import is_secure, locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.categories import read_categories
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rating_form import network_of
from api.pages.rendering import PageRequest, page, see_other
from api.pages.reporting import FIELD_OF
from cases.reasons import ASIDE_REASONS
from cases.refusals import UnknownSighting
from cases.sighting import (
    ADDRESS_LENGTH,
    CONTACT_LENGTH,
    TEXT_LENGTH,
    LeaveSighting,
    SetSightingAside,
    SightingLeft,
    SightingStands,
    TakeSighting,
    leave_sightings,
    set_sightings_aside,
    take_sightings,
)
from cases.sighting_reading import own_sighting, waiting_sightings
from cases.wording import Urgency
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.files import PreparedFile, prepare_picture
from kernel.messages import N_, Text, translate
from kernel.throttle import Throttled, spend
from stewards.lanes import LaneEntry, load_lanes
from stewards.permissions import Action

COOKIE = "jinpai_sighting"  # of the last one that this browser left, so that no secret stands in an address
PER_NETWORK_DAY = 5
PER_LANE_DAY = 30
_MOST = 20
_A_DAY = timedelta(days=1)
_KEPT_S = 90 * 24 * 3600
_FIELD_OF = {name: name.removeprefix("/") for name in ("/text", "/address", "/contact", "/contact_agreed")}
_LIMITS = {"text": TEXT_LENGTH, "address": ADDRESS_LENGTH, "contact": CONTACT_LENGTH}


async def _lane(request: PageRequest, code: str) -> LaneEntry:
    district = district_of(request)
    lane = (await load_lanes(await district.database.reader(), codes={code})).by_code.get(code)
    if lane is None or not lane.valid_on(local_date(district.clock.now())):
        raise NotFound
    return lane


async def _form(
    request: PageRequest, lane: LaneEntry, errors: Errors, *, fields: Fields | None = None, status: int = 200
) -> Template:
    secret = request.cookies.get(COOKIE)
    own = await own_sighting(await district_of(request).database.reader(), secret) if secret else None
    return page(
        request,
        "public/sighting.html",
        status=status,
        lane=lane,
        own=own,
        aside=ASIDE_REASONS,
        sent=request.query_params.get("sent") == "1",
        values={name: fields.text(name) if fields else "" for name in _LIMITS},
        limits=_LIMITS,
        errors=errors,
    )


@get("/lanes/{code:str}/report", opt={"public": True}, include_in_schema=False)
async def show_form(request: PageRequest, code: FromPath[str]) -> Template:
    """Where a resident says what is wrong, and sees what became of what this browser left last.

    Raises:
        NotFound: there is no such lane now.

    """
    return await _form(request, await _lane(request, code), {})


@post(
    "/lanes/{code:str}/report",
    opt={"public": True, FORM: (*_LIMITS, "contact_agreed", "picture")},
    include_in_schema=False,
    status_code=200,
)
async def leave(request: PageRequest, code: FromPath[str]) -> Template | Redirect:
    """Keep it for the staff of the place; so many a day from one network and for one lane.

    Raises:
        NotFound: there is no such lane now.

    """
    district = district_of(request)
    lane = await _lane(request, code)
    fields = await read_fields(request)
    if not fields.text("text"):
        return await _form(request, lane, {"text": Text(N_("请写明看到了什么。"))}, fields=fields, status=400)
    try:
        await _count(request, district, lane)
        pictures = fields.files("picture")
        picture = await prepare_picture(await pictures[0].read(), pictures[0].content_type) if pictures else None
        done = await _keep(district, lane, fields, picture)
    except Throttled as refused:
        error = Text(N_("今天从这里反映的事已经很多了。急事请拨 110、119、120，诉求请拨 12345。"))
        answer = await _form(request, lane, {"": error}, fields=fields, status=429)
        answer.headers["Retry-After"] = str(refused.retry_after_s)
        return answer
    except Refusal as refusal:
        names = {**_FIELD_OF, "": "picture"}
        return await _form(request, lane, errors_of(refusal, names), fields=fields, status=status_of(refusal))
    following = see_other(f"/lanes/{code}/report?sent=1")
    following.set_cookie(
        Cookie(
            key=COOKIE,
            value=done.secret,
            max_age=_KEPT_S,
            path="/lanes",
            httponly=True,
            samesite="lax",
            secure=is_secure(request.scope),
        )
    )
    return following


async def _count(request: PageRequest, district: District, lane: LaneEntry) -> None:
    now = district.clock.now()
    network = network_of(request, "sighting", local_date(now).isoformat())

    async def take(tx: Tx) -> None:
        await spend(tx, f"sighting {network}", limit=PER_NETWORK_DAY, window=_A_DAY, now=now)
        await spend(tx, f"sighting lane {lane.id}", limit=PER_LANE_DAY, window=_A_DAY, now=now)

    await district.database.run(take)


async def _keep(district: District, lane: LaneEntry, fields: Fields, picture: PreparedFile | None) -> SightingLeft:
    now = district.clock.now()
    wish = LeaveSighting(
        lane_code=lane.code,
        text=fields.text("text"),
        address=fields.text("address"),
        contact=fields.text("contact"),
        contact_agreed=fields.checked("contact_agreed"),
        picture_sha256=picture.sha256 if picture else None,
    )

    async def use_case(tx: Tx) -> SightingLeft:
        if picture is not None:
            await district.files.put(tx, picture, now=now)
        (outcome,) = await leave_sightings(tx, [wish], now=now)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    return await district.database.run(use_case)


async def _desk(request: PageRequest, errors: Errors, *, about: UUID | None = None, status: int = 200) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    principal = principal_of(request)
    found = await waiting_sightings(reader, principal, limit=_MOST + 1)
    locale = locale_of(request)
    return page(
        request,
        "staff/sightings.html",
        status=status,
        frame=await staff_frame(reader, principal),
        found=found[:_MOST],
        has_more=len(found) > _MOST,
        categories=(await read_categories(reader, local_date(district.clock.now()))).options(locale),
        reasons=[(code, translate(words, locale)) for code, words in ASIDE_REASONS.items()],
        errors=errors,
        about=about,
    )


@get("/admin/sightings", opt={"action": Action.SIGHTINGS_DECIDE}, include_in_schema=False)
async def show_desk(request: PageRequest) -> Template:
    """What residents saw and nobody has decided about, the oldest first."""
    return await _desk(request, {})


@post(
    "/admin/sightings/{sighting_id:uuid}/take",
    opt={"action": Action.SIGHTINGS_DECIDE, FORM: ("category", "steward", "hazard")},
    include_in_schema=False,
    status_code=200,
)
async def take(request: PageRequest, sighting_id: FromPath[UUID]) -> Template | Redirect:
    """Make a case of it, for somebody else to verify.

    Raises:
        NotFound: there is none within reach.

    """
    district = district_of(request)
    fields = await read_fields(request)
    if not fields.text("category"):
        return await _desk(request, {"category": Text(N_("请选一个类别。"))}, about=sighting_id, status=400)
    wish = TakeSighting(
        sighting_id=sighting_id,
        category=fields.text("category"),
        steward_number=fields.text("steward") or None,
        urgency=Urgency.HAZARD if fields.checked("hazard") else Urgency.NORMAL,
        caller=principal_of(request),
    )
    now = district.clock.now()
    [done] = await district.database.run(lambda tx: take_sightings(tx, [wish], now=now))
    district.dispatcher.wake()
    if isinstance(done, SightingStands) and done.case is not None:
        return see_other(f"/admin/cases?open={done.case.case_id}&done={done.case.case_id}")
    return await _refused(request, done, sighting_id)


@post(
    "/admin/sightings/{sighting_id:uuid}/aside",
    opt={"action": Action.SIGHTINGS_DECIDE, FORM: ("reason",)},
    include_in_schema=False,
    status_code=200,
)
async def set_aside(request: PageRequest, sighting_id: FromPath[UUID]) -> Template | Redirect:
    """Make no case of it; the resident reads why.

    Raises:
        NotFound: there is none within reach.

    """
    district = district_of(request)
    reason = (await read_fields(request)).text("reason")
    wish = SetSightingAside(sighting_id=sighting_id, reason=reason, caller=principal_of(request))
    now = district.clock.now()
    [done] = await district.database.run(lambda tx: set_sightings_aside(tx, [wish], now=now))
    return (
        see_other("/admin/sightings")
        if isinstance(done, SightingStands)
        else await _refused(request, done, sighting_id)
    )


async def _refused(request: PageRequest, refusal: SightingStands | Refusal, sighting_id: UUID) -> Template:
    if not isinstance(refusal, Refusal) or isinstance(refusal, UnknownSighting):
        raise NotFound
    errors = errors_of(refusal, {**FIELD_OF, "/reason": "reason"})
    return await _desk(request, errors, about=sighting_id, status=status_of(refusal))


route_handlers: list[Any] = [show_form, leave, show_desk, take, set_aside]
