"""What a steward has: the balance now or at any past instant, and the statement with its receipts."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from api.bodies import JinpaiRequest
from api.composition import district_of
from api.envelope import locale_of
from api.errors import Fault, Faulty
from api.v1.answers import Page, ReceiptShown, receipt_shown
from api.v1.parameters import Limit, instant
from api.v1.stewards import steward_within_reach
from cases.pending import pending_points
from kernel.messages import N_, Locale, Text
from points.balances import balance
from points.statement import StatementEntry, statement
from rewards.boards.definitions import Metric
from rewards.periods import Period
from rewards.standing import Ranked
from stewards.directory import StewardEntry
from stewards.permissions import Action
from stewards.roles import Scope, ScopeKind

_TAGS = ["stewards"]
_INSTANT = {"format": "date-time"}


class ExpiringShown(msgspec.Struct, kw_only=True):
    """Points whose last day is `on`."""

    on: date
    points: int


class BalanceShown(msgspec.Struct, kw_only=True):
    """What a steward has, purse by purse, and minutes of service.

    `pending` is what unverified cases would be worth today, null for a past instant; `held` is on hold for orders;
    `services` buy services only, `donation` can only be donated, `honour` is never spent; `expiring` is of `spendable`.
    """

    steward_id: UUID
    spendable: int
    pending: int | None
    held: int
    honour: int
    services: int
    donation: int
    minutes: int
    debt: int
    lifetime: int
    expiring: list[ExpiringShown]
    as_of: datetime


class OperationShown(msgspec.Struct, kw_only=True):
    """Another operation that an entry is linked with; null where only its id is known."""

    id: UUID
    reason: str | None
    reference: str | None


class EntryShown(msgspec.Struct, kw_only=True):
    """One transfer as its steward sees it, leg `leg` of its operation, from the side of `account`.

    Of debt, sign +1 owes more, -1 repaid. `cursor` leads to the next.
    """

    id: UUID
    account: Literal["spendable", "debt", "honour", "services", "donation"]
    leg: int
    sign: int
    points: int
    balance_after: int
    reason: str
    reference: str
    counterpart: str
    operation_id: UUID
    award_id: UUID | None
    receipt: ReceiptShown | None
    reverses: OperationShown | None
    reversed_by: OperationShown | None
    occurred_at: datetime
    recorded_at: datetime
    cursor: str


@get("/stewards/{steward_id:uuid}/balance", opt={"action": Action.POINTS_READ}, tags=_TAGS, operation_id="showBalance")
async def show_balance(
    request: JinpaiRequest,
    steward_id: FromPath[UUID],
    at: Annotated[
        str | None, QueryParameter(description="A past instant with its offset", schema_extra=_INSTANT)
    ] = None,
) -> BalanceShown:
    """What a steward has now, or had at an instant."""
    entry = await steward_within_reach(request, steward_id, Action.POINTS_READ)
    district = district_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    past = instant(at, "at")
    if past is not None and past > now:
        detail = Text(N_("不能是将来的时间。"))
        raise Faulty([Fault(pointer="at", detail=detail, code="in_the_future")])
    found = await balance(reader, entry.id, now=now, at=past)
    pending = None if past else (await pending_points(reader, [entry.id]))[entry.id]
    return BalanceShown(
        steward_id=entry.id,
        spendable=found.spendable,
        pending=pending,
        held=found.held,
        honour=found.honour,
        services=found.services,
        donation=found.donation,
        minutes=found.minutes,
        debt=found.debt,
        lifetime=found.lifetime,
        expiring=[ExpiringShown(on=part.on, points=part.points) for part in found.expiring],
        as_of=found.as_of,
    )


@get(
    "/stewards/{steward_id:uuid}/statement",
    opt={"action": Action.POINTS_READ},
    tags=_TAGS,
    operation_id="showStatement",
)
async def show_statement(
    request: JinpaiRequest,
    steward_id: FromPath[UUID],
    limit: Limit = 50,
    starting_after: Annotated[
        str | None, QueryParameter(max_length=64, description="The last cursor of the page before")
    ] = None,
) -> Page[EntryShown]:
    """Every transfer that touched what the steward has or owes, newest first."""
    entry = await steward_within_reach(request, steward_id, Action.POINTS_READ)
    reader = await district_of(request).database.reader()
    found = await statement(reader, entry.id, starting_after=starting_after, limit=limit + 1)
    locale = locale_of(request)
    return Page(data=[_entry(line, locale) for line in found[:limit]], has_more=len(found) > limit)


def _entry(line: StatementEntry, locale: Locale) -> EntryShown:
    reason, reference = line.reverses or (None, None)
    return EntryShown(
        id=line.id,
        account=line.account,
        leg=line.leg,
        sign=line.sign,
        points=line.points,
        balance_after=line.balance_after,
        reason=line.reason,
        reference=line.reference,
        counterpart=line.counterpart,
        operation_id=line.operation_id,
        award_id=line.award_id,
        receipt=receipt_shown(line.receipt, locale) if line.receipt else None,
        reverses=OperationShown(id=line.reverses_id, reason=reason, reference=reference) if line.reverses_id else None,
        reversed_by=(
            OperationShown(id=line.reversed_by_id, reason=None, reference=None) if line.reversed_by_id else None
        ),
        occurred_at=line.occurred_at,
        recorded_at=line.recorded_at,
        cursor=line.cursor,
    )


class RankShown(msgspec.Struct, kw_only=True):
    """A line of a board; the name is masked unless its steward consented. `movement`: places since yesterday, -2 up."""

    rank: int
    steward_id: UUID
    name: str
    points: int
    movement: int | None


class StandingShown(msgspec.Struct, kw_only=True):
    """Where a steward stands among those with points; `rank` is null without points."""

    steward_id: UUID
    board: str
    scope_id: UUID | None
    period: str
    begins_at: datetime
    ends_at: datetime
    rank: int | None
    of_how_many: int
    points: int
    percentile: int | None
    movement: int | None
    above: list[RankShown]
    below: list[RankShown]
    as_of: datetime


@get(
    "/stewards/{steward_id:uuid}/standing",
    opt={"action": Action.BOARDS_READ},
    tags=_TAGS,
    operation_id="showStanding",
)
async def show_standing(
    request: JinpaiRequest,
    steward_id: FromPath[UUID],
    board: FromQuery[Literal["district", "street", "community", "lane"]] = "street",
    period: FromQuery[Literal["day", "week", "month", "quarter", "year", "all"]] = "month",
    metric: FromQuery[Literal["points", "cases", "progress", "weeks", "score"]] = "points",
) -> StandingShown:
    """Where a steward stands in a place, with the nearest two on either side; `points` are what `metric` counts."""
    entry = await steward_within_reach(request, steward_id, Action.POINTS_READ)
    district = district_of(request)
    scope = _scope(entry, board)
    found = await district.boards.standing_of(entry.id, Metric(metric), Period(period), scope)
    return StandingShown(
        steward_id=entry.id,
        board=board,
        scope_id=scope.id,
        period=period,
        begins_at=found.begins_at,
        ends_at=found.ends_at,
        rank=found.rank,
        of_how_many=found.of_how_many,
        points=found.points,
        percentile=found.percentile,
        movement=found.movement,
        above=[_rank(line) for line in found.above],
        below=[_rank(line) for line in found.below],
        as_of=found.as_of,
    )


def _scope(entry: StewardEntry, board: str) -> Scope:
    if board == "lane":
        if not entry.duties:
            detail = Text(N_("这位管家现在没有负责的小巷。"))
            raise Faulty([Fault(pointer="board", detail=detail, code="no_lane")])
        return Scope(ScopeKind.LANE, entry.duties[0].lane_id)
    ids = {"street": entry.street_id, "community": entry.community_id, "district": None}
    return Scope(ScopeKind(board), ids[board])


def _rank(line: Ranked) -> RankShown:
    return RankShown(
        rank=line.rank, steward_id=line.steward_id, name=line.name, points=line.points, movement=line.movement
    )


route_handlers: list[Any] = [show_balance, show_statement, show_standing]
