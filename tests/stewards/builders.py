"""A small synthetic district to test with: two streets, three communities, four lanes."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from kernel.audit import SYSTEM
from kernel.clock import Clock
from kernel.database import Database, Tx
from kernel.ids import derived_id
from stewards.enrolment import Enrolled, NewSteward, enrol_stewards
from stewards.places import CommunityWish, LaneWish, StreetWish, save_communities, save_lanes, save_streets
from stewards.visits import Visit

T = TypeVar("T")

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FOUNDED = date(2017, 4, 1)

LONGTAN = derived_id("street", "110101014")
DONGSI = derived_id("street", "110101006")
GUANGMING = derived_id("community", "014-01")
XIZHAOSI = derived_id("community", "014-02")
ERTIAO = derived_id("community", "006-01")
XILI = derived_id("lane", "014-02-01")
FUGUANG = derived_id("lane", "014-01-01")
SITIAO = derived_id("lane", "006-01-01")


def a_street(code: str = "110101014", **changed: Any) -> StreetWish:
    return StreetWish(**{"code": code, "name": "龙潭", "valid_from": FOUNDED} | changed)


def a_community(code: str = "014-01", **changed: Any) -> CommunityWish:
    return CommunityWish(**{"code": code, "street_code": "110101014", "name": "光明", "valid_from": FOUNDED} | changed)


def a_lane(code: str = "014-01-01", **changed: Any) -> LaneWish:
    return LaneWish(**{"code": code, "community_code": "014-01", "name": "福光路", "valid_from": FOUNDED} | changed)


def a_steward(number: str = "0140001", **changed: Any) -> NewSteward:
    wish = {"number": number, "name": "赵示例", "community_code": "014-01", "joined_on": date(2026, 1, 5)}
    return NewSteward(**wish | changed)


def a_visit(clock: Clock, **changed: Any) -> Visit:
    return Visit(**{"source": "10.0.0.1", "clock": clock} | changed)


async def settle_places(tx: Tx) -> None:
    """The two streets with everything in them."""
    await save_streets(tx, [a_street(), a_street("110101006", name="东四")], by=SYSTEM, now=NOON)
    await save_communities(
        tx,
        [
            a_community(),
            a_community("014-02", name="夕照寺"),
            a_community("006-01", street_code="110101006", name="二条"),
        ],
        by=SYSTEM,
        now=NOON,
    )
    await save_lanes(
        tx,
        [
            a_lane(length_m=340),
            a_lane("014-02-01", community_code="014-02", name="夕照寺西里主线", length_m=150, width_m=10),
            a_lane("006-01-01", community_code="006-01", name="东四四条"),
            a_lane("006-01-02", community_code="006-01", name="旧巷", valid_to=date(2020, 12, 31)),
        ],
        by=SYSTEM,
        now=NOON,
    )


async def a_district(database: Database, *stewards: NewSteward) -> list[UUID]:
    """Places and enrolled stewards; answers the stewards' ids in order."""

    async def settle(tx: Tx) -> list[UUID]:
        await settle_places(tx)
        ids = []
        for outcome in await enrol_stewards(tx, stewards, by=SYSTEM, now=NOON):
            assert isinstance(outcome, Enrolled), outcome
            ids.append(outcome.steward_id)
        return ids

    return await database.run(settle)


async def doing(database: Database, verb: Callable[..., Awaitable[T]], wishes: Any, now: datetime = NOON) -> T:
    """A verb on its own, as the system."""
    return await database.run(lambda tx: verb(tx, wishes, by=SYSTEM, now=now))


async def count(database: Database, table: str) -> int:
    row = await (await database.reader()).fetch_one(f"SELECT COUNT(*) AS n FROM {table}")
    assert row is not None
    return int(row["n"])
