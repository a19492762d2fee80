"""The hall's points board: the month's first ten, read from the awards, polled by the screen with an ETag."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.response import Template

from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound
from api.pages.frame import street_label
from api.pages.rendering import PageRequest, page, render
from cases.queue import CaseFilter, count_by_state
from cases.wording import State
from kernel.clock import local_date, month_period
from kernel.database import Reader
from kernel.messages import N_, Text
from points.receipt import Label
from rewards.periods import Period
from rewards.standing import Ranked, top
from stewards.directory import find_stewards
from stewards.lanes import AreaEntry, list_streets
from stewards.principal import system_principal
from stewards.roles import DISTRICT, Scope, ScopeKind

_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLine:
    """A steward on the board, with the lane that residents know her or him from."""

    ranked: Ranked
    lane: Text | None
    compared: bool  # somebody had a rank yesterday, so that movement means something

    @property
    def movement(self) -> Text:
        """How the place has changed since yesterday's end, in a sign and a word."""
        change = self.ranked.movement
        if not self.compared:
            return Text("")
        if change is None:
            return Text(N_("新上榜"))
        if change == 0:
            return Text(N_("持平"))
        return Text(N_("▲{places}") if change < 0 else N_("▼{places}"), {"places": abs(change)})

    @property
    def risen(self) -> bool:
        """Whether it is good news."""
        return self.ranked.movement is None or self.ranked.movement < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything that the screen shows, as of one instant."""

    scope: Text
    period: str
    lines: tuple[BoardLine, ...]
    reported_today: int
    verified: int
    solved: int
    as_of: datetime


async def read_board(reader: Reader, street: AreaEntry | None, now: datetime) -> Board:
    """The month's board of a street, or of the district."""
    scope = Scope(ScopeKind.STREET, street.id) if street else DISTRICT
    ranked = (await top(reader, scope, Period.MONTH, _LINES, now=now)).lines
    today = local_date(now)
    everything = system_principal()  # counts and lanes are public; names come masked from the standing
    people = await find_stewards(reader, everything, ids=[line.steward_id for line in ranked], today=today)
    lanes: dict[UUID, Text] = {
        person.id: Label(person.duties[0].lane_name, english=person.duties[0].lane_name_en)
        for person in people
        if person.duties
    }
    street_id = street.id if street else None
    on_day = await count_by_state(reader, everything, CaseFilter(street_id=street_id, reported_from=today))
    in_month = CaseFilter(street_id=street_id, reported_from=today.replace(day=1))
    counted = await count_by_state(reader, everything, in_month)
    return Board(
        scope=street_label(street.name, street.name_en) if street else Text(N_("全区")),
        period=month_period(now),
        lines=tuple(
            BoardLine(
                ranked=line,
                lane=lanes.get(line.steward_id),
                compared=any(other.rank_then is not None for other in ranked),
            )
            for line in ranked
        ),
        reported_today=sum(on_day.values()),
        verified=counted[State.VERIFIED] + counted[State.SOLVED],
        solved=counted[State.SOLVED],
        as_of=now,
    )


async def _asked(request: PageRequest) -> tuple[Board, str]:
    """The board that an address asks for, and the address of its content.

    Raises:
        NotFound: there is no such street.

    """
    district = district_of(request)
    reader = await district.database.reader()
    code = request.query_params.get("street")
    street = next((area for area in await list_streets(reader) if area.code == code), None) if code else None
    if code and street is None:
        raise NotFound
    board = await read_board(reader, street, district.clock.now())
    return board, f"/display/points/board?lang={locale_of(request)}" + (f"&street={code}" if code else "")


@get("/display/points", opt={"public": True}, include_in_schema=False)
async def show_display(request: PageRequest) -> Template:
    """The screen: complete without scripts, which only keep it fresh."""
    board, feed = await _asked(request)
    return page(request, "public/display.html", board=board, feed=feed)


@get("/display/points/board", opt={"public": True}, include_in_schema=False)
async def show_board(request: PageRequest) -> Response[str]:
    """The board's content by itself; 304 while nothing on it has changed."""
    board, _ = await _asked(request)
    content = render(request, "public/_board.html", board=board)
    etag = f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == etag:
        return Response("", status_code=304, headers=headers, media_type="text/html")
    return Response(content, headers=headers, media_type="text/html")


route_handlers: list[Any] = [show_display, show_board]
