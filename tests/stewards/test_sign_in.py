"""Signing in: throttled before hashing, the same answer for known and unknown, sessions that end."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.ids import new_id
from kernel.throttle import Throttled
from stewards.devices import MOST_DEVICES
from stewards.editing import EditSteward, edit_steward
from stewards.pins import check_password, check_pin
from stewards.principal import Grant
from stewards.refusals import (
    PasswordTooEasy,
    PasswordTooShort,
    PinNotSixDigits,
    PinTooEasy,
    SignInRefused,
    StaffUnknown,
    StewardUnknown,
)
from stewards.roles import Role, ScopeKind
from stewards.second_factor import FactorPolicy
from stewards.sessions import forget_sessions, revoke_sessions
from stewards.sign_in import (
    authenticate_session,
    csrf_matches,
    csrf_token,
    set_password,
    set_pin,
    sign_in_staff,
    sign_in_steward,
    sign_out,
)
from stewards.sign_in_budgets import BY_NUMBER, BY_SOURCE
from stewards.staffing import GrantWish, NewStaff, StaffSaved, end_staff, save_staff
from tests.stewards.builders import LONGTAN, a_district, a_steward, a_visit, count, doing

PIN = "730418"
NO_FACTOR = FactorPolicy(secret_key="x" * 40)
PASSWORD = "three-lanes-and-a-gate"


async def a_signed_up_steward(database: Database, clock: FixedClock) -> UUID:
    (steward_id,) = await a_district(database, a_steward())
    await set_pin(database, steward_id, PIN, by=SYSTEM, clock=clock)
    return steward_id


async def a_clerk(database: Database, clock: FixedClock) -> UUID:
    await a_district(database)
    wish = NewStaff(
        login="clerk",
        name="孙演示",
        grants=(GrantWish(role="street_admin", scope_kind="street", scope_code="110101014"),),
    )
    (saved,) = await doing(database, save_staff, [wish])
    assert isinstance(saved, StaffSaved)
    await set_password(database, saved.staff_id, PASSWORD, by=SYSTEM, clock=clock)
    return saved.staff_id


async def test_a_steward_enters_with_number_and_pin_and_leaves_by_signing_out(
    database: Database, clock: FixedClock
) -> None:
    steward_id = await a_signed_up_steward(database, clock)
    opened = await sign_in_steward(database, " 0140001 ", PIN, visit=a_visit(clock))
    reader = await database.reader()
    caller = await authenticate_session(reader, opened.secret, now=clock.now())
    assert caller is not None
    assert (caller.kind, caller.steward_id, caller.name) == ("steward", steward_id, "赵示例")
    assert caller.roles == {Role.STEWARD}
    await database.run(lambda tx: sign_out(tx, opened.secret, now=clock.now()))
    assert await authenticate_session(reader, opened.secret, now=clock.now()) is None


async def test_a_clerk_enters_with_login_and_password_and_holds_the_granted_roles(
    database: Database, clock: FixedClock
) -> None:
    staff_id = await a_clerk(database, clock)
    opened = await sign_in_staff(database, "Clerk", PASSWORD, visit=a_visit(clock), factor=NO_FACTOR)
    caller = await authenticate_session(await database.reader(), opened.secret, now=clock.now())
    assert caller is not None
    assert (caller.kind, caller.id, caller.steward_id) == ("staff", staff_id, None)
    assert caller.grants == (Grant(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN),)


async def test_neither_secret_nor_pin_stands_in_the_database(database: Database, clock: FixedClock) -> None:
    await a_signed_up_steward(database, clock)
    opened = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
    reader = await database.reader()
    stored = str([dict(row) for row in await reader.fetch("SELECT * FROM stewards_session")])
    stored += str([dict(row) for row in await reader.fetch("SELECT * FROM stewards_steward")])
    stored += str([dict(row) for row in await reader.fetch("SELECT * FROM kernel_budget")])
    stored += str([dict(row) for row in await reader.fetch("SELECT * FROM kernel_audit")])
    assert opened.secret not in stored
    assert PIN not in stored


@pytest.mark.parametrize(
    ("number", "pin"),
    [
        ("0140001", "730419"),
        ("0140001", ""),
        ("0140001", "7" * 10_000),
        ("0140001", "\ud800"),
        ("0140001", "730418\0"),
        ("9999999", PIN),
        ("", PIN),
        ("0140001\0", PIN),
        ("\ud800", PIN),
        ("9" * 10_000, PIN),
    ],
)
async def test_whatever_is_wrong_the_answer_is_the_same(
    database: Database, clock: FixedClock, number: str, pin: str
) -> None:
    await a_signed_up_steward(database, clock)
    with pytest.raises(SignInRefused) as refused:
        await sign_in_steward(database, number, pin, visit=a_visit(clock))
    assert (refused.value.pointer, refused.value.params) == (None, {})
    assert await count(database, "stewards_session") == 0


async def test_a_steward_without_a_pin_or_deceased_cannot_enter(database: Database, clock: FixedClock) -> None:
    steward_id = await a_signed_up_steward(database, clock)
    opened = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))

    async def deceased(tx: Tx) -> None:
        died_on = clock.now().date()
        await edit_steward(
            tx, EditSteward(steward_id=steward_id, status="deceased", left_on=died_on), by=SYSTEM, now=clock.now()
        )

    await database.run(deceased)
    assert await authenticate_session(await database.reader(), opened.secret, now=clock.now()) is None
    with pytest.raises(SignInRefused):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))


async def test_guessing_one_number_is_stopped_before_anything_is_hashed(database: Database, clock: FixedClock) -> None:
    await a_signed_up_steward(database, clock)
    for at in range(BY_NUMBER[-1].limit):
        with pytest.raises(SignInRefused):
            await sign_in_steward(database, "0140001", "000001", visit=a_visit(clock, source=f"10.0.0.{at}"))
    with pytest.raises(Throttled) as throttled:
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, source="10.0.1.1"))
    assert throttled.value.retry_after_s == BY_NUMBER[-1].window.total_seconds()
    clock.at += BY_NUMBER[-1].window
    await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, source="10.0.1.1"))


async def test_unknown_numbers_are_throttled_like_known_ones(database: Database, clock: FixedClock) -> None:
    await a_district(database)
    for at in range(BY_NUMBER[-1].limit):
        with pytest.raises(SignInRefused):
            await sign_in_steward(database, "9999999", PIN, visit=a_visit(clock, source=f"10.0.0.{at}"))
    with pytest.raises(Throttled):
        await sign_in_steward(database, "9999999", PIN, visit=a_visit(clock, source="10.0.1.1"))


async def test_trying_many_logins_from_one_source_is_stopped(database: Database, clock: FixedClock) -> None:
    await a_district(database)
    outcomes = await asyncio.gather(
        *(
            sign_in_staff(database, f"clerk-{at}", PASSWORD, visit=a_visit(clock), factor=NO_FACTOR)
            for at in range(BY_SOURCE[-1].limit + 5)
        ),
        return_exceptions=True,
    )
    names = [type(outcome).__name__ for outcome in outcomes]
    assert (names.count("SignInRefused"), names.count("Throttled")) == (BY_SOURCE[-1].limit, 5)


async def test_the_right_pin_costs_no_try_and_gives_no_guess_back(database: Database, clock: FixedClock) -> None:
    await a_signed_up_steward(database, clock)
    for _ in range(BY_NUMBER[-1].limit - 1):
        with pytest.raises(SignInRefused):
            await sign_in_steward(database, "0140001", "000001", visit=a_visit(clock))
    for _ in range(3):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
    with pytest.raises(SignInRefused):
        await sign_in_steward(database, "0140001", "000001", visit=a_visit(clock))
    with pytest.raises(Throttled):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, source="10.0.0.2"))


async def test_a_year_of_guessing_at_one_number_is_worth_a_ten_thousandth(
    database: Database, clock: FixedClock
) -> None:
    await a_signed_up_steward(database, clock)
    begun, guesses = clock.at, 0
    while clock.at < begun + timedelta(days=365):
        try:
            await sign_in_steward(
                database, "0140001", f"{guesses:06}", visit=a_visit(clock, source=f"10.0.{guesses % 250}.1")
            )
        except SignInRefused:
            guesses += 1
        except Throttled as throttled:
            clock.at += timedelta(seconds=throttled.retry_after_s)
    assert guesses / 10**6 <= 0.0001


async def test_a_browser_that_signed_in_before_gets_in_whatever_strangers_guess(
    database: Database, clock: FixedClock
) -> None:
    steward_id = await a_signed_up_steward(database, clock)
    known = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
    for _ in range(BY_NUMBER[-1].limit):
        with pytest.raises(SignInRefused):
            await sign_in_steward(database, "0140001", "000001", visit=a_visit(clock, source="10.9.0.1"))
    for device in (None, "", "made-up", "\ud800", "x" * 10_000):
        with pytest.raises(Throttled):
            await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, source="10.9.0.1", device=device))
    again = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, device=known.device))
    assert again.device == known.device
    for _ in range(BY_NUMBER[-1].limit):  # whoever finds the browser cannot guess for ever either
        with pytest.raises(SignInRefused):
            await sign_in_steward(
                database, "0140001", "000001", visit=a_visit(clock, source="10.9.0.1", device=known.device)
            )
    with pytest.raises(Throttled):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, source="10.9.0.1", device=known.device))
    await set_pin(database, steward_id, "962840", by=SYSTEM, clock=clock)
    fresh = await sign_in_steward(
        database, "0140001", "962840", visit=a_visit(clock, source="10.9.0.1", device=known.device)
    )
    assert fresh.device != known.device


async def test_only_the_newest_browsers_of_a_person_are_known(database: Database, clock: FixedClock) -> None:
    await a_signed_up_steward(database, clock)
    devices = []
    for _ in range(MOST_DEVICES + 1):
        clock.at += timedelta(hours=1)
        devices.append((await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))).device)
    for _ in range(BY_NUMBER[-1].limit):
        with pytest.raises(SignInRefused):
            await sign_in_steward(database, "0140001", "000001", visit=a_visit(clock, source="10.9.0.1"))
    with pytest.raises(Throttled):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, device=devices[0]))
    await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, device=devices[1]))


async def test_guesses_sent_at_once_are_counted_one_by_one(database: Database, clock: FixedClock) -> None:
    await a_signed_up_steward(database, clock)
    outcomes = await asyncio.gather(
        *(sign_in_steward(database, "0140001", "000001", visit=a_visit(clock)) for _ in range(3 * BY_NUMBER[-1].limit)),
        return_exceptions=True,
    )
    assert [type(outcome).__name__ for outcome in outcomes].count("SignInRefused") == BY_NUMBER[-1].limit


async def test_a_session_ends_by_itself_and_is_forgotten_later(database: Database, clock: FixedClock) -> None:
    await a_signed_up_steward(database, clock)
    opened = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, lifetime=timedelta(hours=1)))
    reader = await database.reader()
    clock.at += timedelta(hours=1) - timedelta(microseconds=1)
    assert await authenticate_session(reader, opened.secret, now=clock.now()) is not None
    clock.at += timedelta(microseconds=1)
    assert await authenticate_session(reader, opened.secret, now=clock.now()) is None
    assert await database.run(lambda tx: forget_sessions(tx, now=clock.now())) == 0
    assert await database.run(lambda tx: forget_sessions(tx, now=clock.now() + timedelta(days=8))) == 0
    assert await database.run(lambda tx: forget_sessions(tx, now=clock.now() + timedelta(days=181))) == 1
    assert await count(database, "stewards_session") == 0


async def test_a_new_pin_ends_the_sessions_of_the_old_one(database: Database, clock: FixedClock) -> None:
    steward_id = await a_signed_up_steward(database, clock)
    opened = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
    await set_pin(database, steward_id, "962840", by=SYSTEM, clock=clock)
    assert await authenticate_session(await database.reader(), opened.secret, now=clock.now()) is None
    with pytest.raises(SignInRefused):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))


async def test_who_leaves_the_staff_is_out_at_once(database: Database, clock: FixedClock) -> None:
    staff_id = await a_clerk(database, clock)
    opened = await sign_in_staff(database, "clerk", PASSWORD, visit=a_visit(clock), factor=NO_FACTOR)
    await database.run(lambda tx: end_staff(tx, staff_id, by=SYSTEM, now=clock.now()))
    assert await authenticate_session(await database.reader(), opened.secret, now=clock.now()) is None
    with pytest.raises(SignInRefused):
        await sign_in_staff(database, "clerk", PASSWORD, visit=a_visit(clock), factor=NO_FACTOR)


async def test_all_sessions_of_a_steward_can_be_revoked(database: Database, clock: FixedClock) -> None:
    steward_id = await a_signed_up_steward(database, clock)
    for _ in range(3):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
    assert await database.run(lambda tx: revoke_sessions(tx, steward_id=steward_id, now=clock.now())) == 3


@pytest.mark.parametrize("secret", ["", "x", "\0", "\ud800", "密", "x" * 10_000])
async def test_a_secret_that_nobody_holds_is_nobodys(database: Database, clock: FixedClock, secret: str) -> None:
    await a_signed_up_steward(database, clock)
    assert await authenticate_session(await database.reader(), secret, now=clock.now()) is None
    await database.run(lambda tx: sign_out(tx, secret, now=clock.now()))


async def test_pins_and_passwords_are_set_for_known_people_only(database: Database, clock: FixedClock) -> None:
    with pytest.raises(StewardUnknown):
        await set_pin(database, new_id(), PIN, by=SYSTEM, clock=clock)
    with pytest.raises(StaffUnknown):
        await set_password(database, new_id(), PASSWORD, by=SYSTEM, clock=clock)


def test_a_forms_token_belongs_to_one_session_and_one_server() -> None:
    token = csrf_token("server key", "session")
    assert csrf_matches("server key", "session", token)
    for wrong in ("", token[:-1], token + "0", "\ud800", csrf_token("server key", "other")):
        assert not csrf_matches("server key", "session", wrong)
    assert not csrf_matches("other key", "session", token)


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３４５６", "12 456", "-12345"])
def test_a_pin_has_six_digits(pin: str) -> None:
    with pytest.raises(PinNotSixDigits):
        check_pin(pin)


@pytest.mark.parametrize(
    "pin",
    ["000000", "123456", "654321", "890123", "135791", "121212", "123123", "123321", "112233", "666888", "147258"],
)
def test_pins_that_everybody_tries_are_refused(pin: str) -> None:
    with pytest.raises(PinTooEasy):
        check_pin(pin)


def test_a_pin_from_the_stewards_own_number_is_refused() -> None:
    check_pin("401937", number="014-0001")
    with pytest.raises(PinTooEasy):
        check_pin("401937", number="A9-401937")


@pytest.mark.parametrize("password", ["", "short", "x" * 129, "with\0nul-inside", "half\ud800surrogate"])
def test_a_password_is_long_enough_and_storable(password: str) -> None:
    with pytest.raises(PasswordTooShort):
        check_password(password)


@pytest.mark.parametrize("password", ["1234567890", "Password123", "aaaaaaaaaaaa", "my-clerk-secret"])
def test_passwords_that_everybody_tries_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooEasy):
        check_password(password, login="clerk")
