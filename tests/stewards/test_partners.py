"""Partners: saved by code, ended with every token; a partner's token reaches nothing but what it provides."""

import pytest

from kernel.audit import SYSTEM
from kernel.database import Database
from kernel.errors import Refusal
from kernel.ids import derived_id, new_id
from stewards.keys import IssuedToken, NewToken, authenticate_token, issue_token
from stewards.partners import PartnerSaved, PartnerWish, end_partner, find_partner, list_partners, save_partners
from stewards.permissions import PERMISSIONS, NotAllowed, may
from stewards.principal import Place, Principal, steward_principal, system_principal
from stewards.refusals import PartnerEnded, PartnerUnknown, RoleScopeWrong
from stewards.roles import DISTRICT, Role, Scope, ScopeKind
from tests.stewards.builders import LONGTAN, NOON, count, doing

BARBER = PartnerWish(code="lixian", name="理发示例店")


async def a_partner(database: Database, wish: PartnerWish = BARBER) -> PartnerSaved:
    [saved] = await doing(database, save_partners, [wish])
    assert isinstance(saved, PartnerSaved), saved
    return saved


async def a_token(database: Database, scope: Scope) -> IssuedToken:
    wish = NewToken(label="收银台", role="partner", scope=scope)
    return await database.run(lambda tx: issue_token(tx, wish, by=SYSTEM, now=NOON))


async def calling(database: Database, secret: str) -> Principal | None:
    return await authenticate_token(await database.reader(), secret, now=NOON)


async def test_saving_the_same_partner_again_changes_nothing(database: Database) -> None:
    assert (await a_partner(database)).change == "added"
    assert (await a_partner(database)).change == "unchanged"
    assert (await a_partner(database, PartnerWish(code="lixian", name="理发样本店"))).change == "changed"
    assert await count(database, "stewards_partner") == 1
    assert await count(database, "kernel_audit") == 2


async def test_a_row_at_fault_harms_no_other(database: Database) -> None:
    outcomes = await doing(
        database, save_partners, [PartnerWish(code="理发", name="店"), BARBER, PartnerWish(code="x", name="\x00")]
    )
    assert [outcome.code for outcome in outcomes] == [
        "partner_code_not_allowed",
        "lixian",
        "text_character_not_allowed",
    ]


async def test_a_partners_token_is_the_partner_and_covers_no_place(database: Database) -> None:
    partner = await a_partner(database)
    token = await a_token(database, Scope(ScopeKind.PARTNER, partner.id))
    caller = await calling(database, token.secret)
    assert caller is not None
    assert (caller.kind, caller.partner_id) == ("partner", partner.id)
    for action, roles in PERMISSIONS.items():
        if Role.STREET_ADMIN in roles and Role.PARTNER not in roles:
            assert not may(caller, action, Place(street_id=LONGTAN)), action


async def test_a_partners_token_needs_a_partner(database: Database) -> None:
    for scope, refusal in (
        (DISTRICT, RoleScopeWrong),
        (Scope(ScopeKind.STREET, LONGTAN), RoleScopeWrong),
        (Scope(ScopeKind.PARTNER, new_id()), Refusal),
    ):
        with pytest.raises(refusal):
            await a_token(database, scope)


async def test_an_ended_partner_has_no_tokens_and_gets_none(database: Database) -> None:
    partner = await a_partner(database)
    token = await a_token(database, Scope(ScopeKind.PARTNER, partner.id))
    assert await database.run(lambda tx: end_partner(tx, partner.id, by=SYSTEM, now=NOON))
    assert not await database.run(lambda tx: end_partner(tx, partner.id, by=SYSTEM, now=NOON))
    assert await calling(database, token.secret) is None
    with pytest.raises(PartnerEnded):
        await a_token(database, Scope(ScopeKind.PARTNER, partner.id))
    assert (await a_partner(database)).change == "changed"  # it takes part again
    assert await calling(database, token.secret) is None
    with pytest.raises(PartnerUnknown):
        await database.run(lambda tx: end_partner(tx, new_id(), by=SYSTEM, now=NOON))


async def test_a_partner_knows_itself_alone_and_a_steward_none(database: Database) -> None:
    barber, other = await a_partner(database), await a_partner(database, PartnerWish(code="mill", name="粮店"))
    caller = await calling(database, (await a_token(database, Scope(ScopeKind.PARTNER, barber.id))).secret)
    reader = await database.reader()
    assert [one.code for one in await list_partners(reader, caller)] == ["lixian"]
    assert [one.code for one in await list_partners(reader, system_principal())] == ["lixian", "mill"]
    with pytest.raises(PartnerUnknown):
        await find_partner(reader, other.id, caller)
    with pytest.raises(NotAllowed):
        await list_partners(reader, steward_principal(derived_id("steward", "x"), "赵示例"))
