"""The steward's own team: who belongs to it, its points of the month and its place."""

from typing import Any

from litestar import get
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.pages.own import own_steward_id
from api.pages.rendering import PageRequest, page
from rewards.boards.definitions import Metric
from rewards.periods import Period
from rewards.teams.reading import list_teams
from rewards.titles.team_titles import titles_of_teams
from stewards.faces import find_faces
from stewards.permissions import Action
from stewards.roles import Scope, ScopeKind


@get("/me/team", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_own_team(request: PageRequest) -> Template:
    """Team-mates as they may be seen, and where the team stands in its street this month."""
    own = own_steward_id(request)
    district = district_of(request)
    reader = await district.database.reader()
    found = await list_teams(reader, principal_of(request), limit=1)
    team = found[0] if found else None
    standing, faces, titles = None, {}, []
    if team is not None:
        faces = await find_faces(reader, [str(mate.steward_id) for mate in team.members])
        among = Scope(ScopeKind.STREET, team.street_id)
        standing = await district.boards.standing_of(team.id, Metric.TEAMS, Period.MONTH, among)
        titles = (await titles_of_teams(reader, [team.id]))[team.id]
    return page(request, "steward/team.html", own=own, team=team, faces=faces, standing=standing, titles=titles)


route_handlers: list[Any] = [show_own_team]
