"""Where somebody is signed in: a steward on `/me/devices`, staff on `/admin/devices`; any of them is ended there."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound
from api.form_fields import FORM
from api.pages.device_words import browser_words
from api.pages.forms import read_fields
from api.pages.frame import staff_frame
from api.pages.own import own_steward_id
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.v1.sessions import own_holder
from kernel.clock import local_date
from kernel.database import Reader
from stewards.directory import StewardEntry, find_stewards
from stewards.own_sessions import end_sessions, open_sessions
from stewards.permissions import Action, NotAllowed, may_at_any, require


async def devices_of(reader: Reader, request: PageRequest, holder: Any) -> list[tuple[Any, Any, bool]]:
    """The open sessions of somebody, each with its words and whether it is the one that asks."""
    current = principal_of(request).session_id
    found = await open_sessions(reader, holder, now=district_of(request).clock.now())
    return [(entry, browser_words(entry.browser), entry.id == current) for entry in found]


@get("/me/devices", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_own(request: PageRequest) -> Template:
    """Where the steward is signed in."""
    reader = await district_of(request).database.reader()
    holder = ("steward", own_steward_id(request))
    return page(request, "steward/devices.html", devices=await devices_of(reader, request, holder))


@get("/admin/devices", opt={"action": Action.SESSIONS_EDIT}, include_in_schema=False)
async def show_own_of_staff(request: PageRequest) -> Template:
    """Where the member of staff is signed in.

    Raises:
        NotAllowed: the caller is no member of staff.

    """
    principal = principal_of(request)
    if principal.kind != "staff":
        raise NotAllowed
    reader = await district_of(request).database.reader()
    return page(
        request,
        "staff/devices.html",
        frame=await staff_frame(reader, principal),
        steward=None,
        devices=await devices_of(reader, request, own_holder(principal)),
    )


async def _looked_after(request: PageRequest, steward_id: UUID) -> StewardEntry:
    """A steward whose data the caller may edit.

    Raises:
        NotFound: there is no such steward within reach.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    found = await find_stewards(reader, principal, ids=[steward_id], today=local_date(district.clock.now()))
    if not found:
        raise NotFound
    if not may_at_any(principal, Action.STEWARDS_EDIT, found[0].places):
        require(principal, Action.STEWARDS_EDIT, found[0].places[0])
    return found[0]


@get("/admin/stewards/{steward_id:uuid}/devices", opt={"action": Action.STEWARDS_EDIT}, include_in_schema=False)
async def show_of_steward(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """Where a steward is signed in, for who looks after a lost phone.

    Raises:
        NotFound: there is no such steward within reach.

    """
    steward = await _looked_after(request, steward_id)
    reader = await district_of(request).database.reader()
    return page(
        request,
        "staff/devices.html",
        frame=await staff_frame(reader, principal_of(request)),
        steward=steward,
        devices=await devices_of(reader, request, ("steward", steward_id)),
    )


@post(
    "/devices/end", opt={"action": Action.SESSIONS_EDIT, FORM: ("session",)}, include_in_schema=False, status_code=303
)
async def end_own(request: PageRequest) -> Redirect:
    """End one of one's own sessions, or all but this one.

    Raises:
        SessionUnknown: there is no such session of the caller's.

    """
    district = district_of(request)
    principal = principal_of(request)
    asked = (await read_fields(request)).text("session")
    wanted = uuid_or_none(asked)
    if wanted is None and asked != "others":
        raise NotFound
    await district.database.run(
        lambda tx: end_sessions(
            tx,
            own_holder(principal),
            [wanted] if wanted else None,
            by=principal.actor,
            now=district.clock.now(),
            but=principal.session_id,
        )
    )
    return see_other("/me/devices" if principal.kind == "steward" else "/admin/devices")


@post(
    "/admin/stewards/{steward_id:uuid}/devices/{session_id:uuid}/end",
    opt={"action": Action.STEWARDS_EDIT, FORM: ("session",)},
    include_in_schema=False,
    status_code=303,
)
async def end_of_steward(request: PageRequest, steward_id: FromPath[UUID], session_id: FromPath[UUID]) -> Redirect:
    """End a session of a steward's, such as that of a lost phone.

    Raises:
        NotFound: there is no such steward within reach.
        SessionUnknown: there is no such session of the steward's.

    """
    district = district_of(request)
    principal = principal_of(request)
    now = district.clock.now()
    await _looked_after(request, steward_id)
    await district.database.run(
        lambda tx: end_sessions(tx, ("steward", steward_id), [session_id], by=principal.actor, now=now)
    )
    return see_other(f"/admin/stewards/{steward_id}/devices")


route_handlers: list[Any] = [show_own, show_own_of_staff, show_of_steward, end_own, end_of_steward]
