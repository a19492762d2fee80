"""Which boards there are: what each counts, over which time, and among whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import ClassVar
from uuid import UUID

from kernel.clock import day_start, local_date
from kernel.errors import Kind, Refusal
from kernel.messages import N_
from rewards.periods import Period, period_bounds
from stewards.roles import DISTRICT, Scope, ScopeKind


class Metric(StrEnum):
    """What a board counts."""

    POINTS = "points"
    CASES = "cases"
    PROGRESS = "progress"
    WEEKS = "weeks"
    SCORE = "score"
    TEAMS = "teams"


class League(StrEnum):
    """Lanes of similar length, so that those who look after short ones meet their like (同类小巷)."""

    SHORT = "short"  # up to 150 m
    MIDDLE = "middle"  # up to 400 m
    LONG = "long"


LEAGUE_METRES: Mapping[League, tuple[int, int]] = {
    League.SHORT: (1, 150),
    League.MIDDLE: (151, 400),
    League.LONG: (401, 10**9),
}


def league_of(length_m: int | None) -> League | None:
    """The league of a lane; None where nobody has measured it."""
    return next(
        (league for league, (least, most) in LEAGUE_METRES.items() if length_m and least <= length_m <= most), None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board as it is offered: its name, what its figures are, and the periods and places that make sense for it.

    `decimals` are those of its figures, which are whole numbers all the same: 9250 is 92.50. `by_lane` is false where
    what it counts belongs to no lane. A board `of_last` is about the period before the present one. On a board
    `of_teams` teams stand in place of stewards, in their streets and the district.
    """

    metric: Metric
    name: str
    unit: str
    periods: frozenset[Period]
    about: str
    decimals: int = 0
    by_lane: bool = True
    of_last: bool = False
    of_teams: bool = False

    def kept_among(self, kind: str) -> bool:
        """Whether it is kept among these: a kind of scope, or league."""
        if self.of_teams:
            return kind in {ScopeKind.DISTRICT, ScopeKind.STREET}
        return self.by_lane or kind not in {ScopeKind.LANE, "league"}


BOARDS: Mapping[Metric, Board] = {
    board.metric: board
    for board in (
        Board(
            metric=Metric.POINTS,
            name=N_("积分榜"),
            unit=N_("分"),
            periods=frozenset(Period),
            about=N_("这一时期做的事挣得的积分，花掉的不减。"),
        ),
        Board(
            metric=Metric.CASES,
            name=N_("办案榜"),
            unit=N_("件"),
            periods=frozenset(Period),
            about=N_("这一时期上报、经别人核实的案件，不计积分多少。"),
        ),
        Board(
            metric=Metric.PROGRESS,
            name=N_("进步榜"),
            unit=N_("分"),
            periods=frozenset(Period) - {Period.ALL},
            about=N_("上一时期比再前一时期多挣的积分，和自己比。"),
            of_last=True,
        ),
        Board(
            metric=Metric.WEEKS,
            name=N_("坚持榜"),
            unit=N_("周"),
            periods=frozenset(Period) - {Period.DAY, Period.WEEK},
            about=N_("这一时期有几周巡访或者做了别的事，并经别人核实；一周做多做少都算一周。"),
            by_lane=False,
        ),
        Board(
            metric=Metric.SCORE,
            name=N_("评价榜"),
            unit=N_("分"),
            periods=frozenset({Period.QUARTER, Period.YEAR}),
            about=N_("上一时期结账的综合评价得分，几次的取平均。"),
            decimals=2,
            by_lane=False,
            of_last=True,
        ),
        Board(
            metric=Metric.TEAMS,
            name=N_("管家团榜"),
            unit=N_("分"),
            periods=frozenset(Period),
            about=N_("团员在团期间做的事挣得的积分，全团相加；入团前、离团后的不算。"),
            by_lane=False,
            of_teams=True,
        ),
    )
}


class UnknownBoard(Refusal):
    """There is no such board, or not over this period (没有这个榜)."""

    code = "unknown_board"
    kind: ClassVar[Kind] = Kind.INVALID
    message = N_("没有这个榜，或者这个榜不按这个时期、这个范围排。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The half-open range of instants whose events count; before `middle_at`, if any, they count against."""

    begins_at: datetime
    ends_at: datetime
    middle_at: datetime | None = None

    @property
    def shown_from(self) -> datetime:
        """When the period that the board is about begins."""
        return self.middle_at or self.begins_at


def span_of(metric: Metric, period: Period, now: datetime) -> Span:
    """What counts for a board at an instant: the period around it, or the one before; for progress the two before.

    Raises:
        UnknownBoard: this board knows no such period.

    """
    if period not in BOARDS[metric].periods:
        raise UnknownBoard(pointer="/period")
    return _span_on(metric, period, local_date(now))


@lru_cache(maxsize=1_024)
def _span_on(metric: Metric, period: Period, day: date) -> Span:
    begins_at, ends_at = period_bounds(period, day_start(day))
    if not BOARDS[metric].of_last:
        return Span(begins_at=begins_at, ends_at=ends_at)
    last = period_bounds(period, begins_at - timedelta(microseconds=1))[0]
    if metric is not Metric.PROGRESS:
        return Span(begins_at=last, ends_at=begins_at)
    former = period_bounds(period, last - timedelta(microseconds=1))[0]
    return Span(begins_at=former, middle_at=last, ends_at=begins_at)


@dataclass(frozen=True)
class BoardKey:
    """One board as ranks hold it on one local day: when the day ends, periods and movement are others."""

    metric: Metric
    period: Period
    among: Scope | League
    day: date

    @cached_property
    def name(self) -> str:
        """The key as text, such as points:month:street:…:2026-11-23."""
        among = self.among
        part = f"league:{among}" if isinstance(among, League) else f"{among.kind}:{among.id or '-'}"
        return f"{self.metric}:{self.period}:{part}:{self.day.isoformat()}"

    @cached_property
    def former_name(self) -> str:
        """The name of the same board as it was at yesterday's end."""
        return f"{self.name}:then"

    @classmethod
    def parse(cls, name: str) -> "BoardKey | None":
        """The key of a board's name; None for boards of yesterday's end and for what is none of ours."""
        parts = name.split(":")
        if len(parts) != 5:
            return None
        metric, period, kind, among, day = parts
        try:
            place: Scope | League
            if kind == "league":
                place = League(among)
            else:
                place = DISTRICT if among == "-" else Scope(ScopeKind(kind), UUID(among))
            return cls(Metric(metric), Period(period), place, date.fromisoformat(day))
        except ValueError:
            return None


def check_among(metric: Metric, among: Scope | League) -> None:
    """Whether a board is kept among these.

    Raises:
        UnknownBoard: what it counts belongs to no lane, or to teams.

    """
    if not BOARDS[metric].kept_among("league" if isinstance(among, League) else among.kind):
        raise UnknownBoard(pointer="/scope")


def key_of(metric: Metric, period: Period, among: Scope | League, now: datetime) -> BoardKey:
    """The key of a board at an instant.

    Raises:
        UnknownBoard: this board knows no such period, or is not kept among these.

    """
    return _key_on(metric, period, among, local_date(now))


@lru_cache(maxsize=8_192)
def _key_on(metric: Metric, period: Period, among: Scope | League, day: date) -> BoardKey:
    span_of(metric, period, day_start(day))
    check_among(metric, among)
    return BoardKey(metric, period, among, day)
