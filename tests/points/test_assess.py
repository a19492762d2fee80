"""What events are worth: tables for the programme of Dongcheng, properties for every rule set."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import derived_id
from points.assess import (
    Assessment,
    CategoryMissing,
    EarningEvent,
    EventDeducts,
    UnknownCategory,
    WindowKey,
    assess,
    assess_top_up,
    windows_of,
)
from points.rules import Rules
from tests.points.rule_builders import ANN, LANE, a_cap, a_document, an_event, dongcheng, rules

CATEGORY_POINTS = {code: rule.points for code, rule in dongcheng().document.categories.items()}


def used(event: EarningEvent, among: Rules, **by_cap: int) -> dict[WindowKey, int]:
    """How much of the event's windows was used before, by cap code."""
    return {window: by_cap.get(window.cap, 0) for window in windows_of(event, among)}


@pytest.mark.parametrize(("category", "points"), CATEGORY_POINTS.items())
def test_a_verified_case_is_worth_the_points_of_its_category(category: str, points: int) -> None:
    assert assess(an_event(category=category), dongcheng(), {}).points == points


@pytest.mark.parametrize(
    ("category", "bonus"), [("dog_mess", 1), ("small_ads", 1), ("illegal_parking", 2), ("road_damage", 3)]
)
def test_solving_adds_half_of_the_base_rounded_half_up(category: str, bonus: int) -> None:
    assert assess(an_event("case_solved", category=category), dongcheng(), {}).points == bonus


def test_a_hazard_adds_ten_when_it_is_verified_and_nothing_when_it_is_solved() -> None:
    assert assess(an_event(hazard=True), dongcheng(), {}).points == 16
    assert assess(an_event("case_solved", hazard=True), dongcheng(), {}).points == 3


@pytest.mark.parametrize(
    ("event", "points"),
    [("patrol", 1), ("visit", 2), ("act", 1), ("refresh", 1), ("hall_session", 3), ("course", 5), ("map", 10)],
)
def test_work_has_its_own_tariff(event: str, points: int) -> None:
    assert assess(an_event(event, category=None), dongcheng(), {}).points == points


def test_a_solved_whistle_is_shared_to_the_last_point() -> None:
    shares = [assess(an_event("whistle_solved", share=n, shared_by=3), dongcheng(), {}).points for n in (1, 2, 3)]
    assert shares == [4, 3, 3]


def test_a_duplicate_is_worth_nothing_and_says_so() -> None:
    assessed = assess(an_event("duplicate"), dongcheng(), {})
    assert (assessed.points, assessed.entitled, assessed.uses) == (0, 0, ())


def test_an_event_that_the_rules_do_not_pay_is_worth_nothing() -> None:
    assert assess(an_event("visit"), rules(a_document()), {}).points == 0


def test_an_unknown_category_is_refused_by_name() -> None:
    with pytest.raises(UnknownCategory) as caught:
        assess(an_event(category="unicorns"), dongcheng(), {})
    assert caught.value.pointer == "/category"
    assert "unicorns" in caught.value.text.render("en")


def test_a_case_without_a_category_is_refused_where_the_category_pays() -> None:
    with pytest.raises(CategoryMissing):
        assess(an_event(category=None), dongcheng(), {})


def test_a_false_report_cannot_be_credited() -> None:
    with pytest.raises(EventDeducts):
        assess(an_event("false_report"), dongcheng(), {})


def test_one_point_a_case_whatever_its_category() -> None:
    flat = rules({"name": "一分", "effective_on": "2000-01-01", "tariffs": {"case_verified": {"points": 1}}})
    assert [assess(an_event(category=category), flat, {}).points for category in (None, "anything")] == [1, 1]


def test_an_override_replaces_the_points_of_its_category() -> None:
    document = a_document()
    document["tariffs"]["case_verified"]["overrides"] = {"road_damage": 9}
    assert assess(an_event(), rules(document), {}).points == 9
    assert assess(an_event("case_solved"), rules(document), {}).points == 5


def test_a_cap_leaves_only_what_there_is_room_for() -> None:
    event, among = an_event(), dongcheng()
    assessed = assess(event, among, used(event, among, person_month=78))
    assert (assessed.points, assessed.entitled) == (2, 6)
    assert [(use.counted, use.cut) for use in assessed.uses] == [(2, 4)]


def test_a_second_patrol_on_a_day_is_worth_nothing_and_uses_nothing() -> None:
    event, among = an_event("patrol"), dongcheng()
    assessed = assess(event, among, used(event, among, patrol_day=1))
    assert assessed.points == 0
    assert {use.window.cap: (use.counted, use.cut) for use in assessed.uses} == {
        "patrol_day": (0, 1),
        "patrol_lane_day": (0, 0),
        "patrol_month": (0, 0),
        "person_month": (0, 0),
    }


def test_a_lane_is_patrolled_once_a_day_whoever_walks_it() -> None:
    among = dongcheng()
    first = an_event("patrol")
    usage = {use.window: use.counted for use in assess(first, among, {}).uses}
    other = an_event("patrol", steward_id=derived_id("steward", "bo"))
    assert assess(other, among, usage).points == 0
    elsewhere = an_event("patrol", steward_id=derived_id("steward", "bo"), lane_id=derived_id("lane", "other"))
    assert assess(elsewhere, among, usage).points == 1


def test_a_cap_per_lane_does_not_bind_an_event_without_a_lane() -> None:
    assert {window.cap for window in windows_of(an_event("patrol", lane_id=None), dongcheng())} == {
        "patrol_day",
        "patrol_month",
        "person_month",
    }


def test_a_cap_that_was_lowered_below_what_is_used_gives_no_room() -> None:
    event, among = an_event(), dongcheng()
    assert assess(event, among, used(event, among, person_month=200)).points == 0


def test_what_a_cap_had_cut_is_given_when_there_is_room_again() -> None:
    event, among = an_event(), dongcheng()
    cut = assess(event, among, used(event, among, person_month=78))
    usage = used(event, among, person_month=77)
    more = assess_top_up(event, among, usage, receipt=cut.receipt, entitled=cut.entitled, given=cut.points)
    assert (more.points, more.entitled, more.receipt.points) == (3, 4, 3)
    assert [(use.counted, use.cut) for use in more.uses] == [(3, 1)]


def test_a_top_up_is_no_second_time() -> None:
    document = a_document(caps=[a_cap(limit=3), a_cap(code="one_a_day", period="day", counts="times", limit=1)])
    event, among = an_event(), rules(document)
    cut = assess(event, among, {})
    assert (cut.points, cut.entitled) == (3, 6)
    usage = used(event, among, person_month=1, one_a_day=1)
    more = assess_top_up(event, among, usage, receipt=cut.receipt, entitled=6, given=3)
    assert more.points == 2
    assert {use.window.cap: use.counted for use in more.uses} == {"one_a_day": 0, "person_month": 2}


def test_nothing_is_topped_up_beyond_what_was_due() -> None:
    event, among = an_event(), dongcheng()
    whole = assess(event, among, {})
    more = assess_top_up(event, among, {}, receipt=whole.receipt, entitled=6, given=6)
    assert (more.points, more.uses, more.receipt.steps) == (0, (), ())


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 10, 31, 15, 59, 59, 999_000, tzinfo=UTC), "2026-10-31"),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), "2026-11-01"),
        (datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=8))), "2026-10-31"),
        (datetime(2026, 11, 1, 0, 0, tzinfo=timezone(timedelta(hours=8))), "2026-11-01"),
    ],
)
def test_days_and_months_change_at_midnight_in_shanghai(instant: datetime, day: str) -> None:
    periods = {window.terms.period: window.period for window in windows_of(an_event("map", occurred_at=instant), DONG)}
    assert periods == {"month": day[:7], "year": day[:4]}
    assert windows_of(an_event("patrol", occurred_at=instant), DONG)[0].period == day


def test_points_expire_with_the_local_year_of_the_event() -> None:
    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert str(assess(an_event(occurred_at=new_year), DONG, {}).expires_on) == "2028-12-31"
    assert str(assess(an_event(occurred_at=new_year - timedelta(microseconds=1)), DONG, {}).expires_on) == "2027-12-31"


def test_a_window_is_the_same_row_in_every_process() -> None:
    first, second = windows_of(an_event(), DONG)[0], windows_of(an_event(), DONG)[0]
    assert (first, first.id, hash(first)) == (second, second.id, hash(second))
    assert first.id != windows_of(an_event(steward_id=LANE), DONG)[0].id


DONG = dongcheng()
some_caps = st.lists(
    st.fixed_dictionaries(
        {
            "per": st.sampled_from(["steward", "lane"]),
            "period": st.sampled_from(["day", "month", "year"]),
            "counts": st.sampled_from(["points", "times"]),
            "limit": st.integers(1, 30),
            "events": st.sampled_from([["case_verified"], ["case_verified", "patrol"], "all"]),
        }
    ),
    max_size=5,
).map(lambda caps: [{"code": f"cap_{at}", **cap} for at, cap in enumerate(caps)])
some_events = st.builds(
    an_event,
    event=st.sampled_from(["case_verified", "case_solved", "patrol", "duplicate", "visit"]),
    steward_id=st.sampled_from([ANN, derived_id("steward", "bo")]),
    lane_id=st.sampled_from([LANE, derived_id("lane", "other"), None]),
    category=st.sampled_from(["road_damage", "dog_mess"]),
    hazard=st.booleans(),
    occurred_at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)


def programme(caps: list[dict[str, Any]], *, base: int = 6) -> Rules:
    categories = {
        "road_damage": {"points": base, "zh": "道路破损", "en": "Road damage"},
        "dog_mess": {"points": 1, "zh": "犬只粪便", "en": "Dog mess"},
    }
    return rules(a_document(caps=caps, categories=categories, hazard_bonus=10))


def run(events: list[EarningEvent], among: Rules) -> tuple[list[Assessment], dict[WindowKey, int]]:
    """Assess events one after another, as the ledger does."""
    usage: dict[WindowKey, int] = {}
    done = []
    for event in events:
        assessed = assess(event, among, usage)
        for use in assessed.uses:
            usage[use.window] = usage.get(use.window, 0) + use.counted
        done.append(assessed)
    return done, usage


@given(caps=some_caps, events=st.lists(some_events, max_size=30))
def test_points_are_never_negative_never_above_what_is_due_and_never_above_a_cap(
    caps: list[dict[str, Any]], events: list[EarningEvent]
) -> None:
    done, usage = run(events, programme(caps))
    assert all(0 <= assessed.points <= assessed.entitled for assessed in done)
    assert all(0 <= used <= window.terms.limit for window, used in usage.items())


@given(caps=some_caps, events=st.lists(some_events, max_size=30))
def test_windows_hold_exactly_what_was_given_inside_them(
    caps: list[dict[str, Any]], events: list[EarningEvent]
) -> None:
    among = programme(caps)
    done, usage = run(events, among)
    expected: dict[WindowKey, int] = {}
    for event, assessed in zip(events, done, strict=True):
        for window in windows_of(event, among):
            counted = assessed.points if window.terms.counts == "points" else int(assessed.points > 0)
            expected[window] = expected.get(window, 0) + counted
    assert {window: used for window, used in usage.items() if used} == {w: used for w, used in expected.items() if used}


@given(caps=some_caps, events=st.lists(some_events, max_size=30), shuffled=st.randoms(use_true_random=False))
def test_the_order_of_caps_means_nothing(caps: list[dict[str, Any]], events: list[EarningEvent], shuffled: Any) -> None:
    other = list(caps)
    shuffled.shuffle(other)
    first, second = run(events, programme(caps))[0], run(events, programme(other))[0]
    assert [(done.points, done.uses, done.receipt) for done in first] == [
        (done.points, done.uses, done.receipt) for done in second
    ]


@given(caps=some_caps, events=st.lists(some_events, max_size=30))
def test_the_steps_of_a_receipt_add_up_and_the_tightest_cap_makes_the_cut(
    caps: list[dict[str, Any]], events: list[EarningEvent]
) -> None:
    for assessed in run(events, programme(caps))[0]:
        assert sum(step.points for step in assessed.receipt.steps) == assessed.receipt.points == assessed.points
        assert assessed.entitled - assessed.points == max((use.cut for use in assessed.uses), default=0)
        bit = {use.window.cap for use in assessed.uses if use.cut}
        assert {step.params["cap"] for step in assessed.receipt.steps if step.code == "cap"} == bit


@given(caps=some_caps, events=st.lists(some_events, max_size=20))
def test_top_ups_never_give_more_than_was_due_or_than_there_is_room_for(
    caps: list[dict[str, Any]], events: list[EarningEvent]
) -> None:
    among = programme(caps)
    done, _ = run(events, among)
    for event, assessed in zip(events, done, strict=True):
        more = assess_top_up(
            event, among, {}, receipt=assessed.receipt, entitled=assessed.entitled, given=assessed.points
        )
        assert 0 <= more.points <= assessed.entitled - assessed.points
        assert all(use.counted <= use.window.terms.limit for use in more.uses)


@given(event=some_events, hours=st.sampled_from([0, 8, -5, 14, -12]))
def test_spellings_of_one_instant_count_alike(event: EarningEvent, hours: int) -> None:
    spelt = an_event(
        event.event,
        **{name: getattr(event, name) for name in ("steward_id", "lane_id", "category", "hazard")},
        occurred_at=event.occurred_at.astimezone(timezone(timedelta(hours=hours))),
    )
    assert windows_of(event, DONG) == windows_of(spelt, DONG)
    assert assess(event, DONG, {}) == assess(spelt, DONG, {})


@given(base=st.integers(0, 1_000_000))
def test_the_solved_bonus_is_half_up_without_fractions(base: int) -> None:
    assert assess(an_event("case_solved"), programme([], base=base), {}).points == max(1, (base + 1) // 2)


@given(whole=st.integers(0, 1000), people=st.integers(1, 50))
def test_shares_add_up_to_the_whole(whole: int, people: int) -> None:
    among = rules(a_document(tariffs={"patrol": {"points": whole}}, solved_bonus=None))
    shares = [
        assess(an_event("patrol", share=share, shared_by=people), among, {}).points for share in range(1, people + 1)
    ]
    assert sum(shares) == whole
    assert max(shares) - min(shares) <= 1
