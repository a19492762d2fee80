"""Events become points on both databases: caps, replays, reversals and the top-ups that follow them."""

from datetime import UTC, datetime, timedelta

from kernel.database import Database, Tx
from points.assess import EarningEvent
from points.award import AwardOutcome, Reversed
from points.balances import balance
from points.earning import reverse_transfer
from points.statement import statement
from tests.points.ledger_builders import (
    ANN,
    BEN,
    NOON,
    a_debit,
    a_reversal,
    assert_sound,
    codes,
    crediting,
    posting,
    publishing,
    reversing,
)
from tests.points.rule_builders import a_cap, an_event


def a_case(number: int, *, steward: object = ANN, at: datetime = NOON, **changes: object) -> EarningEvent:
    """A verified case of road damage, worth 6."""
    return an_event(reference=f"case {number}/verified/1", steward_id=steward, occurred_at=at, **changes)


def key(number: int) -> tuple[str, str]:
    return ("case_verified", f"case {number}/verified/1")


def points(outcomes: list[object]) -> list[int]:
    return [outcome.points for outcome in outcomes if isinstance(outcome, AwardOutcome)]


async def spendable(database: Database, steward: object = ANN) -> int:
    return (await balance(await database.reader(), steward, now=NOON)).spendable


async def test_events_of_a_batch_see_what_those_before_them_used(database: Database) -> None:
    await publishing(database, caps=[a_cap(limit=10)])
    outcomes = await crediting(database, a_case(1), a_case(2), a_case(3), a_case(4, steward=BEN))

    assert points(outcomes) == [6, 4, 0, 6]
    assert [outcome.balance_after for outcome in outcomes if isinstance(outcome, AwardOutcome)] == [6, 10, None, 6]
    assert await spendable(database) == 10
    await assert_sound(database)


async def test_a_replay_answers_what_was_given_whatever_the_caps_are_by_now(database: Database) -> None:
    await publishing(database, caps=[a_cap(limit=10)])
    first = await crediting(database, a_case(1), a_case(2))
    again = await crediting(database, a_case(2), a_case(1), a_case(1, category=None), a_case(1, hazard=True))

    assert codes(again) == ["replayed", "replayed", "operation_differs", "operation_differs"]
    assert points(again) == [4, 6]
    assert (again[0].award_id, again[0].receipt, again[0].balance_after) == (
        first[1].award_id,
        first[1].receipt,
        first[1].balance_after,
    )
    await assert_sound(database)


async def test_an_event_told_twice_in_one_batch_counts_once(database: Database) -> None:
    await publishing(database)
    outcomes = await crediting(database, a_case(1), a_case(1), a_case(1, steward=BEN))

    assert codes(outcomes) == ["done", "replayed", "operation_differs"]
    assert await spendable(database) == 6
    await assert_sound(database)


async def test_an_event_that_cannot_be_assessed_harms_no_other(database: Database) -> None:
    tariffs = {"case_verified": {"points_from": "category"}, "false_report": {"deducts": 10}}
    await publishing(database, tariffs=tariffs, solved_bonus=None)
    outcomes = await crediting(
        database,
        a_case(1, category="unheard_of"),
        a_case(2, at=datetime(2025, 1, 1, tzinfo=UTC)),
        a_case(3),
        a_case(4, event="false_report"),
    )

    assert codes(outcomes) == ["unknown_category", "no_rules_in_force", "done", "event_deducts"]
    assert await spendable(database) == 6
    await assert_sound(database)


async def test_days_and_months_of_caps_are_those_of_beijing(database: Database) -> None:
    await publishing(database, caps=[a_cap(period="day", limit=6)])
    last = datetime(2026, 10, 31, 15, 59, 59, 999_999, tzinfo=UTC)  # 23:59:59.999999 in Beijing
    outcomes = await crediting(
        database, a_case(1, at=last), a_case(2, at=last), a_case(3, at=last + timedelta(microseconds=1))
    )
    assert points(outcomes) == [6, 0, 6]
    await assert_sound(database)


async def test_a_reversal_tops_up_the_oldest_cut_award_as_far_as_its_windows_allow(database: Database) -> None:
    await publishing(database, caps=[a_cap(limit=10)])
    await crediting(database, a_case(1), a_case(2), a_case(3))  # 6, 4 of 6, 0 of 6
    [outcome] = await reversing(database, key(1))

    assert (outcome.points_taken, outcome.debt) == (6, 0)
    assert [top_up.points for top_up in outcome.top_ups] == [2, 4]
    assert await spendable(database) == 10
    entries = await statement(await database.reader(), ANN)
    assert [(entry.reason, entry.sign * entry.points) for entry in entries[:3]] == [
        ("top_up", 4),
        ("top_up", 2),
        ("reversal", -6),
    ]
    assert entries[2].reverses == key(1)
    assert entries[4].reversed_by_id == entries[2].operation_id
    await assert_sound(database)


async def test_an_award_goes_with_its_top_ups_and_once(database: Database) -> None:
    await publishing(database, caps=[a_cap(limit=10)])
    await crediting(database, a_case(1), a_case(2), a_case(3))
    [first] = await reversing(database, key(1))
    [second, twin] = await reversing(database, key(2), key(2))
    assert second.points_taken == 6  # 4 and the 2 that it was topped up by
    assert [top_up.points for top_up in second.top_ups] == [2]
    assert codes([twin]) == ["replayed"]
    assert codes(await reversing(database, key(2), key(2), cause="something else")) == ["already_reversed"] * 2
    [again] = await reversing(database, key(2))
    assert again.replayed
    assert again.points_taken == 6
    assert codes(await reversing(database, first.top_ups[1].award_id, ("case_verified", "none"))) == [
        "reverse_the_original",
        "unknown_award",
    ]
    assert codes(await reversing(database, ("reversal", "case_verified:case 1/verified/1"))) == ["reversal_stands"]
    assert await spendable(database) == 6
    await assert_sound(database)


async def test_a_batch_that_reverses_a_cut_award_does_not_top_it_up_first(database: Database) -> None:
    await publishing(database, caps=[a_cap(limit=10)])
    await crediting(database, a_case(1), a_case(2), a_case(3))
    [first, second] = await reversing(database, key(1), key(2))

    assert [top_up.points for top_up in (*first.top_ups, *second.top_ups)] == [6]
    assert await spendable(database) == 6
    await assert_sound(database)


async def test_an_award_of_nothing_is_recorded_as_reversed_and_gives_nothing_back(database: Database) -> None:
    await publishing(database, caps=[a_cap(limit=6)])
    await crediting(database, a_case(1), a_case(2))
    [outcome] = await reversing(database, key(2))

    assert (outcome.points_taken, outcome.debt, outcome.operation_id, outcome.top_ups) == (0, 0, None, ())
    assert codes(await reversing(database, key(2), cause="again")) == ["already_reversed"]
    [other] = await reversing(database, key(1))
    assert other.top_ups == ()  # the cut one is reversed and gets nothing
    assert await spendable(database) == 0
    await assert_sound(database)


async def test_a_top_up_never_passes_another_window_that_is_full(database: Database) -> None:
    lane_day = a_cap(code="lane_day", per="lane", period="day", limit=8)
    await publishing(database, caps=[a_cap(limit=10), lane_day])
    tomorrow = NOON + timedelta(days=1)
    # Ben fills the lane's day, Ann is cut to 2 there and fills her month elsewhere.
    outcomes = await crediting(
        database, a_case(1, steward=BEN), a_case(2), a_case(3, at=tomorrow), a_case(4, at=tomorrow)
    )
    assert points(outcomes) == [6, 2, 6, 2]
    [outcome] = await reversing(database, key(1))
    assert outcome.top_ups == ()  # her month is full
    [outcome] = await reversing(database, key(3))
    # Her month has room for 6 again: the lane had cut her first case, nobody else's.
    assert [top_up.points for top_up in outcome.top_ups] == [4, 2]
    await assert_sound(database)


async def test_times_are_given_back_and_taken_like_points(database: Database) -> None:
    once_a_day = a_cap(code="patrol_day", period="day", counts="times", limit=1, events=["patrol"])
    await publishing(database, caps=[once_a_day])
    morning, evening = (an_event("patrol", reference=f"patrol {half}", category=None) for half in ("am", "pm"))
    assert points(await crediting(database, morning, evening)) == [1, 0]
    [outcome] = await reversing(database, ("patrol", "patrol am"))
    assert [top_up.points for top_up in outcome.top_ups] == [1]
    assert points(await crediting(database, an_event("patrol", reference="patrol late", category=None))) == [0]
    await assert_sound(database)


async def test_the_reversal_of_an_award_whose_points_are_spent_is_owed(database: Database) -> None:
    await publishing(database)
    await crediting(database, a_case(1))
    await posting(database, a_debit(5))
    [outcome] = await reversing(database, key(1))
    assert (outcome.points_taken, outcome.debt) == (1, 5)
    await crediting(database, a_case(2))
    standing = await balance(await database.reader(), ANN, now=NOON)
    assert (standing.spendable, standing.debt, standing.lifetime) == (1, 0, 6)
    await assert_sound(database)


async def test_reversing_a_transfer_of_an_award_is_reversing_the_award(database: Database) -> None:
    await publishing(database, caps=[a_cap(limit=10)])
    await crediting(database, a_case(1), a_case(2))
    await posting(database, a_debit(3))
    entries = await statement(await database.reader(), ANN)

    async def use_case(tx: Tx) -> list[Reversed]:
        return [
            await reverse_transfer(tx, entry.id, cause="audit", now=NOON, actor_id=None)
            for entry in (entries[2], entries[0])
        ]

    award, debit = await database.run(use_case)
    assert [top_up.points for top_up in award.top_ups] == [2]
    assert (debit.award_id, debit.points_returned) == (None, 3)
    assert await spendable(database) == 6
    assert codes(await posting(database, a_reversal(("redeem", "one"), cause="audit"))) == ["replayed"]
    await assert_sound(database)
