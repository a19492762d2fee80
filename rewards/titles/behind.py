"""Who stands behind tickets and titles: one steward, or a team with everybody who belonged to it on the last day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.database import Reader, Row
from stewards.inbox import NewMessage

AWARDS_OF_TEAMS = "(SELECT award_id FROM rewards_title_team_award)"
"""SQL: the titles that teams hold."""
TEAM_OF_TICKET = """
    LEFT JOIN rewards_title_team of_team ON of_team.candidate_id = candidate.id
    LEFT JOIN rewards_team team ON team.id = of_team.team_id
"""
"""SQL: the team behind a `candidate`, if it is one."""
TEAM_OF_AWARD = """
    LEFT JOIN rewards_title_team_award of_team ON of_team.award_id = award.id
    LEFT JOIN rewards_team team ON team.id = of_team.team_id
"""
"""SQL: the team that holds an `award`, if one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Whom something concerns: a steward, or everybody of a team, whose name it then has."""

    stewards: frozenset[UUID]
    team_id: UUID | None = None
    team: str | None = None

    def told(self, code: str, params: Mapping[str, Any], *, cause: str) -> list[NewMessage]:
        """What each of them is told; a team's members by the message of teams, which names it."""
        if self.team is None:
            [steward_id] = self.stewards
            return [NewMessage(steward_id=steward_id, code=code, params=params, cause=cause)]
        return [
            NewMessage(
                steward_id=steward_id,
                code=f"team_{code}",
                params={**params, "team": self.team},
                cause=f"{cause}/{steward_id}",  # each is told once
            )
            for steward_id in sorted(self.stewards)
        ]


async def behind_tickets(reader: Reader, candidates: Sequence[Row]) -> dict[UUID, Behind]:
    """Who stands behind each of some candidates (rows with id and steward_id), by ticket; two reads."""
    tickets = sorted(row["id"] for row in candidates)
    teams = await reader.fetch(
        "SELECT of_team.candidate_id, team.id, team.name FROM rewards_title_team of_team "
        f"JOIN rewards_team team ON team.id = of_team.team_id WHERE {reader.one_of('of_team.candidate_id', 1)}",
        tickets,
        types={"candidate_id": UUID, "id": UUID},
    )
    named = {row["candidate_id"]: row for row in teams}
    members = await members_behind(reader, named)
    return {
        row["id"]: Behind(
            stewards=frozenset(member.steward_id for member in members[row["id"]]),
            team_id=named[row["id"]]["id"],
            team=named[row["id"]]["name"],
        )
        if row["id"] in named
        else Behind(stewards=frozenset({row["steward_id"]}))
        for row in candidates
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberBehind:
    """Somebody who belonged to a team behind a ticket, by full name."""

    steward_id: UUID
    name: str


async def members_behind(reader: Reader, tickets: Iterable[UUID]) -> dict[UUID, list[MemberBehind]]:
    """Everybody who belonged to the teams behind some tickets, the leader first, then by number."""
    found: defaultdict[UUID, list[MemberBehind]] = defaultdict(list)
    wanted = sorted(tickets)
    if wanted:
        rows = await reader.fetch(
            "SELECT member.candidate_id, member.steward_id, steward.name FROM rewards_title_team_member member "
            "JOIN rewards_title_candidate candidate ON candidate.id = member.candidate_id "
            "JOIN stewards_steward steward ON steward.id = member.steward_id "
            f"WHERE {reader.one_of('member.candidate_id', 1)} "
            "ORDER BY CASE WHEN member.steward_id = candidate.steward_id THEN 0 ELSE 1 END, steward.number",
            wanted,
            types={"candidate_id": UUID, "steward_id": UUID},
        )
        for row in rows:
            member = MemberBehind(steward_id=row["steward_id"], name=row["name"])
            found[row["candidate_id"]].append(member)
    return found


async def behind_award(reader: Reader, award: Mapping[str, Any]) -> Behind:
    """Who holds a title: a steward, or the team with those who belonged to it; of one from before, its leader then."""
    rows = await reader.fetch(
        "SELECT team.id, team.name FROM rewards_title_team_award of_team JOIN rewards_team team "
        "ON team.id = of_team.team_id WHERE of_team.award_id = $1",
        award["id"],
        types={"id": UUID},
    )
    if not rows:
        return Behind(stewards=frozenset({award["steward_id"]}))
    ticket = award["candidate_id"]
    members = (await members_behind(reader, [ticket]))[ticket] if ticket else ()
    stewards = frozenset({award["steward_id"], *(member.steward_id for member in members)})
    return Behind(stewards=stewards, team_id=rows[0]["id"], team=rows[0]["name"])
