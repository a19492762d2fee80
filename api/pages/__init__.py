"""HTML pages, a file per audience. Handlers are thin: they read with domain functions and write with domain verbs."""

from typing import Any

from api.pages import (
    display,
    front,
    handling,
    home,
    inbox,
    lane,
    own_cases,
    preferences,
    queue,
    report,
    rules,
    sign_in,
    statement,
)

_AUDIENCES = (front, preferences, sign_in, lane, rules, display, home, statement, inbox, report, own_cases, queue, handling)

route_handlers: list[Any] = [handler for audience in _AUDIENCES for handler in audience.route_handlers]
