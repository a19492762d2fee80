"""HTML pages, a file per audience. Handlers are thin: they read with domain functions and write with domain verbs."""

from typing import Any

from api.pages import front, preferences

route_handlers: list[Any] = [
    *front.route_handlers,
    *preferences.route_handlers,
]
