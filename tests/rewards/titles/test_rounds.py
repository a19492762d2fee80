"""A round from its draft to its titles, on both databases: two people, a notice, objections, and a trace of it all."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from kernel.clock import FixedClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.jobs import run_due
from points.titles import Outcome
from rewards.titles.awards import PastTitle, import_titles, titles_of
from rewards.titles.committee import Review, StrikeWish, review_lists, strike_candidates
from rewards.titles.drafting import NewRound, RoundEdit, RoundStep, draft_rounds, edit_rounds, step_rounds
from rewards.titles.giving import Giving, award_lists
from rewards.titles.lists import list_id_of
from rewards.titles.models import TitleInputs, TitleRound
from rewards.titles.notice_reading import list_notices, notice_by_number
from rewards.titles.noticing import NoticeWish, publish_notices
from rewards.titles.objecting import ObjectionAnswer, ObjectionWish, answer_objections, object_to_titles
from rewards.titles.own_reading import own_lines
from rewards.titles.proposing import TITLES_PROPOSE, Proposal, propose_rounds
from rewards.titles.reading import list_rounds, published_inputs, published_snapshots
from rewards.titles.recomputing import recompute
from rewards.titles.verifying import verify_titles
from rewards.titles.working_days import PLAIN_WEEKS
from stewards.consents import ConsentWish, save_consents
from stewards.inbox import read_inbox
from tests.cases.district import DISTRICT_ADMIN, DONGSI_ADMIN, GUANGMING_STAFF, LONGTAN_ADMIN, as_steward
from tests.rewards.titles.rounds import CHECKER, DECEMBER, OFFICE, Year, a_year
from tests.stewards.builders import LONGTAN, NOON

JANUARY = datetime(2027, 1, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
async def year(database: Database) -> Year:
    """A published round about a worked year."""
    return await a_year(database)


def code_of(outcome: Any) -> str | None:
    return outcome.code if isinstance(outcome, Refusal) else None


async def test_a_round_goes_from_its_rules_to_titles_and_everything_can_be_checked(year: Year) -> None:
    proposed = await year.proposed()
    assert (proposed.candidates, proposed.lists, proposed.winners) == (7, 2, 2)
    assert await year.names() == ["吴演示", "周示例"]  # the best of each community
    found = await year.listed()
    assert [line.outcome for line in found.lines] == [
        Outcome.PROPOSED, Outcome.PROPOSED, Outcome.NEXT, Outcome.NEXT, Outcome.NEXT, Outcome.BARRED,
    ]  # fmt: skip
    assert (await year.proposed()).changed is False  # computed once

    await year.reviewed()
    notice = await year.noticed()
    assert (notice.from_on, notice.to_on) == (date(2026, 12, 1), date(2026, 12, 7))
    giving = Giving(list_id=found.id, version=1, caller=LONGTAN_ADMIN)
    assert code_of(await year.run(award_lists, giving)) == "title_notice_running"
    over = DECEMBER + timedelta(days=7)
    assert (await year.done(award_lists, giving, now=over)).awards == 2
    again = await year.done(award_lists, giving, now=over)
    assert (again.awards, again.changed) == (2, False)

    reader = await year.database.reader()
    held = await titles_of(reader, year.people.values())
    assert {name for name, person in year.people.items() if held[person]} == {"吴演示", "周示例"}
    messages, _ = await read_inbox(reader, year.people["吴演示"])
    assert messages[0].text.render("zh") == "祝贺您获得 2026 金牌管家！"
    body, _ = await published_inputs(reader, year.round_id)
    assert recompute(body, await published_snapshots(reader, year.round_id)).sound
    assert await year.database.snapshot(verify_titles) == []


async def test_an_objection_upheld_changes_the_list_and_leaves_a_trace(year: Year) -> None:
    await year.proposed()
    await year.reviewed()
    notice = await year.noticed()
    objection = await year.objected(notice, "吴演示")
    assert objection.answer_by_on == date(2026, 12, 4)
    wish = ObjectionAnswer(objection_id=objection.objection_id, upheld=True, answer="查实", caller=LONGTAN_ADMIN)
    assert code_of(await year.run(answer_objections, wish)) == "own_title"  # who took it down does not decide
    wish = ObjectionAnswer(objection_id=objection.objection_id, upheld=True, answer="查实", caller=CHECKER)
    assert (await year.done(answer_objections, wish)).version == 2
    assert code_of(await year.run(answer_objections, wish)) == "title_objection_answered"

    assert await year.names() == ["周示例", "李样本"]  # the next of the same community moved up
    found = await year.listed()
    assert [(one.reference, one.version) for one in found.struck] == [(objection.number, 2)]
    assert (found.state, found.reviews) == ("proposed", ())  # to be reviewed and announced anew
    reader = await year.database.reader()
    assert (await notice_by_number(reader, notice.number, now=DECEMBER)).replaced
    told, _ = await read_inbox(reader, year.people["吴演示"])
    assert objection.number in told[0].text.render("zh")

    late = ObjectionWish(
        notice_id=notice.notice_id, ticket=await year.ticket("周示例"), text="x", objector="郑示例", caller=CHECKER
    )
    assert code_of(await year.run(object_to_titles, late, calendar=PLAIN_WEEKS)) == "title_notice_replaced"
    await year.reviewed(2)
    second = await year.noticed(2)
    assert second.number != notice.number
    giving = Giving(list_id=found.id, version=2, caller=LONGTAN_ADMIN)
    assert (await year.done(award_lists, giving, now=DECEMBER + timedelta(days=7))).awards == 2
    body, _ = await published_inputs(reader, year.round_id)
    assert recompute(body, await published_snapshots(reader, year.round_id)).sound
    assert await year.database.snapshot(verify_titles) == []


async def test_an_objection_that_does_not_hold_leaves_the_list_and_open_ones_stop_the_titles(year: Year) -> None:
    await year.proposed()
    await year.reviewed()
    notice = await year.noticed()
    steward = as_steward(year.people["赵示例"])
    wish = ObjectionWish(
        notice_id=notice.notice_id, ticket=await year.ticket("周示例"), text="案件是我办的", caller=steward
    )
    objection = await year.done(object_to_titles, wish, calendar=PLAIN_WEEKS)
    over = DECEMBER + timedelta(days=7)
    giving = Giving(list_id=list_id_of(year.round_id, LONGTAN), version=1, caller=LONGTAN_ADMIN)
    assert code_of(await year.run(award_lists, giving, now=over)) == "title_objections_open"
    answer = ObjectionAnswer(objection_id=objection.objection_id, upheld=False, answer="记录清楚", caller=LONGTAN_ADMIN)
    await year.done(answer_objections, answer, now=over)
    assert (await year.done(award_lists, giving, now=over)).awards == 2
    told, _ = await read_inbox(await year.database.reader(), year.people["赵示例"])
    assert told[0].text.render("zh") == f"您的异议 {objection.number} 不成立。答复：记录清楚"


async def test_a_veto_of_the_committee_strikes_and_two_others_have_to_agree_again(year: Year) -> None:
    await year.proposed()
    await year.reviewed()
    list_id = list_id_of(year.round_id, LONGTAN)
    facts: dict[str, Any] = {
        "list_id": list_id,
        "version": 1,
        "ticket": await year.ticket("周示例"),
        "cause": "payment_taken",
        "reason": "收了商户的钱",
        "caller": LONGTAN_ADMIN,
    }
    for changes, code in (
        ({"cause": "dislike"}, "title_cause_unknown"),
        ({"reason": " "}, "text_missing"),
        ({"ticket": await year.ticket("赵示例")}, "unknown_title_candidate"),
        ({"version": 2}, "title_list_changed"),
        ({"caller": GUANGMING_STAFF}, "unknown_title_list"),
    ):
        assert code_of(await year.run(strike_candidates, StrikeWish(**facts | changes))) == code
    struck = await year.done(strike_candidates, StrikeWish(**facts))
    assert (struck.state, struck.version, struck.winners) == ("proposed", 2, 2)
    assert await year.names() == ["吴演示", "孙演示"]


async def test_two_different_people_review_and_nobody_out_of_reach(year: Year) -> None:
    await year.proposed()
    list_id = list_id_of(year.round_id, LONGTAN)
    review = Review(list_id=list_id, version=1, caller=LONGTAN_ADMIN)
    assert (await year.done(review_lists, review)).state == "proposed"
    assert code_of(await year.run(review_lists, review)) == "title_reviewed_before"
    other = Review(list_id=list_id, version=1, caller=DONGSI_ADMIN)
    assert code_of(await year.run(review_lists, other)) == "unknown_title_list"
    notice = NoticeWish(list_id=list_id, version=1, caller=LONGTAN_ADMIN, **OFFICE)
    assert code_of(await year.run(publish_notices, notice, calendar=PLAIN_WEEKS)) == "title_list_state"
    assert (await year.done(review_lists, Review(list_id=list_id, version=1, caller=CHECKER))).state == "reviewed"


async def test_objections_are_named_and_taken_while_the_notice_runs(year: Year) -> None:
    await year.proposed()
    await year.reviewed()
    notice = await year.noticed()
    facts: dict[str, Any] = {
        "notice_id": notice.notice_id,
        "ticket": await year.ticket("周示例"),
        "text": "没有巡巷",
        "objector": "吴示例",
        "caller": LONGTAN_ADMIN,
    }
    for changes, now, code in (
        ({"objector": None}, DECEMBER, "title_objector_missing"),
        ({"text": ""}, DECEMBER, "text_missing"),
        ({"ticket": await year.ticket("赵示例")}, DECEMBER, "unknown_title_candidate"),
        ({}, DECEMBER + timedelta(days=7), "title_notice_not_running"),
        ({"caller": DONGSI_ADMIN}, DECEMBER, "not_allowed"),
    ):
        wish = ObjectionWish(**facts | changes)
        assert code_of(await year.run(object_to_titles, wish, now=now, calendar=PLAIN_WEEKS)) == code


async def test_names_on_a_notice_are_masked_until_their_owners_say_otherwise(year: Year) -> None:
    await year.proposed()
    await year.reviewed()
    notice = await year.noticed()
    reader = await year.database.reader()
    shown = await notice_by_number(reader, notice.number, now=DECEMBER)
    assert [person.name for person in shown.people] == ["吴*示", "周*例"]
    wish = ConsentWish(steward_id=year.people["周示例"], field="full_name", granted=True)
    await year.database.run(lambda tx: save_consents(tx, [wish], by=LONGTAN_ADMIN.actor, now=DECEMBER))
    shown = await notice_by_number(reader, notice.number, now=DECEMBER)
    assert [person.name for person in shown.people] == ["吴*示", "周示例"]
    lines, more = await list_notices(reader)
    assert ([(line.number, line.winners) for line in lines], more) == ([(notice.number, 2)], False)


async def test_the_published_inputs_name_nobody(year: Year) -> None:
    await year.proposed()
    reader = await year.database.reader()
    body, _ = await published_inputs(reader, year.round_id)
    lists = str(await published_snapshots(reader, year.round_id))
    for name, steward_id in year.people.items():
        for text in (body, lists):
            assert name not in text
            assert str(steward_id) not in text
            assert "0140001" not in text


async def test_a_steward_sees_the_own_line_with_every_rule(year: Year) -> None:
    await year.proposed()
    [own] = await own_lines(await year.database.reader(), year.people["赵示例"])
    assert own.line.outcome is Outcome.BARRED
    said = [reason.text.render("zh") for reason in own.reasons]
    assert "核实案件数 1，要求不少于 2" in said
    assert said[-1] == "不参评"


async def test_earlier_titles_penalties_and_wishes_bar_with_their_reasons(database: Database) -> None:
    year = await a_year(database)
    for past in ("2024", "2025"):
        wish = PastTitle(
            steward_id=year.people["吴演示"],
            title="gold_steward",
            period=past,
            awarded_on=date(int(past) + 1, 1, 8),
            caller=DISTRICT_ADMIN,
        )
        await year.done(import_titles, wish)
    off = ConsentWish(steward_id=year.people["李样本"], field="off_boards", granted=True)
    await year.database.run(lambda tx: save_consents(tx, [off], by=LONGTAN_ADMIN.actor, now=NOON))
    await year.proposed()
    found = await year.listed()
    causes = {found.people[line.ticket].name: line.causes for line in found.lines if line.causes}
    assert causes == {"吴演示": ("running",), "李样本": ("off_boards",)}
    assert await year.names() == ["周示例", "钱样本二"]


async def test_rules_stand_before_the_period_ends_and_are_computed_after_it(year: Year) -> None:
    early = Proposal(round_id=year.round_id, caller=DISTRICT_ADMIN)
    assert code_of(await year.run(propose_rounds, early, now=NOON)) == "title_period_not_over"
    silver = await year.done(
        draft_rounds, NewRound(title="silver_steward", period="2026", caller=DISTRICT_ADMIN), now=NOON
    )
    publish = RoundStep(round_id=silver.round_id, action="publish", caller=DISTRICT_ADMIN)
    assert code_of(await year.run(step_rounds, publish, now=JANUARY)) == "title_rules_too_late"
    await year.done(step_rounds, publish, now=NOON)
    first = Proposal(round_id=silver.round_id, caller=DISTRICT_ADMIN)
    assert code_of(await year.run(propose_rounds, first, now=JANUARY)) == "higher_title_first"


async def test_the_job_computes_what_is_due_the_higher_title_first(year: Year) -> None:
    silver = await year.done(
        draft_rounds,
        NewRound(title="silver_steward", period="2026", caller=DISTRICT_ADMIN, ends_on=date(2026, 11, 29)),
        now=NOON,
    )
    await year.done(step_rounds, RoundStep(round_id=silver.round_id, action="publish", caller=DISTRICT_ADMIN), now=NOON)
    reader = await year.database.reader()
    await run_due(year.database, [TITLES_PROPOSE], FixedClock(DECEMBER))
    assert await reader.rows(TitleInputs) == []  # a week has to pass
    await run_due(year.database, [TITLES_PROPOSE], FixedClock(DECEMBER + timedelta(days=8)))
    rounds, _ = await list_rounds(reader, drafts=False)
    assert {one.title: one.state for one in rounds} == {"gold_steward": "proposed", "silver_steward": "proposed"}
    body, _ = await published_inputs(reader, silver.round_id)
    assert body.count("after:gold_steward") == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"caller": LONGTAN_ADMIN}, "not_allowed"),
        ({"title": "best_cook"}, "unknown_title"),
        ({"period": "2026-Q4"}, "title_period_differs"),
        ({"ends_on": date(2027, 1, 31)}, "title_span_wrong"),
        ({"title": "gold_steward"}, "title_round_exists"),
        ({"rules": {"code": "silver_steward"}}, "title_rules_refused"),
    ],
)
async def test_what_is_no_round_is_not_drafted(year: Year, changes: dict[str, Any], code: str) -> None:
    facts: dict[str, Any] = {"title": "silver_steward", "period": "2026", "caller": DISTRICT_ADMIN}
    assert code_of(await year.run(draft_rounds, NewRound(**facts | changes), now=NOON)) == code


async def test_drafts_are_edited_by_revision_and_rounds_called_off_until_titles_are_given(year: Year) -> None:
    reader = await year.database.reader()
    drafted = await year.done(
        draft_rounds, NewRound(title="silver_steward", period="2026", caller=DISTRICT_ADMIN), now=NOON
    )
    [row] = await reader.rows(TitleRound, "WHERE id = $1", drafted.round_id)
    rules = {**orjson.loads(row["rules"]), "quota": 7}
    edit = RoundEdit(round_id=drafted.round_id, revision=1, rules=rules, caller=DISTRICT_ADMIN)
    assert (await year.done(edit_rounds, edit, now=NOON)).revision == 2
    assert code_of(await year.run(edit_rounds, edit, now=NOON)) == "title_round_changed"
    off = RoundStep(round_id=year.round_id, action="cancel", caller=DISTRICT_ADMIN)
    await year.proposed()
    assert (await year.done(step_rounds, off)).state == "cancelled"
    review = Review(list_id=list_id_of(year.round_id, LONGTAN), version=1, caller=LONGTAN_ADMIN)
    assert code_of(await year.run(review_lists, review)) == "title_list_state"
    anew = NewRound(title="gold_steward", period="2026", caller=DISTRICT_ADMIN)
    assert (await year.done(draft_rounds, anew)).state == "draft"
