"""Points held for orders on both databases: captured in parts, released to where they came from, refunded."""

import asyncio
from datetime import date, timedelta

from kernel.database import Database
from points.balances import Balance, balance
from tests.points.ledger_builders import (
    ANN,
    NOON,
    a_capture,
    a_credit,
    a_debit,
    a_hold,
    a_refund,
    a_release,
    a_reversal,
    assert_sound,
    codes,
    posting,
)

SOON, LATE = date(2026, 12, 31), date(2027, 12, 31)
NEW_YEAR = NOON + timedelta(days=120)  # after SOON


async def standing(database: Database) -> Balance:
    return await balance(await database.reader(), ANN, now=NOON)


def expiring(found: Balance) -> dict[date, int]:
    return {part.on: part.points for part in found.expiring}


async def test_held_points_can_be_spent_by_nothing_else(database: Database) -> None:
    outcomes = await posting(database, a_credit(10), a_hold(6), a_debit(5), a_hold(5, "another"), a_hold(4, "third"))

    assert codes(outcomes) == ["done", "done", "not_enough_points", "not_enough_points", "done"]
    found = await standing(database)
    assert (found.spendable, found.held) == (0, 10)
    await assert_sound(database)


async def test_a_hold_is_captured_and_released_in_parts_and_no_further(database: Database) -> None:
    await posting(database, a_credit(10), a_hold(10))
    outcomes = await posting(
        database,
        a_capture(4, "one"),
        a_release(3, "one"),
        a_capture(2, "two"),
        a_release(2, "two"),
        a_release(1, "three"),
        a_capture(1, "three"),
    )

    assert codes(outcomes) == ["done", "done", "done", "hold_settled", "done", "hold_settled"]
    assert outcomes[3].params == {"needed": 2, "left": 1}
    found = await standing(database)
    assert (found.spendable, found.held) == (4, 0)
    await assert_sound(database)


async def test_settling_again_under_the_same_reference_is_a_replay(database: Database) -> None:
    await posting(database, a_credit(10), a_hold(10), a_capture(4))
    outcomes = await posting(database, a_hold(10), a_capture(4), a_capture(5), a_release(6), a_release(6))

    assert codes(outcomes) == ["replayed", "replayed", "operation_differs", "done", "replayed"]
    assert outcomes[1].balance_after == 0
    assert outcomes[4].balance_after == 6
    await assert_sound(database)


async def test_what_is_released_goes_back_to_the_lots_it_came_from_the_latest_first(database: Database) -> None:
    await posting(database, a_credit(5, "soon", expires_on=SOON), a_credit(5, "late", expires_on=LATE), a_hold(8))
    await posting(database, a_release(2))
    partly = expiring(await standing(database))
    await posting(database, a_capture(3), a_release(3, "two"))
    whole = expiring(await standing(database))

    assert partly == {LATE: 4}
    assert whole == {SOON: 2, LATE: 5}
    await assert_sound(database)


async def test_what_expired_while_it_was_held_gets_days_of_grace(database: Database) -> None:
    await posting(database, a_credit(5, "soon", expires_on=SOON), a_credit(5, "late", expires_on=LATE), a_hold(8))
    await posting(database, a_release(8, grace_days=30), now=NEW_YEAR)
    found = expiring(await standing(database))

    assert found == {LATE: 5, date(2027, 3, 2): 5}
    await assert_sound(database)


async def test_without_grace_what_expired_on_hold_comes_back_as_it_was(database: Database) -> None:
    await posting(database, a_credit(5, expires_on=SOON), a_hold(5))
    await posting(database, a_release(5), now=NEW_YEAR)

    assert expiring(await standing(database)) == {SOON: 5}
    await assert_sound(database)


async def test_a_capture_is_refunded_to_the_lots_and_at_most_once(database: Database) -> None:
    await posting(database, a_credit(5, "soon", expires_on=SOON), a_credit(5, "late", expires_on=LATE), a_hold(8))
    await posting(database, a_capture(8))
    outcomes = await posting(
        database, a_refund(2, "one"), a_refund(7, "two"), a_refund(6, "three"), a_refund(1, "four")
    )

    assert codes(outcomes) == ["done", "capture_refunded", "done", "capture_refunded"]
    assert outcomes[1].params == {"needed": 7, "left": 6}
    assert expiring(await standing(database)) == {SOON: 5, LATE: 5}
    await assert_sound(database)


async def test_an_earning_reversed_while_its_points_are_held_is_owed_and_repaid_from_what_is_released(
    database: Database,
) -> None:
    await posting(database, a_credit(10), a_hold(7))
    await posting(database, a_reversal())
    owing = await standing(database)
    [released] = await posting(database, a_release(7))
    clear = await standing(database)

    assert (owing.spendable, owing.held, owing.debt) == (0, 7, 7)
    assert (released.given, released.debt_repaid) == (7, 7)
    assert (clear.spendable, clear.held, clear.debt) == (0, 0, 0)
    await assert_sound(database)


async def test_what_is_no_hold_cannot_be_settled_and_settlements_are_not_reversed(database: Database) -> None:
    await posting(database, a_credit(10), a_credit(10, "one", reason="order"), a_hold(4, "held"), a_debit(2))
    settled = {"hold": ("order", "held")}
    outcomes = await posting(
        database,
        a_capture(1, "one"),
        a_capture(1, "two", hold=("order", "unknown")),
        a_refund(1, "three", capture=("redeem", "one")),
        a_capture(1, "four", **settled),
        a_reversal(("collect", "four")),
        a_reversal(("order", "held")),
    )

    assert codes(outcomes) == [
        "unknown_hold",
        "unknown_hold",
        "unknown_capture",
        "done",
        "settlement_stands",
        "already_settled",
    ]
    await assert_sound(database)


async def test_of_two_purses_the_first_one_named_is_held_first_and_returned_last(database: Database) -> None:
    await posting(
        database,
        a_credit(5, "services", purse="services"),
        a_credit(5, "any"),
        a_hold(8, purses=("services", "spendable")),
    )
    await posting(database, a_release(4))
    partly = await standing(database)
    outcomes = await posting(database, a_capture(1, to_kind="donated"), a_capture(4))

    assert (partly.spendable, partly.services, partly.held) == (5, 1, 4)
    assert codes(outcomes) == ["purse_unfit", "done"]
    await assert_sound(database)


async def test_of_many_who_settle_a_hold_at_once_no_more_goes_than_was_held(database: Database) -> None:
    await posting(database, a_credit(10), a_hold(10))
    outcomes = await asyncio.gather(
        *(posting(database, a_capture(3, f"{number}")) for number in range(4)),
        *(posting(database, a_release(2, f"{number}")) for number in range(4)),
    )
    answered = sorted(code for batch in outcomes for code in codes(batch))

    found = await standing(database)
    assert set(answered) == {"done", "hold_settled"}
    assert found.held in {0, 1}
    assert found.spendable % 2 == 0
    await assert_sound(database)
