"""The steward's messages and profile."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from api.composition import district_of
from api.form_fields import FORM
from api.pages.consents import FIELD_NAMES
from api.pages.own import own_steward_id, read_self
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.clock import local_date
from stewards.consents import OFF_BOARDS, consents_since
from stewards.inbox import count_unread, mark_read, read_inbox
from stewards.permissions import Action

_PAGE = 20


@get("/me/inbox", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_inbox(request: PageRequest) -> Template:
    """What the steward was told, the newest first."""
    steward_id = own_steward_id(request)
    reader = await district_of(request).database.reader()
    after = uuid_or_none(request.query_params.get("after"))
    messages, has_more = await read_inbox(reader, steward_id, starting_after=after, limit=_PAGE)
    return page(
        request,
        "steward/inbox.html",
        messages=messages,
        has_more=has_more,
        unread=await count_unread(reader, steward_id),
    )


@post("/me/inbox/read", opt={"action": Action.INBOX_READ, FORM: ()}, include_in_schema=False, status_code=303)
async def mark_all_read(request: PageRequest) -> Redirect:
    """Mark every message as read."""
    steward_id = own_steward_id(request)
    district = district_of(request)
    now = district.clock.now()
    await district.database.run(lambda tx: mark_read(tx, steward_id, now=now))
    return see_other("/me/inbox")


@get("/me/profile", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_profile(request: PageRequest) -> Template:
    """What is kept about the steward, and the ways on."""
    reader = await district_of(request).database.reader()
    steward = await read_self(reader, request)
    since = await consents_since(reader, steward.id)
    return page(
        request,
        "steward/profile.html",
        steward=steward,
        consents=[
            (field, name, local_date(since[field]) if field in since else None) for field, name in FIELD_NAMES.items()
        ],
        off_boards_since=local_date(since[OFF_BOARDS]) if OFF_BOARDS in since else None,
        unread=await count_unread(reader, steward.id),
    )


route_handlers: list[Any] = [show_inbox, mark_all_read, show_profile]
