"""A hall screen's own doors: the code that it shows, its token, and what it says of itself every minute."""

from datetime import UTC, datetime
from typing import Any

import orjson
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from api.composition import District, district_of
from api.envelope import is_secure
from api.form_fields import FORM
from api.pages.rendering import PageRequest, page, see_other
from rewards.displays.codes import CODE_LASTS, code_of, new_ticket, ticket_ends_at
from rewards.displays.pairing import Seen, claim_display, note_seen
from rewards.displays.reading import DisplayEntry, display_of

DISPLAY_COOKIE = "jinpai_display"
TICKET_COOKIE = "jinpai_pairing"
_PATH = "/display"
_YEARS = 10 * 365 * 24 * 3600
_SAID = frozenset({"build", "showing_at", "screen"})
_LONGEST_SAYING = 400  # bytes


async def own_display(request: PageRequest) -> DisplayEntry | None:
    """The screen that asks; None where the request comes from none, or from one that was revoked."""
    secret = request.cookies.get(DISPLAY_COOKIE)
    if not secret:
        return None
    district = district_of(request)
    return await display_of(await district.database.reader(), secret, now=district.clock.now())


def forgotten() -> Redirect:
    """Back to the code, for a screen whose token holds no longer."""
    answer = see_other(_PATH)
    answer.delete_cookie(DISPLAY_COOKIE, path=_PATH)
    return answer


def _cookie(request: PageRequest, key: str, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=key,
        value=value,
        max_age=max_age,
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=is_secure(request.scope),
    )


def _ticket(request: PageRequest, district: District) -> tuple[str, datetime]:
    """The ticket that this screen has, or a new one, with its end."""
    now = district.clock.now()
    key = district.settings.secret_key
    held = request.cookies.get(TICKET_COOKIE, "")
    ends_at = ticket_ends_at(key, held, now=now) if held else None
    return (held, ends_at) if ends_at else (new_ticket(key, now=now), now + CODE_LASTS)


@get("/display", opt={"public": True}, include_in_schema=False)
async def show_code(request: PageRequest) -> Template | Redirect:
    """Where a screen begins: a code for staff to enter; a screen that has its token goes on to its board."""
    display = await own_display(request)
    if display is not None:
        return see_other(display.path)
    district = district_of(request)
    ticket, ends_at = _ticket(request, district)
    shown = page(
        request,
        "public/pairing.html",
        code=code_of(district.settings.secret_key, ticket),
        ends_at=ends_at,
        address=f"{district.settings.public_url}/admin/displays",
        lasts_ms=int((ends_at - district.clock.now()).total_seconds() * 1000),
        headers={"Cache-Control": "no-store"},
    )
    shown.cookies = [*shown.cookies, _cookie(request, TICKET_COOKIE, ticket, int(CODE_LASTS.total_seconds()))]
    return shown


@post("/display/claim", opt={"public": True, FORM: ()}, include_in_schema=False, status_code=303)
async def claim(request: PageRequest) -> Redirect:
    """Come for the token: on to the board once staff have entered the code, else back to the code."""
    district = district_of(request)
    now = district.clock.now()
    key = district.settings.secret_key
    ticket = request.cookies.get(TICKET_COOKIE, "")
    if not ticket or ticket_ends_at(key, ticket, now=now) is None:
        return see_other(_PATH)
    code = code_of(key, ticket)
    issued = await district.database.run(lambda tx: claim_display(tx, code, secret_key=key, now=now))
    if issued is None:
        return see_other(_PATH)
    answer = see_other(_PATH)
    answer.set_cookie(_cookie(request, DISPLAY_COOKIE, issued.secret, _YEARS))
    answer.delete_cookie(TICKET_COOKIE, path=_PATH)
    return answer


def _instant(said: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None


@post("/display/seen", opt={"public": True, FORM: ()}, include_in_schema=False, status_code=200)
async def say_seen(request: PageRequest) -> Response[bytes]:
    """A screen says what it runs and shows; the answer says what it should show. 401 once it was revoked."""
    display = await own_display(request)
    if display is None:
        return Response(b'{"paired": false}', status_code=401, media_type="application/json")
    body = await request.body()
    try:
        said = orjson.loads(body) if len(body) <= _LONGEST_SAYING else None
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict) or not said.keys() <= _SAID:
        return Response(b'{"paired": true}', status_code=400, media_type="application/json")
    district = district_of(request)
    now = district.clock.now()
    seen = Seen(
        build=_plain(said.get("build")), showing_at=_instant(said.get("showing_at")), screen=_plain(said.get("screen"))
    )
    await district.database.run(lambda tx: note_seen(tx, display.id, seen, now=now))
    return Response(orjson.dumps({"paired": True, "path": display.path}), media_type="application/json")


def _plain(said: object) -> str:
    """A short word of letters and digits; nothing else that somebody may have sent."""
    return said if isinstance(said, str) and said.isascii() and said.isalnum() and len(said) <= 16 else ""


route_handlers: list[Any] = [show_code, claim, say_seen]
