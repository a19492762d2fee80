"""Teams as others see them: with their members, and by their names alone where boards ask."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader
from points.accounts import purse_account
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach

_TEAM = """
    SELECT team.id, team.number, team.name, team.founded_on, team.ended_on, team.street_id,
           street.code AS street_code, street.name AS street_name, street.name_en AS street_name_en
    FROM rewards_team team JOIN stewards_street street ON street.id = team.street_id
"""
_TYPES = {"id": UUID, "street_id": UUID, "founded_on": date, "ended_on": date}


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMate:
    """Somebody who belongs to a team, since a day; `until_on` is the first day on which he or she did not."""

    steward_id: UUID
    number: str
    name: str
    leads: bool
    since_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamShown:
    """A team with who belongs to it now, leader first, who did before, and the points in its pool."""

    id: UUID
    number: str
    name: str
    street_id: UUID
    street_code: str
    street_name: str
    street_name_en: str
    founded_on: date
    ended_on: date | None
    members: tuple[TeamMate, ...]
    former: tuple[TeamMate, ...]
    pool: int

    @property
    def leader(self) -> TeamMate | None:
        """Who leads it now."""
        return next((mate for mate in self.members if mate.leads), None)


async def team_names(reader: Reader, ids: Collection[str]) -> dict[str, str]:
    """The names of these teams, by their ids as text."""
    rows = await reader.fetch(
        f"SELECT CAST(id AS TEXT) AS known, name FROM rewards_team WHERE {reader.one_of('id', 1)}", sorted(ids)
    )
    return {row["known"]: row["name"] for row in rows}


async def teams_of(reader: Reader, steward_ids: Collection[UUID]) -> list[UUID]:
    """Every team to which some of these stewards ever belonged."""
    rows = await reader.fetch(
        f"SELECT DISTINCT team_id FROM rewards_team_member WHERE {reader.one_of('steward_id', 1)}",
        sorted(steward_ids),
        types={"team_id": UUID},
    )
    return [row["team_id"] for row in rows]


async def list_teams(
    reader: Reader,
    caller: Principal,
    *,
    limit: int,
    street_id: UUID | None = None,
    number: str | None = None,
    team_id: UUID | None = None,
    after: UUID | None = None,
) -> list[TeamShown]:
    """The teams within a caller's reach by number, those that were dissolved too; stewards reach the own one."""
    reached = reach(caller, Action.TEAMS_READ)
    within, args = reached.condition(reader, 1, street="team.street_id")
    if reached.steward_id is not None:
        args = [reached.steward_id]
        within = "team.id IN (SELECT team_id FROM rewards_team_member WHERE open_for_id = $1)"
    conditions: list[tuple[str, Any]] = [
        ("team.street_id = {}", street_id),
        ("team.number = {}", number),
        ("team.id = {}", team_id),
        ("team.number > (SELECT number FROM rewards_team WHERE id = {})", after),
    ]
    for condition, value in conditions:
        if value is not None:
            args.append(value)
            within = f"{within} AND {condition.format(f'${len(args)}')}"
    sql = f"{_TEAM} WHERE {within} ORDER BY team.number LIMIT ${len(args) + 1}"
    teams = await reader.fetch(sql, *args, limit, types=_TYPES)
    ids = [team["id"] for team in teams]
    mates = await _mates(reader, ids)
    pools = await _pools(reader, ids)
    return [
        TeamShown(
            **team,
            members=tuple(mate for mate in mates[team["id"]] if mate.until_on is None),
            former=tuple(mate for mate in mates[team["id"]] if mate.until_on is not None),
            pool=pools.get(team["id"], 0),
        )
        for team in teams
    ]


async def _mates(reader: Reader, team_ids: Sequence[UUID]) -> dict[UUID, list[TeamMate]]:
    rows = await reader.fetch(
        "SELECT member.team_id, member.steward_id, member.leads, member.since_at, member.until_at, "
        "steward.number, steward.name FROM rewards_team_member member "
        "JOIN stewards_steward steward ON steward.id = member.steward_id "
        f"WHERE {reader.one_of('member.team_id', 1)} "
        "AND (member.until_at IS NULL OR member.until_at > member.since_at) "
        "ORDER BY member.leads DESC, member.since_at, steward.number",
        list(team_ids),
        types={"team_id": UUID, "steward_id": UUID, "leads": bool, "since_at": datetime, "until_at": datetime},
    )
    found: dict[UUID, list[TeamMate]] = defaultdict(list)
    for row in rows:
        found[row["team_id"]].append(
            TeamMate(
                steward_id=row["steward_id"],
                number=row["number"],
                name=row["name"],
                leads=row["leads"],
                since_on=local_date(row["since_at"]),
                until_on=None if row["until_at"] is None else local_date(row["until_at"]),
            )
        )
    return found


async def _pools(reader: Reader, team_ids: Sequence[UUID]) -> dict[UUID, int]:
    accounts = {purse_account(team_id, "pool"): team_id for team_id in team_ids}
    rows = await reader.fetch(
        f"SELECT id, balance FROM points_account WHERE {reader.one_of('id', 1)}", sorted(accounts), types={"id": UUID}
    )
    return {accounts[row["id"]]: int(row["balance"]) for row in rows}
