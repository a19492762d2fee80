"""The invariants of the ledger as set-wise SQL, the same on both databases: each answers the rows that break it.

A query answers `row_id`, `expected` and `found`, as text. They run in this order, the foundations first, since what
stands on a broken one breaks as well.
"""

from collections.abc import Iterable
from typing import NamedTuple

from points.accounts import LOTTED, MAIN_KINDS, OWNER_OF, WORLD_KINDS


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

# What an operation did for each of its owners: what he has goes up, what he owes goes down. What he donated, or what
# nobody spent, was still his.
WORTH = """worth AS (
    SELECT operation_id, CAST(owner_id AS TEXT) AS owner_id, SUM(change) AS points FROM (
        SELECT moved.operation_id, source.owner_id,
               CASE WHEN source.kind = 'debt' THEN moved.points ELSE -moved.points END AS change
        FROM points_transfer AS moved
        JOIN points_account AS source ON source.id = moved.from_account_id
        JOIN points_account AS target ON target.id = moved.to_account_id
        WHERE source.owner_id IS NOT NULL AND target.kind NOT IN ('donated', 'expired', 'forfeited')
        UNION ALL
        SELECT moved.operation_id, target.owner_id,
               CASE WHEN target.kind = 'debt' THEN -moved.points ELSE moved.points END
        FROM points_transfer AS moved
        JOIN points_account AS source ON source.id = moved.from_account_id
        JOIN points_account AS target ON target.id = moved.to_account_id
        WHERE target.owner_id IS NOT NULL AND source.kind NOT IN ('donated', 'expired', 'forfeited')
    ) AS changed GROUP BY operation_id, owner_id
)"""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


_LOTTED = _listed(LOTTED)
_MAIN = _listed(MAIN_KINDS)
_KINDS = " ".join(f"WHEN '{kind}' THEN '{owner}'" for kind, owner in OWNER_OF.items())
_WORLD = _listed(WORLD_KINDS)

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "account_twice",
        """SELECT MIN(CAST(id AS TEXT)) AS row_id, '1' AS expected, CAST(COUNT(*) AS TEXT) AS found
        FROM points_account GROUP BY owner_kind, owner_id, kind, unit HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "account_kind",
        f"""SELECT CAST(id AS TEXT) AS row_id, owner_kind || ' ' || unit AS expected, kind AS found FROM points_account
        WHERE owner_kind <> CASE kind {_KINDS} ELSE 'world' END
           OR (owner_kind = 'world' AND kind NOT IN ({_WORLD}))
           OR (owner_kind <> 'world' AND (kind = 'minutes') <> (unit = 'minutes'))""",
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
        "version_order",
        f"""WITH {_MOVEMENT}, ordered AS (
            SELECT id, recorded_at, LAG(recorded_at) OVER (PARTITION BY account_id ORDER BY version) AS before
            FROM movement)
        SELECT CAST(id AS TEXT) AS row_id, 'from ' || CAST(before AS TEXT) AS expected,
               CAST(recorded_at AS TEXT) AS found
        FROM ordered WHERE recorded_at < before""",
    ),
    Invariant(
        "history_order",
        # A street's budget pays many at one instant; the operations of a person or a team follow one another.
        f"""WITH {_MOVEMENT}, owned AS (
            SELECT DISTINCT account.owner_id, movement.operation_id, movement.recorded_at
            FROM movement JOIN points_account AS account ON account.id = movement.account_id
            WHERE account.owner_kind <> 'street')
        SELECT MIN(CAST(operation_id AS TEXT)) AS row_id, 'one operation at ' || CAST(recorded_at AS TEXT) AS expected,
               CAST(COUNT(*) AS TEXT) AS found
        FROM owned GROUP BY owner_id, recorded_at HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "account_touched_at",
        f"""WITH newest AS (
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
        WHERE account.kind IN ({_MAIN}) AND account.balance IS NOT NULL
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
        f"""SELECT CAST(account.id AS TEXT) AS row_id, CAST(account.balance AS TEXT) AS expected,
               CAST(COALESCE(SUM(lot.remaining), 0) AS TEXT) AS found
        FROM points_account AS account LEFT JOIN points_lot AS lot ON lot.account_id = account.id
        WHERE account.balance IS NOT NULL GROUP BY account.id, account.kind, account.balance
        HAVING COALESCE(SUM(lot.remaining), 0)
            <> CASE WHEN account.kind IN ({_LOTTED}) THEN account.balance ELSE 0 END""",
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
        f"""SELECT CAST(moved.id AS TEXT) AS row_id, CAST(moved.points AS TEXT) AS expected,
               CAST(COALESCE(SUM(CASE WHEN part.points > 0 THEN part.points END), 0) AS TEXT) AS found
        FROM points_transfer AS moved
        JOIN points_account AS source ON source.id = moved.from_account_id
        LEFT JOIN points_lot_allocation AS part ON part.transfer_id = moved.id
        WHERE source.kind IN ({_LOTTED}) GROUP BY moved.id, moved.points
        HAVING moved.points <> COALESCE(SUM(CASE WHEN part.points > 0 THEN part.points END), 0)""",
    ),
    Invariant(
        "transfer_lots",
        f"""SELECT CAST(moved.id AS TEXT) AS row_id, CAST(moved.points AS TEXT) AS expected,
               CAST(COALESCE(MAX(lot.points), 0)
                    - COALESCE(SUM(CASE WHEN part.points < 0 THEN part.points END), 0) AS TEXT) AS found
        FROM points_transfer AS moved
        JOIN points_account AS target ON target.id = moved.to_account_id
        LEFT JOIN points_lot AS lot ON lot.transfer_id = moved.id
        LEFT JOIN points_lot_allocation AS part ON part.transfer_id = moved.id
        WHERE target.kind IN ({_LOTTED}) GROUP BY moved.id, moved.points
        HAVING moved.points <> COALESCE(MAX(lot.points), 0)
                             - COALESCE(SUM(CASE WHEN part.points < 0 THEN part.points END), 0)""",
    ),
    Invariant(
        "operation_owner",
        # One owner, a street's budget beside him where it paid; a team on one side of what moves between two.
        f"""WITH {_MOVEMENT}
        SELECT CAST(movement.operation_id AS TEXT) AS row_id, 'one owner, or a budget or team beside him' AS expected,
               CAST(COUNT(DISTINCT account.owner_id) AS TEXT) AS found
        FROM movement JOIN points_account AS account ON account.id = movement.account_id
        GROUP BY movement.operation_id
        HAVING COUNT(DISTINCT CASE WHEN account.owner_kind = 'street' THEN account.owner_id END) > 1
            OR COUNT(DISTINCT CASE WHEN account.owner_kind = 'steward' THEN account.owner_id END) > 1
            OR COUNT(DISTINCT account.owner_id) > 2""",
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
        f"""WITH {WORTH}, both_ways AS (
            SELECT made.id, worth.owner_id, worth.points
            FROM points_operation AS made JOIN worth ON worth.operation_id = made.id
            WHERE made.reverses_id IS NOT NULL
            UNION ALL
            SELECT made.id, worth.owner_id, worth.points
            FROM points_operation AS made JOIN worth ON worth.operation_id = made.reverses_id)
        SELECT CAST(id AS TEXT) AS row_id, owner_id || ' 0' AS expected,
               owner_id || ' ' || CAST(SUM(points) AS TEXT) AS found
        FROM both_ways GROUP BY id, owner_id HAVING SUM(points) <> 0""",
    ),
    Invariant(
        "purse_outlet",
        # A reversal takes back from any purse what was given to it, and an operation repays debts from it.
        """SELECT CAST(moved.id AS TEXT) AS row_id, source.kind AS expected, target.kind AS found
        FROM points_transfer AS moved
        JOIN points_account AS source ON source.id = moved.from_account_id
        JOIN points_account AS target ON target.id = moved.to_account_id
        JOIN points_operation AS made ON made.id = moved.operation_id
        WHERE made.reverses_id IS NULL AND (
            source.kind IN ('honour', 'minutes')
            OR (source.kind = 'services' AND target.kind NOT IN ('redeemed', 'expired', 'forfeited', 'escrow'))
            OR (source.kind = 'donation' AND target.kind NOT IN ('donated', 'expired', 'forfeited', 'escrow'))
            OR (source.kind = 'debt' AND target.kind <> 'owed')
            OR (source.owner_kind = 'steward' AND target.owner_kind = 'steward'
                AND source.owner_id <> target.owner_id))""",
    ),
    Invariant(
        "grant_steps",
        # What was approved had every step that it took, and never by who proposed it.
        """SELECT CAST(given.id AS TEXT) AS row_id, given.steps AS expected,
               CAST(COUNT(taken.id) AS TEXT) || ' steps between' AS found
        FROM points_grant AS given LEFT JOIN points_grant_check AS taken
            ON taken.grant_id = given.id AND taken.taken_by_id <> given.proposed_by_id
        WHERE given.state = 'approved' GROUP BY given.id, given.steps
        HAVING COUNT(taken.id) <> LENGTH(given.steps) - LENGTH(REPLACE(given.steps, ',', '')) - 1""",
    ),
    Invariant(
        "lot_expires",
        # What a move brings keeps its day, which may have passed.
        """SELECT CAST(lot.transfer_id AS TEXT) AS row_id, 'from 2000 to 2200' AS expected,
               CAST(lot.expires_on AS TEXT) AS found
        FROM points_lot AS lot
        WHERE CAST(lot.expires_on AS TEXT) NOT BETWEEN '2000-01-01' AND '2200-12-31'""",
    ),
)
