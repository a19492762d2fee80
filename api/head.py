"""HEAD wherever GET works (RFC 9110, 9.3.2): answered as GET would be, without the body. OPTIONS names all methods."""

from types import SimpleNamespace

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.access import is_automatic


def answers_head(app: ASGIApp) -> ASGIApp:
    """An app around one that knows GET alone."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            # The server below minds the method: a body that is promised by its length but does not come is no fault.
            if message["type"] == "http.response.start":
                scope["method"] = "HEAD"
            elif message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        scope["method"] = "GET"
        await app(scope, receive, send_without_body)

    return answer


def name_all_methods(app: Litestar) -> None:
    """Have OPTIONS name every method of a path.

    The framework (2.25) makes its answer with the first handler of a path, and keeps it when more come.
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            methods = set(route.methods) | ({"HEAD"} if "GET" in route.methods else set())
            for handler in route.route_handlers:
                if is_automatic(handler):
                    (route_told,) = handler.fn.__closure__ or ()
                    route_told.cell_contents = SimpleNamespace(methods=methods)
