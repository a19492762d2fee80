"""Staff are added by login; roles are held at their own level and add up."""

import asyncio
from uuid import UUID

import pytest

from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.text import TextMissing
from stewards.models import RoleGrant
from stewards.principal import Grant
from stewards.refusals import (
    LastDistrictAdmin,
    LoginNotAllowed,
    LoginTaken,
    PlaceUnknown,
    RoleScopeWrong,
    RoleUnknown,
    StaffLeft,
    StaffUnknown,
)
from stewards.roles import Role, ScopeKind
from stewards.staffing import GrantWish, NewStaff, StaffSaved, end_staff, list_staff, revoke_grant, save_staff
from tests.stewards.builders import GUANGMING, NOON, XIZHAOSI, a_district, count, doing


def a_clerk(*codes: str, login: str = "clerk", name: str = "孙演示") -> NewStaff:
    grants = tuple(GrantWish(role="community_staff", scope_kind="community", scope_code=code) for code in codes)
    return NewStaff(login=login, name=name, grants=grants)


async def test_rows_of_one_login_add_up_and_a_repetition_adds_nothing(database: Database) -> None:
    await a_district(database)
    outcomes = await doing(database, save_staff, [a_clerk("014-01"), a_clerk("014-02"), a_clerk("014-01")])
    assert [(o.repeated, o.grants_added) for o in outcomes if isinstance(o, StaffSaved)] == [
        (False, 1),
        (False, 1),
        (True, 0),
    ]
    before = await count(database, "kernel_audit")
    (again,) = await doing(database, save_staff, [a_clerk("014-01", "014-02")])
    assert isinstance(again, StaffSaved)
    assert again.repeated
    assert await count(database, "kernel_audit") == before
    (entry,) = await list_staff(await database.reader())
    assert set(entry.grants) == {
        Grant(Role.COMMUNITY_STAFF, ScopeKind.COMMUNITY, GUANGMING),
        Grant(Role.COMMUNITY_STAFF, ScopeKind.COMMUNITY, XIZHAOSI),
    }


async def test_a_revoked_role_is_gone_and_can_be_given_again(database: Database) -> None:
    await a_district(database)
    (saved,) = await doing(database, save_staff, [a_clerk("014-01")])
    assert isinstance(saved, StaffSaved)
    grant = Grant(Role.COMMUNITY_STAFF, ScopeKind.COMMUNITY, GUANGMING)
    for expected in (True, False):
        done = await database.run(lambda tx: revoke_grant(tx, saved.staff_id, grant, by=SYSTEM, now=NOON))
        assert done == expected
    assert (await list_staff(await database.reader()))[0].grants == ()
    (again,) = await doing(database, save_staff, [a_clerk("014-01")])
    assert isinstance(again, StaffSaved)
    assert again.grants_added == 1


async def test_of_two_who_take_a_role_back_at_once_one_does(database: Database) -> None:
    await a_district(database)
    (saved,) = await doing(database, save_staff, [a_clerk("014-01")])
    assert isinstance(saved, StaffSaved)
    grant = Grant(Role.COMMUNITY_STAFF, ScopeKind.COMMUNITY, GUANGMING)
    done = await asyncio.gather(
        *(database.run(lambda tx: revoke_grant(tx, saved.staff_id, grant, by=SYSTEM, now=NOON)) for _ in range(4))
    )
    assert sorted(done) == [False, False, False, True]
    rows = await (await database.reader()).fetch("SELECT id FROM kernel_audit WHERE action = 'staff.role_revoked'")
    assert len(rows) == 1


async def test_a_role_is_held_once_at_a_time_whoever_writes_it(database: Database) -> None:
    await a_district(database)
    (saved,) = await doing(database, save_staff, [a_clerk("014-01")])
    assert isinstance(saved, StaffSaved)
    (held,) = await (await database.reader()).rows(RoleGrant)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await database.run(lambda tx: tx.insert(RoleGrant, [{**held, "id": new_id()}]))


async def _an_admin(database: Database, login: str) -> UUID:
    grants = (GrantWish(role="district_admin", scope_kind="district"),)
    (saved,) = await doing(database, save_staff, [NewStaff(login=login, name="孙演示", grants=grants)])
    assert isinstance(saved, StaffSaved)
    return saved.staff_id


_ADMIN = Grant(Role.DISTRICT_ADMIN, ScopeKind.DISTRICT)


async def test_somebody_always_administers_the_district(database: Database) -> None:
    first, second = await _an_admin(database, "first"), await _an_admin(database, "second")
    assert await database.run(lambda tx: revoke_grant(tx, first, _ADMIN, by=SYSTEM, now=NOON))
    with pytest.raises(LastDistrictAdmin):
        await database.run(lambda tx: revoke_grant(tx, second, _ADMIN, by=SYSTEM, now=NOON))
    with pytest.raises(LastDistrictAdmin):
        await database.run(lambda tx: end_staff(tx, second, by=SYSTEM, now=NOON))
    await database.run(lambda tx: end_staff(tx, first, by=SYSTEM, now=NOON))
    assert [bool(person.grants) for person in await list_staff(await database.reader())] == [False, True]


async def test_of_two_administrators_who_demote_each_other_one_stays(database: Database) -> None:
    people = [await _an_admin(database, login) for login in ("first", "second")]
    done = await asyncio.gather(
        *(database.run(lambda tx, who=who: end_staff(tx, who, by=SYSTEM, now=NOON)) for who in people),  # type: ignore[misc]
        return_exceptions=True,
    )
    assert sorted(type(outcome) for outcome in done if outcome is not None) == [LastDistrictAdmin]


async def test_who_left_is_given_nothing(database: Database) -> None:
    await a_district(database)
    (saved,) = await doing(database, save_staff, [a_clerk("014-01")])
    assert isinstance(saved, StaffSaved)
    await database.run(lambda tx: end_staff(tx, saved.staff_id, by=SYSTEM, now=NOON))
    (refused,) = await doing(database, save_staff, [a_clerk("014-01", "014-02")])
    assert (type(refused), refused.pointer) == (StaffLeft, "/login")
    (entry,) = await list_staff(await database.reader())
    assert (entry.status, entry.grants) == ("left", ())


@pytest.mark.parametrize(
    ("wish", "refusal", "pointer"),
    [
        (a_clerk(login="C"), LoginNotAllowed, "/login"),
        (a_clerk(login="Upper"), LoginNotAllowed, "/login"),
        (a_clerk(login="cl\0rk"), LoginNotAllowed, "/login"),
        (a_clerk(name=" "), TextMissing, "/name"),
        (a_clerk("nowhere"), PlaceUnknown, "/scope_code"),
        (a_clerk("\ud800"), PlaceUnknown, "/scope_code"),
        (
            NewStaff(login="clerk", name="孙演示", grants=(GrantWish(role="king", scope_kind="district"),)),
            RoleUnknown,
            "/role",
        ),
        (
            NewStaff(login="clerk", name="孙演示", grants=(GrantWish(role="steward", scope_kind="district"),)),
            RoleUnknown,
            "/role",
        ),
        (
            NewStaff(login="clerk", name="孙演示", grants=(GrantWish(role="street_admin", scope_kind="district"),)),
            RoleScopeWrong,
            "/scope_kind",
        ),
        (
            NewStaff(login="clerk", name="孙演示", grants=(GrantWish(role="street_admin", scope_kind="galaxy"),)),
            RoleScopeWrong,
            "/scope_kind",
        ),
    ],
)
async def test_wrong_rows_are_named_and_harm_no_other(
    database: Database, wish: NewStaff, refusal: type[Refusal], pointer: str
) -> None:
    await a_district(database)
    refused, saved = await doing(database, save_staff, [wish, a_clerk(login="other")])
    assert (type(refused), refused.pointer) == (refusal, pointer)
    assert isinstance(saved, StaffSaved)
    assert await count(database, "stewards_staff") == 1


async def test_a_login_belongs_to_one_name(database: Database) -> None:
    await doing(database, save_staff, [a_clerk()])
    (refused,) = await doing(database, save_staff, [a_clerk(name="李样本")])
    assert isinstance(refused, LoginTaken)


async def test_nobody_unknown_can_leave(database: Database) -> None:
    with pytest.raises(StaffUnknown):
        await database.run(lambda tx: end_staff(tx, new_id(), by=SYSTEM, now=NOON))
