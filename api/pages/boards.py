"""The steward's own places: on each board, over a period and among whom, with the neighbours and never the end."""

from dataclasses import dataclass
from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.own import own_steward_id, read_self
from api.pages.rendering import PageRequest, page
from kernel.database import Reader, Together
from kernel.messages import N_, Text
from rewards.boards.definitions import BOARDS, Board, League
from rewards.periods import Period
from rewards.standing import Standing
from stewards.consents import OFF_BOARDS, consents_since
from stewards.permissions import Action
from stewards.roles import DISTRICT, Scope, ScopeKind

PERIODS = {
    Period.WEEK: N_("本周"),
    Period.MONTH: N_("本月"),
    Period.QUARTER: N_("本季度"),
    Period.YEAR: N_("今年"),
}
_LAST = {
    Period.WEEK: N_("上周"),
    Period.MONTH: N_("上月"),
    Period.QUARTER: N_("上季度"),
    Period.YEAR: N_("去年"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlace:
    """The own place on one board; `when` says over which period, as progress is about the last one."""

    board: Board
    when: Text
    standing: Standing


@get("/me/boards", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_boards(request: PageRequest) -> Template:
    """One's own place on every board. What an address asks for and nobody offers is left out."""
    district = district_of(request)
    reader = await district.database.reader()
    async with Together(reader) as ask:
        own = ask(read_self, request)
        consented = ask(consents_since, own_steward_id(request))
    steward, since = own.result(), consented.result()
    among: dict[str, tuple[Text, Scope | League]] = {
        "street": (Text(N_("本街道")), Scope(ScopeKind.STREET, steward.street_id)),
        "community": (Text(N_("本社区")), Scope(ScopeKind.COMMUNITY, steward.community_id)),
        "district": (Text(N_("全区")), DISTRICT),
    }
    if steward.duties:
        among["lane"] = (Text(N_("我的小巷")), Scope(ScopeKind.LANE, steward.duties[0].lane_id))
    asked = request.query_params.get("among", "street")
    chosen = asked if asked in among else "street"
    period = next((one for one in PERIODS if one.value == request.query_params.get("period")), Period.MONTH)

    async def place(shared: Reader, board: Board) -> OwnPlace:
        scope = among[chosen][1]
        standing = await district.boards.standing_of(steward.id, board.metric, period, scope, reader=shared)
        return OwnPlace(board=board, when=Text((_LAST if board.of_last else PERIODS)[period]), standing=standing)

    shown = [
        board
        for board in BOARDS.values()
        if OFF_BOARDS not in since and period in board.periods and not board.of_teams and board.kept_among(chosen)
    ]
    async with Together(reader) as ask:
        places = [ask(place, board) for board in shown]
    return page(
        request,
        "steward/boards.html",
        steward=steward,
        places=[found.result() for found in places],
        period=period.value,
        periods=[(one.value, words) for one, words in PERIODS.items()],
        chosen=chosen,
        among=[(name, words) for name, (words, _) in among.items()],
    )


route_handlers: list[Any] = [show_boards]
