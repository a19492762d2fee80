"""Draws: announced with a commitment, applied for in a window, called off, listed. See drawing.py for the rule.

From its announcement on a draw keeps its units aside, so that whoever wins is served; losers were never touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import local_date, local_minute
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.numbering import take_numbers
from rewards.draw_models import Draw, DrawApplication
from rewards.draw_refusals import (
    ApplicationsNotOpen,
    DrawEnded,
    DrawPlacesWrong,
    DrawWindowWrong,
    NotApplied,
    NotServing,
    TooLittleToKeep,
    UnknownDraw,
    UnknownStock,
)
from rewards.drawing import commitment_of, ticket_of
from rewards.eligibility import claims_of
from rewards.keeping import free_of, keep_units
from rewards.models import PickUpPlace, Stock
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.models import Steward
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

SHORTEST_WINDOW = timedelta(hours=1)
LONGEST_WINDOW = timedelta(days=90)
MOST_PLACES = 10_000

register_message("draw_cancelled", N_("抽签 {number} 取消了，没有扣分。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraw:
    """A draw to announce. `seed` is 32 random bytes in hex, drawn by whoever calls, and told nobody."""

    stock_id: UUID
    places: int
    opens_at: datetime
    closes_at: datetime
    seed: str
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A draw that was announced: its commitment is public from now on."""

    draw_id: UUID
    number: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationWish:
    """A steward takes part in a draw, or no longer does (`withdraw`)."""

    draw_id: UUID
    steward_id: UUID
    actor: Actor
    withdraw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How an application stands now; `changed` is false where it stood so already."""

    draw_id: UUID
    ticket: UUID
    withdrawn: bool
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A draw to call off."""

    draw_id: UUID
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledOff:
    """A draw that is called off: its units can be ordered again."""

    draw_id: UUID
    changed: bool


async def announce_draws(tx: Tx, wishes: Sequence[NewDraw], *, now: datetime) -> list[Announced | Refusal]:
    """Announce draws, audited, and keep their units aside.

    Refusals: UnknownStock, DrawWindowWrong, DrawPlacesWrong, TooLittleToKeep.
    """
    stocks = await tx.lock(Stock, {wish.stock_id for wish in wishes})
    places = await _places(tx, stocks)
    kept: dict[UUID, int] = {}
    rows: list[dict[str, Any]] = []
    refused: dict[int, Refusal] = {}
    for index, wish in enumerate(wishes):
        stock = stocks.get(wish.stock_id)
        place = places.get(stock["place_id"]) if stock else None
        refusal = _bar_announcement(wish, stock, place, kept.get(wish.stock_id, 0), now)
        if refusal or place is None:
            refused[index] = refusal or UnknownStock(pointer="/item")
            continue
        kept[wish.stock_id] = kept.get(wish.stock_id, 0) + wish.places
        draw_id = new_id()
        rows.append(
            {
                "id": draw_id,
                "stock_id": wish.stock_id,
                "street_id": place["street_id"],
                "places": wish.places,
                "opens_at": wish.opens_at,
                "closes_at": wish.closes_at,
                "commitment": commitment_of(draw_id, wish.seed),
                "seed": wish.seed,
                "state": "announced",
                "announced_by_kind": wish.caller.actor.kind,
                "announced_by_id": wish.caller.actor.id,
                "announced_at": now,
            }
        )
    series = f"draw {local_date(now):%y%m%d}"
    for row, number in zip(rows, await take_numbers(tx, series, len(rows)), strict=True):
        row["number"] = f"D{local_date(now):%y%m%d}-{number:03d}"
    await keep_units(tx, stocks, kept)
    await tx.insert(Draw, rows)
    entries = [
        AuditEntry(
            actor=Actor(row["announced_by_kind"], row["announced_by_id"]),
            action="draws.announced",
            subject_kind="draw",
            subject_id=row["id"],
            street_id=row["street_id"],
            detail={"places": row["places"], "commitment": row["commitment"]},
        )
        for row in rows
    ]
    if entries:
        await record(tx, entries, now=now)
    announced = (Announced(draw_id=row["id"], number=row["number"], commitment=row["commitment"]) for row in rows)
    return [refused[index] if index in refused else next(announced) for index in range(len(wishes))]


def _bar_announcement(wish: NewDraw, stock: Row | None, place: Row | None, kept: int, now: datetime) -> Refusal | None:
    if stock is None or place is None:
        return UnknownStock(pointer="/item")
    where = Place(street_id=place["street_id"], community_id=place["community_id"])
    if not may(wish.caller, Action.DRAWS_EDIT, where):
        return UnknownStock(pointer="/item")
    if type(wish.places) is not int or not 1 <= wish.places <= MOST_PLACES:
        return DrawPlacesWrong(pointer="/places", most=MOST_PLACES)
    lasts = wish.closes_at - wish.opens_at
    if wish.opens_at < now - timedelta(minutes=5) or not SHORTEST_WINDOW <= lasts <= LONGEST_WINDOW:
        hours, days = SHORTEST_WINDOW // timedelta(hours=1), LONGEST_WINDOW.days
        return DrawWindowWrong(pointer="/closes_at", hours=hours, days=days)
    free = free_of(stock) - kept
    if free < wish.places:
        return TooLittleToKeep(pointer="/places", free=max(0, free), places=wish.places)
    return None


async def apply_to_draws(tx: Tx, wishes: Sequence[ApplicationWish], *, now: datetime) -> list[Applied | Refusal]:
    """Take part in draws, or withdraw from them while applications are open. Again changes nothing.

    Whoever applies has the points that winning would take; they are neither held nor taken before.

    Refusals: UnknownDraw, DrawEnded, ApplicationsNotOpen, NotServing, NotEnoughToApply, NotApplied, and those of
    rewards.eligibility.
    """
    # The draw's row is the lock that closing takes too: nobody slips in behind the list that is drawn from.
    draws = await tx.lock(Draw, {wish.draw_id for wish in wishes})
    tickets = {ticket_of(wish.draw_id, wish.steward_id) for wish in wishes}
    known = {row_id: dict(row) for row_id, row in (await tx.lock(DrawApplication, tickets)).items()}
    stewards = {
        row["id"]: row
        for row in await tx.rows(Steward, f"WHERE {tx.one_of('id', 1)}", sorted({wish.steward_id for wish in wishes}))
    }
    stocks = await tx.rows(Stock, f"WHERE {tx.one_of('id', 1)}", sorted({row["stock_id"] for row in draws.values()}))
    items = {row["id"]: row["item_id"] for row in stocks}
    asked = {
        (wish.steward_id, items[draws[wish.draw_id]["stock_id"]])
        for wish in wishes
        if not wish.withdraw and wish.draw_id in draws and wish.steward_id in stewards
    }
    claims = await claims_of(tx, asked, now=now)
    added: dict[UUID, dict[str, Any]] = {}
    changed: set[UUID] = set()
    outcomes: list[Applied | Refusal] = []
    for wish in wishes:
        draw, steward = draws.get(wish.draw_id), stewards.get(wish.steward_id)
        ticket = ticket_of(wish.draw_id, wish.steward_id)
        mine = known.get(ticket)
        taking_part = mine is not None and mine["withdrawn_at"] is None
        refusal = _bar_application(draw, steward, now)
        if refusal is None and draw is not None and not wish.withdraw and not taking_part:
            claim = claims[wish.steward_id, items[draw["stock_id"]]]
            refusal = claim.bar or claim.short
        if refusal is None and wish.withdraw and mine is None:
            refusal = NotApplied()
        if refusal:
            outcomes.append(refusal)
            continue
        if taking_part != wish.withdraw:
            outcomes.append(Applied(draw_id=wish.draw_id, ticket=ticket, withdrawn=wish.withdraw, changed=False))
            continue
        row = {
            "id": ticket,
            "draw_id": wish.draw_id,
            "steward_id": wish.steward_id,
            "applied_by_kind": wish.actor.kind,
            "applied_by_id": wish.actor.id,
            "applied_at": now,
            "withdrawn_at": None,
        }
        if wish.withdraw and mine is not None:
            row = {**mine, "withdrawn_at": now}
        if mine is None or ticket in added:
            added[ticket] = row
        else:
            changed.add(ticket)
        known[ticket] = row
        outcomes.append(Applied(draw_id=wish.draw_id, ticket=ticket, withdrawn=wish.withdraw, changed=True))
    await tx.insert(DrawApplication, [_stored(row) for row in added.values()])
    await tx.update(DrawApplication, [_stored(known[ticket]) for ticket in sorted(changed)])
    return outcomes


_STORED = ("id", "draw_id", "steward_id", "applied_by_kind", "applied_by_id", "applied_at", "withdrawn_at")


def _stored(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _STORED}


def _bar_application(draw: Row | None, steward: Row | None, now: datetime) -> Refusal | None:
    if draw is None:
        return UnknownDraw(pointer="/draw_id")
    if draw["state"] != "announced":
        return DrawEnded()
    if not draw["opens_at"] <= now < draw["closes_at"]:
        return ApplicationsNotOpen(opens_at=local_minute(draw["opens_at"]), closes_at=local_minute(draw["closes_at"]))
    if steward is None or steward["status"] != "active":
        return NotServing()
    return None


async def cancel_draws(tx: Tx, wishes: Sequence[Cancellation], *, now: datetime) -> list[CalledOff | Refusal]:
    """Call draws off, audited: their units can be ordered again, and everybody who applied is told.

    Refusals: UnknownDraw, DrawEnded.
    """
    draws = {row_id: dict(row) for row_id, row in (await tx.lock(Draw, {wish.draw_id for wish in wishes})).items()}
    stocks = await tx.lock(Stock, {row["stock_id"] for row in draws.values()})
    given_back: dict[UUID, int] = {}
    ended: list[dict[str, Any]] = []
    entries: list[AuditEntry] = []
    outcomes: list[CalledOff | Refusal] = []
    for wish in wishes:
        draw = draws.get(wish.draw_id)
        if draw is None or not may(wish.caller, Action.DRAWS_EDIT, Place(street_id=draw["street_id"])):
            outcomes.append(UnknownDraw(pointer="/draw_id"))
            continue
        if draw["state"] == "drawn":
            outcomes.append(DrawEnded())
            continue
        changed = draw["state"] == "announced"
        if changed:
            draw["state"] = "cancelled"
            ended.append(draw)
            given_back[draw["stock_id"]] = given_back.get(draw["stock_id"], 0) - draw["places"]
            entries.append(
                AuditEntry(
                    actor=wish.caller.actor,
                    action="draws.cancelled",
                    subject_kind="draw",
                    subject_id=wish.draw_id,
                    street_id=draw["street_id"],
                )
            )
        outcomes.append(CalledOff(draw_id=wish.draw_id, changed=changed))
    await keep_units(tx, stocks, given_back)
    await tx.update(Draw, [{"id": draw["id"], "state": "cancelled", "ended_at": now} for draw in ended])
    applied = await tx.rows(
        DrawApplication,
        f"WHERE {tx.one_of('draw_id', 1)} AND withdrawn_at IS NULL ORDER BY id",
        sorted(draw["id"] for draw in ended),
    )
    numbers = {draw["id"]: draw["number"] for draw in ended}
    await post_messages(
        tx,
        [
            NewMessage(
                steward_id=row["steward_id"],
                code="draw_cancelled",
                params={"number": numbers[row["draw_id"]]},
                cause=f"draw {row['draw_id']}/cancelled/{row['steward_id']}",
            )
            for row in applied
        ],
        now=now,
    )
    if entries:
        await record(tx, entries, now=now)
    return outcomes


async def _places(tx: Tx, stocks: Mapping[UUID, Row]) -> dict[UUID, Row]:
    ids = sorted({row["place_id"] for row in stocks.values()})
    return {row["id"]: row for row in await tx.rows(PickUpPlace, f"WHERE {tx.one_of('id', 1)}", ids)}
