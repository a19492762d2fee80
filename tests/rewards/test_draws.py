"""Draws: bound before the first application, open for a window, keeping their units aside."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import new_id
from rewards.draw_models import Draw
from rewards.draw_reading import DrawPhase, NotDrawnYet, list_draws, published_draw, show_draw
from rewards.drawing import commitment_of, ticket_of
from rewards.draws import (
    Announced,
    ApplicationWish,
    Applied,
    CalledOff,
    Cancellation,
    NewDraw,
    announce_draws,
    apply_to_draws,
    cancel_draws,
)
from rewards.verifying import verify_rewards
from stewards.inbox import read_inbox
from tests.rewards.scarce import DONGSI_ADMIN, LONGTAN_ADMIN, Shelf, a_shelf, by, me
from tests.stewards.builders import NOON, count

SEED = "5a" * 32
CLOSES = NOON + timedelta(days=2)


def a_draw(stock_id: UUID, **changes: Any) -> NewDraw:
    facts = {"stock_id": stock_id, "places": 2, "opens_at": NOON, "closes_at": CLOSES, "seed": SEED}
    return NewDraw(**{**facts, "caller": LONGTAN_ADMIN, **changes})


async def announced(shelf: Shelf, stock_id: UUID, **changes: Any) -> Announced:
    [outcome] = await shelf.database.run(lambda tx: announce_draws(tx, [a_draw(stock_id, **changes)], now=NOON))
    assert isinstance(outcome, Announced), outcome
    return outcome


async def applying(
    shelf: Shelf, draw_id: UUID, *who: UUID, at: datetime = NOON, withdraw: bool = False
) -> list[Applied | Refusal]:
    wishes = [ApplicationWish(draw_id=draw_id, steward_id=one, actor=by(one), withdraw=withdraw) for one in who]
    return await shelf.database.run(lambda tx: apply_to_draws(tx, wishes, now=at))


def codes(outcomes: list[Any]) -> list[str]:
    return [outcome.code if isinstance(outcome, Refusal) else "ok" for outcome in outcomes]


async def test_a_draw_keeps_its_units_and_shows_its_commitment_but_not_its_seed(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=5)
    draw = await announced(shelf, stock_id)
    assert draw.commitment == commitment_of(draw.draw_id, SEED)
    assert draw.number == "D261123-001"
    assert (await shelf.stock(stock_id))["kept"] == 2
    reader = await database.reader()
    shown = await show_draw(reader, me(shelf.people[0]), draw.draw_id, now=NOON)
    assert (shown.phase, shown.commitment, shown.price, shown.applied) == (DrawPhase.OPEN, draw.commitment, 10, 0)
    assert SEED not in repr(shown)
    with pytest.raises(NotDrawnYet):
        await published_draw(reader, draw.draw_id)


async def test_two_draws_cannot_keep_the_same_units(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=5)
    wishes = [a_draw(stock_id, places=3), a_draw(stock_id, places=3), a_draw(stock_id, places=2)]
    outcomes = await database.run(lambda tx: announce_draws(tx, wishes, now=NOON))
    assert codes(outcomes) == ["ok", "too_little_to_keep", "ok"]
    [late] = await database.run(lambda tx: announce_draws(tx, [a_draw(stock_id, places=1)], now=NOON))
    assert codes([late]) == ["too_little_to_keep"]
    assert (await shelf.stock(stock_id))["kept"] == 5


async def test_what_cannot_be_announced_is_named_and_leaves_nothing(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=5)
    wishes = [
        a_draw(stock_id, caller=DONGSI_ADMIN),
        a_draw(new_id()),
        a_draw(stock_id, places=0),
        a_draw(stock_id, places=-1),
        a_draw(stock_id, places=10**9),
        a_draw(stock_id, closes_at=NOON),
        a_draw(stock_id, opens_at=NOON - timedelta(days=1)),
        a_draw(stock_id, closes_at=NOON + timedelta(days=91)),
    ]
    outcomes = await database.run(lambda tx: announce_draws(tx, wishes, now=NOON))
    assert codes(outcomes) == [
        "unknown_stock", "unknown_stock", "draw_places_wrong", "draw_places_wrong", "draw_places_wrong",
        "draw_window_wrong", "draw_window_wrong", "draw_window_wrong",
    ]  # fmt: skip
    assert await count(database, "rewards_draw") == 0
    assert (await shelf.stock(stock_id))["kept"] == 0


async def test_applying_takes_no_points_and_again_changes_nothing(database: Database) -> None:
    shelf = await a_shelf(database)
    draw = await announced(shelf, await shelf.an_item(stock=5))
    one = shelf.people[0]
    for changed in (True, False):
        [applied] = await applying(shelf, draw.draw_id, one)
        assert applied == Applied(
            draw_id=draw.draw_id, ticket=ticket_of(draw.draw_id, one), withdrawn=False, changed=changed
        )
    assert await shelf.balance(one) == 100
    [gone] = await applying(shelf, draw.draw_id, one, withdraw=True)
    assert isinstance(gone, Applied)
    assert (gone.withdrawn, gone.changed) == (True, True)
    assert (await show_draw(await database.reader(), me(one), draw.draw_id, now=NOON)).ticket is None
    [back] = await applying(shelf, draw.draw_id, one)
    assert isinstance(back, Applied)
    assert back.changed
    assert await count(database, "rewards_draw_application") == 1


async def test_applications_are_taken_in_their_window_alone_and_from_those_who_can_pay(database: Database) -> None:
    shelf = await a_shelf(database, people=2, points=9)
    draw = await announced(shelf, await shelf.an_item(stock=5), opens_at=NOON + timedelta(hours=1))
    opens = NOON + timedelta(hours=1)
    one = shelf.people[0]
    assert codes(await applying(shelf, draw.draw_id, one)) == ["applications_not_open"]
    assert codes(await applying(shelf, draw.draw_id, one, at=opens)) == ["not_enough_to_apply"]
    assert codes(await applying(shelf, draw.draw_id, one, at=CLOSES)) == ["applications_not_open"]
    assert codes(await applying(shelf, draw.draw_id, one, at=opens, withdraw=True)) == ["not_applied"]
    assert codes(await applying(shelf, new_id(), one, at=opens)) == ["unknown_draw"]
    [refusal] = await applying(shelf, draw.draw_id, one, at=opens)
    assert isinstance(refusal, Refusal)
    assert refusal.text.render("en") == "Winning takes 10 points; you have 9 and lack 1."


async def test_fifty_applications_at_once_are_fifty(database: Database) -> None:
    shelf = await a_shelf(database, people=25)
    draw = await announced(shelf, await shelf.an_item(stock=5))
    await asyncio.gather(*(applying(shelf, draw.draw_id, one) for one in shelf.people for _ in range(2)))
    assert await count(database, "rewards_draw_application") == 25


async def test_a_draw_that_is_called_off_gives_its_units_back_and_tells_everybody(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=5)
    draw = await announced(shelf, stock_id)
    await applying(shelf, draw.draw_id, *shelf.people[:2])
    await applying(shelf, draw.draw_id, shelf.people[1], withdraw=True)
    wishes = [Cancellation(draw_id=draw.draw_id, caller=caller) for caller in (DONGSI_ADMIN, *[LONGTAN_ADMIN] * 2)]
    outcomes = await database.run(lambda tx: cancel_draws(tx, wishes, now=NOON))
    assert codes(outcomes) == ["unknown_draw", "ok", "ok"]
    assert [one.changed for one in outcomes if isinstance(one, CalledOff)] == [True, False]
    assert (await shelf.stock(stock_id))["kept"] == 0
    reader = await database.reader()
    told = [len((await read_inbox(reader, one))[0]) for one in shelf.people]
    assert told == [1, 0, 0]
    assert codes(await applying(shelf, draw.draw_id, shelf.people[2])) == ["draw_ended"]
    [row] = await reader.rows(Draw, "")
    assert row["state"] == "cancelled"


async def test_draws_are_listed_those_that_close_last_first_page_by_page(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=9)
    ids = [
        (await announced(shelf, stock_id, places=1, closes_at=CLOSES + timedelta(days=day))).draw_id for day in range(5)
    ]
    reader = await database.reader()
    found: list[UUID] = []
    after, more = None, True
    while more:
        lines, more = await list_draws(reader, LONGTAN_ADMIN, starting_after=after, limit=2, now=NOON)
        found += [line.id for line in lines]
        after = found[-1]
    assert found == ids[::-1]
    assert (await list_draws(reader, LONGTAN_ADMIN, current=False, now=NOON))[0] == []


async def test_units_that_nobody_was_promised_are_found_by_verify(database: Database) -> None:
    shelf = await a_shelf(database)
    stock_id = await shelf.an_item(stock=5)
    await announced(shelf, stock_id)
    await shelf.check()
    await database.run(lambda tx: tx.execute("UPDATE rewards_stock SET kept = 1 WHERE id = $1", stock_id))
    assert [found.code for found in await database.snapshot(verify_rewards)] == ["stock_kept"]


async def test_who_could_not_order_it_anyway_is_told_so_when_applying(database: Database) -> None:
    shelf = await a_shelf(database)
    levelled = await announced(shelf, await shelf.an_item(stock=3, gates={"verified_cases": 3}))
    elsewhere = await announced(shelf, await shelf.an_item(stock=3, streets=("110101006",)))
    for draw, code in ((levelled, "not_eligible"), (elsewhere, "unknown_item")):
        wish = ApplicationWish(draw_id=draw.draw_id, steward_id=shelf.people[0], actor=by(shelf.people[0]))
        [outcome] = await shelf.database.run(lambda tx, wish=wish: apply_to_draws(tx, [wish], now=NOON))
        assert isinstance(outcome, Refusal)
        assert outcome.code == code
