"""Access tokens on a page, for the district and whoever connects another system: list, issue, revoke, and try."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.v1.keys import machine_scope
from kernel.errors import Refusal
from kernel.messages import N_, Text
from stewards.key_list import LONGEST_QUERY, list_keys
from stewards.keys import IssuedToken, NewToken, issue_token, revoke_token
from stewards.lanes import list_streets
from stewards.permissions import Action
from stewards.roles import Role

_PAGE = 25
_PATH = "/admin/keys"
_NAMES = {"/label": "label", "/street": "street"}
KINDS = {
    "integrator": N_("对接系统"),
    "display": N_("大屏"),
    "partner": N_("合作方"),
    "staff": N_("工作人员"),
    "steward": N_("管家"),
}
DAYS = {"90": N_("90 天"), "365": N_("一年"), "30": N_("30 天"), "": N_("一直有效")}
"""How long a token may hold, the first being what the form proposes."""


async def _page(
    request: PageRequest,
    errors: Errors,
    *,
    given: dict[str, str] | None = None,
    issued: IssuedToken | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    asked = request.query_params
    q, ended = asked.get("q", "").strip()[:LONGEST_QUERY], asked.get("state") == "ended"
    after = uuid_or_none(asked.get("after"))
    found, has_more = await list_keys(
        reader, now=district.clock.now(), ended=ended, limit=_PAGE, q=q, starting_after=after
    )
    said = {"q": q, "state": "ended" if ended else "", "after": str(found[-1].id) if has_more else ""}
    return page(
        request,
        "staff/keys.html",
        status=status,
        headers={"Cache-Control": "no-store"},  # a token is shown once, and nobody keeps a copy on the way
        frame=await staff_frame(reader, principal_of(request)),
        keys=found,
        kinds=KINDS,
        q=q,
        ended=ended,
        paged=after is not None,
        following=f"{_PATH}?{urlencode({name: value for name, value in said.items() if value})}" if has_more else None,
        days=[(code, Text(words)) for code, words in DAYS.items()],
        streets=await list_streets(reader),
        given=given or {"label": "", "street": "", "days": "90"},
        issued=issued,
        done=asked.get("done") == "1",
        errors=errors,
    )


@get(_PATH, opt={"action": Action.KEYS_EDIT}, include_in_schema=False)
async def show_keys(request: PageRequest) -> Template:
    """The tokens that hold, or those that ended, the form for a new one, and the way to try the API."""
    return await _page(request, {})


@post(
    _PATH, opt={"action": Action.KEYS_EDIT, FORM: ("label", "street", "days")}, include_in_schema=False, status_code=200
)
async def issue_key(request: PageRequest) -> Template:
    """Make a token for a machine and show it, this once."""
    district = district_of(request)
    fields = await read_fields(request)
    given = {name: fields.text(name) for name in ("label", "street", "days")}
    if given["days"] not in DAYS:
        return await _page(request, {"days": Text(N_("请选令牌有效期。"))}, given=given, status=400)
    by, now = principal_of(request).actor, district.clock.now()
    try:
        wish = NewToken(
            label=given["label"],
            role=Role.INTEGRATOR.value,
            scope=await machine_scope(await district.database.reader(), given["street"] or None),
            expires_at=now + timedelta(days=int(given["days"])) if given["days"] else None,
        )
        issued = await district.database.run(lambda tx: issue_token(tx, wish, by=by, now=now))
    except Refusal as refusal:
        return await _page(request, errors_of(refusal, _NAMES), given=given, status=status_of(refusal))
    return await _page(request, {}, issued=issued)


@post(
    f"{_PATH}/{{key_id:uuid}}/revoke",
    opt={"action": Action.KEYS_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=303,
)
async def revoke_key(request: PageRequest, key_id: FromPath[UUID]) -> Redirect:
    """End a token at once.

    Raises:
        KeyUnknown: there is none with this id.

    """
    district = district_of(request)
    by = principal_of(request).actor
    await district.database.run(lambda tx: revoke_token(tx, key_id, by=by, now=district.clock.now()))
    return see_other(f"{_PATH}?done=1")


route_handlers: list[Any] = [show_keys, issue_key, revoke_key]
