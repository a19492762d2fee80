"""The steward's home: what there is to spend, what is on its way, the place this month, the newest lines."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.pages.categories import read_categories
from api.pages.entries import line_of
from api.pages.levels import ladder_words
from api.pages.own import read_self
from api.pages.place import place_words
from api.pages.rendering import PageRequest, page
from cases.pending import pending_points
from cases.queue import CaseFilter, list_cases
from cases.wording import State
from kernel.clock import local_date
from points.balances import balance
from points.own_levels import own_levels
from points.statement import statement
from rewards.periods import Period
from rewards.standing import standing_of
from stewards.inbox import read_inbox
from stewards.permissions import Action
from stewards.roles import Scope, ScopeKind

_RECENT_LINES = 4
_WAITING_CASES = 3


@get("/me", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def home(request: PageRequest) -> Template:
    """The steward's own home."""
    district = district_of(request)
    now = district.clock.now()
    reader = await district.database.reader()
    steward = await read_self(reader, request)
    waiting = await list_cases(
        reader,
        principal_of(request),
        CaseFilter(states=(State.REPORTED, State.RETURNED), steward_id=steward.id),
        limit=_WAITING_CASES,
    )
    unread, more_unread = await read_inbox(reader, steward.id, unread_only=True, limit=1)
    purse = await balance(reader, steward.id, now=now)
    categories = await read_categories(reader, local_date(now))
    own = await own_levels(reader, categories.rules, purse, now=now)
    street = Scope(ScopeKind.STREET, steward.street_id)
    return page(
        request,
        "steward/home.html",
        steward=steward,
        purse=purse,
        ladders=ladder_words(own, categories, minutes=purse.minutes, points=purse.lifetime),
        pending=(await pending_points(reader, [steward.id]))[steward.id],
        place=place_words(await standing_of(reader, steward.id, Period.MONTH, street, now=now)),
        waiting=waiting,
        lines=[line_of(entry) for entry in await statement(reader, steward.id, limit=_RECENT_LINES)],
        unread=unread,
        more_unread=more_unread,
        categories=categories,
    )


route_handlers: list[Any] = [home]
