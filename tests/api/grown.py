"""A district as large as a real one on every list that a page could show whole: what grows must not make pages grow."""

from datetime import timedelta

from cases.sighting import LeaveSighting, leave_sightings
from kernel.audit import SYSTEM
from kernel.database import Tx
from rewards.titles.awards import PastTitle, import_titles
from stewards.enrolment import Enrolled, enrol_stewards
from stewards.places import save_lanes
from stewards.principal import system_principal
from stewards.staffing import GrantWish, NewStaff, save_staff
from tests.api.door import ZHAO_LANE, Door
from tests.stewards.builders import NOON, TODAY, a_lane, a_steward

LANES = 1500
OF_ONE_STREET = 250
STEWARDS = 200
STAFF = 60
ROLES_EACH = 20
SIGHTINGS = 60
_NAME = "甘井胡同北侧支巷"


async def grow(door: Door) -> None:
    """Thousands of lanes, hundreds of stewards with titles, staff with many roles, a day of residents' reports."""
    communities = ["014-01"] * OF_ONE_STREET + ["006-01"] * (LANES - OF_ONE_STREET)
    codes = [f"{community}-{1000 + at}" for at, community in enumerate(communities)]
    numbers = [f"014{5000 + at}" for at in range(STEWARDS)]

    async def settle(tx: Tx) -> None:
        lanes = [a_lane(code, community_code=code[:6], name=f"{_NAME}{code[-3:]}") for code in codes]
        await save_lanes(tx, lanes, by=SYSTEM, now=NOON)
        people = [a_steward(number, lanes=codes[:20]) for number in numbers]
        enrolled = await enrol_stewards(tx, people, by=SYSTEM, now=NOON)
        staff = [
            NewStaff(
                login=f"chief-{at}",
                name="孙样本",
                grants=tuple(
                    GrantWish(role="lane_chief", scope_kind="lane", scope_code=code)
                    for code in codes[at * ROLES_EACH : (at + 1) * ROLES_EACH]
                ),
            )
            for at in range(STAFF)
        ]
        await save_staff(tx, staff, by=SYSTEM, now=NOON)
        seen = [LeaveSighting(lane_code=ZHAO_LANE, text=f"第 {at} 处路灯不亮") for at in range(SIGHTINGS)]
        await leave_sightings(tx, seen, now=NOON)
        titles = [
            PastTitle(
                steward_id=one.steward_id,
                title="gold_steward",
                period="2025",
                awarded_on=TODAY - timedelta(days=300),
                caller=system_principal("test"),
            )
            for one in enrolled
            if isinstance(one, Enrolled)
        ]
        await import_titles(tx, titles, now=NOON)

    await door.database.run(settle)
