"""Funding for the programme's owners, settlement sheets for partners; as JSON and as workbooks."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.tables import MEDIA_TYPES
from api.v1.funding_tables import funding_workbook, period_asked, settlement_workbook
from api.v1.parameters import area_id
from rewards.funding import FundingReport, StreetFunding, funding_report
from rewards.settling import SettlementSheet, settlement_sheet
from stewards.permissions import Action

_TAGS = ["reports"]


class FundingFigures(msgspec.Struct, kw_only=True):
    """Figures of a street, or of all together: points, orders, days; money in fen (a hundredth of a yuan)."""

    street: str | None
    name: str
    name_en: str
    stewards: int
    outstanding: int
    held: int
    owed: int
    liability_fen: int
    issued: int
    redeemed: int
    donated: int
    expired: int
    redemption_rate: float | None
    days_to_spend: float | None
    days_to_collect: float | None
    orders: int
    collected: int
    waiting: int


class TopItem(msgspec.Struct, kw_only=True):
    """An item in the period: units ordered, their points, how many people."""

    item_id: UUID
    code: str
    name: str
    name_en: str
    units: int
    points: int
    people: int


class DeadStockShown(msgspec.Struct, kw_only=True):
    """What lies at a place and nobody has ordered for ninety days."""

    item_id: UUID
    code: str
    name: str
    name_en: str
    place: str
    place_en: str
    units: int
    points: int
    last_ordered_at: datetime | None


class FundingShown(msgspec.Struct, kw_only=True):
    """The funding report of a period (both days included). Balances are as of now, flows of the period."""

    from_day: date
    to_day: date
    as_of: datetime
    point_fen: int
    total: FundingFigures
    streets: list[FundingFigures]
    top_items: list[TopItem]
    dead_stock: list[DeadStockShown]


class SettlementLineShown(msgspec.Struct, kw_only=True):
    """Units handed out at one time (negative where they came back)."""

    at: datetime
    order_number: str
    item_code: str
    item_name: str
    item_name_en: str
    place_name: str
    place_name_en: str
    units: int
    points_each: int
    points: int


class SettlementTotal(msgspec.Struct, kw_only=True):
    """All lines of one item at one price."""

    item_code: str
    item_name: str
    item_name_en: str
    points_each: int
    units: int
    points: int
    amount_fen: int


class SettlementShown(msgspec.Struct, kw_only=True):
    """A partner's settlement sheet of a period (both days included): its lines add up to its totals and its sum."""

    partner_id: UUID
    partner_code: str
    partner_name: str
    from_day: date
    to_day: date
    point_fen: int
    units: int
    points: int
    amount_fen: int
    totals: list[SettlementTotal]
    lines: list[SettlementLineShown]


def _copied(shape: type[Any], source: Any, **more: Any) -> Any:
    names = (name for name in shape.__struct_fields__ if name not in more)
    return shape(**{name: getattr(source, name) for name in names}, **more)


def _figures(street: StreetFunding, point_fen: int) -> FundingFigures:
    shown: FundingFigures = _copied(
        FundingFigures, street, street=street.code or None, liability_fen=street.liability_fen(point_fen)
    )
    return shown


def funding_shown(report: FundingReport) -> FundingShown:
    """The report for machines."""
    return FundingShown(
        from_day=report.from_day,
        to_day=report.to_day,
        as_of=report.as_of,
        point_fen=report.point_fen,
        total=_figures(report.total, report.point_fen),
        streets=[_figures(street, report.point_fen) for street in report.streets],
        top_items=[_copied(TopItem, item) for item in report.top_items],
        dead_stock=[_copied(DeadStockShown, lying) for lying in report.dead_stock],
    )


def settlement_shown(sheet: SettlementSheet) -> SettlementShown:
    """The sheet for machines."""
    return SettlementShown(
        partner_id=sheet.partner.id,
        partner_code=sheet.partner.code,
        partner_name=sheet.partner.name,
        from_day=sheet.from_day,
        to_day=sheet.to_day,
        point_fen=sheet.point_fen,
        units=sheet.units,
        points=sheet.points,
        amount_fen=sheet.amount_fen,
        totals=[_copied(SettlementTotal, one, amount_fen=one.points * sheet.point_fen) for one in sheet.totals],
        lines=[_copied(SettlementLineShown, line) for line in sheet.lines],
    )


async def _funding(
    request: JinpaiRequest, street: str | None, from_day: date | None, to_day: date | None
) -> FundingReport:
    district = district_of(request)
    now = district.clock.now()
    first, last = period_asked(from_day, to_day, now=now)
    reader = await district.database.reader()
    return await funding_report(
        reader,
        principal_of(request),
        from_day=first,
        to_day=last,
        point_fen=(await district.own_settings.at_end_of(last)).point_fen,
        now=now,
        street_id=await area_id(reader, "street", street),
    )


@get("/reports/funding", opt={"action": Action.FUNDING_READ}, tags=_TAGS, operation_id="fundingReport")
async def funding(
    request: JinpaiRequest,
    street: FromQuery[str | None] = None,
    from_day: FromQuery[date | None] = None,
    to_day: FromQuery[date | None] = None,
) -> FundingShown:
    """What is owed and how well rewards are reached, per street; this quarter unless days are given."""
    return funding_shown(await _funding(request, street, from_day, to_day))


_WORKBOOK = {200: ResponseSpec(bytes, description="A workbook", media_type=MEDIA_TYPES["xlsx"])}


@get(
    "/reports/funding/xlsx",
    opt={"action": Action.FUNDING_READ},
    tags=_TAGS,
    operation_id="fundingWorkbook",
    responses=_WORKBOOK,
)
async def funding_xlsx(
    request: JinpaiRequest,
    street: FromQuery[str | None] = None,
    from_day: FromQuery[date | None] = None,
    to_day: FromQuery[date | None] = None,
) -> Response[bytes]:
    """The funding report as a workbook."""
    return funding_workbook(await _funding(request, street, from_day, to_day), locale_of(request))


async def _settlement(
    request: JinpaiRequest, partner_id: UUID, from_day: date | None, to_day: date | None
) -> SettlementSheet:
    district = district_of(request)
    first, last = period_asked(from_day, to_day, now=district.clock.now())
    return await settlement_sheet(
        await district.database.reader(),
        principal_of(request),
        partner_id,
        from_day=first,
        to_day=last,
        point_fen=(await district.own_settings.at_end_of(last)).point_fen,
    )


@get(
    "/partners/{partner_id:uuid}/settlement",
    opt={"action": Action.SETTLEMENTS_READ},
    tags=_TAGS,
    operation_id="settlementSheet",
)
async def settlement(
    request: JinpaiRequest,
    partner_id: FromPath[UUID],
    from_day: FromQuery[date | None] = None,
    to_day: FromQuery[date | None] = None,
) -> SettlementShown:
    """What a partner handed out in a period, line by line; this quarter unless days are given."""
    return settlement_shown(await _settlement(request, partner_id, from_day, to_day))


@get(
    "/partners/{partner_id:uuid}/settlement/xlsx",
    opt={"action": Action.SETTLEMENTS_READ},
    tags=_TAGS,
    operation_id="settlementWorkbook",
    responses=_WORKBOOK,
)
async def settlement_xlsx(
    request: JinpaiRequest,
    partner_id: FromPath[UUID],
    from_day: FromQuery[date | None] = None,
    to_day: FromQuery[date | None] = None,
) -> Response[bytes]:
    """A partner's settlement sheet as a workbook."""
    return settlement_workbook(await _settlement(request, partner_id, from_day, to_day), locale_of(request))


route_handlers: list[Any] = [funding, funding_xlsx, settlement, settlement_xlsx]
