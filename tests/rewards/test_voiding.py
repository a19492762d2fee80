"""Gifts are voided where faking was upheld and the rules say so, and what comes back is forfeited with the balance."""

from typing import Any

import pytest

from kernel.clock import FixedClock
from kernel.database import Database
from kernel.outbox import Dispatcher
from points.cheating import Faking, punish_faking
from rewards.order_notices import HANDLERS
from rewards.voiding import gift_handlers
from stewards.inbox import read_inbox
from tests.rewards.shop import CODES, PLAIN, Shop, a_shop
from tests.stewards.builders import NOON


async def a_shop_under(database: Database, **cheating: Any) -> Shop:
    tariffs = {**PLAIN["tariffs"], "false_report": {"deducts": 1}}
    return await a_shop(database, {**PLAIN, "tariffs": tariffs, "sanctions": {"cheating": cheating}})


async def faked(shop: Shop, reference: str = "penalty P1") -> None:
    """赵's faking is upheld, and whoever waits for it hears of it."""
    found = [Faking(steward_id=shop.district.zhao, item="false_report", reference=reference)]
    await shop.database.run(lambda tx: punish_faking(tx, found, now=NOON))
    dispatcher = Dispatcher(shop.database, {**HANDLERS, **gift_handlers(CODES)}, FixedClock(NOON))
    while await dispatcher.deliver_due():
        pass


@pytest.mark.parametrize(
    ("zeroes", "voids", "points", "stock"),
    [
        (True, True, {}, (9, 0)),
        (True, False, {"escrow": 40}, (7, 2)),
        (False, True, {"spendable": 90}, (9, 0)),
        (False, False, {"spendable": 50, "escrow": 40}, (7, 2)),
    ],
)
async def test_the_balance_and_the_gifts_go_as_the_rules_say(
    database: Database, zeroes: bool, voids: bool, points: dict[str, int], stock: tuple[int, int]
) -> None:
    shop = await a_shop_under(database, zeroes_balance=zeroes, voids_gifts=voids)
    towel = await shop.item(price=20, stock=9)
    await shop.give(shop.district.zhao, 90)
    await shop.give(shop.district.qian, 90)
    await shop.ordered(towel)
    await shop.ordered(towel)
    other = await shop.ordered(towel, by=shop.district.qian)
    await faked(shop)
    await faked(shop)  # heard again changes nothing
    assert await shop.points() == points
    assert await shop.stock(towel) == (stock[0] - 1, stock[1] + 1)
    assert await shop.points(shop.district.qian) == {"spendable": 70, "escrow": 20}
    await shop.stepped(other, "collect")
    messages, _ = await read_inbox(await database.reader(), shop.district.zhao, limit=50)
    told = [message.text.render("zh") for message in messages if message.code == "order_cancelled"]
    assert len(told) == (2 if voids else 0)
    assert all("原因：弄虚作假，礼品作废" in text for text in told)
    await shop.check()


async def test_what_was_collected_already_stays(database: Database) -> None:
    shop = await a_shop_under(database, zeroes_balance=True, voids_gifts=True)
    towel = await shop.item(price=20, stock=9)
    await shop.give(shop.district.zhao, 40)
    order = await shop.ordered((towel, 2))
    await shop.stepped(order, "collect", quantities={1: 1})
    await faked(shop)
    assert (await shop.points(), await shop.stock(towel)) == ({}, (8, 0))
    await shop.check()
