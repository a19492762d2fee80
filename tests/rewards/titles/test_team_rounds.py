"""Gold teams from rules to titles, on both databases: everybody of a team is heard, told, kept out and honoured."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from kernel.audit import SYSTEM
from kernel.database import Database, Tx
from kernel.errors import Refusal
from points.penalties import propose_penalties, take_due
from points.penalty_steps import PenaltyProposal
from points.rules import Gate
from points.titles import Outcome
from rewards.boards.news import read_news
from rewards.facts import measures_of
from rewards.stories.reading import honours_of
from rewards.teams.keeping import TeamEnding, end_teams
from rewards.titles.awards import Imported, PastTitle, Revocation, import_titles, revoke_awards, titles_of
from rewards.titles.committee import Review, StrikeWish, review_lists, strike_candidates
from rewards.titles.explaining import explain, why_barred
from rewards.titles.giving import Giving, award_lists
from rewards.titles.lists import list_id_of
from rewards.titles.models import TitleAward
from rewards.titles.notice_reading import notice_by_number
from rewards.titles.objecting import ObjectionAnswer, answer_objections
from rewards.titles.own_reading import own_lines
from rewards.titles.progress import progress_of
from rewards.titles.reading import published_inputs, published_snapshots
from rewards.titles.recomputing import recompute
from rewards.titles.team_titles import PastTeamTitle, import_team_titles, team_titles_of, titles_of_teams
from rewards.titles.verifying import verify_titles
from stewards.consents import ConsentWish, save_consents
from stewards.inbox import read_inbox
from stewards.own_stewards import link_steward
from tests.cases.district import DISTRICT_ADMIN, DONGSI_ADMIN, LONGTAN_ADMIN
from tests.rewards.test_verifying import Undone, unprotect
from tests.rewards.titles.rounds import CHECKER, DECEMBER, Year
from tests.rewards.titles.team_rounds import TEAMS, a_team, a_team_year, kept, number_of
from tests.rewards.titles.test_panel import a_member
from tests.stewards.builders import LONGTAN, NOON, TODAY

OVER = DECEMBER + timedelta(days=7)
LIST = {"version": 1, "caller": LONGTAN_ADMIN}


@pytest.fixture
async def year(database: Database) -> Year:
    """A published round about a worked year."""
    return await a_team_year(database)


def code_of(outcome: Any) -> str | None:
    return outcome.code if isinstance(outcome, Refusal) else None


async def team_id_of(year: Year, number: str) -> UUID:
    reader = await year.database.reader()
    [row] = await reader.fetch("SELECT id FROM rewards_team WHERE number = $1", number, types={"id": UUID})
    found: UUID = row["id"]
    return found


async def awarded(year: Year) -> None:
    """龙潭's gold teams, given."""
    await year.proposed()
    await year.reviewed()
    await year.noticed()
    await year.done(award_lists, Giving(list_id=list_id_of(year.round_id, LONGTAN), **LIST), now=OVER)


async def test_teams_go_from_rules_to_a_title_that_is_theirs_and_everything_can_be_checked(year: Year) -> None:
    proposed = await year.proposed()
    assert (proposed.candidates, proposed.lists, proposed.winners) == (4, 2, 3)
    assert await year.names() == ["家门同心管家团", "夕照团"]
    found = await year.listed()
    best = found.people[found.winners[0].ticket]
    assert (best.number, best.members) == ("LT-03", ("郑示例", "王样本二", "冯演示"))
    said = [reason.text.render("zh") for reason in explain(found.inputs, found.winners[0])]
    assert said[:5] == [
        "积分位次 100.00，占 100%，得 100.00 分",
        "合计 100.00 分",
        "本街道第 1 名",
        "名额 2 名",
        "团员人数 3，要求不少于 3",
    ]
    assert "全团核实案件数 9，要求不少于 3" in said

    await year.reviewed()
    notice = await year.noticed()
    reader = await year.database.reader()
    shown = await notice_by_number(reader, notice.number, now=DECEMBER)
    assert [(line.name, line.members, line.verified_cases) for line in shown.people] == [
        ("家门同心管家团", ("郑*例", "王**二", "冯*示"), 9),
        ("夕照团", ("李*本", "周*例", "吴*示"), 6),
    ]
    await year.done(award_lists, Giving(list_id=found.id, **LIST), now=OVER)

    for name in TEAMS["LT-03"][1]:  # each of them is told
        messages, _ = await read_inbox(reader, year.people[name])
        assert [one.text.render("zh") for one in messages] == [
            "祝贺你们团“家门同心管家团”获得 2026 金牌管家团！",
            f"你们团“家门同心管家团”在 2026 金牌管家团 的推荐名单上，公示到 2026-12-07（公示 {notice.number}）。",
        ]
    leader = year.people["郑示例"]
    assert await titles_of(reader, [leader]) == {leader: []}  # the team's, not the leader's
    gate = Gate(code="honoured", measure="titles", at_least=1)
    facts = await measures_of(reader, [{"id": leader}], [gate], {}, now=OVER)
    assert facts[leader].measures["titles"] == 0
    [held] = await team_titles_of(reader, year.people["冯演示"])
    assert (held.team, held.name, held.period, held.revoked_at) == ("家门同心管家团", "金牌管家团", "2026", None)
    assert await team_titles_of(reader, year.people["赵示例"]) == []
    wall = await honours_of(reader, 2026)
    assert {(one.name, one.of_team) for one in wall} == {("家门同心管家团", True), ("夕照团", True)}
    assert {news.name for news in await read_news(reader, None, now=OVER)} == {"家门同心管家团", "夕照团"}

    body, _ = await published_inputs(reader, year.round_id)
    assert not any(str(person) in body for person in year.people.values())
    assert recompute(body, await published_snapshots(reader, year.round_id)).sound
    assert await year.database.snapshot(verify_titles) == []


async def test_cases_are_the_teams_only_while_one_belongs_to_it(year: Year) -> None:
    await kept(year.database, a_team("LT-01", on=TODAY, members=("赵示例", "钱样本二", "孙演示")))
    await kept(year.database, a_team("LT-03", on=TODAY, members=("郑示例", "王样本二", "蒋示例")))
    await year.proposed()
    found = await year.listed()
    cases = {found.people[line.ticket].name: line.entrant.measures["verified_cases"] for line in found.lines}
    assert cases == {"家门同心管家团": 7, "夕照团": 6, "光明团": 3}  # 冯 left before the cases of that day


async def test_a_member_who_no_longer_serves_or_a_team_that_is_dissolved_is_kept_out_with_the_reason(
    year: Year,
) -> None:
    await year.database.run(
        lambda tx: tx.execute("UPDATE stewards_steward SET status = 'suspended' WHERE id = $1", year.people["王样本二"])
    )
    ending = TeamEnding(number="LT-02", on=date(2026, 12, 1), caller=DISTRICT_ADMIN)
    await year.done(end_teams, ending)
    await year.proposed()
    assert await year.names() == ["光明团"]
    found = await year.listed()
    barred = {
        found.people[line.ticket].name: [text.render("zh") for text in why_barred(found.rule, line)]
        for line in found.of(Outcome.BARRED)
    }
    assert barred == {"家门同心管家团": ["团员人数 2，要求不少于 3"], "夕照团": ["管家团已解散"]}
    assert await year.database.snapshot(verify_titles) == []


async def test_a_veto_of_one_member_keeps_the_team_out_also_after_he_left(year: Year) -> None:
    await kept(year.database, a_team("LT-01", on=TODAY, members=("赵示例", "钱样本二", "孙演示")))
    await kept(year.database, a_team("LT-03", on=TODAY, members=("郑示例", "王样本二", "蒋示例")))
    wish = PenaltyProposal(
        steward_id=year.people["冯演示"],
        item="false_report",
        actor=LONGTAN_ADMIN,
        about="示例案件",
        note="没有这处问题",
    )
    await year.done(propose_penalties, wish, now=NOON)
    await year.database.run(lambda tx: take_due(tx, now=DECEMBER))
    await year.proposed()
    assert await year.names() == ["夕照团", "光明团"]
    found = await year.listed()
    [line] = found.of(Outcome.BARRED)
    assert [text.render("zh") for text in why_barred(found.rule, line)] == ["一票否决（虚报案件）：有"]


async def test_whoever_belongs_to_a_team_on_the_list_decides_nothing_about_it(year: Year) -> None:
    clerk = await a_member(year, "linked")
    link = partial(link_steward, staff_id=clerk.id, steward_number=number_of("冯演示"), by=SYSTEM, now=NOON)
    await year.database.run(link)  # neither leads the team nor stands on the candidate's row
    await year.proposed()
    list_id, ticket = list_id_of(year.round_id, LONGTAN), await year.ticket("郑示例")
    by: dict[str, Any] = {"list_id": list_id, "version": 1, "caller": clerk}
    strike = StrikeWish(ticket=ticket, cause="declined", reason="本团放弃", **by)
    assert code_of(await year.run(review_lists, Review(**by))) == "own_title"
    assert code_of(await year.run(strike_candidates, strike)) == "own_title"
    await year.reviewed()
    objection = await year.objected(await year.noticed(), "郑示例")
    answer = ObjectionAnswer(objection_id=objection.objection_id, upheld=False, answer="查实", caller=clerk)
    assert code_of(await year.run(answer_objections, answer)) == "own_title"
    await year.done(answer_objections, replace(answer, caller=CHECKER))
    assert code_of(await year.run(award_lists, Giving(**by), now=OVER)) == "own_title"
    await year.done(award_lists, Giving(list_id=list_id, **LIST), now=OVER)
    [award] = await (await year.database.reader()).rows(TitleAward, "WHERE steward_id = $1", year.people["郑示例"])
    revoking = Revocation(
        award_id=award["id"], cause="given_in_error", reason="算错了", caller=replace(DISTRICT_ADMIN, id=clerk.id)
    )
    assert code_of(await year.run(revoke_awards, revoking, now=OVER)) == "own_title"


async def test_a_struck_team_makes_way_and_all_of_it_are_told(year: Year) -> None:
    await year.proposed()
    wish = StrikeWish(
        list_id=list_id_of(year.round_id, LONGTAN),
        ticket=await year.ticket("郑示例"),
        cause="declined",
        reason="本团放弃",
        **LIST,
    )
    assert (await year.done(strike_candidates, wish)).version == 2
    assert await year.names() == ["夕照团", "光明团"]
    reader = await year.database.reader()
    for name in TEAMS["LT-03"][1]:
        [message], _ = await read_inbox(reader, year.people[name])
        assert message.text.render("zh").startswith(
            "你们团“家门同心管家团”已被移出 2026 金牌管家团 的推荐名单，原因：本人放弃"
        )
    body, _ = await published_inputs(reader, year.round_id)
    assert recompute(body, await published_snapshots(reader, year.round_id)).sound


async def test_a_revoked_title_leaves_the_wall_and_all_of_the_team_are_told(year: Year) -> None:
    await awarded(year)
    reader = await year.database.reader()
    [award] = await reader.rows(TitleAward, "WHERE steward_id = $1", year.people["郑示例"])
    wish = Revocation(award_id=award["id"], cause="faked_case", reason="案件不实", caller=DISTRICT_ADMIN)
    await year.done(revoke_awards, wish, now=OVER)
    assert [one.name for one in await honours_of(reader, 2026)] == ["夕照团"]
    for name in TEAMS["LT-03"][1]:
        messages, _ = await read_inbox(reader, year.people[name])
        assert messages[0].text.render("en").startswith("Your team “家门同心管家团” no longer holds")
    team_id = await team_id_of(year, "LT-03")
    assert (await titles_of_teams(reader, [team_id]))[team_id][0].revoked_at == OVER


async def test_who_is_on_no_board_is_not_named_with_the_team_and_does_not_keep_it_out(year: Year) -> None:
    consents = ConsentWish(steward_id=year.people["郑示例"], field="off_boards", granted=True)
    await year.database.run(lambda tx: save_consents(tx, [consents], by=SYSTEM, now=NOON))
    await awarded(year)
    reader = await year.database.reader()
    [notice] = await reader.fetch("SELECT number FROM rewards_title_notice")
    shown = await notice_by_number(reader, notice["number"], now=DECEMBER)
    assert shown.people[0].members == ("王**二", "冯*示")
    assert {one.name for one in await honours_of(reader, 2026)} == {"家门同心管家团", "夕照团"}


async def test_every_member_sees_the_own_teams_line_and_no_way_that_is_not_ones_own(year: Year) -> None:
    await year.proposed()
    reader = await year.database.reader()
    for name in TEAMS["LT-02"][1]:
        [line] = await own_lines(reader, year.people[name])
        assert (line.team, line.line.place, line.line.outcome) == ("夕照团", 2, Outcome.PROPOSED)
    assert await progress_of(reader, year.people["赵示例"], now=NOON) == []


async def entered(year: Year, **changes: Any) -> Imported | Refusal:
    """A past title of LT-03, as the district enters it."""
    facts: dict[str, Any] = {
        "team_id": await team_id_of(year, "LT-03"),
        "title": "gold_team",
        "period": "2025",
        "awarded_on": date(2025, 12, 20),
        "caller": DISTRICT_ADMIN,
    }
    outcome: Imported | Refusal = await year.run(import_team_titles, PastTeamTitle(**facts | changes), now=NOON)
    return outcome


async def test_past_titles_of_teams_are_entered_once_and_a_third_year_running_is_out(year: Year) -> None:
    first, again = await entered(year), await entered(year)
    assert isinstance(first, Imported)
    assert isinstance(again, Imported)
    assert (first.changed, again.changed, again.award_id == first.award_id) == (True, False, True)
    assert isinstance(await entered(year, period="2024", awarded_on=date(2024, 12, 20)), Imported)
    await year.proposed()
    assert await year.names() == ["夕照团", "光明团"]
    found = await year.listed()
    [line] = found.of(Outcome.BARRED)
    assert [text.render("zh") for text in why_barred(found.rule, line)] == ["连续当选已满规定次数"]
    reader = await year.database.reader()
    leader = year.people["郑示例"]
    assert await titles_of(reader, [leader]) == {leader: []}
    assert [title.period for title in await team_titles_of(reader, leader)] == ["2025", "2024"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"caller": DONGSI_ADMIN}, "unknown_team"),
        ({"team_id": uuid4()}, "unknown_team"),
        ({"title": "gold_steward"}, "title_holder_differs"),
        ({"title": "best_cook"}, "unknown_title"),
        ({"period": "2026"}, "title_round_exists"),
        ({"awarded_on": date(2024, 12, 20)}, "title_award_in_future"),
    ],
)
async def test_what_cannot_be_is_not_entered_for_a_team(year: Year, changes: dict[str, Any], code: str) -> None:
    assert code_of(await entered(year, **changes)) == code


async def test_the_same_title_of_a_team_with_another_day_and_a_teams_title_for_a_steward_are_mistakes(
    year: Year,
) -> None:
    await entered(year)
    assert code_of(await entered(year, awarded_on=date(2025, 12, 21))) == "title_award_differs"
    wish = PastTitle(
        steward_id=year.people["赵示例"],
        title="gold_team",
        period="2025",
        awarded_on=date(2025, 12, 20),
        caller=DISTRICT_ADMIN,
    )
    assert code_of(await year.run(import_titles, wish, now=NOON)) == "title_holder_differs"


TAMPERINGS = {
    "title_team_leaders": "DELETE FROM rewards_title_team_member WHERE steward_id = '{leader}'",
    "title_team_awards": "UPDATE rewards_title_team_award SET team_id = '{other}'",
    "title_teams": "DELETE FROM rewards_title_team_member",
}


async def test_what_was_tampered_with_is_named(year: Year) -> None:
    await awarded(year)
    who = {"leader": year.people["郑示例"], "other": await team_id_of(year, "LT-01")}
    for code, statement in TAMPERINGS.items():

        async def tamper(tx: Tx, statement: str = statement) -> None:
            await unprotect(tx, "('rewards_title_team', 'rewards_title_team_award', 'rewards_title_team_member')")
            assert await tx.execute(statement.format(**who)) > 0
            raise Undone({broken.code for broken in await verify_titles(tx)})

        with pytest.raises(Undone) as undone:
            await year.database.run(tamper)
        assert code in undone.value.codes
    assert await year.database.snapshot(verify_titles) == []
