"""The steward's own titles: what is held, and how the own line stands in each round, rule by rule."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.own import own_steward_id
from api.pages.rendering import PageRequest, page
from rewards.titles.awards import titles_of
from rewards.titles.causes import LIST_STATES
from rewards.titles.explaining import OUTCOMES
from rewards.titles.own_reading import own_lines
from rewards.titles.persistence import FIRSTS, persistence_of
from rewards.titles.progress import progress_of
from rewards.titles.team_titles import team_titles_of
from stewards.permissions import Action


@get("/me/titles", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_titles(request: PageRequest) -> Template:
    """Titles that are held, the way to those whose rules are out, and the own line in rounds that are computed."""
    steward_id = own_steward_id(request)
    district = district_of(request)
    reader = await district.database.reader()
    held = await titles_of(reader, [steward_id], revoked=True)
    return page(
        request,
        "steward/titles.html",
        held=held[steward_id],
        of_teams=await team_titles_of(reader, steward_id),
        running=await progress_of(reader, steward_id, now=district.clock.now()),
        lines=await own_lines(reader, steward_id),
        persistence=await persistence_of(reader, steward_id, now=district.clock.now()),
        firsts=FIRSTS,
        outcomes=OUTCOMES,
        states=LIST_STATES,
    )


route_handlers: list[Any] = [show_titles]
