"""What unverified cases would be worth, under the caps as they are used now."""

from cases.pending import pending_points, worth_of_cases
from tests.cases.counted import CountedReader
from tests.cases.district import District, a_report, a_step


async def test_pending_points_are_what_verifying_gives(district: District) -> None:
    cases = await district.reported(*[a_report() for _ in range(15)], a_report(lane_code="014-01-01", urgency="hazard"))
    await district.handled(a_step(cases[0], "verify"), a_step(cases[1], "return"))
    reader = CountedReader(await district.database.reader())
    pending = await pending_points(reader, [district.zhao, district.qian, district.sun])
    assert pending == {district.zhao: 74, district.qian: 16, district.sun: 0}
    assert reader.queries <= 3
    await district.handled(*[a_step(case, "verify") for case in cases[2:]])
    await district.handle(a_step(cases[1], "reject"))
    assert await district.balance(district.zhao) == 80
    assert await pending_points(reader, [district.zhao]) == {district.zhao: 0}


async def test_the_cap_check_says_how_much_of_the_month_is_used(district: District) -> None:
    cases = await district.reported(*[a_report() for _ in range(14)])
    await district.handled(*[a_step(case, "verify") for case in cases[:13]])
    reader = CountedReader(await district.database.reader())
    worth = (await worth_of_cases(reader, [case.case_id for case in cases]))[cases[13].case_id]
    assert worth.points == 2
    [cap] = [check for check in worth.caps if check.per == "steward" and check.period == "2026-11"]
    assert (cap.used, cap.limit) == (78, 80)
    assert reader.queries <= 4
