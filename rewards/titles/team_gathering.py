"""Gathering the inputs of a round of teams (管家团): what each reached together, and what speaks against it.

Every team that stood on the last day that counts is an entrant. What counts:

- `points_percentile`: the points of the teams' board in the period, placed among all teams of the district, as a
  street has too few.
- `difficulty`: the mean base points of the categories of the cases that members reported while they belonged to it.
- `evaluation`: the mean of its members' marks, each the mean of the frozen scores of the period.
- gates: `verified_cases` of the period while they belonged, `members` of the last day who serve, and `months_served`
  since the team was founded.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID, uuid4

from kernel.clock import local_date
from kernel.database import Reader, Row
from points.cheating import barred_until
from points.rules import TitleRule
from points.rules.titles import Source, Veto
from rewards.boards.definitions import Metric, Span
from rewards.boards.sums import sums_sql
from rewards.titles.evaluation_marks import evaluation_marks
from rewards.titles.gathered import (
    Cases,
    Gathered,
    GatheredSpan,
    inputs_from,
    mean_base_points,
    placed_among,
    whole_months,
)
from rewards.titles.inputs import Entrant
from rewards.titles.team_figures import Belonging, Upheld, mean_marks, members_at, upheld_against_teams


async def gather_teams(reader: Reader, found: Row, rule: TitleRule, *, now: datetime) -> Gathered:
    """The inputs of a stored round of teams as the rows have them now, under new tickets."""
    span = GatheredSpan(begins_on=found["begins_on"], ends_on=found["ends_on"], now=now)
    belongings = await _belongings(reader, span)
    members = members_at(belongings, span.ends_at)
    teams = {row["id"]: row for row in await _teams(reader, span) if row["id"] in members}
    people = await _people(reader, {steward_id for of_team in members.values() for steward_id in of_team})
    cases = await _cases(reader, span)
    groups = dict.fromkeys(teams, "")
    marks: dict[Source, Mapping[UUID, int]] = {}
    if "points_percentile" in rule.weights:
        marks["points_percentile"] = placed_among(groups, await _points(reader, span))
    if "difficulty" in rule.weights:
        marks["difficulty"] = placed_among(groups, await mean_base_points(reader, cases, on=span.ends_on))
    if "evaluation" in rule.weights:
        scores = await evaluation_marks(reader, set(people), begins_on=span.begins_on, ends_on=span.ends_on)
        marks["evaluation"] = mean_marks({team_id: members[team_id] for team_id in teams}, scores)
    upheld = upheld_against_teams(belongings, await _upheld(reader, span))
    vetoes = vetoes_by_item(rule)
    won = await _won(reader, rule, found["period"])
    faking = await _faking(reader, set(people), now)
    tickets = {team_id: uuid4() for team_id in teams}  # random: says neither which nor in which order
    entrants = tuple(
        Entrant(
            ticket=tickets[team_id],
            street=team["street"],
            community=people[members[team_id][0]]["community"],
            marks={source: of_source[team_id] for source, of_source in marks.items() if team_id in of_source},
            measures={
                "verified_cases": sum(cases.get(team_id, {}).values()),
                "months_served": whole_months(team["founded_on"], span.ends_on),
                "members": sum(people[steward_id]["status"] == "active" for steward_id in members[team_id]),
            },
            vetoes=frozenset(veto for item in upheld.get(team_id, ()) for veto in vetoes.get(item, ())),
            blemished=bool(upheld.get(team_id)),
            won=tuple(won[team_id]),
            bars=tuple(_bars(team, faking & set(members[team_id]))),
        )
        for team_id, team in teams.items()
    )
    return Gathered(
        inputs=inputs_from(found, rule, marks, entrants),
        people={
            tickets[team_id]: {
                "id": members[team_id][0],  # the leader
                "street": team["street"],
                "street_id": team["street_id"],
                "community_id": people[members[team_id][0]]["community_id"],
            }
            for team_id, team in teams.items()
        },
        teams={tickets[team_id]: team_id for team_id in teams},
        members={tickets[team_id]: members[team_id] for team_id in teams},
    )


def vetoes_by_item(rule: TitleRule) -> dict[str, list[Veto]]:
    """Which vetoes an item of the deduction list is."""
    found: defaultdict[str, list[Veto]] = defaultdict(list)
    for veto, items in rule.veto_items.items():
        for item in items:
            found[item].append(veto)
    return dict(found)


def _bars(team: Row, faking: set[UUID]) -> list[str]:
    return (["disbanded"] if team["ended_on"] is not None else []) + (["member_faking"] if faking else [])


async def _belongings(reader: Reader, span: GatheredSpan) -> list[Belonging]:
    """Who belonged to which team at some time of the period."""
    rows = await reader.fetch(
        "SELECT team_id, steward_id, since_at, until_at, leads FROM rewards_team_member "
        "WHERE since_at < $2 AND (until_at IS NULL OR until_at > $1) ORDER BY id",
        span.begins_at,
        span.ends_at,
        types={"team_id": UUID, "steward_id": UUID, "since_at": datetime, "until_at": datetime, "leads": bool},
    )
    return [Belonging(**row) for row in rows if row["until_at"] is None or row["until_at"] > row["since_at"]]


async def _teams(reader: Reader, span: GatheredSpan) -> list[Row]:
    return await reader.fetch(
        "SELECT team.id, team.street_id, team.founded_on, team.ended_on, street.code AS street FROM rewards_team team "
        "JOIN stewards_street street ON street.id = team.street_id WHERE team.founded_on <= $1 "
        "AND (team.ended_on IS NULL OR team.ended_on > $1) ORDER BY team.number",
        span.ends_on,
        types={"id": UUID, "street_id": UUID, "founded_on": date, "ended_on": date},
    )


async def _people(reader: Reader, steward_ids: set[UUID]) -> dict[UUID, Row]:
    rows = await reader.fetch(
        "SELECT steward.id, steward.status, steward.community_id, community.code AS community "
        "FROM stewards_steward steward JOIN stewards_community community ON community.id = steward.community_id "
        f"WHERE {reader.one_of('steward.id', 1)}",
        sorted(steward_ids),
        types={"id": UUID, "community_id": UUID},
    )
    return {row["id"]: row for row in rows}


async def _points(reader: Reader, span: GatheredSpan) -> dict[UUID, Fraction]:
    within = Span(begins_at=span.begins_at, ends_at=span.ends_at)
    sql, args = sums_sql(reader, Metric.TEAMS, within, "award.steward_id", now=span.now, until=None)
    rows = await reader.fetch(sql, *args, types={"steward_id": UUID})
    return {row["steward_id"]: Fraction(row["value"]) for row in rows}


async def _cases(reader: Reader, span: GatheredSpan) -> Cases:
    rows = await reader.fetch(
        """
        SELECT member.team_id, reported.category, COUNT(*) AS cases
        FROM rewards_team_member member JOIN cases_case reported ON reported.steward_id = member.steward_id
             AND reported.reported_at >= member.since_at
             AND (member.until_at IS NULL OR reported.reported_at < member.until_at)
        WHERE reported.state IN ('verified', 'solved') AND reported.reported_at >= $1 AND reported.reported_at < $2
        GROUP BY member.team_id, reported.category
        """,
        span.begins_at,
        span.ends_at,
        types={"team_id": UUID},
    )
    found: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["team_id"]][row["category"]] = int(row["cases"])
    return found


async def _upheld(reader: Reader, span: GatheredSpan) -> list[Upheld]:
    rows = await reader.fetch(
        "SELECT steward_id, item, decided_at FROM points_penalty WHERE state = 'taken' AND decided_at >= $1",
        span.begins_at,
        types={"steward_id": UUID, "decided_at": datetime},
    )
    return [Upheld(**row) for row in rows]


async def _faking(reader: Reader, steward_ids: set[UUID], now: datetime) -> set[UUID]:
    today = local_date(now)
    return {steward_id for steward_id, until in (await barred_until(reader, steward_ids)).items() if until >= today}


async def _won(reader: Reader, rule: TitleRule, period: str) -> dict[UUID, list[str]]:
    """The periods before this one for which each team was given the title, and holds it."""
    rows = await reader.fetch(
        "SELECT of_team.team_id, award.period FROM rewards_title_team_award of_team "
        "JOIN rewards_title_award award ON award.id = of_team.award_id "
        "WHERE award.title = $1 AND award.revoked_at IS NULL AND award.period < $2 ORDER BY award.period",
        rule.code,
        period,
        types={"team_id": UUID},
    )
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        found[row["team_id"]].append(row["period"])
    return found
