"""Steps of orders at once (备货、领取、取消、过期、退还): each with its points, stock and history, in one transaction.

Orders are locked first, then stocks, then purses, each by id. Steps on one order build on each other in the order in
which they are given.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.audit import AuditEntry, record
from kernel.clock import local_date
from kernel.database import Insert, Row, Tx, Update
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.outbox import emit
from points.ledger import rows_of, settle
from points.rule_versions import rules_on
from points.wishes import Capture, Refund, Release
from points.wishes import Wish as LedgerWish
from rewards.code_reading import order_of_code, place_of
from rewards.models import Item, Order, OrderEvent, OrderLine, Stock
from rewards.order_notices import TOPICS
from rewards.order_rows import CAPTURED, EVENT_COLUMNS, HELD, REFUNDED, RELEASED, line_reference
from rewards.order_steps import LineNow, OrderNow, StepAsked, StepDecided, decide_step
from rewards.pick_up_codes import PickUpCodes, fresh_codes, read_code
from rewards.refusals import CodeNeeded, CodeWrong, ReasonUnknown, UnknownOrder
from rewards.shelf_loading import shelf_stock, terms_on
from rewards.shelf_state import ShelfStock
from rewards.stock_rows import StockBook
from rewards.wording import STEP_REASONS, Collector, ItemKind, MoveKind, OrderAction, OrderState
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Principal

_ASKS: Mapping[OrderAction, Action] = {
    OrderAction.READY: Action.ORDERS_FULFIL,
    OrderAction.COLLECT: Action.ORDERS_FULFIL,
    OrderAction.CANCEL: Action.ORDERS_CANCEL,
    OrderAction.EXPIRE: Action.ORDERS_FULFIL,
    OrderAction.REFUND: Action.ORDERS_REFUND,
    OrderAction.RECODE: Action.ORDERS_PLACE,
    OrderAction.ALLOW: Action.ORDERS_PLACE,
    OrderAction.FORBID: Action.ORDERS_PLACE,
}
_OWNERS_OWN = frozenset({OrderAction.RECODE, OrderAction.ALLOW, OrderAction.FORBID})
"""What guards the order against whoever hands it over is the owner's alone to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """What somebody wants to do with an order, named by its id, or for collecting by what was scanned alone.

    `quantities` names lines by number; None means all that can be. `restock`: what is refunded goes back on the shelf.
    `known_owner`: the desk has made sure of who collects, so that no code is asked for.
    """

    action: OrderAction
    caller: Principal
    order_id: UUID | None = None
    code: str | None = None
    quantities: Mapping[int, int] | None = None
    collector: Collector = "owner"
    reason: str | None = None
    restock: bool = False
    known_owner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step that was taken: the order after it, and what it did to points."""

    order_id: UUID
    number: str
    steward_id: UUID
    place_id: UUID
    action: OrderAction
    state: OrderState
    version: int
    lines: tuple[LineNow, ...]
    moved: Mapping[int, int]
    points: int  # collected, released or refunded by this step
    balance_after: int | None  # what can still be spent, where points moved
    waits_until: date
    code: str | None = None  # a new one


@dataclass(slots=True, kw_only=True)
class _Load:
    """The orders of a batch, locked, with what their steps change."""

    rows: dict[UUID, Row]
    orders: dict[UUID, OrderNow]
    stocks: dict[UUID, ShelfStock]
    partners: dict[UUID, UUID | None]  # who gives each item, where that is a partner
    captures: dict[UUID, list[tuple[int, int]]]  # by line: (version of the step, units that are not refunded)


async def step_orders(
    tx: Tx, wishes: Sequence[OrderStep], *, now: datetime, codes: PickUpCodes
) -> list[StepTaken | Refusal]:
    """Take steps in order, each refused or done by itself.

    An order that the caller may not read answers like one that does not exist. Refusals: UnknownOrder, NotAllowed,
    CodeNeeded, CodeWrong, CodeAmbiguous, ReasonUnknown, and those of rewards.order_steps.
    """
    named = [wish.order_id or await order_of_code(tx, wish.caller, wish.code, codes) for wish in wishes]
    load = await _load(tx, {found for found in named if isinstance(found, UUID)}, wishes)
    unclaimed, grace = await _days(tx, now)
    outcomes: list[StepTaken | Refusal] = []
    taken: list[tuple[int, OrderStep, StepDecided]] = []
    ledger: list[LedgerWish] = []
    owners: list[int] = []
    book = StockBook(now)
    for index, (wish, found) in enumerate(zip(wishes, named, strict=True)):
        step = (
            found
            if isinstance(found, Refusal)
            else _decide(load, found, wish, now=now, codes=codes, unclaimed=unclaimed)
        )
        if isinstance(step, Refusal):
            outcomes.append(step)
            continue
        load.orders[step.after.id] = step.after
        wanted = list(_ledger_wishes(load, step, wish, now, grace))
        ledger += wanted
        owners += [index] * len(wanted)
        _move_stock(load, step, wish, book)
        taken.append((index, wish, step))
        outcomes.append(_taken(load, step))
    settled = await settle(tx, ledger, now=now)
    for index, posted in zip(owners, settled.outcomes, strict=True):
        if isinstance(posted, Refusal):
            raise posted  # orders and their holds agree; anything else is a fault of the program
        done = outcomes[index]
        if isinstance(done, StepTaken):
            outcomes[index] = replace(done, balance_after=posted.balance_after)
    if taken:
        coded = await _recode(tx, load, taken, codes)
        await tx.write([*rows_of(settled), *_rows(load, taken, coded, codes, now), *book.rows()])
        await _tell(tx, load, taken, now)
        for index, wish, step in taken:
            done = outcomes[index]
            if wish.action is OrderAction.RECODE and isinstance(done, StepTaken):
                outcomes[index] = replace(done, code=coded[step.after.id][1])
    return outcomes


async def _load(tx: Tx, order_ids: set[UUID], wishes: Sequence[OrderStep]) -> _Load:
    rows = await tx.lock(Order, order_ids)
    lines = await tx.rows(OrderLine, f"WHERE {tx.one_of('order_id', 1)} ORDER BY order_id, number", sorted(rows))
    items = await tx.rows(Item, f"WHERE {tx.one_of('id', 1)}", sorted({line["item_id"] for line in lines}))
    kinds = {row["id"]: ItemKind(row["kind"]) for row in items}
    by_order: dict[UUID, list[LineNow]] = {}
    for line in lines:
        by_order.setdefault(line["order_id"], []).append(_line_now(line, kinds[line["item_id"]]))
    stocks = await tx.lock(Stock, {line["stock_id"] for line in lines if line["stock_id"] is not None})
    refunds = any(wish.action is OrderAction.REFUND for wish in wishes)
    orders = {order_id: _order_now(row, by_order[order_id]) for order_id, row in rows.items()}
    return _Load(
        rows=rows,
        orders=orders,
        stocks={stock_id: shelf_stock(row) for stock_id, row in stocks.items()},
        partners={row["id"]: row["partner_id"] for row in items},
        captures=await _captures(tx, orders) if refunds else {},
    )


def _line_now(row: Row, kind: ItemKind) -> LineNow:
    return LineNow(
        id=row["id"],
        number=row["number"],
        kind=kind,
        item_id=row["item_id"],
        stock_id=row["stock_id"],
        points_each=row["points_each"],
        quantity=row["quantity"],
        collected=row["collected"],
        released=row["released"],
        refunded=row["refunded"],
    )


def _order_now(row: Row, lines: Sequence[LineNow]) -> OrderNow:
    return OrderNow(
        id=row["id"],
        number=row["number"],
        steward_id=row["steward_id"],
        state=OrderState(row["state"]),
        version=row["version"],
        lines=tuple(lines),
        waits_until=row["waits_until"],
        ready_at=row["ready_at"],
        closed_at=row["closed_at"],
        proxy_allowed=row["proxy_allowed"],
    )


async def _captures(tx: Tx, orders: Mapping[UUID, OrderNow]) -> dict[UUID, list[tuple[int, int]]]:
    """By line, the steps that collected it, in order, with the units that were not refunded since."""
    captures: dict[UUID, list[tuple[int, int]]] = {}
    refunded = {line.id: line.refunded for order in orders.values() for line in order.lines}
    events = await tx.rows(
        OrderEvent,
        f"WHERE {tx.one_of('order_id', 1)} AND action = 'collect' ORDER BY order_id, version",
        sorted(orders),
    )
    for event in events:
        moved = orjson.loads(event["quantities"])
        for line in orders[event["order_id"]].lines:
            many = moved.get(str(line.number), 0)
            gone = min(many, refunded[line.id])
            refunded[line.id] -= gone
            if many - gone:
                captures.setdefault(line.id, []).append((event["version"], many - gone))
    return captures


async def _days(tx: Tx, now: datetime) -> tuple[int, int]:
    """How long what is ready waits, and what points that ended while they were held may still live."""
    today = local_date(now)
    rules = (await rules_on(tx, {today})).get(today)
    grace = rules.document.expiry.grace_days if rules else 0
    return (await terms_on(tx, today)).unclaimed_days, grace


def _decide(
    load: _Load, order_id: UUID, wish: OrderStep, *, now: datetime, codes: PickUpCodes, unclaimed: int
) -> StepDecided | Refusal:
    order, row = load.orders.get(order_id), load.rows.get(order_id)
    if order is None or row is None:
        return UnknownOrder()
    if wish.caller.partner_id is not None:
        return _confirm(load, order, row, wish, now=now, codes=codes, unclaimed=unclaimed)
    place = place_of(row)
    if not may(wish.caller, Action.ORDERS_READ, place, order.steward_id):
        return UnknownOrder()
    if not may(wish.caller, _ASKS[wish.action], place, order.steward_id):
        return NotAllowed()
    if wish.action in _OWNERS_OWN and wish.caller.steward_id != order.steward_id:
        return NotAllowed()
    if wish.reason is not None and wish.reason not in STEP_REASONS:
        return ReasonUnknown(pointer="/reason", allowed=", ".join(STEP_REASONS))
    asked = StepAsked(
        action=wish.action, quantities=wish.quantities, collector=wish.collector, unclaimed_days=unclaimed
    )
    step = decide_step(order, asked, now=now)
    if wish.action is OrderAction.COLLECT and not isinstance(step, Refusal):
        return _check_code(row, wish, codes) or step
    return step


def _confirm(
    load: _Load,
    order: OrderNow,
    row: Row,
    wish: OrderStep,
    *,
    now: datetime,
    codes: PickUpCodes,
    unclaimed: int,
) -> StepDecided | Refusal:
    """A partner hands over its own items, against the code; what others give is unknown to it."""
    own = {line.number: line.open for line in order.lines if load.partners[line.item_id] == wish.caller.partner_id}
    quantities = wish.quantities or {number: still for number, still in own.items() if still}
    if wish.action is not OrderAction.COLLECT or not own or set(quantities) - set(own):
        return CodeWrong(pointer="/code") if wish.order_id is None else UnknownOrder()
    asked = StepAsked(
        action=wish.action,
        quantities=quantities or dict.fromkeys(own, 1),
        collector=wish.collector,
        unclaimed_days=unclaimed,
    )
    step = decide_step(order, asked, now=now)
    return step if isinstance(step, Refusal) else _check_code(row, wish, codes) or step


def _check_code(row: Row, wish: OrderStep, codes: PickUpCodes) -> Refusal | None:
    if wish.known_owner:
        return None
    read = read_code(wish.code) if wish.code else None
    if read is None:
        return CodeNeeded(pointer="/code")
    fits = read.number in (None, row["number"]) and codes.hash_of(read.digits) == row["code_sha256"]
    return None if fits else CodeWrong(pointer="/code")


def _ledger_wishes(
    load: _Load, step: StepDecided, wish: OrderStep, now: datetime, grace_days: int
) -> Iterator[LedgerWish]:
    """What a step asks of the ledger: a line's hold is captured or released, or what was captured is refunded."""
    order, version, actor_id = step.before, step.after.version, wish.caller.actor.id
    for line in order.lines:
        many = step.moved.get(line.number, 0)
        if not many:
            continue
        held = line_reference(order.number, line.number)
        reference = f"{held}/{version}"
        points = many * line.points_each
        if step.action is OrderAction.COLLECT:
            yield Capture(
                hold=(HELD, held),
                points=points,
                reason=CAPTURED,
                reference=reference,
                occurred_at=now,
                actor_id=actor_id,
            )
            load.captures.setdefault(line.id, []).append((version, many))
        elif step.action is OrderAction.REFUND:
            for captured_version, units in _take(load.captures[line.id], many):
                yield Refund(
                    capture=(CAPTURED, f"{held}/{captured_version}"),
                    points=units * line.points_each,
                    reason=REFUNDED,
                    reference=f"{reference}/{captured_version}",
                    occurred_at=now,
                    grace_days=grace_days,
                    actor_id=actor_id,
                )
        else:
            yield Release(
                hold=(HELD, held),
                points=points,
                reason=RELEASED,
                reference=reference,
                occurred_at=now,
                grace_days=grace_days,
                actor_id=actor_id,
            )


def _take(captures: list[tuple[int, int]], many: int) -> Iterator[tuple[int, int]]:
    """So many units from the earliest captures, which lose them."""
    while many:
        version, units = captures[0]
        taken = min(many, units)
        many -= taken
        if taken == units:
            captures.pop(0)
        else:
            captures[0] = (version, units - taken)
        yield version, taken


def _move_stock(load: _Load, step: StepDecided, wish: OrderStep, book: StockBook) -> None:
    for line in step.before.lines:
        many = step.moved.get(line.number, 0)
        if not many or line.stock_id is None:
            continue
        stock, actor = load.stocks[line.stock_id], wish.caller.actor
        if step.action is OrderAction.COLLECT:
            book.move(stock, MoveKind.COLLECTED, many, actor=actor, line_id=line.id)
        elif step.action is not OrderAction.REFUND:
            book.move(stock, MoveKind.RELEASED, many, actor=actor, line_id=line.id)
        elif wish.restock:
            book.move(stock, MoveKind.RECEIVED, many, actor=actor, reason="returned")


def _taken(load: _Load, step: StepDecided) -> StepTaken:
    after = step.after
    points = sum(line.points_each * step.moved.get(line.number, 0) for line in after.lines)
    return StepTaken(
        order_id=after.id,
        number=after.number,
        steward_id=after.steward_id,
        place_id=load.rows[after.id]["place_id"],
        action=step.action,
        state=after.state,
        version=after.version,
        lines=after.lines,
        moved=step.moved,
        points=points,
        balance_after=None,
        waits_until=after.waits_until,
    )


async def _recode(
    tx: Tx, load: _Load, taken: Sequence[tuple[int, OrderStep, StepDecided]], codes: PickUpCodes
) -> dict[UUID, tuple[int, str]]:
    wanted = {
        step.after.id: load.rows[step.after.id]["code_number"] + 1
        for _, _, step in taken
        if step.action is OrderAction.RECODE
    }
    return await fresh_codes(tx, wanted, codes) if wanted else {}


def _rows(
    load: _Load,
    taken: Sequence[tuple[int, OrderStep, StepDecided]],
    coded: Mapping[UUID, tuple[int, str]],
    codes: PickUpCodes,
    now: datetime,
) -> list[Insert | Update]:
    changed = sorted({step.after.id for _, _, step in taken})
    orders, lines = [], []
    for order_id in changed:
        order, row = load.orders[order_id], load.rows[order_id]
        code_number, code = coded.get(order_id, (row["code_number"], None))
        orders.append(
            (
                order.id,
                order.state.value,
                order.proxy_allowed,
                row["code_sha256"] if code is None else codes.hash_of(code),
                code_number,
                order.ready_at,
                order.waits_until,
                order.closed_at,
                order.version,
            )
        )
        lines += [(line.id, line.collected, line.released, line.refunded) for line in order.lines]
    columns = (
        "id", "state", "proxy_allowed", "code_sha256", "code_number", "ready_at", "waits_until", "closed_at", "version",
    )  # fmt: skip
    return [
        Update(Order, columns, orders),
        Update(OrderLine, ("id", "collected", "released", "refunded"), lines),
        Insert(OrderEvent, EVENT_COLUMNS, [_event_row(wish, step, now) for _, wish, step in taken]),
    ]


def _event_row(wish: OrderStep, step: StepDecided, now: datetime) -> tuple[Any, ...]:
    quantities = {str(number): many for number, many in step.moved.items()}
    actor = wish.caller.actor
    return (
        new_id(),
        step.after.id,
        step.after.version,
        step.action.value,
        step.before.state.value,
        step.after.state.value,
        orjson.dumps(quantities, option=orjson.OPT_SORT_KEYS).decode(),
        wish.reason,
        wish.collector if step.action is OrderAction.COLLECT else None,
        actor.kind,
        actor.id,
        now,
    )


async def _tell(tx: Tx, load: _Load, taken: Sequence[tuple[int, OrderStep, StepDecided]], now: datetime) -> None:
    entries = []
    told: dict[str, list[dict[str, Any]]] = {}
    for _, wish, step in taken:
        after = step.after
        detail: dict[str, Any] = {"number": after.number, "from": step.before.state.value, "to": after.state.value}
        if step.moved:
            detail["quantities"] = {str(number): many for number, many in step.moved.items()}
        if wish.reason:
            detail["reason"] = wish.reason
        entries.append(
            AuditEntry(
                actor=wish.caller.actor,
                action=f"orders.{step.action}",
                subject_kind="order",
                subject_id=after.id,
                street_id=load.rows[after.id]["street_id"],
                detail=detail,
            )
        )
        topic = f"order.{step.action}"
        # What a steward did himself needs no message.
        if topic in TOPICS and wish.caller.steward_id != after.steward_id:
            told.setdefault(topic, []).append({"order_id": str(after.id), "version": after.version})
    await record(tx, entries, now=now)
    for topic, payloads in told.items():
        await emit(tx, topic, payloads, now=now)
