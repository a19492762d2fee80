"""The board of streets: the monthly grid assessment for everybody."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.errors import NotFound
from api.pages.rendering import PageRequest, page
from rewards.street_scores.reading import months_of, street_board

_MOST_MONTHS = 36


@get("/streets", opt={"public": True}, include_in_schema=False)
async def show_streets(request: PageRequest) -> Template:
    """The streets of a month in order, the newest month first.

    Raises:
        NotFound: that month was not assessed.

    """
    reader = await district_of(request).database.reader()
    months = await months_of(reader)
    asked = request.query_params.get("month")
    if asked and asked not in months:
        raise NotFound
    board = await street_board(reader, asked or months[0]) if months else None
    return page(request, "public/streets.html", board=board, months=months[:_MOST_MONTHS])


route_handlers: list[Any] = [show_streets]
