"""The ledger on both databases: what is posted stands, balances, repeats and reverses as the decision says."""

from datetime import date, timedelta

from kernel.database import Database
from points.balances import balance
from points.statement import statement
from tests.points.ledger_builders import (
    ANN,
    BEN,
    NOON,
    a_credit,
    a_debit,
    a_hold,
    a_reversal,
    assert_sound,
    codes,
    posting,
)

LATER = NOON + timedelta(days=1)


async def spendable(database: Database) -> int:
    return (await balance(await database.reader(), ANN, now=NOON)).spendable


async def test_a_credit_can_be_spent(database: Database) -> None:
    [credit, debit] = await posting(database, a_credit(10), a_debit(4))

    assert credit.balance_after == 10
    assert debit.balance_after == 6
    assert await spendable(database) == 6
    await assert_sound(database)


async def test_a_refused_wish_harms_no_other(database: Database) -> None:
    outcomes = await posting(
        database,
        a_credit(10, "one"),
        a_debit(11, "too much"),
        a_credit(0, "nothing"),
        a_credit(True, "not a number"),
        a_credit(5, "x" * 121),
        a_credit(7, "two"),
    )

    assert codes(outcomes) == [
        "done",
        "not_enough_points",
        "points_out_of_range",
        "points_out_of_range",
        "reference_unfit",
        "done",
    ]
    assert await spendable(database) == 17
    await assert_sound(database)


async def test_the_same_wish_again_is_a_replay_and_another_under_its_reference_is_refused(database: Database) -> None:
    [first, twin, other] = await posting(database, a_credit(10), a_credit(10), a_credit(11))
    [later, differing] = await posting(database, a_credit(10), a_credit(10, owner_id=BEN), now=LATER)

    assert codes([first, twin, other, later, differing]) == [
        "done",
        "replayed",
        "operation_differs",
        "replayed",
        "operation_differs",
    ]
    assert (later.operation_id, later.balance_after) == (first.operation_id, first.balance_after)
    assert later.recorded_at == first.recorded_at
    assert await spendable(database) == 10
    await assert_sound(database)


async def test_a_reversal_happens_once_whoever_asks_again(database: Database) -> None:
    await posting(database, a_credit(10))
    first = await posting(database, a_reversal(), a_reversal(), a_reversal(cause="other"), now=LATER)
    again = await posting(database, a_reversal(), a_reversal(cause="other"), now=LATER)

    assert codes(first) == ["done", "replayed", "already_reversed"]
    assert codes(again) == ["replayed", "already_reversed"]
    assert await spendable(database) == 0
    await assert_sound(database)


async def test_a_reversal_stands_and_an_unknown_operation_cannot_be_reversed(database: Database) -> None:
    await posting(database, a_credit(10), a_reversal())
    outcomes = await posting(database, a_reversal(("reversal", "grant:one")), a_reversal(("grant", "unknown")))

    assert codes(outcomes) == ["reversal_stands", "unknown_operation"]
    await assert_sound(database)


async def test_what_was_spent_before_a_reversal_is_owed_and_repaid_by_the_next_earnings(database: Database) -> None:
    await posting(database, a_credit(10, "one"), a_debit(6))
    [reversal] = await posting(database, a_reversal())
    assert (reversal.taken, reversal.debt_added, reversal.balance_after) == (4, 6, 0)
    [earned] = await posting(database, a_credit(10, "two"))
    assert (earned.given, earned.taken, earned.debt_repaid, earned.balance_after) == (10, 6, 6, 4)

    entries = await statement(await database.reader(), ANN)
    assert [(entry.account, entry.sign * entry.points, entry.balance_after) for entry in entries] == [
        ("debt", -6, 0),
        ("spendable", -6, 4),
        ("spendable", 10, 10),
        ("debt", 6, 6),
        ("spendable", -4, 0),
        ("spendable", -6, 4),
        ("spendable", 10, 10),
    ]
    await assert_sound(database)


async def test_a_reversed_debit_goes_back_to_the_lots_it_came_from(database: Database) -> None:
    soon, late = date(2026, 12, 31), date(2027, 12, 31)
    await posting(
        database,
        a_credit(10, "late", expires_on=late),
        a_credit(10, "soon", expires_on=soon),
        a_debit(15),
    )
    spent = await balance(await database.reader(), ANN, now=NOON)
    await posting(database, a_reversal(("redeem", "one")))
    back = await balance(await database.reader(), ANN, now=NOON)

    assert [(found.on, found.points) for found in spent.expiring] == [(late, 5)]
    assert [(found.on, found.points) for found in back.expiring] == [(soon, 10), (late, 10)]
    await assert_sound(database)


async def test_a_hold_that_was_not_settled_can_be_reversed(database: Database) -> None:
    await posting(database, a_credit(10), a_hold(6))
    held = await balance(await database.reader(), ANN, now=NOON)
    assert (held.spendable, held.held) == (4, 6)
    await posting(database, a_reversal(("order", "one")))
    back = await balance(await database.reader(), ANN, now=NOON)
    assert (back.spendable, back.held) == (10, 0)
    await assert_sound(database)


async def test_a_debit_that_was_owed_is_forgiven_when_reversed_and_repaid_parts_come_back(database: Database) -> None:
    await posting(database, a_credit(4, "one"), a_debit(10, on_shortfall="debt"), a_credit(2, "two"))
    owing = await balance(await database.reader(), ANN, now=NOON)
    assert (owing.spendable, owing.debt) == (0, 4)
    await posting(database, a_reversal(("redeem", "one")))
    clear = await balance(await database.reader(), ANN, now=NOON)

    assert (clear.spendable, clear.debt) == (6, 0)
    await assert_sound(database)


async def test_the_balance_at_each_recorded_instant_is_what_the_statement_ran_to(database: Database) -> None:
    for day in range(3):
        await posting(
            database,
            a_credit(10, f"one {day}"),
            a_debit(7, f"one {day}"),
            a_credit(5, f"two {day}"),
            now=NOON + timedelta(days=day),
        )
    reader = await database.reader()
    entries = await statement(reader, ANN)

    assert len(entries) == 9
    for entry in entries:
        then = await balance(reader, ANN, now=LATER, at=entry.recorded_at)
        before = await balance(reader, ANN, now=LATER, at=entry.recorded_at - timedelta(microseconds=1))
        assert then.spendable == entry.balance_after
        assert then.spendable - before.spendable == entry.sign * entry.points


async def test_a_clock_that_goes_back_does_not_disorder_a_history(database: Database) -> None:
    await posting(database, a_credit(10, "one"), now=LATER)
    [second] = await posting(database, a_credit(10, "two"), now=NOON)

    assert second.recorded_at > LATER
    assert await spendable(database) == 20
    await assert_sound(database)


async def test_pages_of_a_statement_join_without_gap_or_overlap(database: Database) -> None:
    await posting(
        database,
        *(a_credit(3, f"{number}") for number in range(5)),
        a_debit(20, on_shortfall="debt"),
        *(a_credit(2, f"later {number}") for number in range(5)),
    )
    reader = await database.reader()
    whole = await statement(reader, ANN, limit=100)
    for size in (1, 2, 3, 7):
        joined, cursor = [], None
        while page := await statement(reader, ANN, starting_after=cursor, limit=size):
            joined += page
            cursor = page[-1].cursor
        assert [entry.id for entry in joined] == [entry.id for entry in whole]


async def test_a_reference_under_which_another_spent_is_refused_to_the_next(database: Database) -> None:
    await posting(database, a_credit(10), a_debit(4), a_credit(10, "ben", owner_id=BEN))
    outcomes = await posting(database, a_debit(4, owner_id=BEN), a_debit(3, "own", owner_id=BEN))

    assert codes(outcomes) == ["operation_differs", "done"]
    await assert_sound(database)
