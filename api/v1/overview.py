"""What waits for the caller today, counted."""

from typing import Any

import msgspec
from litestar import get

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.overview import read_overview
from api.v1.answers import Page
from kernel.messages import translate
from stewards.permissions import Action


class OverviewLine(msgspec.Struct, kw_only=True):
    """A kind of work by its code and in words, how much of it waits, and the page where it is done."""

    code: str
    words: str
    count: int
    path: str


@get("/overview", opt={"action": Action.CASES_VERIFY}, tags=["cases"], operation_id="readOverview")
async def read(request: JinpaiRequest) -> Page[OverviewLine]:
    """Every kind of work that the caller may do, in the order of a day, with how much of it waits (0 included)."""
    district = district_of(request)
    found = await read_overview(await district.database.reader(), principal_of(request), now=district.clock.now())
    locale = locale_of(request)
    data = [
        OverviewLine(code=one.code, words=translate(one.words, locale), count=one.count, path=one.path) for one in found
    ]
    return Page(data=data, has_more=False)


route_handlers: list[Any] = [read]
