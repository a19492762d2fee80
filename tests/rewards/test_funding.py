"""The funding report against figures counted by hand, and settlement sheets that add up to the last point."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import new_id
from rewards.funding import FundingReport, funding_report
from rewards.models import OrderLine
from rewards.settling import SettlementSheet, settlement_sheet
from stewards.enrolment import enrol_stewards
from stewards.partners import PartnerEntry, PartnerWish, partner_ids, save_partners
from stewards.permissions import NotAllowed
from stewards.principal import Grant, Principal
from stewards.refusals import PartnerUnknown
from stewards.roles import Role, ScopeKind
from tests.rewards.scarce import BOSS, DONGSI_ADMIN, LONGTAN_ADMIN, Shelf, a_shelf, me
from tests.stewards.builders import LONGTAN, NOON, TODAY, a_steward, doing

FIRST = date(2026, 10, 1)


async def report(shelf: Shelf, principal: Any = BOSS, **more: Any) -> FundingReport:
    facts = {"from_day": FIRST, "to_day": TODAY, "point_fen": 100, "now": NOON, **more}
    return await funding_report(await shelf.database.reader(), principal, **facts)


async def test_the_report_says_what_is_owed_and_how_it_moved(database: Database) -> None:
    shelf = await a_shelf(database, people=3, earned_at=NOON - timedelta(days=20))
    rice, soap = await shelf.an_item(stock=20, price=30), await shelf.an_item(stock=20, price=5, name="香皂")
    gift = await shelf.an_item(stock=0, price=10, kind="donation", name="助困捐赠")
    one, two, _ = shelf.people
    ten_days_ago = NOON - timedelta(days=10)
    first = await shelf.ordered(one, rice, at=ten_days_ago)
    await shelf.step(first.order_id, "ready", at=ten_days_ago)
    await shelf.step(first.order_id, "collect", at=ten_days_ago + timedelta(days=4))
    undone = await shelf.ordered(two, soap, quantity=4, at=ten_days_ago)
    await shelf.step(undone.order_id, "cancel", at=ten_days_ago)
    await shelf.ordered(two, soap, quantity=2, at=NOON)
    await shelf.ordered(two, gift, at=NOON)
    found = await report(shelf)
    total = found.total
    assert (total.issued, total.redeemed, total.donated, total.expired) == (300, 30, 10, 0)
    assert (total.outstanding, total.held, total.owed) == (250, 10, 260)
    assert total.liability_fen(100) == 26_000
    assert total.redemption_rate == round(40 / 300, 4)
    assert (total.orders, total.collected, total.days_to_collect) == (4, 1, 4.0)
    # 30 and 20 points lay 10 days, 10 and 10 lay 20 days before they were put to use.
    assert total.days_to_spend == round((50 * 10 + 20 * 20) / 70, 1)
    [street] = [street for street in found.streets if street.street_id == LONGTAN]
    assert (street.owed, street.stewards) == (260, 3)
    assert [(item.name, item.units, item.points, item.people) for item in found.top_items] == [
        ("香皂", 2, 10, 1), ("大米", 1, 30, 1), ("助困捐赠", 1, 10, 1),
    ]  # fmt: skip


async def test_every_street_reads_its_own_figures_alone(database: Database) -> None:
    shelf = await a_shelf(database, people=1)
    await doing(database, enrol_stewards, [a_steward("0060001", name="孙样本", community_code="006-01")])
    assert [street.name for street in (await report(shelf, LONGTAN_ADMIN)).streets] == ["龙潭"]
    assert (await report(shelf, DONGSI_ADMIN)).total.owed == 0
    assert (await report(shelf, LONGTAN_ADMIN)).total.owed == 100
    assert (await report(shelf, DONGSI_ADMIN, street_id=LONGTAN)).streets == ()
    with pytest.raises(NotAllowed):
        await report(shelf, me(shelf.people[0]))


async def test_what_nobody_orders_for_ninety_days_is_dead_stock(database: Database) -> None:
    shelf = await a_shelf(database)
    long_ago = NOON - timedelta(days=120)
    dead = await shelf.an_item(stock=7, price=3, since=long_ago, name="雨衣")
    await shelf.an_item(stock=7, since=NOON - timedelta(days=5))
    wanted = await shelf.an_item(stock=7, since=long_ago)
    await shelf.ordered(shelf.people[0], wanted)
    found = (await report(shelf)).dead_stock
    assert [(lying.item_id, lying.units, lying.points) for lying in found] == [(shelf.items[dead], 7, 21)]


async def a_sheet(shelf: Shelf, principal: Any = BOSS, **more: Any) -> SettlementSheet:
    reader = await shelf.database.reader()
    partner_id = (await partner_ids(reader, ["lixian"]))["lixian"]
    facts = {"from_day": FIRST, "to_day": TODAY, "point_fen": 100, **more}
    return await settlement_sheet(reader, principal, facts.pop("partner_id", partner_id), **facts)


async def test_a_sheet_lists_what_was_handed_out_and_came_back_and_periods_add_up(database: Database) -> None:
    shelf = await a_shelf(database)
    cut = await shelf.an_item(stock=20, price=7, kind="service", name="理发", partner="lixian")
    rice = await shelf.an_item(stock=20, price=5)
    one, two, _ = shelf.people
    start = NOON - timedelta(days=6)
    first = await shelf.ordered(one, cut, rice, quantity=3, at=start)
    await shelf.step(first.order_id, "ready", at=start)
    await shelf.step(first.order_id, "collect", at=start, quantities={1: 2})
    await shelf.step(first.order_id, "collect", at=start + timedelta(days=3))
    await shelf.step(first.order_id, "refund", at=start + timedelta(days=5), quantities={1: 1}, reason="faulty")
    await shelf.ordered(two, cut, at=start)  # not collected
    sheet = await a_sheet(shelf)
    assert [(line.units, line.points) for line in sheet.lines] == [(2, 14), (1, 7), (-1, -7)]
    assert (sheet.units, sheet.points, sheet.amount_fen) == (2, 14, 1_400)
    assert [(one.item_name, one.units, one.points) for one in sheet.totals] == [("理发", 2, 14)]
    days = [FIRST + timedelta(days=day) for day in range((TODAY - FIRST).days + 1)]
    daily = [await a_sheet(shelf, from_day=day, to_day=day) for day in days]
    assert sum(one.points for one in daily) == sheet.points
    assert tuple(line for one in daily for line in one.lines) == sheet.lines
    rows = await (await database.reader()).rows(OrderLine, "WHERE item_id = $1", shelf.items[cut])
    assert sum((row["collected"] - row["refunded"]) * row["points_each"] for row in rows) == sheet.points
    await shelf.check()


async def test_a_partner_reads_its_own_sheet_and_no_other(database: Database) -> None:
    shelf = await a_shelf(database)
    await doing(database, save_partners, [PartnerWish(code="mill", name="粮店示例")])
    ids = await partner_ids(await database.reader(), ["lixian", "mill"])
    partner = Principal(
        kind="partner", id=new_id(), name="收银台", grants=(Grant(Role.PARTNER, ScopeKind.PARTNER, ids["lixian"]),)
    )
    assert (await a_sheet(shelf, partner)).partner.code == "lixian"
    with pytest.raises(PartnerUnknown):
        await a_sheet(shelf, partner, partner_id=ids["mill"])
    with pytest.raises(NotAllowed):
        await a_sheet(shelf, LONGTAN_ADMIN)


LINES = st.lists(st.tuples(st.integers(-9, 9).filter(bool), st.integers(1, 500), st.sampled_from("abc")), max_size=30)


@settings(max_examples=50)
@given(drawn=LINES)
def test_totals_by_item_are_the_sum_of_the_lines_whatever_they_are(drawn: list[tuple[int, int, str]]) -> None:
    from rewards.settling import SettlementLine, _totals

    lines = [
        SettlementLine(
            at=NOON, order_number="x", item_id=new_id(), item_code=code, item_name=code, item_name_en=code,
            place_name="", place_name_en="", units=units, points_each=each,
        )
        for units, each, code in drawn
    ]  # fmt: skip
    partner = PartnerEntry(id=new_id(), code="x", name="x", name_en="x", status="active")
    sheet = SettlementSheet(
        partner=partner, from_day=FIRST, to_day=TODAY, point_fen=37, lines=tuple(lines), totals=tuple(_totals(lines))
    )
    assert sum(one.points for one in sheet.totals) == sheet.points == sum(units * each for units, each, _ in drawn)
    assert sum(one.units for one in sheet.totals) == sheet.units
    assert replace(sheet, point_fen=1).amount_fen * 37 == sheet.amount_fen


async def test_reversed_periods_hold_nothing(database: Database) -> None:
    shelf = await a_shelf(database, people=1)
    assert (await a_sheet(shelf, from_day=TODAY, to_day=FIRST)).lines == ()
    assert not isinstance(await report(shelf), Refusal)
