"""Points that end, on both databases: reminded once, expired once, resumed where a run stopped, given away before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.clock import FixedClock, day_start
from kernel.database import Database
from kernel.jobs import run_due
from points import expiring
from points.balances import balance
from points.donating import DonationWish, donate
from points.expiring import EXPIRY_JOBS, expiring_by_street
from points.ledger import post
from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from points.wishes import Credit
from stewards.inbox import read_inbox
from tests.cases.district import DISTRICT_ADMIN, DONGSI_ADMIN, District, a_case_district, as_steward
from tests.stewards.builders import NOON

LAST_DAY = date(2026, 12, 31)
EXPIRE, RESET, REMIND = EXPIRY_JOBS


@pytest.fixture
async def district(database: Database) -> District:
    return await a_case_district(database)


async def give(district: District, steward_id: UUID, points: int, on: date | None = LAST_DAY, **more: Any) -> None:
    facts = {"reason": "grant", "reference": f"{steward_id}/{points}/{on}", "occurred_at": NOON, **more}
    wish = Credit(owner_id=steward_id, points=points, expires_on=on, **facts)
    await district.database.run(lambda tx: post(tx, [wish], now=NOON))


async def tick(district: District, day: date, hour: int = 9) -> None:
    await run_due(district.database, EXPIRY_JOBS, FixedClock(day_start(day) + timedelta(hours=hour)))


async def told(district: District, steward_id: UUID) -> list[str]:
    messages, _ = await read_inbox(await district.database.reader(), steward_id, limit=50)
    return [message.text.render("zh") for message in messages]


async def standing(district: District, steward_id: UUID) -> tuple[int, int, int]:
    found = await balance(await district.database.reader(), steward_id, now=NOON)
    return (found.spendable, found.services, found.donation)


async def test_points_can_be_spent_all_through_their_last_day_and_not_after(district: District) -> None:
    await give(district, district.zhao, 30)
    await give(district, district.zhao, 12, date(2027, 12, 31))
    await give(district, district.zhao, 5, purse="services")
    await tick(district, LAST_DAY, hour=23)
    assert await standing(district, district.zhao) == (42, 5, 0)
    await run_due(district.database, [EXPIRE], FixedClock(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)))  # midnight there
    await tick(district, LAST_DAY + timedelta(days=1))
    assert await standing(district, district.zhao) == (12, 0, 0)
    assert [text for text in await told(district, district.zhao) if "作废" in text] == ["有 35 分过了有效期，已作废。"]
    await tick(district, LAST_DAY + timedelta(days=2))
    assert await district.count("points_operation") == 4
    await district.check()


async def test_a_run_that_stopped_goes_on_from_its_cursor(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "OWNERS_AT_ONCE", 1)
    for steward_id in (district.zhao, district.qian, district.sun):
        await give(district, steward_id, 10)
    clock = FixedClock(day_start(LAST_DAY) + timedelta(days=1, hours=1))
    database, real, steps = district.database, expiring.expire_owners, 0

    async def failing(*args: Any, **named: Any) -> int:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise RuntimeError("cut off")
        return await real(*args, **named)

    monkeypatch.setattr(expiring, "expire_owners", failing)
    with pytest.raises(Exception, match="cut off"):
        await run_due(database, [EXPIRE], clock)
    assert await district.count("points_operation") == 4  # three credits, one expiry
    monkeypatch.setattr(expiring, "expire_owners", real)
    await run_due(database, [EXPIRE], clock)
    assert await district.count("points_operation") == 6
    assert [(await standing(district, one))[0] for one in (district.zhao, district.qian, district.sun)] == [0, 0, 0]
    await district.check()


async def test_stewards_are_reminded_sixty_thirty_and_seven_days_before_once_each(district: District) -> None:
    await give(district, district.zhao, 30)
    await give(district, district.qian, 30, None)
    for day in range(70, -1, -1):
        await run_due(
            district.database, [REMIND], FixedClock(day_start(LAST_DAY - timedelta(days=day)) + timedelta(hours=9))
        )
    texts = await told(district, district.zhao)
    assert [text.split("，")[1] for text in texts] == [
        "还有 7 天。可以去兑换",
        "还有 30 天。可以去兑换",
        "还有 60 天。可以去兑换",
    ]
    assert await told(district, district.qian) == []


async def test_who_was_not_reminded_in_time_is_reminded_late(district: District) -> None:
    await give(district, district.zhao, 30)
    await tick(district, LAST_DAY - timedelta(days=3))
    assert [text.split("，")[1] for text in await told(district, district.zhao)] == ["还有 3 天。可以去兑换"]


async def test_staff_see_what_ends_when_in_their_area(district: District) -> None:
    await give(district, district.zhao, 30)
    await give(district, district.qian, 12)
    await give(district, district.sun, 7, date(2027, 12, 31))
    reader = await district.database.reader()
    lines = [
        (line.street_name, line.on, line.points, line.stewards)
        for line in await expiring_by_street(reader, DISTRICT_ADMIN)
    ]
    assert lines == [("龙潭", LAST_DAY, 42, 2), ("东四", date(2027, 12, 31), 7, 1)]
    assert [line.points for line in await expiring_by_street(reader, DONGSI_ADMIN)] == [7]


async def test_under_an_annual_reset_everybody_begins_the_year_with_the_base(district: District) -> None:
    import orjson

    document = orjson.loads(shipped_programme())
    document |= {"effective_on": "2026-11-23", "expiry": {"policy": "annual_reset", "base": 100}}
    await district.database.run(lambda tx: publish_rules(tx, document, by=None, now=NOON))
    await give(district, district.zhao, 30)
    await tick(district, date(2026, 12, 30))
    assert await standing(district, district.zhao) == (30, 0, 0)
    await tick(district, date(2027, 1, 1))
    await tick(district, date(2027, 1, 2))
    assert [(await standing(district, one))[0] for one in (district.zhao, district.qian)] == [100, 100]
    assert "2027 年从 100 分开始。" in await told(district, district.zhao)
    await district.check()


async def test_what_would_end_can_be_given_away_before(district: District) -> None:
    await give(district, district.zhao, 30)
    await give(district, district.zhao, 10, None, purse="donation")

    async def giving(points: int, purpose: str = "hardship", **more: Any) -> str:
        wish = DonationWish(
            steward_id=district.zhao, points=points, purpose=purpose, actor=as_steward(district.zhao), **more
        )
        [outcome] = await district.database.run(lambda tx: donate(tx, [wish], now=NOON))
        return getattr(outcome, "code", "done")

    assert [await giving(15, nonce="form"), await giving(15, nonce="form")] == ["done", "done"]
    assert await standing(district, district.zhao) == (25, 0, 0)  # those that may only be donated went first
    assert [await giving(1, "party"), await giving(26), await giving(0)] == [
        "purpose_unknown", "not_enough_points", "points_out_of_range",
    ]  # fmt: skip
    assert await told(district, district.zhao) == ["谢谢您捐出 15 分，用于助困。现有可用积分 25 分。"]
    await district.check()
