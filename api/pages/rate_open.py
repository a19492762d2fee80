"""Rating by a public QR code: of a lane's sign or a community's hall. An open ballot, bound to the browser."""

from typing import Any
from uuid import UUID

import segno
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from markupsafe import Markup

from api.access import principal_of
from api.composition import District, district_of
from api.errors import NotFound, status_of
from api.form_fields import ANY, FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rating_form import (
    device_of_rater,
    field_names,
    marks_of,
    network_of,
    new_rater,
    no_form,
    person_of,
    rated_steward,
    rater_cookie,
    rater_of,
    rating_page,
    thanks,
)
from api.pages.rendering import PageRequest, page
from evaluation.casting import BallotCast
from evaluation.open_casting import OpenBallot, OpenPlace, cast_open_ballots, stewards_here
from evaluation.scheme_versions import current_period, scheme_for
from evaluation.schemes import Source
from kernel.clock import local_date
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from kernel.messages import N_, Text
from points.receipt import Label
from stewards.directory import find_stewards
from stewards.lanes import list_communities, load_lanes
from stewards.permissions import Action, require
from stewards.principal import Place, system_principal

_NO_CODE = Text(N_("这个二维码无效，请向社区要一张评价单。"))
_NO_COOKIE = Text(N_("这个浏览器没有记住刚才的页面（可能关了 Cookie），请重新扫码，或向社区要一张评价单。"))
_MOST_CHOICES = 60


class _Found:
    """A public code's place, with its name and where it stands."""

    def __init__(self, place: OpenPlace, name: Text, at: Place) -> None:
        self.place = place
        self.name = name
        self.at = at


async def _find(reader: Reader, kind: str, code: str, district: District) -> _Found | None:
    if kind == "lanes":
        lane = (await load_lanes(reader, codes={code})).by_code.get(code)
        if lane is None or not lane.valid_on(local_date(district.clock.now())):
            return None
        return _Found(OpenPlace(kind="lane", id=lane.id), Label(lane.name, english=lane.name_en), lane.place)
    if kind == "halls":
        areas = [area for area in await list_communities(reader) if area.code == code]
        if areas:
            row = await reader.fetch_one(
                "SELECT street_id FROM stewards_community WHERE id = $1", areas[0].id, types={"street_id": UUID}
            )
            at = Place(street_id=row["street_id"] if row else None, community_id=areas[0].id)
            return _Found(OpenPlace(kind="hall", id=areas[0].id), Label(areas[0].name, english=areas[0].name_en), at)
    return None


async def _source(reader: Reader, district: District) -> Source | None:
    """What residents are asked in the present period, where open ballots are taken."""
    period = await current_period(reader, district.clock.now())
    source = (await scheme_for(reader, period)).scheme.source("residents")
    return source if source is not None and source.open_ballots is not None else None


@get("/rate/{kind:str}/{code:str}", opt={"public": True}, include_in_schema=False)
async def choose_steward(request: PageRequest, kind: FromPath[str], code: FromPath[str]) -> Template:
    """Whom to rate at a place: one steward's form at once, or the choice between several."""
    district = district_of(request)
    reader = await district.database.reader()
    found = await _find(reader, kind, code, district)
    if found is None:
        return no_form(request, _NO_CODE, 404)
    today = local_date(district.clock.now())
    ids = sorted(await stewards_here(reader, found.place, today))[:_MOST_CHOICES]
    if len(ids) == 1:
        return await _form(request, found, ids[0], {}, {})
    stewards = await find_stewards(reader, system_principal(), ids=ids, today=today) if ids else []
    return page(request, "public/rate_choose.html", place=found.name, stewards=stewards, start=f"/rate/{kind}/{code}")


@get("/rate/{kind:str}/{code:str}/{steward_id:uuid}", opt={"public": True}, include_in_schema=False)
async def show_open_rating(
    request: PageRequest, kind: FromPath[str], code: FromPath[str], steward_id: FromPath[UUID]
) -> Template:
    """The form about one steward of a place."""
    district = district_of(request)
    found = await _find(await district.database.reader(), kind, code, district)
    return await _form(request, found, steward_id, {}, {}) if found else no_form(request, _NO_CODE, 404)


@post("/rate/{kind:str}/{code:str}", opt={"public": True, FORM: ANY}, include_in_schema=False, status_code=303)
async def rate_the_one(request: PageRequest, kind: FromPath[str], code: FromPath[str]) -> Template | Redirect:
    """Rate where a place has one steward, whose form is the place's own page."""
    district = district_of(request)
    reader = await district.database.reader()
    found = await _find(reader, kind, code, district)
    here = await stewards_here(reader, found.place, local_date(district.clock.now())) if found else set()
    if found is None or len(here) != 1:
        return no_form(request, _NO_CODE, 404)
    return await _cast(request, found, here.pop())


@post(
    "/rate/{kind:str}/{code:str}/{steward_id:uuid}",
    opt={"public": True, FORM: ANY},
    include_in_schema=False,
    status_code=303,
)
async def rate_openly(
    request: PageRequest, kind: FromPath[str], code: FromPath[str], steward_id: FromPath[UUID]
) -> Template | Redirect:
    """Cast or change this browser's open ballot about a steward."""
    district = district_of(request)
    found = await _find(await district.database.reader(), kind, code, district)
    return await _cast(request, found, steward_id) if found else no_form(request, _NO_CODE, 404)


async def _cast(request: PageRequest, found: _Found, steward_id: UUID) -> Template | Redirect:
    district = district_of(request)
    rater = rater_of(request)
    if rater is None:
        return no_form(request, _NO_COOKIE, 400)
    source = await _source(await district.database.reader(), district)
    if source is None:
        return no_form(request, _NO_CODE, 404)
    fields = await read_fields(request)
    scores, note = marks_of(source, fields), fields.text("note")
    now = district.clock.now()
    wish = OpenBallot(
        place=found.place,
        steward_id=steward_id,
        scores=scores,
        device=device_of_rater(district, rater),
        network=network_of(request, "open", local_date(now).isoformat()),
        note=note,
        person=person_of(request),
    )

    async def use_case(tx: Tx) -> BallotCast:
        (outcome,) = await cast_open_ballots(tx, [wish], now=now)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    try:
        await district.database.run(use_case)
    except Refusal as refusal:
        names = field_names(source)
        if refusal.pointer not in names:
            return no_form(request, refusal.text, status_of(refusal))
        errors = errors_of(refusal, names)
        return await _form(request, found, steward_id, errors, scores, note=note, status=status_of(refusal))
    return thanks(request, rater)


async def _form(
    request: PageRequest,
    found: _Found,
    steward_id: UUID,
    errors: Errors,
    chosen: dict[str, int],
    *,
    note: str = "",
    status: int = 200,
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    source = await _source(reader, district)
    steward = await rated_steward(reader, district, steward_id)
    today = local_date(district.clock.now())
    if source is None:
        return no_form(request, Text(N_("现行评价方案不收开放票，请用社区发的评价单。")), 409)
    if steward is None or steward_id not in await stewards_here(reader, found.place, today):
        return no_form(request, Text(N_("这位管家现在不在这里，请重新扫码。")), 404)
    answer = rating_page(request, steward, source, errors, chosen, note=note, status=status)
    answer.cookies.append(rater_cookie(request, rater_of(request) or new_rater(district)))
    return answer


@get("/admin/signs/{kind:str}/{code:str}", opt={"action": Action.SLIPS_ISSUE}, include_in_schema=False)
async def print_sign(request: PageRequest, kind: FromPath[str], code: FromPath[str]) -> Template:
    """The sign of a lane or hall to print and put up.

    Raises:
        NotFound: there is no such place.
        NotAllowed: it is not the caller's.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    found = await _find(reader, kind, code, district)
    if found is None:
        raise NotFound
    require(principal, Action.SLIPS_ISSUE, found.at)
    link = f"{district.settings.public_url}/rate/{kind}/{code}"
    code_svg = segno.make(link, error="q", micro=False).svg_inline(
        scale=8, border=2, omitsize=True, svgclass="qr", lineclass=None
    )
    return page(
        request,
        "staff/sign.html",
        frame=await staff_frame(reader, principal),
        kind=kind,
        place=found.name,
        link=link,
        code=Markup(code_svg),  # noqa: S704 - ours
    )


route_handlers: list[Any] = [choose_steward, show_open_rating, rate_the_one, rate_openly, print_sign]
