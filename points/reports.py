"""What was issued, spent, expired and is outstanding, by street, community, category or month, from the ledger alone.

Points are inside while a steward or a team has them. What crosses that border is a flow, named by the other side:
issued, opening, redeemed, expired, donated, forfeited. Flows are net, so that what was taken back, refunded or repaid a
debt counts against what it undid, and what is inside is always the sum of what ever flowed (verify_reports).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

from kernel.clock import day_start
from kernel.database import Reader, Row
from points.verifying import Break
from stewards.permissions import Action, Reach, reach
from stewards.principal import Principal

By = Literal["street", "community", "category", "month"]
BYS: tuple[By, ...] = get_args(By)
Flow = Literal["issued", "opening", "redeemed", "donated", "expired", "forfeited"]
FLOWS: tuple[Flow, ...] = get_args(Flow)
Stock = Literal["outstanding", "held", "honour", "debt"]
STOCKS: tuple[Stock, ...] = get_args(Stock)

# Into which column of a report the two kinds of rows go. Street budgets pay for what is issued.
_FLOW_OF: Mapping[str, Flow] = {**{name: name for name in FLOWS}, "budget": "issued"}
_IN: frozenset[Flow] = frozenset({"issued", "opening"})
_STOCK_OF: Mapping[str, Stock] = {"escrow": "held", "honour": "honour", "debt": "debt"}  # the rest can be spent

_MONTH = {
    # Without the fraction, which SQLite rounds up across the border.
    "sqlite": "strftime('%Y-%m', substr({at}, 1, 19), '+8 hours')",
    "postgres": "to_char({at} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')",
}
_CATEGORY = "COALESCE(award.category, undone_award.category, undone.reason, made.reason)"
_ACROSS = """
    SELECT moved.operation_id, moved.recorded_at, inner_side.owner_id, outer_side.kind, moved.points AS change
    FROM points_transfer AS moved
    JOIN points_account AS inner_side ON inner_side.id = moved.to_account_id
    JOIN points_account AS outer_side ON outer_side.id = moved.from_account_id
    WHERE inner_side.owner_kind IN ('steward', 'team') AND outer_side.owner_kind IN ('world', 'street')
      AND inner_side.kind <> 'debt' AND inner_side.unit = 'points'{during}
    UNION ALL
    SELECT moved.operation_id, moved.recorded_at, inner_side.owner_id, outer_side.kind, -moved.points
    FROM points_transfer AS moved
    JOIN points_account AS inner_side ON inner_side.id = moved.from_account_id
    JOIN points_account AS outer_side ON outer_side.id = moved.to_account_id
    WHERE inner_side.owner_kind IN ('steward', 'team') AND outer_side.owner_kind IN ('world', 'street')
      AND inner_side.kind <> 'debt' AND inner_side.unit = 'points'{during}
"""
_BY_CATEGORY = """
    JOIN points_operation AS made ON made.id = across.operation_id
    LEFT JOIN points_operation AS undone ON undone.id = made.reverses_id
    LEFT JOIN points_award AS award ON award.reason = made.reason AND award.reference = made.reference
    LEFT JOIN points_award AS undone_award
      ON undone_award.reason = undone.reason AND undone_award.reference = undone.reference
"""
_STANDING = """
    SELECT inner_side.owner_id, inner_side.kind, moved.recorded_at, moved.points AS change
    FROM points_transfer AS moved JOIN points_account AS inner_side ON inner_side.id = moved.to_account_id
    WHERE inner_side.owner_kind IN ('steward', 'team') AND inner_side.unit = 'points'{during}
    UNION ALL
    SELECT inner_side.owner_id, inner_side.kind, moved.recorded_at, -moved.points
    FROM points_transfer AS moved JOIN points_account AS inner_side ON inner_side.id = moved.from_account_id
    WHERE inner_side.owner_kind IN ('steward', 'team') AND inner_side.unit = 'points'{during}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One line of a report. `key` is a street's or community's code, a category, a reason or a month; '' for teams.

    Flows happened in the period, stocks stood at its end; a category has no stocks.
    """

    key: str
    name: str
    name_en: str
    issued: int = 0
    opening: int = 0
    redeemed: int = 0
    donated: int = 0
    expired: int = 0
    forfeited: int = 0
    outstanding: int | None = None
    held: int | None = None
    honour: int | None = None
    debt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report for whole local months, both included, with its totals as a line of their own."""

    by: By
    first: date
    last: date
    lines: tuple[ReportLine, ...]
    total: ReportLine
    as_of: datetime


@dataclass(slots=True)
class _Sums:
    flows: dict[Flow, int] = field(default_factory=lambda: dict.fromkeys(FLOWS, 0))
    stocks: dict[Stock, int] = field(default_factory=lambda: dict.fromkeys(STOCKS, 0))

    def flow(self, kind: str, change: int) -> None:
        name = _FLOW_OF[kind]
        self.flows[name] += change if name in _IN else -change

    def stand(self, kind: str, change: int) -> None:
        self.stocks[_STOCK_OF.get(kind, "outstanding")] += change

    def line(self, key: str, name: str = "", name_en: str = "", *, stocks: bool = True) -> ReportLine:
        figures: dict[str, int] = dict(self.flows.items())
        if stocks:
            figures.update((stock, points) for stock, points in self.stocks.items())
        return ReportLine(key=key, name=name or key, name_en=name_en or name or key, **figures)


async def report(
    reader: Reader, principal: Principal | None, by: By, *, first: date, last: date, now: datetime
) -> Report:
    """What happened in the local months of `first` to `last`, for the stewards within a caller's reach.

    Give it a snapshot (Database.snapshot) where its lines have to agree with each other to the point.
    """
    within = reach(principal, Action.REPORTS_READ)
    begins = day_start(first.replace(day=1))
    ends = day_start(_next_month(last))
    flows = await _flows(reader, within, by, begins, ends)
    stocks = [] if by == "category" else await _stocks(reader, within, by, ends)
    names = await _names(reader, by)
    lines = _by_month(flows, stocks, first, last) if by == "month" else _by_key(flows, stocks, names, by)
    total = _Sums()
    for row in flows:
        total.flow(row["kind"], int(row["change"]))
    for row in stocks:
        total.stand(row["kind"], int(row["change"]))
    return Report(
        by=by,
        first=first.replace(day=1),
        last=last.replace(day=1),
        lines=tuple(lines),
        total=total.line("total", stocks=by != "category"),
        as_of=now,
    )


async def verify_reports(reader: Reader) -> list[Break]:
    """Reports against the ledger: whatever they are grouped by, they add up to what the accounts hold.

    A steward who is missing from the register, an award that meets an operation twice, or a month's border on the wrong
    side would show here.
    """
    standing = await reader.fetch(
        "SELECT kind, SUM(balance) AS points FROM points_account "
        "WHERE owner_kind IN ('steward', 'team') AND unit = 'points' GROUP BY kind"
    )
    held = _Sums()
    for row in standing:
        held.stand(row["kind"], int(row["points"]))
    inside = held.stocks["outstanding"] + held.stocks["held"] + held.stocks["honour"]
    everything = Reach(everything=True)
    breaks = []
    for by in BYS:
        sums = _Sums()
        for row in await _flows(reader, everything, by, None, None):
            sums.flow(row["kind"], int(row["change"]))
        if by != "category":
            for row in await _stocks(reader, everything, by, None):
                sums.stand(row["kind"], int(row["change"]))
        flowed = sum(points if name in _IN else -points for name, points in sums.flows.items())
        if flowed != inside:
            breaks.append(Break(code="report_flows", row_id=by, expected=str(inside), found=str(flowed)))
        elif by != "category" and sums.stocks != held.stocks:
            breaks.append(Break(code="report_stocks", row_id=by, expected=str(held.stocks), found=str(sums.stocks)))
    return breaks


def _by_key(
    flows: Sequence[Row], stocks: Sequence[Row], names: Mapping[str, tuple[str, str]], by: By
) -> list[ReportLine]:
    sums: dict[str, _Sums] = {}
    for row in flows:
        sums.setdefault(row["key"] or "", _Sums()).flow(row["kind"], int(row["change"]))
    for row in stocks:
        sums.setdefault(row["key"] or "", _Sums()).stand(row["kind"], int(row["change"]))
    return [found.line(key, *names.get(key, ("", "")), stocks=by != "category") for key, found in sorted(sums.items())]


def _by_month(flows: Sequence[Row], stocks: Sequence[Row], first: date, last: date) -> list[ReportLine]:
    """The months with their flows, and what stood at the end of each: all that moved until then."""
    standing = _Sums()
    changes: dict[str, list[Row]] = {}
    for row in stocks:
        changes.setdefault(row["key"], []).append(row)
    months: dict[str, _Sums] = {}
    for row in flows:
        months.setdefault(row["key"], _Sums()).flow(row["kind"], int(row["change"]))
    lines = []
    month, end = first.replace(day=1), last.replace(day=1)
    earlier = sorted(key for key in changes if key < f"{month:%Y-%m}")
    for key in earlier:
        for row in changes[key]:
            standing.stand(row["kind"], int(row["change"]))
    while month <= end:
        key = f"{month:%Y-%m}"
        for row in changes.get(key, ()):
            standing.stand(row["kind"], int(row["change"]))
        found = months.get(key, _Sums())
        found.stocks = dict(standing.stocks)
        lines.append(found.line(key))
        month = _next_month(month)
    return lines


async def _flows(reader: Reader, within: Reach, by: By, begins: datetime | None, ends: datetime | None) -> list[Row]:
    during, args = "", []
    if begins is not None and ends is not None:
        during, args = " AND moved.recorded_at >= $1 AND moved.recorded_at < $2", [begins, ends]
    condition, more = within.condition(
        reader, len(args) + 1, street="steward.street_id", community="steward.community_id"
    )
    key = _key(reader, by, "across.recorded_at")
    return await reader.fetch(
        f"WITH across AS ({_ACROSS.format(during=during)}) "
        f"SELECT {key} AS key, across.kind, SUM(across.change) AS change FROM across "
        f"{_joins(by)} {_BY_CATEGORY if by == 'category' else ''} "
        f"WHERE {condition} GROUP BY {key}, across.kind",
        *args,
        *more,
    )


async def _stocks(reader: Reader, within: Reach, by: By, ends: datetime | None) -> list[Row]:
    during, args = ("", []) if ends is None else (" AND moved.recorded_at < $1", [ends])
    condition, more = within.condition(
        reader, len(args) + 1, street="steward.street_id", community="steward.community_id"
    )
    key = _key(reader, by, "across.recorded_at")
    return await reader.fetch(
        f"WITH across AS ({_STANDING.format(during=during)}) "
        f"SELECT {key} AS key, across.kind, SUM(across.change) AS change FROM across "
        f"{_joins(by)} WHERE {condition} GROUP BY {key}, across.kind",
        *args,
        *more,
    )


def _key(reader: Reader, by: By, at: str) -> str:
    if by == "month":
        return _MONTH[reader.dialect].format(at=at)
    return {"street": "street.code", "community": "community.code", "category": _CATEGORY}[by]


def _joins(by: By) -> str:
    joins = "LEFT JOIN stewards_steward AS steward ON steward.id = across.owner_id"
    if by == "street":
        joins += " LEFT JOIN stewards_street AS street ON street.id = steward.street_id"
    if by == "community":
        joins += " LEFT JOIN stewards_community AS community ON community.id = steward.community_id"
    return joins


async def _names(reader: Reader, by: By) -> dict[str, tuple[str, str]]:
    if by not in {"street", "community"}:
        return {}
    rows = await reader.fetch(f"SELECT code, name, name_en FROM stewards_{by}")
    return {row["code"]: (row["name"], row["name_en"]) for row in rows}


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


async def liability(reader: Reader, street_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What the stewards of each street have and have not spent yet, what is on hold for orders included."""
    rows = await reader.fetch(
        "SELECT steward.street_id, SUM(account.balance) AS points FROM points_account AS account "
        "JOIN stewards_steward AS steward ON steward.id = account.owner_id "
        "WHERE account.owner_kind = 'steward' AND account.kind IN ('spendable', 'services', 'donation', 'escrow') "
        f"AND {reader.one_of('steward.street_id', 1)} GROUP BY steward.street_id",
        sorted(set(street_ids)),
        types={"street_id": UUID},
    )
    return {row["street_id"]: int(row["points"]) for row in rows}
