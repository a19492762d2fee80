"""The second factor of staff: asked for after the password, each code once, guesses counted, a lost phone mended."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest

from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.sealing import seal, unseal
from kernel.throttle import Throttled
from stewards.code_sign_in import enrol_and_enter, sign_in_by_code
from stewards.refusals import (
    SecondFactorKept,
    SecondFactorMissing,
    SecondFactorNeeded,
    SecondFactorRefused,
    SignInRefused,
)
from stewards.roles import Role
from stewards.second_factor import (
    RECOVERY_CODES,
    FactorPolicy,
    asked_of,
    enrol,
    factor_of,
    new_factor,
    renew_codes,
    reset_factor,
)
from stewards.sessions import SessionSecret
from stewards.sign_in import set_password, sign_in_staff
from stewards.sign_in_budgets import BY_SECOND_FACTOR
from stewards.staffing import GrantWish, NewStaff, StaffSaved, save_staff
from tests.stewards.builders import a_district, a_visit, doing

PASSWORD = "three-lanes-and-a-gate"
KEY = "k" * 40
POLICY = FactorPolicy(secret_key=KEY, asked_of=asked_of(demo=False, clerks=False))
NOBODY = FactorPolicy(secret_key=KEY)


async def a_clerk(database: Database, clock: FixedClock, role: str = "street_admin") -> UUID:
    await a_district(database)
    scope = GrantWish(role=role, scope_kind="district")
    if role == "street_admin":
        scope = GrantWish(role=role, scope_kind="street", scope_code="110101014")
    (saved,) = await doing(database, save_staff, [NewStaff(login="clerk", name="孙演示", grants=(scope,))])
    assert isinstance(saved, StaffSaved)
    await set_password(database, saved.staff_id, PASSWORD, by=SYSTEM, clock=clock)
    return saved.staff_id


async def enrolled(database: Database, staff_id: UUID, clock: FixedClock) -> tuple[str, list[str]]:
    secret, sealed = new_factor(POLICY, staff_id)
    code = code_now(secret, clock)

    async def use_case(tx: Tx) -> list[str]:
        return await enrol(tx, POLICY, staff_id, sealed, code, by=SYSTEM, now=clock.now())

    codes = await database.run(use_case)
    clock.at += timedelta(seconds=30)
    return secret, codes


def code_now(secret: str, clock: FixedClock, off_s: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()) + off_s)


async def entering(
    database: Database, clock: FixedClock, code: str | None = None, policy: FactorPolicy = POLICY
) -> SessionSecret:
    return await sign_in_staff(database, "clerk", PASSWORD, visit=a_visit(clock), factor=policy, code=code)


async def challenge(database: Database, clock: FixedClock) -> str:
    with pytest.raises(SecondFactorNeeded) as asked:
        await entering(database, clock)
    return asked.value.challenge


async def by_code(database: Database, clock: FixedClock, shown: str, code: str) -> SessionSecret:
    return await sign_in_by_code(database, shown, code, visit=a_visit(clock), factor=POLICY)


async def test_a_clerk_without_one_enters_by_password_and_with_one_shows_a_code(
    database: Database, clock: FixedClock
) -> None:
    staff_id = await a_clerk(database, clock)
    await entering(database, clock)
    secret, _ = await enrolled(database, staff_id, clock)
    shown = await challenge(database, clock)
    await by_code(database, clock, shown, code_now(secret, clock))
    clock.at += timedelta(seconds=30)
    await entering(database, clock, code_now(secret, clock))  # in one request, as clients of the API do
    with pytest.raises(SecondFactorNeeded):  # who has one shows a code, whatever the setting says
        await entering(database, clock, policy=NOBODY)


async def test_an_administrator_of_the_district_sets_one_at_the_first_sign_in(
    database: Database, clock: FixedClock
) -> None:
    staff_id = await a_clerk(database, clock, "district_admin")
    with pytest.raises(SecondFactorMissing) as asked:
        await entering(database, clock)
    secret, sealed = new_factor(POLICY, staff_id)
    common: dict[str, Any] = {"visit": a_visit(clock), "factor": POLICY}
    with pytest.raises(SecondFactorRefused):
        await enrol_and_enter(database, asked.value.challenge, sealed, "000000", **common)
    foreign = seal(KEY, "second factor", f"{asked.value.challenge[:8]} {secret}")
    with pytest.raises(SecondFactorRefused):
        await enrol_and_enter(
            database, asked.value.challenge, foreign, code_now(secret, clock), visit=a_visit(clock), factor=POLICY
        )
    _, codes = await enrol_and_enter(
        database, asked.value.challenge, sealed, code_now(secret, clock), visit=a_visit(clock), factor=POLICY
    )
    assert len(set(codes)) == RECOVERY_CODES
    with pytest.raises(SecondFactorKept):  # the same form again cannot put another in its place
        await enrol_and_enter(
            database, asked.value.challenge, sealed, code_now(secret, clock), visit=a_visit(clock), factor=POLICY
        )
    assert (await factor_of(await database.reader(), staff_id)).recovery_left == RECOVERY_CODES


def test_who_needs_one() -> None:
    assert asked_of(demo=False, clerks=False) == {Role.DISTRICT_ADMIN}
    assert Role.STREET_ADMIN in asked_of(demo=False, clerks=True)
    assert asked_of(demo=True, clerks=True) == frozenset()


async def test_a_code_is_good_once_and_for_a_minute_and_a_half(database: Database, clock: FixedClock) -> None:
    secret, _ = await enrolled(database, await a_clerk(database, clock), clock)
    shown = await challenge(database, clock)
    for off_s in (-90, 90):
        with pytest.raises(SecondFactorRefused):
            await by_code(database, clock, shown, code_now(secret, clock, off_s))
    code = code_now(secret, clock)
    await by_code(database, clock, shown, f" {code[:3]} {code[3:]} ")
    with pytest.raises(SecondFactorRefused):
        await by_code(database, clock, shown, code)


async def test_a_recovery_code_stands_in_once_and_new_ones_end_the_old(database: Database, clock: FixedClock) -> None:
    staff_id = await a_clerk(database, clock)
    secret, codes = await enrolled(database, staff_id, clock)
    shown = await challenge(database, clock)
    await by_code(database, clock, shown, codes[0].lower())
    with pytest.raises(SecondFactorRefused):
        await by_code(database, clock, shown, codes[0])
    assert (await factor_of(await database.reader(), staff_id)).recovery_left == RECOVERY_CODES - 1

    async def renew(tx: Tx) -> list[str]:
        return await renew_codes(tx, POLICY, staff_id, code_now(secret, clock), by=SYSTEM, now=clock.now())

    fresh = await database.run(renew)
    with pytest.raises(SecondFactorRefused):
        await by_code(database, clock, shown, codes[1])
    await by_code(database, clock, shown, fresh[0])


async def test_guessing_codes_is_stopped_for_this_person_alone(database: Database, clock: FixedClock) -> None:
    await enrolled(database, await a_clerk(database, clock), clock)
    shown = await challenge(database, clock)
    for _ in range(BY_SECOND_FACTOR[-1].limit):
        with pytest.raises(SecondFactorRefused):
            await by_code(database, clock, shown, "000000")
    with pytest.raises(Throttled):
        await by_code(database, clock, shown, "000000")
    # 25 tries in 30 days, three codes of a million good at a time: 13 windows in a year, after the right password.
    assert 13 * BY_SECOND_FACTOR[0].limit * 3 / 10**6 <= 0.001


@pytest.mark.parametrize("shown", ["", "x", "\ud800", "gAAAAA" * 100])
async def test_a_made_up_challenge_leads_back_to_the_password(
    database: Database, clock: FixedClock, shown: str
) -> None:
    await enrolled(database, await a_clerk(database, clock), clock)
    with pytest.raises(SignInRefused):
        await by_code(database, clock, shown, "000000")


async def test_a_challenge_ends_by_itself_and_with_the_password(database: Database, clock: FixedClock) -> None:
    staff_id = await a_clerk(database, clock)
    secret, _ = await enrolled(database, staff_id, clock)
    shown = await challenge(database, clock)
    clock.at += timedelta(minutes=11)
    with pytest.raises(SignInRefused):
        await by_code(database, clock, shown, code_now(secret, clock))
    shown = await challenge(database, clock)
    await set_password(database, staff_id, f"{PASSWORD}-2", by=SYSTEM, clock=clock)
    with pytest.raises(SignInRefused):
        await by_code(database, clock, shown, code_now(secret, clock))


async def test_after_a_reset_the_next_sign_in_sets_a_new_one(database: Database, clock: FixedClock) -> None:
    staff_id = await a_clerk(database, clock, "district_admin")
    await enrolled(database, staff_id, clock)
    assert await database.run(lambda tx: reset_factor(tx, staff_id, by=SYSTEM, now=clock.now()))
    assert not await database.run(lambda tx: reset_factor(tx, staff_id, by=SYSTEM, now=clock.now()))
    with pytest.raises(SecondFactorMissing):
        await entering(database, clock)


async def test_a_copy_of_the_database_gives_no_secret_away(database: Database, clock: FixedClock) -> None:
    secret, codes = await enrolled(database, await a_clerk(database, clock), clock)
    reader = await database.reader()
    stored = ""
    for table in ("stewards_second_factor", "stewards_recovery_code", "kernel_audit"):
        stored += str([dict(row) for row in await reader.fetch(f"SELECT * FROM {table}")])
    assert secret not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_what_is_sealed_opens_for_its_purpose_and_under_its_secret_alone() -> None:
    sealed = seal(KEY, "one", "巷口")
    assert unseal(KEY, "one", sealed) == "巷口"
    for key, purpose, text in (
        (KEY, "two", sealed),
        ("other", "one", sealed),
        (KEY, "one", sealed[:-2]),
        (KEY, "one", ""),
    ):
        assert unseal(key, purpose, text) is None
