"""Figures are counted from the rows, and a demo's doors lead to where there is most to see."""

from cases.figures import (
    DistrictFigures,
    busiest_lane,
    clerk_with_longest_queue,
    district_figures,
    steward_with_most_to_see,
)
from kernel.audit import SYSTEM
from kernel.database import Database
from stewards.staffing import GrantWish, NewStaff, StaffSaved, end_staff, save_staff
from tests.cases.district import District, a_report, a_step
from tests.stewards.builders import NOON, doing


async def test_a_district_is_counted(district: District) -> None:
    first, _ = await district.reported(a_report(), a_report())
    await district.handled(a_step(first, "verify"))
    reader = await district.database.reader()
    counted = await district_figures(reader, now=NOON)
    assert isinstance(counted, DistrictFigures)
    assert (counted.stewards, counted.cases) == (3, 1)
    assert counted.lanes > 1


async def test_the_residents_door_leads_to_where_most_was_done(district: District) -> None:
    reader = await district.database.reader()
    quiet = await busiest_lane(reader, now=NOON)
    assert quiet is not None, "a district without cases has lanes all the same"
    report = a_report()
    [case] = await district.reported(report)
    await district.handled(a_step(case, "verify"))
    assert await busiest_lane(reader, now=NOON) == report.lane_code


async def test_the_stewards_door_leads_to_whoever_waits_for_something(district: District) -> None:
    reader = await district.database.reader()
    assert await steward_with_most_to_see(reader) is not None
    [case] = await district.reported(a_report())
    assert await steward_with_most_to_see(reader) == case.steward_id


async def test_the_clerks_door_leads_to_a_street_where_most_waits(district: District) -> None:
    reader = await district.database.reader()
    assert await clerk_with_longest_queue(reader) is None
    ids = {code: await _clerk(district.database, code) for code in ("110101006", "110101014")}
    await district.reported(a_report())
    assert await clerk_with_longest_queue(reader) == ids["110101014"]
    await district.database.run(lambda tx: end_staff(tx, ids["110101014"], by=SYSTEM, now=NOON))
    assert await clerk_with_longest_queue(reader) == ids["110101006"]


async def _clerk(database: Database, street: str) -> object:
    grant = GrantWish(role="street_admin", scope_kind="street", scope_code=street)
    [saved] = await doing(database, save_staff, [NewStaff(login=f"s{street}", name="孙演示", grants=(grant,))])
    assert isinstance(saved, StaffSaved)
    return saved.staff_id
