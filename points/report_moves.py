"""SQL of reports: what moved into and out of the hands of stewards and teams and is not in a closed month yet.

Every account has a mark, the version up to which its transfers are in the kept sums. What lies beyond it is found by
the account's own index of versions, so that a request reads the open months and nothing of the years before.
"""

from kernel.database import Reader

MONTH = {
    # Without the fraction, which SQLite rounds up across the border.
    "sqlite": "strftime('%Y-%m', substr({at}, 1, 19), '+8 hours')",
    "postgres": "to_char({at} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')",
}
CATEGORY = "COALESCE(award.category, undone_award.category, undone.reason, made.reason)"
BY_CATEGORY = """
    JOIN points_operation AS made ON made.id = across.operation_id
    LEFT JOIN points_operation AS undone ON undone.id = made.reverses_id
    LEFT JOIN points_award AS award ON award.reason = made.reason AND award.reference = made.reference
    LEFT JOIN points_award AS undone_award
      ON undone_award.reason = undone.reason AND undone_award.reference = undone.reference
"""
"""From `across`, to the award behind each operation."""

_BEYOND = {
    # Each planner would rather read the whole table once; beyond the marks that is a hundred times too much.
    "sqlite": (
        "CROSS JOIN points_transfer AS moved ON moved.{side}_account_id = inner_side.id "
        "AND moved.{side}_version > COALESCE(mark.version, 0)"
    ),
    "postgres": (
        "CROSS JOIN LATERAL (SELECT * FROM points_transfer AS each_one "
        "WHERE each_one.{side}_account_id = inner_side.id AND each_one.{side}_version > COALESCE(mark.version, 0) "
        "OFFSET 0) AS moved"
    ),
}


def moves_beyond(reader: Reader, during: str = "") -> str:
    """Each side of a transfer beyond the marks that is a steward's or a team's; `during` bounds moved.recorded_at."""
    sides = [
        f"SELECT inner_side.id AS account_id, inner_side.owner_id, inner_side.kind AS inner_kind, "
        f"moved.{other}_account_id AS other_id, moved.operation_id, moved.recorded_at, {sign}moved.points AS change, "
        f"moved.{side}_version AS version, moved.{side}_balance AS balance "
        "FROM points_account AS inner_side LEFT JOIN points_report_mark AS mark ON mark.account_id = inner_side.id "
        f"{_BEYOND[reader.dialect].format(side=side)} "
        f"WHERE inner_side.owner_kind IN ('steward', 'team') AND inner_side.unit = 'points'{during}"
        for side, other, sign in (("to", "from", ""), ("from", "to", "-"))
    ]
    return " UNION ALL ".join(sides)


def flows_beyond(reader: Reader, during: str = "") -> str:
    """What crossed the border between their hands and the world or a street's budget, beyond the marks."""
    return (
        "SELECT inside.operation_id, inside.recorded_at, inside.owner_id, outer_side.kind, inside.change "
        f"FROM ({moves_beyond(reader, during)}) AS inside "
        "JOIN points_account AS outer_side ON outer_side.id = inside.other_id "
        "WHERE outer_side.owner_kind IN ('world', 'street') AND inside.inner_kind <> 'debt'"
    )


def stocks_beyond(reader: Reader, during: str = "") -> str:
    """What changed in their hands beyond the marks."""
    return f"SELECT owner_id, inner_kind AS kind, recorded_at, change FROM ({moves_beyond(reader, during)}) AS inside"
