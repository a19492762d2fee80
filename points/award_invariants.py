"""The invariants of awards and cap windows, as points.invariants has those of operations and transfers."""

from points.invariants import WORTH, Invariant

AWARD_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "award_once",
        """SELECT MIN(CAST(id AS TEXT)) AS row_id, '1' AS expected, CAST(COUNT(*) AS TEXT) AS found
        FROM points_award GROUP BY reason, reference HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "award_rules",
        """SELECT CAST(award.id AS TEXT) AS row_id, 'a published rule set' AS expected,
               CAST(award.rule_version_id AS TEXT) AS found
        FROM points_award AS award LEFT JOIN points_rule_version AS rules ON rules.id = award.rule_version_id
        WHERE rules.id IS NULL""",
    ),
    Invariant(
        "award_operation",
        """SELECT CAST(award.id AS TEXT) AS row_id, award.reason || ' ' || award.reference AS expected,
               COALESCE(made.reason || ' ' || made.reference, 'no operation') AS found
        FROM points_award AS award LEFT JOIN points_operation AS made ON made.id = award.operation_id
        WHERE (award.points = 0) <> (award.operation_id IS NULL)
           OR (award.operation_id IS NOT NULL AND (made.id IS NULL OR made.reason <> award.reason
               OR made.reference <> award.reference OR made.recorded_at <> award.recorded_at))""",
    ),
    Invariant(
        "award_worth",
        f"""WITH {WORTH}
        SELECT CAST(award.id AS TEXT) AS row_id,
               CAST(award.steward_id AS TEXT) || ' ' || CAST(award.points AS TEXT) AS expected,
               COALESCE(worth.owner_id || ' ' || CAST(worth.points AS TEXT), 'another owner') AS found
        FROM points_award AS award LEFT JOIN worth
          ON worth.operation_id = award.operation_id AND worth.owner_id = CAST(award.steward_id AS TEXT)
        WHERE award.operation_id IS NOT NULL AND COALESCE(worth.points, 0) <> award.points""",
    ),
    Invariant(
        "operation_without_award",
        """SELECT CAST(made.id AS TEXT) AS row_id, made.reason || ' ' || made.reference AS expected, 'no award' AS found
        FROM points_operation AS made
        LEFT JOIN points_operation AS undone ON undone.id = made.reverses_id
        WHERE COALESCE(undone.reason, made.reason) IN ({earned})
          AND NOT EXISTS (SELECT 1 FROM points_award AS award
                          WHERE award.reason = made.reason AND award.reference = made.reference
                            AND award.operation_id = made.id)""",
    ),
    Invariant(
        "award_entitled",
        """SELECT CAST(award.id AS TEXT) AS row_id, 'at most ' || CAST(award.entitled AS TEXT) AS expected,
               CAST(award.points + COALESCE(SUM(more.points), 0) AS TEXT) AS found
        FROM points_award AS award LEFT JOIN points_award AS more ON more.tops_up_id = award.id
        GROUP BY award.id, award.points, award.entitled, award.reverses_id, award.reason
        HAVING award.points + COALESCE(SUM(more.points), 0) > award.entitled
            OR (award.reverses_id IS NULL AND award.points < 0
                AND award.reason NOT IN ('multiplier', 'correction'))""",
    ),
    Invariant(
        "award_reversal",
        """SELECT CAST(award.id AS TEXT) AS row_id,
               'reversal ' || COALESCE(undone.reason || ':' || undone.reference || ' '
                                       || CAST(-undone.points AS TEXT), '') AS expected,
               award.reason || ' ' || award.reference || ' ' || CAST(award.points AS TEXT) AS found
        FROM points_award AS award
        LEFT JOIN points_award AS undone ON undone.id = award.reverses_id
        LEFT JOIN points_operation AS made ON made.id = award.operation_id
        WHERE (award.reason = 'reversal') <> (award.reverses_id IS NOT NULL)
           OR (award.reverses_id IS NOT NULL AND (
               undone.id IS NULL OR undone.reverses_id IS NOT NULL OR award.points <> -undone.points
               OR award.steward_id <> undone.steward_id
               OR award.reference <> undone.reason || ':' || undone.reference
               OR (made.id IS NOT NULL AND made.reverses_id <> undone.operation_id)))""",
    ),
    Invariant(
        "award_reversal_once",
        """SELECT CAST(reverses_id AS TEXT) AS row_id, '1' AS expected, CAST(COUNT(*) AS TEXT) AS found
        FROM points_award WHERE reverses_id IS NOT NULL GROUP BY reverses_id HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "award_reversal_whole",
        # A top-up stands and falls with the award that it tops up.
        """SELECT CAST(more.id AS TEXT) AS row_id,
               CASE WHEN root_undone.id IS NULL THEN 'standing' ELSE 'reversed' END AS expected,
               CASE WHEN undone.id IS NULL THEN 'standing' ELSE 'reversed' END AS found
        FROM points_award AS more
        LEFT JOIN points_award AS undone ON undone.reverses_id = more.id
        LEFT JOIN points_award AS root_undone ON root_undone.reverses_id = more.tops_up_id
        WHERE more.tops_up_id IS NOT NULL AND (undone.id IS NULL) <> (root_undone.id IS NULL)""",
    ),
    Invariant(
        "top_up_link",
        """SELECT CAST(more.id AS TEXT) AS row_id,
               'top_up ' || COALESCE(award.reason || ':' || award.reference, '') AS expected,
               more.reason || ' ' || more.reference AS found
        FROM points_award AS more LEFT JOIN points_award AS award ON award.id = more.tops_up_id
        WHERE (more.reason = 'top_up') <> (more.tops_up_id IS NOT NULL)
           OR (more.tops_up_id IS NOT NULL AND (
               award.id IS NULL OR award.reverses_id IS NOT NULL OR award.tops_up_id IS NOT NULL
               OR more.steward_id <> award.steward_id OR more.rule_version_id <> award.rule_version_id
               OR more.reference NOT LIKE '%#%'))""",
    ),
    Invariant(
        "award_receipt",
        """SELECT CAST(award.id AS TEXT) AS row_id,
               CAST(award.points AS TEXT) || ' under rule set ' || CAST(rules.number AS TEXT) AS expected,
               {receipt_points} || ' under rule set ' || {receipt_rule} AS found
        FROM points_award AS award JOIN points_rule_version AS rules ON rules.id = award.rule_version_id
        WHERE {receipt_points} <> CAST(award.points AS TEXT) OR {receipt_rule} <> CAST(rules.number AS TEXT)""",
    ),
    Invariant(
        "receipt_steps",
        """SELECT CAST(award.id AS TEXT) AS row_id, CAST(award.points AS TEXT) AS expected,
               CAST({receipt_steps} AS TEXT) AS found
        FROM points_award AS award WHERE {receipt_steps} <> award.points""",
    ),
    Invariant(
        "award_lot_expires",
        # Points cannot expire before the day on which they were earned.
        """SELECT CAST(lot.transfer_id AS TEXT) AS row_id, 'from ' || {day_earned} AS expected,
               CAST(lot.expires_on AS TEXT) AS found
        FROM points_lot AS lot
        JOIN points_transfer AS moved ON moved.id = lot.transfer_id
        JOIN points_award AS award ON award.operation_id = moved.operation_id
        WHERE award.reverses_id IS NULL AND CAST(lot.expires_on AS TEXT) < {day_earned}""",
    ),
    Invariant(
        "cap_use_link",
        """SELECT CAST(part.id AS TEXT) AS row_id, 'an award and a window' AS expected,
               COALESCE(CAST(award.id AS TEXT), 'no award') || ' '
               || COALESCE(CAST(whole.id AS TEXT), 'no window') AS found
        FROM points_cap_use AS part
        LEFT JOIN points_award AS award ON award.id = part.award_id
        LEFT JOIN points_cap_window AS whole ON whole.id = part.window_id
        WHERE award.id IS NULL OR whole.id IS NULL""",
    ),
    Invariant(
        "cap_window_used",
        """SELECT CAST(whole.id AS TEXT) AS row_id, CAST(COALESCE(SUM(part.counted), 0) AS TEXT) AS expected,
               CAST(whole.used AS TEXT) AS found
        FROM points_cap_window AS whole LEFT JOIN points_cap_use AS part ON part.window_id = whole.id
        GROUP BY whole.id, whole.used HAVING whole.used <> COALESCE(SUM(part.counted), 0) OR whole.used < 0""",
    ),
    Invariant(
        "cap_use_counted",
        """SELECT CAST(award.id AS TEXT) AS row_id, CAST(-before.counted AS TEXT) AS expected,
               CAST(COALESCE(part.counted, 0) AS TEXT) AS found
        FROM points_award AS award
        JOIN points_cap_use AS before ON before.award_id = award.reverses_id AND before.counted <> 0
        LEFT JOIN points_cap_use AS part ON part.award_id = award.id AND part.window_id = before.window_id
        WHERE COALESCE(part.counted, 0) <> -before.counted""",
    ),
)

# `{limits}` lists the caps of every published rule set: version_id, cap, most, counts.
CAP_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "cap_window_limit",
        """WITH {limits}
        SELECT CAST(whole.id AS TEXT) AS row_id, 'at most ' || CAST(COALESCE(MAX(limits.most), 0) AS TEXT) AS expected,
               CAST(whole.used AS TEXT) AS found
        FROM points_cap_window AS whole
        JOIN points_cap_use AS part ON part.window_id = whole.id
        JOIN points_award AS award ON award.id = part.award_id
        LEFT JOIN limits ON limits.version_id = CAST(award.rule_version_id AS TEXT) AND limits.cap = whole.cap
        GROUP BY whole.id, whole.used HAVING whole.used > COALESCE(MAX(limits.most), 0)""",
    ),
    Invariant(
        "cap_use_points",
        """WITH {limits}
        SELECT CAST(part.id AS TEXT) AS row_id, CAST(award.points AS TEXT) AS expected,
               CAST(part.counted AS TEXT) AS found
        FROM points_cap_use AS part
        JOIN points_award AS award ON award.id = part.award_id
        JOIN points_cap_window AS whole ON whole.id = part.window_id
        JOIN limits ON limits.version_id = CAST(award.rule_version_id AS TEXT) AND limits.cap = whole.cap
        WHERE limits.counts = 'points' AND part.counted <> award.points""",
    ),
)
