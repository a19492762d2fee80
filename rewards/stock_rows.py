"""Rows of stock: moves in the order in which they happened, and stocks as they stand after them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import Actor
from kernel.database import Insert, Update
from kernel.ids import new_id
from rewards.models import Stock, StockMove
from rewards.shelf_state import ShelfStock
from rewards.wording import MoveKind

_MOVE_COLUMNS = (
    "id",
    "stock_id",
    "version",
    "kind",
    "quantity",
    "available_change",
    "reserved_change",
    "available",
    "reserved",
    "order_line_id",
    "reason",
    "actor_kind",
    "actor_id",
    "recorded_at",
)
# What a unit does to (available, reserved). A count sets what is available instead.
_EFFECTS: dict[MoveKind, tuple[int, int]] = {
    MoveKind.RECEIVED: (1, 0),
    MoveKind.RESERVED: (-1, 1),
    MoveKind.RELEASED: (1, -1),
    MoveKind.COLLECTED: (0, -1),
    MoveKind.LOST: (-1, 0),
}


@dataclass(slots=True)
class StockBook:
    """Moves of a batch as they are written. Each move changes its stock in place and gets the stock's next version."""

    now: datetime
    moves: list[tuple[Any, ...]] = field(default_factory=list)
    touched: dict[UUID, ShelfStock] = field(default_factory=dict)

    def move(
        self,
        stock: ShelfStock,
        kind: MoveKind,
        quantity: int,
        *,
        actor: Actor,
        line_id: UUID | None = None,
        reason: str | None = None,
    ) -> None:
        """Record a move of so many units. The caller has made sure that they are there."""
        available_change, reserved_change = (
            (quantity - stock.reserved - stock.available, 0)
            if kind is MoveKind.COUNTED
            else (effect * quantity for effect in _EFFECTS[kind])
        )
        stock.available += available_change
        stock.reserved += reserved_change
        stock.version += 1
        self.touched[stock.id] = stock
        self.moves.append(
            (
                new_id(),
                stock.id,
                stock.version,
                kind.value,
                quantity,
                available_change,
                reserved_change,
                stock.available,
                stock.reserved,
                line_id,
                reason,
                actor.kind,
                actor.id,
                self.now,
            )
        )

    def moved(self) -> Insert:
        """The moves since this was asked last. Their order lines have to be there before."""
        moves, self.moves = self.moves, []
        return Insert(StockMove, _MOVE_COLUMNS, moves)

    def stands(self) -> Update:
        """How the stocks stand now."""
        return Update(
            Stock,
            ("id", "available", "reserved", "version"),
            [(stock.id, stock.available, stock.reserved, stock.version) for stock in _by_id(self.touched.values())],
        )

    def rows(self) -> list[Insert | Update]:
        """What to write. The moves' order lines have to be there before."""
        return [self.moved(), self.stands()]


def _by_id(stocks: Iterable[ShelfStock]) -> list[ShelfStock]:
    return sorted(stocks, key=lambda stock: stock.id)
