"""The invariants of orders, stock and escrow as set-wise SQL, the same on both databases: each answers its breaks.

A query answers `row_id`, `expected` and `found`, as text. Open orders are what escrow holds, moves are what stock is,
and an order's counts are what its history and the ledger say.
"""

from points.invariants import Invariant

# What each line did in the ledger, by the references of its operations.
_LINES = """lines AS (
    SELECT line.id, line.order_id, line.number, line.steward_id, line.points_each, line.quantity, line.collected,
           line.released, line.refunded, line.stock_id, o.number AS order_number,
           'order ' || o.number || '/' || CAST(line.number AS TEXT) AS reference
    FROM rewards_order_line line JOIN rewards_order o ON o.id = line.order_id
)"""
# How many points each redemption operation moved, under the reference of its line.
_POINTS = """moved AS (
    SELECT made.reason,
           CASE WHEN made.reason = 'redemption' THEN made.reference
                ELSE {line_reference} END AS reference,
           SUM(CASE WHEN made.reason = 'redemption' AND target.kind = 'escrow' THEN transfer.points
                    WHEN made.reason IN ('redemption_collected', 'redemption_released') AND source.kind = 'escrow'
                    THEN transfer.points
                    WHEN made.reason = 'redemption_refunded' AND source.kind IN ('redeemed', 'donated')
                    THEN transfer.points ELSE 0 END) AS points
    FROM points_operation made
    JOIN points_transfer transfer ON transfer.operation_id = made.id
    JOIN points_account source ON source.id = transfer.from_account_id
    JOIN points_account target ON target.id = transfer.to_account_id
    WHERE made.reason IN ('redemption', 'redemption_collected', 'redemption_released', 'redemption_refunded')
    GROUP BY made.reason, 2
)"""


def _settled(reason: str, units: str) -> str:
    """Lines whose operations of a reason moved other points than their units cost, and such operations without a line.

    Both sides are put under each other and grouped, as no index could join them.
    """
    return f"""WITH {_LINES}, {_POINTS}, sides AS (
        SELECT CAST(id AS TEXT) AS line_id, reference, {units} * points_each AS expected, 0 AS found FROM lines
        UNION ALL
        SELECT NULL, reference, 0, points FROM moved WHERE reason = '{reason}'
    )
    SELECT COALESCE(MIN(line_id), reference) AS row_id, CAST(SUM(expected) AS TEXT) AS expected,
           CAST(SUM(found) AS TEXT) AS found
    FROM sides GROUP BY reference HAVING SUM(expected) <> SUM(found)"""


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "stock_versions",
        """SELECT CAST(stock.id AS TEXT) AS row_id, CAST(stock.version AS TEXT) AS expected,
               CAST(COUNT(move.id) AS TEXT) || ' to ' || CAST(COALESCE(MAX(move.version), 0) AS TEXT) AS found
        FROM rewards_stock stock LEFT JOIN rewards_stock_move move ON move.stock_id = stock.id
        GROUP BY stock.id, stock.version
        HAVING COUNT(move.id) <> stock.version OR COALESCE(MAX(move.version), 0) <> stock.version""",
    ),
    Invariant(
        "stock_moves",
        """SELECT CAST(stock.id AS TEXT) AS row_id,
               CAST(COALESCE(SUM(move.available_change), 0) AS TEXT) || ' and '
               || CAST(COALESCE(SUM(move.reserved_change), 0) AS TEXT) AS expected,
               CAST(stock.available AS TEXT) || ' and ' || CAST(stock.reserved AS TEXT) AS found
        FROM rewards_stock stock LEFT JOIN rewards_stock_move move ON move.stock_id = stock.id
        GROUP BY stock.id, stock.available, stock.reserved
        HAVING COALESCE(SUM(move.available_change), 0) <> stock.available
            OR COALESCE(SUM(move.reserved_change), 0) <> stock.reserved""",
    ),
    Invariant(
        "stock_running",
        """WITH chained AS (
            SELECT id, available, reserved, available_change, reserved_change,
                   COALESCE(LAG(available) OVER (PARTITION BY stock_id ORDER BY version), 0) AS available_before,
                   COALESCE(LAG(reserved) OVER (PARTITION BY stock_id ORDER BY version), 0) AS reserved_before
            FROM rewards_stock_move)
        SELECT CAST(id AS TEXT) AS row_id,
               CAST(available_before + available_change AS TEXT) || ' and '
               || CAST(reserved_before + reserved_change AS TEXT) AS expected,
               CAST(available AS TEXT) || ' and ' || CAST(reserved AS TEXT) AS found
        FROM chained WHERE available <> available_before + available_change
            OR reserved <> reserved_before + reserved_change""",
    ),
    Invariant(
        "stock_move_effect",
        """SELECT CAST(id AS TEXT) AS row_id, kind || ' ' || CAST(quantity AS TEXT) AS expected,
               CAST(available_change AS TEXT) || ' and ' || CAST(reserved_change AS TEXT) AS found
        FROM rewards_stock_move
        WHERE NOT ((kind = 'received' AND available_change = quantity AND reserved_change = 0)
            OR (kind = 'reserved' AND available_change = -quantity AND reserved_change = quantity)
            OR (kind = 'released' AND available_change = quantity AND reserved_change = -quantity)
            OR (kind = 'collected' AND available_change = 0 AND reserved_change = -quantity)
            OR (kind = 'lost' AND available_change = -quantity AND reserved_change = 0)
            OR (kind = 'counted' AND available + reserved = quantity AND reserved_change = 0))""",
    ),
    Invariant(
        "stock_reserved",
        """SELECT CAST(stock.id AS TEXT) AS row_id,
               CAST(COALESCE(SUM(line.quantity - line.collected - line.released), 0) AS TEXT) AS expected,
               CAST(stock.reserved AS TEXT) AS found
        FROM rewards_stock stock LEFT JOIN rewards_order_line line ON line.stock_id = stock.id
        GROUP BY stock.id, stock.reserved
        HAVING COALESCE(SUM(line.quantity - line.collected - line.released), 0) <> stock.reserved""",
    ),
    Invariant(
        "stock_kept",
        """WITH sides AS (
            SELECT CAST(id AS TEXT) AS stock, 0 AS expected, kept AS found FROM rewards_stock
            UNION ALL
            SELECT CAST(stock_id AS TEXT), places, 0 FROM rewards_draw WHERE state = 'announced'
            UNION ALL
            SELECT CAST(stock_id AS TEXT), 1, 0 FROM rewards_waiting_entry WHERE state IN ('waiting', 'offered'))
        SELECT stock AS row_id, CAST(SUM(expected) AS TEXT) AS expected, CAST(SUM(found) AS TEXT) AS found
        FROM sides GROUP BY stock HAVING SUM(expected) <> SUM(found)""",
    ),
    Invariant(
        "stock_line_moves",
        """SELECT CAST(line.id AS TEXT) AS row_id,
               CAST(line.quantity AS TEXT) || '/' || CAST(line.collected AS TEXT) || '/' || CAST(line.released AS TEXT)
               AS expected,
               CAST(COALESCE(SUM(CASE WHEN move.kind = 'reserved' THEN move.quantity END), 0) AS TEXT) || '/'
               || CAST(COALESCE(SUM(CASE WHEN move.kind = 'collected' THEN move.quantity END), 0) AS TEXT) || '/'
               || CAST(COALESCE(SUM(CASE WHEN move.kind = 'released' THEN move.quantity END), 0) AS TEXT) AS found
        FROM rewards_order_line line LEFT JOIN rewards_stock_move move ON move.order_line_id = line.id
        WHERE line.stock_id IS NOT NULL GROUP BY line.id, line.quantity, line.collected, line.released
        HAVING COALESCE(SUM(CASE WHEN move.kind = 'reserved' THEN move.quantity END), 0) <> line.quantity
            OR COALESCE(SUM(CASE WHEN move.kind = 'collected' THEN move.quantity END), 0) <> line.collected
            OR COALESCE(SUM(CASE WHEN move.kind = 'released' THEN move.quantity END), 0) <> line.released""",
    ),
    Invariant(
        "stock_move_line",
        """SELECT CAST(move.id AS TEXT) AS row_id, CAST(line.stock_id AS TEXT) AS expected,
               CAST(move.stock_id AS TEXT) AS found
        FROM rewards_stock_move move JOIN rewards_order_line line ON line.id = move.order_line_id
        WHERE line.stock_id IS NULL OR line.stock_id <> move.stock_id""",
    ),
    Invariant(
        "order_points",
        """SELECT CAST(o.id AS TEXT) AS row_id, CAST(COALESCE(SUM(line.quantity * line.points_each), 0) AS TEXT)
               AS expected, CAST(o.points AS TEXT) AS found
        FROM rewards_order o LEFT JOIN rewards_order_line line ON line.order_id = o.id
        GROUP BY o.id, o.points HAVING COALESCE(SUM(line.quantity * line.points_each), 0) <> o.points""",
    ),
    Invariant(
        "order_line_price",
        """SELECT CAST(line.id AS TEXT) AS row_id, CAST(price.points AS TEXT) AS expected,
               CAST(line.points_each AS TEXT) AS found
        FROM rewards_order_line line JOIN rewards_price price ON price.id = line.price_id
        WHERE price.points <> line.points_each OR price.item_id <> line.item_id
           OR price.effective_from > line.reserved_at""",
    ),
    Invariant(
        "order_line_owner",
        """SELECT CAST(line.id AS TEXT) AS row_id, CAST(o.steward_id AS TEXT) AS expected,
               CAST(line.steward_id AS TEXT) AS found
        FROM rewards_order_line line JOIN rewards_order o ON o.id = line.order_id
        WHERE line.steward_id <> o.steward_id OR line.reserved_at <> o.reserved_at""",
    ),
    Invariant(
        "order_state",
        """WITH summed AS (
            SELECT o.id, o.state, o.ready_at, SUM(line.quantity - line.collected - line.released) AS open,
                   SUM(line.collected) AS collected, SUM(line.refunded) AS refunded
            FROM rewards_order o JOIN rewards_order_line line ON line.order_id = o.id
            GROUP BY o.id, o.state, o.ready_at),
        told AS (
            SELECT id, state, CASE
                WHEN open > 0 AND collected > 0 THEN 'partly'
                WHEN open > 0 AND ready_at IS NOT NULL THEN 'ready'
                WHEN open > 0 THEN 'reserved'
                WHEN collected = 0 THEN CASE WHEN state = 'expired' THEN 'expired' ELSE 'cancelled' END
                WHEN refunded = collected THEN 'refunded'
                ELSE 'collected' END AS expected
            FROM summed)
        SELECT CAST(id AS TEXT) AS row_id, expected, state AS found FROM told WHERE state <> expected""",
    ),
    Invariant(
        "order_history_versions",
        """SELECT CAST(o.id AS TEXT) AS row_id, CAST(o.version AS TEXT) AS expected,
               CAST(COUNT(e.id) AS TEXT) || ' to ' || CAST(COALESCE(MAX(e.version), 0) AS TEXT) AS found
        FROM rewards_order o LEFT JOIN rewards_order_event e ON e.order_id = o.id
        GROUP BY o.id, o.version HAVING COUNT(e.id) <> o.version OR COALESCE(MAX(e.version), 0) <> o.version""",
    ),
    Invariant(
        "order_history_end",
        """SELECT CAST(o.id AS TEXT) AS row_id, o.state AS expected, e.to_state AS found
        FROM rewards_order o JOIN rewards_order_event e ON e.order_id = o.id AND e.version = o.version
        WHERE e.to_state <> o.state""",
    ),
    Invariant(
        "order_history_chain",
        """SELECT CAST(e.id AS TEXT) AS row_id, earlier.to_state AS expected, COALESCE(e.from_state, 'nothing') AS found
        FROM rewards_order_event e
        JOIN rewards_order_event earlier ON earlier.order_id = e.order_id AND earlier.version = e.version - 1
        WHERE e.from_state IS NULL OR e.from_state <> earlier.to_state""",
    ),
    Invariant("hold_points", _settled("redemption", "quantity")),
    Invariant("captured_points", _settled("redemption_collected", "collected")),
    Invariant("released_points", _settled("redemption_released", "released")),
    Invariant("refunded_points", _settled("redemption_refunded", "refunded")),
    Invariant(
        "escrow_and_orders",
        """WITH sides AS (
            SELECT CAST(owner_id AS TEXT) AS owner, 0 AS expected, balance AS found
            FROM points_account WHERE kind = 'escrow' AND owner_kind = 'steward'
            UNION ALL
            SELECT CAST(steward_id AS TEXT), (quantity - collected - released) * points_each, 0
            FROM rewards_order_line)
        SELECT owner AS row_id, CAST(SUM(expected) AS TEXT) AS expected, CAST(SUM(found) AS TEXT) AS found
        FROM sides GROUP BY owner HAVING SUM(expected) <> SUM(found)""",
    ),
)
