"""Receipts: one sentence in Chinese and in English, stored as codes and parameters."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.messages import has_english
from points import receipt as receipts
from points.assess import assess, assess_top_up, windows_of
from points.receipt import EVENT_NAMES, Receipt, Step, reversal_of, sentence
from points.rules import Event
from tests.points.rule_builders import an_event, dongcheng


def receipt_of(event: str = "case_verified", *, already: dict[str, int] | None = None, **facts: Any) -> Receipt:
    """The receipt of an event after so much of its caps was used."""
    happened = an_event(event, **facts)
    usage = {window: (already or {}).get(window.cap, 0) for window in windows_of(happened, dongcheng())}
    return assess(happened, dongcheng(), usage).receipt


@pytest.mark.parametrize(
    ("receipt", "chinese", "english"),
    [
        (receipt_of(), "道路破损，经核实得 6 分。", "Road damage: 6 points for the verified report."),
        (
            receipt_of(category="dog_mess"),
            "犬只粪便，经核实得 1 分。",
            "Dog mess: 1 point for the verified report.",
        ),
        (
            receipt_of(hazard=True),
            "道路破损，经核实得 6 分，险情另加 10 分，共 16 分。",
            "Road damage: 6 points for the verified report and 10 points for the hazard, 16 points in all.",
        ),
        (receipt_of("case_solved"), "道路破损，已经解决，加 3 分。", "Road damage: solved, 3 points more."),
        (
            receipt_of(already={"person_month": 78}),
            "道路破损，经核实得 6 分；当月已得 78 分，上限 80 分，只计 2 分。",
            (
                "Road damage: 6 points for the verified report; "
                "78 points earned already that month, the cap is 80 points, so 2 points counted."
            ),
        ),
        (
            receipt_of(already={"person_month": 80}),
            "道路破损，经核实得 6 分；当月已得 80 分，上限 80 分，不再计分。",
            (
                "Road damage: 6 points for the verified report; "
                "80 points earned already that month, the cap is 80 points, so nothing is added."
            ),
        ),
        (
            receipt_of("patrol", category=None, already={"patrol_day": 1}),
            "巡查，得 1 分；当天已计 1 次，上限 1 次，不再计分。",
            "Patrol: 1 point; 1 time counted already that day, the limit is 1 time, so nothing is added.",
        ),
        (
            receipt_of("duplicate"),
            "道路破损，与已有案件重复，不另计分。",
            "Road damage: a duplicate of an earlier case, no points.",
        ),
        (
            receipt_of("whistle_solved", category=None, share=2, shared_by=3),
            "吹哨事项办结，3 人共得 10 分，分得 3 分。",
            "Whistle solved: 10 points shared by 3 people, 3 points for this one.",
        ),
        (
            reversal_of(receipt_of(), points=6, cause="reopened"),
            "道路破损，撤回 6 分：案件重新办理。",
            "Road damage: 6 points taken back because the case was reopened.",
        ),
        (
            reversal_of(receipt_of(), points=6, cause="something else"),
            "道路破损，撤回 6 分。",
            "Road damage: 6 points taken back.",
        ),
    ],
)
def test_a_receipt_reads_as_one_sentence(receipt: Receipt, chinese: str, english: str) -> None:
    assert sentence(receipt).render("zh") == chinese
    assert sentence(receipt).render("en") == english


def test_a_top_up_says_that_a_cap_has_room_again() -> None:
    event, among = an_event(), dongcheng()
    full = {windows_of(event, among)[0]: 80}
    cut = assess(event, among, full)
    more = assess_top_up(event, among, {}, receipt=cut.receipt, entitled=cut.entitled, given=cut.points)
    assert sentence(more.receipt).render("zh") == "道路破损，上限有了余量，补计 6 分。"
    assert sentence(more.receipt).render("en") == "Road damage: a cap has room again, 6 points added."


def test_an_unpaid_event_says_so() -> None:
    unpaid = Receipt(rule_number=1, event=Event.VISIT, points=0, steps=(Step("not_paid", 0),))
    assert sentence(unpaid).render("zh") == "走访，现行规则不计分。"


@given(
    event=st.sampled_from([event for event in Event if event is not Event.FALSE_REPORT]),
    hazard=st.booleans(),
    used=st.integers(0, 100),
)
def test_a_receipt_survives_its_storage(event: Event, hazard: bool, used: int) -> None:
    receipt = receipt_of(event, hazard=hazard, already={"person_month": used, "visit_day": used})
    for stored in (receipt, reversal_of(receipt, points=receipt.points, cause="correction")):
        read = Receipt.from_json(stored.to_json())
        assert read == stored
        assert read.to_json() == stored.to_json()
        assert sentence(read).render("en").endswith(".")


def test_an_old_receipt_needs_no_rules_to_be_read() -> None:
    stored = (
        '{"category":{"code":"road_damage","en":"Road damage","zh":"道路破损"},"event":"case_verified","kind":"earned",'
        '"points":6,"rule":3,"steps":[{"code":"base","points":6}]}'
    )
    assert sentence(Receipt.from_json(stored)).render("zh") == "道路破损，经核实得 6 分。"
    assert Receipt.from_json(stored).to_json() == stored


def test_every_name_of_an_event_cause_and_period_is_translated() -> None:
    for names in (EVENT_NAMES, receipts._CAUSES, receipts._PERIODS):
        assert [name for name in names.values() if not has_english(name)] == []
