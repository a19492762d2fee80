"""Finding stewards: by place, number, name and pinyin, within what the reader may see."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from kernel.database import Database
from kernel.ids import new_id
from stewards.directory import (
    StewardEntry,
    StewardQuery,
    find_stewards,
    list_stewards,
    steward_ids,
)
from stewards.principal import Grant, Place, Principal, steward_principal, system_principal
from stewards.roles import Role, ScopeKind
from tests.stewards.builders import (
    DONGSI,
    FUGUANG,
    LONGTAN,
    SITIAO,
    TODAY,
    XILI,
    XIZHAOSI,
    a_district,
    a_steward,
)

PEOPLE = (
    a_steward("0140001", name="单示例", phone="000-0000-0001", lanes=("014-01-01",)),
    a_steward("0140002", name="曾样本", phone="000-0000-0002", consents=("full_name",)),
    a_steward("0140003", name="欧阳演示", community_code="014-02", lanes=("014-02-01", "014-01-01")),
    a_steward("0060001", name="吕示例", community_code="006-01", lanes=("006-01-01",)),
    a_steward("0060002", name="赵100%", community_code="006-01", status="left", left_on=date(2026, 3, 1)),
)


async def found(database: Database, caller: Principal | None = None, **query: Any) -> list[str]:
    entries, _ = await list_stewards(
        await database.reader(), caller or system_principal(), StewardQuery(**query), today=TODAY
    )
    return [entry.number for entry in entries]


def staff(*grants: Grant) -> Principal:
    return Principal(kind="staff", id=new_id(), name="孙演示", grants=grants)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, ["0060001", "0060002", "0140001", "0140002", "0140003"]),
        ({"street_code": "110101006"}, ["0060001", "0060002"]),
        ({"community_code": "014-02"}, ["0140003"]),
        ({"lane_code": "014-01-01"}, ["0140001", "0140003"]),
        ({"status": "left"}, ["0060002"]),
        ({"street_code": "nowhere"}, []),
        ({"street_code": "\0"}, []),
        ({"q": "示例"}, ["0060001", "0140001"]),
        ({"q": "单"}, ["0140001"]),
        ({"q": "ssl"}, ["0140001"]),
        ({"q": "SHAN"}, ["0140001"]),
        ({"q": "shanshili"}, ["0140001"]),
        ({"q": "dan"}, []),
        ({"q": "zyb"}, ["0140002"]),
        ({"q": "Ou Yang"}, ["0140003"]),
        ({"q": "lü"}, ["0060001"]),
        ({"q": "014"}, ["0140001", "0140002", "0140003"]),
        ({"q": "0140003"}, ["0140003"]),
        ({"q": "%"}, ["0060002"]),
        ({"q": "_"}, []),
        ({"q": "'; DROP TABLE stewards_steward; --"}, []),
        ({"q": "\0"}, []),
        ({"q": "\ud800"}, []),
        ({"q": "x" * 10_000}, []),
        ({"q": "  "}, ["0060001", "0060002", "0140001", "0140002", "0140003"]),
        ({"q": "s", "street_code": "110101014"}, ["0140001"]),
    ],
)
async def test_stewards_are_found(database: Database, query: dict[str, Any], numbers: list[str]) -> None:
    await a_district(database, *PEOPLE)
    assert await found(database, **query) == numbers


async def test_pages_follow_each_other_without_gap_or_repetition(database: Database) -> None:
    ids = dict(zip([p.number for p in PEOPLE], await a_district(database, *PEOPLE), strict=True))
    seen: list[str] = []
    after: UUID | None = None
    more = True
    while more:
        entries, more = await list_stewards(
            await database.reader(), system_principal(), StewardQuery(limit=2, starting_after=after), today=TODAY
        )
        seen += [entry.number for entry in entries]
        after = entries[-1].id
    assert seen == sorted(ids)
    assert await found(database, starting_after=new_id()) == []


@pytest.mark.parametrize(
    ("grant", "numbers"),
    [
        (Grant(Role.DISTRICT_ADMIN, ScopeKind.DISTRICT), ["0060001", "0060002", "0140001", "0140002", "0140003"]),
        (Grant(Role.STREET_ADMIN, ScopeKind.STREET, DONGSI), ["0060001", "0060002"]),
        (Grant(Role.COMMUNITY_STAFF, ScopeKind.COMMUNITY, XIZHAOSI), ["0140003"]),
        (Grant(Role.LANE_CHIEF, ScopeKind.LANE, FUGUANG), ["0140001", "0140003"]),
        (Grant(Role.LANE_CHIEF, ScopeKind.LANE, SITIAO), ["0060001"]),
        (Grant(Role.DISPLAY, ScopeKind.DISTRICT), []),
    ],
)
async def test_staff_see_the_stewards_of_their_scope_only(database: Database, grant: Grant, numbers: list[str]) -> None:
    ids = await a_district(database, *PEOPLE)
    caller = staff(grant)
    assert await found(database, caller) == numbers
    entries = await find_stewards(await database.reader(), caller, ids=ids, today=TODAY)
    assert [entry.number for entry in entries] == numbers


async def test_a_steward_finds_only_himself_and_the_anonymous_nobody(database: Database) -> None:
    me, *_ = await a_district(database, *PEOPLE)
    assert await found(database, steward_principal(me, "单示例")) == ["0140001"]
    assert await list_stewards(await database.reader(), None, StewardQuery(), today=TODAY) == ([], False)
    assert await find_stewards(await database.reader(), None, ids=[me], today=TODAY) == []


async def the(database: Database, caller: Principal, number: str) -> StewardEntry:
    (entry,) = await find_stewards(await database.reader(), caller, numbers=[number], today=TODAY)
    return entry


async def test_phones_are_masked_for_those_who_may_not_call(database: Database) -> None:
    me, *_ = await a_district(database, *PEOPLE)
    integrator = Principal(
        kind="integrator", id=new_id(), name="平台", grants=(Grant(Role.INTEGRATOR, ScopeKind.DISTRICT),)
    )
    assert (await the(database, integrator, "0140001")).phone == "000****0001"
    assert (await the(database, system_principal(), "0140001")).phone == "000-0000-0001"
    assert (await the(database, steward_principal(me, "单示例"), "0140001")).phone == "000-0000-0001"


async def test_an_entry_says_where_the_steward_stands_and_which_name_is_public(database: Database) -> None:
    await a_district(database, *PEOPLE)
    entry = await the(database, system_principal(), "0140003")
    assert (entry.street_name, entry.community_name, entry.version) == ("龙潭", "夕照寺", 1)
    assert {duty.lane_code for duty in entry.duties} == {"014-01-01", "014-02-01"}
    assert set(entry.places) == {
        Place(street_id=LONGTAN, community_id=XIZHAOSI),
        Place(street_id=LONGTAN, community_id=XIZHAOSI, lane_id=XILI),
        Place(street_id=LONGTAN, community_id=XIZHAOSI, lane_id=FUGUANG),
    }
    assert entry.public_name == "欧阳*示"
    assert (await the(database, system_principal(), "0140002")).public_name == "曾样本"


async def test_ids_are_answered_for_many_at_once(database: Database) -> None:
    ids = await a_district(database, *PEOPLE)
    reader = await database.reader()
    known = await steward_ids(reader, ["0140001", "0060001", "9999999", "\0", "\ud800"])
    assert known == {"0140001": ids[0], "0060001": ids[3]}
