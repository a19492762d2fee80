"""The invariants of the ledger as set-wise SQL, the same on both databases: each answers the rows that break it.

A query answers `row_id`, `expected` and `found`, as text. They run in this order, the foundations first, since what
stands on a broken one breaks as well.
"""

from typing import NamedTuple


class Invariant(NamedTuple):
    """A stable code, and the query for its breaks."""

    code: str
    sql: str


_MOVEMENT = """movement AS (
    SELECT id, operation_id, leg, recorded_at, to_account_id AS account_id, to_version AS version,
           to_balance AS balance, points AS change
    FROM points_transfer WHERE to_version IS NOT NULL
    UNION ALL
    SELECT id, operation_id, leg, recorded_at, from_account_id, from_version, from_balance, -points
    FROM points_transfer WHERE from_version IS NOT NULL
)"""

# What an operation did for its owner: what he has goes up, what he owes goes down.
WORTH = """worth AS (
    SELECT moved.operation_id,
           MIN(CAST(COALESCE(source.owner_id, target.owner_id) AS TEXT)) AS owner_id,
           SUM(CASE WHEN target.kind IN ('spendable', 'honour', 'escrow') THEN moved.points
                    WHEN target.kind = 'debt' THEN -moved.points ELSE 0 END)
         - SUM(CASE WHEN source.kind IN ('spendable', 'honour', 'escrow') THEN moved.points
                    WHEN source.kind = 'debt' THEN -moved.points ELSE 0 END) AS points
    FROM points_transfer AS moved
    JOIN points_account AS source ON source.id = moved.from_account_id
    JOIN points_account AS target ON target.id = moved.to_account_id
    GROUP BY moved.operation_id
)"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "account_twice",
        """SELECT MIN(CAST(id AS TEXT)) AS row_id, '1' AS expected, CAST(COUNT(*) AS TEXT) AS found
        FROM points_account GROUP BY owner_kind, owner_id, kind, unit HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "account_kind",
        """SELECT CAST(id AS TEXT) AS row_id, owner_kind AS expected, kind AS found FROM points_account
        WHERE (owner_kind = 'world') <> (kind IN ('issued', 'redeemed', 'expired', 'donated', 'opening', 'owed'))""",
    ),
    Invariant(
        "transfer_without_operation",
        """SELECT CAST(moved.id AS TEXT) AS row_id, CAST(moved.operation_id AS TEXT) AS expected, '' AS found
        FROM points_transfer AS moved LEFT JOIN points_operation AS made ON made.id = moved.operation_id
        WHERE made.id IS NULL""",
    ),
    Invariant(
        "transfer_without_account",
        """SELECT CAST(moved.id AS TEXT) AS row_id,
               CAST(moved.from_account_id AS TEXT) || ' -> ' || CAST(moved.to_account_id AS TEXT) AS expected,
               COALESCE(CAST(source.id AS TEXT), '') || ' -> ' || COALESCE(CAST(target.id AS TEXT), '') AS found
        FROM points_transfer AS moved
        LEFT JOIN points_account AS source ON source.id = moved.from_account_id
        LEFT JOIN points_account AS target ON target.id = moved.to_account_id
        WHERE source.id IS NULL OR target.id IS NULL""",
    ),
    Invariant(
        "operation_legs",
        """SELECT CAST(made.id AS TEXT) AS row_id, '0..' || CAST(COUNT(moved.id) - 1 AS TEXT) AS expected,
               CAST(MIN(moved.leg) AS TEXT) || '..' || CAST(MAX(moved.leg) AS TEXT) AS found
        FROM points_operation AS made LEFT JOIN points_transfer AS moved ON moved.operation_id = made.id
        GROUP BY made.id
        HAVING COUNT(moved.id) = 0 OR MIN(moved.leg) <> 0 OR MAX(moved.leg) <> COUNT(moved.id) - 1
            OR COUNT(DISTINCT moved.leg) <> COUNT(moved.id)""",
    ),
    Invariant(
        "transfer_units",
        """SELECT CAST(moved.id AS TEXT) AS row_id, source.unit AS expected, target.unit AS found
        FROM points_transfer AS moved
        JOIN points_account AS source ON source.id = moved.from_account_id
        JOIN points_account AS target ON target.id = moved.to_account_id
        WHERE source.unit <> target.unit""",
    ),
    Invariant(
        "transfer_points",
        """SELECT CAST(id AS TEXT) AS row_id, '> 0' AS expected, CAST(points AS TEXT) AS found
        FROM points_transfer WHERE points <= 0""",
    ),
    Invariant(
        "transfer_sides",
        """SELECT CAST(moved.id AS TEXT) AS row_id,
               'versions of accounts that store a balance' AS expected,
               COALESCE(CAST(moved.from_version AS TEXT), '') || ' -> '
               || COALESCE(CAST(moved.to_version AS TEXT), '') AS found
        FROM points_transfer AS moved
        JOIN points_account AS source ON source.id = moved.from_account_id
        JOIN points_account AS target ON target.id = moved.to_account_id
        WHERE (source.balance IS NULL) <> (moved.from_version IS NULL)
           OR (target.balance IS NULL) <> (moved.to_version IS NULL)""",
    ),
    Invariant(
        "transfer_recorded_at",
        """SELECT CAST(moved.id AS TEXT) AS row_id, CAST(made.recorded_at AS TEXT) AS expected,
               CAST(moved.recorded_at AS TEXT) AS found
        FROM points_transfer AS moved JOIN points_operation AS made ON made.id = moved.operation_id
        WHERE moved.recorded_at <> made.recorded_at""",
    ),
    Invariant(
        "account_versions",
        f"""WITH {_MOVEMENT}
        SELECT CAST(account.id AS TEXT) AS row_id, '1..' || CAST(account.version AS TEXT) AS expected,
               CAST(MIN(movement.version) AS TEXT) || '..' || CAST(MAX(movement.version) AS TEXT) || ' in '
               || CAST(COUNT(movement.version) AS TEXT) AS found
        FROM points_account AS account LEFT JOIN movement ON movement.account_id = account.id
        WHERE account.balance IS NOT NULL GROUP BY account.id, account.version
        HAVING account.version <> COUNT(movement.version) OR account.version <> COALESCE(MAX(movement.version), 0)
            OR COALESCE(MIN(movement.version), 1) <> 1
            OR COUNT(DISTINCT movement.version) <> COUNT(movement.version)""",
    ),
    Invariant(
        "running_balance",
        f"""WITH {_MOVEMENT}, chained AS (
            SELECT id, balance, change,
                   COALESCE(LAG(balance) OVER (PARTITION BY account_id ORDER BY version), 0) AS before
            FROM movement)
        SELECT CAST(id AS TEXT) AS row_id, CAST(before + change AS TEXT) AS expected, CAST(balance AS TEXT) AS found
        FROM chained WHERE balance <> before + change""",
    ),
    Invariant(
        "account_balance",
        f"""WITH {_MOVEMENT}
        SELECT CAST(account.id AS TEXT) AS row_id, CAST(COALESCE(SUM(movement.change), 0) AS TEXT) AS expected,
               CAST(account.balance AS TEXT) AS found
        FROM points_account AS account LEFT JOIN movement ON movement.account_id = account.id
        WHERE account.balance IS NOT NULL GROUP BY account.id, account.balance
        HAVING account.balance <> COALESCE(SUM(movement.change), 0) OR account.balance < 0""",
    ),
    Invariant(
        "sum_is_zero",
        """SELECT 'all accounts' AS row_id, '0' AS expected, CAST(total AS TEXT) AS found FROM (
            SELECT (SELECT COALESCE(SUM(balance), 0) FROM points_account)
                 + (SELECT COALESCE(SUM(moved.points), 0) FROM points_transfer AS moved
                    JOIN points_account AS target ON target.id = moved.to_account_id WHERE target.balance IS NULL)
                 - (SELECT COALESCE(SUM(moved.points), 0) FROM points_transfer AS moved
                    JOIN points_account AS source ON source.id = moved.from_account_id WHERE source.balance IS NULL)
                 AS total) AS summed
        WHERE total <> 0""",
    ),
    Invariant(
        "history_order",
        """WITH owned AS (
            SELECT account.owner_id, moved.operation_id, moved.recorded_at,
                   MAX(CASE WHEN account.kind = 'spendable' THEN moved.version END) AS version
            FROM (SELECT to_account_id AS account_id, to_version AS version, operation_id, recorded_at
                  FROM points_transfer WHERE to_version IS NOT NULL
                  UNION ALL
                  SELECT from_account_id, from_version, operation_id, recorded_at
                  FROM points_transfer WHERE from_version IS NOT NULL) AS moved
            JOIN points_account AS account ON account.id = moved.account_id
            GROUP BY account.owner_id, moved.operation_id, moved.recorded_at),
        ordered AS (
            SELECT operation_id, recorded_at, version,
                   LAG(recorded_at) OVER (PARTITION BY owner_id ORDER BY recorded_at) AS before,
                   MAX(version) OVER (PARTITION BY owner_id ORDER BY recorded_at
                                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS version_before
            FROM owned)
        SELECT CAST(operation_id AS TEXT) AS row_id, 'after ' || CAST(before AS TEXT) AS expected,
               CAST(recorded_at AS TEXT) AS found
        FROM ordered WHERE recorded_at <= before OR version <= version_before""",
    ),
    Invariant(
        "account_touched_at",
        """WITH newest AS (
            SELECT account.owner_id, MAX(moved.recorded_at) AS recorded_at
            FROM points_account AS account JOIN (
                SELECT to_account_id AS account_id, recorded_at FROM points_transfer WHERE to_version IS NOT NULL
                UNION ALL
                SELECT from_account_id, recorded_at FROM points_transfer WHERE from_version IS NOT NULL
            ) AS moved ON moved.account_id = account.id
            GROUP BY account.owner_id)
        SELECT CAST(account.id AS TEXT) AS row_id, COALESCE(CAST(newest.recorded_at AS TEXT), '') AS expected,
               COALESCE(CAST(account.touched_at AS TEXT), '') AS found
        FROM points_account AS account LEFT JOIN newest ON newest.owner_id = account.owner_id
        WHERE account.kind = 'spendable' AND account.balance IS NOT NULL
          AND COALESCE(CAST(account.touched_at AS TEXT), '') <> COALESCE(CAST(newest.recorded_at AS TEXT), '')""",
    ),
    Invariant(
        "debt_beside_points",
        """SELECT CAST(debt.id AS TEXT) AS row_id, '0' AS expected, CAST(debt.balance AS TEXT) AS found
        FROM points_account AS debt
        JOIN points_account AS purse ON purse.owner_id = debt.owner_id AND purse.kind = 'spendable'
        WHERE debt.kind = 'debt' AND debt.balance > 0 AND purse.balance > 0""",
    ),
    Invariant(
        "lot_origin",
        """SELECT CAST(lot.transfer_id AS TEXT) AS row_id, CAST(moved.points AS TEXT) AS expected,
               CAST(lot.points AS TEXT) AS found
        FROM points_lot AS lot LEFT JOIN points_transfer AS moved ON moved.id = lot.transfer_id
        WHERE moved.id IS NULL OR lot.account_id <> moved.to_account_id OR lot.points <> moved.points
           OR lot.granted_at <> moved.recorded_at""",
    ),
    Invariant(
        "lot_remaining",
        """SELECT CAST(lot.transfer_id AS TEXT) AS row_id,
               CAST(lot.points - COALESCE(SUM(part.points), 0) AS TEXT) AS expected,
               CAST(lot.remaining AS TEXT) AS found
        FROM points_lot AS lot LEFT JOIN points_lot_allocation AS part ON part.lot_id = lot.transfer_id
        GROUP BY lot.transfer_id, lot.points, lot.remaining
        HAVING lot.remaining <> lot.points - COALESCE(SUM(part.points), 0) OR lot.remaining < 0""",
    ),
    Invariant(
        "lots_and_balance",
        """SELECT CAST(account.id AS TEXT) AS row_id, CAST(account.balance AS TEXT) AS expected,
               CAST(COALESCE(SUM(lot.remaining), 0) AS TEXT) AS found
        FROM points_account AS account LEFT JOIN points_lot AS lot ON lot.account_id = account.id
        WHERE account.balance IS NOT NULL GROUP BY account.id, account.kind, account.balance
        HAVING COALESCE(SUM(lot.remaining), 0)
            <> CASE WHEN account.kind = 'spendable' THEN account.balance ELSE 0 END""",
    ),
    Invariant(
        "allocation_lot",
        """SELECT CAST(part.id AS TEXT) AS row_id, CAST(lot.account_id AS TEXT) AS expected,
               CAST(CASE WHEN part.points > 0 THEN moved.from_account_id ELSE moved.to_account_id END AS TEXT) AS found
        FROM points_lot_allocation AS part
        LEFT JOIN points_lot AS lot ON lot.transfer_id = part.lot_id
        LEFT JOIN points_transfer AS moved ON moved.id = part.transfer_id
        WHERE lot.transfer_id IS NULL OR moved.id IS NULL OR part.points = 0 OR moved.recorded_at < lot.granted_at
           OR lot.account_id <> CASE WHEN part.points > 0 THEN moved.from_account_id ELSE moved.to_account_id END""",
    ),
    Invariant(
        "transfer_allocations",
        """SELECT CAST(moved.id AS TEXT) AS row_id, CAST(moved.points AS TEXT) AS expected,
               CAST(COALESCE(SUM(CASE WHEN part.points > 0 THEN part.points END), 0) AS TEXT) AS found
        FROM points_transfer AS moved
        JOIN points_account AS source ON source.id = moved.from_account_id
        LEFT JOIN points_lot_allocation AS part ON part.transfer_id = moved.id
        WHERE source.kind = 'spendable' GROUP BY moved.id, moved.points
        HAVING moved.points <> COALESCE(SUM(CASE WHEN part.points > 0 THEN part.points END), 0)""",
    ),
    Invariant(
        "transfer_lots",
        """SELECT CAST(moved.id AS TEXT) AS row_id, CAST(moved.points AS TEXT) AS expected,
               CAST(COALESCE(MAX(lot.points), 0)
                    - COALESCE(SUM(CASE WHEN part.points < 0 THEN part.points END), 0) AS TEXT) AS found
        FROM points_transfer AS moved
        JOIN points_account AS target ON target.id = moved.to_account_id
        LEFT JOIN points_lot AS lot ON lot.transfer_id = moved.id
        LEFT JOIN points_lot_allocation AS part ON part.transfer_id = moved.id
        WHERE target.kind = 'spendable' GROUP BY moved.id, moved.points
        HAVING moved.points <> COALESCE(MAX(lot.points), 0)
                             - COALESCE(SUM(CASE WHEN part.points < 0 THEN part.points END), 0)""",
    ),
    Invariant(
        "operation_owner",
        f"""WITH {_MOVEMENT}
        SELECT CAST(movement.operation_id AS TEXT) AS row_id, '1' AS expected,
               CAST(COUNT(DISTINCT account.owner_id) AS TEXT) AS found
        FROM movement JOIN points_account AS account ON account.id = movement.account_id
        GROUP BY movement.operation_id HAVING COUNT(DISTINCT account.owner_id) <> 1""",
    ),
    Invariant(
        "operation_once",
        """SELECT MIN(CAST(id AS TEXT)) AS row_id, '1' AS expected, CAST(COUNT(*) AS TEXT) AS found
        FROM points_operation GROUP BY reason, reference HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "reversal_once",
        """SELECT CAST(reverses_id AS TEXT) AS row_id, '1' AS expected, CAST(COUNT(*) AS TEXT) AS found
        FROM points_operation WHERE reverses_id IS NOT NULL GROUP BY reverses_id HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "reversal_link",
        """SELECT CAST(made.id AS TEXT) AS row_id, 'reversal ' || COALESCE(undone.reason || ':' || undone.reference, '')
               AS expected, made.reason || ' ' || made.reference AS found
        FROM points_operation AS made LEFT JOIN points_operation AS undone ON undone.id = made.reverses_id
        WHERE (made.reason = 'reversal') <> (made.reverses_id IS NOT NULL)
           OR (made.reverses_id IS NOT NULL AND (undone.id IS NULL OR undone.reverses_id IS NOT NULL
               OR made.reference <> undone.reason || ':' || undone.reference))""",
    ),
    Invariant(
        "reversal_worth",
        f"""WITH {WORTH}
        SELECT CAST(made.id AS TEXT) AS row_id, undone_worth.owner_id || ' ' || CAST(-undone_worth.points AS TEXT)
               AS expected, made_worth.owner_id || ' ' || CAST(made_worth.points AS TEXT) AS found
        FROM points_operation AS made
        JOIN worth AS made_worth ON made_worth.operation_id = made.id
        JOIN worth AS undone_worth ON undone_worth.operation_id = made.reverses_id
        WHERE made_worth.points <> -undone_worth.points OR made_worth.owner_id <> undone_worth.owner_id""",
    ),
)
