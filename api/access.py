"""Who may come in: every route states its action, the caller is told by token or cookie, writes by cookie prove origin.

A route states `opt={"action": Action.X}` or `{"public": True}`; an app with a route that states neither does not start.
A page's route that writes states the fields of its form besides (api.form_fields), or the app does not start either.
Roles are checked here, places and own data by the route, which knows what it touches.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from api.bodies import JinpaiRequest
from api.composition import District, district_of
from api.envelope import header, is_secure, request_id
from api.errors import NotFound, RequestUnreadable
from api.form_fields import CSRF_FIELD, FORM, UnknownField, refuse_unknown
from kernel.errors import Kind, Refusal
from kernel.logs import bind_request
from kernel.messages import N_
from stewards.permissions import Action, SignInNeeded, require
from stewards.principal import Principal
from stewards.sessions import authenticate_session, csrf_matches
from stewards.sessions import csrf_token as token_of_session

SESSION_COOKIE = "jinpai_session"
CSRF_HEADER = b"x-csrf-token"
SIGNS_IN = "signs_in"
"""The name under which a route states in its `opt` that it opens a session, whatever session was before."""

_LONGEST_NAME = 80  # characters; 240 bytes at most
_LONGEST_PATH = 1_024
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class UndeclaredRoutes(RuntimeError):  # noqa: N818 - names the state
    """Routes that state no action and are not public, or take a form and do not state its fields."""


class WrongOrigin(Refusal):
    """A write came from another site's page, or without the page's token (跨站请求)."""

    code = "wrong_origin"
    kind = Kind.FORBIDDEN
    message = N_("这个请求不是从本站页面发出的，请刷新页面再试。")


def declared_action(handler: HTTPRouteHandler) -> Action | None:
    """The action that a route states; None where it is public.

    Raises:
        LookupError: it states neither.

    """
    opt: Mapping[str, Any] = handler.opt
    if opt.get("public") is True:
        return None
    action = opt.get("action")
    if not isinstance(action, Action):
        raise LookupError(handler.handler_name)  # noqa: TRY004 - a declaration is missing
    return action


def stated_routes(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Every route of the app as (method, path, handler), save the OPTIONS that the framework answers by itself."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            yield "*", route.path, None  # type: ignore[misc]
            continue
        for handler in route.route_handlers:
            if not is_automatic(handler):
                for method in sorted(handler.http_methods):
                    yield method, route.path_format, handler


def is_automatic(handler: HTTPRouteHandler) -> bool:
    """Whether the framework made it by itself, to answer OPTIONS."""
    return handler.http_methods == {"OPTIONS"} and handler.fn.__module__.startswith("litestar.")


def check_declarations(app: Litestar) -> None:
    """Refuse to start with a route that states no action, or a page's write that does not state its fields.

    Raises:
        UndeclaredRoutes: names each.

    """
    missing = []
    for method, path, handler in stated_routes(app):
        try:
            declared_action(handler)
        except (LookupError, AttributeError):
            missing.append(f"{method} {path}")
            continue
        if method not in _READS and not path.startswith("/api/") and FORM not in handler.opt:
            missing.append(f"{method} {path} (fields)")
    if missing:
        raise UndeclaredRoutes(", ".join(missing))


class Access(ASGIMiddleware):
    """Finds the caller, then lets the request through to its route or refuses it."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Check one request.

        Raises:
            SignInNeeded: the route is not public and nobody is signed in.
            NotAllowed: no role of the caller may do this anywhere.
            WrongOrigin: a write that another site's page sent.
            UnknownField: a form with a field that its route does not state.
            NotFound: a path that no file or thing of ours can have.

        """
        handler = scope["route_handler"]
        if scope["type"] == ScopeType.HTTP and isinstance(handler, HTTPRouteHandler) and not is_automatic(handler):
            bind_request(request_id(scope))
            request = JinpaiRequest(scope, receive, send)
            if _is_no_path_of_ours(scope["path"]):
                raise NotFound
            if b"%00" in scope["query_string"]:
                raise RequestUnreadable
            district = district_of(request)
            scope["state"]["started_s"] = time.perf_counter()
            scope["user"], scope["auth"] = await _identify(district, request)
            if scope["method"] not in _READS:
                await _check_origin(district, request, by_token=not handler.opt.get(SIGNS_IN))
            action = declared_action(handler)
            if action is not None:
                require(scope["user"], action)
            if FORM in handler.opt:
                await _check_form(request, handler.opt[FORM])
            if scope["user"] is not None and scope["user"].session_id is not None:
                await district.last_seen.note(scope["user"].session_id, district.clock.now())
                district.last_used.note([scope["user"]], district.clock.now())  # partners' sessions stand on a token
        await next_app(scope, receive, send)


async def _identify(district: District, request: JinpaiRequest) -> tuple[Principal | None, str | None]:
    """The caller, and the secret of the session where a cookie told who it is.

    Raises:
        SignInNeeded: a bearer token was shown that does not hold.

    """
    authorization = header(request.scope, b"authorization")
    if authorization is not None:
        scheme, _, secret = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not secret:
            raise SignInNeeded
        return await _bearer(district, secret.strip().decode("latin-1")), None
    session = request.cookies.get(SESSION_COOKIE)
    if session:
        principal = await authenticate_session(await district.database.reader(), session, now=district.clock.now())
        if principal is not None:
            return principal, session
    return None, None


def session_secret(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The secret of the session that a request came with, by cookie or as a bearer token."""
    by_cookie: str | None = connection.scope.get("auth")
    authorization = header(connection.scope, b"authorization")
    if by_cookie is None and authorization is not None:
        return authorization.partition(b" ")[2].strip().decode("latin-1")
    return by_cookie


async def _bearer(district: District, secret: str) -> Principal:
    found = await district.token_holders.submit(secret)
    if found is None:
        found = await authenticate_session(await district.database.reader(), secret, now=district.clock.now())
    if found is None:
        raise SignInNeeded
    return found


def principal_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal:
    """The caller of a route that is not public.

    Raises:
        SignInNeeded: nobody is signed in.

    """
    found: object = connection.scope.get("user")
    if not isinstance(found, Principal):
        raise SignInNeeded
    return found


def csrf_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """What a page's forms and scripts send along with writes: bound to the session, worth nothing elsewhere."""
    session: str | None = connection.scope.get("auth")
    return token_of_session(district_of(connection).settings.secret_key, session) if session else ""


def _is_no_path_of_ours(path: str) -> bool:
    """Whether a path holds a NUL or is longer than file systems take names."""
    return "\x00" in path or len(path) > _LONGEST_PATH or any(len(part) > _LONGEST_NAME for part in path.split("/"))


async def _check_origin(district: District, request: JinpaiRequest, *, by_token: bool) -> None:
    """Refuse writes that another site's page sent. Bearer tokens are never sent by a page on its own.

    Signing in goes without the page's token (`by_token`): its page may have been opened before somebody signed in in
    another window. What replaces a session gains nothing from the old one.

    Raises:
        WrongOrigin: the Origin is another, the browser says 'cross-site', or the page's token is missing or wrong.

    """
    scope = request.scope
    if header(scope, b"authorization") is not None:
        return
    if header(scope, b"sec-fetch-site") in {b"cross-site", b"same-site"}:
        raise WrongOrigin
    origin = header(scope, b"origin")
    if origin is not None and not _is_ours(scope, origin.decode("latin-1"), district.settings.public_url):
        raise WrongOrigin
    session: str | None = scope.get("auth")
    if session is None or not by_token:
        return
    given = header(scope, CSRF_HEADER)
    token = given.decode("latin-1") if given is not None else None
    if token is None and request.content_type[0] in _FORMS:
        field = (await request.form()).get(CSRF_FIELD)
        token = field if isinstance(field, str) else None
    if token is None or not csrf_matches(district.settings.secret_key, session, token):
        raise WrongOrigin


async def _check_form(request: JinpaiRequest, known: Collection[str]) -> None:
    """Refuse a form with a field that its route does not state.

    Raises:
        UnknownField: names the first.

    """
    form = await request.form()
    try:
        refuse_unknown(form, known)
    except UnknownField:
        await form.close()  # the framework closes uploads where a route was reached
        raise


def _is_ours(scope: Scope, origin: str, public_url: str) -> bool:
    if origin == public_url:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:  # such as half an IPv6 address
        return False
    host = header(scope, b"host")
    scheme = "https" if is_secure(scope) else "http"
    return host is not None and (parts.scheme, parts.netloc.encode("latin-1")) == (scheme, host)
