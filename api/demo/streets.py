"""The demo's grid assessment: every month of the year for each street, and how 东直门 rose from the last three.

Two more streets are always weak and two always strong: 东直门 stands with the weak until its switch, then with the
strong.
"""

import csv
import io
from collections.abc import Iterator
from random import Random

from api.demo.district import DemoDistrict, DemoStreet

RISEN = "东直门"
SWITCH_MONTH = 6
"""How many months of the year 东直门 stands among the last."""
SHEET = "street-scores.csv"
_WEAK, _STRONG, _OTHERS = (7_600, 8_100), (9_400, 9_800), (8_300, 9_250)  # hundredths


def months_over(district: DemoDistrict) -> list[str]:
    """The months that are over by the last day and began in the demo year or just before it, oldest first."""
    year, month = district.first_day.year, district.first_day.month
    last = f"{district.last_day:%Y-%m}"
    found: list[str] = []
    while (name := f"{year}-{month:02}") < last:
        found.append(name)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def street_sheet(district: DemoDistrict) -> bytes:
    """The scores of all streets and months as a sheet with the columns of the template."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["月份", "街道编号", "秩序", "安全", "环境"])
    writer.writerows(_rows(district))
    return text.getvalue().encode("utf-8-sig")


def _rows(district: DemoDistrict) -> Iterator[list[str]]:
    chance = Random(f"{district.seed} street scores")  # noqa: S311 - no secret
    others = [street for street in district.streets if street.name != RISEN]
    third = min(2, len(others) // 2)
    weak, strong = set(others[:third]), set(others[len(others) - third :])
    for at, month in enumerate(months_over(district)):
        for street in district.streets:
            low, high = _bounds(street, weak, strong, risen=at >= SWITCH_MONTH)
            scores = [chance.randrange(low, high + 1) for _ in range(3)]
            yield [month, street.code, *(f"{score / 100:.2f}" for score in scores)]


def _bounds(street: DemoStreet, weak: set[DemoStreet], strong: set[DemoStreet], *, risen: bool) -> tuple[int, int]:
    if street.name == RISEN:
        return _STRONG if risen else _WEAK
    if street in weak:
        return _WEAK
    return _STRONG if street in strong else _OTHERS
