"""The life of an order as a pure decision: which step may be taken, where it leads, how many of each line it moves.

    reserved -> ready -> collected            (a part: partly, until the rest is collected or given up)
    reserved, ready, partly -> cancelled      (what was collected stays: collected)
    reserved, ready, partly -> expired        (the same, once the last day has passed)
    collected -> refunded                     (by quantity; the last unit decides)

Who may do it is asked before; here stands what holds for everyone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from kernel.clock import local_date
from kernel.errors import Refusal
from rewards.refusals import (
    DonationStands,
    MoreThanOpen,
    NotExpiredYet,
    ProxyNotAllowed,
    QuantityOutOfRange,
    UnknownLine,
    WrongOrderState,
)
from rewards.wording import OPEN_STATES, Collector, ItemKind, OrderAction, OrderState, action_text, state_text


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNow:
    """A line of an order as it stands."""

    id: UUID
    number: int
    kind: ItemKind
    item_id: UUID
    stock_id: UUID | None
    points_each: int
    quantity: int
    collected: int = 0
    released: int = 0
    refunded: int = 0

    @property
    def open(self) -> int:
        """How many still wait to be collected."""
        return self.quantity - self.collected - self.released

    @property
    def refundable(self) -> int:
        """How many were collected and not given back."""
        return self.collected - self.refunded


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNow:
    """An order as it stands."""

    id: UUID
    number: str
    steward_id: UUID
    state: OrderState
    version: int
    lines: tuple[LineNow, ...]
    waits_until: date
    ready_at: datetime | None = None
    closed_at: datetime | None = None
    proxy_allowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAsked:
    """What is to be done. `quantities` names lines by number; None means all that can be."""

    action: OrderAction
    quantities: Mapping[int, int] | None = None
    collector: Collector = "owner"
    unclaimed_days: int = 15  # how long what is ready waits


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDecided:
    """A step that may be taken: the order before and after it, and how many of each line it moves."""

    action: OrderAction
    before: OrderNow
    after: OrderNow
    moved: Mapping[int, int]


_FROM: Mapping[OrderAction, frozenset[OrderState]] = {
    OrderAction.READY: frozenset({OrderState.RESERVED}),
    OrderAction.COLLECT: OPEN_STATES,
    OrderAction.CANCEL: OPEN_STATES,
    OrderAction.EXPIRE: OPEN_STATES,
    OrderAction.REFUND: frozenset({OrderState.PARTLY, OrderState.COLLECTED}),
    OrderAction.RECODE: OPEN_STATES,
    OrderAction.ALLOW: OPEN_STATES,
    OrderAction.FORBID: OPEN_STATES,
}


def decide_step(order: OrderNow, asked: StepAsked, *, now: datetime) -> StepDecided | Refusal:
    """The step that a wish leads to, or why it is refused."""
    try:
        return _decide(order, asked, now)
    except Refusal as refusal:
        return refusal


def _decide(order: OrderNow, asked: StepAsked, now: datetime) -> StepDecided:
    action, today = asked.action, local_date(now)
    if order.state not in _FROM[action]:
        raise WrongOrderState(number=order.number, state=state_text(order.state), action=action_text(action))
    after = order
    moved: Mapping[int, int] = {}
    if action is OrderAction.READY:
        after = replace(order, ready_at=now, waits_until=max(order.waits_until, _last_day(today, asked)))
    elif action is OrderAction.COLLECT:
        if asked.collector == "other" and not order.proxy_allowed:
            raise ProxyNotAllowed(number=order.number)
        moved = _wanted(order, asked, lambda line: line.open)
        after = _moved(order, moved, lambda line, many: replace(line, collected=line.collected + many))
    elif action in {OrderAction.CANCEL, OrderAction.EXPIRE}:
        if action is OrderAction.EXPIRE and today <= order.waits_until:
            raise NotExpiredYet(number=order.number, on=order.waits_until.isoformat())
        moved = _wanted(order, asked, lambda line: line.open)
        after = _moved(order, moved, lambda line, many: replace(line, released=line.released + many))
    elif action is OrderAction.REFUND:
        moved = _wanted(order, asked, lambda line: line.refundable)
        donated = {line.number for line in order.lines if line.kind is ItemKind.DONATION}
        if asked.quantities is None:
            moved = {number: many for number, many in moved.items() if number not in donated}
        if not moved or donated & moved.keys():
            raise DonationStands
        after = _moved(order, moved, lambda line, many: replace(line, refunded=line.refunded + many))
    elif action is not OrderAction.RECODE:
        after = replace(order, proxy_allowed=action is OrderAction.ALLOW)
    state = state_after(after, action)
    closed_at = None if state in OPEN_STATES else order.closed_at or now
    after = replace(after, state=state, closed_at=closed_at, version=order.version + 1)
    return StepDecided(action=action, before=order, after=after, moved=moved)


def _last_day(today: date, asked: StepAsked) -> date:
    return today + timedelta(days=asked.unclaimed_days)


def _wanted(order: OrderNow, asked: StepAsked, left_of: Callable[[LineNow], int]) -> dict[int, int]:
    """How many of each line are to be moved."""
    left = {line.number: left_of(line) for line in order.lines}
    if asked.quantities is None:
        return {number: many for number, many in left.items() if many}
    if not asked.quantities:
        raise QuantityOutOfRange(pointer="/lines", least=1, most=max(left.values()))
    for number, many in asked.quantities.items():
        if number not in left:
            raise UnknownLine(pointer="/lines", number=order.number, line=number)
        if type(many) is not int or many < 1:
            raise QuantityOutOfRange(pointer="/lines", least=1, most=max(1, left[number]))
        if many > left[number]:
            raise MoreThanOpen(
                pointer="/lines",
                number=order.number,
                line=number,
                left=left[number],
                wanted=many,
                action=action_text(asked.action),
            )
    return dict(asked.quantities)


def _moved(order: OrderNow, moved: Mapping[int, int], change: Callable[[LineNow, int], LineNow]) -> OrderNow:
    lines = (change(line, moved[line.number]) if line.number in moved else line for line in order.lines)
    return replace(order, lines=tuple(lines))


def state_after(order: OrderNow, action: OrderAction) -> OrderState:
    """Where an order stands by its lines; `action` tells what closed it where nothing was collected."""
    collected = sum(line.collected for line in order.lines)
    if any(line.open for line in order.lines):
        if collected:
            return OrderState.PARTLY
        return OrderState.READY if order.ready_at else OrderState.RESERVED
    if not collected:
        return OrderState.EXPIRED if action is OrderAction.EXPIRE else OrderState.CANCELLED
    if sum(line.refunded for line in order.lines) == collected:
        return OrderState.REFUNDED
    return OrderState.COLLECTED
