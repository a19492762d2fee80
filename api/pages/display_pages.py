"""What the hall screen shows, page by page, as of one instant: the honour board, progress, places."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from api.composition import District
from api.pages.display_tiles import Tile, Told, read_stories, read_tiles
from api.pages.frame import street_label
from cases.queue import CaseFilter, count_by_state
from cases.wording import State
from kernel.clock import local_date, month_period
from kernel.database import Reader, Together
from kernel.messages import N_, Text
from points.receipt import Label
from rewards.boards.definitions import Metric
from rewards.boards.news import News, read_news
from rewards.boards.places import PlaceLine, leading_places
from rewards.periods import Period
from rewards.standing import Ranked, Top
from stewards.directory import find_stewards
from stewards.lanes import AreaEntry
from stewards.principal import system_principal
from stewards.roles import DISTRICT, Scope, ScopeKind

_LINES = 10
_PODIUM = 3
_NOTHING = Text("")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLine:
    """A line of a page. `who` tells the same line again on the next snapshot, and nothing else."""

    rank: int
    name: Text
    note: Text | None
    value: int
    movement: Text = _NOTHING
    risen: bool = False
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage:
    """One of the pages that take turns."""

    what: Text
    label: Text
    lines: tuple[PageLine, ...]
    empty: Text
    tiles: tuple[Tile, ...] = ()
    stories: tuple[Told, ...] = ()
    of_teams: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """Everything that the screen shows, as of one instant. Pages with nothing on them are left out, save the first."""

    street_code: str | None
    place: Text
    pages: tuple[BoardPage, ...]
    news: tuple[News, ...]
    reported_today: int
    verified: int
    solved: int
    as_of: datetime
    now: datetime


async def read_hall(district: District, street: AreaEntry | None) -> Hall:
    """The pages of a street's hall, or of the district's."""
    reader = await district.database.reader()
    now = district.clock.now()
    scope = Scope(ScopeKind.STREET, street.id) if street else DISTRICT
    street_id = street.id if street else None
    everything = system_principal()  # counts are public
    today = local_date(now)
    on_day = CaseFilter(street_id=street_id, reported_from=today)
    in_month = CaseFilter(street_id=street_id, reported_from=today.replace(day=1))

    async def top(shared: Reader, metric: Metric, period: Period) -> Top:
        return await district.boards.top(metric, period, scope, _LINES, reader=shared)

    async with Together(reader) as ask:
        month_top = ask(top, Metric.POINTS, Period.MONTH)
        week_top = ask(top, Metric.PROGRESS, Period.WEEK)
        team_top = ask(top, Metric.TEAMS, Period.MONTH)
        leading = ask(_leading, street_id, now)
        told = ask(read_stories, street_id)
        had = ask(read_tiles, street_id, now=now)
        reported = ask(count_by_state, everything, on_day)
        in_all = ask(count_by_state, everything, in_month)
        newest = ask(read_news, street_id, now=now)
    honoured, progress, teams = month_top.result(), week_top.result(), team_top.result()
    places, by_community = leading.result()
    stories, tiles, counted = told.result(), had.result(), in_all.result()
    lanes = await _lanes_of(reader, [*honoured.lines, *progress.lines], now)
    month = Text(N_("{month}积分榜"), {"month": month_period(now)})
    pages = [
        BoardPage(
            what=month,
            label=Text(N_("本月积分")),
            lines=_stewards(honoured, lanes),
            empty=Text(N_("这个月还没有人得分，第一件经核实的上报就上榜。")),
        )
    ]
    if progress.lines:
        lines = _stewards(progress, lanes, moving=False)
        pages.append(BoardPage(what=Text(N_("上周进步榜")), label=Text(N_("比前一周多")), lines=lines, empty=Text("")))
    if len(places) > _PODIUM:  # fewer would leave half of the screen empty
        what = Text(N_("本月各社区核实案件")) if by_community else Text(N_("本月各街道核实案件"))
        lines = tuple(_place(line) for line in places)
        pages.append(BoardPage(what=what, label=Text(N_("本月核实案件")), lines=lines, empty=Text("")))
    if teams.of_how_many >= _PODIUM:
        lines = tuple(replace(line, who="") for line in _stewards(teams, {}))
        what, label = Text(N_("本月管家团榜")), Text(N_("全团积分"))
        pages.append(BoardPage(what=what, label=label, lines=lines, empty=Text(""), of_teams=True))
    if stories:
        what = Text(N_("管家的故事"))
        pages.append(BoardPage(what=what, label=_NOTHING, lines=(), empty=_NOTHING, stories=stories))
    if tiles:
        what = Text(N_("积分能换什么"))
        pages.append(BoardPage(what=what, label=Text(N_("分")), lines=(), empty=Text(""), tiles=tiles))
    return Hall(
        street_code=street.code if street else None,
        place=street_label(street.name, street.name_en) if street else Text(N_("全区")),
        pages=tuple(pages),
        news=newest.result(),
        reported_today=sum(reported.result().values()),
        verified=counted[State.VERIFIED] + counted[State.SOLVED],
        solved=counted[State.SOLVED],
        as_of=min(honoured.as_of, progress.as_of, teams.as_of),
        now=now,
    )


async def _leading(reader: Reader, street_id: UUID | None, now: datetime) -> tuple[Sequence[PlaceLine], bool]:
    """The leading places, and whether they are communities: those of a street, or of a district of few streets."""
    places = await leading_places(reader, street_id, _LINES, now=now)
    if street_id is not None or len(places) > _PODIUM:
        return places, street_id is not None
    return await leading_places(reader, None, _LINES, now=now, communities=True), True


async def _lanes_of(reader: Reader, lines: Sequence[Ranked], now: datetime) -> Mapping[UUID, Text]:
    """The lane that residents know each of these stewards from; lanes are public, names come masked from boards."""
    ids = sorted({line.steward_id for line in lines})
    people = await find_stewards(reader, system_principal(), ids=ids, today=local_date(now))
    return {
        person.id: Label(person.duties[0].lane_name, english=person.duties[0].lane_name_en)
        for person in people
        if person.duties
    }


def _stewards(board: Top, lanes: Mapping[UUID, Text], *, moving: bool = True) -> tuple[PageLine, ...]:
    # Where nobody had a rank yesterday, movement means nothing.
    compared = moving and any(line.rank_then is not None for line in board.lines)
    return tuple(
        PageLine(
            rank=line.rank,
            name=Text("{name}", {"name": line.name}),
            note=lanes.get(line.steward_id),
            value=line.points,
            movement=_movement(line) if compared else Text(""),
            risen=line.movement is None or line.movement < 0,
            who=hashlib.sha256(line.steward_id.bytes).hexdigest()[:12],
        )
        for line in board.lines
    )


def _movement(line: Ranked) -> Text:
    """How a place has changed since yesterday's end, in a sign and a word."""
    change = line.movement
    if change is None:
        return Text(N_("新上榜"))
    if change == 0:
        return Text(N_("持平"))
    return Text(N_("▲{places}") if change < 0 else N_("▼{places}"), {"places": abs(change)})


def _place(line: PlaceLine) -> PageLine:
    return PageLine(
        rank=line.rank,
        name=Label(line.name, english=line.name_en),
        note=Text(N_("{people} 位管家"), {"people": line.stewards}),
        value=line.cases,
    )
