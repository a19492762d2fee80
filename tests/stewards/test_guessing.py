"""What guessing is worth: an attacker with as many addresses as he likes, over a year, against the whole district."""

import random
from datetime import timedelta

import pytest

from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from kernel.database import Database
from kernel.throttle import Throttled
from stewards.card_sign_in import sign_in_by_card
from stewards.pin_reset import budgets_of_reset
from stewards.refusals import SignInRefused
from stewards.sign_in import set_pin, sign_in_steward
from stewards.sign_in_budgets import BY_NUMBER, BY_SOURCE, OF_STRANGERS, budgets_of, count_try
from stewards.sign_in_cards import CardIssued, issue_cards
from tests.stewards.builders import a_district, a_steward, a_visit, doing

PINS = 10**6
AIM = 0.001
PIN = "730418"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_year_of_guessing_at_every_number_from_everywhere_stays_below_a_thousandth(
    database: Database, clock: FixedClock
) -> None:
    """Each try asks the same budgets as signing in, or as setting a new PIN by a code, without the hashing."""
    chance = random.Random(20_261_123)
    begun, tries = clock.at, 0
    while clock.at < begun + timedelta(days=365):
        number, source = f"01400{chance.randrange(2_064):04}", f"10.{chance.randrange(250)}.{chance.randrange(250)}.1"
        by_pin = [
            *budgets_of("source", source, BY_SOURCE),
            *budgets_of("steward", number, BY_NUMBER),
            *budgets_of("strangers", "", OF_STRANGERS),
        ]
        budgets = chance.choice([by_pin, budgets_of_reset(number, source)])  # two doors, one budget
        try:
            await count_try(database, budgets, clock)
            tries += 1
        except Throttled as throttled:
            clock.at += timedelta(seconds=throttled.retry_after_s)
    assert tries == 13 * OF_STRANGERS[0].limit  # a year of 365 days begins 13 windows of 30
    assert tries / PINS <= AIM


async def test_when_strangers_have_used_their_tries_up_owners_still_get_in(
    database: Database, clock: FixedClock
) -> None:
    zhao, qian = await a_district(database, a_steward(), a_steward("0140002", name="钱样本"))
    await set_pin(database, zhao, PIN, by=SYSTEM, clock=clock)
    known = await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
    budgets = budgets_of("strangers", "", OF_STRANGERS)
    for _ in range(OF_STRANGERS[0].limit):
        await count_try(database, budgets, clock)
    for number in ("0140001", "0140002", "9999999"):  # known and unknown alike
        with pytest.raises(Throttled):
            await sign_in_steward(database, number, PIN, visit=a_visit(clock, source="10.9.0.1"))
    await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock, device=known.device))
    [card] = await doing(database, issue_cards, [qian])
    assert isinstance(card, CardIssued)
    await sign_in_by_card(database, card.secret, PIN, visit=a_visit(clock))


async def test_right_pins_from_new_browsers_cost_strangers_budget_nothing(
    database: Database, clock: FixedClock
) -> None:
    [zhao] = await a_district(database, a_steward())
    await set_pin(database, zhao, PIN, by=SYSTEM, clock=clock)
    budgets = budgets_of("strangers", "", OF_STRANGERS)
    for _ in range(OF_STRANGERS[0].limit - 1):
        await count_try(database, budgets, clock)
    for _ in range(2):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
    with pytest.raises(SignInRefused):
        await sign_in_steward(database, "0140001", "000001", visit=a_visit(clock))
    with pytest.raises(Throttled):
        await sign_in_steward(database, "0140001", PIN, visit=a_visit(clock))
