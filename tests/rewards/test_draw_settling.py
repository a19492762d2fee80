"""Doing draws: winners get orders, losers keep their points, and anybody finds the same result."""

import asyncio
from datetime import timedelta
from uuid import UUID

import orjson

from api.cli.drawing import published_of
from kernel.database import Database
from kernel.errors import Refusal
from rewards.draw_models import DrawApplication
from rewards.draw_reading import DrawPhase, document_of, draw_result, published_draw, show_draw
from rewards.draw_settling import Drawn, Settlement, settle_draws
from rewards.drawing import rank_tickets, recompute, ticket_of
from rewards.draws import Announced, ApplicationWish, NewDraw, announce_draws, apply_to_draws
from stewards.inbox import read_inbox
from tests.rewards.scarce import CODES, DONGSI_ADMIN, LONGTAN_ADMIN, Shelf, a_shelf, by, me, only
from tests.rewards.test_drawing import naive_order
from tests.stewards.builders import NOON

CLOSES = NOON + timedelta(days=2)
SEED = "5a" * 32


async def a_closed_draw(shelf: Shelf, stock_id: UUID, *who: UUID, places: int = 2) -> UUID:
    wish = NewDraw(stock_id=stock_id, places=places, opens_at=NOON, closes_at=CLOSES, seed=SEED, caller=LONGTAN_ADMIN)
    draw: Announced = only(await shelf.database.run(lambda tx: announce_draws(tx, [wish], now=NOON)))
    wishes = [ApplicationWish(draw_id=draw.draw_id, steward_id=one, actor=by(one)) for one in who]
    outcomes = await shelf.database.run(lambda tx: apply_to_draws(tx, wishes, now=NOON))
    assert not any(isinstance(outcome, Refusal) for outcome in outcomes), outcomes
    return draw.draw_id


async def settling(shelf: Shelf, draw_id: UUID, at: object = CLOSES, **more: object) -> Drawn | Refusal:
    wish = Settlement(draw_id=draw_id, **more)  # type: ignore[arg-type]
    [outcome] = await shelf.database.run(lambda tx: settle_draws(tx, [wish], now=at, codes=CODES))  # type: ignore[arg-type]
    return outcome


async def test_winners_get_orders_and_losers_are_untouched(database: Database) -> None:
    shelf = await a_shelf(database, people=9)
    stock_id = await shelf.an_item(stock=5)
    draw_id = await a_closed_draw(shelf, stock_id, *shelf.people, places=3)
    early = await settling(shelf, draw_id, CLOSES - timedelta(seconds=1))
    assert isinstance(early, Refusal)
    assert early.code == "applications_still_open"
    done = await settling(shelf, draw_id)
    assert done == Drawn(draw_id=draw_id, applied=9, won=3, passed_over=0, changed=True)
    reader = await database.reader()
    rows = await reader.rows(DrawApplication, "ORDER BY rank")
    order = naive_order(SEED, [ticket_of(draw_id, one) for one in shelf.people])
    assert [row["id"] for row in rows] == order
    assert [row["outcome"] for row in rows] == ["won"] * 3 + ["lost"] * 6
    for row in rows:
        won = row["outcome"] == "won"
        assert await shelf.balance(row["steward_id"]) == (90 if won else 100)
        assert await shelf.balance(row["steward_id"], "escrow") == (10 if won else 0)
        messages, _ = await read_inbox(reader, row["steward_id"])
        assert "draw_won" in {message.code for message in messages} if won else len(messages) == 1
    stock = await shelf.stock(stock_id)
    assert (stock["available"], stock["reserved"], stock["kept"]) == (2, 3, 0)
    shown = await show_draw(reader, LONGTAN_ADMIN, draw_id, now=CLOSES)
    assert (shown.phase, shown.won) == (DrawPhase.DRAWN, 3)
    assert len(await draw_result(reader, LONGTAN_ADMIN, shown)) == 9
    assert await draw_result(reader, DONGSI_ADMIN, shown) == []
    assert await draw_result(reader, me(shelf.people[0]), shown) == []
    await shelf.check()


async def test_what_is_published_says_who_won_without_naming_anybody_and_is_recomputed(database: Database) -> None:
    shelf = await a_shelf(database, people=6)
    draw_id = await a_closed_draw(shelf, await shelf.an_item(stock=5), *shelf.people)
    await settling(shelf, draw_id)
    document = orjson.dumps(document_of(await published_draw(await database.reader(), draw_id)))
    published = published_of(orjson.loads(document))
    assert recompute(published).sound
    assert all(str(one).encode() not in document for one in shelf.people)
    assert recompute(published).order == tuple(rank_tickets(SEED, published.tickets))


async def test_who_cannot_pay_any_more_is_passed_over_and_the_next_moves_up(database: Database) -> None:
    shelf = await a_shelf(database, people=4)
    stock_id, other = await shelf.an_item(stock=2, price=60), await shelf.an_item(stock=4, price=50)
    draw_id = await a_closed_draw(shelf, stock_id, *shelf.people)
    order = rank_tickets(SEED, [ticket_of(draw_id, one) for one in shelf.people])
    first = next(one for one in shelf.people if ticket_of(draw_id, one) == order[0])
    await shelf.ordered(first, other)
    done = await settling(shelf, draw_id)
    assert isinstance(done, Drawn)
    assert (done.won, done.passed_over) == (2, 1)
    published = await published_draw(await database.reader(), draw_id)
    assert published.passed_over == {order[0]: "not_enough_points"}
    assert list(published.winners) == order[1:3]
    assert recompute(published).sound
    await shelf.check()


async def test_a_draw_is_done_once_however_many_do_it_at_once(database: Database) -> None:
    shelf = await a_shelf(database, people=5)
    stock_id = await shelf.an_item(stock=2)
    draw_id = await a_closed_draw(shelf, stock_id, *shelf.people)
    found = await asyncio.gather(*(settling(shelf, draw_id) for _ in range(6)))
    assert sum(one.changed for one in found if isinstance(one, Drawn)) == 1
    assert {(one.applied, one.won) for one in found if isinstance(one, Drawn)} == {(5, 2)}
    assert (await shelf.stock(stock_id))["available"] == 0
    await shelf.check()


async def test_units_that_were_lost_since_leave_the_last_ones_without(database: Database) -> None:
    shelf = await a_shelf(database, people=3)
    stock_id = await shelf.an_item(stock=2)
    draw_id = await a_closed_draw(shelf, stock_id, *shelf.people)
    from rewards.stocking import MoveWish, move_stock
    from rewards.wording import MoveKind
    from tests.rewards.scarce import BOSS

    lost = MoveWish(
        item_id=shelf.items[stock_id], place_id=shelf.place_id, kind=MoveKind.LOST, quantity=1, reason="damaged",
        caller=BOSS,
    )  # fmt: skip
    only(await database.run(lambda tx: move_stock(tx, [lost], now=NOON)))
    done = await settling(shelf, draw_id)
    assert isinstance(done, Drawn)
    assert (done.won, done.passed_over) == (1, 2)
    assert recompute(await published_draw(await database.reader(), draw_id)).sound
    await shelf.check()


async def test_strangers_do_no_draws(database: Database) -> None:
    shelf = await a_shelf(database)
    draw_id = await a_closed_draw(shelf, await shelf.an_item(stock=5))
    refused = await settling(shelf, draw_id, caller=DONGSI_ADMIN)
    assert isinstance(refused, Refusal)
    assert refused.code == "unknown_draw"
    done = await settling(shelf, draw_id, caller=LONGTAN_ADMIN)
    assert done == Drawn(draw_id=draw_id, applied=0, won=0, passed_over=0, changed=True)
