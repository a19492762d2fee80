"""Checking title rounds: inputs and lists hash as they say, follow from the rules, and awards stand on them (核验)."""

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


async def verify_titles(reader: Reader) -> list[Break]:
    """The first break of each invariant of title rounds; empty where all hold. Give it a snapshot."""
    checked = (await _rules(reader), await _inputs(reader), await _marks(reader), await _recomputed(reader))
    breaks = [found for found in checked if found is not None]
    for code, sql in (("title_awards", _AWARDS), ("title_unlisted", _UNLISTED), ("title_reviews", _REVIEWS)):
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
