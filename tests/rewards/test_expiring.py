"""The clock gives back what nobody collected, and owners are told of what was done with their orders."""

from datetime import timedelta

import pytest

from kernel.clock import FixedClock
from kernel.database import Database
from kernel.district_settings import DistrictSettings
from kernel.jobs import run_due
from kernel.outbox import Dispatcher
from rewards.expiring import order_jobs
from rewards.order_notices import HANDLERS
from stewards.inbox import read_inbox
from tests.cases.district import LONGTAN_ADMIN, as_steward
from tests.rewards.shop import CODES, Shop, a_shop
from tests.stewards.builders import NOON


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await a_shop(database)


async def told(shop: Shop) -> list[tuple[str, str, str]]:
    """What 赵's inbox says, the oldest first."""
    dispatcher = Dispatcher(shop.database, HANDLERS, FixedClock(NOON + timedelta(days=99)))
    while await dispatcher.deliver_due():
        pass
    entries, _ = await read_inbox(await shop.database.reader(), shop.district.zhao, limit=50)
    return [(entry.code, entry.text.render("zh"), entry.text.render("en")) for entry in reversed(entries)]


async def tick(shop: Shop, days: float) -> None:
    await run_due(shop.database, order_jobs(CODES, DistrictSettings()), FixedClock(NOON + timedelta(days=days)))


async def test_the_night_after_the_last_day_points_and_stock_come_back_once(shop: Shop) -> None:
    towel = await shop.item(price=10, stock=400)
    await shop.give(shop.district.zhao, 4_000)
    for _ in range(3):
        await shop.place_all([shop.wish(towel) for _ in range(70)])
    await tick(shop, 15)
    assert await shop.stock(towel) == (190, 210)
    await tick(shop, 16)
    assert await shop.stock(towel) == (400, 0)
    assert await shop.points() == {"spendable": 4_000}
    await tick(shop, 17)
    assert await shop.points() == {"spendable": 4_000}
    await shop.check()


async def test_owners_are_told_what_others_did_and_reminded_once_before_the_last_day(shop: Shop) -> None:
    towel = await shop.item(price=10, stock=9)
    await shop.give(shop.district.zhao, 90)
    at_desk = await shop.ordered((towel, 2), by=LONGTAN_ADMIN, steward_id=shop.district.zhao, channel="desk")
    await shop.stepped(at_desk, "ready")
    await shop.stepped(at_desk, "collect", quantities={1: 1})
    await shop.stepped(at_desk, "cancel", reason="not_delivered")
    await shop.stepped(at_desk, "refund", reason="faulty")
    own = await shop.ordered(towel)
    await shop.stepped(own, "cancel", caller=as_steward(shop.district.zhao))
    await shop.ordered(towel)
    for days in (13, 13.5, 14, 17):
        await tick(shop, days)
    messages = await told(shop)
    assert [code for code, _, _ in messages if code not in {"order_expiring", "order_expired"}] == [
        "order_reserved",
        "order_ready",
        "order_collected",
        "order_cancelled",
        "order_refunded",
    ]
    codes = [code for code, _, _ in messages]
    assert codes.count("order_expiring") == 1
    assert codes.count("order_expired") == 1
    chinese = {code: zh for code, zh, _ in messages}
    assert "货没有到" in chinese["order_cancelled"]
    assert "10 分" in chinese["order_cancelled"]
    assert "龙潭服务站" in chinese["order_ready"]
    assert all("{" not in text for _, zh, en in messages for text in (zh, en))
    await shop.check()
