"""Steps of orders: what is wished, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from rewards.order_steps import LineNow
from rewards.wording import Collector, OrderAction, OrderState
from stewards.principal import Principal


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
