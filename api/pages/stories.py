"""Honour for everybody: the wall of titles by year, stories and thanks, a feed, and leaving thanks."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.composition import District, district_of
from api.envelope import locale_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import read_fields
from api.pages.rendering import PageRequest, page, see_other
from api.sources import source_of
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_, Text, translate
from kernel.text import TextMissing
from kernel.throttle import Throttled, spend
from rewards.stories.reading import Honour, StoryShown, honour_years, honours_of, list_stories, list_thanks, show_story
from rewards.stories.thanking import THANKS, LeaveThanks, leave_thanks
from stewards.directory import StewardQuery, list_stewards
from stewards.principal import system_principal

_STORIES = 30
_THANKS = 50
_THANKS_A_DAY = 3  # from one network; the same hall's Wi-Fi may serve several people, so not one
_A_DAY = timedelta(days=1)
_ATOM = "http://www.w3.org/2005/Atom"


@get("/honours", opt={"public": True}, include_in_schema=False)
async def show_honours(request: PageRequest) -> Template:
    """The wall of a year: who holds which title, and a text to copy into a group chat.

    Raises:
        NotFound: no title was given in that year.

    """
    district = district_of(request)
    reader = await district.database.reader()
    years = await honour_years(reader)
    asked = request.query_params.get("year")
    if asked is not None and asked not in {str(year) for year in years}:
        raise NotFound
    year = int(asked) if asked else years[0] if years else None
    honours = await honours_of(reader, year) if year else []
    groups = [
        (named, list(found)) for named, found in groupby(honours, key=lambda each: (each.period, each.title_name))
    ]
    return page(
        request, "public/honours.html", years=years, year=year, groups=groups, tidings=good_tidings(request, honours)
    )


def good_tidings(request: PageRequest, honours: list[Honour]) -> str:
    """Good news as plain text (喜报): names as everybody may see them, a line for each title."""
    locale = locale_of(request)
    english = locale == "en"
    lines = []
    for (period, _), found in groupby(honours, key=lambda each: (each.period, each.title)):
        group = list(found)
        title = group[0].title_name_en if english else group[0].title_name
        names = [f"{each.street_name_en if english else each.street_name} {each.name}" for each in group]
        lines.append(f"{period} {title}: {', '.join(names)}" if english else f"{period} {title}：{'、'.join(names)}")
    if not lines:
        return ""
    address = f"{district_of(request).settings.public_url}/honours"
    return "\n".join([translate(N_("【喜报】祝贺各位小巷管家！"), locale), *lines, address])


@get("/stories", opt={"public": True}, include_in_schema=False)
async def show_stories(request: PageRequest) -> Template:
    """The newest stories and thanks."""
    reader = await district_of(request).database.reader()
    return page(
        request,
        "public/stories.html",
        stories=await list_stories(reader, limit=_STORIES),
        thanks=await list_thanks(reader, limit=_THANKS),
    )


@get("/stories/{story_id:uuid}/picture", opt={"public": True}, include_in_schema=False)
async def show_picture(request: PageRequest, story_id: FromPath[UUID]) -> Response[bytes]:
    """A story's picture, asked for anew each time: consent may have been withdrawn.

    Raises:
        NotFound: there is none, or none that may be shown now.

    """
    district = district_of(request)
    found = await show_story(await district.database.reader(), story_id)
    if found is None or found.picture is None:
        raise NotFound
    with district.files.open(found.picture) as stored:
        return Response(stored.read(), media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@get("/stories/feed.atom", opt={"public": True}, include_in_schema=False)
async def show_feed(request: PageRequest) -> Response[bytes]:
    """The newest stories as an Atom feed (RFC 4287)."""
    district = district_of(request)
    stories = await list_stories(await district.database.reader(), limit=_STORIES)
    title = translate(N_("小巷管家的故事"), locale_of(request))
    author = (await district.own_settings.now()).issuer_name
    content = _feed(district, stories, title=title, author=author)
    return Response(content, media_type="application/atom+xml", headers={"Cache-Control": "no-cache"})


def _feed(district: District, stories: list[StoryShown], *, title: str, author: str) -> bytes:
    base = district.settings.public_url
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")

    def add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
        made = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
        made.text = text or None
        return made

    newest = max((story.told_at for story in stories), default=datetime(2000, 1, 1, tzinfo=UTC))
    add(feed, "id", f"{base}/stories")
    add(feed, "title", title)
    add(feed, "updated", newest.isoformat())
    add(feed, "link", rel="self", href=f"{base}/stories/feed.atom")
    add(feed, "link", rel="alternate", href=f"{base}/stories")
    add(add(feed, "author"), "name", author)
    for story in stories:
        entry = add(feed, "entry")
        add(entry, "id", f"urn:uuid:{story.id}")
        add(entry, "title", story.title)
        add(entry, "updated", story.told_at.isoformat())
        add(entry, "link", rel="alternate", href=f"{base}/stories#{story.id}")
        add(entry, "content", story.text, type="text")
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


async def _thanked(request: PageRequest, code: str) -> list[tuple[UUID, str]]:
    """The stewards of a lane who wish thanks, by name as everybody may see it."""
    district = district_of(request)
    reader = await district.database.reader()
    today = local_date(district.clock.now())
    query = StewardQuery(lane_code=code, status="active")
    stewards, _ = await list_stewards(reader, system_principal(), query, today=today)
    return [(steward.id, steward.public_name) for steward in stewards if THANKS in steward.consents]


async def _form(
    request: PageRequest, code: str, *, text: str = "", signed: str = "", error: Text | None = None, status: int = 200
) -> Template:
    people = await _thanked(request, code)
    return page(
        request, "public/thank.html", status=status, code=code, people=people, text=text, signed=signed, error=error,
        sent=request.query_params.get("sent") == "1",
    )  # fmt: skip


@get("/lanes/{code:str}/thanks", opt={"public": True}, include_in_schema=False)
async def show_thanks_form(request: PageRequest, code: FromPath[str]) -> Template:
    """Where a resident thanks a steward of a lane."""
    return await _form(request, code)


@post(
    "/lanes/{code:str}/thanks",
    opt={"public": True, FORM: ("text", "signed", "steward")},
    include_in_schema=False,
    status_code=200,
)
async def leave(request: PageRequest, code: FromPath[str]) -> Template | Redirect:
    """Leave thanks; staff look at them before anybody sees them."""
    district = district_of(request)
    fields = await read_fields(request)
    text, signed = fields.text("text"), fields.text("signed")
    people = {str(steward_id): steward_id for steward_id, _ in await _thanked(request, code)}
    chosen = people.get(fields.text("steward"))
    if chosen is None or not text:
        missing = TextMissing().text if chosen is not None else Text(N_("请选要谢谁。"))
        return await _form(request, code, text=text, signed=signed, error=missing, status=422)
    now = district.clock.now()
    source = source_of(request, district.settings.trusted_proxies)

    async def take(tx: Tx) -> None:
        await spend(tx, f"thanks {source}", limit=_THANKS_A_DAY, window=_A_DAY, now=now)

    try:
        await district.database.run(take)
    except Throttled as refused:
        error = Text(N_("今天从这里留的感谢已经很多了，请明天再来。"))
        answer = await _form(request, code, text=text, signed=signed, error=error, status=429)
        answer.headers["Retry-After"] = str(refused.retry_after_s)
        return answer
    wish = LeaveThanks(steward_id=chosen, text=text, signed=signed)
    [done] = await district.database.run(lambda tx: leave_thanks(tx, [wish], now=now))
    if isinstance(done, Refusal):
        return await _form(request, code, text=text, signed=signed, error=done.text, status=status_of(done))
    return see_other(f"/lanes/{code}/thanks?sent=1")


route_handlers: list[Any] = [
    *(show_honours, show_stories, show_picture, show_feed),
    *(show_thanks_form, leave),
]
