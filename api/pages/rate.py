"""The resident's rating: from a slip's QR code, two taps, no account, no scripts. Looking never uses a slip up."""

import secrets
from typing import Any

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.composition import District, district_of
from api.envelope import is_secure
from api.errors import status_of
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.rendering import PageRequest, page, see_other
from api.sources import source_of
from evaluation.casting import BallotCast, SlipBallot, SlipUnknown, cast_slips
from evaluation.periods import period_named
from evaluation.scheme_versions import scheme_for
from evaluation.schemes import Source
from evaluation.slips import SlipShown, read_slip
from kernel.clock import local_date
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.messages import N_, Text
from kernel.tokens import sign
from points.receipt import Label
from stewards.directory import StewardEntry, find_stewards
from stewards.principal import system_principal

RATER_COOKIE = "jinpai_rater"
_A_QUARTER = 120 * 86_400
_NO_SLIP = Text(N_("这张评价单无效，请核对二维码。"))


@get("/rate/done", opt={"public": True}, include_in_schema=False)
async def thank(request: PageRequest) -> Template:
    """Thanks, and what happens next. The address says nothing of slip or steward."""
    return page(request, "public/rated.html")


@get("/rate/{token:str}", opt={"public": True}, include_in_schema=False)
async def show_rating(request: PageRequest, token: FromPath[str]) -> Template:
    """The form of one slip, or a plain page that says why there is none."""
    return await _form(request, token, {}, {})


@post("/rate/{token:str}", opt={"public": True}, include_in_schema=False, status_code=303)
async def rate(request: PageRequest, token: FromPath[str]) -> Template | Redirect:
    """Cast or change the ballot of a slip. A failure keeps the choices."""
    district = district_of(request)
    reader = await district.database.reader()
    slip = await read_slip(reader, token)
    if slip is None:
        return _plain(request, _NO_SLIP, 404)
    source = await _asked(reader, slip)
    fields = await read_fields(request)
    scores = _marks(source, fields)
    device = request.cookies.get(RATER_COOKIE) or secrets.token_urlsafe(16)
    wish = SlipBallot(
        secret=token,
        scores=scores,
        device=sign(district.settings.secret_key, "rating-device", device),
        network=_network(district, request, slip),
    )

    async def use_case(tx: Tx) -> BallotCast:
        (outcome,) = await cast_slips(tx, [wish], now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    try:
        await district.database.run(use_case)
    except SlipUnknown as refusal:
        return _plain(request, refusal.text, 404)
    except Refusal as refusal:
        if not (refusal.pointer or "").startswith("/scores/"):
            return _plain(request, refusal.text, status_of(refusal))
        names = {f"/scores/{dimension.code}": dimension.code for dimension in source.asked}
        return await _form(request, token, errors_of(refusal, names), scores, status=status_of(refusal))
    answer = see_other("/rate/done")
    answer.cookies.append(
        Cookie(
            key=RATER_COOKIE,
            value=device,
            max_age=_A_QUARTER,
            path="/rate",
            httponly=True,
            samesite="lax",
            secure=is_secure(request.scope),
        )
    )
    return answer


def _network(district: District, request: PageRequest, slip: SlipShown) -> str:
    """The caller's network as a pseudonym of this period alone."""
    address = source_of(request, district.settings.trusted_proxies)
    return sign(district.settings.secret_key, "rating-network", slip.period, address)


def _marks(source: Source, fields: Fields) -> dict[str, int]:
    """The marks that were chosen; what is no number of the scale counts as not chosen."""
    allowed = {str(mark): mark for mark in range(source.scale.least, source.scale.most + 1)}
    given = {dimension.code: fields.text(dimension.code) for dimension in source.asked}
    return {code: allowed[chosen] for code, chosen in given.items() if chosen in allowed}


async def _asked(reader: Reader, slip: SlipShown) -> Source:
    source = (await scheme_for(reader, period_named(slip.period))).scheme.source("residents")
    if source is None:  # a slip is only made for a period whose scheme asks residents
        raise SlipUnknown
    return source


async def _form(
    request: PageRequest, token: str, errors: Errors, chosen: dict[str, int], *, status: int = 200
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    slip = await read_slip(reader, token)
    if slip is None:
        return _plain(request, _NO_SLIP, 404)
    now = district.clock.now()
    if now >= slip.closes_at:
        return _plain(request, Text(N_("{period} 的评价已经截止。"), {"period": slip.period}), 410)
    if slip.used and request.cookies.get(RATER_COOKIE) is None:
        return _plain(request, Text(N_("这张评价单已经评过了。")), 409)
    steward = await _steward(reader, slip, district)
    if steward is None or steward.status != "active":
        return _plain(request, Text(N_("这位管家现在不在岗，不用再评了。")), 410)
    source = await _asked(reader, slip)
    return page(
        request,
        "public/rate.html",
        status=status,
        steward=steward,
        slip=slip,
        questions=[
            (
                dimension,
                Label(dimension.zh, english=dimension.en),
                Label(dimension.ask_zh or dimension.zh, english=dimension.ask_en or dimension.en),
            )
            for dimension in source.asked
        ],
        marks=[(mark, _word(source, mark)) for mark in range(source.scale.least, source.scale.most + 1)],
        chosen=chosen,
        errors=errors,
    )


def _word(source: Source, mark: int) -> Text:
    at = mark - source.scale.least
    zh = source.scale.zh[at] if source.scale.zh else str(mark)
    return Label(zh, english=source.scale.en[at] if source.scale.en else str(mark))


async def _steward(reader: Reader, slip: SlipShown, district: District) -> StewardEntry | None:
    today = local_date(district.clock.now())
    found = await find_stewards(reader, system_principal(), ids=[slip.steward_id], today=today)
    return found[0] if found else None


def _plain(request: PageRequest, why: Text, status: int) -> Template:
    return page(request, "public/rate_closed.html", status=status, why=why)


route_handlers: list[Any] = [thank, show_rating, rate]
