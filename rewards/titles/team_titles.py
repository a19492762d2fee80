"""Titles that teams hold: entered from before, read for a team and for those who belonged to it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import day_start
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from rewards.teams.models import Team, TeamMember
from rewards.teams.refusals import UnknownTeam
from rewards.titles.awards import Imported, award_id_of, award_row, check_past
from rewards.titles.models import TitleAward
from rewards.titles.refusals import AwardDiffers
from rewards.titles.team_models import TitleTeamAward
from stewards.permissions import Action, may
from stewards.principal import Place, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTeamTitle:
    """A team's title from paper or an older system."""

    team_id: UUID
    title: str
    period: str
    awarded_on: date
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamTitle:
    """A title that a team was given; `revoked_at` is None while it is held."""

    team: str
    name: str
    name_en: str
    period: str
    awarded_at: datetime
    revoked_at: datetime | None


async def import_team_titles(tx: Tx, wishes: Sequence[PastTeamTitle], *, now: datetime) -> list[Imported | Refusal]:
    """Enter titles of teams of before, audited; the same again changes nothing.

    Who led the team on that day stands behind it, or who led it first where it was founded here later.
    Refusals: UnknownTeam, also for those out of reach; NoRulesInForce; UnknownTitle; TitleHolderDiffers; PeriodUnknown;
    PeriodDiffers; RoundExists; AwardInFuture; AwardDiffers.
    """
    teams = await tx.lock(Team, {wish.team_id for wish in wishes})
    leaders = await _leaders(tx, set(teams))
    held = await _held(tx, set(teams))
    outcomes: list[Imported | Refusal] = []
    for wish in wishes:
        try:
            team = teams.get(wish.team_id)
            if team is None or not may(wish.caller, Action.TITLES_IMPORT, Place(street_id=team["street_id"])):
                raise UnknownTeam(pointer="/team")
            outcomes.append(await _entered(tx, wish, team, leaders[wish.team_id], held, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


Held = dict[tuple[UUID, str, str], tuple[UUID, datetime]]
"""Awards and when they were given, by team, title and period."""


async def _entered(  # noqa: PLR0917 - one wish among its batch
    tx: Tx, wish: PastTeamTitle, team: Row, leaders: Sequence[Row], held: Held, now: datetime
) -> Imported:
    rule = await check_past(tx, wish.title, wish.period, wish.awarded_on, of="team", now=now)
    at = day_start(wish.awarded_on)
    key = team["id"], wish.title, wish.period
    if key in held:
        award_id, before = held[key]
        if before != at:
            raise AwardDiffers(pointer="/period", period=wish.period)
        return Imported(award_id=award_id, changed=False)
    leader = next((row for row in reversed(leaders) if row["since_at"] <= at), leaders[0])
    steward = {"id": leader["steward_id"], "street_id": team["street_id"]}
    award_id = award_id_of(leader["steward_id"], wish.title, wish.period)
    if await tx.rows(TitleAward, "WHERE id = $1", award_id):
        raise AwardDiffers(pointer="/period", period=wish.period)  # who led it holds it with another team
    row = award_row(steward=steward, rule=rule, period=wish.period, candidate_id=None, by=wish.caller.actor.id, at=at)
    await tx.insert(TitleAward, [row])
    await tx.insert(TitleTeamAward, [{"award_id": award_id, "team_id": team["id"]}])
    held[key] = award_id, at
    entry = AuditEntry(
        actor=wish.caller.actor,
        action="titles.import",
        subject_kind="title_award",
        subject_id=award_id,
        street_id=team["street_id"],
        detail={"title": wish.title, "period": wish.period, "team": team["number"]},
    )
    await record(tx, [entry], now=now)
    return Imported(award_id=award_id, changed=True)


async def _leaders(tx: Tx, team_ids: set[UUID]) -> dict[UUID, list[Row]]:
    """Who led each team, the first first; a team has had one since it was founded."""
    rows = await tx.rows(
        TeamMember, f"WHERE leads AND {tx.one_of('team_id', 1)} ORDER BY since_at, until_at, id", sorted(team_ids)
    )
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["team_id"]].append(row)
    return found


async def _held(tx: Tx, team_ids: set[UUID]) -> Held:
    rows = await tx.fetch(
        "SELECT of_team.team_id, award.id, award.title, award.period, award.awarded_at "
        "FROM rewards_title_team_award of_team JOIN rewards_title_award award ON award.id = of_team.award_id "
        f"WHERE {tx.one_of('of_team.team_id', 1)}",
        sorted(team_ids),
        types={"team_id": UUID, "id": UUID, "awarded_at": datetime},
    )
    return {(row["team_id"], row["title"], row["period"]): (row["id"], row["awarded_at"]) for row in rows}


_TITLES = """
    SELECT team.id AS team_id, team.name AS team, award.name, award.name_en, award.period, award.awarded_at,
           award.revoked_at
    FROM rewards_title_team_award of_team
    JOIN rewards_title_award award ON award.id = of_team.award_id
    JOIN rewards_team team ON team.id = of_team.team_id
"""
_TYPES: dict[str, type] = {"team_id": UUID, "awarded_at": datetime, "revoked_at": datetime}


async def titles_of_teams(reader: Reader, team_ids: Collection[UUID]) -> dict[UUID, list[TeamTitle]]:
    """The titles that teams were given, revoked ones too, the newest first; all teams are named."""
    rows = await reader.fetch(
        f"{_TITLES} WHERE {reader.one_of('team.id', 1)} ORDER BY award.period DESC, award.title, award.id",
        sorted(team_ids),
        types=_TYPES,
    )
    found: dict[UUID, list[TeamTitle]] = {team_id: [] for team_id in team_ids}
    for row in rows:
        found[row["team_id"]].append(_title(row))
    return found


async def team_titles_of(reader: Reader, steward_id: UUID) -> list[TeamTitle]:
    """The titles of teams to which a steward belonged when they earned them, revoked ones too, the newest first."""
    rows = await reader.fetch(
        f"{_TITLES} WHERE award.steward_id = $1 OR award.candidate_id IN "
        "(SELECT candidate_id FROM rewards_title_team_member WHERE steward_id = $1) "
        "ORDER BY award.period DESC, award.title, award.id",
        steward_id,
        types=_TYPES,
    )
    return [_title(row) for row in rows]


def _title(row: Row) -> TeamTitle:
    said: dict[str, Any] = {name: row[name] for name in TeamTitle.__dataclass_fields__}
    return TeamTitle(**said)
