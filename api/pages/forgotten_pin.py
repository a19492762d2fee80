"""For stewards who forgot the PIN: a code to the phone on file sets a new one; a card where nobody carries codes."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import SIGNS_IN
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.rendering import PageRequest, page
from api.pages.sign_in import STEWARD_HOME, entered, throttled
from api.visits import visit_of
from kernel.errors import Refusal
from kernel.messages import N_, Text
from kernel.throttle import Throttled
from stewards.pin_codes import CODE_KEPT, CodesOff, ask_for_code
from stewards.pin_reset import reset_pin

_PATH = "/sign-in/forgotten"


async def _form(
    request: PageRequest,
    errors: Errors,
    *,
    number: str = "",
    asked: bool = False,
    status: int = 200,
) -> Template:
    district = district_of(request)
    return page(
        request,
        "public/forgotten_pin.html",
        status=status,
        headers={"Cache-Control": "no-store"},
        carried=district.sender is not None,
        office=await district.own_settings.now(),
        kept=CODE_KEPT,
        number=number,
        asked=asked,
        errors=errors,
    )


def _slowed(answer: Template, refused: Refusal) -> Template:
    if isinstance(refused, Throttled):
        answer.headers["Retry-After"] = str(refused.retry_after_s)
    return answer


@get(_PATH, opt={"public": True}, include_in_schema=False)
async def show_forgotten(request: PageRequest) -> Template:
    """The form that asks for a code, or whom to ask for a card."""
    return await _form(request, {})


@post(_PATH, opt={"public": True, SIGNS_IN: True, FORM: ("number",)}, include_in_schema=False, status_code=200)
async def ask(request: PageRequest) -> Template:
    """Ask for a code; known and unknown numbers get the same page."""
    district = district_of(request)
    number = (await read_fields(request)).text("number")
    if district.sender is None:
        return await _form(request, {"": CodesOff().text}, status=409)
    if not number:
        return await _form(request, {"number": Text(N_("请填写管家编号。"))}, status=400)
    visit = await visit_of(request, district)
    try:
        await ask_for_code(district.database, number, visit=visit, secret_key=district.settings.secret_key)
    except Throttled as refused:
        errors = {"": throttled(request, refused)}
        return _slowed(await _form(request, errors, number=number, status=429), refused)
    district.dispatcher.wake()
    return await _form(request, {}, number=number, asked=True)


@post(
    f"{_PATH}/pin",
    opt={"public": True, SIGNS_IN: True, FORM: ("number", "code", "pin", "again")},
    include_in_schema=False,
    status_code=200,
)
async def choose_pin(request: PageRequest) -> Template | Redirect:
    """Set the PIN by the code, and sign in."""
    district = district_of(request)
    fields = await read_fields(request)
    number, code = fields.text("number"), fields.text("code")
    pin, again = fields.text("pin"), fields.text("again")
    errors: Errors = {}
    if not number:
        errors["number"] = Text(N_("请填写管家编号。"))
    if not code:
        errors["code"] = Text(N_("请填写验证码。"))
    if not pin:
        errors["pin"] = Text(N_("请填写新密码。"))
    elif pin != again:
        errors["again"] = Text(N_("两次填写的密码不一样。"))
    if errors:
        return await _form(request, errors, number=number, asked=True, status=400)
    try:
        opened = await reset_pin(
            district.database,
            number,
            code,
            pin,
            visit=await visit_of(request, district),
            secret_key=district.settings.secret_key,
        )
    except Refusal as refused:
        named = {"": throttled(request, refused)} if isinstance(refused, Throttled) else None
        errors = named or errors_of(refused, {"/pin": "pin", "/code": "code"})
        return _slowed(await _form(request, errors, number=number, asked=True, status=status_of(refused)), refused)
    return entered(request, opened, STEWARD_HOME)


route_handlers: list[Any] = [show_forgotten, ask, choose_pin]
