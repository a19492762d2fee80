"""Rule sets that contradict themselves, section by section: each is told where, in Chinese and in English."""

from typing import Any

import pytest

from kernel.messages import LOCALES
from points.rule_documents import RulesRefused, parse_rules
from tests.points.rule_builders import a_document

RUNG = {"code": "one", "zh": "一级", "en": "One", "points": 10}
PART = {"code": "all", "zh": "全部", "en": "All", "most": 100}
HOURS = {"service": {"per_minutes": {"points": 1, "minutes": 60}}}
GATE = {"code": "gate", "measure": "minutes", "at_least": 60}
TITLE = {"code": "gold", "zh": "金", "en": "Gold", "quota": 2, "weights": {"vote": 100}}
TEAM_TITLE = {**TITLE, "of": "team", "weights": {"points_percentile": 100}}
MEMBERS = {"code": "members", "of": "title", "measure": "members", "at_least": 3}
LISTED = {"group": "late", "points": 5, "zh": "迟到", "en": "Late"}
GROUP = {"late": {"zh": "出勤", "en": "Attendance"}}


def pointers(**sections: Any) -> list[str]:
    """Where a document is wrong; each mistake reads in both languages."""
    with pytest.raises(RulesRefused) as caught:
        parse_rules(a_document(**sections))
    for fault in caught.value.faults:
        words = {locale: fault.text.render(locale) for locale in LOCALES}
        assert words["zh"] != words["en"], words
        assert "{" not in words["en"], words
    return [fault.pointer for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("sections", "where"),
    [
        ({"purses": {"by_event": {"visit": "honour"}}}, "/purses/by_event/visit"),
        ({"purses": {"by_origin": {"guess": "honour"}}}, "/purses/by_origin/guess"),
        ({"balance_caps": {"services": {"most": 5, "overflow_to": "honour"}}}, "/balance_caps/services"),
        (
            {
                "purses": {"by_event": {"case_verified": "services"}},
                "balance_caps": {"services": {"most": 5, "overflow_to": "donated"}},
            },
            "/balance_caps/services/overflow_to",
        ),
        ({"balance_caps": {"spendable": {"most": 0, "overflow_to": "donated"}}}, "/balance_caps/spendable/most"),
        ({"balance_caps": {"spendable": {"most": 5, "overflow_to": "nowhere"}}}, "/balance_caps/spendable/overflow_to"),
        ({"expiry": {"policy": "end_of_year", "base": 5}}, "/expiry/base"),
        ({"expiry": {"reminders_days": [60]}}, "/expiry/policy"),
        ({"expiry": {"policy": "end_of_year", "reminders_days": [7, 7]}}, "/expiry/reminders_days"),
        ({"grants": {"face_values": [5, 5]}}, "/grants/face_values"),
        ({"grants": {"steps": ["check", "post"]}}, "/grants/steps"),
        ({"grants": {"alone_up_to": 600}}, "/grants/alone_up_to"),
        (
            {"grants": {"face_values": [50], "reasons": {"gift": {"zh": "礼", "en": "Gift", "most": 5}}}},
            "/grants/reasons/gift/most",
        ),
        ({"gates": [GATE, GATE]}, "/gates/1/code"),
        ({"gates": [GATE, {**GATE, "code": "other", "at_least": None, "at_most": 59}]}, "/gates/1"),
        ({"gates": [{"code": "gate", "measure": "minutes"}]}, "/gates/0"),
        ({"gates": [{**GATE, "per": "month"}]}, "/gates/0"),
        ({"gates": [{"code": "gate", "only_items": []}]}, "/gates/0/only_items"),
        ({"levels": {"rungs": [RUNG, RUNG]}}, "/levels/rungs/1/code"),
        ({"levels": {"rungs": [{**RUNG, "points": 0}]}}, "/levels/rungs/0"),
        ({"levels": {"rungs": [RUNG, {**RUNG, "code": "two", "points": 9}]}}, "/levels/rungs/1"),
        ({"levels": {"rungs": [RUNG], "demotion": {"when": "idle"}}}, "/levels/demotion"),
        ({"stars": {"rungs": [{**RUNG, "minutes": 60}]}}, "/stars"),
        ({"scores": {"parts": [{**PART, "most": 99}]}}, "/scores/parts"),
        ({"scores": {"parts": [{**PART, "most": 99.5}]}}, "/scores/parts/0/most"),
        ({"scores": {"parts": [{**PART, "curve": {"kind": "magic"}}]}}, "/scores/parts/0/curve"),
        ({"scores": {"parts": [{**PART, "curve": {"of": 2}}]}}, "/scores/parts/0/curve"),
        ({"scores": {"parts": [{**PART, "curve": {"kind": "cliff", "of": 3, "in_all": 3}}]}}, "/scores/parts/0/curve"),
        (
            {"scores": {"parts": [{**PART, "curve": {"kind": "linear_loss", "full_at": 101, "lose": 1}}]}},
            "/scores/parts/0/curve/full_at",
        ),
        (
            {"scores": {"parts": [{**PART, "curve": {"kind": "piecewise", "through": [[5, 0], [5, 9]]}}]}},
            "/scores/parts/0/curve/through/1",
        ),
        (
            {"multipliers": {"bands": [{"from_score": 60, "percent": 100}, {"from_score": 60, "percent": 95}]}},
            "/multipliers/bands/1/from_score",
        ),
        ({"multipliers": {"bands": [{"from_score": 0, "percent": 100}], "events": ["map"]}}, "/multipliers/events/0"),
        ({"titles": [TITLE, TITLE]}, "/titles/1/code"),
        ({"titles": [{**TITLE, "weights": {"vote": 70}}]}, "/titles/0/weights"),
        ({"titles": [{**TITLE, "candidates": 1}]}, "/titles/0/candidates"),
        ({"titles": [{**TITLE, "gates": [GATE]}]}, "/titles/0/gates/0/of"),
        ({"titles": [{**TITLE, "gates": [MEMBERS]}]}, "/titles/0/gates/0/measure"),
        ({"titles": [{**TEAM_TITLE, "gates": [{**MEMBERS, "measure": "level"}]}]}, "/titles/0/gates/0/measure"),
        ({"titles": [{**TEAM_TITLE, "weights": {"minutes": 100}}]}, "/titles/0/weights/minutes"),
        ({"titles": [{**TEAM_TITLE, "per": "community"}]}, "/titles/0/per"),
        ({"titles": [{**TEAM_TITLE, "after": ["gold"]}]}, "/titles/0/after"),
        ({"titles": [{**TEAM_TITLE, "most_per_community": 1}]}, "/titles/0/most_per_community"),
        ({"gates": [{**MEMBERS, "of": "redeem"}]}, "/gates/0"),
        (
            {"sanctions": {"deductions": {"groups": GROUP, "items": {"x": {**LISTED, "group": "rude"}}}}},
            "/sanctions/deductions/items/x/group",
        ),
        ({"sanctions": {"cheating": {"bars_years": [3, 1]}}}, "/sanctions/cheating/bars_years"),
        ({"sanctions": {"no_shows": {"most": 5, "then": "suspend"}}}, "/sanctions/no_shows/suspend_days"),
        ({"grants": {"alone_up_to": 20, "alone_a_month": 10}}, "/grants/alone_a_month"),
        ({"complaints": {"zero": ["visit"]}}, "/complaints/zero/0"),
        ({"service_minutes": {"most_per_activity": 1_441, "events": "all"}}, "/service_minutes/most_per_activity"),
        ({"tariffs": {"service": {**HOURS["service"], "points": 1}}, "solved_bonus": None}, "/tariffs/service"),
        ({"about": {"zh": "说明"}}, "/about/en"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_contradiction_is_told_where_it_stands(sections: dict[str, Any], where: str) -> None:
    assert where in pointers(**sections)


@pytest.mark.parametrize("wrong", [0.5, 1.0, True, "-1", "1e2", "NaN", "½", "", None, 10**7, "0.1234567"])
def test_a_number_of_a_formula_is_exact(wrong: Any) -> None:
    assert pointers(scores={"total": wrong, "parts": [PART]}) == ["/scores/total"]


def test_the_documents_of_before_are_still_sound() -> None:
    rules = parse_rules(a_document())
    assert (rules.gates, rules.levels, rules.budget, rules.purses.by_origin) == ((), None, None, {})
    assert rules.ceiling_of("spendable") is None
