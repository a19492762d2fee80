"""SQL of evaluation scores as they were frozen: the mean of the periods within a span, each by its newest close."""

from datetime import date, timedelta

from evaluation.periods import period_named
from kernel.clock import local_date
from rewards.boards.definitions import Span

_NEWER = (
    "NOT EXISTS (SELECT 1 FROM evaluation_close later WHERE later.period = made.period AND later.run > made.run {when})"
)


def mean_scores(span: Span, by: str, where: str) -> str:
    """The sums of a board (see sums_sql) by steward, in hundredths, rounded half up; reached when they were closed."""
    names = ", ".join(f"'{name}'" for name in period_names(span))
    now = _NEWER.format(when="AND later.closed_at <= $4")
    then = f"made.closed_at < $3 AND {_NEWER.format(when='AND later.closed_at < $3')}"

    def mean(counted: str) -> str:
        many = f"SUM({counted})"
        half_up = f"(2 * SUM({counted} * award.score) + {many}) / (2 * {many})"
        return f"CAST(CASE WHEN {many} = 0 THEN 0 ELSE {half_up} END AS BIGINT)"

    return f"""
        SELECT {by}, {mean("award.counts")} AS value, {mean("award.counted")} AS value_then,
               MAX(CASE WHEN award.counts = 1 THEN award.closed_at END) AS reached_at
        FROM (
            SELECT card.steward_id, card.score, made.closed_at,
                   CASE WHEN {now} THEN 1 ELSE 0 END AS counts, CASE WHEN {then} THEN 1 ELSE 0 END AS counted
            FROM evaluation_score card JOIN evaluation_close made ON made.id = card.close_id
            WHERE made.period IN ({names}) AND made.closed_at >= $1 AND $1 < $2 AND made.closed_at <= $4
                  AND card.score IS NOT NULL
        ) award
        WHERE 1 = 1 {where}
        GROUP BY {by}
    """


def period_names(span: Span) -> list[str]:
    """The names of the months, quarters and years that lie within a span."""
    first, after = local_date(span.begins_at), local_date(span.ends_at)
    named = set()
    day = first
    while day < after:
        named |= {f"{day.year}-{day.month:02}", f"{day.year}-Q{(day.month + 2) // 3}", f"{day.year}"}
        day = (date(day.year, day.month, 1) + timedelta(days=32)).replace(day=1)
    within = [period_named(name) for name in named]
    return sorted(period.name for period in within if first <= period.first and period.last < after)
