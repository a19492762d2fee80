"""Signing in and out: stewards by number and PIN, staff by login and password, partners by token; the demo by click."""

from datetime import timedelta
from typing import Any

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from api.access import SESSION_COOKIE, SIGNS_IN
from api.composition import district_of
from api.envelope import is_secure, locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.code_forms import code_form, enrolment_form
from api.pages.forms import Errors, read_fields
from api.pages.rendering import PageRequest, own_path, page, see_other
from api.pages.wording import span_words
from api.visits import DEVICE_COOKIE, browser_of, factor_policy, visit_of
from cases.figures import clerk_of_most_stewards, steward_with_most_to_see
from kernel.errors import Refusal
from kernel.messages import N_, Text
from kernel.throttle import Throttled
from stewards.devices import DEVICE_KEPT
from stewards.refusals import SecondFactorMissing, SecondFactorNeeded
from stewards.sign_in import SessionSecret, open_session, sign_in_partner, sign_in_staff, sign_in_steward, sign_out

STEWARD_HOME = "/me"
STAFF_HOME = "/admin/cases"
PARTNER_HOME = "/partner"
_HOMES = {"steward": STEWARD_HOME, "staff": STAFF_HOME, "partner": PARTNER_HOME}
_A_DAY = timedelta(days=1)


@get("/sign-in", opt={"public": True}, include_in_schema=False)
async def show_sign_in(request: PageRequest) -> Template:
    """The forms: for stewards, for staff, for partners."""
    following = own_path(request.query_params.get("next"), "")
    asked = request.query_params.get("as", "")
    if following.startswith("/partner"):
        asked = "partner"
    elif following.startswith(("/admin", "/desk")):
        asked = "staff"
    return _form(request, kind=asked if asked in _HOMES else "steward", following=following)


@post(
    "/sign-in",
    opt={"public": True, SIGNS_IN: True, FORM: ("as", "name", "secret", "next")},
    include_in_schema=False,
    status_code=200,
)
async def enter(request: PageRequest) -> Template | Redirect:
    """Open a session, or say why not."""
    fields = await read_fields(request)
    kind = fields.text("as") if fields.text("as") in _HOMES else "steward"
    staff = kind == "staff"
    name, secret = fields.text("name"), fields.text("secret")
    following = own_path(fields.text("next"), "")
    errors: Errors = {}
    if not name and kind != "partner":
        errors["name"] = Text(N_("请填写登录名。") if staff else N_("请填写管家编号。"))
    if not secret:
        errors["secret"] = Text(N_("请填写密钥。") if kind == "partner" else N_("请填写密码。"))
    if errors:
        return _form(request, kind=kind, following=following, name=name, errors=errors, status=400)
    try:
        opened = await _proved(request, kind, name, secret)
    except SecondFactorNeeded as asked:
        if isinstance(asked, SecondFactorMissing):
            return await enrolment_form(request, asked.challenge, following)
        return code_form(request, asked.challenge, following)
    except Throttled as refused:
        errors = {"": throttled(request, refused)}
        answer = _form(request, kind=kind, following=following, name=name, errors=errors, status=429)
        answer.headers["Retry-After"] = str(refused.retry_after_s)
        return answer
    except Refusal as refused:
        errors = {"": refused.text}
        return _form(request, kind=kind, following=following, name=name, errors=errors, status=status_of(refused))
    return entered(request, opened, following or _HOMES[kind])


def throttled(request: PageRequest, refused: Throttled) -> Text:
    """How long to wait, in words, and what helps at once."""
    wait = span_words(timedelta(seconds=refused.retry_after_s + 59), locale_of(request))
    return Text(N_("试的次数太多了，请等 {wait} 再试。管家着急登录，可以到社区领一张一次性登录卡。"), {"wait": wait})


async def _proved(request: PageRequest, kind: str, name: str, secret: str) -> SessionSecret:
    district = district_of(request)
    visit = await visit_of(request, district)
    if kind == "partner":
        return await sign_in_partner(district.database, secret, visit=visit)
    if kind == "staff":
        return await sign_in_staff(district.database, name, secret, visit=visit, factor=await factor_policy(district))
    return await sign_in_steward(district.database, name, secret, visit=visit)


@post("/sign-out", opt={"public": True, FORM: ()}, include_in_schema=False, status_code=303)
async def leave(request: PageRequest) -> Redirect:
    """End this browser's session."""
    district = district_of(request)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        now = district.clock.now()
        await district.database.run(lambda tx: sign_out(tx, secret, now=now))
    answer = see_other("/")
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@post("/demo/sign-in", opt={"public": True, SIGNS_IN: True, FORM: ("as",)}, include_in_schema=False, status_code=303)
async def enter_demo(request: PageRequest) -> Redirect:
    """One click into the demo, as a steward or as a street's clerk.

    Raises:
        NotFound: this is no demo, or there is nobody of that kind in it.

    """
    district = district_of(request)
    if not district.settings.demo:
        raise NotFound
    asked = (await read_fields(request)).text("as")
    reader = await district.database.reader()
    now = district.clock.now()
    found = None
    if asked == "steward":
        found = await steward_with_most_to_see(reader, now=now)
    elif asked == "street":
        found = await clerk_of_most_stewards(reader)
    if found is None:
        raise NotFound
    holder: dict[str, Any] = {"steward_id" if asked == "steward" else "staff_id": found}
    opened = await district.database.run(
        lambda tx: open_session(tx, **holder, now=now, lifetime=_A_DAY, browser=browser_of(request))
    )
    return entered(request, opened, STEWARD_HOME if asked == "steward" else STAFF_HOME)


def entered(request: PageRequest, opened: SessionSecret, to: str) -> Redirect:
    """Go on as the one whose session has opened; the browser keeps it, and what it is known by."""
    answer = see_other(to)
    if opened.device is not None:
        answer.set_cookie(
            Cookie(
                key=DEVICE_COOKIE,
                value=opened.device,
                expires=None,
                max_age=int(DEVICE_KEPT.total_seconds()),
                path="/sign-in",
                httponly=True,
                samesite="lax",
                secure=is_secure(request.scope),
            )
        )
    answer.set_cookie(
        Cookie(
            key=SESSION_COOKIE,
            value=opened.secret,
            expires=None,
            max_age=max(0, int((opened.expires_at - district_of(request).clock.now()).total_seconds())),
            path="/",
            httponly=True,
            samesite="lax",
            secure=is_secure(request.scope),
        )
    )
    return answer


def _form(
    request: PageRequest,
    *,
    kind: str,
    following: str,
    name: str = "",
    errors: Errors | None = None,
    status: int = 200,
) -> Template:
    return page(
        request,
        "public/sign_in.html",
        status=status,
        kind=kind,
        following=following,
        name=name,
        errors=errors or {},
    )


route_handlers: list[Any] = [show_sign_in, enter, leave, enter_demo]
