"""Titles that were given, on the staff's page: their certificates, one or all of a year, and revoking with a reason."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.certificates import issue_for
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from kernel.errors import Refusal
from kernel.messages import N_, Text
from rewards.credentials.holding import award_years, awards_within_reach, awards_without_certificate
from rewards.titles.awards import Revocation, revoke_awards
from rewards.titles.causes import REVOCATIONS
from stewards.permissions import Action

_AT_ONCE = 25
_MOST_LINES = 1_000_000
_NAMES = {"/cause": "cause", "/reason": "reason"}


def _number(text: str, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= most else None


async def _list(
    request: PageRequest,
    *,
    year: int | None = None,
    errors: Errors | None = None,
    revoking: UUID | None = None,
    reason: str = "",
    status: int = 200,
) -> Template:
    reader, caller = await district_of(request).database.reader(), principal_of(request)
    years = await award_years(reader, caller)
    year = year or _number(request.query_params.get("year", ""), 9_999) or (years[0] if years else None)
    after = _number(request.query_params.get("after", ""), _MOST_LINES) or 0
    lines = await awards_within_reach(reader, caller, year, after=after, limit=_AT_ONCE + 1) if year else []
    return page(
        request,
        "staff/title_awards.html",
        status=status,
        frame=await staff_frame(reader, caller),
        years=years,
        year=year,
        after=after,
        at_once=_AT_ONCE,
        lines=lines[:_AT_ONCE],
        has_more=len(lines) > _AT_ONCE,
        waiting=bool(year and await awards_without_certificate(reader, caller, year, limit=1)),
        causes=[(code, Text(words)) for code, words in REVOCATIONS.items()],
        errors=errors or {},
        revoking=revoking,
        reason=reason,
    )


@get("/admin/awards", opt={"action": Action.TITLES_READ}, include_in_schema=False)
async def show_awards(request: PageRequest) -> Template:
    """The titles of a year within reach, each with its certificate."""
    return await _list(request)


@post(
    "/admin/awards/certificates",
    opt={"action": Action.TITLES_READ, FORM: ("year",)},
    include_in_schema=False,
    status_code=303,
)
async def issue_year(request: PageRequest) -> Redirect:
    """Issue the certificates that a year's titles still want.

    Raises:
        NotFound: no such year.

    """
    year = _number((await read_fields(request)).text("year"), 9_999)
    if year is None:
        raise NotFound
    reader, caller = await district_of(request).database.reader(), principal_of(request)
    while wanted := await awards_without_certificate(reader, caller, year, limit=_AT_ONCE):
        if not await issue_for(request, wanted):
            break
    return see_other(f"/admin/awards?year={year}")


@post(
    "/admin/awards/{award_id:uuid}/certificate",
    opt={"action": Action.TITLES_READ, FORM: ()},
    include_in_schema=False,
    status_code=303,
)
async def issue(request: PageRequest, award_id: FromPath[UUID]) -> Redirect:
    """Issue the certificate of one title, and go on to it.

    Raises:
        NotFound: there is no such title within reach, or it was revoked.

    """
    issued = await issue_for(request, [award_id])
    if not issued:
        raise NotFound
    return see_other(f"/certificates/{issued[0]}")


@post(
    "/admin/awards/{award_id:uuid}/revoke",
    opt={"action": Action.TITLES_REVOKE, FORM: ("year", "reason", "cause")},
    include_in_schema=False,
    status_code=200,
)
async def revoke(request: PageRequest, award_id: FromPath[UUID]) -> Template | Redirect:
    """Revoke a title with a cause and a reason; its certificate is void with it.

    Raises:
        NotFound: there is no such title.

    """
    district = district_of(request)
    fields = await read_fields(request)
    year, reason, now = _number(fields.text("year"), 9_999), fields.long_text("reason"), district.clock.now()
    if not fields.text("cause") or not reason.strip():
        missing = Text(N_("这一项不能为空。"))
        errors = {name: missing for name, said in (("cause", fields.text("cause")), ("reason", reason)) if not said}
        return await _list(request, year=year, errors=errors, revoking=award_id, reason=reason, status=422)
    wish = Revocation(award_id=award_id, cause=fields.text("cause"), reason=reason, caller=principal_of(request))
    [done] = await district.database.run(lambda tx: revoke_awards(tx, [wish], now=now))
    if isinstance(done, Refusal):
        status = status_of(done)
        if status == 404:
            raise NotFound
        found = errors_of(done, _NAMES)
        return await _list(request, year=year, errors=found, revoking=award_id, reason=reason, status=status)
    return see_other(f"/admin/awards?year={year}" if year else "/admin/awards")


route_handlers: list[Any] = [show_awards, issue_year, issue, revoke]
