"""A year of cases as a city grid platform would have them, drawn from a seed."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Literal

from api.demo.district import DIMENSIONS, YEAR, DemoDistrict, DemoSteward
from api.demo.gazetteer import CategoryWords, gazetteer

Result = Literal["待核实", "已核实", "已结案"]
_HAZARDOUS = frozenset({"road_damage", "facility_damage", "fire_lane"})
_HOURS = (7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 11, 13, 14, 15, 15, 16, 16, 17, 17, 18, 19, 20)
_SOLVED_PERCENT = 82
# The pilot street trails the others until it takes the scheme up, then leads (东直门: from the bottom three to the
# top three).
_PILOT_STREET = "东直门"
_PILOT_FROM_DAY = 200
_USUAL, _BEFORE, _AFTER = 10, 4, 19


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCase:
    """One row of the platform's sheet. Times are local, to the minute."""

    number: str
    steward: DemoSteward
    category: str
    reported_at: datetime
    major: str
    minor: str
    description: str
    spot: str  # where in the lane
    hazard: bool
    result: Result
    verified_at: datetime | None = None
    closed_at: datetime | None = None


def year_of_cases(district: DemoDistrict) -> list[DemoCase]:
    """The cases of the demo year in order of time: exactly as many as the size says, then those that wait."""
    random = Random(f"{district.seed}/cases")  # noqa: S311 - reproducible on purpose
    stewards = _Stewards(district.stewards)
    drawn = [
        _case(random, words, *_who_and_when(random, stewards, district))
        for words in _categories(DIMENSIONS[district.size].cases, random)
    ]
    waiting = list(_waiting(district, random))
    handled = _handled(random, sorted(drawn, key=_order), district.last_day)
    return list(_numbered([*handled, *sorted(waiting, key=_order)]))


def _order(case: DemoCase) -> tuple[datetime, str, str, str]:
    return (case.reported_at, case.steward.number, case.category, case.description)


def _categories(cases: int, random: Random) -> list[CategoryWords]:
    """Every category as often as its share says, to the case (largest remainders), in random order."""
    words = gazetteer().categories
    exact = [divmod(cases * category.share, 100) for category in words]
    missing = cases - sum(whole for whole, _ in exact)
    by_remainder = sorted(range(len(words)), key=lambda at: (-exact[at][1], at))
    lucky = set(by_remainder[:missing])
    drawn = [
        category
        for at, (category, (whole, _)) in enumerate(zip(words, exact, strict=True))
        for _ in range(whole + (at in lucky))
    ]
    random.shuffle(drawn)
    return drawn


class _Stewards:
    """Draws a steward: first the street, which has its good and its bad times, then a steward by zeal."""

    def __init__(self, stewards: Iterable[DemoSteward]) -> None:
        by_street: dict[str, list[DemoSteward]] = {}
        for steward in stewards:
            by_street.setdefault(steward.lane.community.street.name, []).append(steward)
        self._streets = list(by_street)
        self._by_street = by_street
        self._zeal = {street: list(accumulate(s.zeal for s in found)) for street, found in by_street.items()}
        self._weights = {
            started: list(accumulate(self._weight(street, started) for street in self._streets))
            for started in (False, True)
        }

    @staticmethod
    def _weight(street: str, started: bool) -> int:
        if street != _PILOT_STREET:
            return _USUAL
        return _AFTER if started else _BEFORE

    def draw(self, random: Random, day: int) -> DemoSteward:
        """A steward for a day of the year, counted from 0."""
        weights = self._weights[day >= _PILOT_FROM_DAY]
        street = self._streets[bisect_right(weights, random.randrange(weights[-1]))]
        zeal = self._zeal[street]
        return self._by_street[street][bisect_right(zeal, random.randrange(zeal[-1]))]


def _who_and_when(random: Random, stewards: _Stewards, district: DemoDistrict) -> tuple[DemoSteward, datetime]:
    while True:
        day = random.randrange(YEAR.days)
        steward = stewards.draw(random, day)
        reported_on = district.first_day + timedelta(days=day)
        if steward.joined_on <= reported_on:
            return steward, _moment(random, reported_on)


def _moment(random: Random, day: date) -> datetime:
    return datetime.combine(day, time(random.choice(_HOURS), random.randrange(60)))


def _case(random: Random, words: CategoryWords, steward: DemoSteward, reported_at: datetime) -> DemoCase:
    minor = random.choice(list(words.minors))
    return DemoCase(
        number="",
        steward=steward,
        category=words.code,
        reported_at=reported_at,
        major=words.major,
        minor=minor,
        description=random.choice(words.minors[minor]),
        spot=f"{random.randrange(1, 80)}号{random.choice(gazetteer().places)}",
        hazard=words.code in _HAZARDOUS and random.randrange(12) == 0,
        result="待核实",
    )


def _handled(random: Random, cases: list[DemoCase], last_day: date) -> Iterator[DemoCase]:
    """Every case is verified within hours, most are solved within three days; the newest are still being worked on."""
    end = datetime.combine(last_day, time(23, 59))
    for case in cases:
        verified_at = min(case.reported_at + timedelta(minutes=random.randrange(10, 300)), end)
        closed_at = verified_at + timedelta(minutes=random.randrange(60, 72 * 60))
        solved = random.randrange(100) < _SOLVED_PERCENT
        if solved and closed_at <= end:
            yield replace(case, result="已结案", verified_at=verified_at, closed_at=closed_at)
        else:
            yield replace(case, result="已核实", verified_at=verified_at)


def _waiting(district: DemoDistrict, random: Random) -> Iterator[DemoCase]:
    """Cases of the last three days that nobody has verified; every fifth one was reported twice."""
    wanted = DIMENSIONS[district.size].waiting
    words = gazetteer().categories
    veterans = [steward for steward in district.stewards if steward.joined_on <= district.first_day]
    made = 0
    while made < wanted:
        day = district.last_day - timedelta(days=random.randrange(3))
        case = _case(random, random.choice(words), random.choice(veterans), _moment(random, day))
        yield case
        made += 1
        if made % 5 == 0 and made < wanted:
            again = min(case.reported_at + timedelta(minutes=random.randrange(5, 90)), _evening(day))
            yield replace(case, reported_at=again, description=case.description + "，请尽快处理")
            made += 1


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(22, 30))


def _numbered(cases: Iterable[DemoCase]) -> Iterator[DemoCase]:
    """Cases with the platform's numbers: the day, and a count within the day."""
    given: dict[date, int] = {}
    for case in cases:
        day = case.reported_at.date()
        given[day] = given.get(day, 0) + 1
        yield replace(case, number=f"WG{day:%Y%m%d}{given[day]:05d}")
