"""Orders hold points and stock together, are paid on collection, and give everything back once."""

from datetime import timedelta

import pytest

from kernel.database import Database
from kernel.errors import Refusal
from rewards.redeeming import Placed
from tests.cases.district import DONGSI_ADMIN, LONGTAN_ADMIN, as_steward
from tests.rewards.shop import Shop, a_shop
from tests.stewards.builders import NOON


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await a_shop(database)


def code_of(outcome: object) -> str | None:
    return outcome.code if isinstance(outcome, Refusal) else None


async def test_an_order_holds_points_and_stock_until_it_is_collected(shop: Shop) -> None:
    towel = await shop.item(price=12, stock=5)
    await shop.give(shop.district.zhao, 30)
    order = await shop.ordered((towel, 2))
    assert (order.state, order.points, order.balance_after) == ("reserved", 24, 6)
    assert await shop.points() == {"spendable": 6, "escrow": 24}
    assert await shop.stock(towel) == (3, 2)
    await shop.check()
    taken = await shop.stepped(order, "collect")
    assert (taken.state, taken.points) == ("collected", 24)
    assert await shop.points() == {"spendable": 6}
    assert await shop.stock(towel) == (3, 0)
    await shop.check()


async def test_the_last_one_goes_to_the_first_who_can_pay(shop: Shop) -> None:
    towel = await shop.item(price=10, stock=1)
    for steward in (shop.district.qian, shop.district.sun):
        await shop.give(steward, 10)
    outcomes = await shop.place_all(
        [shop.wish(towel, by=by) for by in (shop.district.zhao, shop.district.qian, shop.district.sun)]
    )
    assert [code_of(outcome) for outcome in outcomes] == ["not_enough_points", None, "out_of_stock"]
    await shop.check()


async def test_a_balance_of_100_buys_one_of_two_items_for_100(shop: Shop) -> None:
    first, second = await shop.item(price=100, stock=3), await shop.item(price=100, stock=3)
    await shop.give(shop.district.zhao, 100)
    outcomes = await shop.place_all([shop.wish(first), shop.wish(second)])
    assert [code_of(outcome) for outcome in outcomes] == [None, "not_enough_points"]
    assert await shop.stock(second) == (3, 0)
    await shop.check()


async def test_an_order_of_several_items_is_all_or_nothing(shop: Shop) -> None:
    soap, rice = await shop.item(price=5, stock=9), await shop.item(price=45, stock=1)
    await shop.give(shop.district.zhao, 60)
    both = await shop.ordered((soap, 3), rice)
    assert both.points == 60
    assert code_of(await shop.order(soap, rice)) == "out_of_stock"
    assert await shop.stock(soap) == (6, 3)
    await shop.check()


async def test_a_batch_that_is_written_in_parts_is_one_sequence_and_all_or_nothing_for_each(shop: Shop) -> None:
    towel, school = await shop.item(price=2, stock=250), await shop.item(price=1, kind="donation")
    stewards = (shop.district.zhao, shop.district.qian, shop.district.sun)
    for steward in stewards:
        await shop.give(steward, 100)
        await shop.give(steward, 60, purse="services")
    service = await shop.item(price=1, kind="service")
    wishes = [shop.wish((towel, 1), service, school, by=stewards[at % 3]) for at in range(300)]
    outcomes = await shop.place_all(wishes)
    # Each pays 2 of 100 for the towel and 1 for the school; the service comes from its own purse as long as that lasts.
    assert [code_of(outcome) for outcome in outcomes] == [None] * 99 + ["not_enough_points"] * 201
    assert [found.number for found in outcomes if isinstance(found, Placed)] == sorted(
        found.number for found in outcomes if isinstance(found, Placed)
    )
    assert await shop.stock(towel) == (151, 99)
    for steward in stewards:
        assert await shop.points(steward) == {"spendable": 1, "services": 27, "escrow": 99}
    await shop.check()


async def test_cancelling_gives_points_and_stock_back_once(shop: Shop) -> None:
    towel = await shop.item(price=10, stock=2)
    await shop.give(shop.district.zhao, 20)
    order = await shop.ordered((towel, 2))
    cancelled = await shop.stepped(order, "cancel", caller=as_steward(shop.district.zhao))
    assert (cancelled.state, cancelled.balance_after) == ("cancelled", 20)
    assert code_of(await shop.step(order, "cancel")) == "wrong_order_state"
    assert code_of(await shop.step(order, "collect")) == "wrong_order_state"
    assert await shop.points() == {"spendable": 20}
    assert await shop.stock(towel) == (2, 0)
    await shop.check()


async def test_a_part_is_collected_a_part_given_up_and_a_part_refunded(shop: Shop) -> None:
    towel = await shop.item(price=10, stock=5)
    await shop.give(shop.district.zhao, 50)
    order = await shop.ordered((towel, 5))
    assert (await shop.stepped(order, "collect", quantities={1: 2})).state == "partly"
    await shop.check()
    assert (await shop.stepped(order, "collect", quantities={1: 1})).state == "partly"
    assert (await shop.stepped(order, "cancel", reason="not_delivered")).state == "collected"
    assert await shop.points() == {"spendable": 20}
    await shop.check()
    refund = await shop.stepped(order, "refund", quantities={1: 2}, reason="faulty", restock=True)
    assert (refund.state, refund.points) == ("collected", 20)
    assert await shop.stock(towel) == (4, 0)
    assert code_of(await shop.step(order, "refund", quantities={1: 2}, reason="faulty")) == "more_than_open"
    assert (await shop.stepped(order, "refund", reason="faulty")).state == "refunded"
    assert await shop.points() == {"spendable": 50}
    assert code_of(await shop.step(order, "refund", reason="faulty")) == "wrong_order_state"
    await shop.check()


async def test_what_nobody_collects_expires_after_its_days(shop: Shop) -> None:
    towel = await shop.item(price=10, stock=1, collect_days=3)
    await shop.give(shop.district.zhao, 10)
    order = await shop.ordered(towel)
    assert code_of(await shop.step(order, "expire", now=NOON + timedelta(days=3))) == "not_expired_yet"
    assert (await shop.stepped(order, "expire", now=NOON + timedelta(days=4))).state == "expired"
    assert await shop.points() == {"spendable": 10}
    assert await shop.stock(towel) == (1, 0)
    await shop.check()


async def test_an_order_keeps_the_price_that_it_saw(shop: Shop) -> None:
    towel = await shop.item(price=10, stock=5)
    await shop.give(shop.district.zhao, 60)
    before = await shop.ordered(towel)
    await shop.priced(towel, 20, now=NOON + timedelta(minutes=1))
    await shop.priced(towel, 30, begins=NOON + timedelta(days=1))
    after = await shop.ordered(towel, now=NOON + timedelta(minutes=2))
    assert (before.points, after.points) == (10, 20)
    assert (await shop.ordered(towel, now=NOON + timedelta(days=1))).points == 30
    assert (await shop.stepped(before, "collect")).points == 10
    await shop.check()


async def test_services_are_paid_from_the_purse_for_services_first(shop: Shop) -> None:
    haircut, towel = await shop.item(price=20, stock=5, kind="service"), await shop.item(price=20, stock=5)
    await shop.give(shop.district.zhao, 30, purse="services")
    await shop.give(shop.district.zhao, 15)
    await shop.give(shop.district.zhao, 90, purse="honour")
    assert code_of(await shop.order(towel)) == "not_enough_points"
    await shop.ordered(haircut)
    order = await shop.ordered(haircut)
    assert await shop.points() == {"spendable": 5, "escrow": 40, "honour": 90}
    await shop.check()
    await shop.stepped(order, "cancel")
    assert await shop.points() == {"services": 10, "spendable": 15, "escrow": 20, "honour": 90}
    await shop.check()


async def test_a_donation_is_passed_on_at_once_and_stands(shop: Shop) -> None:
    help_poor, towel = await shop.item(price=10, kind="donation"), await shop.item(price=10, stock=1)
    await shop.give(shop.district.zhao, 40)
    order = await shop.ordered((help_poor, 2))
    assert order.state == "collected"
    assert await shop.points() == {"spendable": 20}
    assert code_of(await shop.step(order, "refund", reason="other")) == "donation_stands"
    mixed = await shop.ordered(help_poor, towel)
    assert mixed.state == "partly"
    assert (await shop.stepped(mixed, "cancel")).state == "collected"
    assert await shop.points() == {"spendable": 10}
    await shop.check()


async def test_only_the_code_opens_the_order_and_only_at_its_counter(shop: Shop) -> None:
    towel = await shop.item(price=1, stock=9)
    await shop.give(shop.district.zhao, 9)
    order = await shop.ordered(towel)
    wrong = f"{(int(order.code) + 1) % 10**8:08}"
    assert code_of(await shop.step(order, "collect", code=wrong)) == "code_wrong"
    assert code_of(await shop.step(order, "collect", code=None)) == "code_needed"
    assert code_of(await shop.step(order, "collect", caller=DONGSI_ADMIN)) == "unknown_order"
    assert code_of(await shop.step(order, "collect", caller=as_steward(shop.district.zhao))) == "not_allowed"
    by_code = await shop.step(order, "collect", order_id=None, code=f"JP1/{order.number}/{order.code}".lower())
    assert code_of(by_code) is None
    other = await shop.ordered(towel)
    assert code_of(await shop.step(other, "collect", order_id=None, caller=DONGSI_ADMIN)) == "code_wrong"
    renewed = await shop.stepped(other, "recode", caller=as_steward(shop.district.zhao))
    assert code_of(await shop.step(other, "collect")) == "code_wrong"
    assert (await shop.stepped(other, "collect", code=renewed.code)).state == "collected"
    await shop.check()


async def test_somebody_else_collects_only_with_the_owners_consent(shop: Shop) -> None:
    towel = await shop.item(price=1, stock=9)
    await shop.give(shop.district.zhao, 9)
    order = await shop.ordered(towel)
    assert code_of(await shop.step(order, "collect", collector="other")) == "proxy_not_allowed"
    assert code_of(await shop.step(order, "allow", caller=LONGTAN_ADMIN)) == "not_allowed"
    await shop.stepped(order, "allow", caller=as_steward(shop.district.zhao))
    assert (await shop.stepped(order, "collect", collector="other")).state == "collected"
    await shop.check()


async def test_an_earning_taken_back_while_it_is_held_becomes_a_debt_that_the_order_repays(shop: Shop) -> None:
    towel = await shop.item(price=30, stock=2)
    earned = await shop.give(shop.district.zhao, 40)
    order = await shop.ordered(towel)
    await shop.take_back(earned)
    assert await shop.points() == {"escrow": 30, "debt": 30}
    await shop.check()
    await shop.stepped(order, "cancel")
    assert await shop.points() == {}
    await shop.check()


async def test_limits_count_what_was_kept_in_the_period(shop: Shop) -> None:
    towel = await shop.item(price=1, stock=99, limit_count=2, limit_period="month")
    await shop.give(shop.district.zhao, 50)
    first = await shop.ordered((towel, 2))
    assert code_of(await shop.order(towel)) == "limit_reached"
    await shop.stepped(first, "cancel", quantities={1: 1})
    outcomes = await shop.place_all([shop.wish(towel), shop.wish(towel)])
    assert [code_of(outcome) for outcome in outcomes] == [None, "limit_reached"]
    assert code_of(await shop.order((towel, 2), now=NOON + timedelta(days=9))) is None  # December
    await shop.check()


async def test_gates_say_what_is_missing_and_how_far(shop: Shop) -> None:
    watch = await shop.item(price=1, stock=9, gates={"months_served": 999, "lifetime_points": 100})
    await shop.give(shop.district.zhao, 5)
    refused = await shop.order(watch)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_eligible"
    shut = {part["measure"]: (part["needed"], part["have"], part["more"]) for part in refused.extras["missing"]}
    assert shut["lifetime_points"] == (100, 0, 100)
    assert shut["months_served"][0] == 999
    assert await shop.points() == {"spendable": 5}


async def test_once_a_quarter_means_once_also_within_one_batch(database: Database) -> None:
    shop = await a_shop(
        database,
        {
            "name": "每季一次",
            "effective_on": "2000-01-01",
            "tariffs": {"case_verified": {"points": 1}},
            "gates": [{"code": "once_a_quarter", "measure": "redemptions", "at_most": 1, "per": "quarter"}],
        },
    )
    towel = await shop.item(price=1, stock=9)
    await shop.give(shop.district.zhao, 5)
    outcomes = await shop.place_all([shop.wish(towel), shop.wish(towel)])
    assert [code_of(outcome) for outcome in outcomes] == [None, "not_eligible"]
    assert code_of(await shop.order(towel)) == "not_eligible"
    assert code_of(await shop.order(towel, now=NOON + timedelta(days=40))) is None
    await shop.check()


async def test_the_desks_share_is_for_the_desk(shop: Shop) -> None:
    towel = await shop.item(price=1, stock=3, desk_quota=2)
    await shop.give(shop.district.zhao, 9)
    await shop.ordered(towel)
    assert code_of(await shop.order(towel)) == "out_of_stock"
    at_desk = await shop.order(towel, by=LONGTAN_ADMIN, steward_id=shop.district.zhao, channel="desk")
    assert code_of(at_desk) is None
    await shop.check()


async def test_stock_never_goes_below_zero_nor_a_count_below_what_is_set_aside(shop: Shop) -> None:
    towel = await shop.item(price=1, stock=3)
    await shop.give(shop.district.zhao, 9)
    await shop.ordered((towel, 2))
    assert code_of(await shop.move(towel, "lost", 2)) == "stock_short"
    assert code_of(await shop.move(towel, "counted", 1)) == "count_below_reserved"
    assert (await shop.moved(towel, "counted", 7)).available == 5
    assert (await shop.moved(towel, "counted", 2)).available == 0
    for quantity in (-1, 0, 10**9):
        assert code_of(await shop.move(towel, "received", quantity)) == "quantity_out_of_range"
        assert code_of(await shop.order((towel, quantity))) == "quantity_out_of_range"
    assert code_of(await shop.move(towel, "received", 5, caller=DONGSI_ADMIN)) == "unknown_pick_up_place"
    await shop.check()


async def test_windows_streets_and_leavers(shop: Shop) -> None:
    later = NOON + timedelta(days=1)
    soon = await shop.item(price=1, stock=9, active_from=later)
    hidden = await shop.item(price=1, stock=9, visible_from=later)
    elsewhere = await shop.item(price=1, stock=9, streets=("110101006",))
    await shop.give(shop.district.zhao, 9)
    assert code_of(await shop.order(soon)) == "not_on_offer"
    assert code_of(await shop.order(hidden)) == "unknown_item"
    assert code_of(await shop.order(elsewhere)) == "unknown_item"
    assert code_of(await shop.order(soon, now=later)) is None
    await shop.database.run(
        lambda tx: tx.execute("UPDATE stewards_steward SET status = 'suspended' WHERE id = $1", shop.district.zhao)
    )
    assert code_of(await shop.order(soon, now=later)) == "steward_not_serving"
    await shop.check()


async def test_staff_place_orders_for_their_own_stewards_only(shop: Shop) -> None:
    towel = await shop.item(price=1, stock=9)
    await shop.give(shop.district.zhao, 9)
    assert code_of(await shop.order(towel, by=DONGSI_ADMIN, steward_id=shop.district.zhao)) == "steward_unknown"
    assert code_of(await shop.order(towel, by=LONGTAN_ADMIN)) == "steward_missing"
    assert code_of(await shop.order(towel, by=shop.district.qian, steward_id=shop.district.zhao)) == "steward_unknown"
    await shop.check()
