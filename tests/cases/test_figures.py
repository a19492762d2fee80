"""Figures are counted from the rows, and a demo's doors lead to where there is most to see."""

from cases.figures import (
    DistrictFigures,
    busiest_lane,
    clerk_of_most_stewards,
    district_figures,
    steward_with_most_to_see,
)
from kernel.audit import SYSTEM
from kernel.database import Database
from stewards.staffing import GrantWish, NewStaff, StaffSaved, end_staff, save_staff
from tests.cases.district import DISTRICT_ADMIN, District, a_report, a_step
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
    assert await steward_with_most_to_see(reader, now=NOON) is not None
    [case] = await district.reported(a_report())
    assert await steward_with_most_to_see(reader, now=NOON) == case.steward_id


async def test_the_clerks_door_leads_to_the_street_of_most_stewards_and_stays_there(district: District) -> None:
    reader = await district.database.reader()
    assert await clerk_of_most_stewards(reader) is None
    ids = {code: await _clerk(district.database, code) for code in ("110101006", "110101014")}
    await district.reported(a_report())
    assert await clerk_of_most_stewards(reader) == ids["110101014"]
    await district.reported(a_report(lane_code="006-01-01"), a_report(lane_code="006-01-01"))
    assert await clerk_of_most_stewards(reader) == ids["110101014"], "wherever most waits"
    await district.database.run(lambda tx: end_staff(tx, ids["110101014"], by=SYSTEM, now=NOON))
    assert await clerk_of_most_stewards(reader) == ids["110101006"]


async def test_all_doors_of_a_demo_lead_into_the_street_of_its_clerk(district: District) -> None:
    reader = await district.database.reader()
    [case] = await district.reported(a_report(lane_code="006-01-01"))
    await district.handled(a_step(case, "verify", by=DISTRICT_ADMIN))
    assert await busiest_lane(reader, now=NOON) == "006-01-01"
    await _clerk(district.database, "110101014")
    assert await busiest_lane(reader, now=NOON) == "014-01-01"
    assert await steward_with_most_to_see(reader, now=NOON) in {district.zhao, district.qian}


async def _clerk(database: Database, street: str) -> object:
    grant = GrantWish(role="street_admin", scope_kind="street", scope_code=street)
    [saved] = await doing(database, save_staff, [NewStaff(login=f"s{street}", name="孙演示", grants=(grant,))])
    assert isinstance(saved, StaffSaved)
    return saved.staff_id
