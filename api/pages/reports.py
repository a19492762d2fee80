"""Reports on a page: two charts with their table, and the table as a workbook."""

from collections.abc import Mapping
from typing import Any, cast

from litestar import Response, get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.pages.charts import Chart, bars
from api.pages.entries import REASON_WORDS
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page
from api.pages.wording import month_words
from api.tables import download
from api.v1.reports import made_report
from kernel.clock import local_date
from kernel.messages import N_, Locale, Text, translate
from points.reports import BYS, FLOWS, STOCKS, By, Report, ReportLine
from points.rule_versions import rules_on
from stewards.permissions import Action

_BY_WORDS: Mapping[By, str] = {
    "month": N_("按月"),
    "street": N_("按街道"),
    "community": N_("按社区"),
    "category": N_("按类别"),
}
COLUMNS: Mapping[str, str] = {
    "issued": N_("发放"),
    "opening": N_("期初"),
    "redeemed": N_("兑换"),
    "donated": N_("捐赠"),
    "expired": N_("过期"),
    "forfeited": N_("扣罚"),
    "outstanding": N_("未用"),
    "held": N_("冻结"),
    "honour": N_("荣誉"),
    "debt": N_("欠分"),
}
_MOST_IN_CHART = 24


def _asked(request: PageRequest) -> tuple[By, str | None, str | None]:
    by = request.query_params.get("by")
    months = [request.query_params.get(name) or None for name in ("first", "last")]
    return (cast("By", by) if by in BYS else "month"), months[0], months[1]


async def _labels(request: PageRequest, found: Report) -> dict[str, str]:
    """What each line is called in the reader's language."""
    locale = locale_of(request)
    if found.by == "month":
        return {line.key: month_words(line.key, locale) for line in found.lines}
    if found.by != "category":
        none = translate(N_("管家团"), locale)
        return {line.key: (line.name_en if locale == "en" else line.name) or none for line in found.lines}
    district = district_of(request)
    today = local_date(district.clock.now())
    rules = (await rules_on(await district.database.reader(), {today})).get(today)
    categories = rules.document.categories if rules else {}
    names = {code: category.en if locale == "en" else category.zh for code, category in categories.items()}
    return {line.key: names.get(line.key) or _reason(line.key, locale) for line in found.lines}


def _reason(key: str, locale: Locale) -> str:
    return translate(REASON_WORDS.get(key, key), locale)


def _charts(found: Report, labels: Mapping[str, str]) -> list[tuple[Text, Chart]]:
    lines = found.lines[-_MOST_IN_CHART:]
    names = [labels[line.key] for line in lines]

    def series(*columns: str) -> list[tuple[Text, list[int]]]:
        return [(Text(COLUMNS[column]), [getattr(line, column) or 0 for line in lines]) for column in columns]

    charts = [(Text(N_("发放、兑换和过期")), bars(names, series("issued", "redeemed", "expired")))]
    if found.by != "category":
        charts.append((Text(N_("还没有用的积分（负债）")), bars(names, series("outstanding", "held"))))
    return charts


@get("/admin/reports", opt={"action": Action.REPORTS_READ}, include_in_schema=False)
async def show_reports(request: PageRequest) -> Template:
    """A report with its charts."""
    by, first, last = _asked(request)
    found = await made_report(request, by, first=first, last=last)
    labels = await _labels(request, found)
    reader = await district_of(request).database.reader()
    return page(
        request,
        "staff/reports.html",
        frame=await staff_frame(reader, principal_of(request)),
        report=found,
        bys=_BY_WORDS,
        labels=labels,
        columns=COLUMNS,
        flows=FLOWS,
        stocks=STOCKS if by != "category" else (),
        charts=_charts(found, labels),
    )


@get("/admin/reports/xlsx", opt={"action": Action.REPORTS_READ}, include_in_schema=False)
async def export_report(request: PageRequest) -> Response[bytes]:
    """The table of a report as a workbook."""
    by, first, last = _asked(request)
    found = await made_report(request, by, first=first, last=last)
    labels = await _labels(request, found)
    locale = locale_of(request)
    names = [*FLOWS, *(STOCKS if by != "category" else ())]
    headers = [translate(_BY_WORDS[by], locale), *(translate(COLUMNS[name], locale) for name in names)]

    def row(label: str, line: ReportLine) -> list[str | int | None]:
        return [label, *(getattr(line, name) for name in names)]

    rows = [row(labels[line.key], line) for line in found.lines]
    rows.append(row(translate(N_("合计"), locale), found.total))
    name = translate(N_("积分报表"), locale)
    return download(f"{name}-{found.first:%Y-%m}-{found.last:%Y-%m}", "xlsx", headers, rows)


route_handlers: list[Any] = [show_reports, export_report]
