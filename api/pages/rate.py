"""The resident's rating: from a slip's QR code, two taps, no account, no scripts. Looking never uses a slip up."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.composition import district_of
from api.errors import status_of
from api.form_fields import ANY, FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.rating_form import (
    RATER_COOKIE,
    device_of_rater,
    field_names,
    marks_of,
    network_of,
    new_rater,
    no_form,
    person_of,
    rated_steward,
    rater_of,
    rating_page,
    thanks,
)
from api.pages.rendering import PageRequest, page
from evaluation.casting import BallotCast, SlipBallot, SlipUnknown, cast_slips
from evaluation.periods import period_named
from evaluation.scheme_versions import scheme_for
from evaluation.schemes import Source
from evaluation.slips import SlipShown, read_slip
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.messages import N_, Text

_NO_SLIP = Text(N_("这张评价单无效，请核对二维码。"))


@get("/rate/done", opt={"public": True}, include_in_schema=False)
async def thank(request: PageRequest) -> Template:
    """Thanks, and what happens next. The address says nothing of slip or steward."""
    return page(request, "public/rated.html")


@get("/rate/{token:str}", opt={"public": True}, include_in_schema=False)
async def show_rating(request: PageRequest, token: FromPath[str]) -> Template:
    """The form of one slip, or a plain page that says why there is none."""
    return await _form(request, token, {}, {})


@post("/rate/{token:str}", opt={"public": True, FORM: ANY}, include_in_schema=False, status_code=303)
async def rate(request: PageRequest, token: FromPath[str]) -> Template | Redirect:
    """Cast or change the ballot of a slip. A failure keeps the choices."""
    district = district_of(request)
    reader = await district.database.reader()
    slip = await read_slip(reader, token)
    if slip is None:
        return no_form(request, _NO_SLIP, 404)
    source = await _asked(reader, slip)
    fields = await read_fields(request)
    scores, note = marks_of(source, fields), fields.text("note")
    rater = rater_of(request) or new_rater(district)
    wish = SlipBallot(
        secret=token,
        scores=scores,
        device=device_of_rater(district, rater),
        network=network_of(request, slip.period),
        note=note,
        person=person_of(request),
    )

    async def use_case(tx: Tx) -> BallotCast:
        (outcome,) = await cast_slips(tx, [wish], now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    try:
        await district.database.run(use_case)
    except SlipUnknown as refusal:
        return no_form(request, refusal.text, 404)
    except Refusal as refusal:
        names = field_names(source)
        if refusal.pointer not in names:
            return no_form(request, refusal.text, status_of(refusal))
        return await _form(request, token, errors_of(refusal, names), scores, note=note, status=status_of(refusal))
    return thanks(request, rater)


async def _asked(reader: Reader, slip: SlipShown) -> Source:
    source = (await scheme_for(reader, period_named(slip.period))).scheme.source("residents")
    if source is None:  # a slip is only made for a period whose scheme asks residents
        raise SlipUnknown
    return source


async def _form(
    request: PageRequest, token: str, errors: Errors, chosen: dict[str, int], *, note: str = "", status: int = 200
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    slip = await read_slip(reader, token)
    if slip is None:
        return no_form(request, _NO_SLIP, 404)
    now = district.clock.now()
    if now >= slip.closes_at:
        return no_form(request, Text(N_("{period} 的评价已经截止。"), {"period": slip.period}), 410)
    if slip.used and request.cookies.get(RATER_COOKIE) is None:
        return no_form(request, Text(N_("这张评价单已经评过了。")), 409)
    steward = await rated_steward(reader, district, slip.steward_id)
    if steward is None or steward.status != "active":
        return no_form(request, Text(N_("这位管家现在不在岗，不用再评了。")), 410)
    return rating_page(request, steward, await _asked(reader, slip), errors, chosen, note=note, status=status)


route_handlers: list[Any] = [thank, show_rating, rate]
