"""Teams on the staff's page: founded, changed as of a day, dissolved; each with who belongs to it and who did."""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import District, district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.keyed import commit_form
from api.pages.rendering import PageRequest, page, see_other
from api.v1.parameters import day_or_none
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.messages import N_, Text
from kernel.text import storable
from rewards.teams.keeping import TeamEnding, TeamWish
from rewards.teams.reading import TeamShown, list_teams
from rewards.titles.team_titles import titles_of_teams
from stewards.lanes import list_streets
from stewards.permissions import Action, may
from stewards.principal import Place

_MOST = 200
_FIELDS = ("number", "name", "street", "on", "leader", "members")
_NAMES = {f"/{name}": name for name in _FIELDS}
_NO_DAY = Text(N_("请填写日期。"))


async def _show(
    request: PageRequest,
    *,
    team: TeamShown | None = None,
    values: Mapping[str, str] | None = None,
    errors: Errors | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    teams = [] if team else await list_teams(reader, principal, limit=_MOST + 1)
    streets = [
        (area.code, area.name_en if locale_of(request) == "en" else area.name)
        for area in await list_streets(reader)
        if may(principal, Action.TEAMS_EDIT, Place(street_id=area.id))
    ]
    return page(
        request,
        "staff/team.html" if team else "staff/teams.html",
        status=status,
        frame=await staff_frame(reader, principal),
        team=team,
        titles=(await titles_of_teams(reader, [team.id]))[team.id] if team else [],
        teams=teams[:_MOST],
        has_more=len(teams) > _MOST,
        streets=streets,
        values=values or _values(district, team),
        errors=errors or {},
    )


def _values(district: District, team: TeamShown | None) -> Mapping[str, str]:
    """The fields of the form as they are before anybody wrote into them."""
    today = local_date(district.clock.now()).isoformat()
    if team is None:
        return {**dict.fromkeys(_FIELDS, ""), "on": today}
    others = "、".join(mate.number for mate in team.members if not mate.leads)
    leader = team.leader.number if team.leader else ""
    named = {"number": team.number, "name": team.name, "street": team.street_code}
    return {**named, "on": today, "leader": leader, "members": others}


async def _team(request: PageRequest, number: str) -> TeamShown:
    reader = await district_of(request).database.reader()
    found = await list_teams(reader, principal_of(request), limit=1, number=number) if storable(number) else []
    if not found:
        raise NotFound
    return found[0]


@get("/admin/teams", opt={"action": Action.TEAMS_EDIT}, include_in_schema=False)
async def show_teams(request: PageRequest) -> Template:
    """The teams within reach, and the form that founds one."""
    return await _show(request)


@get("/admin/teams/{number:str}", opt={"action": Action.TEAMS_EDIT}, include_in_schema=False)
async def show_team(request: PageRequest, number: FromPath[str]) -> Template:
    """A team: who belongs to it, who did, and the form that changes it.

    Raises:
        NotFound: there is none within reach.

    """
    return await _show(request, team=await _team(request, number))


@post("/admin/teams", opt={"action": Action.TEAMS_EDIT, FORM: _FIELDS}, include_in_schema=False, status_code=200)
async def found_team(request: PageRequest) -> Template | Redirect:
    """Found a team."""
    fields = await read_fields(request)
    values = {name: fields.text(name) for name in _FIELDS}
    return await _keep(request, values, None)


@post(
    "/admin/teams/{number:str}",
    opt={"action": Action.TEAMS_EDIT, FORM: (*_FIELDS, "end", "end_on")},
    include_in_schema=False,
    status_code=200,
)
async def change_team(request: PageRequest, number: FromPath[str]) -> Template | Redirect:
    """Say how a team is from a day on, or dissolve it.

    Raises:
        NotFound: there is none within reach.

    """
    team = await _team(request, number)
    fields = await read_fields(request)
    if fields.checked("end"):
        return await _end(request, fields, team)
    values = {name: fields.text(name) for name in _FIELDS}
    return await _keep(request, {**values, "number": team.number, "street": team.street_code}, team)


async def _keep(request: PageRequest, values: Mapping[str, str], team: TeamShown | None) -> Template | Redirect:
    principal = principal_of(request)
    on = day_or_none(values["on"])
    if on is None:
        return await _show(request, team=team, values=values, errors={"on": _NO_DAY}, status=422)
    members = values["members"].replace("、", " ").replace("，", " ").replace(",", " ").split()
    wish = TeamWish(
        number=values["number"],
        name=values["name"],
        street_code=values["street"],
        on=on,
        members=tuple(dict.fromkeys([*([values["leader"]] if values["leader"] else []), *members])),
        leader=values["leader"],
        caller=principal,
    )
    outcome = await commit_form(district_of(request).keep_teams, wish, principal, "team", None)
    if isinstance(outcome, Refusal):
        errors = errors_of(outcome, _NAMES)
        return await _show(request, team=team, values=values, errors=errors, status=status_of(outcome))
    return see_other(f"/admin/teams/{wish.number}")


async def _end(request: PageRequest, fields: Fields, team: TeamShown) -> Template | Redirect:
    principal = principal_of(request)
    on = day_or_none(fields.text("end_on"))
    if on is None:
        return await _show(request, team=team, errors={"end_on": _NO_DAY}, status=422)
    wish = TeamEnding(number=team.number, on=on, caller=principal)
    outcome = await commit_form(district_of(request).end_teams, wish, principal, "team end", None)
    if isinstance(outcome, Refusal):
        errors = errors_of(outcome, {"/on": "end_on"})
        return await _show(request, team=team, errors=errors, status=status_of(outcome))
    return see_other(f"/admin/teams/{team.number}")


route_handlers: list[Any] = [show_teams, show_team, found_team, change_team]
