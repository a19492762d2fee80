"""Budgets and liability on a page: charts with their tables, and what ends when."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.pages.charts import bars
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page
from api.pages.wording import day_words
from kernel.messages import N_, Text
from points.budgets import list_budgets
from points.expiring import expiring_by_street
from points.reports import liability
from stewards.permissions import Action


@get("/admin/budgets", opt={"action": Action.BUDGETS_READ}, include_in_schema=False)
async def show_budgets(request: PageRequest) -> Template:
    """What each street may issue, has given and still owes, and what ends when."""
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    lines = await list_budgets(reader, principal, now=district.clock.now())
    owed = await liability(reader, [line.street.id for line in lines])
    ending = await expiring_by_street(reader, principal)
    english = locale_of(request) == "en"
    names = [line.street.name_en if english else line.street.name for line in lines]
    bounded = any(line.ceiling is not None for line in lines)
    unspent = [owed.get(line.street.id, 0) for line in lines]
    charts = [(Text(N_("还没有用的积分（负债）")), bars(names, [(Text(N_("未用")), unspent)]))]
    if bounded:
        series = [
            (Text(N_("上限")), [line.ceiling or 0 for line in lines]),
            (Text(N_("已用")), [line.given for line in lines]),
            (Text(N_("可发")), [line.left for line in lines]),
        ]
        charts.insert(0, (Text(N_("街道预算")), bars(names, series)))
    by_day: dict[str, int] = {}
    for line in ending:
        words = day_words(line.on, locale_of(request))
        by_day[words] = by_day.get(words, 0) + line.points
    return page(
        request,
        "staff/budgets.html",
        frame=await staff_frame(reader, principal),
        bounded=bounded,
        lines=lines,
        owed=owed,
        ending=ending,
        charts=charts,
        ending_chart=bars(list(by_day), [(Text(N_("到期")), list(by_day.values()))]),
    )


route_handlers: list[Any] = [show_budgets]
