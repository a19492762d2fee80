"""Purses, ceilings, budgets, pools and minutes on both databases."""

import asyncio
from datetime import date

import pytest

from kernel.database import Database
from points.balances import Balance, balance, balances
from points.wishes import Ceiling, Close, Defund, Minutes
from tests.points.ledger_builders import (
    ANN,
    BEN,
    NOON,
    STREET,
    TEAM,
    a_capture,
    a_credit,
    a_debit,
    a_funding,
    a_hold,
    a_move,
    a_reversal,
    an_expiry,
    assert_sound,
    codes,
    posting,
    steward,
)

SOON, LATE = date(2026, 12, 31), date(2027, 12, 31)


async def standing(database: Database) -> Balance:
    return await balance(await database.reader(), ANN, now=NOON)


async def left_of(database: Database) -> tuple[int, int]:
    """The street's budget and the team's pool."""
    reader = await database.reader()
    return (
        (await balances(reader, [STREET], purse="budget"))[STREET],
        (await balances(reader, [TEAM], purse="pool"))[TEAM],
    )


async def test_each_purse_is_spent_on_what_it_is_for_and_honour_on_nothing(database: Database) -> None:
    await posting(database, *(a_credit(10, purse, purse=purse) for purse in ("services", "donation", "honour")))
    outcomes = await posting(
        database,
        a_debit(1, "one", purses=("honour",)),
        a_debit(1, "two", purses=("services",), to_kind="donated"),
        a_debit(1, "three", purses=("donation",)),
        a_debit(1, "four", purses=("services",)),
        a_debit(1, "five", purses=("donation",), to_kind="donated"),
    )

    assert codes(outcomes) == ["purse_unfit", "purse_unfit", "purse_unfit", "done", "done"]
    found = await standing(database)
    assert (found.spendable, found.services, found.donation, found.honour) == (0, 9, 9, 10)
    await assert_sound(database)


@pytest.mark.parametrize(
    ("overflow_to", "honour", "donation"), [("honour", 7, 0), ("donation", 0, 7), ("donated", 0, 0)]
)
async def test_what_exceeds_a_ceiling_goes_elsewhere_in_the_same_operation(
    database: Database, overflow_to: str, honour: int, donation: int
) -> None:
    ceiling = Ceiling(most=12, overflow_to=overflow_to)
    await posting(database, a_credit(9), a_credit(10, "two", ceiling=ceiling))
    found = await standing(database)
    assert (found.spendable, found.honour, found.donation) == (12, honour, donation)

    await posting(database, a_reversal(("grant", "two")))
    after = await standing(database)
    assert (after.spendable, after.honour, after.donation, after.debt) == (9, 0, 0, 0)
    await assert_sound(database)


async def test_what_repays_a_debt_does_not_count_against_a_ceiling(database: Database) -> None:
    await posting(database, a_debit(8, on_shortfall="debt"))
    [credit] = await posting(database, a_credit(10, ceiling=Ceiling(most=5, overflow_to="honour")))
    found = await standing(database)

    assert credit.debt_repaid == 8
    assert (found.spendable, found.honour, found.debt) == (2, 0, 0)
    await assert_sound(database)


async def test_a_street_gives_what_its_budget_holds_and_is_told_what_is_left(database: Database) -> None:
    outcomes = await posting(
        database,
        a_funding(15, ceiling=20),
        a_funding(6, "two", ceiling=20),
        a_credit(10, "one", budget_id=STREET),
        a_credit(10, "two", budget_id=STREET, owner_id=BEN),
        a_credit(5, "three", budget_id=STREET, owner_id=BEN),
        Defund(budget_id=STREET, points=1, reason="defund", reference="one", occurred_at=NOON),
    )

    assert codes(outcomes) == ["done", "budget_full", "done", "budget_exhausted", "done", "budget_exhausted"]
    assert outcomes[1].params == {"room": 5}
    assert outcomes[3].params == {"needed": 10, "left": 5}
    assert await left_of(database) == (0, 0)
    await assert_sound(database)


async def test_a_reversal_makes_the_budget_whole_though_the_steward_has_spent_and_owes(database: Database) -> None:
    await posting(database, a_funding(10), a_credit(10, budget_id=STREET), a_debit(6))
    await posting(database, a_reversal())
    owing = await standing(database)
    whole, _ = await left_of(database)
    await posting(database, a_credit(6, "later"))
    clear = await standing(database)

    assert (owing.spendable, owing.debt, whole) == (0, 6, 10)
    assert (clear.spendable, clear.debt) == (0, 0)
    await assert_sound(database)


async def test_a_pool_shares_points_that_keep_their_last_days(database: Database) -> None:
    pool = {"owner_id": TEAM, "purse": "pool"}
    await posting(database, a_credit(5, "soon", expires_on=SOON, **pool), a_credit(5, "late", expires_on=LATE, **pool))
    outcomes = await posting(database, a_move(8), a_move(3, "two"))

    assert codes(outcomes) == ["done", "not_enough_points"]
    assert {part.on: part.points for part in (await standing(database)).expiring} == {SOON: 5, LATE: 3}
    await posting(database, a_debit(6), a_reversal(("share", "one")))
    found = await standing(database)
    assert (found.spendable, found.debt, await left_of(database)) == (0, 6, (0, 10))
    await assert_sound(database)


async def test_points_do_not_go_from_person_to_person(database: Database) -> None:
    outcomes = await posting(
        database, a_credit(10), a_move(1, owner_id=ANN, to_owner=BEN, purse="spendable", to_purse="spendable")
    )

    assert codes(outcomes) == ["done", "purse_unfit"]


async def test_a_team_that_has_spent_what_was_moved_to_it_refuses_the_reversal(database: Database) -> None:
    await posting(
        database,
        a_credit(10),
        a_move(10, owner_id=ANN, to_owner=TEAM, purse="spendable", to_purse="pool"),
        a_debit(4, owner_id=TEAM, purses=("pool",), to_kind="donated"),
    )
    [refused] = await posting(database, a_reversal(("share", "one")))

    assert refused.params == {"needed": 10, "available": 6}
    await assert_sound(database)


async def test_what_expired_unspent_is_not_owed_when_its_credit_is_reversed(database: Database) -> None:
    await posting(database, a_credit(10, expires_on=SOON), a_debit(3), an_expiry(LATE))
    await posting(database, a_reversal())
    found = await standing(database)
    again = await posting(database, a_reversal(("expiry", "one")))

    assert (found.spendable, found.debt) == (0, 3)
    assert codes(again) == ["already_settled"]
    await assert_sound(database)


async def test_expiry_takes_each_lot_on_its_day_from_every_purse_and_once(database: Database) -> None:
    await posting(
        database,
        a_credit(5, "soon", expires_on=SOON),
        a_credit(5, "services", expires_on=SOON, purse="services"),
        a_credit(5, "late", expires_on=LATE),
        a_credit(5, "never"),
    )
    outcomes = await posting(
        database, an_expiry(SOON, "early"), an_expiry(date(2027, 1, 1)), an_expiry(date(2027, 1, 1), "again")
    )

    assert codes(outcomes) == ["nothing_to_expire", "done", "nothing_to_expire"]
    found = await standing(database)
    assert (found.spendable, found.services) == (10, 0)
    await assert_sound(database)


async def test_an_account_is_closed_once_its_orders_are_and_keeps_its_honour(database: Database) -> None:
    closing = {"owner_id": ANN, "reason": "close", "occurred_at": NOON}
    await posting(database, a_credit(10), a_credit(4, "honour", purse="honour"), a_hold(3))
    outcomes = await posting(
        database,
        Close(reference="early", **closing),
        a_capture(3),
        Close(reference="one", **closing),
        Close(reference="two", **closing),
    )

    assert codes(outcomes) == ["still_held", "done", "done", "nothing_left"]
    found = await standing(database)
    assert (found.spendable, found.held, found.honour) == (0, 0, 4)
    await assert_sound(database)


async def test_minutes_are_counted_apart_from_points_and_taken_back_by_a_reversal(database: Database) -> None:
    log = {"owner_id": ANN, "reason": "log", "occurred_at": NOON}
    outcomes = await posting(
        database, Minutes(minutes=90, reference="one", **log), Minutes(minutes=30, reference="two", **log)
    )
    [again] = await posting(database, Minutes(minutes=90, reference="one", **log))
    await posting(database, a_reversal(("log", "two")))

    assert codes([*outcomes, again]) == ["done", "done", "replayed"]
    found = await standing(database)
    assert (found.spendable, found.minutes) == (0, 90)
    await assert_sound(database)


async def test_the_replay_of_what_left_the_purse_alone_tells_what_could_be_spent_then(database: Database) -> None:
    await posting(database, a_credit(7), a_credit(4, "honour", purse="honour"))
    await posting(database, a_credit(5, "later"))
    [again] = await posting(database, a_credit(4, "honour", purse="honour"))

    assert again.replayed
    assert (again.given, again.balance_after) == (4, 7)


async def test_of_many_who_are_paid_at_once_a_budget_pays_as_far_as_it_holds(database: Database) -> None:
    await posting(database, a_funding(25))
    outcomes = await asyncio.gather(
        *(
            posting(database, a_credit(10, f"{number}", budget_id=STREET, owner_id=steward(f"{number}")))
            for number in range(5)
        )
    )

    assert sorted(code for batch in outcomes for code in codes(batch)) == ["budget_exhausted"] * 3 + ["done"] * 2
    assert (await left_of(database))[0] == 5
    await assert_sound(database)
