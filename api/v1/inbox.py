"""A steward's inbox (消息): what happened and why."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromQuery, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.v1.answers import Page
from api.v1.parameters import Limit, StartingAfter
from kernel.database import Tx
from stewards.inbox import mark_read, read_inbox
from stewards.permissions import Action, NotAllowed

_TAGS = ["stewards"]


class MessageShown(msgspec.Struct, kw_only=True):
    """A message: its sentence in the language asked for, and the code and parameters that it was made of."""

    id: UUID
    code: str
    params: dict[str, Any]
    text: str
    created_at: datetime
    read_at: datetime | None


class MarkRead(Body):
    """Which messages were read; all of them where `ids` is left out."""

    ids: Annotated[list[UUID] | None, Field(max_length=200)] = None


class MarkedRead(msgspec.Struct, kw_only=True):
    """How many were unread until now."""

    marked: int


@get("/inbox", opt={"action": Action.INBOX_READ}, tags=_TAGS, operation_id="listMessages")
async def list_all(
    request: JinpaiRequest,
    unread: FromQuery[bool] = False,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[MessageShown]:
    """One's own messages, newest first."""
    reader = await district_of(request).database.reader()
    entries, has_more = await read_inbox(
        reader, _own_id(request), unread_only=unread, starting_after=starting_after, limit=limit
    )
    locale = locale_of(request)
    shown = [
        MessageShown(
            id=entry.id,
            code=entry.code,
            params=dict(entry.params),
            text=entry.text.render(locale),
            created_at=entry.created_at,
            read_at=entry.read_at,
        )
        for entry in entries
    ]
    return Page(data=shown, has_more=has_more)


@post("/inbox/read", opt={"action": Action.INBOX_READ}, tags=_TAGS, operation_id="markRead", status_code=200)
async def mark(request: JinpaiRequest, data: JSONBody[MarkRead | None] = None) -> MarkedRead:
    """Mark messages as read."""
    district = district_of(request)
    steward_id = _own_id(request)

    async def use_case(tx: Tx) -> int:
        return await mark_read(tx, steward_id, ids=data.ids if data else None, now=district.clock.now())

    return MarkedRead(marked=await district.database.run(use_case))


def _own_id(request: JinpaiRequest) -> UUID:
    steward_id = principal_of(request).steward_id
    if steward_id is None:
        raise NotAllowed
    return steward_id


route_handlers: list[Any] = [list_all, mark]
