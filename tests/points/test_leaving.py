"""Those who leave: ninety days to spend, and a desk where two sign for the family of a deceased steward."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.clock import FixedClock, day_start
from kernel.database import Database
from kernel.jobs import run_due
from points.leaving import (
    LEAVERS,
    CollectionOutcome,
    CollectionStep,
    CollectionWish,
    close_collections,
    open_collections,
)
from points.ledger import post
from points.wishes import Credit, Hold
from stewards.inbox import read_inbox
from stewards.principal import Principal
from stewards.roles import Role, ScopeKind
from tests.cases.district import DONGSI_ADMIN, LONGTAN_ADMIN, District, a_case_district, staff
from tests.stewards.builders import LONGTAN, NOON

OTHER_ADMIN = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN, login="another")
LEFT_ON = date(2026, 11, 23)


@pytest.fixture
async def district(database: Database) -> District:
    opened = await a_case_district(database)
    wish = Credit(owner_id=opened.zhao, points=50, reason="grant", reference="a", occurred_at=NOON)
    await opened.database.run(lambda tx: post(tx, [wish], now=NOON))
    return opened


async def becomes(district: District, status: str) -> None:
    sql = "UPDATE stewards_steward SET status = $2, left_on = $3 WHERE id = $1"
    await district.database.run(lambda tx: tx.execute(sql, district.zhao, status, LEFT_ON))


async def tick(district: District, day: date) -> None:
    await run_due(district.database, [LEAVERS], FixedClock(day_start(day) + timedelta(hours=2)))


async def told(district: District) -> list[str]:
    messages, _ = await read_inbox(await district.database.reader(), district.zhao, limit=50)
    return [message.text.render("zh") for message in messages]


async def test_who_left_has_ninety_days_to_spend_and_is_told_so(district: District) -> None:
    await becomes(district, "left")
    for day in (1, 2, 89, 90):
        await tick(district, LEFT_ON + timedelta(days=day))
        assert await district.balance(district.zhao) == 50
    await tick(district, LEFT_ON + timedelta(days=91))
    await tick(district, LEFT_ON + timedelta(days=92))
    assert await district.balance(district.zhao) == 0
    assert await told(district) == ["离任后的使用期已过，50 分作废。", "您已离任，剩下的 50 分可以用到 2027-02-21。"]
    await district.check()


async def test_what_an_open_order_holds_waits_for_the_order(district: District) -> None:
    hold = Hold(owner_id=district.zhao, points=20, reason="order", reference="1", occurred_at=NOON)
    await district.database.run(lambda tx: post(tx, [hold], now=NOON))
    await becomes(district, "left")
    await tick(district, LEFT_ON + timedelta(days=91))
    await district.check()
    reader = await district.database.reader()
    row = await reader.fetch_one("SELECT balance FROM points_account WHERE kind = 'escrow'")
    assert row is not None
    assert row["balance"] == 20


async def test_who_is_in_service_or_deceased_keeps_his_points(district: District) -> None:
    await tick(district, LEFT_ON + timedelta(days=200))
    await becomes(district, "deceased")
    await tick(district, LEFT_ON + timedelta(days=400))
    assert await district.balance(district.zhao) == 50


async def opening(district: District, **changes: Any) -> CollectionOutcome | str:
    facts = {"steward_id": district.zhao, "points": 40, "note": "女儿来领，米和油", "actor": LONGTAN_ADMIN, **changes}
    [outcome] = await district.database.run(lambda tx: open_collections(tx, [CollectionWish(**facts)], now=NOON))
    return outcome if isinstance(outcome, CollectionOutcome) else outcome.code


async def closing(district: District, collection: UUID, action: str, actor: Principal) -> str:
    step = CollectionStep(collection_id=collection, action=action, actor=actor)
    [outcome] = await district.database.run(lambda tx: close_collections(tx, [step], now=NOON))
    return outcome.state if isinstance(outcome, CollectionOutcome) else outcome.code


async def test_a_family_collects_with_two_signatures(district: District) -> None:
    assert await opening(district) == "not_deceased"
    await becomes(district, "deceased")
    opened = await opening(district)
    assert isinstance(opened, CollectionOutcome)
    assert (opened.number, await district.balance(district.zhao)) == ("F2611230001", 50)
    ident = opened.collection_id
    assert await closing(district, ident, "sign", LONGTAN_ADMIN) == "second_signature"
    assert await closing(district, ident, "sign", DONGSI_ADMIN) == "unknown_collection"
    assert await closing(district, ident, "sign", OTHER_ADMIN) == "signed"
    assert await closing(district, ident, "sign", OTHER_ADMIN) == "collection_closed"
    assert await district.balance(district.zhao) == 10
    more = await opening(district, points=11)
    assert isinstance(more, CollectionOutcome)
    assert await closing(district, more.collection_id, "sign", OTHER_ADMIN) == "not_enough_points"
    assert await closing(district, more.collection_id, "withdraw", LONGTAN_ADMIN) == "withdrawn"
    assert await opening(district, actor=DONGSI_ADMIN) == "steward_unknown"
    assert await opening(district, note=" ") == "text_missing"
    await district.check()
