"""The titles that were given within reach of a member of staff, each with its certificate, if it has one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.database import Reader
from rewards.titles.behind import AWARDS_OF_TEAMS, TEAM_OF_AWARD
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_TYPES: dict[str, type] = {
    "id": UUID,
    "awarded_at": datetime,
    "revoked_at": datetime,
    "credential_id": UUID,
    "of_team": bool,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardLine:
    """A title that somebody was given, or a team, by its name. `credential_id` is None while it has no certificate."""

    id: UUID
    name: str
    name_en: str
    period: str
    number: str
    holder: str
    street_name: str
    street_name_en: str
    awarded_at: datetime
    revoked_at: datetime | None
    credential_id: UUID | None
    of_team: bool

    @property
    def wants_certificate(self) -> bool:
        """Whether a certificate can be issued and was not."""
        return self.credential_id is None and self.revoked_at is None and not self.of_team


async def award_years(reader: Reader, caller: Principal) -> list[int]:
    """The years of the titles within reach, the newest first."""
    within, args = _within(reader, caller, 1)
    rows = await reader.fetch(
        "SELECT DISTINCT award.year FROM rewards_title_award award JOIN stewards_steward steward "
        f"ON steward.id = award.steward_id WHERE {within} ORDER BY award.year DESC",
        *args,
    )
    return [row["year"] for row in rows]


async def awards_within_reach(
    reader: Reader, caller: Principal, year: int, *, after: int = 0, limit: int
) -> list[AwardLine]:
    """The titles of a year within reach, in full names, by title, street and number, from a line on."""
    within, args = _within(reader, caller, 4)
    rows = await reader.fetch(
        f"""
        SELECT award.id, award.name, award.name_en, award.period, award.awarded_at, award.revoked_at,
               COALESCE(team.number, steward.number) AS number, COALESCE(team.name, steward.name) AS holder,
               CASE WHEN team.id IS NULL THEN 0 ELSE 1 END AS of_team, street.name AS street_name,
               street.name_en AS street_name_en, credential.id AS credential_id
        FROM rewards_title_award award
        JOIN stewards_steward steward ON steward.id = award.steward_id
        JOIN stewards_street street ON street.id = award.street_id
        LEFT JOIN rewards_credential credential ON credential.award_id = award.id
        {TEAM_OF_AWARD}
        WHERE award.year = $1 AND {within}
        ORDER BY award.period DESC, award.title, street.code, steward.number, award.id LIMIT $2 OFFSET $3
        """,
        year,
        limit,
        after,
        *args,
        types=_TYPES,
    )
    return [AwardLine(**row) for row in rows]


async def awards_without_certificate(reader: Reader, caller: Principal, year: int, *, limit: int) -> list[UUID]:
    """Some of the titles of stewards of a year within reach that are held and have no certificate yet."""
    within, args = _within(reader, caller, 3)
    rows = await reader.fetch(
        f"""
        SELECT award.id FROM rewards_title_award award
        JOIN stewards_steward steward ON steward.id = award.steward_id
        LEFT JOIN rewards_credential credential ON credential.award_id = award.id
        WHERE award.year = $1 AND award.revoked_at IS NULL AND credential.id IS NULL AND {within}
              AND award.id NOT IN {AWARDS_OF_TEAMS}
        ORDER BY award.id LIMIT $2
        """,
        year,
        limit,
        *args,
        types={"id": UUID},
    )
    return [row["id"] for row in rows]


def _within(reader: Reader, caller: Principal, first: int) -> tuple[str, list[Any]]:
    return reach(caller, Action.CREDENTIALS_ISSUE).condition(
        reader, first, street="steward.street_id", community="steward.community_id"
    )
