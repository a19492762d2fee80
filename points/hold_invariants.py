"""The invariants of holds and what settles them, as points.invariants has those of operations and transfers."""

from points.invariants import Invariant

# Transfers into escrow by their hold, transfers out of it by the hold that they settle or reverse.
_ESCROW = """escrowed AS (
    SELECT moved.id, moved.operation_id AS hold_id, moved.to_account_id AS account_id, moved.points,
           'held' AS became, moved.operation_id
    FROM points_transfer AS moved JOIN points_account AS target ON target.id = moved.to_account_id
    WHERE target.kind = 'escrow'
    UNION ALL
    SELECT moved.id, COALESCE(settling.hold_id, made.reverses_id), moved.from_account_id, moved.points,
           CASE WHEN target.owner_id IS NULL THEN 'captured' ELSE 'released' END, moved.operation_id
    FROM points_transfer AS moved
    JOIN points_account AS source ON source.id = moved.from_account_id
    JOIN points_account AS target ON target.id = moved.to_account_id
    JOIN points_operation AS made ON made.id = moved.operation_id
    LEFT JOIN points_settlement AS settling ON settling.operation_id = moved.operation_id
    WHERE source.kind = 'escrow'
)"""

HOLD_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "settlement_link",
        """SELECT CAST(settling.operation_id AS TEXT) AS row_id, 'a hold' AS expected,
               COALESCE(held.reason || ' ' || held.reference, 'no operation') AS found
        FROM points_settlement AS settling
        LEFT JOIN points_operation AS made ON made.id = settling.operation_id
        LEFT JOIN points_operation AS held ON held.id = settling.hold_id
        LEFT JOIN points_settlement AS captured ON captured.operation_id = settling.capture_id
        WHERE made.id IS NULL OR held.id IS NULL OR made.recorded_at <= held.recorded_at
           OR (settling.capture_id IS NOT NULL
               AND (captured.operation_id IS NULL OR captured.hold_id <> settling.hold_id))
           OR NOT EXISTS (SELECT 1 FROM points_transfer AS moved
                          JOIN points_account AS target ON target.id = moved.to_account_id AND target.kind = 'escrow'
                          WHERE moved.operation_id = settling.hold_id)""",
    ),
    Invariant(
        "escrow_settled",
        # Whatever leaves escrow settles or reverses a hold of the same owner; nothing else was on hold.
        f"""WITH {_ESCROW}
        SELECT CAST(part.id AS TEXT) AS row_id, 'out of a hold' AS expected,
               COALESCE(CAST(part.hold_id AS TEXT), 'no hold') AS found
        FROM escrowed AS part
        WHERE part.became <> 'held' AND NOT EXISTS (
            SELECT 1 FROM points_transfer AS came
            WHERE came.operation_id = part.hold_id AND came.to_account_id = part.account_id)""",
    ),
    Invariant(
        "hold_left",
        f"""WITH {_ESCROW}
        SELECT CAST(hold_id AS TEXT) AS row_id,
               'at most ' || CAST(SUM(CASE WHEN became = 'held' THEN points ELSE 0 END) AS TEXT) AS expected,
               CAST(SUM(CASE WHEN became = 'held' THEN 0 ELSE points END) AS TEXT) AS found
        FROM escrowed WHERE hold_id IS NOT NULL GROUP BY hold_id
        HAVING SUM(CASE WHEN became = 'held' THEN points ELSE -points END) < 0""",
    ),
    Invariant(
        "escrow_holds",
        f"""WITH {_ESCROW}
        SELECT CAST(account.id AS TEXT) AS row_id,
               CAST(COALESCE(SUM(CASE WHEN part.became = 'held' THEN part.points ELSE -part.points END), 0) AS TEXT)
               AS expected, CAST(account.balance AS TEXT) AS found
        FROM points_account AS account
        LEFT JOIN escrowed AS part ON part.account_id = account.id AND part.hold_id IS NOT NULL
        WHERE account.kind = 'escrow' GROUP BY account.id, account.balance
        HAVING account.balance
            <> COALESCE(SUM(CASE WHEN part.became = 'held' THEN part.points ELSE -part.points END), 0)""",
    ),
    Invariant(
        "capture_refunds",
        """WITH refunded AS (
            SELECT settling.capture_id, SUM(moved.points) AS points
            FROM points_settlement AS settling
            JOIN points_transfer AS moved ON moved.operation_id = settling.operation_id
            JOIN points_account AS source ON source.id = moved.from_account_id
            WHERE settling.capture_id IS NOT NULL AND source.kind IN ('redeemed', 'donated')
            GROUP BY settling.capture_id)
        SELECT CAST(refunded.capture_id AS TEXT) AS row_id,
               'at most ' || CAST(COALESCE(SUM(moved.points), 0) AS TEXT) AS expected,
               CAST(refunded.points AS TEXT) AS found
        FROM refunded LEFT JOIN (
            points_transfer AS moved JOIN points_account AS source
              ON source.id = moved.from_account_id AND source.kind = 'escrow')
          ON moved.operation_id = refunded.capture_id
        GROUP BY refunded.capture_id, refunded.points HAVING refunded.points > COALESCE(SUM(moved.points), 0)""",
    ),
    Invariant(
        "refund_settles",
        # What was redeemed or donated comes back by a refund of its capture, or by a reversal.
        """SELECT CAST(moved.id AS TEXT) AS row_id, 'a refund or a reversal' AS expected,
               made.reason || ' ' || made.reference AS found
        FROM points_transfer AS moved
        JOIN points_account AS source ON source.id = moved.from_account_id AND source.kind IN ('redeemed', 'donated')
        JOIN points_operation AS made ON made.id = moved.operation_id
        LEFT JOIN points_settlement AS settling ON settling.operation_id = moved.operation_id
        WHERE made.reverses_id IS NULL AND settling.capture_id IS NULL""",
    ),
)
