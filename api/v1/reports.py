"""Reports: what was issued, spent, expired and is outstanding, by street, community, category or month."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.errors import Fault, Faulty
from kernel.clock import FIRST_DAY, LAST_DAY, local_date
from kernel.database import Tx
from kernel.messages import N_, Text
from points.reports import By, Report, report
from stewards.permissions import Action

_TAGS = ["points"]
Month = Annotated[str | None, QueryParameter(pattern=r"^\d{4}-\d{2}$", description="A local month, such as 2026-11")]


class ReportLineShown(msgspec.Struct, kw_only=True):
    """One line. Flows happened in the period, net of what undid them; stocks stood at its end, null by category."""

    key: str
    name: str
    name_en: str
    issued: int
    opening: int
    redeemed: int
    donated: int
    expired: int
    forfeited: int
    outstanding: int | None
    held: int | None
    honour: int | None
    debt: int | None


class ReportShown(msgspec.Struct, kw_only=True):
    """A report for local months, both included."""

    by: str
    first: date
    last: date
    lines: list[ReportLineShown]
    total: ReportLineShown
    as_of: datetime


def month_of(value: str | None, name: str, otherwise: date) -> date:
    """The first day of a month that a parameter names.

    Raises:
        Faulty: there is no such month, or it lies outside 2000 to 2100.

    """
    if value is None:
        return otherwise.replace(day=1)
    try:
        found = date.fromisoformat(f"{value}-01")
    except ValueError:
        found = date.min
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Faulty([Fault(pointer=name, detail=Text(N_("没有这个月。")), code="month_unknown")])
    return found


async def made_report(request: Any, by: By, *, first: str | None, last: str | None) -> Report:
    """The report that a request asks for: without months, this year's up to now.

    Raises:
        Faulty: a month is none, or the last lies before the first.

    """
    district = district_of(request)
    now = district.clock.now()
    end = month_of(last, "last", local_date(now))
    start = month_of(first, "first", end.replace(month=1))
    if end < start:
        detail = Text(N_("结束的月份早于开始的月份。"))
        raise Faulty([Fault(pointer="last", detail=detail, code="months_reversed")])

    async def read(tx: Tx) -> Report:
        return await report(tx, principal_of(request), by, first=start, last=end, now=now)

    return await district.database.snapshot(read)


@get("/points/reports", opt={"action": Action.REPORTS_READ}, tags=_TAGS, operation_id="showReport")
async def show(
    request: JinpaiRequest, *, by: FromQuery[By] = "month", first: Month = None, last: Month = None
) -> ReportShown:
    """A report about the stewards within the caller's reach, equal to the ledger (`jinpai verify` checks it)."""
    found = await made_report(request, by, first=first, last=last)
    names = ReportLineShown.__struct_fields__

    def shown(line: object) -> ReportLineShown:
        return ReportLineShown(**{name: getattr(line, name) for name in names})

    return ReportShown(
        by=found.by,
        first=found.first,
        last=found.last,
        lines=[shown(line) for line in found.lines],
        total=shown(found.total),
        as_of=found.as_of,
    )


route_handlers: list[Any] = [show]
