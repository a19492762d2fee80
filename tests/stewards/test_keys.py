"""Bearer tokens: said once, kept as hashes, ended by time or by hand."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import new_id
from stewards.keys import (
    IssuedToken,
    NewToken,
    authenticate_token,
    authenticate_tokens,
    issue_token,
    list_tokens,
    revoke_token,
)
from stewards.principal import Grant
from stewards.refusals import (
    KeyExpiryPast,
    KeyHolderWrong,
    KeyUnknown,
    PlaceUnknown,
    RoleScopeWrong,
    RoleUnknown,
    StaffUnknown,
    StewardUnknown,
)
from stewards.roles import Role, Scope, ScopeKind
from stewards.staffing import GrantWish, NewStaff, StaffSaved, end_staff, save_staff
from tests.stewards.builders import DONGSI, LONGTAN, NOON, XILI, a_district, a_steward, count, doing


async def issued(database: Database, **wish: Any) -> IssuedToken:
    return await database.run(lambda tx: issue_token(tx, NewToken(**{"label": "试用"} | wish), by=SYSTEM, now=NOON))


async def test_a_stewards_token_is_the_steward(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    token = await issued(database, steward_id=steward_id)
    caller = await authenticate_token(await database.reader(), token.secret, now=NOON)
    assert caller is not None
    assert (caller.kind, caller.steward_id, caller.token_id, caller.session_id) == (
        "steward",
        steward_id,
        token.token_id,
        None,
    )


async def test_a_clerks_token_holds_the_roles_of_the_moment(database: Database) -> None:
    await a_district(database)
    street = GrantWish(role="street_admin", scope_kind="street", scope_code="110101014")
    (saved,) = await doing(database, save_staff, [NewStaff(login="clerk", name="孙演示", grants=(street,))])
    assert isinstance(saved, StaffSaved)
    token = await issued(database, staff_id=saved.staff_id)
    lane = GrantWish(role="lane_chief", scope_kind="lane", scope_code="014-02-01")
    await doing(database, save_staff, [NewStaff(login="clerk", name="孙演示", grants=(lane,))], now=NOON + timedelta(1))
    reader = await database.reader()
    caller = await authenticate_token(reader, token.secret, now=NOON)
    assert caller is not None
    assert caller.grants == (
        Grant(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN),
        Grant(Role.LANE_CHIEF, ScopeKind.LANE, XILI),
    )
    await database.run(lambda tx: end_staff(tx, saved.staff_id, by=SYSTEM, now=NOON))
    assert await authenticate_token(reader, token.secret, now=NOON) is None


async def test_a_machines_token_holds_its_own_role_in_its_scope(database: Database) -> None:
    await a_district(database)
    token = await issued(database, role="integrator", scope=Scope(ScopeKind.STREET, LONGTAN))
    caller = await authenticate_token(await database.reader(), token.secret, now=NOON)
    assert caller is not None
    assert (caller.kind, caller.id, caller.name) == ("integrator", token.token_id, "试用")
    assert caller.grants == (Grant(Role.INTEGRATOR, ScopeKind.STREET, LONGTAN),)
    screen = await issued(database, role="display")
    caller = await authenticate_token(await database.reader(), screen.secret, now=NOON)
    assert caller is not None
    assert caller.grants == (Grant(Role.DISPLAY, ScopeKind.DISTRICT),)


async def test_a_token_ends_with_its_time_or_when_it_is_revoked(database: Database) -> None:
    await a_district(database)
    token = await issued(database, role="display", expires_at=NOON + timedelta(days=1))
    endless = await issued(database, role="display")
    reader = await database.reader()
    later = NOON + timedelta(days=1)
    assert await authenticate_token(reader, token.secret, now=later - timedelta(microseconds=1)) is not None
    assert await authenticate_token(reader, token.secret, now=later) is None
    for _ in range(2):
        await database.run(lambda tx: revoke_token(tx, endless.token_id, by=SYSTEM, now=NOON))
    assert await authenticate_token(reader, endless.secret, now=NOON) is None
    audited = await reader.fetch("SELECT action FROM kernel_audit WHERE action LIKE 'keys.%' ORDER BY id")
    assert [row["action"] for row in audited] == ["keys.issued", "keys.issued", "keys.revoked"]


async def test_the_list_of_tokens_tells_no_secret(database: Database) -> None:
    await a_district(database)
    token = await issued(database, role="display")
    (entry,) = await list_tokens(await database.reader())
    assert (entry.id, entry.label, entry.role, entry.revoked_at) == (token.token_id, "试用", "display", None)
    stored = str([dict(row) for row in await (await database.reader()).fetch("SELECT * FROM stewards_access_token")])
    assert token.secret not in stored


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({}, KeyHolderWrong),
        ({"steward_id": new_id(), "role": "display"}, KeyHolderWrong),
        ({"steward_id": new_id()}, StewardUnknown),
        ({"staff_id": new_id()}, StaffUnknown),
        ({"role": "emperor"}, RoleUnknown),
        ({"role": "district_admin"}, RoleUnknown),
        ({"role": "integrator", "scope": Scope(ScopeKind.LANE, XILI)}, RoleScopeWrong),
        ({"role": "integrator", "scope": Scope(ScopeKind.STREET, None)}, RoleScopeWrong),
        ({"role": "integrator", "scope": Scope(ScopeKind.STREET, new_id())}, PlaceUnknown),
        ({"role": "display", "expires_at": NOON}, KeyExpiryPast),
    ],
)
async def test_wrong_tokens_are_refused_and_leave_no_row(
    database: Database, wish: dict[str, Any], refusal: type[Refusal]
) -> None:
    await a_district(database)
    with pytest.raises(refusal):
        await issued(database, **wish)
    assert await count(database, "stewards_access_token") == 0


async def test_an_unknown_token_cannot_be_revoked(database: Database) -> None:
    with pytest.raises(KeyUnknown):
        await database.run(lambda tx: revoke_token(tx, DONGSI, by=SYSTEM, now=NOON))


async def test_holders_of_several_tokens_are_told_by_one_statement(database: Database) -> None:
    (steward_id,) = await a_district(database, a_steward())
    token = await issued(database, steward_id=steward_id)
    machine = await issued(database, role="integrator", scope=Scope(ScopeKind.STREET, LONGTAN))
    ended = await issued(database, role="display")
    await database.run(lambda tx: revoke_token(tx, ended.token_id, by=SYSTEM, now=NOON))
    asked = [machine.secret, "nobody's", token.secret, "非", ended.secret, token.secret]
    found = await authenticate_tokens(await database.reader(), asked, now=NOON)
    assert [caller and caller.token_id for caller in found] == [
        machine.token_id,
        None,
        token.token_id,
        None,
        None,
        token.token_id,
    ]
