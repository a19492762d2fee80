"""Reading draws: lists, one draw with the caller's own ticket, and what is published for anyone to recompute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from kernel.database import Reader, Row
from kernel.errors import Kind, Refusal
from kernel.messages import N_
from rewards.draw_models import DrawApplication
from rewards.draw_refusals import UnknownDraw
from rewards.drawing import ALGORITHM, Published
from rewards.shelf import price_of_items
from stewards.permissions import Action, may
from stewards.principal import Place, Principal


class DrawPhase(StrEnum):
    """Where a draw stands at a moment."""

    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED = "closed"  # applications have ended, to be drawn any minute
    DRAWN = "drawn"
    CANCELLED = "cancelled"


DRAW_PHASES: Mapping[DrawPhase, str] = {
    DrawPhase.ANNOUNCED: N_("未开始报名"),
    DrawPhase.OPEN: N_("报名中"),
    DrawPhase.CLOSED: N_("等待抽签"),
    DrawPhase.DRAWN: N_("已抽签"),
    DrawPhase.CANCELLED: N_("已取消"),
}


class NotDrawnYet(Refusal):
    """There is a result once the draw is done."""

    code = "not_drawn_yet"
    kind = Kind.CONFLICT
    message = N_("这次抽签还没有结果。")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawLine:
    """A draw as everybody sees it; `mine` is what came of the caller's own application, where there is one."""

    id: UUID
    number: str
    stock_id: UUID
    item_id: UUID
    item_name: str
    item_name_en: str
    place_name: str
    place_name_en: str
    street_id: UUID
    price: int
    places: int
    opens_at: datetime
    closes_at: datetime
    phase: DrawPhase
    commitment: str
    applied: int
    won: int
    ticket: UUID | None
    outcome: str | None
    ended_at: datetime | None


_DRAWS = """
    SELECT draw.id, draw.number, draw.stock_id, draw.street_id, draw.places, draw.opens_at, draw.closes_at, draw.state,
           draw.commitment, draw.ended_at, stock.item_id, item.name AS item_name, item.name_en AS item_name_en,
           place.name AS place_name, place.name_en AS place_name_en,
           (SELECT COUNT(*) FROM rewards_draw_application one
            WHERE one.draw_id = draw.id AND one.withdrawn_at IS NULL) AS applied,
           (SELECT COUNT(*) FROM rewards_draw_application one
            WHERE one.draw_id = draw.id AND one.outcome = 'won') AS won,
           mine.id AS ticket, mine.outcome
    FROM rewards_draw draw
    JOIN rewards_stock stock ON stock.id = draw.stock_id
    JOIN rewards_item item ON item.id = stock.item_id
    JOIN rewards_pick_up_place place ON place.id = stock.place_id
    LEFT JOIN rewards_draw_application mine
           ON mine.draw_id = draw.id AND mine.steward_id = $1 AND mine.withdrawn_at IS NULL
"""
_TYPES = {
    **dict.fromkeys(("id", "stock_id", "street_id", "item_id", "ticket"), UUID),
    **dict.fromkeys(("opens_at", "closes_at", "ended_at"), datetime),
}


async def list_draws(
    reader: Reader,
    principal: Principal,
    *,
    street_id: UUID | None = None,
    current: bool | None = None,
    starting_after: UUID | None = None,
    limit: int = 50,
    now: datetime,
) -> tuple[list[DrawLine], bool]:
    """Draws, those that close last first, and whether there are more; `current` leaves out those that are over."""
    conditions, args = ["1 = 1"], [principal.steward_id]
    if street_id is not None:
        args.append(street_id)
        conditions.append(f"draw.street_id = ${len(args)}")
    if current is not None:
        conditions.append("draw.state = 'announced'" if current else "draw.state <> 'announced'")
    if starting_after is not None:
        args.append(starting_after)
        conditions.append(
            f"(draw.closes_at, draw.id) < (SELECT closes_at, id FROM rewards_draw WHERE id = ${len(args)})"
        )
    rows = await reader.fetch(
        f"{_DRAWS} WHERE {' AND '.join(conditions)} ORDER BY draw.closes_at DESC, draw.id DESC LIMIT {int(limit) + 1}",
        *args,
        types=_TYPES,
    )
    return await _lines(reader, rows[:limit], now), len(rows) > limit


async def show_draw(reader: Reader, principal: Principal, draw_id: UUID, *, now: datetime) -> DrawLine:
    """One draw.

    Raises:
        UnknownDraw: there is none.

    """
    rows = await reader.fetch(f"{_DRAWS} WHERE draw.id = $2", principal.steward_id, draw_id, types=_TYPES)
    if not rows:
        raise UnknownDraw(pointer="/draw_id")
    return (await _lines(reader, rows, now))[0]


async def published_draw(reader: Reader, draw_id: UUID) -> Published:
    """What is published of a draw that is done: everything that a recomputation needs, and nobody's name.

    Raises:
        UnknownDraw: there is none.
        NotDrawnYet: it is not done.

    """
    draw = await reader.fetch_one(
        "SELECT id, places, commitment, seed, state FROM rewards_draw WHERE id = $1", draw_id, types={"id": UUID}
    )
    if draw is None:
        raise UnknownDraw(pointer="/draw_id")
    if draw["state"] != "drawn":
        raise NotDrawnYet
    rows = await reader.rows(
        DrawApplication, "WHERE draw_id = $1 AND outcome IS NOT NULL AND withdrawn_at IS NULL ORDER BY id", draw_id
    )
    return Published(
        draw_id=draw["id"],
        places=draw["places"],
        commitment=draw["commitment"],
        seed=draw["seed"],
        tickets=[row["id"] for row in rows],
        winners=[row["id"] for row in sorted(rows, key=_rank) if row["outcome"] == "won"],
        passed_over={row["id"]: row["reason"] for row in rows if row["outcome"] == "passed_over"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """A line of a draw's result, for the staff of its street."""

    ticket: UUID
    rank: int
    outcome: str
    reason: str | None
    steward_number: str
    steward_name: str
    order_id: UUID | None
    order_number: str | None


async def draw_result(reader: Reader, principal: Principal, draw: DrawLine, *, limit: int = 200) -> list[Winner]:
    """The first lines of a draw's order with names, for who runs draws there; nothing for others."""
    if not may(principal, Action.DRAWS_EDIT, Place(street_id=draw.street_id)):
        return []
    rows = await reader.fetch(
        f"""
        SELECT mine.id AS ticket, mine.rank, mine.outcome, mine.reason, steward.number AS steward_number,
               steward.name AS steward_name, mine.order_id, ordered.number AS order_number
        FROM rewards_draw_application mine
        JOIN stewards_steward steward ON steward.id = mine.steward_id
        LEFT JOIN rewards_order ordered ON ordered.id = mine.order_id
        WHERE mine.draw_id = $1 AND mine.rank IS NOT NULL ORDER BY mine.rank LIMIT {int(limit)}
        """,
        draw.id,
        types={"ticket": UUID, "order_id": UUID},
    )
    return [Winner(**dict(row)) for row in rows]


def document_of(published: Published) -> dict[str, Any]:
    """What is published, as JSON."""
    return {
        "algorithm": ALGORITHM,
        "draw_id": str(published.draw_id),
        "places": published.places,
        "commitment": published.commitment,
        "seed": published.seed,
        "tickets": [str(ticket) for ticket in published.tickets],
        "winners": [str(ticket) for ticket in published.winners],
        "passed_over": {str(ticket): reason for ticket, reason in published.passed_over.items()},
    }


def _rank(row: Row) -> int:
    rank: int = row["rank"]
    return rank


async def _lines(reader: Reader, rows: Sequence[Row], now: datetime) -> list[DrawLine]:
    prices = await price_of_items(reader, {row["item_id"] for row in rows}, now=now) if rows else {}
    return [
        DrawLine(
            **{name: row[name] for name in row.keys() if name != "state"},  # noqa: SIM118 - a driver's record
            phase=_phase(row, now),
            price=prices.get(row["item_id"], 0),
        )
        for row in rows
    ]


def _phase(row: Row, now: datetime) -> DrawPhase:
    if row["state"] != "announced":
        return DrawPhase(row["state"])
    if now < row["opens_at"]:
        return DrawPhase.ANNOUNCED
    return DrawPhase.OPEN if now < row["closes_at"] else DrawPhase.CLOSED
