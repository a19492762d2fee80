"""The funding report (资金报告): what is owed in points, what that is in yuan, and how well rewards are being reached.

All figures come from the rows, set-wise; nothing is kept. Flows count in the period in which they were recorded, money
is whole fen (分, a hundredth of a yuan) by the worth of a point that the deployment has set. Points of the honour
purse are owed to nobody, as they buy nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.clock import day_start
from kernel.database import Reader, Together
from rewards.elapsed import days_between
from rewards.shelf import price_of_items
from stewards.permissions import Action, NotAllowed
from stewards.principal import Principal
from stewards.reach import Reach, reach

TOP_ITEMS = 10
DEAD_AFTER = timedelta(days=90)
MOST_DEAD = 50
_OWED = ("spendable", "services", "donation")
_FROM_WORLD = frozenset({"issued", "opening", "budget"})


@dataclass(slots=True, kw_only=True)
class StreetFunding:
    """One street's figures, or those of all streets together (`street_id` None). Points unless named otherwise.

    `outstanding` is what its stewards can spend now, `held` what is on hold for their orders; both are owed.
    `issued`, `redeemed`, `donated` and `expired` are the period's flows, reversals and refunds taken off. Days are
    means: from earning to ordering weighted by points, from ordering to collecting by orders; None without any.
    """

    street_id: UUID | None
    code: str
    name: str
    name_en: str
    stewards: int = 0
    outstanding: int = 0
    held: int = 0
    issued: int = 0
    redeemed: int = 0
    donated: int = 0
    expired: int = 0
    orders: int = 0
    collected: int = 0
    waiting: int = 0
    days_to_spend: float | None = None
    days_to_collect: float | None = None
    _spent: tuple[float, int] = field(default=(0.0, 0), repr=False)
    _gathered: tuple[float, int] = field(default=(0.0, 0), repr=False)

    @property
    def owed(self) -> int:
        """Every point that may still be redeemed."""
        return self.outstanding + self.held

    @property
    def redemption_rate(self) -> float | None:
        """Redeemed and donated for each point issued in the period; None where none was issued."""
        return round((self.redeemed + self.donated) / self.issued, 4) if self.issued > 0 else None

    def liability_fen(self, point_fen: int) -> int:
        """What is owed, in fen."""
        return self.owed * point_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFigures:
    """An item in the period: units ordered (those given back taken off), the points for them, how many people."""

    item_id: UUID
    code: str
    name: str
    name_en: str
    units: int
    points: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadStock:
    """What lies at a place and nobody has ordered for ninety days, with what it would cost in points."""

    item_id: UUID
    code: str
    name: str
    name_en: str
    place: str
    place_en: str
    units: int
    points: int
    last_ordered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingReport:
    """The report of a period (both days included), as of a moment."""

    from_day: date
    to_day: date
    as_of: datetime
    point_fen: int
    total: StreetFunding
    streets: tuple[StreetFunding, ...]
    top_items: tuple[ItemFigures, ...]
    dead_stock: tuple[DeadStock, ...]


async def funding_report(
    reader: Reader,
    principal: Principal,
    *,
    from_day: date,
    to_day: date,
    point_fen: int,
    now: datetime,
    street_id: UUID | None = None,
) -> FundingReport:
    """The report of the streets within the caller's reach, or of one of them.

    Raises:
        NotAllowed: the caller reads no such report.

    """
    within = reach(principal, Action.FUNDING_READ)
    if within.nothing:
        raise NotAllowed
    streets = await _streets(reader, within, street_id)
    ids = sorted(streets)
    begins, ends = day_start(from_day), day_start(to_day + timedelta(days=1))
    async with Together(reader) as ask:
        ask(_balances, streets, ids)
        for flow in (_flows, _spending, _ordered, _collected):
            ask(flow, streets, ids, begins, ends)
        ask(_waiting, streets, ids)
        top_items = ask(_top_items, ids, begins, ends)
        dead_stock = ask(_dead_stock, ids, now)
    for street in streets.values():
        _settle_means(street)
    return FundingReport(
        from_day=from_day,
        to_day=to_day,
        as_of=now,
        point_fen=point_fen,
        total=_together(streets.values()),
        streets=tuple(streets.values()),
        top_items=top_items.result(),
        dead_stock=dead_stock.result(),
    )


async def _streets(reader: Reader, within: Reach, street_id: UUID | None) -> dict[UUID, StreetFunding]:
    allowed, args = within.condition(reader, 1, street="street.id")
    if street_id is not None:
        args = [*args, street_id]
        allowed = f"{allowed} AND street.id = ${len(args)}"
    rows = await reader.fetch(
        f"""
        SELECT street.id, street.code, street.name, street.name_en, COUNT(steward.id) AS stewards
        FROM stewards_street street
        LEFT JOIN stewards_steward steward ON steward.street_id = street.id AND steward.status = 'active'
        WHERE {allowed} GROUP BY street.id, street.code, street.name, street.name_en ORDER BY street.code
        """,
        *args,
        types={"id": UUID},
    )
    return {
        row["id"]: StreetFunding(
            street_id=row["id"],
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            stewards=row["stewards"],
        )
        for row in rows
    }


async def _balances(reader: Reader, streets: Mapping[UUID, StreetFunding], ids: Sequence[UUID]) -> None:
    rows = await reader.fetch(
        f"""
        SELECT steward.street_id, account.kind, CAST(SUM(account.balance) AS BIGINT) AS points
        FROM points_account account JOIN stewards_steward steward ON steward.id = account.owner_id
        WHERE account.owner_kind = 'steward' AND account.unit = 'points' AND {reader.one_of("account.kind", 1)}
          AND {reader.one_of("steward.street_id", 2)}
        GROUP BY steward.street_id, account.kind
        """,
        [*_OWED, "escrow"],
        list(ids),
        types={"street_id": UUID},
    )
    for row in rows:
        street = streets[row["street_id"]]
        if row["kind"] == "escrow":
            street.held += row["points"]
        else:
            street.outstanding += row["points"]


async def _flows(
    reader: Reader, streets: Mapping[UUID, StreetFunding], ids: Sequence[UUID], begins: datetime, ends: datetime
) -> None:
    """Points that came from and went to the ends of the world; what went back counts against its own end."""
    rows = await reader.fetch(
        f"""
        SELECT steward.street_id, source.kind AS from_kind, target.kind AS to_kind,
               CAST(SUM(transfer.points) AS BIGINT) AS points
        FROM points_transfer transfer
        JOIN points_account source ON source.id = transfer.from_account_id
        JOIN points_account target ON target.id = transfer.to_account_id
        JOIN stewards_steward steward ON steward.id = CASE
            WHEN target.owner_kind = 'steward' THEN target.owner_id ELSE source.owner_id END
        WHERE transfer.recorded_at >= $1 AND transfer.recorded_at < $2 AND source.unit = 'points'
          AND (source.owner_kind <> 'steward' OR target.owner_kind <> 'steward')
          AND source.kind <> 'honour' AND target.kind <> 'honour' AND {reader.one_of("steward.street_id", 3)}
        GROUP BY steward.street_id, source.kind, target.kind
        """,
        begins,
        ends,
        list(ids),
        types={"street_id": UUID},
    )
    for row in rows:
        street, points = streets[row["street_id"]], row["points"]
        for kind, signed in ((row["to_kind"], points), (row["from_kind"], -points)):
            if kind == "redeemed":
                street.redeemed += signed
            elif kind == "donated":
                street.donated += signed
            elif kind in {"expired", "forfeited"}:
                street.expired += signed
            elif kind in _FROM_WORLD:
                street.issued -= signed


async def _spending(
    reader: Reader, streets: Mapping[UUID, StreetFunding], ids: Sequence[UUID], begins: datetime, ends: datetime
) -> None:
    """How long points lay before they were put to use, by the lots that orders took them from."""
    days = days_between(reader, "lot.granted_at", "transfer.recorded_at")
    rows = await reader.fetch(
        f"""
        SELECT steward.street_id, SUM({days} * allocation.points) AS weighed,
               CAST(SUM(allocation.points) AS BIGINT) AS points
        FROM points_lot_allocation allocation
        JOIN points_transfer transfer ON transfer.id = allocation.transfer_id
        JOIN points_account target ON target.id = transfer.to_account_id
        JOIN points_lot lot ON lot.transfer_id = allocation.lot_id
        JOIN points_account purse ON purse.id = lot.account_id
        JOIN stewards_steward steward ON steward.id = purse.owner_id
        WHERE allocation.points > 0 AND target.kind IN ('escrow', 'redeemed', 'donated')
          AND transfer.recorded_at >= $1 AND transfer.recorded_at < $2 AND {reader.one_of("steward.street_id", 3)}
        GROUP BY steward.street_id
        """,
        begins,
        ends,
        list(ids),
        types={"street_id": UUID},
    )
    for row in rows:
        streets[row["street_id"]]._spent = (float(row["weighed"]), int(row["points"]))


async def _ordered(
    reader: Reader, streets: Mapping[UUID, StreetFunding], ids: Sequence[UUID], begins: datetime, ends: datetime
) -> None:
    counted = await reader.fetch(
        f"""
        SELECT street_id, COUNT(*) AS orders FROM rewards_order
        WHERE reserved_at >= $1 AND reserved_at < $2 AND {reader.one_of("street_id", 3)} GROUP BY street_id
        """,
        begins,
        ends,
        list(ids),
        types={"street_id": UUID},
    )
    for row in counted:
        streets[row["street_id"]].orders = row["orders"]


async def _collected(
    reader: Reader, streets: Mapping[UUID, StreetFunding], ids: Sequence[UUID], begins: datetime, ends: datetime
) -> None:
    days = days_between(reader, "ordered.reserved_at", "event.recorded_at")
    collected = await reader.fetch(
        f"""
        SELECT ordered.street_id, SUM({days}) AS days, COUNT(*) AS orders
        FROM rewards_order_event event JOIN rewards_order ordered ON ordered.id = event.order_id
        WHERE event.action = 'collect' AND event.to_state = 'collected'
          AND event.recorded_at >= $1 AND event.recorded_at < $2 AND {reader.one_of("ordered.street_id", 3)}
        GROUP BY ordered.street_id
        """,
        begins,
        ends,
        list(ids),
        types={"street_id": UUID},
    )
    for row in collected:
        street = streets[row["street_id"]]
        street.collected = row["orders"]
        street._gathered = (float(row["days"]), int(row["orders"]))


async def _waiting(reader: Reader, streets: Mapping[UUID, StreetFunding], ids: Sequence[UUID]) -> None:
    waiting = await reader.fetch(
        f"""
        SELECT place.street_id, COUNT(*) AS people FROM rewards_waiting_entry entry
        JOIN rewards_stock stock ON stock.id = entry.stock_id
        JOIN rewards_pick_up_place place ON place.id = stock.place_id
        WHERE entry.state IN ('waiting', 'offered') AND {reader.one_of("place.street_id", 1)}
        GROUP BY place.street_id
        """,
        list(ids),
        types={"street_id": UUID},
    )
    for row in waiting:
        streets[row["street_id"]].waiting = row["people"]


async def _top_items(reader: Reader, ids: Sequence[UUID], begins: datetime, ends: datetime) -> tuple[ItemFigures, ...]:
    rows = await reader.fetch(
        f"""
        SELECT item.id AS item_id, item.code, item.name, item.name_en,
               CAST(SUM(line.quantity - line.released - line.refunded) AS BIGINT) AS units,
               CAST(SUM((line.quantity - line.released - line.refunded) * line.points_each) AS BIGINT) AS points,
               COUNT(DISTINCT line.steward_id) AS people
        FROM rewards_order_line line
        JOIN rewards_order ordered ON ordered.id = line.order_id
        JOIN rewards_item item ON item.id = line.item_id
        WHERE line.reserved_at >= $1 AND line.reserved_at < $2 AND {reader.one_of("ordered.street_id", 3)}
        GROUP BY item.id, item.code, item.name, item.name_en
        HAVING SUM(line.quantity - line.released - line.refunded) > 0
        ORDER BY units DESC, points DESC, item.code LIMIT {TOP_ITEMS}
        """,
        begins,
        ends,
        list(ids),
        types={"item_id": UUID},
    )
    return tuple(ItemFigures(**dict(row)) for row in rows)


async def _dead_stock(reader: Reader, ids: Sequence[UUID], now: datetime) -> tuple[DeadStock, ...]:
    rows = await reader.fetch(
        f"""
        SELECT item.id AS item_id, item.code, item.name, item.name_en, place.name AS place, place.name_en AS place_en,
               stock.available AS units,
               (SELECT MAX(line.reserved_at) FROM rewards_order_line line WHERE line.stock_id = stock.id)
                   AS last_ordered_at
        FROM rewards_stock stock
        JOIN rewards_item item ON item.id = stock.item_id
        JOIN rewards_pick_up_place place ON place.id = stock.place_id
        WHERE stock.available > 0 AND {reader.one_of("place.street_id", 1)}
          AND NOT EXISTS (
              SELECT 1 FROM rewards_order_line line WHERE line.stock_id = stock.id AND line.reserved_at >= $2)
          AND EXISTS (SELECT 1 FROM rewards_stock_move move WHERE move.stock_id = stock.id AND move.recorded_at < $2)
        ORDER BY stock.available DESC, item.code, place.code LIMIT {MOST_DEAD}
        """,
        list(ids),
        now - DEAD_AFTER,
        types={"item_id": UUID, "last_ordered_at": datetime},
    )
    prices = await price_of_items(reader, {row["item_id"] for row in rows}, now=now) if rows else {}
    return tuple(DeadStock(**dict(row), points=row["units"] * prices.get(row["item_id"], 0)) for row in rows)


def _settle_means(street: StreetFunding) -> None:
    street.days_to_spend = _mean(street._spent)
    street.days_to_collect = _mean(street._gathered)


def _mean(weighed: tuple[float, int]) -> float | None:
    return round(weighed[0] / weighed[1], 1) if weighed[1] else None


def _together(streets: Any) -> StreetFunding:
    total = StreetFunding(street_id=None, code="", name="合计", name_en="Total")
    sums: defaultdict[str, int] = defaultdict(int)
    for street in streets:
        for name in (
            *("stewards", "outstanding", "held", "issued", "redeemed", "donated", "expired"),
            *("orders", "collected", "waiting"),
        ):
            sums[name] += getattr(street, name)
        total._spent = (total._spent[0] + street._spent[0], total._spent[1] + street._spent[1])
        total._gathered = (total._gathered[0] + street._gathered[0], total._gathered[1] + street._gathered[1])
    for name, value in sums.items():
        setattr(total, name, value)
    _settle_means(total)
    return total
