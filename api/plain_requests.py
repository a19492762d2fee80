"""What the straight ways past the framework share: which requests are plain enough, and how they are answered.

See api.straight_steps and api.straight_boards for the ways themselves.
"""

from collections.abc import Iterable, Mapping

from litestar import Litestar
from litestar.types import Scope, Send

from api.access import declared_action, stated_routes
from stewards.permissions import Action

Headers = Mapping[bytes, bytes]

_BEARER = b"bearer "
# Browsers' cookies need their CSRF token looked at; the others say something about the body or the connection.
_UNUSUAL = frozenset({b"cookie", b"transfer-encoding", b"content-encoding", b"expect", b"if-match", b"if-none-match"})


def actions_of(app: Litestar, method: str) -> dict[str, Action | None]:
    """The action that each route of a method declares, by its path as stated."""
    return {path: declared_action(handler) for stated, path, handler in stated_routes(app) if stated == method}


def plain_headers(scope: Scope) -> Headers | None:
    """The headers of a request that has a bearer token and nothing out of the way; None where it is anything else."""
    headers = dict(reversed(list(scope["headers"])))  # the first of several counts
    if (
        scope.get("root_path")
        or headers.get(b"authorization", b"")[: len(_BEARER)].lower() != _BEARER
        or headers.keys() & _UNUSUAL
    ):
        return None
    return headers


def bearer_of(headers: Headers) -> str:
    """The token of a request whose headers are plain."""
    return headers[b"authorization"][len(_BEARER) :].strip().decode("latin-1")


async def send_answer(
    send: Send, status: int, media_type: str, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a whole answer."""
    named = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body, "more_body": False})
