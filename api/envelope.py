"""What every answer carries: a request id, the reader's language and the headers that keep a browser safe."""

import random
import re
from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import Message, Scope

from kernel.messages import LOCALES, Locale

LOCALE_COOKIE = "jinpai_lang"
_STATE = "jinpai"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "img-src 'self' data: blob:"
)
_SAFE_HEADERS = (
    (b"content-security-policy", _CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_SAFE_NAMES = frozenset(name for name, _ in _SAFE_HEADERS)
_TRANSPORT_SECURITY = (b"strict-transport-security", b"max-age=31536000")


def _own(scope: Scope) -> dict[str, Any]:
    """What this package notes about a request."""
    state: dict[str, Any] = scope.setdefault("state", {})
    found: dict[str, Any] = state.setdefault(_STATE, {})
    return found


def header(scope: Scope, name: bytes) -> bytes | None:
    """A request header's first value."""
    return next((value for key, value in scope["headers"] if key == name), None)


def request_id(scope: Scope) -> str:
    """The id of this request: the caller's X-Request-Id where it is a plain word, else a new one."""
    own = _own(scope)
    if "request_id" not in own:
        given = header(scope, b"x-request-id")
        own["request_id"] = given.decode() if given and _REQUEST_ID.fullmatch(given) else _new_id()
    known: str = own["request_id"]
    return known


def _new_id() -> str:
    return f"{random.getrandbits(96):024x}"


def locale_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Locale:
    """The reader's language: `?lang=`, then the cookie, then Accept-Language, else Chinese."""
    own = _own(connection.scope)
    if "locale" not in own:
        own["locale"] = _negotiated(connection)
    known: Locale = own["locale"]
    return known


def know_locale(scope: Scope, locale: Locale) -> None:
    """Note the reader's language where it was told already."""
    _own(scope)["locale"] = locale


def _negotiated(connection: ASGIConnection[Any, Any, Any, Any]) -> Locale:
    for asked in (connection.query_params.get("lang"), connection.cookies.get(LOCALE_COOKIE)):
        for locale in LOCALES:
            if asked == locale:
                return locale
    accepted = header(connection.scope, b"accept-language") or b""
    return preferred_locale(accepted.decode("latin-1"))


def preferred_locale(accept_language: str) -> Locale:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4); Chinese when none is named."""
    best: Locale = "zh"
    if not accept_language:
        return best
    weight = 0.0
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            value = float(quality) if quality else 1.0
        except ValueError:
            continue
        for locale in LOCALES:
            if tag.lower().partition("-")[0] == locale and value > weight:
                best, weight = locale, value
    return best


def is_secure(scope: Scope) -> bool:
    """Whether the caller's browser speaks https: by the address that people type, as TLS may end at a proxy."""
    public_url: str = scope["litestar_app"].state.settings.public_url
    return public_url.startswith("https:") or scope["scheme"] == "https"


def safe_headers(public_url: str) -> Callable[[Message, Scope], Awaitable[None]]:
    """A before_send hook, so that errors have them too: puts the request id and the security headers on an answer."""
    always_secure = public_url.startswith("https:")

    async def add(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
            return
        headers = list(message.get("headers", []))
        names = {name.lower() for name, _ in headers}
        headers.append((b"x-request-id", request_id(scope).encode()))
        stated = names & _SAFE_NAMES
        headers += [pair for pair in _SAFE_HEADERS if pair[0] not in stated] if stated else _SAFE_HEADERS
        if always_secure or scope["scheme"] == "https":
            headers.append(_TRANSPORT_SECURITY)
        if b"cache-control" not in names:
            headers.append((b"cache-control", b"no-store"))
        if b"vary" not in names and not scope["path"].startswith("/static/"):
            headers.append((b"vary", b"Accept, Accept-Language, Cookie"))
        message["headers"] = headers

    return add
