"""What was issued, spent, expired and is outstanding, by street, community, category or month, from the ledger alone.

Points are inside while a steward or a team has them. What crosses that border is a flow, named by the other side:
issued, opening, redeemed, expired, donated, forfeited. Flows are net, so that what was taken back, refunded or repaid a
debt counts against what it undid, and what is inside is always the sum of what ever flowed (report_verifying).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, get_args
from uuid import UUID

from kernel.clock import day_start
from kernel.database import Reader, Row
from points.report_closing import last_closed
from points.report_moves import BY_CATEGORY, CATEGORY, MONTH, flows_beyond, stocks_beyond
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import Reach, reach

By = Literal["street", "community", "category", "month"]
BYS: tuple[By, ...] = get_args(By)
Flow = Literal["issued", "opening", "redeemed", "donated", "expired", "forfeited"]
FLOWS: tuple[Flow, ...] = get_args(Flow)
Stock = Literal["outstanding", "held", "honour", "debt"]
STOCKS: tuple[Stock, ...] = get_args(Stock)

# Into which column of a report the two kinds of rows go. Street budgets pay for what is issued.
_FLOW_OF: Mapping[str, Flow] = {**{name: name for name in FLOWS}, "budget": "issued"}
IN: frozenset[Flow] = frozenset({"issued", "opening"})
_STOCK_OF: Mapping[str, Stock] = {"escrow": "held", "honour": "honour", "debt": "debt"}  # the rest can be spent


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
class Sums:
    """Flows and stocks that are added up."""

    flows: dict[Flow, int] = field(default_factory=lambda: dict.fromkeys(FLOWS, 0))
    stocks: dict[Stock, int] = field(default_factory=lambda: dict.fromkeys(STOCKS, 0))

    def flow(self, kind: str, change: int) -> None:
        """Add what came from (positive) or went to the other side."""
        name = _FLOW_OF[kind]
        self.flows[name] += change if name in IN else -change

    def stand(self, kind: str, change: int) -> None:
        """Add what stands in a purse."""
        self.stocks[_STOCK_OF.get(kind, "outstanding")] += change

    def line(self, key: str, name: str = "", name_en: str = "", *, stocks: bool = True) -> ReportLine:
        """What was added up, as a line of a report."""
        figures: dict[str, int] = dict(self.flows.items())
        if stocks:
            figures.update((stock, points) for stock, points in self.stocks.items())
        return ReportLine(key=key, name=name or key, name_en=name_en or name or key, **figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: whose, grouped by what, which months ('' and None for all of them), and which one is closed."""

    within: Reach
    by: By
    closed: str
    first: str = ""
    last: str = ""
    begins: datetime | None = None
    ends: datetime | None = None

    def condition(self, reader: Reader, at: int, *, place: str = "steward") -> tuple[str, list[Any]]:
        """Whose, as SQL."""
        return self.within.condition(reader, at, street=f"{place}.street_id", community=f"{place}.community_id")

    def during(self, *, between: bool) -> tuple[str, list[Any]]:
        """When, as SQL: between the first and the last month, or until the end of the last."""
        if self.begins is None or self.ends is None:
            return "", []
        if not between:
            return " AND moved.recorded_at < $1", [self.ends]
        return " AND moved.recorded_at >= $1 AND moved.recorded_at < $2", [self.begins, self.ends]


async def report(
    reader: Reader, principal: Principal | None, by: By, *, first: date, last: date, now: datetime
) -> Report:
    """What happened in the local months of `first` to `last`, for the stewards within a caller's reach.

    Closed months are read from their sums, as their stewards stood then; only what moved since is added up. Give it a
    snapshot (Database.snapshot) where its lines have to agree with each other to the point.
    """
    asked = Asked(
        within=reach(principal, Action.REPORTS_READ),
        by=by,
        first=f"{first:%Y-%m}",
        last=f"{last:%Y-%m}",
        closed=await last_closed(reader) or "",
        begins=day_start(first.replace(day=1)),
        ends=day_start(_next_month(last)),
    )
    flows = await flows_of(reader, asked)
    names = await _names(reader, by)
    total = Sums()
    for row in flows:
        total.flow(row["kind"], int(row["change"]))
    if by == "month":
        standing = await _standing_by_month(reader, asked, first, last)
        lines = _by_month(flows, standing)
        total.stocks = standing[asked.last].stocks
    else:
        stocks = [] if by == "category" else await stocks_of(reader, asked)
        lines = _by_key(flows, stocks, names, by)
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


def _by_key(
    flows: Sequence[Row], stocks: Sequence[Row], names: Mapping[str, tuple[str, str]], by: By
) -> list[ReportLine]:
    sums: dict[str, Sums] = {}
    for row in flows:
        sums.setdefault(row["key"] or "", Sums()).flow(row["kind"], int(row["change"]))
    for row in stocks:
        sums.setdefault(row["key"] or "", Sums()).stand(row["kind"], int(row["change"]))
    return [found.line(key, *names.get(key, ("", "")), stocks=by != "category") for key, found in sorted(sums.items())]


def _by_month(flows: Sequence[Row], standing: Mapping[str, Sums]) -> list[ReportLine]:
    """The months with their flows, and what stood at the end of each."""
    months: dict[str, Sums] = {}
    for row in flows:
        months.setdefault(row["key"], Sums()).flow(row["kind"], int(row["change"]))
    lines = []
    for key, found in standing.items():
        month = months.get(key, Sums())
        month.stocks = found.stocks
        lines.append(month.line(key))
    return lines


async def _standing_by_month(reader: Reader, asked: Asked, first: date, last: date) -> dict[str, Sums]:
    """What stood at the end of each month: kept for closed ones, then what changed since added month by month."""
    kept: dict[str, Sums] = {}
    for row in await _kept(reader, asked, stocks=True):
        kept.setdefault(row["key"], Sums()).stand(row["kind"], int(row["change"]))
    running = Sums()
    changes: dict[str, list[Row]] = {}
    if asked.last > asked.closed:
        for row in await _marked(reader, asked):
            running.stand(row["kind"], int(row["change"]))
        for row in await _changed(reader, asked):
            changes.setdefault(row["key"], []).append(row)
    found: dict[str, Sums] = {}
    month = first.replace(day=1)
    for key in sorted(key for key in changes if key < asked.first):
        for row in changes[key]:
            running.stand(row["kind"], int(row["change"]))
    while (key := f"{month:%Y-%m}") <= asked.last:
        if key <= asked.closed:
            found[key] = kept.get(key, Sums())
        else:
            for row in changes.get(key, ()):
                running.stand(row["kind"], int(row["change"]))
            found[key] = Sums(stocks=dict(running.stocks))
        month = _next_month(month)
    return found


async def flows_of(reader: Reader, asked: Asked) -> list[Row]:
    """What flowed in the asked months: kept for closed ones, added up beyond them."""
    kept = await _kept(reader, asked, stocks=False)
    if asked.last and asked.last <= asked.closed:
        return kept
    during, args = asked.during(between=True)
    condition, more = asked.condition(reader, len(args) + 1)
    key = _key(reader, asked.by, "across.recorded_at")
    return kept + await reader.fetch(
        f"WITH across AS ({flows_beyond(reader, during)}) "
        f"SELECT {key} AS key, across.kind, SUM(across.change) AS change FROM across "
        f"{_joins(asked.by)} {BY_CATEGORY if asked.by == 'category' else ''} "
        f"WHERE {condition} GROUP BY {key}, across.kind",
        *args,
        *more,
    )


async def stocks_of(reader: Reader, asked: Asked) -> list[Row]:
    """What stood at the end of the last asked month."""
    if asked.last and asked.last <= asked.closed:
        return await _kept(reader, asked, stocks=True)
    return [*await _marked(reader, asked), *await _changed(reader, asked)]


async def _kept(reader: Reader, asked: Asked, *, stocks: bool) -> list[Row]:
    """The sums of closed months. Of what stood, by month each month, else the last one."""
    if not asked.closed or asked.first > asked.closed:
        return []
    condition, args = asked.condition(reader, 1, place="kept")
    last = min(asked.last or asked.closed, asked.closed)
    first = last if stocks and asked.by != "month" else asked.first
    args += [first, last]
    key = {"month": "kept.month", "category": "kept.category"}.get(asked.by, f"{asked.by}.code")
    joins = {
        "street": "LEFT JOIN stewards_street AS street ON street.id = kept.street_id",
        "community": "LEFT JOIN stewards_community AS community ON community.id = kept.community_id",
    }
    return await reader.fetch(
        f"SELECT {key} AS key, kept.kind, SUM(kept.points) AS change FROM points_report_sum AS kept "
        f"{joins.get(asked.by, '')} WHERE {condition} "
        f"AND kept.month >= ${len(args) - 1} AND kept.month <= ${len(args)} "
        f"AND (kept.category = '') = {'true' if stocks else 'false'} GROUP BY {key}, kept.kind",
        *args,
    )


async def _marked(reader: Reader, asked: Asked) -> list[Row]:
    """What stood when the last month was closed, by where stewards stand today."""
    if not asked.closed:
        return []
    condition, args = asked.condition(reader, 1)
    key = "''" if asked.by == "month" else _key(reader, asked.by, "")
    return await reader.fetch(
        f"SELECT {key} AS key, account.kind, SUM(mark.balance) AS change FROM points_report_mark AS mark "
        "JOIN points_account AS account ON account.id = mark.account_id "
        f"{_joins(asked.by, owner='account.owner_id')} WHERE {condition} GROUP BY 1, account.kind",
        *args,
    )


async def _changed(reader: Reader, asked: Asked) -> list[Row]:
    during, args = asked.during(between=False)
    condition, more = asked.condition(reader, len(args) + 1)
    key = _key(reader, asked.by, "across.recorded_at")
    return await reader.fetch(
        f"WITH across AS ({stocks_beyond(reader, during)}) "
        f"SELECT {key} AS key, across.kind, SUM(across.change) AS change FROM across "
        f"{_joins(asked.by)} WHERE {condition} GROUP BY {key}, across.kind",
        *args,
        *more,
    )


def _key(reader: Reader, by: By, at: str) -> str:
    if by == "month":
        return MONTH[reader.dialect].format(at=at)
    return {"street": "street.code", "community": "community.code", "category": CATEGORY}[by]


def _joins(by: By, owner: str = "across.owner_id") -> str:
    joins = f"LEFT JOIN stewards_steward AS steward ON steward.id = {owner}"
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
