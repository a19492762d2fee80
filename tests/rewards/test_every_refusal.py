"""Every refusal of rewards, provoked once: it says why and how far in both languages, and nothing has changed."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

from kernel.clock import local_minute
from kernel.database import Database
from kernel.errors import Refusal
from kernel.messages import Text
from rewards import desk, draw_reading, draw_refusals, refusals, slot_refusals, wish_refusals
from rewards.appointment_steps import (
    AbsenceExcuse,
    AppointmentMiss,
    AppointmentMove,
    excuse_absences,
    miss_appointments,
    move_appointments,
)
from rewards.appointments import BOOKED_AHEAD
from rewards.draw_settling import Settlement, settle_draws
from rewards.slots import DAYS_AHEAD
from rewards.waiting import OfferTaking, take_offers
from rewards.wishing import WishAnswer, WishProposal, WishState, WishVote, answer_wishes, propose_wishes, vote_on_wishes
from tests.cases.district import LONGTAN_ADMIN
from tests.rewards.refusal_stand import BOSS, HOUR, NOBODY, Stand, a_stand, by_code, own_desk, unlimited
from tests.rewards.shop import CODES
from tests.stewards.builders import NOON, TODAY

MODULES: tuple[ModuleType, ...] = (refusals, draw_refusals, slot_refusals, wish_refusals, desk, draw_reading)
Case = tuple[Callable[[Stand], Awaitable[Any]], tuple[object, ...]]
CASES: dict[str, Case] = {
    # What provokes it, and what its words say in both languages.
    "unknown_item": (lambda s: s.order("nothing"), ()),
    "unknown_order": (lambda s: s.step("open", "ready", order_id=NOBODY), ()),
    "unknown_pick_up_place": (lambda s: s.order("towel", place_id=NOBODY), ()),
    "not_on_offer": (lambda s: s.order("soon"), ("雨伞",)),
    "out_of_stock": (lambda s: s.order("towel", quantity=3), ("毛巾", 2, 3)),
    "limit_reached": (lambda s: s.order("towel", quantity=4), ("毛巾", 4, 1)),
    "not_eligible": (lambda s: s.order("medal"), ("奖章", 77, 0)),
    "steward_not_serving": (lambda s: s.order("towel", by=s.shop.district.sun), ()),
    "suspended_for_no_shows": (
        lambda s: s.order("towel", by=s.shop.district.qian, now=NOON + timedelta(days=3)),
        (1, (TODAY + timedelta(days=31)).isoformat()),
    ),
    "quantity_out_of_range": (lambda s: s.order("towel", quantity=-1), (1, 999)),
    "item_twice": (lambda s: s.order("towel", "towel"), ()),
    "lines_missing": (lambda s: s.order(), (20,)),
    "steward_missing": (lambda s: s.order("towel", by=LONGTAN_ADMIN), ()),
    "wrong_order_state": (lambda s: s.step("done", "ready"), ()),
    "more_than_open": (lambda s: s.step("open", "collect", quantities={1: 2}), (1, 2)),
    "unknown_line": (lambda s: s.step("open", "cancel", quantities={9: 1}), (9,)),
    "code_needed": (lambda s: s.step("open", "collect", code=None), ()),
    "code_wrong": (lambda s: s.step("open", "collect", code="00000000"), ()),
    "code_ambiguous": (lambda s: by_code(s, s.orders["one"].code), ()),
    "proxy_not_allowed": (lambda s: s.step("open", "collect", collector="other"), ()),
    "not_expired_yet": (lambda s: s.step("open", "expire", caller=BOSS), ()),
    "donation_stands": (lambda s: s.step("gift", "refund", reason="faulty"), ()),
    "reason_unknown": (lambda s: s.step("open", "cancel", reason="mood"), ("changed_mind",)),
    "item_exists": (lambda s: s.add(code="TAKEN"), ("TAKEN",)),
    "item_code_not_allowed": (lambda s: s.add(code="没有"), (32,)),
    "item_changed": (lambda s: s.edit(version=99, low_stock=1), (1,)),
    "item_field_wrong": (lambda s: s.edit(desk_quota=-1), (0,)),
    "price_out_of_range": (lambda s: s.price(0, NOON + HOUR), (1,)),
    "price_in_the_past": (lambda s: s.price(9, NOON - 30 * HOUR), ()),
    "price_stands": (lambda s: s.price(9, NOON), ()),
    "stock_short": (lambda s: s.move("towel", "lost", 9), (4, 9)),
    "count_below_reserved": (lambda s: s.move("towel", "counted", 0), (1,)),
    "no_stock_kept": (unlimited, ()),
    "place_code_not_allowed": (lambda s: s.place(code="?"), (16,)),
    "pick_up_place_moved": (lambda s: s.place(area="110101006"), ("LT01",)),
    "item_kind_unknown": (lambda s: s.sheet("G1,花,花,5"), ("花",)),
    "item_kind_stays": (lambda s: s.sheet("TAKEN,服务,毛巾,5"), ("TAKEN",)),
    "own_desk": (own_desk, ()),
    "unknown_draw": (lambda s: s.apply(NOBODY), ()),
    "unknown_stock": (lambda s: s.announce("nothing"), ()),
    "draw_window_wrong": (lambda s: s.announce("few", closes_at=NOON), (1, 90)),
    "draw_places_wrong": (lambda s: s.announce("few", places=0), (1,)),
    "too_little_to_keep": (lambda s: s.announce("few", places=99), (8, 99)),
    "applications_not_open": (
        lambda s: s.apply(s.draws["open"], now=NOON + 3 * HOUR),
        (local_minute(NOON), local_minute(NOON + 2 * HOUR)),
    ),
    "applications_still_open": (
        lambda s: s.ask(settle_draws, Settlement(draw_id=s.draws["open"], caller=LONGTAN_ADMIN), codes=CODES),
        (local_minute(NOON + 2 * HOUR),),
    ),
    "draw_ended": (lambda s: s.apply(s.draws["off"]), ()),
    "not_applied": (lambda s: s.apply(s.draws["open"], withdraw=True), ()),
    "not_serving": (lambda s: s.apply(s.draws["open"], who=s.shop.district.sun), ()),
    "not_enough_to_apply": (lambda s: s.apply(s.draws["dear"]), (5000,)),
    "not_drawn_yet": (lambda s: s.published(s.draws["open"]), ()),
    "still_in_stock": (lambda s: s.wait("twins"), ()),
    "waiting_too_much": (lambda s: s.wait("gone5"), (5,)),
    "not_waiting": (lambda s: s.wait("gone5", leave=True), ()),
    "no_offer": (
        lambda s: s.ask(take_offers, OfferTaking(entry_id=s.entry, caller=s.zhao), codes=CODES),
        (),
    ),
    "unknown_slot": (lambda s: s.book(NOBODY), ()),
    "slot_day_wrong": (lambda s: s.slot("cut", TODAY - timedelta(days=1)), (DAYS_AHEAD,)),
    "slot_capacity_wrong": (lambda s: s.slot("cut", TODAY, -1), (0,)),
    "below_booked": (lambda s: s.slot("cut", TODAY + timedelta(days=1), 0), (3,)),
    "no_slots_for_this": (lambda s: s.slot("towel", TODAY), ()),
    "slot_full": (lambda s: s.book(s.slots["full"]), (0,)),
    "slot_over": (lambda s: s.book(s.slots["tomorrow"], now=NOON + timedelta(days=1)), ()),
    "slot_too_late": (lambda s: s.book(s.slots["far"]), ((TODAY + BOOKED_AHEAD).isoformat(),)),
    "appointment_needed": (lambda s: s.book(None), ()),
    "unknown_appointment": (lambda s: s.seat("nobody", miss_appointments, AppointmentMiss), ()),
    "appointment_ended": (
        lambda s: s.seat("kept", miss_appointments, AppointmentMiss, now=NOON + timedelta(days=2)),
        (),
    ),
    "moved_too_often": (
        lambda s: s.seat("often", move_appointments, AppointmentMove, caller=s.zhao, slot_id=s.slots["next"]),
        (3,),
    ),
    "slot_not_over": (lambda s: s.seat("mine", miss_appointments, AppointmentMiss), ()),
    "nothing_to_excuse": (lambda s: s.seat("mine", excuse_absences, AbsenceExcuse), ()),
    "unknown_wish": (lambda s: s.ask(vote_on_wishes, WishVote(wish_id=NOBODY, caller=s.zhao)), ()),
    "wish_known": (lambda s: s.ask(propose_wishes, WishProposal(title="台灯", caller=s.zhao)), ("台灯",)),
    "too_many_wishes": (lambda s: s.ask(propose_wishes, WishProposal(title="水壶", caller=s.zhao)), (3,)),
    "wish_answered": (lambda s: s.ask(vote_on_wishes, WishVote(wish_id=s.wishes["花盆"], caller=s.zhao)), ()),
    "answer_missing": (
        lambda s: s.ask(
            answer_wishes,
            WishAnswer(wish_id=s.wishes["台灯"], state=WishState.DECLINED, caller=LONGTAN_ADMIN),
        ),
        (),
    ),
}


def test_the_table_names_every_refusal_of_the_shop() -> None:
    codes = {
        found.code
        for module in MODULES
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Refusal) and found.__module__ == module.__name__
    }
    assert codes == set(CASES)


async def _everything(database: Database) -> dict[str, str]:
    """Every row of points and rewards, and of the audit and the inboxes."""
    reader = await database.reader()
    if reader.dialect == "postgres":
        named = await reader.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()")
    else:
        named = await reader.fetch("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = sorted(row["name"] for row in named)
    wanted = [
        name
        for name in tables
        if name.startswith(("points_", "rewards_"))
        or name in {"kernel_audit", "kernel_outbox", "stewards_inbox_message"}
    ]
    return {
        name: repr(sorted(repr(tuple(dict(row).values())) for row in await reader.fetch(f"SELECT * FROM {name}")))
        for name in wanted
    }


async def test_each_says_why_and_how_far_in_both_languages_and_nothing_has_changed(database: Database) -> None:
    stand = await a_stand(database)
    taken = await stand.add(code="TAKEN")
    assert not isinstance(taken, Refusal)
    before = await _everything(database)
    assert len(before) > 30
    for code, (provoke, told) in CASES.items():
        outcome = await provoke(stand)
        if isinstance(outcome, Text):
            text = outcome
        else:
            assert isinstance(outcome, Refusal), (code, outcome)
            assert outcome.code == code, (code, outcome, outcome.params)
            text = outcome.text
        for locale in ("zh", "en"):
            words = text.render(locale)
            assert words, code
            assert "{" not in words, (code, words)
            for part in told:
                assert str(part) in words, (code, locale, part, words)
        assert text.render("zh") != text.render("en"), code
        assert await _everything(database) == before, code
    await stand.shop.check()
