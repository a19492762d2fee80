"""The invariants of draws and half-days: seats booked are those of appointments, every winner has an order.

Set-wise SQL, the same on both databases (see rewards.invariants).
"""

from points.invariants import Invariant

SCARCE_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "seats_booked",
        """SELECT CAST(slot.id AS TEXT) AS row_id, CAST(COALESCE(SUM(mine.seats), 0) AS TEXT) AS expected,
               CAST(slot.booked AS TEXT) AS found
        FROM rewards_slot slot
        LEFT JOIN rewards_appointment mine ON mine.slot_id = slot.id AND mine.state <> 'released'
        GROUP BY slot.id, slot.booked HAVING COALESCE(SUM(mine.seats), 0) <> slot.booked""",
    ),
    Invariant(
        "draw_winners",
        """SELECT CAST(draw.id AS TEXT) AS row_id, CAST(draw.places AS TEXT) || ' at most' AS expected,
               CAST(COUNT(mine.id) AS TEXT) AS found
        FROM rewards_draw draw
        JOIN rewards_draw_application mine ON mine.draw_id = draw.id AND mine.outcome = 'won'
        GROUP BY draw.id, draw.places, draw.state HAVING COUNT(mine.id) > draw.places OR draw.state <> 'drawn'""",
    ),
    Invariant(
        "draw_orders",
        """SELECT CAST(mine.id AS TEXT) AS row_id, CAST(mine.steward_id AS TEXT) || ' draw' AS expected,
               CAST(o.steward_id AS TEXT) || ' ' || o.channel AS found
        FROM rewards_draw_application mine JOIN rewards_order o ON o.id = mine.order_id
        WHERE o.steward_id <> mine.steward_id OR o.channel <> 'draw'""",
    ),
)
