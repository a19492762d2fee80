"""The lane page for residents: how long and wide it is, who looks after it, what was done this month."""

from typing import Any

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from api.composition import district_of
from api.errors import NotFound
from api.pages.cards import name_card
from api.pages.categories import read_categories
from api.pages.rendering import PageRequest, page
from cases.queue import CaseFilter, count_by_state, list_cases
from cases.wording import State
from kernel.clock import local_date
from rewards.stories.thanking import THANKS
from stewards.cards import cards_of
from stewards.directory import StewardQuery, list_stewards
from stewards.lanes import list_communities, list_streets, load_lanes
from stewards.principal import system_principal

_RECENT = 6


@get("/lanes/{code:str}", opt={"public": True}, include_in_schema=False)
async def show_lane(request: PageRequest, code: FromPath[str]) -> Template:
    """A lane. Says what was done and when, never who reported what or where exactly; names as consented.

    Raises:
        NotFound: there is no such lane.

    """
    district = district_of(request)
    reader = await district.database.reader()
    lane = (await load_lanes(reader, codes={code})).by_code.get(code)
    if lane is None:
        raise NotFound
    today = local_date(district.clock.now())
    month_begins = today.replace(day=1)
    # Anybody may see counts, kinds and days; what else a read brings along stays out of the page.
    everything = system_principal()
    stewards, _ = await list_stewards(reader, everything, StewardQuery(lane_code=code, status="active"), today=today)
    this_month = CaseFilter(lane_id=lane.id, reported_from=month_begins)
    done = CaseFilter(states=(State.VERIFIED, State.SOLVED), lane_id=lane.id, reported_from=month_begins)
    cards = await cards_of(reader, [steward.id for steward in stewards])
    return page(
        request,
        "public/lane.html",
        lane=lane,
        street=next((street for street in await list_streets(reader) if street.id == lane.street_id), None),
        community=next(
            (
                community
                for community in await list_communities(reader, street_id=lane.street_id)
                if community.id == lane.community_id
            ),
            None,
        ),
        cards=[name_card(district, steward, cards[steward.id]) for steward in stewards],
        thanked=any(THANKS in steward.consents for steward in stewards),
        counts=await count_by_state(reader, everything, this_month),
        done=await list_cases(reader, everything, done, limit=_RECENT),
        categories=await read_categories(reader, today),
        in_use=lane.valid_on(today),
    )


route_handlers: list[Any] = [show_lane]
