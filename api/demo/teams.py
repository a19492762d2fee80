"""The demo's teams (管家团): two a street, of three to five stewards of neighbouring lanes, as a sheet.

The last one of the second street has somebody whose veto keeps the whole team from the gold team's list.
"""

import csv
import io
from collections.abc import Iterator

from api.demo.district import DemoDistrict, DemoSteward
from api.demo.people import chinese_number
from api.demo.titles import vetoed

TEAMS_SHEET = "teams.csv"
_A_STREET = 2
_SIZES = (3, 4, 5)


def teams_sheet(district: DemoDistrict) -> bytes:
    """The teams with the columns of the template; each begins on the demo's first day."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["管家团编号", "名称", "街道编号", "起始日期", "团长", "团员"])
    writer.writerows(_rows(district))
    return text.getvalue().encode("utf-8-sig")


def _rows(district: DemoDistrict) -> Iterator[list[str]]:
    made, spoils = 0, vetoed(district)
    for street in district.streets:
        there = [one for one in district.stewards if one.lane.community.street == street and _serves(one, district)]
        there.sort(key=lambda one: (one.lane.code, one.number))
        for number in range(1, _A_STREET + 1):
            size = _SIZES[made % len(_SIZES)]
            members, there = there[:size], there[size:]
            if len(members) < _SIZES[0]:
                break
            if street == district.streets[1] and number == _A_STREET and spoils not in members:
                members[-1] = spoils
            leader, *others = members
            name = "家门同心管家团" if made == 0 else f"{leader.lane.community.name}{chinese_number(number)}团"
            made += 1
            yield [
                *(f"{street.code[-3:]}-{number}", name, street.code, district.first_day.isoformat()),
                *(leader.number, "、".join(one.number for one in others)),
            ]


def _serves(steward: DemoSteward, district: DemoDistrict) -> bool:
    return steward.joined_on <= district.first_day
