"""Programmes as they are published elsewhere, each written as configuration, each with its own figures.

Every figure comes from the functions that the service itself uses; the documents are those of docs/examples/programmes.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kernel.ids import derived_id
from points.assess import MinutesMissing, QuantityMissing, assess
from points.gates import GateFacts, Missing, missing
from points.levels import LevelFacts, idle_rungs, level_of
from points.rules import Rules
from points.sanctions import UnknownDeduction, cheating_costs, deduction_of
from tests.points.programmes import DAY, HOUR, PROGRAMMES, document, worth
from tests.points.rule_builders import an_event


@pytest.mark.parametrize("path", sorted(PROGRAMMES.glob("*.json")), ids=lambda path: path.stem)
def test_every_programme_is_a_sound_rule_set_and_says_what_it_is(path: Path) -> None:
    about = document(path.stem).about
    assert path.stem in {"dongcheng", "one-point"} or (about is not None and about.zh and about.en)
    assert f"]({path.name})" in (PROGRAMMES / "README.md").read_text(encoding="utf-8")


def test_there_are_more_than_nineteen_of_them() -> None:
    assert len(list(PROGRAMMES.glob("*.json"))) > 19


@pytest.mark.parametrize(
    ("minutes", "one_to_one", "one_to_ten"),
    [(30, 0, 5), (59, 0, 9), (60, 1, 10), (90, 1, 15), (119, 1, 19), (120, 2, 20), (121, 2, 20), (600, 2, 20)],
)
def test_hours_become_points_at_1_or_10_and_two_hours_count_at_most(
    minutes: int, one_to_one: int, one_to_ten: int
) -> None:
    assert worth("hours-one-to-one", minutes=minutes).points == one_to_one
    assert worth("hours-one-to-ten", minutes=minutes).points == one_to_ten
    assert worth("hours-one-to-ten", minutes=minutes).minutes == min(minutes, 2 * HOUR)


def test_hours_that_were_not_told_are_asked_for() -> None:
    for minutes in (None, 0, -5, 1_441):
        with pytest.raises(MinutesMissing):
            worth("hours-one-to-one", minutes=minutes)


def test_a_complaint_zeroes_that_one_activity() -> None:
    zeroed = worth("hours-one-to-ten", minutes=120, complained=True)
    assert (zeroed.points, zeroed.entitled, zeroed.minutes) == (0, 0, 0)
    assert [step.points for step in zeroed.receipt.steps] == [20, -20]
    assert worth("hours-one-to-ten", minutes=120).points == 20
    assert worth("hours-one-to-one", minutes=120, complained=True).points == 2  # a programme without that rule


def test_joining_is_worth_five_and_bringing_somebody_two() -> None:
    assert worth("joining", "enrolment").points == 5
    assert worth("joining", "referral").points == 2


@pytest.mark.parametrize(("origin", "purse"), [("check_in", "spendable"), ("back_fill", "honour"), (None, "spendable")])
def test_checked_in_hours_can_be_spent_and_entered_ones_are_honour(origin: str | None, purse: str) -> None:
    assessed = worth("check-in-or-back-fill", minutes=60, origin=origin)
    assert (assessed.points, assessed.purse, assessed.receipt.purse) == (10, purse, purse)


def test_five_groups_and_69_items_are_deducted_at_5_to_30_points() -> None:
    rules = document("deduction-list")
    listed = rules.sanctions.deductions
    assert listed is not None
    assert (len(listed.groups), len(listed.items)) == (5, 69)
    assert {deduction_of(rules, item).points for item in listed.items} == {5, 10, 15, 20, 30}
    assert deduction_of(rules, "minutes_faked").points == 30
    assert deduction_of(rules, "watch_late").points == 5
    with pytest.raises(UnknownDeduction):
        deduction_of(rules, "jaywalking")
    assert deduction_of(document("dongcheng"), "false_report").points == 10


@pytest.mark.parametrize(
    ("quantity", "category", "points"), [(1, None, 2), (10, None, 20), (25, None, 20), (3, "bulky", 15)]
)
def test_bags_are_paid_by_the_bag_ten_at_most(quantity: int, category: str | None, points: int) -> None:
    assert worth("by-quantity", "act", quantity=quantity, category=category).points == points
    with pytest.raises(QuantityMissing):
        worth("by-quantity", "act", category=category)


def test_a_quarter_has_three_months_and_300_points() -> None:
    rules = Rules(derived_id("programme", "by-quantity"), 1, document("by-quantity"))
    event = an_event("act", category=None, quantity=10)
    window = next(use.window for use in assess(event, rules, {}).uses)
    assert window.period == "2026Q4"
    assert assess(event, rules, {window: 290}).points == 10
    last = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)  # in Beijing still of the year
    assert [
        use.window for use in assess(an_event("act", category=None, quantity=1, occurred_at=last), rules, {}).uses
    ] == [window]


@pytest.mark.parametrize(("hours", "first", "more"), [(0, True, 100), (99, True, 1), (100, True, 0), (0, False, 0)])
def test_a_hundred_hours_are_needed_before_the_first_redemption_alone(hours: int, first: bool, more: int) -> None:
    facts = GateFacts(measures={"minutes": hours * HOUR}, first=first)
    shut = missing(document("hundred-hours-first").gates, facts)
    assert sum(gate.more for gate in shut) == more * HOUR
    assert bool(shut) == bool(more)


def test_one_redemption_a_quarter_and_hours_stay() -> None:
    rules = document("once-a-quarter")
    assert missing(rules.gates, GateFacts(used={"quarter": 0})) == []
    assert missing(rules.gates, GateFacts(used={"quarter": 1})) == [
        Missing(code="once_a_quarter", measure="redemptions", needed=1, have=1, at_most=True, per="quarter")
    ]
    assert rules.stars is not None
    # Whatever was redeemed, a star looks at hours of a lifetime.
    assert level_of(LevelFacts(minutes=100 * HOUR, points=0), rules.stars, on=DAY).number == 1


@pytest.mark.parametrize(("name", "overflow"), [("balance-cap", "donation"), ("balance-cap-honour", "honour")])
def test_above_1500_the_excess_goes_elsewhere(name: str, overflow: str) -> None:
    ceiling = worth(name, minutes=60).ceiling
    assert ceiling is not None
    assert (ceiling.most, ceiling.overflow_to) == (1_500, overflow)


def test_points_for_service_buy_services_and_points_for_cases_everything() -> None:
    assert worth("services-only", minutes=60).purse == "services"
    assert worth("services-only", "case_verified").purse == "spendable"


@pytest.mark.parametrize(
    ("account", "item", "free"),
    [("group", "donation", True), ("group", "goods", False), ("group", "service", False), ("person", "goods", True)],
)
def test_a_group_can_only_donate(account: Any, item: Any, free: bool) -> None:
    rules = document("groups-donate")
    assert (missing(rules.gates, GateFacts(account=account, item=item)) == []) is free
    assert (
        worth("groups-donate", minutes=60, account=account).purse
        == {"group": "donation", "person": "spendable"}[account]
    )


@pytest.mark.parametrize(
    ("name", "last_day"),
    [
        ("void-after-december", "2026-12-31"),
        ("one-more-year", "2027-12-31"),
        ("annual-reset", "2026-12-31"),
        ("hours-one-to-one", "None"),
    ],
)
def test_points_end_as_the_policy_says(name: str, last_day: str) -> None:
    assert str(worth(name, minutes=60).expires_on) == last_day


def test_everybody_starts_the_year_from_the_base() -> None:
    assert document("annual-reset").expiry.base == 60


def test_reminders_come_60_30_and_7_days_before() -> None:
    expiry = document("one-more-year").expiry
    assert [str(day) for day in expiry.reminded_on(date(2027, 12, 31))] == ["2027-11-01", "2027-12-01", "2027-12-24"]
    assert expiry.grace_days == 30


@pytest.mark.parametrize(
    ("hours", "star", "more"),
    [
        (0, 0, 100),
        (99, 0, 1),
        (100, 1, 200),
        (300, 2, 300),
        (600, 3, 400),
        (1_000, 4, 500),
        (1_499, 4, 1),
        (1_500, 5, 0),
    ],
)
def test_hours_make_stars(hours: int, star: int, more: int) -> None:
    ladder = document("stars-by-hours").stars
    assert ladder is not None
    level = level_of(LevelFacts(minutes=hours * HOUR, points=0), ladder, on=DAY)
    assert (level.number, level.more_minutes) == (star, more * HOUR)


@pytest.mark.parametrize(
    ("hours", "points", "code", "more"),
    [
        (50, 500, "bronze", (100 * HOUR, 1_300)), (49, 10_500, None, (HOUR, 0)), (1_000, 499, None, (0, 1)),
        (1_000, 10_500, "crown", (0, 0)), (999, 10_500, "diamond", (HOUR, 0)),
    ],
)  # fmt: skip
def test_hours_and_points_are_both_needed(hours: int, points: int, code: str | None, more: tuple[int, int]) -> None:
    ladder = document("hours-and-points").levels
    assert ladder is not None
    level = level_of(LevelFacts(minutes=hours * HOUR, points=points), ladder, on=DAY)
    assert (level.rung.code if level.rung else None, (level.more_minutes, level.more_points)) == (code, more)


def test_deductions_demote_where_the_programme_says_so() -> None:
    ladder = document("hours-and-points").levels
    assert ladder is not None
    assert level_of(LevelFacts(minutes=60 * HOUR, points=499, highest=1), ladder, on=DAY).number == 0
    stars = document("stars-by-hours").stars
    assert stars is not None
    assert level_of(LevelFacts(minutes=99 * HOUR, points=0, highest=1), stars, on=DAY).number == 1


@pytest.mark.parametrize(
    ("offence", "until"), [(1, "2027-10-03"), (2, "2028-10-03"), (3, "2029-10-03"), (9, "2029-10-03")]
)
def test_faking_bars_promotion_for_one_to_three_years(offence: int, until: str) -> None:
    rules = document("hours-and-points")
    cost = cheating_costs(rules, purses={}, offence=offence, found_on=DAY)
    assert cost is not None
    assert str(cost.barred_until) == until
    assert rules.levels is not None
    facts = LevelFacts(minutes=1_000 * HOUR, points=10_500, highest=1, barred_until=cost.barred_until)
    assert cost.barred_until is not None
    assert level_of(facts, rules.levels, on=cost.barred_until).number == 1
    assert level_of(facts, rules.levels, on=cost.barred_until + timedelta(days=1)).number == 5


def test_a_year_under_twenty_hours_costs_a_level() -> None:
    ladder = document("idle-year-demotes").levels
    assert ladder is not None
    assert [idle_rungs(ladder, minutes=hours * HOUR, points=0) for hours in (0, 19, 20)] == [1, 1, 0]
    facts = LevelFacts(minutes=300 * HOUR, points=0, highest=3, idle_rungs=1)
    assert level_of(facts, ladder, on=DAY).number == 2


def test_streets_pay_from_budgets_in_face_values_at_a_yuan_a_point() -> None:
    rules = document("street-budget")
    assert rules.budget is not None
    assert rules.peg is not None
    assert (rules.budget.ceiling("001"), rules.budget.ceiling("014")) == (100_000, 50_000)
    assert rules.grants.steps == ("apply", "check", "committee", "post")
    assert rules.grants.in_face_values(185) == {100: 1, 50: 1, 20: 1, 10: 1, 5: 1}
    assert rules.grants.in_face_values(40) == {20: 2}
    assert rules.grants.in_face_values(12) is None
    assert rules.peg.fen_of(185) == 18_500
