"""Many callers at once: distinct cases of one steward all count, one case counts once, a lost caller harms nobody."""

import asyncio

import pytest

from cases.handling import Handled
from cases.intake import Reported
from kernel.database import Database
from migrations import APPS
from tests.cases.district import (
    DISTRICT_ADMIN,
    LONGTAN_ADMIN,
    XILI_CHIEF,
    District,
    a_report,
    a_step,
    codes,
)

CLERKS = (LONGTAN_ADMIN, DISTRICT_ADMIN)


async def test_200_cases_of_one_steward_verified_at_once_give_exactly_200(one_point_district: District) -> None:
    district = one_point_district
    cases = await district.reported(*[a_report() for _ in range(200)])
    outcomes = await asyncio.gather(*[district.handle(a_step(case, "verify")) for case in cases])
    assert all(isinstance(outcome, Handled) for [outcome] in outcomes)
    assert await district.balance(district.zhao) == 200
    await district.check()


async def test_50_verifications_of_one_case_at_once_give_one_credit(district: District) -> None:
    [case] = await district.reported(a_report())
    clerks = [LONGTAN_ADMIN, XILI_CHIEF, DISTRICT_ADMIN]
    outcomes = await asyncio.gather(*[district.handle(a_step(case, "verify", clerks[at % 3])) for at in range(50)])
    assert sorted(codes([outcome for [outcome] in outcomes])) == ["verified"] + ["wrong_case_state"] * 49
    assert await district.balance(district.zhao) == 6
    await district.check()


async def test_50_repeats_of_one_report_at_once_make_one_case(district: District) -> None:
    report = a_report()
    outcomes = await asyncio.gather(*[district.report(report) for _ in range(50)])
    cases = [outcome for [outcome] in outcomes if isinstance(outcome, Reported)]
    assert len(cases) == 50
    assert len({case.case_id for case in cases}) == 1
    assert sum(not case.repeated for case in cases) == 1
    assert await district.count("cases_case") == 1


async def test_batches_that_share_cases_and_caps_do_not_wedge_each_other(district: District) -> None:
    cases = await district.reported(*[a_report(lane_code=("014-02-01", "014-01-01")[at % 2]) for at in range(20)])
    batches = [
        [a_step(case, action) for case in (cases if at % 2 else cases[::-1])]
        for at in range(4)
        for action in ("verify", "solve", "reopen")
    ]
    await asyncio.gather(*[district.handle(*batch) for batch in batches])
    await district.check()


async def test_batches_of_several_clerks_lock_in_one_order(one_point_district: District) -> None:
    district = one_point_district
    if district.database.dialect != "postgres":
        pytest.skip("SQLite has one writer at a time")
    ours, theirs = ("014-02-01", "014-01-01"), ("014-01-01", "014-02-01")
    batches = []
    for lanes in (ours, theirs) * 10:
        cases = await district.reported(*[a_report(lane_code=lane) for lane in lanes])
        batches.append([a_step(case, "verify", by) for case, by in zip(cases, CLERKS, strict=True)])
    await asyncio.gather(*[district.handle(*batch) for batch in batches])
    assert await deadlocks(district.database.url) == 0
    actors = await (await district.database.reader()).fetch("SELECT actor_id FROM points_operation")
    assert sorted(row["actor_id"] for row in actors) == sorted([clerk.id for clerk in CLERKS] * 20)
    await district.check()


async def test_batches_that_credit_and_take_back_lock_in_one_order(district: District) -> None:
    if district.database.dialect != "postgres":
        pytest.skip("SQLite has one writer at a time")
    ours, theirs = ("014-02-01", "014-01-01"), ("014-01-01", "014-02-01")
    batches = []
    for lanes in (ours, theirs) * 10:
        credited, known = await district.reported(*[a_report(lane_code=lane) for lane in lanes])
        await district.handled(a_step(known, "verify"))
        batches.append([a_step(credited, "verify"), a_step(known, "reopen")])
    await asyncio.gather(*[district.handle(*batch) for batch in batches])
    assert await deadlocks(district.database.url) == 0
    await district.check()


async def deadlocks(url: str) -> int:
    """How many deadlocks PostgreSQL has broken, once its processes have told."""
    one = await Database.open(url, APPS)
    reader = await one.reader()
    await asyncio.sleep(1.5)
    row = await reader.fetch_one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    await one.close()
    assert row is not None
    return int(row["deadlocks"])


async def test_each_of_two_duplicates_of_each_other_finds_the_other_taken(district: District) -> None:
    first, second, third = await district.reported(a_report(), a_report(), a_report())
    outcomes = await asyncio.gather(
        district.handle(a_step(third, "duplicate", duplicate_of=second.case_id)),
        district.handle(a_step(second, "duplicate", duplicate_of=first.case_id)),
    )
    assert sorted(codes([outcome for [outcome] in outcomes])) in (
        ["duplicate", "has_duplicates"],
        ["duplicate", "original_is_duplicate"],
    )
    await district.check()


async def test_a_caller_who_gives_up_leaves_everything_or_nothing(district: District) -> None:
    cases = await district.reported(*[a_report() for _ in range(30)])
    tasks = [asyncio.ensure_future(district.handle(a_step(case, "verify"), a_step(case, "solve"))) for case in cases]
    for at, task in enumerate(tasks):
        await asyncio.sleep(0.001 * (at % 3))
        if at % 2:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    again = await district.handle(*[a_step(case, "verify") for case in cases])
    assert set(codes(again)) <= {"verified", "wrong_case_state"}
    await district.check()
