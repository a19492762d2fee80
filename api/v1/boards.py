"""Boards: what there is, who leads, where oneself stands, and the same live. Nobody can ask for the end of one."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import District, district_of
from api.envelope import header, locale_of
from api.errors import Fault, Faulty, NotFound
from api.streams import Snapshot, snapshot
from api.v1.answers import encoded
from api.v1.parameters import area_id, plausible_day
from api.v1.stewards import steward_within_reach
from api.v1.teams import own_or_named_team
from kernel.clock import day_start
from kernel.database import Reader
from kernel.messages import N_, Locale, Text, translate
from rewards.boards.closing import frozen_board
from rewards.boards.definitions import BOARDS, Board, League, Metric, check_among, span_of
from rewards.boards.reading import Since
from rewards.periods import Period
from rewards.standing import Ranked, Standing, Top
from stewards.faces import Face
from stewards.permissions import Action, may
from stewards.roles import DISTRICT, Scope, ScopeKind

_TAGS = ["boards"]
_SCOPES = [*(kind.value for kind in ScopeKind), "league"]
SAID_OF_BOARDS = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language"}
_LEAST_LIMIT, _MOST_LIMIT = 1, 50

Periods = Literal["day", "week", "month", "quarter", "year", "all"]
PeriodAsked = FromQuery[Periods]
ScopeAsked = Annotated[
    str,
    QueryParameter(
        name="scope",
        max_length=80,
        description="district, street:CODE, community:CODE, lane:CODE, or league:short, :middle, :long (lane lengths)",
    ),
]
SinceAsked = Annotated[
    Literal["yesterday", "week", "close"],
    QueryParameter(description="What movement compares with: yesterday's end, a week ago, the last closed period"),
]
LimitAsked = Annotated[
    int, QueryParameter(ge=_LEAST_LIMIT, le=_MOST_LIMIT, description="How many lines at most, 1 to 50")
]


class BoardOffered(msgspec.Struct, kw_only=True):
    """A board that there is, with the periods over which and among whom it is kept.

    `decimals` are those of its values, which are whole numbers all the same: with two of them 9250 is 92.50.
    """

    board: str
    name: str
    unit: str
    about: str
    periods: list[str]
    scopes: list[str]
    decimals: int


class BoardsOffered(msgspec.Struct, kw_only=True):
    """All boards that there are."""

    data: list[BoardOffered]


class BoardLine(msgspec.Struct, kw_only=True):
    """A line; the name is masked unless its steward consented. `movement`: places since then, -2 is up.

    On a board of teams there is a team in place of a steward.
    """

    rank: int
    steward_id: UUID | None
    name: str
    value: int
    movement: int | None
    team_id: UUID | None = None


class BoardShown(msgspec.Struct, kw_only=True):
    """A board as of an instant: its first lines, or those around a steward, whose rank and percentile come with them.

    The percentile is the whole percentage of the others whom the steward is not behind.
    """

    board: str
    name: str
    unit: str
    scope: str
    period: str
    begins_at: datetime
    ends_at: datetime
    as_of: datetime
    of_how_many: int
    data: list[BoardLine]
    decimals: int = 0
    rank: int | None = None
    value: int | None = None
    percentile: int | None = None
    closed_at: datetime | None = None
    sha256: str | None = None


@get("/boards", opt={"action": Action.BOARDS_READ}, tags=_TAGS, operation_id="listBoards")
async def list_boards(request: JinpaiRequest) -> BoardsOffered:
    """The boards that there are."""
    locale = locale_of(request)
    return BoardsOffered(
        data=[
            BoardOffered(
                board=board.metric.value,
                name=translate(board.name, locale),
                unit=translate(board.unit, locale),
                about=translate(board.about, locale),
                periods=[period.value for period in Period if period in board.periods],
                scopes=[scope for scope in _SCOPES if board.kept_among(scope)],
                decimals=board.decimals,
            )
            for board in BOARDS.values()
        ]
    )


def board_named(name: str) -> Board:
    """The board of an address.

    Raises:
        NotFound: there is none.

    """
    try:
        return BOARDS[Metric(name)]
    except ValueError:
        raise NotFound from None


async def among_of(reader: Reader, asked: str) -> Scope | League:
    """Among whom a parameter asks.

    Raises:
        Faulty: there is no such place or league.

    """
    kind, _, code = asked.partition(":")
    if asked == "district":
        return DISTRICT
    if kind == "league" and code in set(League):
        return League(code)
    if kind in {"street", "community", "lane"} and code:
        try:
            return Scope(ScopeKind(kind), await area_id(reader, kind, code))
        except Faulty:
            pass
    raise Faulty([Fault(pointer="scope", detail=Text(N_("没有这个地方。")), code="unknown_place")])


@get(
    "/boards/{board:str}",
    opt={"action": Action.BOARDS_READ},
    tags=_TAGS,
    operation_id="showBoard",
    responses={200: ResponseSpec(BoardShown, description="The board")},
)
async def show_board(
    request: JinpaiRequest,
    board: FromPath[str],
    *,
    asked: ScopeAsked = "",
    period: PeriodAsked = "month",
    limit: LimitAsked = 10,
    around: Annotated[
        UUID | None, QueryParameter(description="The lines around this steward, or team, within reach")
    ] = None,
    on: Annotated[date | None, QueryParameter(description="A day of a period that is closed")] = None,
    since: SinceAsked = "yesterday",
) -> Response[bytes]:
    """The first lines of a board, or those around a steward. Stewards who ask for neither see their own neighbours.

    On the board of teams `around` names a team within reach, and stewards see the neighbours of their own.

    Without a scope it is the steward's own street, for others the district. An ETag names the content. `on` answers the
    board as it was closed, a week after its period, with the hash of its body.
    """
    found = board_named(board)
    district = district_of(request)
    reader = await district.database.reader()
    span_of(found.metric, Period(period), district.clock.now())
    if plausible_day(on, "on") is not None and on is not None:
        return _answer(request, await _frozen(request, found, Period(period), asked or "district", limit=limit, on=on))
    locale = locale_of(request)
    team = await own_or_named_team(request, around) if found.of_teams else None
    own = principal_of(request).steward_id
    if around is None and own is not None and "limit" not in request.query_params:
        around = own
    if team is not None:
        among = await among_of(reader, asked) if asked else Scope(ScopeKind.STREET, team.street_id)
        mine = await district.boards.standing_of(team.id, found.metric, Period(period), among)
        shown = shown_around(found, asked or f"street:{team.street_code}", mine, team.name, locale)
    elif around is not None and not found.of_teams:
        face = await _within_reach(request, around)
        among = await among_of(reader, asked) if asked else Scope(ScopeKind.STREET, face.street_id)
        named = asked or f"street:{face.street_code}"
        mine = await district.boards.standing_of(face.id, found.metric, Period(period), among)
        shown = shown_around(found, named, mine, face.name, locale)
    else:
        among = await among_of(reader, asked or "district")
        if since == "yesterday":
            top = await district.boards.top(found.metric, Period(period), among, limit)
        else:
            top = await district.boards.top_since(Since(since), found.metric, Period(period), among, limit)
        shown = _top(found, asked or "district", top, locale)
    return _answer(request, shown)


async def _within_reach(request: JinpaiRequest, steward_id: UUID) -> Face:
    """Somebody whose standing the caller may see.

    Raises:
        NotFound: there is none, or none within reach; the two answer alike.
        NotAllowed: the caller may see who that is, and not the standing.

    """
    principal = principal_of(request)
    face = (await district_of(request).boards.faces([str(steward_id)])).get(str(steward_id))
    if face is None or not all(
        may(principal, action, face.home, face.id) for action in (Action.STEWARDS_READ, Action.POINTS_READ)
    ):
        await steward_within_reach(request, steward_id, Action.POINTS_READ)  # a lane chief reaches who is on duty there
    if face is None:  # who was enrolled a moment ago
        raise NotFound
    return face


async def _frozen(
    request: JinpaiRequest, board: Board, period: Period, asked: str, *, limit: int, on: date
) -> BoardShown:
    """A closed board as it was written down, without those who wish to be on none by now."""
    reader = await district_of(request).database.reader()
    among = await among_of(reader, asked)
    closed = None if isinstance(among, League) else await frozen_board(reader, board.metric, period, among, on)
    if closed is None:
        raise NotFound
    first = closed.lines[:limit]
    names = await district_of(request).boards.names(board.metric, [str(known) for _, known, _ in first])
    locale = locale_of(request)
    return BoardShown(
        board=board.metric.value,
        name=translate(board.name, locale),
        unit=translate(board.unit, locale),
        decimals=board.decimals,
        scope=asked,
        period=period.value,
        begins_at=day_start(closed.begins_on),
        ends_at=day_start(closed.ends_on + timedelta(days=1)),
        as_of=closed.closed_at,
        of_how_many=len(closed.lines),
        data=[
            _line(board, Ranked(rank=rank, steward_id=known, name=names[str(known)], points=value, rank_then=None))
            for rank, known, value in first
            if str(known) in names
        ],
        closed_at=closed.closed_at,
        sha256=closed.sha256,
    )


def answer_headers(made: Snapshot) -> dict[str, str]:
    """What is said of a board beside its content."""
    return {"ETag": f'"{made.id}"', **SAID_OF_BOARDS}


def _answer(request: JinpaiRequest, shown: BoardShown) -> Response[bytes]:
    made = board_snapshot(shown)
    headers = answer_headers(made)
    if header(request.scope, b"if-none-match") == f'"{made.id}"'.encode():
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    return Response(made.data, headers=headers, media_type="application/json")


@get(
    "/boards/{board:str}/stream",
    opt={"action": Action.BOARDS_READ},
    tags=_TAGS,
    operation_id="streamBoard",
    responses={200: ResponseSpec(bytes, description="Server-sent events", media_type="text/event-stream")},
)
async def stream_board(
    request: JinpaiRequest,
    board: FromPath[str],
    *,
    asked: ScopeAsked = "district",
    period: PeriodAsked = "month",
    limit: LimitAsked = 10,
) -> Stream:
    """The first lines of a board, live: events `snapshot` with an id and the whole board, and `heartbeat` between.

    Come back with Last-Event-ID and nothing is sent that you have. A stream lasts an hour at most.
    """
    found = board_named(board)
    district = district_of(request)
    span_of(found.metric, Period(period), district.clock.now())
    among = await among_of(await district.database.reader(), asked)
    check_among(found.metric, among)
    locale = locale_of(request)

    async def make() -> Snapshot:
        return board_snapshot(
            _top(found, asked, await district.boards.top(found.metric, Period(period), among, limit), locale)
        )

    return event_stream(request, district, ("board", board, asked, period, limit, locale), make)


def event_stream(request: JinpaiRequest, district: District, key: tuple[Any, ...], make: Any) -> Stream:
    """The answer that a stream is."""
    seen = header(request.scope, b"last-event-id")
    return Stream(
        district.streams.listen(key, make, seen.decode("latin-1") if seen else None),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def board_snapshot(shown: BoardShown) -> Snapshot:
    """A board as it is sent, with an id of its content that its time is no part of."""
    data = encoded(shown)
    return snapshot(data.replace(b'"as_of":' + encoded(shown.as_of), b"", 1), data, shown.as_of)


def _line(board: Board, line: Ranked) -> BoardLine:
    return BoardLine(
        rank=line.rank,
        steward_id=None if board.of_teams else line.steward_id,
        team_id=line.steward_id if board.of_teams else None,
        name=line.name,
        value=line.points,
        movement=line.movement,
    )


def _top(board: Board, scope: str, top: Top, locale: Locale) -> BoardShown:
    return BoardShown(
        board=board.metric.value,
        name=translate(board.name, locale),
        unit=translate(board.unit, locale),
        decimals=board.decimals,
        scope=scope,
        period=top.period.value,
        begins_at=top.begins_at,
        ends_at=top.ends_at,
        as_of=top.as_of,
        of_how_many=top.of_how_many,
        data=[_line(board, line) for line in top.lines],
    )


def shown_around(board: Board, scope: str, mine: Standing, name: str, locale: Locale) -> BoardShown:
    """A steward's place with the nearest lines."""
    own = []
    if mine.rank is not None:
        then = None if mine.movement is None else mine.rank - mine.movement
        own.append(
            _line(
                board, Ranked(rank=mine.rank, steward_id=mine.steward_id, name=name, points=mine.points, rank_then=then)
            )
        )
    return BoardShown(
        board=board.metric.value,
        name=translate(board.name, locale),
        unit=translate(board.unit, locale),
        decimals=board.decimals,
        scope=scope,
        period=mine.period.value,
        begins_at=mine.begins_at,
        ends_at=mine.ends_at,
        as_of=mine.as_of,
        of_how_many=mine.of_how_many,
        data=[*(_line(board, line) for line in mine.above), *own, *(_line(board, line) for line in mine.below)],
        rank=mine.rank,
        value=mine.points,
        percentile=mine.percentile,
    )


route_handlers: list[Any] = [list_boards, show_board, stream_board]
