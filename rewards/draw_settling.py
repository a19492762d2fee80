"""Doing draws: once applications have ended, winners get reserved orders, in the order that the rule computes.

A winner who cannot be served (too few points by then, a limit that is used up) is passed over with the refusal's code,
and the next in the order moves up, until every place is given or nobody is left. Losers are told, and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import SYSTEM, Actor, AuditEntry, record
from kernel.clock import local_minute
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.messages import N_
from rewards.draw_models import Draw, DrawApplication
from rewards.draw_refusals import ApplicationsStillOpen, DrawEnded, UnknownDraw
from rewards.drawing import rank_tickets, roll_of
from rewards.keeping import keep_units
from rewards.models import Stock
from rewards.pick_up_codes import PickUpCodes
from rewards.serving import UnitWish, order_units
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.permissions import Action, may
from stewards.principal import Place, Principal, system_principal

register_message("draw_won", N_("恭喜！抽签 {number} 您抽中了“{item}”，订单 {order} 已为您留好，请按时领取。"))
register_message("draw_lost", N_("抽签 {number}（{item}）您这次没有抽中，没有扣分。结果可以自行验算。"))
register_message("draw_passed_over", N_("抽签 {number} 轮到您时没能办理“{item}”，名额已给下一位，没有扣分。"))
_MESSAGES = {"won": "draw_won", "lost": "draw_lost", "passed_over": "draw_passed_over"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A draw to do. `caller` is who asks for it, None for the clock."""

    draw_id: UUID
    caller: Principal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A draw that was done: how many applied, won and were passed over. `changed` is false where it was done before."""

    draw_id: UUID
    applied: int
    won: int
    passed_over: int
    changed: bool


async def settle_draws(
    tx: Tx, wishes: Sequence[Settlement], *, now: datetime, codes: PickUpCodes
) -> list[Drawn | Refusal]:
    """Do draws whose applications have ended, audited; again answers what came of it.

    Refusals: UnknownDraw, DrawEnded (called off), ApplicationsStillOpen.
    """
    draws = {row_id: dict(row) for row_id, row in (await tx.lock(Draw, {wish.draw_id for wish in wishes})).items()}
    outcomes: list[Drawn | Refusal] = []
    for wish in wishes:
        draw = draws.get(wish.draw_id)
        if draw is None or not _reaches(wish.caller, draw):
            outcomes.append(UnknownDraw(pointer="/draw_id"))
        elif draw["state"] == "cancelled":
            outcomes.append(DrawEnded())
        elif draw["state"] == "drawn":
            outcomes.append(await _as_drawn(tx, wish.draw_id))
        elif now < draw["closes_at"]:
            outcomes.append(ApplicationsStillOpen(closes_at=local_minute(draw["closes_at"])))
        else:
            actor = wish.caller.actor if wish.caller else SYSTEM
            outcomes.append(await _settle(tx, draw, actor, now, codes))
    return outcomes


def _reaches(caller: Principal | None, draw: dict[str, Any]) -> bool:
    return caller is None or may(caller, Action.DRAWS_EDIT, Place(street_id=draw["street_id"]))


async def _settle(tx: Tx, draw: dict[str, Any], actor: Actor, now: datetime, codes: PickUpCodes) -> Drawn:
    taking_part = {
        row["id"]: row
        for row in await tx.rows(DrawApplication, "WHERE draw_id = $1 AND withdrawn_at IS NULL", draw["id"])
    }
    order = rank_tickets(draw["seed"], taking_part)
    stocks = await tx.lock(Stock, [draw["stock_id"]])
    # The units that were kept are ordered by the winners, in this transaction; what is not needed is free again.
    await keep_units(tx, stocks, {draw["stock_id"]: -draw["places"]})
    won, passed_over = await _serve(
        tx, stocks[draw["stock_id"]], draw["places"], [taking_part[ticket] for ticket in order], now=now, codes=codes
    )
    results = [_result(ticket, rank, won.get(ticket), passed_over.get(ticket)) for rank, ticket in enumerate(order, 1)]
    await tx.update(DrawApplication, results)
    draw.update(state="drawn", roll=roll_of(taking_part), ended_at=now)
    await tx.update(Draw, [{name: draw[name] for name in ("id", "state", "roll", "ended_at")}])
    orders = {ticket: number for ticket, (_, number) in won.items()}
    await _tell(tx, draw, results=results, taking_part=taking_part, orders=orders, now=now)
    entry = AuditEntry(
        actor=actor,
        action="draws.drawn",
        subject_kind="draw",
        subject_id=draw["id"],
        street_id=draw["street_id"],
        detail={"applied": len(order), "won": len(won), "passed_over": len(passed_over), "roll": draw["roll"]},
    )
    await record(tx, [entry], now=now)
    return Drawn(draw_id=draw["id"], applied=len(order), won=len(won), passed_over=len(passed_over), changed=True)


async def _serve(
    tx: Tx, stock: Row, places: int, order: Sequence[Row], *, now: datetime, codes: PickUpCodes
) -> tuple[dict[UUID, tuple[UUID, str]], dict[UUID, str]]:
    """Orders for the first who can be served: their ids and numbers by ticket, and why others were passed over.

    In rounds: as many at once as there are places left.
    """
    won: dict[UUID, tuple[UUID, str]] = {}
    passed_over: dict[UUID, str] = {}
    waiting = list(order)
    drawing = system_principal("draw")
    while waiting and len(won) < places:
        count = places - len(won)
        batch, waiting = waiting[:count], waiting[count:]
        wishes = [UnitWish(stock=stock, steward_id=row["steward_id"], channel="draw", caller=drawing) for row in batch]
        for row, outcome in zip(batch, await order_units(tx, wishes, now=now, codes=codes), strict=True):
            if isinstance(outcome, Refusal):
                passed_over[row["id"]] = outcome.code[:32]
            else:
                won[row["id"]] = (outcome.order_id, outcome.number)
    return won, passed_over


def _result(ticket: UUID, rank: int, won: tuple[UUID, str] | None, reason: str | None) -> dict[str, Any]:
    outcome = "won" if won else "passed_over" if reason else "lost"
    return {"id": ticket, "rank": rank, "outcome": outcome, "reason": reason, "order_id": won[0] if won else None}


async def _tell(
    tx: Tx,
    draw: dict[str, Any],
    *,
    results: Sequence[dict[str, Any]],
    taking_part: dict[UUID, Row],
    orders: dict[UUID, str],
    now: datetime,
) -> None:
    row = await tx.fetch_one(
        "SELECT item.name FROM rewards_item item JOIN rewards_stock stock "
        "ON stock.item_id = item.id WHERE stock.id = $1",
        draw["stock_id"],
    )
    said = {"number": draw["number"], "item": str(row["name"]) if row else ""}
    await post_messages(
        tx,
        [
            NewMessage(
                steward_id=taking_part[result["id"]]["steward_id"],
                code=_MESSAGES[result["outcome"]],
                params={**said, "order": orders.get(result["id"], "")},
                cause=f"draw {draw['id']}/{result['id']}",
            )
            for result in results
        ],
        now=now,
    )


async def _as_drawn(tx: Tx, draw_id: UUID) -> Drawn:
    rows = await tx.fetch(
        "SELECT outcome, COUNT(*) AS n FROM rewards_draw_application "
        "WHERE draw_id = $1 AND outcome IS NOT NULL GROUP BY outcome",
        draw_id,
    )
    counts = {row["outcome"]: row["n"] for row in rows}
    return Drawn(
        draw_id=draw_id,
        applied=sum(counts.values()),
        won=counts.get("won", 0),
        passed_over=counts.get("passed_over", 0),
        changed=False,
    )
