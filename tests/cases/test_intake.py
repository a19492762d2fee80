"""Reports become cases once, with the steward on duty, and whatever is wrong is named by its field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cases.intake import Reported
from kernel.audit import Actor
from kernel.errors import Refusal
from kernel.ids import new_id
from tests.cases.district import (
    DONGSI_ADMIN,
    INTEGRATOR,
    LONGTAN_ADMIN,
    MORNING,
    District,
    a_report,
    a_step,
    as_steward,
    by_steward,
    codes,
)
from tests.stewards.builders import NOON

REPORTED_ON = "261123"


async def test_a_report_belongs_to_the_steward_on_duty_and_gets_a_number_of_its_day(district: District) -> None:
    first, second = await district.reported(a_report(), a_report(lane_code="014-01-01"))
    assert (first.steward_id, second.steward_id) == (district.zhao, district.qian)
    assert (first.number, second.number) == (f"{REPORTED_ON}0001", f"{REPORTED_ON}0002")
    assert not first.repeated


async def test_numbers_follow_the_day_of_the_report_and_go_on(district: District) -> None:
    october = datetime(2026, 10, 3, 2, 0, tzinfo=UTC)
    numbers = [
        case.number
        for case in await district.reported(a_report(), a_report(reported_at=october), a_report())
        + await district.reported(a_report(reported_at=october))
    ]
    assert numbers == [f"{REPORTED_ON}0001", "2610030001", f"{REPORTED_ON}0002", "2610030002"]


async def test_the_same_report_again_is_recognised_even_after_it_was_handled(district: District) -> None:
    report = a_report()
    [first] = await district.reported(report)
    await district.handled(a_step(first, "verify"))
    again, fresh = await district.reported(report, a_report())
    assert (again.repeated, again.case_id, again.state) == (True, first.case_id, "verified")
    assert not fresh.repeated
    assert await district.count("cases_case") == 2


async def test_a_repeat_in_one_batch_is_recognised_too(district: District) -> None:
    report = a_report()
    first, again = await district.reported(report, report)
    assert (first.repeated, again.repeated) == (False, True)
    assert first.case_id == again.case_id
    assert await district.count("cases_case") == 1


async def test_the_same_instant_in_another_zone_is_the_same_report(district: District) -> None:
    report = a_report()
    await district.reported(report)
    elsewhere = replace(report, reported_at=MORNING.astimezone(timezone(timedelta(hours=-5))))
    [again] = await district.reported(elsewhere)
    assert again.repeated


@pytest.mark.parametrize(
    "changed",
    [
        {"category": "litter"},
        {"lane_code": "014-01-01"},
        {"reported_at": MORNING + timedelta(seconds=1)},
        {"urgency": "hazard"},
        {"livelihood": True},
        {"description": "坑"},
        {"address": "1号"},
        {"latitude": 39.88, "longitude": 116.43},
        {"steward_number": "0140002"},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_the_same_number_with_other_content_is_refused(district: District, changed: dict[str, Any]) -> None:
    report = a_report()
    other = replace(report, **changed)
    assert codes(await district.report(report, other)) == ["reported", "case_differs"]
    assert codes(await district.report(other)) == ["case_differs"]
    assert await district.count("cases_case") == 1


async def test_a_refused_row_harms_no_other_and_leaves_nothing(district: District) -> None:
    report = a_report()
    outcomes = await district.report(replace(report, category="unheard_of"), report, a_report(lane_code="nowhere"))
    assert codes(outcomes) == ["unknown_category", "reported", "unknown_lane"]
    for table in ("cases_case", "cases_case_text", "cases_event"):
        assert await district.count(table) == 1


def at(day: int, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, 2, 0, tzinfo=UTC)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"source": ""}, "text_missing", "/source"),
    ({"source": "长" * 33}, "text_too_long", "/source"),
    ({"external_id": " "}, "text_missing", "/external_id"),
    ({"external_id": "a\0b"}, "text_character_not_allowed", "/external_id"),
    ({"external_id": "a\u202eb"}, "text_character_not_allowed", "/external_id"),
    ({"external_id": "\ud800"}, "text_character_not_allowed", "/external_id"),
    ({"external_id": 17}, "not_text", "/external_id"),
    ({"description": "长" * 10_000}, "text_too_long", "/description"),
    ({"description": "\0"}, "text_character_not_allowed", "/description"),
    ({"description": " ", "channel": "desk"}, "description_missing", "/description"),
    ({"address": "长" * 201}, "text_too_long", "/address"),
    ({"channel": "pigeon"}, "not_a_choice", "/channel"),
    ({"urgency": "very"}, "not_a_choice", "/urgency"),
    ({"category": "unheard_of"}, "unknown_category", "/category"),
    ({"category": "\0"}, "unknown_category", "/category"),
    ({"lane_code": "nowhere"}, "unknown_lane", "/lane"),
    ({"lane_code": "\0"}, "unknown_lane", "/lane"),
    ({"lane_code": None}, "lane_missing", "/lane"),
    ({"lane_id": new_id()}, "unknown_lane", "/lane"),
    ({"lane_code": "006-01-02"}, "lane_not_in_use", "/lane"),
    ({"steward_id": new_id()}, "unknown_steward", "/steward"),
    ({"steward_number": "9999999"}, "unknown_steward", "/steward"),
    ({"steward_number": "\0"}, "unknown_steward", "/steward"),
    ({"reported_at": NOON + timedelta(minutes=6)}, "in_the_future", "/reported_at"),
    ({"reported_at": NOON + timedelta(days=400_000)}, "in_the_future", "/reported_at"),
    ({"reported_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))}, "too_long_ago", "/reported_at"),
    ({"reported_at": at(23).replace(tzinfo=None)}, "time_zone_missing", "/reported_at"),
    ({"reported_at": at(4, 1), "steward_number": "0140001"}, "before_joining", "/reported_at"),
    ({"reported_at": at(4, 1)}, "nobody_on_duty", "/steward"),
    ({"reported_at": at(31, 12, 2017)}, "no_rules_in_force", "/reported_at"),
    ({"latitude": 39.9}, "outside_the_globe", "/longitude"),
    ({"longitude": 116.4}, "outside_the_globe", "/latitude"),
    ({"latitude": 90.1, "longitude": 0.0}, "outside_the_globe", "/latitude"),
    ({"latitude": 0.0, "longitude": -180.5}, "outside_the_globe", "/longitude"),
    ({"latitude": float("nan"), "longitude": 0.0}, "outside_the_globe", "/latitude"),
    ({"latitude": 0.0, "longitude": float("inf")}, "outside_the_globe", "/longitude"),
    ({"latitude": True, "longitude": 0.0}, "outside_the_globe", "/latitude"),
]


async def test_whatever_is_wrong_is_named_by_its_field_and_leaves_no_row(district: District) -> None:
    outcomes = await district.report(*[a_report(**changes) for changes, _, _ in WRONG])
    found = [(o.code, o.pointer) if isinstance(o, Refusal) else ("reported", None) for o in outcomes]
    expected = [(code, pointer) for _, code, pointer in WRONG]
    assert found == expected
    assert all(outcome.text.render("en") for outcome in outcomes if isinstance(outcome, Refusal))
    assert await district.count("cases_case") == 0
    assert await district.count("kernel_counter") == 0


async def test_stewards_report_for_themselves_and_in_their_own_name_alone(district: District) -> None:
    mine = {"reporter": by_steward(district.qian), "channel": "phone", "description": "井盖松动"}
    outcomes = await district.report(
        a_report(**mine),
        a_report(**mine, steward_id=district.zhao),
        a_report(**mine, steward_number="0140001"),
        a_report(**mine, principal=as_steward(district.qian)),
        a_report(**{**mine, "reporter": LONGTAN_ADMIN.actor}, principal=as_steward(district.qian)),
    )
    assert codes(outcomes) == ["reported", "reported_for_another", "reported_for_another", "reported", "not_allowed"]
    assert isinstance(outcomes[0], Reported)
    assert outcomes[0].steward_id == district.qian


async def test_staff_and_machines_report_where_they_may(district: District) -> None:
    outcomes = await district.report(
        a_report(reporter=LONGTAN_ADMIN.actor, principal=LONGTAN_ADMIN),
        a_report(reporter=DONGSI_ADMIN.actor, principal=DONGSI_ADMIN),
        a_report(reporter=INTEGRATOR.actor, principal=INTEGRATOR),
    )
    assert codes(outcomes) == ["reported", "lane_out_of_reach", "reported"]


async def test_a_named_steward_has_to_serve_and_to_have_a_lane_that_day(district: District) -> None:
    from stewards.enrolment import enrol_stewards
    from tests.stewards.builders import a_steward

    async def enrol(tx: Any) -> Any:
        return await enrol_stewards(
            tx,
            [
                a_steward("0140008", name="李样本"),
                a_steward("0140009", name="周样本", status="suspended", lanes=("014-01-01",)),
            ],
            by=Actor("system"),
            now=NOON,
        )

    await district.database.run(enrol)
    outcomes = await district.report(a_report(steward_number="0140008"), a_report(steward_number="0140009"))
    assert codes(outcomes) == ["steward_not_on_duty", "steward_not_serving"]


async def test_local_days_decide_whatever_the_spelling_of_the_instant(district: District) -> None:
    just_before = datetime(2026, 10, 2, 15, 59, 59, 999_000, tzinfo=UTC)
    midnight = datetime(2026, 10, 3, 0, 0, tzinfo=timezone(timedelta(hours=8)))
    before, after = await district.reported(a_report(reported_at=just_before), a_report(reported_at=midnight))
    assert (before.number[:6], after.number[:6]) == ("261002", "261003")


async def test_a_thousand_reports_in_one_batch_get_a_thousand_numbers(district: District) -> None:
    cases = await district.reported(*[a_report(lane_code=("014-01-01", "014-02-01")[at % 2]) for at in range(1_000)])
    assert [case.number for case in cases] == [f"{REPORTED_ON}{at:04d}" for at in range(1, 1_001)]
    assert await district.count("cases_case") == 1_000


async def test_nobody_takes_the_numbers_of_another_system_or_person(district: District) -> None:
    zhao, qian, clerk = by_steward(district.zhao), by_steward(district.qian), LONGTAN_ADMIN.actor
    taken = a_report(source="grid-platform", external_id="DC2026-999999")
    same = {"external_id": "1"}
    outcomes = await district.report(
        a_report(reporter=zhao, source="grid-platform", external_id="DC2026-999999"),
        a_report(reporter=clerk, source="grid-platform", external_id="DC2026-999999"),
        a_report(reporter=INTEGRATOR.actor, source="phone"),
        a_report(reporter=INTEGRATOR.actor, source="desk"),
        a_report(reporter=INTEGRATOR.actor, source=None),
        taken,
        a_report(reporter=zhao, **same),
        a_report(reporter=qian, lane_code="014-01-01", **same),
        a_report(reporter=clerk, **same),
        a_report(reporter=zhao, source="phone", **same),
    )
    assert codes(outcomes) == ["source_reserved"] * 4 + ["text_missing"] + ["reported"] * 5
    assert {o.pointer for o in outcomes if isinstance(o, Refusal)} == {"/source"}
    assert [o.repeated for o in outcomes[5:] if isinstance(o, Reported)] == [False, False, False, False, True]


async def test_persons_say_only_the_ways_by_which_persons_report(district: District) -> None:
    steward, clerk = by_steward(district.zhao), LONGTAN_ADMIN.actor
    said = [(steward, "phone"), (steward, "sheet"), (steward, "api"), (clerk, "chat"), (clerk, "sheet"), (clerk, "api")]
    outcomes = await district.report(*[a_report(reporter=who, channel=channel) for who, channel in said])
    assert codes(outcomes) == ["reported", "not_a_choice", "not_a_choice", "reported", "not_a_choice", "not_a_choice"]
    assert {o.pointer for o in outcomes if isinstance(o, Refusal)} == {"/channel"}


async def test_persons_report_soon_and_machines_whenever(district: District) -> None:
    zhao, clerk = by_steward(district.zhao), LONGTAN_ADMIN.actor
    stewards, clerks = timedelta(hours=48), timedelta(days=31)
    second = timedelta(seconds=1)
    before = [(zhao, stewards), (zhao, stewards + second), (clerk, clerks), (clerk, clerks + second)]
    outcomes = await district.report(
        *[a_report(reporter=who, reported_at=NOON - ago) for who, ago in before],
        a_report(reporter=INTEGRATOR.actor, reported_at=NOON - timedelta(days=40)),
        a_report(reported_at=NOON - timedelta(days=40)),
    )
    assert codes(outcomes) == ["reported", "reported_too_late", "reported", "reported_too_late", "reported", "reported"]
    assert {o.pointer for o in outcomes if isinstance(o, Refusal)} == {"/reported_at"}


async def test_the_same_report_is_recognised_however_late_it_is_sent_again(district: District) -> None:
    report = a_report(reporter=by_steward(district.zhao))
    await district.reported(report)
    [again] = await district.reported(report, now=NOON + timedelta(days=60))
    assert again.repeated


async def test_a_steward_reports_in_the_own_street_alone(district: District) -> None:
    outcomes = await district.report(
        a_report(reporter=by_steward(district.zhao), lane_code="014-01-01"),
        a_report(reporter=by_steward(district.zhao), lane_code="006-01-01"),
    )
    assert codes(outcomes) == ["reported", "lane_of_another_street"]
    assert isinstance(outcomes[1], Refusal)
    assert outcomes[1].pointer == "/lane"
