"""Good news of the last days for the hall screen (喜报): titles that were given, levels and stars that were reached."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader
from points.rule_versions import rules_on
from rewards.boards.sums import HIDDEN
from rewards.titles.behind import TEAM_OF_AWARD
from stewards.names import public_name

FRESH = timedelta(days=2)
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Somebody's good news. `id` tells it again and nothing else; `what` is a title or a rung, by both its names."""

    id: str
    awarded: bool
    what: str
    what_en: str
    name: str


_TITLES = f"""
    SELECT award.id, award.name AS what, award.name_en AS what_en, award.steward_id, award.awarded_at AS at,
           team.name AS team
    FROM rewards_title_award award {TEAM_OF_AWARD}
    WHERE award.awarded_at > $1 AND award.awarded_at <= $2 AND award.revoked_at IS NULL
"""
_RUNGS = """
    SELECT change.id, change.ladder, change.number, change.steward_id, change.recorded_at AS at, NULL AS team
    FROM points_level_change change
    WHERE change.recorded_at > $1 AND change.recorded_at <= $2 AND change.number > change.before
"""


def _within(news: str, street_id: UUID | None) -> str:
    """SQL: the news of those who may be named on boards, and of teams, of a street or of the district, newest first."""
    street = "AND steward.street_id = $3" if street_id else ""
    return f"""
        SELECT news.*, steward.name AS person, consent.id AS consent_id FROM ({news}) news
        JOIN stewards_steward steward ON steward.id = news.steward_id
        LEFT JOIN stewards_consent consent ON consent.steward_id = steward.id AND consent.field = 'full_name'
            AND consent.withdrawn_at IS NULL
        WHERE (news.team IS NOT NULL OR steward.id NOT IN {HIDDEN}) {street}
        ORDER BY news.at DESC, news.id LIMIT {_MOST}
    """


async def read_news(reader: Reader, street_id: UUID | None, *, now: datetime) -> tuple[News, ...]:
    """The good news of the last two days: titles, then rungs, each the newest first."""
    args = [now - FRESH, now, *([street_id] if street_id else [])]
    titles = await reader.fetch(_within(_TITLES, street_id), *args)
    rungs = await reader.fetch(_within(_RUNGS, street_id), *args)
    today = local_date(now)
    rules = (await rules_on(reader, {today})).get(today) if rungs else None
    found = [_news(dict(row), row["what"], row["what_en"], awarded=True) for row in titles]
    for row in rungs:
        ladder = getattr(rules.document, row["ladder"]) if rules else None
        if ladder is not None and row["number"] <= len(ladder.rungs):  # the rules may have changed since
            rung = ladder.rungs[row["number"] - 1]
            found.append(_news(dict(row), rung.zh, rung.en, awarded=False))
    return tuple(found)


def _news(row: dict[str, object], what: str, what_en: str, *, awarded: bool) -> News:
    return News(
        id=hashlib.sha256(str(row["id"]).encode()).hexdigest()[:12],
        awarded=awarded,
        what=what,
        what_en=what_en,
        name=str(row["team"] or public_name(str(row["person"]), row["consent_id"] is not None)),
    )
