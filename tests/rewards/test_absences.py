"""No-shows: counted once each, excused, and what the rules make of them; levels and titles as gates."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cases.handling import CaseStep
from cases.wording import CaseAction
from kernel.database import Database
from kernel.errors import Refusal
from points.rules import NoShows
from rewards.absences import Suspension, suspension
from rewards.appointment_steps import (
    AbsenceExcuse,
    AppointmentMiss,
    AppointmentMove,
    excuse_absences,
    list_appointments,
    miss_appointments,
    move_appointments,
)
from rewards.appointments import Booking, book_orders
from rewards.shelf_state import stock_id_of
from rewards.slots import SlotWish, save_slots
from rewards.titles.awards import Imported, PastTitle, Revocation, import_titles, revoke_awards
from stewards.inbox import read_inbox
from stewards.principal import steward_principal, system_principal
from tests.cases.district import DISTRICT_ADMIN, DONGSI_ADMIN, LONGTAN_ADMIN, a_case_district, a_report
from tests.rewards.scarce import only
from tests.rewards.shop import CODES, PLAIN, Shop, a_counter, a_shop
from tests.stewards.builders import NOON, TODAY

days = st.lists(st.dates(date(2025, 10, 1), date(2027, 3, 31)), max_size=12)


def _naive(missed: list[date], most: int, period: str, length: int) -> Suspension | None:
    """Each day in turn, with everything before it in its month or year counted again."""
    found = None
    for at, day in enumerate(sorted(missed)):
        alike = [
            one
            for one in sorted(missed)[: at + 1]
            if one.year == day.year and (period == "year" or one.month == day.month)
        ]
        if len(alike) >= most:
            found = Suspension(no_shows=len(alike), until=day + timedelta(days=length))
    return found


@given(days, st.integers(1, 5), st.sampled_from(["month", "year"]), st.integers(1, 90))
def test_the_absence_that_reaches_the_limit_suspends_and_so_does_each_after_it(
    missed: list[date], most: int, period: Any, length: int
) -> None:
    rule = NoShows(most=most, period=period, suspend_days=length)
    assert suspension(missed, rule) == _naive(missed, most, period, length)


@given(days, st.sampled_from(["warn", "leave"]))
def test_rules_that_do_not_suspend_suspend_nobody(missed: list[date], then: Any) -> None:
    assert suspension(missed, NoShows(most=1, then=then)) is None


TWICE = {**PLAIN, "sanctions": {"no_shows": {"most": 2, "period": "year", "then": "suspend", "suspend_days": 30}}}


class Barber:
    """A shop with a service by half-day, booked and missed by 赵."""

    def __init__(self, shop: Shop, service: UUID) -> None:
        self.shop = shop
        self.service = service

    async def slot(self, ahead: int) -> UUID:
        """A half-day so many days from today."""
        wish = SlotWish(
            stock_id=stock_id_of(self.service, self.shop.place),
            day=TODAY + timedelta(days=ahead),
            half="am",
            capacity=3,
            caller=LONGTAN_ADMIN,
        )
        return only(await self.shop.database.run(lambda tx: save_slots(tx, [wish], now=NOON))).slot_id

    async def booked(self, ahead: int) -> UUID:
        """An appointment so many days from today; answers its id."""
        asked = Booking(order=self.shop.wish(self.service), slots={self.service: await self.slot(ahead)})
        made = only(await self.shop.database.run(lambda tx: book_orders(tx, [asked], now=NOON, codes=CODES)))
        [line] = await list_appointments(
            await self.shop.database.reader(), LONGTAN_ADMIN, order_id=made.placed.order_id
        )
        return line.id

    async def missed(self, appointment_id: UUID, ahead: int) -> None:
        """Nobody came, as staff say on the next day."""
        wish = AppointmentMiss(appointment_id=appointment_id, caller=LONGTAN_ADMIN)
        at = NOON + timedelta(days=ahead + 1)
        only(await self.shop.database.run(lambda tx: miss_appointments(tx, [wish], now=at)))

    async def excused(self, appointment_id: UUID, *, caller: Any = LONGTAN_ADMIN) -> Any:
        """There was a reason."""
        wish = AbsenceExcuse(appointment_id=appointment_id, caller=caller)
        [outcome] = await self.shop.database.run(lambda tx: excuse_absences(tx, [wish], now=NOON))
        return outcome.code if isinstance(outcome, Refusal) else outcome.changed


async def _barber(database: Database, programme: Any) -> Barber:
    shop = await a_shop(database, programme)
    await shop.give(shop.district.zhao, 50)
    return Barber(shop, await shop.item(price=1, stock=9, kind="service"))


async def test_twice_away_suspends_until_an_absence_is_excused(database: Database) -> None:
    barber = await _barber(database, TWICE)
    shop = barber.shop
    first, second, kept = await barber.booked(1), await barber.booked(2), await barber.booked(6)
    towel = await shop.item(price=1, stock=9)
    await barber.missed(first, 1)
    later = NOON + timedelta(days=4)
    await shop.ordered(towel, now=later)
    move = AppointmentMove(
        appointment_id=first, slot_id=await barber.slot(5), caller=steward_principal(shop.district.zhao, "赵示例")
    )
    only(await shop.database.run(lambda tx: move_appointments(tx, [move], now=later)))  # the absence stays
    await barber.missed(second, 2)
    before = await shop.points()
    refused = await shop.order(towel, now=later)
    assert isinstance(refused, Refusal)
    until = TODAY + timedelta(days=32)
    assert (refused.code, refused.params) == ("suspended_for_no_shows", {"count": 2, "until": until.isoformat()})
    assert await shop.points() == before
    assert not isinstance(await shop.order(towel, now=NOON + timedelta(days=33)), Refusal)
    told, _ = await read_inbox(await shop.database.reader(), shop.district.zhao)
    assert any(until.isoformat() in message.text.render("zh") for message in told)
    assert await barber.excused(first, caller=DONGSI_ADMIN) == "unknown_appointment"
    assert await barber.excused(kept) == "nothing_to_excuse"
    assert [await barber.excused(first), await barber.excused(first)] == [True, False]
    assert not isinstance(await shop.order(towel, now=later), Refusal)
    await shop.check()


async def test_a_gate_counts_absences_of_the_year(database: Database) -> None:
    gate = {"code": "comes", "measure": "no_shows", "at_most": 0, "per": "year"}
    barber = await _barber(database, {**PLAIN, "gates": [gate]})
    missed = await barber.booked(1)
    towel = await barber.shop.item(price=1, stock=9)
    assert not isinstance(await barber.shop.order(towel), Refusal)
    await barber.missed(missed, 1)
    refused = await barber.shop.order(towel, now=NOON + timedelta(days=3))
    assert isinstance(refused, Refusal)
    [shut] = refused.extras["missing"]
    assert (refused.code, shut["measure"], shut["needed"], shut["have"]) == ("not_eligible", "no_shows", 0, 1)
    assert not isinstance(await barber.shop.order(towel, now=NOON + timedelta(days=60)), Refusal)  # another year


async def test_a_level_is_asked_for_as_it_stands(database: Database) -> None:
    rungs = [
        {"code": "one", "zh": "一级", "en": "One", "points": 1},
        {"code": "two", "zh": "二级", "en": "Two", "points": 3},
    ]
    shop = await a_shop(database, {**PLAIN, "levels": {"rungs": rungs}})
    badge = await shop.item(price=1, stock=9, kind="kit", gates={"level": 2})
    await _verified(shop, 2)
    refused = await shop.order(badge)
    assert isinstance(refused, Refusal)
    [shut] = refused.extras["missing"]
    assert (shut["measure"], shut["needed"], shut["have"], shut["more"]) == ("level", 2, 1, 1)
    assert await shop.points() == {"spendable": 2}
    await _verified(shop, 1)
    assert not isinstance(await shop.order(badge), Refusal)
    await shop.check()


async def _verified(shop: Shop, count: int) -> None:
    """So many cases of 赵's, each worth a point."""
    reports = [replace(a_report(), principal=None) for _ in range(count)]
    steps = [
        CaseStep(case_id=one.case_id, action=CaseAction.VERIFY, actor=system_principal("test"))
        for one in await shop.district.reported(*reports)
    ]
    await shop.district.handled(*steps)


async def test_a_title_is_asked_for_as_it_is_held_and_counts_no_more_once_it_is_taken_back(database: Database) -> None:
    district = await a_case_district(database)
    shop = await a_counter(district)
    pin = await shop.item(price=1, stock=9, gates={"titles": 1})
    await shop.give(district.zhao, 5)
    refused = await shop.order(pin)
    assert isinstance(refused, Refusal)
    [shut] = refused.extras["missing"]
    assert (refused.code, shut["measure"], shut["have"], shut["more"]) == ("not_eligible", "titles", 0, 1)
    past = PastTitle(
        steward_id=district.zhao,
        title="gold_steward",
        period="2025",
        awarded_on=date(2026, 1, 8),
        caller=DISTRICT_ADMIN,
    )
    [held] = await database.run(lambda tx: import_titles(tx, [past], now=NOON))
    assert isinstance(held, Imported)
    await shop.ordered(pin)
    back = Revocation(award_id=held.award_id, cause="payment_taken", reason="收了商户的钱", caller=DISTRICT_ADMIN)
    await database.run(lambda tx: revoke_awards(tx, [back], now=NOON))
    again = await shop.order(pin)
    assert isinstance(again, Refusal)
    assert again.code == "not_eligible"
