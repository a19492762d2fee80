"""Signing in for clients of the API, and who one is."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody
from pydantic import Field

from api.access import principal_of, session_secret
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.sources import source_of
from kernel.database import Tx
from stewards.permissions import PERMISSIONS, Action, may
from stewards.sessions import SessionSecret, sign_out
from stewards.sign_in import sign_in_staff, sign_in_steward

_TAGS = ["session"]


class SignIn(Body):
    """A steward's number with the PIN, or a member of staff's login with the password."""

    kind: Literal["steward", "staff"]
    name: Annotated[str, Field(min_length=1, max_length=64, description="Number or login")]
    secret: Annotated[str, Field(min_length=1, max_length=200, description="PIN or password")]
    device: Annotated[str | None, Field(max_length=128, description="What an earlier answer said in `device`")] = None


class SessionOpened(msgspec.Struct, kw_only=True):
    """A session; `token` is said once and goes into the Authorization header.

    `device`, sent with the next sign-in, keeps strangers' guesses from locking this client out.
    """

    id: UUID
    token: str
    expires_at: datetime
    device: str | None


class GrantShown(msgspec.Struct, kw_only=True):
    """A role in a part of the district."""

    role: str
    scope: str
    scope_id: UUID | None


class Me(msgspec.Struct, kw_only=True):
    """Who is calling, and what that caller may do somewhere."""

    kind: str
    id: UUID | None
    name: str
    steward_id: UUID | None
    grants: list[GrantShown]
    actions: list[str]


@post("/sessions", opt={"public": True}, tags=_TAGS, operation_id="signIn")
async def sign_in(request: JinpaiRequest, data: JSONBody[SignIn]) -> SessionOpened:
    """Open a session. Tries are limited by name and by address; known and unknown names answer alike."""
    district = district_of(request)
    enter = sign_in_steward if data.kind == "steward" else sign_in_staff
    opened: Awaitable[SessionSecret] = enter(
        district.database,
        data.name,
        data.secret,
        source=source_of(request, district.settings.trusted_proxies),
        clock=district.clock,
        lifetime=timedelta(days=district.settings.session_days),
        device=data.device,
    )
    session = await opened
    return SessionOpened(
        id=session.session_id, token=session.secret, expires_at=session.expires_at, device=session.device
    )


@delete("/sessions/current", opt={"public": True}, tags=_TAGS, operation_id="signOut")
async def leave(request: JinpaiRequest) -> None:
    """End the session that this request came with, if any."""
    district = district_of(request)
    secret = session_secret(request)
    if secret is None:
        return

    async def end(tx: Tx) -> None:
        await sign_out(tx, secret, now=district.clock.now())

    await district.database.run(end)


@get("/me", opt={"action": Action.BOARDS_READ}, tags=_TAGS, operation_id="me")
async def me(request: JinpaiRequest) -> Me:
    """Who one is to the service."""
    principal = principal_of(request)
    return Me(
        kind=principal.kind,
        id=principal.id,
        name=principal.name,
        steward_id=principal.steward_id,
        grants=[
            GrantShown(role=grant.role, scope=grant.scope_kind, scope_id=grant.scope_id) for grant in principal.grants
        ],
        actions=sorted(action.value for action in PERMISSIONS if may(principal, action)),
    )


route_handlers: list[Any] = [sign_in, leave, me]
