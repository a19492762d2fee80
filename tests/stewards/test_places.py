"""Places are saved by code, dated, and stay where they were put."""

from datetime import date

import pytest

from kernel.database import Database
from kernel.errors import Refusal
from kernel.text import TextNotAllowed, TextTooLong
from stewards.lanes import list_communities, list_streets
from stewards.places import LaneWish, PlaceSaved, english_name, load_lanes, save_communities, save_lanes, save_streets
from stewards.refusals import DatesReversed, NotWholeMetres, ParentDiffers, PlaceUnknown
from tests.stewards.builders import (
    FUGUANG,
    GUANGMING,
    LONGTAN,
    a_community,
    a_district,
    a_lane,
    a_street,
    count,
    doing,
)


def changes(outcomes: list[PlaceSaved | Refusal]) -> list[str]:
    return [outcome.change if isinstance(outcome, PlaceSaved) else outcome.code for outcome in outcomes]


async def test_saving_again_changes_nothing_and_leaves_no_audit_row(database: Database) -> None:
    assert changes(await doing(database, save_streets, [a_street()])) == ["added"]
    audited = await count(database, "kernel_audit")
    assert changes(await doing(database, save_streets, [a_street()])) == ["unchanged"]
    assert await count(database, "kernel_audit") == audited == 1


async def test_a_change_by_code_keeps_the_id(database: Database) -> None:
    await doing(database, save_streets, [a_street()])
    closed = a_street(valid_to=date(2026, 12, 31))
    assert changes(await doing(database, save_streets, [closed])) == ["changed"]
    streets = await list_streets(await database.reader())
    assert [(street.id, street.valid_to) for street in streets] == [(LONGTAN, date(2026, 12, 31))]


async def test_one_code_twice_in_a_batch_is_one_place_with_the_last_word(database: Database) -> None:
    outcomes = await doing(database, save_streets, [a_street(), a_street(), a_street(name="龙潭街道")])
    assert changes(outcomes) == ["added", "unchanged", "changed"]
    assert [street.name for street in await list_streets(await database.reader())] == ["龙潭街道"]


async def test_a_row_at_fault_harms_no_other(database: Database) -> None:
    await a_district(database)
    outcomes = await doing(
        database,
        save_lanes,
        [a_lane("a"), a_lane("b", community_code="nowhere"), a_lane("c", length_m=0), a_lane("d")],
    )
    assert changes(outcomes) == ["added", "place_unknown", "not_whole_metres", "added"]
    lanes = await load_lanes(await database.reader(), codes={"a", "b", "c", "d"})
    assert sorted(lanes.by_code) == ["a", "d"]


@pytest.mark.parametrize("metres", [0, -1, 1.5, "1", True, 10**30, float("nan"), 100_001])
async def test_lengths_are_whole_positive_metres(database: Database, metres: object) -> None:
    await a_district(database)
    (refused,) = await doing(database, save_lanes, [a_lane("new", width_m=metres)])
    assert isinstance(refused, NotWholeMetres)
    assert refused.pointer == "/width_m"
    assert "100000" in refused.text.render("en")


@pytest.mark.parametrize(
    ("wish", "refusal", "pointer"),
    [
        (a_lane("x", name="夕照\u202e寺"), TextNotAllowed, "/name"),
        (a_lane("x", name="\ud800"), TextNotAllowed, "/name"),
        (a_lane("x", name="巷" * 65), TextTooLong, "/name"),
        (a_lane("x\0"), TextNotAllowed, "/code"),
        (a_lane("x", community_code="\0"), PlaceUnknown, "/community_code"),
        (a_lane("x", community_code="\ud800"), PlaceUnknown, "/community_code"),
        (a_lane("x", valid_to=date(2017, 3, 31)), DatesReversed, "/valid_to"),
    ],
)
async def test_wrong_fields_are_named_and_leave_no_row(
    database: Database, wish: LaneWish, refusal: type[Refusal], pointer: str
) -> None:
    await a_district(database)
    before = await count(database, "stewards_lane")
    (refused,) = await doing(database, save_lanes, [wish])
    assert (type(refused), refused.pointer) == (refusal, pointer)
    assert await count(database, "stewards_lane") == before


async def test_a_place_cannot_be_moved_only_ended(database: Database) -> None:
    await a_district(database)
    (refused,) = await doing(database, save_communities, [a_community(street_code="110101006")])
    assert isinstance(refused, ParentDiffers)
    (refused,) = await doing(database, save_lanes, [a_lane(community_code="014-02")])
    assert isinstance(refused, ParentDiffers)
    assert (await load_lanes(await database.reader())).by_id[FUGUANG].community_id == GUANGMING


async def test_the_lane_directory_knows_where_lanes_are_and_when(database: Database) -> None:
    await a_district(database)
    lanes = await load_lanes(await database.reader())
    assert len(lanes.by_id) == 4
    lane = lanes.by_id[FUGUANG]
    assert (lane.street_id, lane.community_id, lane.length_m, lane.name_en) == (LONGTAN, GUANGMING, 340, "Fuguang Road")
    old = lanes.by_code["006-01-02"]
    assert old.valid_on(date(2020, 12, 31))
    assert not old.valid_on(date(2021, 1, 1))
    assert not old.valid_on(date(2017, 3, 31))
    assert [area.code for area in await list_communities(await database.reader(), street_id=LONGTAN)] == [
        "014-01",
        "014-02",
    ]


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("史家胡同", "Shijia Hutong"),
        ("建国门街道", "Jianguomen Subdistrict"),
        ("赵家楼社区", "Zhaojialou Community"),
        ("福光路", "Fuguang Road"),
        ("草厂四条", "Caochangsitiao"),
        ("街", "Jie"),
    ],
)
def test_a_place_is_spelt_as_english_maps_spell_it(name: str, english: str) -> None:
    assert english_name(name) == english
