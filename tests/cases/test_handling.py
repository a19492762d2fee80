"""Steps of cases with their points: credited once, taken back once, in order, whoever else is in the batch."""

from uuid import UUID

from cases.handling import Handled
from points.award import AwardReversal
from points.reversing import reverse_awards
from points.rule_versions import publish_rules
from tests.cases.district import (
    DISTRICT_ADMIN,
    DONGSI_ADMIN,
    GUANGMING_STAFF,
    INTEGRATOR,
    LONGTAN_ADMIN,
    XILI_CHIEF,
    District,
    a_report,
    a_step,
    as_steward,
    by_steward,
    codes,
    later,
)
from tests.points.rule_builders import a_document
from tests.stewards.builders import NOON


async def test_a_verified_case_becomes_points_with_a_receipt(district: District) -> None:
    [case] = await district.reported(a_report())
    [verified] = await district.handled(a_step(case, "verify"))
    assert verified.award is not None
    assert verified.award.points == 6
    assert await district.balance(district.zhao) == 6
    [solved] = await district.handled(a_step(case, "solve"))
    assert solved.award is not None
    assert (solved.award.points, await district.balance(district.zhao)) == (3, 9)
    await district.check()


async def test_steps_on_one_case_in_one_batch_build_on_each_other(district: District) -> None:
    first, second = await district.reported(a_report(), a_report(lane_code="014-01-01"))
    outcomes = await district.handle(
        a_step(first, "verify"), a_step(second, "solve"), a_step(first, "solve"), a_step(first, "solve")
    )
    assert codes(outcomes) == ["verified", "wrong_case_state", "solved", "wrong_case_state"]
    assert await district.balance(district.zhao) == 9
    await district.check()


async def test_verifying_twice_credits_once(district: District) -> None:
    [case] = await district.reported(a_report())
    assert codes(await district.handle(a_step(case, "verify"), a_step(case, "verify"))) == [
        "verified",
        "wrong_case_state",
    ]
    assert codes(await district.handle(a_step(case, "verify"))) == ["wrong_case_state"]
    assert await district.balance(district.zhao) == 6


async def test_a_returned_case_is_completed_by_its_steward_and_loses_nothing(district: District) -> None:
    [case] = await district.reported(a_report(reporter=by_steward(district.zhao)))
    steps = await district.handle(
        a_step(case, "return", note="请补一张照片"),
        a_step(case, "complete", as_steward(district.qian)),
        a_step(case, "complete", as_steward(district.zhao), note="补好了"),
        a_step(case, "verify"),
    )
    assert codes(steps) == ["returned", "unknown_case", "reported", "verified"]
    assert await district.balance(district.zhao) == 6
    await district.check()


async def test_reopening_takes_every_credit_back_once_and_earns_again(district: District) -> None:
    [case] = await district.reported(a_report())
    await district.handled(a_step(case, "verify"), a_step(case, "solve"))
    [reopened] = await district.handled(a_step(case, "reopen"))
    assert sorted(taken.points_taken for taken in reopened.reversed) == [3, 6]
    assert (reopened.episode, await district.balance(district.zhao)) == (2, 0)
    assert codes(await district.handle(a_step(case, "reopen"))) == ["wrong_case_state"]
    await district.handled(a_step(case, "verify"), a_step(case, "solve"))
    assert await district.balance(district.zhao) == 9
    await district.check()


async def test_one_batch_may_verify_reopen_and_verify_again(district: District) -> None:
    [case] = await district.reported(a_report())
    outcomes = await district.handle(
        a_step(case, "verify"), a_step(case, "reopen"), a_step(case, "verify"), a_step(case, "reopen")
    )
    assert codes(outcomes) == ["verified", "reported", "verified", "reported"]
    assert await district.balance(district.zhao) == 0
    await district.check()


async def test_a_duplicate_earns_nothing_and_gives_back_what_it_had_earned(district: District) -> None:
    first, second = await district.reported(a_report(), a_report())
    await district.handled(a_step(first, "verify"), a_step(second, "verify"))
    [duplicate] = await district.handled(a_step(second, "duplicate", duplicate_of=first.case_id))
    assert duplicate.award is not None
    assert duplicate.award.points == 0
    assert await district.balance(district.zhao) == 6
    assert (await district.row(second.case_id))["duplicate_of_id"] == first.case_id
    [reopened] = await district.handled(a_step(second, "reopen", reason="not_a_duplicate"))
    assert reopened.state == "reported"
    await district.handled(a_step(second, "verify"))
    assert await district.balance(district.zhao) == 12
    await district.check()


async def test_a_duplicate_points_to_an_earlier_original_and_to_nothing_else(district: District) -> None:
    first, second, third = await district.reported(a_report(), a_report(), a_report())
    outcomes = await district.handle(
        a_step(first, "duplicate", duplicate_of=first.case_id),
        a_step(first, "duplicate", duplicate_of=second.case_id),
        a_step(first, "duplicate"),
        a_step(third, "duplicate", duplicate_of=second.case_id),
        a_step(second, "duplicate", duplicate_of=first.case_id),
        a_step(third, "reopen"),
        a_step(second, "duplicate", duplicate_of=first.case_id),
        a_step(third, "duplicate", duplicate_of=second.case_id),
        a_step(first, "reject"),
        a_step(third, "duplicate", duplicate_of=first.case_id),
    )
    assert codes(outcomes) == [
        "duplicate_of_itself",
        "original_is_later",
        "original_missing",
        "duplicate",
        "has_duplicates",
        "reported",
        "duplicate",
        "original_is_duplicate",
        "rejected",
        "original_rejected",
    ]
    named = outcomes[7]
    assert not isinstance(named, Handled)
    assert first.number in named.text.render("zh")
    assert first.number in named.text.render("en")
    await district.check()


async def test_nobody_verifies_what_he_earns_from_or_entered(district: District) -> None:
    own, entered = await district.reported(a_report(), a_report(reporter=LONGTAN_ADMIN.actor))
    both = as_steward(district.zhao)
    chief_and_steward = type(both)(
        kind="steward",
        id=both.id,
        name=both.name,
        grants=(*both.grants, *XILI_CHIEF.grants),
        steward_id=both.steward_id,
    )
    outcomes = await district.handle(
        a_step(own, "verify", chief_and_steward),
        a_step(entered, "verify", LONGTAN_ADMIN),
        a_step(entered, "verify", XILI_CHIEF),
    )
    assert codes(outcomes) == ["own_case", "own_report", "verified"]
    await district.check()


async def test_foreign_cases_answer_like_unknown_ones(district: District) -> None:
    [case] = await district.reported(a_report())
    outcomes = await district.handle(
        a_step(case, "verify", DONGSI_ADMIN),
        a_step(case, "verify", GUANGMING_STAFF),
        a_step(case, "verify", as_steward(district.qian)),
        a_step(district.zhao, "verify", DISTRICT_ADMIN),
        a_step(case, "verify", as_steward(district.zhao)),
        a_step(case, "verify", INTEGRATOR),
    )
    assert codes(outcomes) == ["unknown_case"] * 4 + ["not_allowed"] * 2
    assert await district.count("cases_event") == 1


async def test_ones_own_last_step_can_be_undone_for_a_quarter_of_an_hour(district: District) -> None:
    case, rejected, old = await district.reported(a_report(), a_report(), a_report())
    await district.handled(a_step(case, "verify"), a_step(rejected, "return"), a_step(rejected, "reject"))
    await district.handled(a_step(old, "verify"))
    outcomes = await district.handle(
        a_step(case, "undo", XILI_CHIEF),
        a_step(case, "undo"),
        a_step(case, "undo"),
        a_step(rejected, "undo"),
        now=later(15),
    )
    assert codes(outcomes) == ["nothing_to_undo", "reported", "nothing_to_undo", "returned"]
    assert codes(await district.handle(a_step(old, "undo"), now=later(15.1))) == ["nothing_to_undo"]
    assert await district.balance(district.zhao) == 6
    await district.check()


async def test_a_step_on_what_somebody_else_changed_is_refused(district: District) -> None:
    [case] = await district.reported(a_report())
    outcomes = await district.handle(
        a_step(case, "verify", expected_version=2),
        a_step(case, "verify", expected_version=1),
        a_step(case, "solve", expected_version=1),
        a_step(case, "solve", expected_version=2),
    )
    assert codes(outcomes) == ["case_changed", "verified", "case_changed", "solved"]


async def test_reasons_and_notes_are_asked_for(district: District) -> None:
    [case] = await district.reported(a_report())
    outcomes = await district.handle(
        a_step(case, "return", reason=None),
        a_step(case, "return", reason="mood"),
        a_step(case, "return", reason="other"),
        a_step(case, "verify", reason="other"),
        a_step(case, "return", note="\u202e"),
        a_step(case, "return", note="长" * 1001),
        a_step(case, "return", reason="other", note="看不清门牌"),
    )
    assert codes(outcomes) == [
        "reason_missing",
        "unknown_reason",
        "note_missing",
        "unknown_reason",
        "text_character_not_allowed",
        "text_too_long",
        "returned",
    ]
    assert [outcome.pointer for outcome in outcomes[:6] if not isinstance(outcome, Handled)] == [
        "/reason",
        "/reason",
        "/note",
        "/reason",
        "/note",
        "/note",
    ]


async def test_a_cap_that_cut_gives_back_when_a_case_is_reopened(district: District) -> None:
    cases = await district.reported(*[a_report() for _ in range(14)])
    await district.handled(*[a_step(case, "verify") for case in cases])
    assert await district.balance(district.zhao) == 80
    [reopened] = await district.handled(a_step(cases[0], "reopen"))
    assert [top_up.points for taken in reopened.reversed for top_up in taken.top_ups] == [4]
    assert await district.balance(district.zhao) == 78
    await district.check()


async def test_what_was_taken_back_by_hand_is_not_taken_back_again(district: District) -> None:
    [case] = await district.reported(a_report())
    verified, _ = await district.handled(a_step(case, "verify"), a_step(case, "solve"))
    assert verified.award is not None
    by_hand = AwardReversal(award=verified.award.award_id, cause="correction")
    await district.database.run(lambda tx: reverse_awards(tx, [by_hand], now=NOON))
    assert await district.balance(district.zhao) == 3
    await district.check()
    [reopened] = await district.handled(a_step(case, "reopen"))
    assert [taken.points_taken for taken in reopened.reversed] == [3]
    await district.handled(a_step(case, "verify"))
    assert await district.balance(district.zhao) == 6
    await district.check()


async def test_a_credit_that_is_refused_leaves_its_case_alone_and_harms_no_other(one_point_district: District) -> None:
    district = one_point_district
    strange, known = await district.reported(a_report(category="anything"), a_report(category="road_damage"))
    # From today on the programme pays by category, and knows only one.
    await district.database.run(lambda tx: publish_rules(tx, a_document(effective_on="2026-11-23"), by=None, now=NOON))
    outcomes = await district.handle(
        a_step(strange, "verify"), a_step(strange, "solve"), a_step(known, "verify"), a_step(strange, "reject")
    )
    assert codes(outcomes) == ["unknown_category", "wrong_case_state", "verified", "rejected"]
    assert await district.balance(district.zhao) == 6
    await district.check()


async def test_a_batch_of_several_clerks_names_each_as_who_caused_it(district: District) -> None:
    first, second = await district.reported(a_report(), a_report())
    outcomes = await district.handled(a_step(first, "verify", LONGTAN_ADMIN), a_step(second, "verify", XILI_CHIEF))
    assert [outcome.number for outcome in outcomes] == [first.number, second.number]
    reader = await district.database.reader()
    for table in ("points_operation", "kernel_audit WHERE action = 'cases.verify'", "cases_event WHERE version = 2"):
        rows = await reader.fetch(f"SELECT actor_id FROM {table}", types={"actor_id": UUID})
        assert {row["actor_id"] for row in rows} == {LONGTAN_ADMIN.id, XILI_CHIEF.id}, table


async def test_a_thousand_mixed_steps_in_one_batch(district: District) -> None:
    cases = await district.reported(*[a_report(lane_code=("014-02-01", "014-01-01")[at % 2]) for at in range(250)])
    steps = [a_step(case, action) for case in cases for action in ("verify", "solve", "verify", "return")]
    assert codes(await district.handle(*steps)) == ["verified", "solved", "wrong_case_state", "wrong_case_state"] * 250
    assert await district.count("cases_event") == 750
    await district.check()


async def test_steps_entered_later_keep_their_time(district: District) -> None:
    [case] = await district.reported(a_report())
    outcomes = await district.handle(
        a_step(case, "verify", occurred_at=later(6)),
        a_step(case, "verify", occurred_at=later(-600)),
        a_step(case, "verify", occurred_at=later(-60)),
    )
    assert codes(outcomes) == ["in_the_future", "before_the_report", "verified"]
    assert (await district.row(case.case_id))["verified_at"] == later(-60)


async def test_free_text_stands_in_notes_alone(district: District) -> None:
    canary = "金丝雀在此"
    [case] = await district.reported(a_report(description=canary, address=canary))
    await district.handled(a_step(case, "return", note=canary))
    reader = await district.database.reader()
    for table in ("cases_event", "kernel_outbox", "kernel_audit", "cases_case"):
        assert canary not in str([dict(row) for row in await reader.fetch(f"SELECT * FROM {table}")]), table
    assert await district.count("cases_note") == 1
