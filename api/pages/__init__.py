"""HTML pages, a file per audience. Handlers are thin: they read with domain functions and write with domain verbs."""

from typing import Any

from api.pages import (
    appointments,
    boards,
    budgets,
    collecting,
    consents,
    desk,
    display,
    displays,
    draws,
    exports,
    front,
    funding,
    grants,
    handling,
    home,
    importing,
    inbox,
    lane,
    lane_list,
    leaving,
    order_queue,
    own_cases,
    own_orders,
    pairing,
    penalties,
    preferences,
    proxy,
    queue,
    rate,
    rechecks,
    redeem,
    rehearsals,
    report,
    reports,
    roster,
    rule_drafts,
    rules,
    sign_in,
    slips,
    statement,
    stock,
)

_PAGES = (
    *(front, preferences, sign_in, lane, lane_list, rules, display, pairing, rate),
    *(rechecks, budgets, displays),
    *(home, boards, statement, inbox, consents, report, own_cases, redeem, own_orders),
    *(queue, handling, proxy, exports, importing, roster, slips, grants, penalties, reports, leaving),
    *(rule_drafts, rehearsals),
    *(desk, appointments, draws, funding),
    *(order_queue, collecting, stock),
)

route_handlers: list[Any] = [handler for pages in _PAGES for handler in pages.route_handlers]
