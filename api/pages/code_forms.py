"""The forms of the second factor while somebody signs in: the code, or setting the factor up."""

from litestar.response import Template

from api.composition import district_of
from api.pages.forms import Errors
from api.pages.qr_codes import qr_drawing
from api.pages.rendering import PageRequest, page
from api.visits import factor_policy
from stewards.refusals import SignInRefused
from stewards.second_factor import challenged, new_factor, offered, provisioning

_PRIVATE = {"Cache-Control": "no-store"}


def code_form(
    request: PageRequest, challenge: str, following: str, errors: Errors | None = None, *, status: int = 200
) -> Template:
    """The code of the factor that is set."""
    return page(
        request,
        "public/sign_in_code.html",
        status=status,
        headers=_PRIVATE,
        challenge=challenge,
        following=following,
        errors=errors or {},
    )


async def enrolment_form(
    request: PageRequest,
    challenge: str,
    following: str,
    errors: Errors | None = None,
    *,
    sealed: str = "",
    status: int = 200,
) -> Template:
    """A secret for the phone's app as QR code and letters, and its first code. `sealed` keeps the one of before.

    Raises:
        SignInRefused: the challenge does not hold any more.

    """
    district = district_of(request)
    policy = await factor_policy(district)
    staff = await challenged(await district.database.reader(), policy, challenge, now=district.clock.now())
    if staff is None:
        raise SignInRefused
    secret = offered(policy, staff["id"], sealed)
    if secret is None:
        secret, sealed = new_factor(policy, staff["id"])
    return page(
        request,
        "public/sign_in_enrol.html",
        status=status,
        headers=_PRIVATE,
        challenge=challenge,
        following=following,
        sealed=sealed,
        secret=secret,
        drawing=qr_drawing(provisioning(secret, staff["login"])),
        errors=errors or {},
    )
