"""What purses, ceilings, minutes, complaints and budgets of the rules do in the ledger, on both databases."""

from typing import Any
from uuid import UUID

from kernel.database import Database
from points.award import AwardOutcome
from points.balances import Balance, balance
from points.wishes import Fund
from tests.points.ledger_builders import ANN, BEN, NOON, assert_sound, codes, crediting, posting, publishing, reversing
from tests.points.rule_builders import a_cap, an_event

STREET = UUID(int=1)
BY_THE_CLOCK: dict[str, Any] = {
    "tariffs": {"service": {"per_minutes": {"points": 10, "minutes": 60}}, "case_verified": {"points": 6}},
    "solved_bonus": None,
    "service_minutes": {"most_per_activity": 120, "events": ["service"]},
}


def hours(reference: str, minutes: int = 60, **changes: Any) -> Any:
    """Ann's service."""
    return an_event("service", reference=reference, minutes=minutes, category=None, **changes)


def case(number: int, **changes: Any) -> Any:
    return an_event(reference=f"case {number}/verified/1", **changes)


async def of(database: Database, steward: UUID = ANN) -> Balance:
    return await balance(await database.reader(), steward, now=NOON)


async def test_hours_that_were_entered_afterwards_are_honour(database: Database) -> None:
    await publishing(database, **BY_THE_CLOCK, purses={"by_origin": {"back_fill": "honour"}})
    entered, checked_in = await crediting(database, hours("a", origin="back_fill"), hours("b", origin="check_in"))
    assert isinstance(entered, AwardOutcome)
    assert isinstance(checked_in, AwardOutcome)
    assert (entered.balance_after, checked_in.balance_after) == (None, 10)
    standing = await of(database)
    assert (standing.honour, standing.spendable, standing.lifetime, standing.minutes) == (10, 10, 20, 120)
    [again] = await crediting(database, hours("a", origin="back_fill"))
    assert isinstance(again, AwardOutcome)
    assert (again.replayed, again.balance_after) == (True, None)
    await assert_sound(database)


async def test_service_time_is_kept_apart_and_goes_with_its_award(database: Database) -> None:
    await publishing(database, **BY_THE_CLOCK)
    await crediting(database, hours("long", 300), hours("short", 30), case(1, minutes=45))
    standing = await of(database)
    assert (standing.minutes, standing.spendable) == (150, 61)
    await reversing(database, ("service", "long"))
    await reversing(database, ("service", "long"))  # again changes nothing
    standing = await of(database)
    assert (standing.minutes, standing.spendable) == (30, 11)
    await assert_sound(database)


async def test_an_upheld_complaint_leaves_an_award_of_nothing(database: Database) -> None:
    await publishing(database, **BY_THE_CLOCK, complaints={"zero": ["service"]})
    outcomes = await crediting(database, hours("bad", complained=True), hours("good"))
    assert [outcome.points for outcome in outcomes if isinstance(outcome, AwardOutcome)] == [0, 10]
    assert (await of(database)).minutes == 60
    await assert_sound(database)


async def test_what_is_above_a_ceiling_overflows_and_comes_back_with_a_reversal(database: Database) -> None:
    await publishing(database, balance_caps={"spendable": {"most": 10, "overflow_to": "honour"}})
    await crediting(database, case(1), case(2), case(3))
    standing = await of(database)
    assert (standing.spendable, standing.honour, standing.lifetime) == (10, 8, 18)
    await reversing(database, ("case_verified", "case 3/verified/1"))
    standing = await of(database)
    assert (standing.spendable, standing.honour, standing.lifetime) == (10, 2, 12)
    await assert_sound(database)


async def test_what_is_above_a_ceiling_may_be_donated_at_once(database: Database) -> None:
    await publishing(database, balance_caps={"spendable": {"most": 10, "overflow_to": "donated"}})
    await crediting(database, case(1), case(2))
    standing = await of(database)
    assert (standing.spendable, standing.lifetime) == (10, 12)
    await assert_sound(database)


async def test_a_street_pays_from_its_budget_and_what_it_cannot_pay_uses_no_cap(database: Database) -> None:
    budget = {"paid_by": "street", "most": 100}
    await publishing(database, budget=budget, caps=[a_cap(limit=12)])
    await posting(
        database,
        Fund(budget_id=STREET, points=14, reason="fund", reference="one", occurred_at=NOON, ceiling=100),
    )
    outcomes = await crediting(database, case(1), case(2), case(3, steward_id=BEN), case(4, category=None))
    assert codes(outcomes) == ["done", "done", "budget_exhausted", "category_missing"]
    await posting(
        database,
        Fund(budget_id=STREET, points=50, reason="fund", reference="two", occurred_at=NOON, ceiling=100),
    )
    outcomes = await crediting(database, case(3, steward_id=BEN), case(5, steward_id=BEN), case(6, steward_id=BEN))
    assert [outcome.points for outcome in outcomes if isinstance(outcome, AwardOutcome)] == [6, 6, 0]
    await assert_sound(database)


async def test_what_comes_back_to_a_budget_pays_for_the_top_up(database: Database) -> None:
    await publishing(database, budget={"paid_by": "street", "most": 100}, caps=[a_cap(limit=8, per="lane")])
    await posting(
        database, Fund(budget_id=STREET, points=8, reason="fund", reference="one", occurred_at=NOON, ceiling=100)
    )
    [first] = await crediting(database, case(1))
    [second] = await crediting(database, case(2, steward_id=BEN))
    assert isinstance(first, AwardOutcome)
    assert isinstance(second, AwardOutcome)
    assert (first.points, second.points) == (6, 2)
    [outcome] = await reversing(database, ("case_verified", "case 1/verified/1"))
    assert [top_up.points for top_up in outcome.top_ups] == [4]
    await assert_sound(database)
