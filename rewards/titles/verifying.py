"""Checking title rounds: inputs and lists hash as they say, follow from the rules, and awards stand on them (核验)."""

from uuid import UUID

from kernel.database import Reader
from points.verifying import Break
from rewards.titles.inputs import InputsRefused, read_inputs, sha256_of
from rewards.titles.lists import read_list
from rewards.titles.models import TitleCandidate, TitleInputs, TitleSnapshot
from rewards.titles.panel_reading import marks_given
from rewards.titles.reading import published_snapshots
from rewards.titles.recomputing import recompute

_AWARDS = """
    SELECT CAST(list.id AS TEXT) AS row_id, CAST(snapshot.winners AS TEXT) AS expected,
           CAST((SELECT COUNT(*) FROM rewards_title_award award
                 JOIN rewards_title_candidate candidate ON candidate.id = award.candidate_id
                 WHERE candidate.round_id = list.round_id
                   AND (list.street_id IS NULL OR candidate.street_id = list.street_id)) AS TEXT) AS found
    FROM rewards_title_list list
    JOIN rewards_title_snapshot snapshot ON snapshot.list_id = list.id AND snapshot.version = list.version
    WHERE list.state = 'awarded'
"""
_UNLISTED = """
    SELECT CAST(award.id AS TEXT) AS row_id, 'awarded list' AS expected, COALESCE(list.state, 'none') AS found
    FROM rewards_title_award award
    JOIN rewards_title_candidate candidate ON candidate.id = award.candidate_id
    LEFT JOIN rewards_title_list list ON list.round_id = candidate.round_id
         AND (list.street_id = candidate.street_id OR list.street_id IS NULL)
    WHERE COALESCE(list.state, 'none') <> 'awarded'
"""
_REVIEWS = """
    SELECT CAST(notice.id AS TEXT) AS row_id, '2 reviews' AS expected, CAST(COUNT(review.id) AS TEXT) AS found
    FROM rewards_title_notice notice
    LEFT JOIN rewards_title_review review ON review.list_id = notice.list_id AND review.version = notice.version
    GROUP BY notice.id HAVING COUNT(review.id) < 2
"""
_TEAM_LEADERS = """
    SELECT CAST(of_team.candidate_id AS TEXT) AS row_id, 'its leader among the members' AS expected,
           'another steward' AS found
    FROM rewards_title_team of_team JOIN rewards_title_candidate candidate ON candidate.id = of_team.candidate_id
    WHERE NOT EXISTS (SELECT 1 FROM rewards_title_team_member member
                      WHERE member.candidate_id = candidate.id AND member.steward_id = candidate.steward_id)
"""
_TEAM_AWARDS = """
    SELECT CAST(award.id AS TEXT) AS row_id, COALESCE(CAST(standing.team_id AS TEXT), 'no team') AS expected,
           COALESCE(CAST(holding.team_id AS TEXT), 'no team') AS found
    FROM rewards_title_award award
    JOIN rewards_title_candidate candidate ON candidate.id = award.candidate_id
    LEFT JOIN rewards_title_team standing ON standing.candidate_id = candidate.id
    LEFT JOIN rewards_title_team_award holding ON holding.award_id = award.id
"""


async def verify_titles(reader: Reader) -> list[Break]:
    """The first break of each invariant of title rounds; empty where all hold. Give it a snapshot."""
    checked = (await _rules(reader), await _inputs(reader), await _marks(reader), await _recomputed(reader))
    breaks = [found for found in checked if found is not None]
    breaks += [found for found in (await _teams(reader),) if found is not None]
    by_sql = (
        *(("title_awards", _AWARDS), ("title_unlisted", _UNLISTED), ("title_reviews", _REVIEWS)),
        *(("title_team_leaders", _TEAM_LEADERS), ("title_team_awards", _TEAM_AWARDS)),
    )
    for code, sql in by_sql:
        row = await reader.fetch_one(f"SELECT * FROM ({sql}) AS sides WHERE expected <> found ORDER BY row_id LIMIT 1")
        if row is not None:
            breaks.append(Break(code=code, **row))
    return breaks


async def _rules(reader: Reader) -> Break | None:
    rows = await reader.fetch("SELECT id, rules, rules_sha256 FROM rewards_title_round ORDER BY id")
    for row in rows:
        found = sha256_of(row["rules"])
        if found != row["rules_sha256"]:
            return Break(code="title_rules", row_id=str(row["id"]), expected=row["rules_sha256"], found=found)
    return None


async def _inputs(reader: Reader) -> Break | None:
    for row in await reader.rows(TitleInputs, "ORDER BY round_id"):
        expected = f"{row['body_sha256']}, {row['candidates']} candidates"
        try:
            count = len(read_inputs(row["body"]).entrants)
        except InputsRefused:
            count = -1
        found = f"{sha256_of(row['body'])}, {count} candidates"
        if found != expected:
            return Break(code="title_inputs", row_id=str(row["round_id"]), expected=expected, found=found)
    return None


async def _marks(reader: Reader) -> Break | None:
    """Whether the marks that were frozen are those that the committee gave."""
    for row in await reader.rows(TitleInputs, "ORDER BY round_id"):
        inputs = read_inputs(row["body"])
        if "review" not in inputs.rule.weights:
            continue
        given = await marks_given(reader, row["round_id"])
        frozen = {one.ticket: {code: list(marks) for code, marks in one.review.items()} for one in inputs.entrants}
        for person in await reader.rows(TitleCandidate, "WHERE round_id = $1 ORDER BY id", row["round_id"]):
            expected, found = frozen.get(person["id"]), given.get(person["steward_id"], {})
            if expected != found:
                return Break(code="title_marks", row_id=str(person["id"]), expected=str(expected), found=str(found))
    return None


async def _recomputed(reader: Reader) -> Break | None:
    for row in await reader.rows(TitleSnapshot, "ORDER BY list_id, version"):
        found = sha256_of(row["body"])
        listed = read_list(row["body"])
        if (found, len(listed.winners), listed.version) != (row["body_sha256"], row["winners"], row["version"]):
            return Break(code="title_list", row_id=str(row["id"]), expected=row["body_sha256"], found=found)
    for row in await reader.rows(TitleInputs, "ORDER BY round_id"):
        done = recompute(row["body"], await published_snapshots(reader, row["round_id"]))
        if not done.sound:
            fault = done.faults[0]
            return Break(
                code="title_recompute",
                row_id=str(row["round_id"]),
                expected="sound",
                found=f"{fault.code} in {fault.street or 'the district'}, version {fault.version}",
            )
    return None


async def _teams(reader: Reader) -> Break | None:
    """Whether teams, and teams alone, stand behind the tickets of rounds of teams, with the members that count."""
    rows = await reader.fetch(
        "SELECT candidate.id, candidate.round_id, of_team.team_id, (SELECT COUNT(*) FROM rewards_title_team_member "
        "member WHERE member.candidate_id = candidate.id) AS members FROM rewards_title_candidate candidate "
        "LEFT JOIN rewards_title_team of_team ON of_team.candidate_id = candidate.id ORDER BY candidate.id",
        types={"id": UUID, "round_id": UUID, "team_id": UUID},
    )
    for made in await reader.rows(TitleInputs, "ORDER BY round_id"):
        inputs = read_inputs(made["body"])
        serving = {one.ticket: one.measures.get("members", 0) for one in inputs.entrants}
        for row in rows:
            if row["round_id"] != made["round_id"]:
                continue
            of_team = inputs.rule.of == "team"
            expected = f"{inputs.rule.of}, {serving.get(row['id'], 0)} members or more"
            found = f"{'team' if row['team_id'] else 'steward'}, {row['members']} members"
            # Those who no longer serve when the round is computed belong to the team and are not counted.
            fits = row["members"] >= max(1, serving.get(row["id"], 0)) if of_team else row["members"] == 0
            if (row["team_id"] is not None) != of_team or not fits:
                return Break(code="title_teams", row_id=str(row["id"]), expected=expected, found=found)
    return None
