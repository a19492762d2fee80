"""The synthetic district itself: streets, communities, lanes, stewards and staff, all from one seed and one day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Literal

from api.demo.gazetteer import CommunityName, StreetName, gazetteer
from api.demo.people import chinese_number, synthetic_names, synthetic_phone

Size = Literal["small", "full"]
YEAR = timedelta(days=365)
FIRST_STREET = 110_101_001
FOUNDED_ON = date(2017, 4, 1)  # places are valid from it
_NEWCOMER = 5  # of every twelve stewards, the one who is new
_TWO_MONTHS = 30  # the one steward who joined two months before the end: too new for a title
_SMALL_STREETS = ("建国门", "东直门", "前门")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """How large a district is."""

    streets: int
    stewards: int
    cases: int
    waiting: int  # cases that nobody has verified yet, beyond `cases`


DIMENSIONS: dict[Size, Dimensions] = {
    "small": Dimensions(streets=3, stewards=60, cases=2_100, waiting=20),
    "full": Dimensions(streets=17, stewards=2_064, cases=72_240, waiting=0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStreet:
    """A street (街道)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCommunity:
    """A community (社区) of a street."""

    code: str
    street: DemoStreet
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLane:
    """A lane (小巷) of a community."""

    code: str
    community: DemoCommunity
    name: str
    length_m: int
    width_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSteward:
    """A steward with one lane; `zeal` says how many cases there are beside those of others."""

    number: str
    name: str
    phone: str
    joined_on: date
    lane: DemoLane
    shows_name: bool
    zeal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStaff:
    """Someone on the staff, with one role in one or several places of one kind."""

    login: str
    name: str
    role: str
    scope_kind: str
    scope_codes: tuple[str, ...]
    street: DemoStreet | None = None
    community: DemoCommunity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDistrict:
    """The whole district. `last_day` is the last day of the demo year."""

    size: Size
    seed: int
    last_day: date
    streets: tuple[DemoStreet, ...]
    communities: tuple[DemoCommunity, ...]
    lanes: tuple[DemoLane, ...]
    stewards: tuple[DemoSteward, ...]
    staff: tuple[DemoStaff, ...]

    @property
    def first_day(self) -> date:
        """The first day of the demo year."""
        return self.last_day - YEAR + timedelta(days=1)


def build_district(size: Size, *, seed: int, last_day: date) -> DemoDistrict:
    """The district of a size. The same arguments give the same district, on every machine."""
    random = Random(f"{seed}/district")  # noqa: S311 - reproducible on purpose
    chosen = [
        (FIRST_STREET + index, entry)
        for index, entry in enumerate(gazetteer().streets)
        if size == "full" or entry.name in _SMALL_STREETS
    ]
    dimensions = DIMENSIONS[size]
    names = synthetic_names()
    lanes: list[DemoLane] = []
    stewards: list[DemoSteward] = []
    for index, (code, entry) in enumerate(chosen):
        wanted = dimensions.stewards // len(chosen) + (index < dimensions.stewards % len(chosen))
        # Two lanes more than stewards: uncovered lanes are part of the picture.
        of_street = list(_lanes(code, entry, wanted + 2, random))
        lanes += sorted(of_street, key=lambda lane: lane.code)
        numbers = count(1)
        for lane in of_street[:wanted]:
            stewards.append(
                DemoSteward(
                    number=f"1{code % 100:02d}{next(numbers):03d}",
                    name=next(names),
                    phone=synthetic_phone(len(stewards) + 1),
                    joined_on=_joined_on(random, last_day, len(stewards)),
                    lane=lane,
                    shows_name=random.randrange(10) < 3,
                    zeal=random.choice((1, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8, 12)),
                )
            )
    communities = tuple({lane.community.code: lane.community for lane in lanes}.values())
    streets = tuple({community.street.code: community.street for community in communities}.values())
    return DemoDistrict(
        size=size,
        seed=seed,
        last_day=last_day,
        streets=streets,
        communities=communities,
        lanes=tuple(lanes),
        stewards=tuple(stewards),
        staff=tuple(_staff(streets, communities, lanes, names)),
    )


def _lanes(code: int, entry: StreetName, wanted: int, random: Random) -> Iterator[DemoLane]:
    """The lanes of a street, community by community in turn: first those with names, then numbered ones."""
    street = DemoStreet(code=str(code), name=entry.name)
    communities = [
        (DemoCommunity(code=f"{code}{at:03d}", street=street, name=name.name), name)
        for at, name in enumerate(entry.communities, 1)
    ]
    for place in range(wanted):
        community, name = communities[place % len(communities)]
        yield _lane(community, name, place // len(communities) + 1, random)


def _lane(community: DemoCommunity, name: CommunityName, at: int, random: Random) -> DemoLane:
    length_m, width_m = random.randrange(80, 421, 10), random.randrange(3, 13)
    lane_name = f"{name.name}{chinese_number(at)}巷"
    if at <= len(name.lanes):
        known = name.lanes[at - 1]
        lane_name, length_m, width_m = known.name, known.length_m or length_m, known.width_m or width_m
    code = f"{community.code}-{at:02d}"
    return DemoLane(code=code, community=community, name=lane_name, length_m=length_m, width_m=width_m)


def _joined_on(random: Random, last_day: date, place: int) -> date:
    """Most stewards joined long ago, every twelfth one in the first half of the demo year."""
    first_day = last_day - YEAR + timedelta(days=1)
    if place == _TWO_MONTHS:
        return last_day - timedelta(days=70)
    if place % 12 == _NEWCOMER:
        return first_day + timedelta(days=random.randrange(180))
    return min(FOUNDED_ON + timedelta(days=random.randrange(1_000)), first_day)


def _staff(
    streets: tuple[DemoStreet, ...],
    communities: tuple[DemoCommunity, ...],
    lanes: list[DemoLane],
    names: Iterator[str],
) -> Iterator[DemoStaff]:
    yield DemoStaff(login="district", name=next(names), role="district_admin", scope_kind="district", scope_codes=("",))
    for street in streets:
        yield DemoStaff(
            login=f"street-{street.code[-3:]}",
            name=next(names),
            role="street_admin",
            scope_kind="street",
            scope_codes=(street.code,),
            street=street,
        )
    for community in communities:
        short = f"{community.street.code[-3:]}-{community.code[-3:]}"
        yield DemoStaff(
            login=f"community-{short}",
            name=next(names),
            role="community_staff",
            scope_kind="community",
            scope_codes=(community.code,),
            street=community.street,
            community=community,
        )
        yield DemoStaff(
            login=f"chief-{short}",
            name=next(names),
            role="lane_chief",
            scope_kind="lane",
            scope_codes=tuple(lane.code for lane in lanes if lane.community is community),
            street=community.street,
            community=community,
        )
