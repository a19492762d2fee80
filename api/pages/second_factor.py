"""The second factor of staff: asked for after the password, set up at the first sign-in or on its own page."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect, Template

from api.access import SIGNS_IN, principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.code_forms import code_form, enrolment_form
from api.pages.forms import Errors, read_fields
from api.pages.frame import staff_frame
from api.pages.qr_codes import qr_drawing
from api.pages.rendering import PageRequest, own_path, page, see_other
from api.pages.sign_in import STAFF_HOME, entered, throttled
from api.visits import factor_policy, visit_of
from kernel.errors import Refusal
from kernel.throttle import Throttled
from stewards.code_sign_in import budgets_of_codes, enrol_and_enter, sign_in_by_code
from stewards.permissions import Action, staff_id_of
from stewards.refusals import SecondFactorKept, SignInRefused
from stewards.second_factor import enrol, factor_of, new_factor, offered, provisioning, renew_codes
from stewards.sign_in_budgets import count_try, give_try_back

_PATH = "/admin/second-factor"


def _errors(request: PageRequest, refusal: Refusal) -> Errors:
    if isinstance(refusal, Throttled):
        return {"": throttled(request, refusal)}
    return {"code": refusal.text}


def _from_the_start(following: str) -> Redirect:
    return see_other(f"/sign-in?as=staff&next={following}" if following else "/sign-in?as=staff")


@post(
    "/sign-in/code",
    opt={"public": True, SIGNS_IN: True, FORM: ("challenge", "next", "code")},
    include_in_schema=False,
    status_code=200,
)
async def enter_with_code(request: PageRequest) -> Template | Redirect:
    """Show the code that the phone shows now, or a recovery code."""
    district = district_of(request)
    fields = await read_fields(request)
    challenge, following = fields.text("challenge"), own_path(fields.text("next"), "")
    try:
        opened = await sign_in_by_code(
            district.database,
            challenge,
            fields.text("code"),
            visit=await visit_of(request, district),
            factor=await factor_policy(district),
        )
    except SignInRefused:
        return _from_the_start(following)
    except Refusal as refusal:
        return code_form(request, challenge, following, _errors(request, refusal), status=status_of(refusal))
    return entered(request, opened, following or STAFF_HOME)


@post(
    "/sign-in/enrol",
    opt={"public": True, SIGNS_IN: True, FORM: ("challenge", "next", "sealed", "code")},
    include_in_schema=False,
    status_code=200,
)
async def enrol_and_sign_in(request: PageRequest) -> Response[Any] | Template | Redirect:
    """Confirm a new second factor with its first code; its recovery codes are shown once."""
    district = district_of(request)
    fields = await read_fields(request)
    challenge, following = fields.text("challenge"), own_path(fields.text("next"), "")
    sealed = fields.text("sealed")
    try:
        opened, codes = await enrol_and_enter(
            district.database,
            challenge,
            sealed,
            fields.text("code"),
            visit=await visit_of(request, district),
            factor=await factor_policy(district),
        )
    except (SignInRefused, SecondFactorKept):
        return _from_the_start(following)
    except Refusal as refusal:
        return await enrolment_form(
            request, challenge, following, _errors(request, refusal), sealed=sealed, status=status_of(refusal)
        )
    answer = page(
        request,
        "public/recovery_codes.html",
        headers={"Cache-Control": "no-store"},
        codes=codes,
        following=following or STAFF_HOME,
    )
    answer.cookies = [*answer.cookies, *entered(request, opened, STAFF_HOME).cookies]
    return answer


@get(_PATH, opt={"action": Action.SESSIONS_EDIT}, include_in_schema=False)
async def show_factor(request: PageRequest) -> Template:
    """Whether the member of staff has a second factor; setting it up, or new recovery codes.

    Raises:
        NotAllowed: the caller is no member of staff.

    """
    return await _factor_page(request, {})


async def _factor_page(
    request: PageRequest,
    errors: Errors,
    *,
    sealed: str = "",
    codes: list[str] | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    principal = principal_of(request)
    staff_id = staff_id_of(principal)
    reader = await district.database.reader()
    state = await factor_of(reader, staff_id)
    policy = await factor_policy(district)
    secret = offered(policy, staff_id, sealed)
    if secret is None:
        secret, sealed = new_factor(policy, staff_id)
    return page(
        request,
        "staff/second_factor.html",
        status=status,
        headers={"Cache-Control": "no-store"},
        frame=await staff_frame(reader, principal),
        state=state,
        secret=secret,
        sealed=sealed,
        drawing=qr_drawing(provisioning(secret, principal.name)),
        codes=codes or [],
        errors=errors,
    )


@post(_PATH, opt={"action": Action.SESSIONS_EDIT, FORM: ("code", "sealed")}, include_in_schema=False, status_code=200)
async def set_factor(request: PageRequest) -> Template:
    """Confirm a new second factor, or replace the recovery codes, with the code that the phone shows now.

    Raises:
        NotAllowed: the caller is no member of staff.

    """
    district = district_of(request)
    principal = principal_of(request)
    staff_id = staff_id_of(principal)
    fields = await read_fields(request)
    code, sealed = fields.text("code"), fields.text("sealed")
    policy = await factor_policy(district)
    budgets = budgets_of_codes(staff_id)

    async def use_case(tx: Any) -> list[str]:
        common: dict[str, Any] = {"by": principal.actor, "now": district.clock.now()}
        if sealed:
            codes = await enrol(tx, policy, staff_id, sealed, code, **common)
        else:
            codes = await renew_codes(tx, policy, staff_id, code, **common)
        await give_try_back(tx, budgets)
        return codes

    try:
        await count_try(district.database, budgets, district.clock)
        codes = await district.database.run(use_case)
    except Refusal as refusal:
        return await _factor_page(request, _errors(request, refusal), sealed=sealed, status=status_of(refusal))
    return await _factor_page(request, {}, codes=codes)


route_handlers: list[Any] = [enter_with_code, enrol_and_sign_in, show_factor, set_factor]
