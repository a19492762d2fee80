"""Steps of orders at once (备货、领取、取消、过期、退还): each with its points, stock and history, in one transaction.

Orders are locked first, then stocks, then purses, each by id. Steps on one order build on each other in the order in
which they are given.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from kernel.database import Row, Tx
from kernel.errors import Refusal
from points.ledger import rows_of, settle
from points.wishes import Capture, Refund, Release
from points.wishes import Wish as LedgerWish
from rewards.code_reading import order_of_code, place_of
from rewards.fulfilment_loading import StepsLoad, days_of_waiting, load_steps
from rewards.fulfilment_rows import rows_of_steps, tell_of_steps
from rewards.order_rows import CAPTURED, HELD, REFUNDED, RELEASED, line_reference
from rewards.order_steps import OrderNow, StepAsked, StepDecided, decide_step
from rewards.order_wishes import OrderStep, StepTaken
from rewards.pick_up_codes import FreshCode, PickUpCodes, fresh_codes, read_code
from rewards.refusals import CodeNeeded, CodeWrong, ReasonUnknown, UnknownOrder
from rewards.stock_rows import StockBook
from rewards.wording import STEP_REASONS, MoveKind, OrderAction
from stewards.permissions import Action, NotAllowed, may

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


async def step_orders(
    tx: Tx, wishes: Sequence[OrderStep], *, now: datetime, codes: PickUpCodes
) -> list[StepTaken | Refusal]:
    """Take steps in order, each refused or done by itself.

    An order that the caller may not read answers like one that does not exist. Refusals: UnknownOrder, NotAllowed,
    CodeNeeded, CodeWrong, CodeAmbiguous, ReasonUnknown, and those of rewards.order_steps.
    """
    named = [wish.order_id or await order_of_code(tx, wish.caller, wish.code, codes) for wish in wishes]
    load = await load_steps(tx, {found for found in named if isinstance(found, UUID)}, wishes)
    unclaimed, grace = await days_of_waiting(tx, now)
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
        await tx.write([*rows_of(settled), *rows_of_steps(load, taken, coded, now), *book.rows()])
        await tell_of_steps(tx, load, taken, now)
        for index, wish, step in taken:
            done = outcomes[index]
            if wish.action is OrderAction.RECODE and isinstance(done, StepTaken):
                outcomes[index] = replace(done, code=coded[step.after.id].digits)
    return outcomes


def _decide(
    load: StepsLoad, order_id: UUID, wish: OrderStep, *, now: datetime, codes: PickUpCodes, unclaimed: int
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
    load: StepsLoad,
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
    load: StepsLoad, step: StepDecided, wish: OrderStep, now: datetime, grace_days: int
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


def _move_stock(load: StepsLoad, step: StepDecided, wish: OrderStep, book: StockBook) -> None:
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


def _taken(load: StepsLoad, step: StepDecided) -> StepTaken:
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
    tx: Tx, load: StepsLoad, taken: Sequence[tuple[int, OrderStep, StepDecided]], codes: PickUpCodes
) -> dict[UUID, FreshCode]:
    wanted = {
        step.after.id: load.rows[step.after.id]["code_number"] + 1
        for _, _, step in taken
        if step.action is OrderAction.RECODE
    }
    return await fresh_codes(tx, wanted, codes) if wanted else {}
