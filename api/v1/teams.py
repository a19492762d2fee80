"""Teams: who belongs, who leads, founded and changed as of a day, dissolved. Their board is one of the boards."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Day, JinpaiRequest, Word
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.parameters import Limit, StartingAfter, area_id
from kernel.idempotency import Answer
from kernel.messages import Locale
from kernel.text import storable
from rewards.teams.keeping import NUMBER_LENGTH, TeamEnding, TeamKept, TeamWish
from rewards.teams.reading import TeamMate, TeamShown, list_teams
from rewards.teams.refusals import UnknownTeam
from rewards.titles.team_titles import TeamTitle, titles_of_teams
from stewards.permissions import Action

_TAGS = ["teams"]
_MOST_NAMED = 50


class TeamMateAnswer(msgspec.Struct, kw_only=True):
    """Somebody who belongs to a team; `until_on` is the first day on which he or she did not."""

    steward_id: UUID
    number: str
    name: str
    leads: bool
    since_on: date
    until_on: date | None


class TeamTitleAnswer(msgspec.Struct, kw_only=True):
    """A title that the team was given; it is held while `revoked_at` is null."""

    name: str
    name_en: str
    period: str
    awarded_at: datetime
    revoked_at: datetime | None


class TeamAnswer(msgspec.Struct, kw_only=True):
    """A team with who belongs to it, leader first, who did before, the points in its pool and its titles."""

    id: UUID
    number: str
    name: str
    street: str
    founded_on: date
    ended_on: date | None
    pool: int
    members: list[TeamMateAnswer]
    former: list[TeamMateAnswer]
    titles: list[TeamTitleAnswer]


class TeamKeptAnswer(msgspec.Struct, kw_only=True):
    """A team stands as wished; `changed` is false where it stood so already."""

    id: UUID
    number: str
    changed: bool


class KeepTeam(Body):
    """A team as it is from a day on: all its members by number, one of whom leads it."""

    name: Word
    street: Annotated[str, Field(max_length=32)]
    on: Day
    members: Annotated[list[Annotated[str, Field(max_length=32)]], Field(min_length=1, max_length=_MOST_NAMED)]
    leader: Annotated[str, Field(max_length=32)]


class EndTeam(Body):
    """The first day on which it is no team any more."""

    on: Day


def _mate(mate: TeamMate) -> TeamMateAnswer:
    return TeamMateAnswer(
        steward_id=mate.steward_id,
        number=mate.number,
        name=mate.name,
        leads=mate.leads,
        since_on=mate.since_on,
        until_on=mate.until_on,
    )


def _shown(team: TeamShown, titles: Sequence[TeamTitle]) -> TeamAnswer:
    return TeamAnswer(
        id=team.id,
        number=team.number,
        name=team.name,
        street=team.street_code,
        founded_on=team.founded_on,
        ended_on=team.ended_on,
        pool=team.pool,
        members=[_mate(mate) for mate in team.members],
        former=[_mate(mate) for mate in team.former],
        titles=[
            TeamTitleAnswer(**{name: getattr(one, name) for name in TeamTitleAnswer.__struct_fields__})
            for one in titles
        ],
    )


def _encode(kept: TeamKept, locale: Locale) -> Answer:
    return answer(TeamKeptAnswer(id=kept.team_id, number=kept.number, changed=kept.changed))


@get("/teams", opt={"action": Action.TEAMS_READ}, tags=_TAGS, operation_id="listTeams")
async def list_all(
    request: JinpaiRequest,
    street: Annotated[str | None, QueryParameter(description="A street's code", max_length=32)] = None,
    *,
    limit: Limit = 50,
    starting_after: StartingAfter = None,
) -> Page[TeamAnswer]:
    """The teams within reach by number, those that were dissolved too; stewards see their own."""
    reader = await district_of(request).database.reader()
    street_id = None if street is None else await area_id(reader, "street", street)
    caller = principal_of(request)
    found = await list_teams(reader, caller, limit=limit + 1, street_id=street_id, after=starting_after)
    titles = await titles_of_teams(reader, [team.id for team in found[:limit]])
    return Page(data=[_shown(team, titles[team.id]) for team in found[:limit]], has_more=len(found) > limit)


@get("/teams/{number:str}", opt={"action": Action.TEAMS_READ}, tags=_TAGS, operation_id="showTeam")
async def show(request: JinpaiRequest, number: FromPath[str]) -> TeamAnswer:
    """A team.

    Raises:
        UnknownTeam: there is none within reach.

    """
    reader = await district_of(request).database.reader()
    found = await list_teams(reader, principal_of(request), limit=1, number=number) if storable(number) else []
    if not found:
        raise UnknownTeam
    titles = await titles_of_teams(reader, [found[0].id])
    return _shown(found[0], titles[found[0].id])


async def own_or_named_team(request: JinpaiRequest, team_id: UUID | None) -> TeamShown | None:
    """The team with this id, or the own one of a steward who asks neither for that nor for a count of lines.

    Raises:
        UnknownTeam: there is none with this id within reach.

    """
    caller = principal_of(request)
    if team_id is None and (caller.steward_id is None or "limit" in request.query_params):
        return None
    reader = await district_of(request).database.reader()
    found = await list_teams(reader, caller, limit=1, team_id=team_id)
    if team_id is not None and not found:
        raise UnknownTeam
    return found[0] if found else None


@put(
    "/teams/{number:str}",
    opt={"action": Action.TEAMS_EDIT},
    tags=_TAGS,
    operation_id="keepTeam",
    responses={200: ResponseSpec(TeamKeptAnswer, description="Founded, changed, or as it was")},
)
async def keep(request: JinpaiRequest, number: FromPath[str], data: JSONBody[KeepTeam]) -> Response[Any]:
    """Found a team, or say how it is from a day on: who is missing left on that day, who is new came."""
    wish = TeamWish(
        number=number[: NUMBER_LENGTH + 1],
        name=data.name,
        street_code=data.street,
        on=data.on,
        members=tuple(data.members),
        leader=data.leader,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).keep_teams, wish, _encode)


@post(
    "/teams/{number:str}/end",
    opt={"action": Action.TEAMS_EDIT},
    tags=_TAGS,
    operation_id="endTeam",
    status_code=200,
    responses={200: ResponseSpec(TeamKeptAnswer, description="Dissolved")},
)
async def end(request: JinpaiRequest, number: FromPath[str], data: JSONBody[EndTeam]) -> Response[Any]:
    """Dissolve a team as of a day. What it earned stays on the boards."""
    wish = TeamEnding(number=number[: NUMBER_LENGTH + 1], on=data.on, caller=principal_of(request))
    return await submit_one(request, district_of(request).end_teams, wish, _encode)


route_handlers: list[Any] = [list_all, show, keep, end]
