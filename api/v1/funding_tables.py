"""The funding report and settlement sheets as workbooks, and the period that a report is asked for."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from litestar import Response

from api.errors import Fault, Faulty
from api.tables import MEDIA_TYPES, Cell, Sheet, attachment, book_of, local_time
from api.v1.parameters import plausible_day
from kernel.clock import local_date
from kernel.messages import N_, Locale, Text, translate
from rewards.funding import FundingReport, StreetFunding
from rewards.periods import Period, period_days
from rewards.settling import MOST_DAYS, SettlementSheet

_STREETS = (
    N_("街道编号"), N_("街道"), N_("在岗管家"), N_("未用积分"), N_("预留积分"), N_("应付（元）"), N_("本期发放"),
    N_("本期兑换"), N_("本期捐赠"), N_("本期过期"), N_("兑换率（%）"), N_("得分到使用（天）"), N_("下单到领取（天）"),
    N_("订单"), N_("已领取"), N_("候补人数"),
)  # fmt: skip
_ITEMS = (N_("编号"), N_("物品"), N_("件数"), N_("积分"), N_("人数"))
_DEAD = (N_("编号"), N_("物品"), N_("领取点"), N_("件数"), N_("积分"), N_("最近一次兑换"))
_LINES = (
    N_("时间"), N_("订单号"), N_("编号"), N_("物品"), N_("领取点"), N_("件数"), N_("单价（分）"), N_("积分"),
    N_("金额（元）"),
)  # fmt: skip
_TOTALS = (N_("编号"), N_("物品"), N_("单价（分）"), N_("件数"), N_("积分"), N_("金额（元）"))


def yuan(fen: int) -> Decimal:
    """Fen as yuan, exactly."""
    return Decimal(fen) / 100


def period_asked(from_day: date | None, to_day: date | None, *, now: datetime) -> tuple[date, date]:
    """The first and last day of a report: this quarter up to today, unless days are given.

    Raises:
        Faulty: the days are reversed, more than a year apart, or no days of our calendar.

    """
    today = local_date(now)
    quarter = period_days(Period.QUARTER, plausible_day(to_day, "to_day") or today)
    first = plausible_day(from_day, "from_day") or (quarter[0] if quarter else today)
    last = plausible_day(to_day, "to_day") or max(first, today)
    if last < first or last - first >= timedelta(days=MOST_DAYS):
        detail = Text(N_("结束日期要在开始日期之后，最多 {days} 天。"), {"days": MOST_DAYS})
        raise Faulty([Fault(pointer="to_day", detail=detail, code="period_wrong")])
    return first, last


def funding_workbook(report: FundingReport, locale: Locale) -> Response[bytes]:
    """The report as a workbook of three sheets."""
    streets = [_street(street, report.point_fen, locale) for street in (*report.streets, report.total)]
    items: list[list[Cell]] = [
        [item.code, _named(item.name, item.name_en, locale), item.units, item.points, item.people]
        for item in report.top_items
    ]
    dead: list[list[Cell]] = [
        [
            lying.code,
            _named(lying.name, lying.name_en, locale),
            _named(lying.place, lying.place_en, locale),
            lying.units,
            lying.points,
            local_time(lying.last_ordered_at),
        ]
        for lying in report.dead_stock
    ]
    sheets = [
        Sheet(translate(N_("各街道"), locale), _headers(_STREETS, locale), streets),
        Sheet(translate(N_("兑换最多"), locale), _headers(_ITEMS, locale), items),
        Sheet(translate(N_("无人问津"), locale), _headers(_DEAD, locale), dead),
    ]
    name = translate(N_("资金报告"), locale)
    return attachment(book_of(sheets), f"{name}-{report.from_day}-{report.to_day}.xlsx", MEDIA_TYPES["xlsx"])


def settlement_workbook(sheet: SettlementSheet, locale: Locale) -> Response[bytes]:
    """The sheet as a workbook: sums by item, and every line."""
    totals: list[list[Cell]] = [
        [
            one.item_code,
            _named(one.item_name, one.item_name_en, locale),
            one.points_each,
            one.units,
            one.points,
            yuan(one.points * sheet.point_fen),
        ]
        for one in sheet.totals
    ]
    totals.append([translate(N_("合计"), locale), None, None, sheet.units, sheet.points, yuan(sheet.amount_fen)])
    lines: list[list[Cell]] = [
        [
            local_time(line.at),
            line.order_number,
            line.item_code,
            _named(line.item_name, line.item_name_en, locale),
            _named(line.place_name, line.place_name_en, locale),
            line.units,
            line.points_each,
            line.points,
            yuan(line.points * sheet.point_fen),
        ]
        for line in sheet.lines
    ]
    sheets = [
        Sheet(translate(N_("结算"), locale), _headers(_TOTALS, locale), totals),
        Sheet(translate(N_("明细"), locale), _headers(_LINES, locale), lines),
    ]
    name = f"{translate(N_('结算单'), locale)}-{sheet.partner.code}-{sheet.from_day}-{sheet.to_day}.xlsx"
    return attachment(book_of(sheets), name, MEDIA_TYPES["xlsx"])


def _street(street: StreetFunding, point_fen: int, locale: Locale) -> list[Cell]:
    rate = street.redemption_rate
    return [
        street.code,
        _named(street.name, street.name_en, locale),
        street.stewards,
        street.outstanding,
        street.held,
        yuan(street.liability_fen(point_fen)),
        street.issued,
        street.redeemed,
        street.donated,
        street.expired,
        None if rate is None else round(rate * 100, 2),
        street.days_to_spend,
        street.days_to_collect,
        street.orders,
        street.collected,
        street.waiting,
    ]


def _named(zh: str, en: str, locale: Locale) -> str:
    return en if locale == "en" and en else zh


def _headers(words: tuple[str, ...], locale: Locale) -> list[str]:
    return [translate(word, locale) for word in words]
