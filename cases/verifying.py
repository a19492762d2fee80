"""Checks that cases and awards agree, recomputed from the rows (核验): each names the first row that breaks it."""

from collections.abc import Mapping

from kernel.database import Reader
from points.verifying import Break

# What each case should have been credited for in its current episode.
_EXPECTED = """
    SELECT c.id AS case_id, c.steward_id, 'case_verified' AS reason,
           'case ' || c.number || '/verified/' || c.episode AS reference
    FROM cases_case c WHERE c.state IN ('verified', 'solved')
    UNION ALL
    SELECT c.id, c.steward_id, 'case_solved', 'case ' || c.number || '/solved/' || c.episode
    FROM cases_case c WHERE c.state = 'solved'
    UNION ALL
    SELECT c.id, c.steward_id, 'duplicate', 'case ' || c.number || '/duplicate/' || c.episode
    FROM cases_case c WHERE c.state = 'duplicate'
"""
# Both sides are put under each other and grouped, not joined: no database has an index to join the expected references
# by, and each finds its own way to compare all with all.
_SIDES = f"""
    SELECT NULL AS case_id, CAST(award.id AS TEXT) AS award_id, CAST(award.steward_id AS TEXT) AS steward,
           award.reason, award.reference,
           CASE WHEN EXISTS (SELECT 1 FROM points_award reversal WHERE reversal.reverses_id = award.id)
                THEN 0 ELSE 1 END AS stands
    FROM points_award award
    WHERE award.reason IN ('case_verified', 'case_solved', 'duplicate') AND award.reference LIKE 'case %'
      AND award.reverses_id IS NULL AND award.tops_up_id IS NULL
    UNION ALL
    SELECT CAST(expected.case_id AS TEXT), NULL, CAST(expected.steward_id AS TEXT),
           expected.reason, expected.reference, 0
    FROM ({_EXPECTED}) expected
"""

# What a step is credited for, as the reference of its award says it; NULL for steps without a credit.
_CREDIT_OF_STEP = (
    "CASE e.action WHEN 'verify' THEN 'verified' WHEN 'solve' THEN 'solved' WHEN 'duplicate' THEN 'duplicate' END"
)

CHECKS: Mapping[str, str] = {
    # Each answers row_id, expected, found; none where the invariant holds.
    "case_award_missing": f"""
        SELECT MIN(side.case_id) AS row_id, side.reason || ' ' || side.reference AS expected, 'no award' AS found
        FROM ({_SIDES}) side GROUP BY side.reason, side.reference HAVING count(side.award_id) = 0
    """,
    "case_award_steward": f"""
        SELECT MIN(side.award_id) AS row_id, MIN(CASE WHEN side.award_id IS NULL THEN side.steward END) AS expected,
               MIN(CASE WHEN side.case_id IS NULL THEN side.steward END) AS found
        FROM ({_SIDES}) side GROUP BY side.reason, side.reference
        HAVING count(side.case_id) > 0 AND count(side.award_id) > 0 AND MIN(side.steward) <> MAX(side.steward)
    """,
    "case_award_stands": f"""
        SELECT MIN(side.award_id) AS row_id, 'reversed' AS expected, side.reason || ' ' || side.reference AS found
        FROM ({_SIDES}) side GROUP BY side.reason, side.reference
        HAVING count(side.case_id) = 0 AND SUM(side.stands) > 0
    """,
    "case_duplicate_earns": """
        SELECT award.id AS row_id, '0' AS expected, CAST(award.points AS TEXT) AS found
        FROM points_award award WHERE award.reason = 'duplicate' AND award.points <> 0
    """,
    "case_duplicate_chain": """
        SELECT c.id AS row_id, 'an original' AS expected, 'a duplicate' AS found
        FROM cases_case c JOIN cases_case original ON original.id = c.duplicate_of_id
        WHERE original.state = 'duplicate'
    """,
    "case_event_case": """
        SELECT e.id AS row_id, CAST(e.case_id AS TEXT) AS expected, 'no case' AS found
        FROM cases_event e LEFT JOIN cases_case c ON c.id = e.case_id WHERE c.id IS NULL
    """,
    "case_history_versions": """
        SELECT c.id AS row_id, CAST(c.version AS TEXT) AS expected,
               CAST(count(e.id) AS TEXT) || ' of ' || CAST(coalesce(max(e.version), 0) AS TEXT) AS found
        FROM cases_case c LEFT JOIN cases_event e ON e.case_id = c.id
        GROUP BY c.id, c.version HAVING count(e.id) <> c.version OR coalesce(max(e.version), 0) <> c.version
    """,
    "case_history_end": """
        SELECT c.id AS row_id, c.state || '/' || c.episode AS expected, e.to_state || '/' || e.episode AS found
        FROM cases_case c JOIN cases_event e ON e.case_id = c.id AND e.version = c.version
        WHERE e.to_state <> c.state OR e.episode <> c.episode
    """,
    "case_history_chain": """
        SELECT e.id AS row_id, earlier.to_state AS expected, coalesce(e.from_state, 'nothing') AS found
        FROM cases_event e JOIN cases_event earlier ON earlier.case_id = e.case_id AND earlier.version = e.version - 1
        WHERE e.from_state IS NULL OR e.from_state <> earlier.to_state OR e.episode < earlier.episode
    """,
    "case_times": """
        SELECT c.id AS row_id, 'times of ' || c.state AS expected, 'others' AS found FROM cases_case c
        WHERE (c.state IN ('verified', 'solved')) <> (c.verified_at IS NOT NULL)
           OR (c.state = 'solved') <> (c.solved_at IS NOT NULL)
           OR c.solved_at < c.verified_at
    """,
    "case_text": """
        SELECT c.id AS row_id, 'a text' AS expected, 'none' AS found
        FROM cases_case c LEFT JOIN cases_case_text body ON body.case_id = c.id WHERE body.case_id IS NULL
    """,
    "case_place": """
        SELECT c.id AS row_id,
               CAST(community.street_id AS TEXT) || '/' || CAST(lane.community_id AS TEXT) AS expected,
               CAST(c.street_id AS TEXT) || '/' || CAST(c.community_id AS TEXT) AS found
        FROM cases_case c JOIN stewards_lane lane ON lane.id = c.lane_id
        JOIN stewards_community community ON community.id = lane.community_id
        WHERE c.community_id <> lane.community_id OR c.street_id <> community.street_id
    """,
    "case_event_award": f"""
        SELECT e.id AS row_id,
               coalesce('case ' || c.number || '/' || {_CREDIT_OF_STEP} || '/' || e.episode, 'no award') AS expected,
               coalesce(award.reference, CASE WHEN e.award_id IS NULL THEN 'none' ELSE 'one that is not there' END)
                   AS found
        FROM cases_event e JOIN cases_case c ON c.id = e.case_id
        LEFT JOIN points_award award ON award.id = e.award_id
        WHERE coalesce('case ' || c.number || '/' || {_CREDIT_OF_STEP} || '/' || e.episode, '')
              <> coalesce(award.reference, CASE WHEN e.award_id IS NULL THEN '' ELSE '?' END)
    """,
    # A note that was erased leaves its id behind; one that is there belongs to the case of its event.
    "case_event_note": """
        SELECT e.id AS row_id, CAST(e.case_id AS TEXT) AS expected, CAST(note.case_id AS TEXT) AS found
        FROM cases_event e JOIN cases_note note ON note.id = e.note_id WHERE note.case_id <> e.case_id
    """,
    "import_faults": """
        SELECT run.id AS row_id, CAST(run.refused AS TEXT) AS expected,
               CAST(count(DISTINCT fault.line) AS TEXT) AS found
        FROM cases_import_run run LEFT JOIN cases_import_fault fault ON fault.run_id = run.id
        GROUP BY run.id, run.refused HAVING count(DISTINCT fault.line) <> run.refused
    """,
}


async def verify_cases(reader: Reader) -> list[Break]:
    """The first break of each invariant between cases, their history and their awards; empty where all hold.

    Every verified or solved case has the awards of its current episode, no award of an earlier one stands, a
    duplicate earns 0 and its original is none, and the history of each case leads, gapless, to where it stands. An
    award that was taken back by hand (points.reverse) does not count as missing. Each step names the award that it
    led to and no note of another case; a case has its text and lies where its lane does; an import names the line of
    every row that it refused.
    """
    breaks = []
    for code, sql in CHECKS.items():
        # Planned as a whole: told of the limit, PostgreSQL expects a first row soon, and a sound district has none.
        row = await reader.fetch_one(
            f"WITH broken AS MATERIALIZED ({sql}) SELECT * FROM broken ORDER BY row_id LIMIT 1"
        )
        if row is not None:
            breaks.append(Break(code=code, row_id=str(row["row_id"]), expected=row["expected"], found=row["found"]))
    return breaks
