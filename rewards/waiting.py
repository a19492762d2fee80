"""Waiting lists (候补): in the order of joining, each unit that comes back is offered to the first who can pay.

Everybody who waits has a unit kept, so that what comes back is theirs before it is anybody else's. An offer holds for
two days; then the next one gets it. Whoever has too few points when the turn comes loses it, and is told.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import Actor
from kernel.clock import local_minute
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from rewards.draw_models import WaitingEntry
from rewards.draw_refusals import (
    NoOffer,
    NotServing,
    NotWaiting,
    StillInStock,
    UnknownStock,
    WaitingTooMuch,
)
from rewards.eligibility import Claim, claims_of
from rewards.keeping import free_of, keep_units
from rewards.models import Item, Stock
from rewards.pick_up_codes import PickUpCodes
from rewards.redeeming import Placed
from rewards.serving import UnitWish, order_units
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.models import Steward
from stewards.principal import Principal

OFFER_HOLDS = timedelta(hours=48)
AT_ONCE = 5
"""For how many items one steward may wait at a time."""


def _offered_text(params: Mapping[str, Any]) -> Text:
    said = {"item": params["item"], "until": local_minute(datetime.fromisoformat(params["until"]))}
    return Text(N_("您候补的“{item}”到货了，给您留到 {until}，请尽快兑换。"), said)


register_message("waiting_offered", _offered_text)
register_message("waiting_lapsed", N_("您候补的“{item}”没有在保留时间内兑换，名额已给下一位。"))
register_message("waiting_short", N_("轮到您候补的“{item}”时积分不够，名额已给下一位；积分够了可以重新候补。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWish:
    """A steward joins the list for an item at a place, or leaves it."""

    stock_id: UUID
    steward_id: UUID
    actor: Actor
    leave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A steward's place on a list: how many are before. `changed` is false where it stood so already."""

    entry_id: UUID
    stock_id: UUID
    state: str
    before: int
    changed: bool


async def join_waiting(tx: Tx, wishes: Sequence[WaitingWish], *, now: datetime) -> list[Waiting | Refusal]:
    """Join lists in the order of the wishes, or leave them. Again changes nothing.

    Refusals: UnknownStock, NotServing, StillInStock, NotEnoughToApply, WaitingTooMuch, NotWaiting, and those of
    rewards.eligibility. What is held back for the desk is not there for them.
    """
    stocks = await tx.lock(Stock, {wish.stock_id for wish in wishes})
    people = sorted({wish.steward_id for wish in wishes})
    stewards = {row["id"]: row for row in await tx.rows(Steward, f"WHERE {tx.one_of('id', 1)}", people)}
    lists = _Lists(
        await tx.rows(
            WaitingEntry,
            f"WHERE ({tx.one_of('stock_id', 1)} OR {tx.one_of('steward_id', 2)}) AND state IN ('waiting', 'offered')",
            sorted(stocks),
            people,
        ),
        await _last_turns(tx, sorted(stocks)),
    )
    quotas = {row["id"]: row["desk_quota"] for row in await _items(tx, {row["item_id"] for row in stocks.values()})}
    asked = {(wish.steward_id, stocks[wish.stock_id]["item_id"]) for wish in wishes if wish.stock_id in stocks}
    claims = await claims_of(tx, {pair for pair in asked if pair[0] in stewards}, now=now)
    kept = dict.fromkeys(stocks, 0)
    outcomes: list[Waiting | Refusal] = []
    for wish in wishes:
        stock, steward = stocks.get(wish.stock_id), stewards.get(wish.steward_id)
        mine = lists.entry(wish.stock_id, wish.steward_id)
        if stock is None:
            outcomes.append(UnknownStock(pointer="/stock"))
            continue
        if wish.leave:
            if mine is None:
                outcomes.append(NotWaiting())
                continue
            before = lists.before(mine)
            lists.end(mine, "left", now)
            kept[wish.stock_id] -= 1
            outcomes.append(_waiting(mine, before, changed=True))
            continue
        if mine is not None:
            outcomes.append(_waiting(mine, lists.before(mine), changed=False))
            continue
        refusal = _bar_joining(
            steward,
            claims.get((wish.steward_id, stock["item_id"])),
            free=free_of(stock) - kept[wish.stock_id] - quotas[stock["item_id"]],
            lists_joined=lists.joined(wish.steward_id),
        )
        if refusal:
            outcomes.append(refusal)
            continue
        mine = lists.join(wish.stock_id, wish.steward_id, now)
        kept[wish.stock_id] += 1
        outcomes.append(_waiting(mine, lists.before(mine), changed=True))
    await keep_units(tx, stocks, kept)
    await lists.save(tx)
    return outcomes


def _bar_joining(steward: Row | None, claim: Claim | None, *, free: int, lists_joined: int) -> Refusal | None:
    if steward is None or steward["status"] != "active":
        return NotServing()
    if claim is not None and claim.bar is not None:
        return claim.bar
    if free > 0:
        return StillInStock()
    if claim is not None and claim.short is not None:
        return claim.short
    if lists_joined >= AT_ONCE:
        return WaitingTooMuch(limit=AT_ONCE)
    return None


async def offer_units(tx: Tx, stock_ids: Sequence[UUID], *, now: datetime) -> int:
    """Let offers lapse whose time is over, then offer what is there to those who wait, in turn; answers how many.

    An offer needs a unit that stands on the shelf: units kept for draws, for earlier offers and for the desk are not
    given twice.
    """
    stocks = await tx.lock(Stock, stock_ids)
    rows = await tx.rows(
        WaitingEntry,
        f"WHERE {tx.one_of('stock_id', 1)} AND state IN ('waiting', 'offered') ORDER BY stock_id, turn",
        sorted(stocks),
    )
    entries = [dict(row) for row in rows]
    claims = await claims_of(tx, {(row["steward_id"], stocks[row["stock_id"]]["item_id"]) for row in rows}, now=now)
    people = await tx.rows(Steward, f"WHERE {tx.one_of('id', 1)}", sorted({row["steward_id"] for row in rows}))
    serving = {row["id"] for row in people if row["status"] == "active"}
    items = {row["id"]: row for row in await _items(tx, {row["item_id"] for row in stocks.values()})}
    kept = dict.fromkeys(stocks, 0)
    changed: list[dict[str, Any]] = []
    messages: list[NewMessage] = []

    def tell(entry: dict[str, Any], code: str, **params: str) -> None:
        params["item"] = items[stocks[entry["stock_id"]]["item_id"]]["name"]
        cause = f"waiting {entry['id']}/{code}"
        messages.append(NewMessage(steward_id=entry["steward_id"], code=code, params=params, cause=cause))

    def lapse(entry: dict[str, Any], code: str) -> None:
        entry.update(state="lapsed", ended_at=now)
        kept[entry["stock_id"]] -= 1
        changed.append(entry)
        tell(entry, code)

    offered = 0
    for stock_id, stock in stocks.items():
        here = [entry for entry in entries if entry["stock_id"] == stock_id]
        for entry in here:
            if entry["state"] == "offered" and entry["offered_until"] <= now:
                lapse(entry, "waiting_lapsed")
        waiting = [entry for entry in here if entry["state"] == "waiting"]
        # What is kept for draws is what is kept at all, less one for everybody on this list.
        for_draws = stock["kept"] - len(here)
        quota = items[stock["item_id"]]["desk_quota"]
        free = stock["available"] - for_draws - quota - sum(entry["state"] == "offered" for entry in here)
        for entry in waiting:
            if free <= 0:
                break
            claim = claims[entry["steward_id"], stock["item_id"]]
            if entry["steward_id"] not in serving or claim.short is not None:
                lapse(entry, "waiting_short")
                continue
            until = now + OFFER_HOLDS
            entry.update(state="offered", offered_until=until)
            changed.append(entry)
            tell(entry, "waiting_offered", until=until.isoformat())
            free -= 1
            offered += 1
    await keep_units(tx, stocks, kept)
    await tx.update(
        WaitingEntry,
        [{name: entry[name] for name in ("id", "state", "offered_until", "ended_at")} for entry in changed],
    )
    if messages:
        await post_messages(tx, messages, now=now)
    return offered


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTaking:
    """Somebody takes up an offer that was made to a steward: the steward, or staff at a desk."""

    entry_id: UUID
    caller: Principal


async def take_offers(
    tx: Tx, wishes: Sequence[OfferTaking], *, now: datetime, codes: PickUpCodes
) -> list[Placed | Refusal]:
    """Order what is offered, while the offer holds.

    Refusals: NoOffer (also for entries of others), and those of rewards.redeeming; the offer holds on then.
    """
    found = await tx.rows(WaitingEntry, f"WHERE {tx.one_of('id', 1)}", sorted({wish.entry_id for wish in wishes}))
    stocks = await tx.lock(Stock, {row["stock_id"] for row in found})
    entries = {row_id: dict(row) for row_id, row in (await tx.lock(WaitingEntry, [row["id"] for row in found])).items()}
    outcomes: dict[int, Placed | Refusal] = {}
    taking: dict[int, dict[str, Any]] = {}
    for index, wish in enumerate(wishes):
        entry = entries.get(wish.entry_id)
        holds = entry is not None and entry["state"] == "offered" and now < entry["offered_until"]
        if entry is None or not holds or entry in taking.values() or not _may_take(wish.caller, entry):
            outcomes[index] = NoOffer()
        else:
            taking[index] = entry
    kept = Counter(entry["stock_id"] for entry in taking.values())
    await keep_units(tx, stocks, {stock_id: -count for stock_id, count in kept.items()})
    asked = [
        UnitWish(
            stock=stocks[entry["stock_id"]],
            steward_id=entry["steward_id"],
            channel="queue",
            caller=wishes[index].caller,
        )
        for index, entry in taking.items()
    ]
    again: Counter[UUID] = Counter()
    taken = []
    for (index, entry), placed in zip(taking.items(), await order_units(tx, asked, now=now, codes=codes), strict=True):
        outcomes[index] = placed
        if isinstance(placed, Refusal):
            again[entry["stock_id"]] += 1
        else:
            taken.append({"id": entry["id"], "state": "taken", "order_id": placed.order_id, "ended_at": now})
    still = {row_id: {**row, "kept": row["kept"] - kept[row_id]} for row_id, row in stocks.items()}
    await keep_units(tx, still, again)
    await tx.update(WaitingEntry, taken)
    return [outcomes[index] for index in range(len(wishes))]


def _may_take(caller: Principal, entry: Mapping[str, Any]) -> bool:
    # Staff have been let through to this steward by whoever asked (the place of a steward is known there).
    return caller.steward_id in {None, entry["steward_id"]}


class _Lists:
    """The lists that a batch touches, as they stand after each wish."""

    def __init__(self, rows: Sequence[Row], last_turns: dict[UUID, int]) -> None:
        self._active = {(row["stock_id"], row["steward_id"]): dict(row) for row in rows}
        self._last = last_turns
        self._added: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []

    def entry(self, stock_id: UUID, steward_id: UUID) -> dict[str, Any] | None:
        return self._active.get((stock_id, steward_id))

    def joined(self, steward_id: UUID) -> int:
        return sum(entry["steward_id"] == steward_id for entry in self._active.values())

    def before(self, mine: dict[str, Any]) -> int:
        return sum(
            entry["stock_id"] == mine["stock_id"] and entry["turn"] < mine["turn"] for entry in self._active.values()
        )

    def join(self, stock_id: UUID, steward_id: UUID, now: datetime) -> dict[str, Any]:
        turn = self._last[stock_id] = self._last.get(stock_id, 0) + 1
        entry = {
            "id": new_id(),
            "stock_id": stock_id,
            "steward_id": steward_id,
            "turn": turn,
            "state": "waiting",
            "joined_at": now,
            "ended_at": None,
        }
        self._active[(stock_id, steward_id)] = entry
        self._added.append(entry)
        return entry

    def end(self, entry: dict[str, Any], state: str, now: datetime) -> None:
        entry.update(state=state, ended_at=now)
        del self._active[(entry["stock_id"], entry["steward_id"])]
        if entry not in self._added:
            self._changed.append(entry)

    async def save(self, tx: Tx) -> None:
        await tx.insert(WaitingEntry, self._added)
        ended = [{name: entry[name] for name in ("id", "state", "ended_at")} for entry in self._changed]
        await tx.update(WaitingEntry, ended)


async def _items(tx: Tx, item_ids: Collection[UUID]) -> list[Row]:
    return await tx.rows(Item, f"WHERE {tx.one_of('id', 1)}", sorted(item_ids))


async def _last_turns(tx: Tx, stock_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = await tx.fetch(
        f"SELECT stock_id, MAX(turn) AS turn FROM rewards_waiting_entry WHERE {tx.one_of('stock_id', 1)} "
        "GROUP BY stock_id",
        list(stock_ids),
        types={"stock_id": UUID},
    )
    return {row["stock_id"]: row["turn"] for row in rows}


def _waiting(entry: dict[str, Any], before: int, *, changed: bool) -> Waiting:
    return Waiting(
        entry_id=entry["id"], stock_id=entry["stock_id"], state=entry["state"], before=before, changed=changed
    )
