"""Staff and roles on a page: who holds what where; added, given and taken back, signed out, gone."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import ROLE_NAMES, staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.messages import N_, Locale, Text
from stewards.lanes import list_communities, list_streets, load_lanes
from stewards.own_sessions import end_sessions
from stewards.permissions import Action, NotAllowed
from stewards.roles import Role, ScopeKind
from stewards.second_factor import reset_factor
from stewards.staffing import GrantWish, NewStaff, end_staff, list_staff, revoke_grant_by_id, save_staff, scope_codes

_PAGE = 15
_ROLES_AT_ONCE = 8  # of one person among several; a street's lanes can be one chief's
_PATH = "/admin/people"
_NAMES = {"/login": "login", "/name": "name", "/role": "role", "/scope_kind": "place", "/scope_code": "place"}
_LEVEL = {
    Role.DISTRICT_ADMIN.value: ScopeKind.DISTRICT,
    Role.STREET_ADMIN.value: ScopeKind.STREET,
    Role.COMMUNITY_STAFF.value: ScopeKind.COMMUNITY,
}


async def _place_names(reader: Reader, locale: Locale) -> dict[UUID, str]:
    """Streets and communities by id, as they are called."""
    english = locale == "en"
    areas = [*await list_streets(reader), *await list_communities(reader)]
    return {area.id: (area.name_en if english and area.name_en else area.name) for area in areas}


async def _people(
    request: PageRequest, errors: Errors, *, given: dict[str, str] | None = None, status: int = 200
) -> Template:
    principal = principal_of(request)
    reader = await district_of(request).database.reader()
    asked = request.query_params.get("q", "").strip()[:64].lower()
    everybody = [
        person
        for person in await list_staff(reader)
        if not asked or asked in person.login or asked in person.name.lower()
    ]
    after = uuid_or_none(request.query_params.get("after"))
    begins = next((at + 1 for at, person in enumerate(everybody) if person.id == after), 0)
    shown = everybody[begins : begins + _PAGE]
    names = await _place_names(reader, locale_of(request))
    most = _ROLES_AT_ONCE if len(shown) > 1 else None
    codes = await scope_codes(reader, (grant for person in shown for grant in person.grants[:most]))
    return page(
        request,
        "staff/people.html",
        status=status,
        frame=await staff_frame(reader, principal),
        q=asked,
        people=[
            (
                person,
                [
                    (grant_id, Text(ROLE_NAMES[grant.role]), names.get(grant.scope_id) or codes.get(grant.scope_id, ""))
                    if grant.scope_id
                    else (grant_id, Text(ROLE_NAMES[grant.role]), Text(N_("全区")))
                    for grant, grant_id in zip(person.grants[:most], person.grant_ids[:most], strict=True)
                ],
                len(person.grants) - len(person.grants[:most]),
            )
            for person in shown
        ],
        following=shown[-1].id if begins + _PAGE < len(everybody) else None,
        roles={role.value: words for role, words in ROLE_NAMES.items()},
        given=given or dict.fromkeys(("login", "name", "role", "place"), ""),
        errors=errors,
    )


@get(_PATH, opt={"action": Action.STAFF_EDIT}, include_in_schema=False)
async def show_people(request: PageRequest) -> Template:
    """Everybody on the staff with the roles held now, and the form that adds somebody or a role."""
    return await _people(request, {})


@post(
    _PATH,
    opt={"action": Action.STAFF_EDIT, FORM: ("login", "name", "role", "place")},
    include_in_schema=False,
    status_code=200,
)
async def save_person(request: PageRequest) -> Template | Redirect:
    """Add a member of staff, or a role to one who is there."""
    district = district_of(request)
    fields = await read_fields(request)
    given = {name: fields.text(name) for name in ("login", "name", "role", "place")}
    level = await _level(await district.database.reader(), given["role"], given["place"])
    grants = (GrantWish(role=given["role"], scope_kind=level.value, scope_code=given["place"] or None),)
    wish = NewStaff(login=given["login"], name=given["name"], grants=grants if given["role"] else ())

    async def use_case(tx: Tx) -> None:
        (outcome,) = await save_staff(tx, [wish], by=principal_of(request).actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome

    try:
        await district.database.run(use_case)
    except Refusal as refusal:
        return await _people(request, errors_of(refusal, _NAMES), given=given, status=status_of(refusal))
    return see_other(f"{_PATH}?q={wish.login}")


async def _level(reader: Reader, role: str, code: str) -> ScopeKind:
    """Where a role is held: a lane chief has a lane, or a whole community."""
    if role in _LEVEL:
        return _LEVEL[role]
    return ScopeKind.LANE if (await load_lanes(reader, codes={code})).by_code else ScopeKind.COMMUNITY


@post(
    f"{_PATH}/{{staff_id:uuid}}/{{deed:str}}",
    opt={"action": Action.STAFF_EDIT, FORM: ("grant",)},
    include_in_schema=False,
    status_code=200,
)
async def change_person(request: PageRequest, staff_id: FromPath[UUID], deed: FromPath[str]) -> Template | Redirect:
    """Take a role back, sign somebody out everywhere, forget a lost second factor, or end the service.

    Raises:
        NotFound: there is no such deed or grant.

    """
    district = district_of(request)
    principal = principal_of(request)
    common: dict[str, Any] = {"by": principal.actor, "now": district.clock.now()}
    grant_id = uuid_or_none((await read_fields(request)).text("grant"))
    deeds: dict[str, Callable[[Tx], Awaitable[Any]]] = {
        "sign-out": lambda tx: end_sessions(tx, ("staff", staff_id), None, but=principal.session_id, **common),
        "forget-second-factor": lambda tx: reset_factor(tx, staff_id, **common),
        "end": lambda tx: end_staff(tx, staff_id, **common),
    }
    if grant_id is not None:
        deeds["take-back"] = lambda tx: revoke_grant_by_id(tx, staff_id, grant_id, **common)
    if deed not in deeds:
        raise NotFound
    try:
        if deed == "forget-second-factor" and principal.id == staff_id:
            raise NotAllowed
        await district.database.run(deeds[deed])
    except Refusal as refusal:
        return await _people(request, {"": refusal.text}, status=status_of(refusal))
    return see_other(_PATH)


route_handlers: list[Any] = [show_people, save_person, change_person]
