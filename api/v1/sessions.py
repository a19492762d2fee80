"""Signing in for clients of the API, and who one is."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of, session_secret
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.v1.answers import Page
from api.visits import factor_policy, visit_of
from kernel.database import Tx
from stewards.card_sign_in import sign_in_by_card
from stewards.own_sessions import Holder, SessionEntry, end_sessions, open_sessions
from stewards.permissions import PERMISSIONS, Action, NotAllowed, may
from stewards.pin_codes import CODE_KEPT, CodesOff, ask_for_code
from stewards.pin_reset import reset_pin
from stewards.principal import Principal
from stewards.sessions import SessionSecret, sign_out
from stewards.sign_in import sign_in_staff, sign_in_steward

_TAGS = ["session"]


class SignIn(Body):
    """A steward's number with the PIN, or a member of staff's login with the password."""

    kind: Literal["steward", "staff"]
    name: Annotated[str, Field(min_length=1, max_length=64, description="Number or login")]
    secret: Annotated[str, Field(min_length=1, max_length=200, description="PIN or password")]
    code: Annotated[
        str | None, Field(max_length=64, description="Code of the second factor of staff, or a recovery code")
    ] = None
    device: Annotated[str | None, Field(max_length=128, description="What an earlier answer said in `device`")] = None


class UseCard(Body):
    """The secret of a one-time card, as its QR code or the letters below say it, and the PIN that is chosen."""

    card: Annotated[str, Field(min_length=1, max_length=80)]
    pin: Annotated[str, Field(min_length=6, max_length=6)]
    device: Annotated[str | None, Field(max_length=128, description="What an earlier answer said in `device`")] = None


class AskCode(Body):
    """The steward's number whose phone on file is to get a code."""

    name: Annotated[str, Field(min_length=1, max_length=64)]


class ResetPin(Body):
    """The number, the code that came to its phone, and the PIN that is chosen."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    code: Annotated[str, Field(min_length=1, max_length=16)]
    pin: Annotated[str, Field(min_length=6, max_length=6)]
    device: Annotated[str | None, Field(max_length=128, description="What an earlier answer said in `device`")] = None


class CodeAsked(msgspec.Struct, kw_only=True):
    """A code comes, if the number is known and has a phone on file; whether it does is not told."""

    expires_in_s: int


class SessionShown(msgspec.Struct, kw_only=True):
    """A browser or client in which somebody is signed in. `seen_at` is right to about an hour."""

    id: UUID
    browser: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


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


def own_holder(principal: Principal) -> Holder:
    """The caller as somebody who has sessions.

    Raises:
        NotAllowed: machines have none.

    """
    if principal.kind not in {"steward", "staff"} or principal.id is None:
        raise NotAllowed
    return ("steward" if principal.kind == "steward" else "staff"), principal.id


def session_shown(entry: SessionEntry, current: UUID | None) -> SessionShown:
    """A session as lists show it; `current` is the caller's own."""
    return SessionShown(
        id=entry.id,
        browser=entry.browser,
        created_at=entry.created_at,
        seen_at=entry.seen_at,
        expires_at=entry.expires_at,
        current=entry.id == current,
    )


def _opened(session: SessionSecret) -> SessionOpened:
    return SessionOpened(
        id=session.session_id, token=session.secret, expires_at=session.expires_at, device=session.device
    )


@post("/sessions", opt={"public": True}, tags=_TAGS, operation_id="signIn")
async def sign_in(request: JinpaiRequest, data: JSONBody[SignIn]) -> SessionOpened:
    """Open a session. Tries are limited by name and by address; known and unknown names answer alike.

    Staff with a second factor send its `code` too; without it the answer is `second_factor_needed`.
    """
    district = district_of(request)
    visit = await visit_of(request, district, device=data.device)
    if data.kind == "steward":
        return _opened(await sign_in_steward(district.database, data.name, data.secret, visit=visit))
    factor = await factor_policy(district)
    return _opened(
        await sign_in_staff(district.database, data.name, data.secret, visit=visit, factor=factor, code=data.code)
    )


@post("/sessions/card", opt={"public": True}, tags=_TAGS, operation_id="signInByCard")
async def sign_in_with_card(request: JinpaiRequest, data: JSONBody[UseCard]) -> SessionOpened:
    """Use a one-time card up: the steward's PIN is the chosen one, and a session opens. Unknown and used cards answer
    alike.
    """
    district = district_of(request)
    visit = await visit_of(request, district, device=data.device)
    return _opened(await sign_in_by_card(district.database, data.card, data.pin, visit=visit))


@post(
    "/sessions/codes",
    opt={"public": True},
    tags=_TAGS,
    operation_id="askForCode",
    status_code=202,
    responses={202: ResponseSpec(CodeAsked, description="Asked for")},
)
async def ask_code(request: JinpaiRequest, data: JSONBody[AskCode]) -> CodeAsked:
    """Ask for a code to the phone on file of a steward who forgot the PIN. Known and unknown numbers answer alike.

    Raises:
        CodesOff: nobody carries codes here.

    """
    district = district_of(request)
    if district.sender is None:
        raise CodesOff
    visit = await visit_of(request, district)
    await ask_for_code(district.database, data.name, visit=visit, secret_key=district.settings.secret_key)
    district.dispatcher.wake()
    return CodeAsked(expires_in_s=int(CODE_KEPT.total_seconds()))


@post("/sessions/code", opt={"public": True}, tags=_TAGS, operation_id="signInByCode")
async def sign_in_with_code(request: JinpaiRequest, data: JSONBody[ResetPin]) -> SessionOpened:
    """Use a code up: the steward's PIN is the chosen one, other sessions end, a new one opens.

    Wrong, used and old codes answer alike, and so do unknown numbers.
    """
    district = district_of(request)
    visit = await visit_of(request, district, device=data.device)
    key = district.settings.secret_key
    return _opened(await reset_pin(district.database, data.name, data.code, data.pin, visit=visit, secret_key=key))


@get("/sessions", opt={"action": Action.SESSIONS_EDIT}, tags=_TAGS, operation_id="listSessions")
async def list_own(request: JinpaiRequest) -> Page[SessionShown]:
    """Where the caller is signed in, the session last seen first."""
    district = district_of(request)
    principal = principal_of(request)
    found = await open_sessions(await district.database.reader(), own_holder(principal), now=district.clock.now())
    return Page(data=[session_shown(entry, principal.session_id) for entry in found], has_more=False)


@delete("/sessions/{session_id:uuid}", opt={"action": Action.SESSIONS_EDIT}, tags=_TAGS, operation_id="endSession")
async def end_own(request: JinpaiRequest, session_id: FromPath[UUID]) -> None:
    """End one of the caller's own sessions, such as that of a lost phone. Its browser is strange again."""
    district = district_of(request)
    principal = principal_of(request)
    await district.database.run(
        lambda tx: end_sessions(tx, own_holder(principal), [session_id], by=principal.actor, now=district.clock.now())
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


route_handlers: list[Any] = [sign_in, sign_in_with_card, ask_code, sign_in_with_code, leave, list_own, end_own, me]
