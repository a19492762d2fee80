"""Reports on both databases: equal to a naive sum, and to the ledger, whatever they are grouped by."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.jobs import run_due
from points.ledger import post
from points.report_closing import REPORT_MONTHS, close_month, last_closed, months_due
from points.report_verifying import verify_reports
from points.reports import BYS, FLOWS, Report, report
from points.wishes import Credit, Debit, Hold, Reverse, Wish
from stewards.principal import Principal
from tests.cases.district import (
    DISTRICT_ADMIN,
    DONGSI_ADMIN,
    GUANGMING_STAFF,
    LONGTAN_ADMIN,
    District,
    a_case_district,
    a_report,
    a_step,
)
from tests.stewards.builders import NOON

LAST_OF_OCTOBER = datetime(2026, 10, 31, 15, 59, 59, 999_999, tzinfo=UTC)  # 23:59:59.999999 in Beijing
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture
async def district(database: Database) -> District:
    return await a_case_district(database)


async def posting(district: District, *wishes: Wish, now: datetime = NOON) -> None:
    await district.database.run(lambda tx: post(tx, wishes, now=now))


def credit(owner_id: UUID, points: int, reference: str) -> Credit:
    return Credit(owner_id=owner_id, points=points, reason="grant", reference=reference, occurred_at=NOON)


def debit(owner_id: UUID, points: int, reference: str, **more: str) -> Debit:
    facts = {"to_kind": "redeemed", "reason": "redeem", **more}
    return Debit(owner_id=owner_id, points=points, reference=reference, occurred_at=NOON, **facts)


async def made(
    district: District, by: str, who: Principal = DISTRICT_ADMIN, first: date = OCTOBER, last: date = NOVEMBER
) -> Report:
    async def read(tx: Tx) -> Report:
        return await report(tx, who, by, first=first, last=last, now=NOON)

    return await district.database.snapshot(read)


async def busy(district: District) -> None:
    """A bit of everything, in two months and two streets."""
    zhao, sun = district.zhao, district.sun
    await posting(district, credit(zhao, 50, "a"), credit(sun, 40, "b"), now=LAST_OF_OCTOBER)
    cases = await district.reported(a_report(), a_report(category="litter"), a_report())
    await district.handled(*(a_step(case, "verify") for case in cases), a_step(cases[0], "reopen"))
    await posting(
        district,
        debit(zhao, 20, "spend"),
        debit(zhao, 5, "give", to_kind="donated"),
        Hold(owner_id=sun, points=10, reason="order", reference="hold", occurred_at=NOON),
        debit(sun, 60, "fine", to_kind="forfeited", reason="penalty", on_shortfall="debt"),
        credit(sun, 12, "c"),
        Reverse(operation=("redeem", "spend"), cause="refund", occurred_at=NOON),
    )
    await district.check()


async def test_each_grouping_adds_up_to_the_ledger(district: District) -> None:
    await busy(district)
    totals = {by: (await made(district, by)).total for by in BYS}
    flows = {by: [getattr(total, flow) for flow in FLOWS] for by, total in totals.items()}
    assert len({tuple(figures) for figures in flows.values()}) == 1, flows
    total = totals["street"]
    # 赵: 50 + 6 + 2 and 6 taken back; 孙: 40, then 12 which repay 12 of the 30 that he owes.
    assert (total.issued, total.redeemed, total.donated, total.forfeited) == (98, 0, 5, 30)
    assert (total.outstanding, total.held, total.debt) == (53, 10, 18)
    assert await verify_reports(await district.database.reader()) == []


async def test_a_month_ends_at_midnight_in_beijing_and_shows_what_stood_then(district: District) -> None:
    await busy(district)
    october, november = (await made(district, "month")).lines
    assert (october.key, october.issued, october.outstanding, october.debt) == ("2026-10", 90, 90, 0)
    assert (november.key, november.issued, november.outstanding, november.debt) == ("2026-11", 8, 53, 18)
    alone = await made(district, "month", first=NOVEMBER)
    assert [line.key for line in alone.lines] == ["2026-11"]
    assert alone.lines[0] == november


async def test_streets_communities_and_categories_have_lines_of_their_own(district: District) -> None:
    await busy(district)
    streets = {line.key: line for line in (await made(district, "street")).lines}
    assert {key: (line.name, line.outstanding) for key, line in streets.items()} == {
        "110101006": ("东四", 0),
        "110101014": ("龙潭", 53),
    }
    communities = {line.key: line.issued for line in (await made(district, "community")).lines}
    assert communities == {"014-02": 58, "006-01": 40}
    categories = {line.key: line.issued for line in (await made(district, "category")).lines if line.issued}
    assert categories == {"grant": 90, "litter": 2, "road_damage": 6}


async def test_staff_see_the_stewards_of_their_own_area(district: District) -> None:
    await busy(district)
    held = {
        who: (await made(district, "street", who)).total.issued
        for who in (DISTRICT_ADMIN, LONGTAN_ADMIN, DONGSI_ADMIN, GUANGMING_STAFF)
    }
    assert list(held.values()) == [98, 58, 40, 0]


async def test_a_report_is_what_counting_by_hand_gives(district: District) -> None:
    await busy(district)
    counted: Counter[str] = Counter()
    for row in await (await district.database.reader()).fetch(
        "SELECT source.kind AS source, source.owner_kind AS source_owner, target.kind AS target, "
        "target.owner_kind AS target_owner, moved.points FROM points_transfer AS moved "
        "JOIN points_account AS source ON source.id = moved.from_account_id "
        "JOIN points_account AS target ON target.id = moved.to_account_id"
    ):
        if row["source_owner"] == "world" and row["target"] != "debt":
            counted[row["source"]] += row["points"]
        if row["target_owner"] == "world" and row["source"] != "debt":
            counted[row["target"]] -= row["points"]
    total = (await made(district, "month", last=NOVEMBER + timedelta(days=400))).total
    assert counted["issued"] == total.issued
    assert [-counted[flow] for flow in ("redeemed", "donated", "forfeited")] == [
        total.redeemed,
        total.donated,
        total.forfeited,
    ]


async def test_verify_finds_a_report_that_no_longer_adds_up(district: District) -> None:
    await busy(district)
    sql = "UPDATE points_account SET balance = balance + 1 WHERE kind = 'escrow'"
    await district.database.run(lambda tx: tx.execute(sql))
    found = await verify_reports(await district.database.reader())
    assert {(one.code, one.row_id) for one in found} == {("report_flows", by) for by in BYS}


async def closed(district: District, *months: str) -> None:
    for month in months:
        await district.database.run(lambda tx, month=month: close_month(tx, month, now=NOON))


async def test_a_closed_month_reads_as_before_and_whatever_comes_later_is_added_to_it(district: District) -> None:
    await busy(district)
    before = {by: await made(district, by) for by in BYS}
    of_longtan = await made(district, "community", LONGTAN_ADMIN)
    await closed(district, "2026-10")
    assert {by: await made(district, by) for by in BYS} == before
    assert await made(district, "community", LONGTAN_ADMIN) == of_longtan
    assert await verify_reports(await district.database.reader()) == []
    await posting(district, debit(district.zhao, 3, "later"))
    later = await made(district, "month")
    assert (later.lines[0], later.lines[1].redeemed) == (before["month"].lines[0], 3)
    both = {by: await made(district, by) for by in BYS}
    await closed(district, "2026-11")
    assert {by: await made(district, by) for by in BYS} == both
    assert await verify_reports(await district.database.reader()) == []


async def test_verify_finds_what_was_recorded_in_a_month_after_it_was_closed(district: District) -> None:
    await busy(district)
    await closed(district, "2026-10")
    await posting(district, credit(district.qian, 5, "too late"), now=LAST_OF_OCTOBER)
    found = await verify_reports(await district.database.reader())
    assert [(one.code, one.row_id, one.expected, one.found) for one in found] == [
        ("report_sums", "2026-10 issued", "95", "90")
    ]


async def test_the_job_closes_the_months_that_are_over_and_goes_on_where_it_stopped(district: District) -> None:
    await busy(district)
    job = [REPORT_MONTHS]
    await run_due(district.database, job, FixedClock(NOON))
    reader = await district.database.reader()
    assert await last_closed(reader) == "2026-10"
    assert await months_due(reader, now=NOON + timedelta(days=60)) == ["2026-11", "2026-12"]
    await run_due(district.database, job, FixedClock(NOON + timedelta(days=60)))
    assert await last_closed(await district.database.reader()) == "2026-12"
    assert await verify_reports(await district.database.reader()) == []
