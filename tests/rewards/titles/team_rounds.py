"""A year of teams to test with: three of 龙潭 and one of 东四 that have worked together, and a round about it."""

from datetime import date
from typing import Any

import orjson

from kernel.database import Database
from kernel.errors import Refusal
from points.rule_documents import parse_rules, shipped_programme
from points.rule_versions import publish_rules
from rewards.teams.keeping import TeamWish, keep_teams
from rewards.titles.drafting import NewRound, RoundStep, draft_rounds, step_rounds
from stewards.principal import system_principal
from tests.cases.district import DISTRICT_ADMIN, District, a_report, a_step
from tests.rewards.titles.rounds import Year
from tests.stewards.builders import LONGTAN, NOON, a_district, a_steward

GOLD_TEAM = next(title for title in parse_rules(shipped_programme()).titles if title.code == "gold_team")
OCTOBER = date(2026, 10, 1)
TEAMS = {
    "LT-01": ("光明团", ("赵示例", "钱样本二", "孙演示", "蒋示例")),
    "LT-02": ("夕照团", ("李样本", "周示例", "吴演示")),
    "LT-03": ("家门同心管家团", ("郑示例", "王样本二", "冯演示")),
    "DS-01": ("四条团", ("陈示例", "褚样本", "卫演示")),
}
CASES = {"LT-01": 1, "LT-02": 2, "LT-03": 3, "DS-01": 1}  # by each member
PLACES = {"LT": ("110101014", "014-01", "014-01-01"), "DS": ("110101006", "006-01", "006-01-01")}


def a_team(number: str, *, on: date = OCTOBER, **changes: Any) -> TeamWish:
    """A team of TEAMS, as it is from a day on; `members` and `leader` by name."""
    name, members = TEAMS[number]
    wanted = changes.pop("members", members)
    facts: dict[str, Any] = {
        "number": number,
        "name": name,
        "street_code": PLACES[number[:2]][0],
        "on": on,
        "members": tuple(number_of(one) for one in wanted),
        "leader": number_of(changes.pop("leader", wanted[0])),
        "caller": system_principal(),
    }
    return TeamWish(**facts | changes)


def number_of(name: str) -> str:
    """Somebody's number."""
    people = [one for _, members in TEAMS.values() for one in members]
    return f"{'006' if name in TEAMS['DS-01'][1] else '014'}{people.index(name) + 1:04}"


def a_team_rule(**changes: Any) -> dict[str, Any]:
    """The gold team of Dongcheng with two places and low gates, changed."""
    return {
        **orjson.loads(GOLD_TEAM.model_dump_json(exclude_unset=True)),
        "quota": 2,
        "weights": {"points_percentile": 100},
        "gates": [
            {"code": "three_members", "of": "title", "measure": "members", "at_least": 3},
            {"code": "three_cases", "of": "title", "measure": "verified_cases", "at_least": 3},
        ],
        **changes,
    }


async def kept(database: Database, *wishes: TeamWish) -> None:
    """Teams as they are wished."""
    for outcome in await database.run(lambda tx: keep_teams(tx, wishes, now=NOON)):
        assert not isinstance(outcome, Refusal), (outcome.code, outcome.params)


async def a_team_year(database: Database, **rule: Any) -> Year:
    """Thirteen stewards in four teams, who have worked since October; a published round of gold teams."""
    people = [(team, name) for team, (_, members) in TEAMS.items() for name in members]
    ids = await a_district(
        database,
        *(
            a_steward(number_of(name), name=name, community_code=PLACES[team[:2]][1], lanes=(PLACES[team[:2]][2],))
            for team, name in people
        ),
    )
    await database.run(lambda tx: publish_rules(tx, shipped_programme(), by=None, now=NOON))
    await kept(database, *map(a_team, TEAMS))
    district = District(database, ids[0], ids[1], ids[10])
    reports = [
        a_report(external_id=f"T-{steward_id}-{at}", steward_id=steward_id, lane_code=PLACES[team[:2]][2])
        for (team, _), steward_id in zip(people, ids, strict=True)
        for at in range(CASES[team])
    ]
    for reported in await district.reported(*reports):
        await district.handled(a_step(reported.case_id, "verify", DISTRICT_ADMIN))
    year = Year(district, dict(zip([name for _, name in people], ids, strict=True)), LONGTAN)
    wish = NewRound(
        title="gold_team",
        period="2026",
        caller=DISTRICT_ADMIN,
        ends_on=date(2026, 11, 30),
        rules=a_team_rule(**rule),
    )
    year.round_id = (await year.done(draft_rounds, wish, now=NOON)).round_id
    await year.done(step_rounds, RoundStep(round_id=year.round_id, action="publish", caller=DISTRICT_ADMIN), now=NOON)
    return year
