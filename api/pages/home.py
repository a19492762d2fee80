"""The steward's home: what there is to spend, what is on its way, the place this month, the newest lines."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.pages.categories import Categories, read_categories
from api.pages.entries import line_of
from api.pages.levels import ladder_words
from api.pages.own import own_steward_id, read_self
from api.pages.place import place_words
from api.pages.rendering import PageRequest, page
from cases.pending import pending_points
from cases.queue import CaseFilter, list_cases
from cases.wording import State
from kernel.clock import local_date
from kernel.database import Reader, Together
from points.balances import Balance, balance
from points.own_levels import OwnLevels, own_levels
from points.statement import statement
from rewards.periods import Period
from rewards.standing import Standing, standing_of
from stewards.directory import StewardEntry
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
    own_id = own_steward_id(request)
    unverified = CaseFilter(states=(State.REPORTED, State.RETURNED), steward_id=own_id)
    async with Together(await district.database.reader()) as ask:
        placed = ask(_placed, request, now)
        waiting = ask(list_cases, principal_of(request), unverified, limit=_WAITING_CASES)
        inbox = ask(read_inbox, own_id, unread_only=True, limit=1)
        reached = ask(_reached, own_id, now)
        pending = ask(pending_points, [own_id])
        lines = ask(statement, own_id, limit=_RECENT_LINES)
    steward, standing = placed.result()
    purse, categories, own = reached.result()
    unread, more_unread = inbox.result()
    return page(
        request,
        "steward/home.html",
        steward=steward,
        purse=purse,
        ladders=ladder_words(own, categories, minutes=purse.minutes, points=purse.lifetime),
        pending=pending.result()[own_id],
        place=place_words(standing),
        waiting=waiting.result(),
        lines=[line_of(entry) for entry in lines.result()],
        unread=unread,
        more_unread=more_unread,
        categories=categories,
    )


async def _placed(reader: Reader, request: PageRequest, now: datetime) -> tuple[StewardEntry, Standing]:
    """The caller, and the place in the own street this month."""
    steward = await read_self(reader, request)
    street = Scope(ScopeKind.STREET, steward.street_id)
    return steward, await standing_of(reader, steward.id, Period.MONTH, street, now=now)


async def _reached(reader: Reader, steward_id: UUID, now: datetime) -> tuple[Balance, Categories, OwnLevels]:
    """What there is in the purse, and the levels that it makes."""
    async with Together(reader) as ask:
        had = ask(balance, steward_id, now=now)
        named = ask(read_categories, local_date(now))
    purse, categories = had.result(), named.result()
    return purse, categories, await own_levels(reader, categories.rules, purse, now=now)


route_handlers: list[Any] = [home]
