"""Loading what a batch of orders stands on: stocks are locked first, then the buyers' purses, each by id."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson

from kernel.clock import local_date
from kernel.database import Reader, Row, Tx
from points.accounts import Purse, purse_account
from points.gates import GateFacts
from points.models import Account
from points.rule_versions import rules_on
from rewards.absences import suspensions
from rewards.deciding import OrderWish, Shelf, Terms, limit_of
from rewards.facts import measures_of
from rewards.gating import gates_of
from rewards.models import PickUpPlace, Stock
from rewards.periods import Period as BoardPeriod
from rewards.periods import period_bounds
from rewards.shelf_state import Buyer, Counter, OfferedItem, ShelfStock, purses_of, stock_id_of
from rewards.wording import ItemKind

_ITEM_TYPES: dict[str, type] = {
    "id": UUID,
    "price_id": UUID,
    "visible_from": datetime,
    "visible_until": datetime,
    "active_from": datetime,
    "active_until": datetime,
    "unlimited": bool,
}
ITEM_COLUMNS = """
    item.id, item.code, item.kind, item.name, item.visible_from, item.visible_until, item.active_from,
    item.active_until, item.gates, item.limit_count, item.limit_period, item.desk_quota, item.unlimited,
    item.collect_days, price.id AS price_id, price.points AS points_each
"""
PRICED = """
    rewards_item item LEFT JOIN rewards_price price ON price.item_id = item.id AND price.effective_from = (
        SELECT MAX(told.effective_from) FROM rewards_price told
        WHERE told.item_id = item.id AND told.effective_from <= $1)
"""
_BUYERS = "SELECT id, street_id, community_id, status, left_on, joined_on FROM stewards_steward WHERE "


async def offered_items(reader: Reader, item_ids: Collection[UUID], *, now: datetime) -> dict[UUID, OfferedItem]:
    """Items as they are offered now, with the price of now and their streets."""
    wanted = sorted(set(item_ids))
    if not wanted:
        return {}
    rows = await reader.fetch(
        f"SELECT {ITEM_COLUMNS} FROM {PRICED} WHERE {reader.one_of('item.id', 2)}", now, wanted, types=_ITEM_TYPES
    )
    streets = await streets_of(reader, wanted)
    return {row["id"]: offered_item(row, streets.get(row["id"], frozenset())) for row in rows}


async def streets_of(reader: Reader, item_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """In which streets items are offered; those of the whole district are absent."""
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for row in await reader.fetch(
        f"SELECT item_id, street_id FROM rewards_item_street WHERE {reader.one_of('item_id', 1)}",
        sorted(set(item_ids)),
        types={"item_id": UUID, "street_id": UUID},
    ):
        found[row["item_id"]].add(row["street_id"])
    return {item_id: frozenset(ids) for item_id, ids in found.items()}


def offered_item(row: Row, street_ids: frozenset[UUID]) -> OfferedItem:
    """A row of an item with its price as it is offered."""
    return OfferedItem(
        id=row["id"],
        code=row["code"],
        kind=ItemKind(row["kind"]),
        name=row["name"],
        price_id=row["price_id"],
        points_each=row["points_each"] or 0,
        visible_from=row["visible_from"],
        visible_until=row["visible_until"],
        active_from=row["active_from"],
        active_until=row["active_until"],
        street_ids=street_ids,
        gates=gates_of(orjson.loads(row["gates"])),
        limit_count=row["limit_count"],
        limit_period=row["limit_period"],
        desk_quota=row["desk_quota"],
        unlimited=row["unlimited"],
        collect_days=row["collect_days"],
    )


async def terms_on(reader: Reader, day: date) -> Terms:
    """What the rules in force on a day say about redeeming; without rules, nothing but the defaults."""
    rules = (await rules_on(reader, {day})).get(day)
    if rules is None:
        return Terms()
    document = rules.document
    return Terms(
        gates=tuple(gate for gate in document.gates if gate.of == "redeem"),
        limit_count=document.redemption.of_an_item,
        limit_period=document.redemption.period,
        unclaimed_days=document.redemption.unclaimed_days,
        days_to_spend=document.leavers.days_to_spend,
        no_shows=document.sanctions.no_shows,
    )


async def lock_shelf(tx: Tx, wishes: Sequence[OrderWish], *, now: datetime) -> Shelf:
    """Lock and load everything that a batch of orders stands on."""
    terms = await terms_on(tx, local_date(now))
    items = await offered_items(tx, {line.item_id for wish in wishes for line in wish.lines}, now=now)
    places = await counters(tx, {wish.place_id for wish in wishes})
    stocks = await tx.lock(
        Stock,
        {
            stock_id_of(line.item_id, wish.place_id)
            for wish in wishes
            for line in wish.lines
            if line.item_id in items and not items[line.item_id].unlimited
        },
    )
    return Shelf(
        items=items,
        stocks={stock_id: shelf_stock(row) for stock_id, row in stocks.items()},
        places=places,
        buyers=await load_buyers(
            tx, {wish.steward_id for wish in wishes}, list(items.values()), terms, now=now, lock=True
        ),
        terms=terms,
    )


def shelf_stock(row: Row) -> ShelfStock:
    """A stock's row as decisions change it."""
    return ShelfStock(
        id=row["id"],
        item_id=row["item_id"],
        place_id=row["place_id"],
        available=row["available"],
        reserved=row["reserved"],
        kept=row["kept"],
        version=row["version"],
    )


async def counters(reader: Reader, place_ids: Collection[UUID]) -> dict[UUID, Counter]:
    """Pick-up places by id."""
    rows = await reader.rows(PickUpPlace, f"WHERE {reader.one_of('id', 1)}", sorted(set(place_ids)))
    return {
        row["id"]: Counter(
            id=row["id"],
            code=row["code"],
            street_id=row["street_id"],
            community_id=row["community_id"],
            open=row["closed_at"] is None,
        )
        for row in rows
    }


async def load_buyers(
    reader: Reader,
    steward_ids: Collection[UUID],
    items: Sequence[OfferedItem],
    terms: Terms,
    *,
    now: datetime,
    lock: bool = False,
) -> dict[UUID, Buyer]:
    """Stewards with what they can spend, what they had of items, and what the gates look at.

    Locked, a steward's spendable account is the lock of the whole purse: two orders of one steward are decided one
    after the other, also at different places.
    """
    wanted = sorted(set(steward_ids))
    purses = await _purses(reader, wanted, {item.kind for item in items}, lock=lock)
    had = await _had(reader, wanted, items, terms, now=now)
    gates = (*terms.gates, *(gate for item in items for gate in item.gates))
    stewards = await reader.fetch(
        f"{_BUYERS} {reader.one_of('id', 1)}",
        wanted,
        types={"id": UUID, "street_id": UUID, "community_id": UUID, "left_on": date, "joined_on": date},
    )
    facts: Mapping[UUID, GateFacts] = {}
    if gates:
        facts = await measures_of(
            reader, stewards, gates, {key: sum(held.values()) for key, held in purses.items()}, now=now
        )
    away = await suspensions(reader, wanted, terms.no_shows, now=now)
    return {
        row["id"]: Buyer(
            steward_id=row["id"],
            street_id=row["street_id"],
            community_id=row["community_id"],
            status=row["status"],
            spends_until=_spends_until(row, terms),
            purses=dict(purses.get(row["id"], {})),
            had=had.get(row["id"], {}),
            facts=facts.get(row["id"], GateFacts()),
            suspended=away.get(row["id"]),
        )
        for row in stewards
    }


def _spends_until(row: Row, terms: Terms) -> date | None:
    if row["status"] != "left" or row["left_on"] is None:
        return None
    last: date = row["left_on"] + timedelta(days=terms.days_to_spend)
    return last


async def _purses(
    reader: Reader, steward_ids: Sequence[UUID], kinds: Iterable[ItemKind], *, lock: bool
) -> dict[UUID, dict[Purse, int]]:
    by_account = {purse_account(steward_id, "spendable"): steward_id for steward_id in steward_ids}
    if lock and isinstance(reader, Tx):
        rows: Iterable[Row] = (await reader.lock(Account, by_account)).values()
    else:
        rows = await reader.rows(Account, f"WHERE {reader.one_of('id', 1)}", sorted(by_account))
    found: dict[UUID, dict[Purse, int]] = {by_account[row["id"]]: {"spendable": row["balance"]} for row in rows}
    others = {purse for kind in kinds for purse in purses_of(kind)} - {"spendable"}
    if others:
        for row in await reader.fetch(
            f"SELECT owner_id, kind, balance FROM points_account WHERE {reader.one_of('owner_id', 1)} "
            f"AND {reader.one_of('kind', 2)}",
            list(steward_ids),
            sorted(others),
            types={"owner_id": UUID},
        ):
            found.setdefault(row["owner_id"], {})[row["kind"]] = row["balance"]
    return found


def limit_begins(period: str, now: datetime) -> datetime:
    """When the period of a limit began."""
    return period_bounds(BoardPeriod.ALL if period == "ever" else BoardPeriod(period), now)[0]


async def _had(
    reader: Reader, steward_ids: Sequence[UUID], items: Sequence[OfferedItem], terms: Terms, *, now: datetime
) -> dict[UUID, dict[UUID, int]]:
    """How many units of each limited item stewards have had in its period; cancelled and refunded ones do not count."""
    begins: dict[UUID, datetime] = {}
    for item in items:
        limit = limit_of(item, terms)
        if limit is not None:
            begins[item.id] = limit_begins(limit[1], now)
    if not begins:
        return {}
    found: dict[UUID, dict[UUID, int]] = {}
    rows = await reader.fetch(
        "SELECT steward_id, item_id, reserved_at, quantity - released - refunded AS units FROM rewards_order_line "
        f"WHERE {reader.one_of('steward_id', 1)} AND {reader.one_of('item_id', 2)} AND reserved_at >= $3",
        list(steward_ids),
        sorted(begins),
        min(begins.values()),
        types={"steward_id": UUID, "item_id": UUID, "reserved_at": datetime},
    )
    for row in rows:
        if row["reserved_at"] >= begins[row["item_id"]]:
            units = found.setdefault(row["steward_id"], {})
            units[row["item_id"]] = units.get(row["item_id"], 0) + int(row["units"])
    return found
