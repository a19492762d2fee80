"""The audit trail: who did what to whom, and when."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import QueryParameter

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.v1.answers import Page
from api.v1.parameters import Limit, StartingAfter
from stewards.audit_trail import LONGEST_QUERY, TrailQuery, read_trail
from stewards.permissions import Action


class DeedShown(msgspec.Struct, kw_only=True):
    """One deed. `detail` holds codes, ids and numbers; people are named by their ids."""

    id: UUID
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    action: str
    subject_kind: str
    subject_id: UUID | None
    detail: dict[str, Any]
    request_id: str | None


@get("/audit", opt={"action": Action.AUDIT_READ}, tags=["staff"], operation_id="readAudit")
async def read(
    request: JinpaiRequest,
    *,
    person: Annotated[
        str | None, QueryParameter(max_length=LONGEST_QUERY, description="A steward's number or a login")
    ] = None,
    kind: Annotated[
        str | None,
        QueryParameter(max_length=32, pattern="^[a-z_]+$", description="First part of the action, such as `staff`"),
    ] = None,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[DeedShown]:
    """The deeds within the caller's reach, the newest first."""
    query = TrailQuery(person=person, kind=kind, starting_after=starting_after, limit=limit)
    found, has_more = await read_trail(await district_of(request).database.reader(), principal_of(request), query)
    data = [
        DeedShown(
            id=deed.id,
            recorded_at=deed.recorded_at,
            actor_kind=deed.actor_kind,
            actor_id=deed.actor_id,
            action=deed.action,
            subject_kind=deed.subject_kind,
            subject_id=deed.subject_id,
            detail=dict(deed.detail),
            request_id=deed.request_id,
        )
        for deed in found
    ]
    return Page(data=data, has_more=has_more)


route_handlers: list[Any] = [read]
