"""SQL of weeks in which somebody did something that somebody else verified (坚持): counted once, however much was done.

It counts as rewards.titles.persistence does: what was taken back does not count, nor what was entered more than two
weeks after it happened.
"""

from kernel.database import Reader
from rewards.titles.persistence import ENTERED_WITHIN, FIRSTS

UNDONE = "LEFT JOIN points_award undone ON undone.id = award.reverses_id"
"""From an award to the one that it takes back, if any."""
_SECONDS = {
    # Without the fraction, which SQLite rounds up across the border.
    "sqlite": "CAST(strftime('%s', substr({at}, 1, 19)) AS INTEGER)",
    "postgres": "FLOOR(EXTRACT(EPOCH FROM {at}))",
}
_WEEK = {"sqlite": "({seconds} + 288000) / 604800", "postgres": "FLOOR(({seconds} + 288000) / 604800)"}
"""Weeks since Monday, 29 December 1969 in Beijing: three days and eight hours before the epoch."""


def weeks_worked(reader: Reader, by: str, where: str) -> str:
    """The sums of a board (see sums_sql) by steward: weeks with at least one deed that stands."""

    def seconds(at: str) -> str:
        return _SECONDS[reader.dialect].format(at=at)

    def deed(row: str) -> str:
        within = (
            f"{seconds(f'{row}.recorded_at')} - {seconds(f'{row}.occurred_at')} <= {ENTERED_WITHIN.total_seconds():.0f}"
        )
        return f"{row}.reason IN ({', '.join(map(repr, FIRSTS))}) AND {within}"

    value = f"CASE WHEN {deed('award')} THEN 1 WHEN {deed('undone')} THEN -1 ELSE 0 END"
    week = _WEEK[reader.dialect].format(seconds=seconds("award.occurred_at"))
    return f"""
        SELECT award.steward_id,
               CAST(SUM(CASE WHEN deeds > 0 THEN 1 ELSE 0 END) AS BIGINT) AS value,
               CAST(SUM(CASE WHEN deeds_then > 0 THEN 1 ELSE 0 END) AS BIGINT) AS value_then,
               MAX(CASE WHEN deeds > 0 THEN reached_at END) AS reached_at
        FROM (
            SELECT {by}, {week} AS week, SUM({value}) AS deeds,
                   SUM(CASE WHEN award.recorded_at < $3 THEN {value} ELSE 0 END) AS deeds_then,
                   MIN(CASE WHEN {value} > 0 THEN award.occurred_at END) AS reached_at
            FROM points_award award {UNDONE}
            WHERE award.occurred_at >= $1 AND award.occurred_at < $2 AND award.recorded_at <= $4 {where}
            GROUP BY {by}, {week}
        ) award
        GROUP BY award.steward_id
    """
