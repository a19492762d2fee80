"""Rule documents: what is accepted, and how each mistake is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points.rule_documents import RulesRefused, parse_rules, read_rules, shipped_programme
from points.rules import Event, Expiry, SolvedBonus
from tests.points.rule_builders import a_cap, a_document

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "programmes"


def faults_of(document: Any) -> dict[str, str]:
    """The mistakes of a document: Chinese text by pointer."""
    with pytest.raises(RulesRefused) as caught:
        parse_rules(document)
    return {fault.pointer: fault.text.render("zh") for fault in caught.value.faults}


def test_the_shipped_programme_has_the_whole_tariff() -> None:
    rules = parse_rules(shipped_programme())
    # Programmes by the clock pay for service and for those who join; this one does not.
    assert set(Event) - set(rules.tariffs) == {Event.RECORD, Event.SERVICE, Event.ENROLMENT, Event.REFERRAL}
    assert {code: category.points for code, category in rules.categories.items()} == {
        "dog_mess": 1, "small_ads": 2, "bike_order": 2, "litter": 2, "clutter": 2, "illegal_parking": 3,
        "road_occupation": 4, "facility_damage": 4, "road_damage": 6, "overhead_lines": 5, "illegal_build": 8,
        "wall_opening": 8, "facade_signs": 3, "fire_lane": 8, "light_noise": 5, "livelihood": 6,
    }  # fmt: skip
    assert {cap.code: cap.limit for cap in rules.caps} == {
        "person_month": 80, "patrol_day": 1, "patrol_lane_day": 1, "patrol_month": 22, "visit_day": 4, "act_day": 3,
        "hall_month": 2, "map_year": 1,
    }  # fmt: skip
    assert rules.hazard_bonus == 10


@pytest.mark.parametrize("name", ["dongcheng", "one-point"])
def test_programmes_in_the_documentation_are_the_shipped_ones(name: str) -> None:
    assert (EXAMPLES / f"{name}.json").read_bytes() == shipped_programme(name)


def test_one_point_a_case_takes_a_few_lines() -> None:
    rules = parse_rules(shipped_programme("one-point"))
    assert shipped_programme("one-point").count(b"\n") <= 5
    assert not rules.caps


def test_a_file_that_is_not_json_is_refused() -> None:
    for text in (b"", b"{", b"\xff\xfe", b"[" * 100_000, '{"name": "\ud800"}'):
        assert faults_of(text) == {"": "不是有效的 JSON"}
    assert faults_of(b"[]") == {"": "应为对象"}


def test_a_name_that_is_written_twice_is_a_mistake() -> None:
    assert faults_of(b'{"name": "a", "name": "b"}') == {"": "“name”写了两遍"}


def test_missing_and_misspelt_fields_are_named() -> None:
    document = a_document(efective_on="2026-01-01")
    del document["effective_on"]
    assert faults_of(document) == {"/effective_on": "缺少这一项", "/efective_on": "没有这一项，请检查拼写"}


@pytest.mark.parametrize("wrong", [1.5, 1.0, "1", True, None, [], 10**30, 2**63, -1, float("inf")])
def test_points_are_strict_integers(wrong: Any) -> None:
    document = a_document(hazard_bonus=wrong)
    assert list(faults_of(json.dumps(document))) == ["/hazard_bonus"]


def test_not_a_number_is_named_where_it_stands() -> None:
    assert faults_of(json.dumps(a_document(hazard_bonus=float("nan")))) == {"/hazard_bonus": "应为整数"}


@pytest.mark.parametrize(
    "wrong", ["2026-02-30", "2026-1-1", "20260101", "2026-01-01T00:00:00", 20260101, 0, True, None, "tomorrow"]
)
def test_the_effective_date_must_be_a_date(wrong: Any) -> None:
    assert faults_of(a_document(effective_on=wrong)) == {"/effective_on": "应为日期，写作 2026-01-31"}


def test_29_february_is_a_date_only_in_leap_years() -> None:
    assert parse_rules(a_document(effective_on="2028-02-29")).effective_on.isoformat() == "2028-02-29"
    assert "/effective_on" in faults_of(a_document(effective_on="2027-02-29"))


@pytest.mark.parametrize("wrong", ["", " 规则", "规则\u202e", "a\x00b", "规" * 65, 5])
def test_names_are_short_visible_words(wrong: Any) -> None:
    assert list(faults_of(a_document(name=wrong))) == ["/name"]


def test_a_cap_of_nothing_is_refused() -> None:
    assert faults_of(a_document(caps=[a_cap(limit=0)])) == {"/caps/0/limit": "不得小于 1"}


def test_a_cap_on_an_unknown_event_is_refused() -> None:
    assert list(faults_of(a_document(caps=[a_cap(events=["patrol", "jump"])]))) == ["/caps/0/events/1"]


def test_a_cap_on_an_event_without_a_tariff_is_refused() -> None:
    found = faults_of(a_document(caps=[a_cap(events=["patrol", "visit"])]))
    assert found == {"/caps/0/events/1": "规则里没有事项“visit”的分值"}


def test_two_caps_with_one_code_are_refused() -> None:
    assert list(faults_of(a_document(caps=[a_cap(), a_cap(limit=5)]))) == ["/caps/1/code"]


def test_an_event_listed_twice_in_a_cap_is_refused() -> None:
    assert list(faults_of(a_document(caps=[a_cap(events=["patrol", "patrol"])]))) == ["/caps/0/events/1"]


def test_an_override_for_an_unknown_category_is_refused() -> None:
    tariffs = {"case_verified": {"points_from": "category", "overrides": {"road_damge": 9}}}
    found = faults_of(a_document(tariffs=tariffs, solved_bonus=None))
    assert found == {"/tariffs/case_verified/overrides/road_damge": "规则里没有类别“road_damge”"}


def test_points_by_category_need_categories() -> None:
    assert list(faults_of(a_document(categories={}))) == ["/tariffs/case_verified/points_from"]


def test_an_unknown_event_is_named_with_those_that_exist() -> None:
    found = faults_of(a_document(tariffs={"case_verified": {"points": 1}, "jump": {"points": 1}}))
    assert "patrol" in found["/tariffs/jump"]


@pytest.mark.parametrize("tariff", [{}, {"points": 1, "points_from": "category"}, {"points": 1, "deducts": 1}])
def test_a_tariff_says_its_points_in_exactly_one_way(tariff: dict[str, Any]) -> None:
    document = a_document(tariffs={"case_verified": tariff}, solved_bonus=None)
    assert list(faults_of(document)) == ["/tariffs/case_verified"]


def test_only_a_false_report_deducts_and_it_does_nothing_else() -> None:
    base = a_document()["tariffs"]
    assert list(faults_of(a_document(tariffs={**base, "patrol": {"deducts": 1}}))) == ["/tariffs/patrol"]
    assert list(faults_of(a_document(tariffs={**base, "false_report": {"points": 1}}))) == ["/tariffs/false_report"]


def test_a_solved_bonus_is_written_where_it_is_used_and_nowhere_else() -> None:
    base = a_document()["tariffs"]
    assert list(faults_of(a_document(solved_bonus=None))) == ["/tariffs/case_solved/points_from"]
    assert list(faults_of(a_document(tariffs={"case_verified": base["case_verified"]}))) == ["/solved_bonus"]
    wrong_place = {**base, "patrol": {"points_from": "solved_bonus"}}
    assert list(faults_of(a_document(tariffs=wrong_place))) == ["/tariffs/patrol/points_from"]


def test_every_contradiction_is_told_at_once() -> None:
    found = faults_of(a_document(solved_bonus=None, caps=[a_cap(), a_cap(events=["visit"])]))
    assert list(found) == ["/tariffs/case_solved/points_from", "/caps/1/code", "/caps/1/events/0"]


def test_mistakes_are_told_in_english_too() -> None:
    with pytest.raises(RulesRefused) as caught:
        parse_rules(a_document(hazard_bonus=True))
    refusal = caught.value
    assert refusal.pointer == "/hazard_bonus"
    assert refusal.text.render("zh") == "积分规则有 1 处错误，第一处在“/hazard_bonus”：应为整数。"
    assert refusal.text.render("en") == (
        "Mistakes in the rule set: 1. The first is at /hazard_bonus: Should be a whole number."
    )


def test_canonical_json_does_not_depend_on_spelling() -> None:
    document = a_document()
    backwards = dict(reversed(document.items()))
    assert read_rules(json.dumps(document, indent=4))[1] == read_rules(json.dumps(backwards))[1]


@pytest.mark.parametrize(("base", "bonus"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (8, 4), (9, 5)])
def test_the_solved_bonus_is_half_the_base_rounded_half_up_and_at_least_one(base: int, bonus: int) -> None:
    assert SolvedBonus(percent=50, minimum=1).of(base) == bonus


def test_points_of_a_year_end_with_the_following_one() -> None:
    earned_on = parse_rules(a_document(effective_on="2026-12-31")).effective_on
    assert str(Expiry(policy="end_of_next_year").last_day(earned_on)) == "2027-12-31"
    assert str(Expiry(policy="end_of_year").last_day(earned_on)) == "2026-12-31"
    assert Expiry().last_day(earned_on) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(field=st.sampled_from(sorted(a_document())), value=json_values)
def test_any_value_in_any_field_is_accepted_or_refused_by_pointer(field: str, value: Any) -> None:
    refused = None
    try:
        parse_rules(json.dumps(a_document(**{field: value})))
    except RulesRefused as refusal:
        refused = refusal
    if refused is not None:
        assert all(fault.pointer == "" or fault.pointer.startswith("/") for fault in refused.faults)
        assert refused.text.render("en")
