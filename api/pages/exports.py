"""The page that is being looked at as a file: cases, stewards, a statement."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound
from api.pages.categories import read_categories
from api.pages.entries import line_of
from api.pages.queue import read_page
from api.pages.queue_filters import filters_of
from api.pages.rendering import PageRequest
from api.pages.wording import message_words
from api.tables import Cell, Format, download, local_time
from cases.pending import worth_of_lines
from cases.wording import CHANNELS, STATES, URGENCIES
from kernel.clock import local_date
from kernel.messages import N_, Locale, translate
from points.statement import statement
from stewards.directory import find_stewards
from stewards.lanes import load_lanes
from stewards.permissions import Action, may_at_any

_CASE_HEADERS = (
    N_("编号"),
    N_("类别"),
    N_("状态"),
    N_("小巷"),
    N_("具体位置"),
    N_("管家"),
    N_("管家编号"),
    N_("上报时间"),
    N_("渠道"),
    N_("紧急程度"),
    N_("看到了什么"),
    N_("预计积分"),
)
_LINE_HEADERS = (N_("记账时间"), N_("事项"), N_("案件"), N_("积分"), N_("余额"), N_("为什么"))
_MOST_LINES = 1_000


def _format_of(name: str) -> Format:
    if name in {"xlsx", "csv"}:
        return name  # type: ignore[return-value]
    raise NotFound


def _headers(words: tuple[str, ...], locale: Locale) -> list[str]:
    return [translate(word, locale) for word in words]


@get("/admin/cases/export/{kind:str}", opt={"action": Action.CASES_VERIFY}, include_in_schema=False)
async def export_cases(request: PageRequest, kind: FromPath[str]) -> Response[bytes]:
    """The cases of the queue's page.

    Raises:
        NotFound: neither .xlsx nor .csv is asked for.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    locale = locale_of(request)
    listed = await read_page(reader, principal, filters_of(request.query_params), await load_lanes(reader))
    worth = await worth_of_lines(reader, listed.lines)
    categories = await read_categories(reader, local_date(district.clock.now()))
    rows: list[list[Cell]] = [
        [
            line.number,
            categories.name(line.category).render(locale),
            translate(STATES[line.state], locale),
            line.lane_name_en if locale == "en" else line.lane_name,
            line.address,
            line.steward_name,
            line.steward_number,
            local_time(line.reported_at),
            translate(CHANNELS[line.channel], locale),
            translate(URGENCIES[line.urgency], locale),
            line.description,
            worth[line.id].points if line.id in worth and line.state in {"reported", "returned"} else None,
        ]
        for line in listed.lines
    ]
    name = translate(N_("案件"), locale)
    day = local_date(district.clock.now()).isoformat()
    return download(f"{name}-{day}", _format_of(kind), _headers(_CASE_HEADERS, locale), rows)


@get(
    "/admin/stewards/{steward_id:uuid}/statement/{kind:str}",
    opt={"action": Action.POINTS_READ},
    include_in_schema=False,
)
async def export_statement(request: PageRequest, steward_id: FromPath[UUID], kind: FromPath[str]) -> Response[bytes]:
    """A steward's newest 1,000 lines.

    Raises:
        NotFound: there is no such steward within reach.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    locale = locale_of(request)
    today = local_date(district.clock.now())
    found = await find_stewards(reader, principal, ids=[steward_id], today=today)
    if not found or not may_at_any(principal, Action.POINTS_READ, found[0].places, steward_id):
        raise NotFound
    rows: list[list[Cell]] = []
    for entry in await statement(reader, steward_id, limit=_MOST_LINES):
        line = line_of(entry)
        rows.append(
            [
                local_time(line.recorded_at),
                line.title.render(locale),
                line.case_number,
                line.change if not line.of_debt else None,
                line.balance_after if not line.of_debt else None,
                line.why.render(locale) if line.why else message_words(line.title, locale),
            ]
        )
    return download(f"{found[0].number}-{today.isoformat()}", _format_of(kind), _headers(_LINE_HEADERS, locale), rows)


route_handlers: list[Any] = [export_cases, export_statement]
