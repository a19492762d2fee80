"""One-time cards: looking burns none, one use each, and their holder gets in whatever strangers guess."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.ids import new_id
from stewards.card_sign_in import sign_in_by_card
from stewards.editing import EditSteward, edit_steward
from stewards.own_sessions import end_sessions, open_sessions, seen
from stewards.refusals import CardRefused, PinTooEasy, SessionUnknown, SignInRefused, StewardUnknown
from stewards.sessions import SessionSecret, authenticate_session
from stewards.sign_in import set_pin, sign_in_steward
from stewards.sign_in_budgets import BY_NUMBER
from stewards.sign_in_cards import CARD_KEPT, CardIssued, forget_cards, issue_cards, read_card, spoken_secret
from tests.stewards.builders import a_district, a_steward, a_visit, count, doing

PIN, OTHER_PIN = "730418", "962840"


async def a_card(database: Database, steward_id: UUID) -> CardIssued:
    [card] = await doing(database, issue_cards, [steward_id])
    assert isinstance(card, CardIssued)
    return card


async def used(database: Database, secret: str, clock: FixedClock, pin: str = PIN) -> SessionSecret:
    return await sign_in_by_card(database, secret, pin, visit=a_visit(clock, browser="android-wechat"))


async def test_a_card_sets_the_pin_and_signs_in_however_it_is_typed(database: Database, clock: FixedClock) -> None:
    [steward_id] = await a_district(database, a_steward())
    card = await a_card(database, steward_id)
    assert len(card.secret) == 26  # 128 bits
    typed = f" {spoken_secret(card.secret).lower()} "
    shown = await read_card(await database.reader(), typed, now=clock.now())
    assert shown is not None
    assert (shown.steward_id, shown.number) == (steward_id, "0140001")
    opened = await used(database, typed, clock)
    caller = await authenticate_session(await database.reader(), opened.secret, now=clock.now())
    assert caller is not None
    assert caller.steward_id == steward_id
    await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))


async def test_looking_uses_nothing_up_and_a_second_use_is_refused(database: Database, clock: FixedClock) -> None:
    [steward_id] = await a_district(database, a_steward())
    card = await a_card(database, steward_id)
    for _ in range(3):
        assert await read_card(await database.reader(), card.secret, now=clock.now()) is not None
    with pytest.raises(PinTooEasy):  # a bad choice burns no card either
        await used(database, card.secret, clock, "123456")
    await used(database, card.secret, clock)
    assert await read_card(await database.reader(), card.secret, now=clock.now()) is None
    with pytest.raises(CardRefused):
        await used(database, card.secret, clock, OTHER_PIN)
    with pytest.raises(SignInRefused):
        await sign_in_steward(database, "0140001", OTHER_PIN, visit=a_visit(clock))


async def test_of_many_uses_at_once_one_is_first(database: Database, clock: FixedClock) -> None:
    [steward_id] = await a_district(database, a_steward())
    card = await a_card(database, steward_id)
    outcomes = await asyncio.gather(*(used(database, card.secret, clock) for _ in range(6)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CardRefused"] * 5 + ["SessionSecret"]
    assert await count(database, "stewards_session") == 1


@pytest.mark.parametrize("secret", ["", "A" * 26, "\0", "\ud800", "密" * 26, "x" * 10_000])
async def test_what_is_no_card_is_refused_like_a_used_one(database: Database, clock: FixedClock, secret: str) -> None:
    await a_district(database, a_steward())
    with pytest.raises(CardRefused) as refused:
        await used(database, secret, clock)
    assert (refused.value.pointer, refused.value.params) == (None, {})


async def test_a_newer_card_a_pin_from_staff_and_time_end_a_card(database: Database, clock: FixedClock) -> None:
    [steward_id] = await a_district(database, a_steward())
    first = await a_card(database, steward_id)
    second = await a_card(database, steward_id)
    with pytest.raises(CardRefused):
        await used(database, first.secret, clock)
    await set_pin(database, steward_id, PIN, by=SYSTEM, clock=clock)
    with pytest.raises(CardRefused):
        await used(database, second.secret, clock)
    third = await a_card(database, steward_id)
    clock.at += CARD_KEPT
    with pytest.raises(CardRefused):
        await used(database, third.secret, clock)
    later = clock.now() + timedelta(days=31)
    assert await database.run(lambda tx: forget_cards(tx, now=later)) == 3


async def test_using_a_card_ends_what_was_signed_in_before_it(database: Database, clock: FixedClock) -> None:
    [steward_id] = await a_district(database, a_steward())
    await set_pin(database, steward_id, PIN, by=SYSTEM, clock=clock)
    before = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
    card = await a_card(database, steward_id)
    assert await authenticate_session(await database.reader(), before.secret, now=clock.now()) is not None
    await used(database, card.secret, clock, OTHER_PIN)
    assert await authenticate_session(await database.reader(), before.secret, now=clock.now()) is None


async def test_the_holder_of_a_card_gets_in_whatever_strangers_guess(database: Database, clock: FixedClock) -> None:
    [steward_id] = await a_district(database, a_steward())
    await set_pin(database, steward_id, PIN, by=SYSTEM, clock=clock)
    for at in range(BY_NUMBER[-1].limit):
        with pytest.raises(SignInRefused):
            await sign_in_steward(database, "0140001", "000001", visit=a_visit(clock, source=f"10.9.0.{at}"))
    card = await a_card(database, steward_id)
    opened = await used(database, card.secret, clock, OTHER_PIN)
    # The browser is known from then on.
    await sign_in_steward(database, "0140001", OTHER_PIN, visit=a_visit(clock, device=opened.device))


async def test_nobody_unknown_or_dead_gets_a_card_and_none_lets_the_dead_in(
    database: Database, clock: FixedClock
) -> None:
    [steward_id] = await a_district(database, a_steward())
    card = await a_card(database, steward_id)

    async def deceased(tx: Tx) -> None:
        left_on = clock.now().date()
        wish = EditSteward(steward_id=steward_id, status="deceased", left_on=left_on)
        await edit_steward(tx, wish, by=SYSTEM, now=clock.now())

    await database.run(deceased)
    with pytest.raises(CardRefused):
        await used(database, card.secret, clock)
    outcomes = await doing(database, issue_cards, [steward_id, new_id()])
    assert [type(outcome) for outcome in outcomes] == [StewardUnknown, StewardUnknown]


async def test_no_secret_of_a_card_stands_in_the_database(database: Database, clock: FixedClock) -> None:
    [steward_id] = await a_district(database, a_steward())
    card = await a_card(database, steward_id)
    await used(database, card.secret, clock)
    reader = await database.reader()
    for table in ("stewards_sign_in_card", "kernel_audit", "kernel_budget", "stewards_session"):
        assert card.secret not in str([dict(row) for row in await reader.fetch(f"SELECT * FROM {table}")])


async def test_one_sees_where_one_is_signed_in_and_ends_what_is_ones_own(database: Database, clock: FixedClock) -> None:
    zhao, qian = await a_district(database, a_steward(), a_steward("0140002", name="钱样本"))
    for steward_id in (zhao, qian):
        await set_pin(database, steward_id, PIN, by=SYSTEM, clock=clock)
    phone = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, browser="android-wechat", device=None))
    clock.at += timedelta(hours=3)
    desk = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, browser="windows-edge"))
    foreign = await sign_in_steward(database, "0140002", PIN, visit=a_visit(clock))
    reader = await database.reader()
    found = await open_sessions(reader, ("steward", zhao), now=clock.now())
    assert [entry.browser for entry in found] == ["windows-edge", "android-wechat"]
    clock.at += timedelta(hours=2)
    await database.run(lambda tx: seen(tx, phone.session_id, now=clock.now()))
    found = await open_sessions(reader, ("steward", zhao), now=clock.now())
    assert (found[0].browser, found[0].seen_at) == ("android-wechat", clock.now())
    for other in (foreign.session_id, new_id()):
        with pytest.raises(SessionUnknown):
            await database.run(
                lambda tx, other=other: end_sessions(tx, ("steward", zhao), [other], by=SYSTEM, now=clock.now())
            )
    ended = await database.run(
        lambda tx: end_sessions(tx, ("steward", zhao), None, by=SYSTEM, now=clock.now(), but=phone.session_id)
    )
    assert ended == [desk.session_id]
    assert await authenticate_session(reader, desk.secret, now=clock.now()) is None
    assert await authenticate_session(reader, phone.secret, now=clock.now()) is not None
    assert await authenticate_session(reader, foreign.secret, now=clock.now()) is not None
