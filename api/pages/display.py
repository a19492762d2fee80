"""The hall screen: its page, what changes on it (live, or polled with an ETag), and what boots it offline."""

import hashlib
import io
from functools import lru_cache
from typing import Any

import orjson
import segno
from litestar import Response, get
from litestar.response import Redirect, Stream, Template
from markupsafe import Markup

from api.composition import district_of
from api.envelope import header, locale_of
from api.errors import NotFound
from api.pages.assets import asset_url
from api.pages.display_pages import Hall, read_hall
from api.pages.pairing import DISPLAY_COOKIE, forgotten, own_display
from api.pages.rendering import PageRequest, page, render
from api.pages.workers import worker
from api.streams import Snapshot
from stewards.lanes import AreaEntry, list_streets


async def _street(request: PageRequest) -> AreaEntry | None:
    """The street that an address asks for; None for the whole district.

    Raises:
        NotFound: there is no such street.

    """
    code = request.query_params.get("street")
    if not code:
        return None
    streets = await list_streets(await district_of(request).database.reader())
    street = next((area for area in streets if area.code == code), None)
    if street is None:
        raise NotFound
    return street


def build_name() -> str:
    """What a screen compares to know that it runs yesterday's program."""
    parts = (asset_url("css/display.css"), asset_url("js/display.js"))
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]


@lru_cache(maxsize=64)
def qr_code(address: str) -> Markup:
    """A QR code as a drawing."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=2, omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn here, of an address of ours


def _content(request: PageRequest, hall: Hall) -> str:
    query = f"?street={hall.street_code}" if hall.street_code else ""
    address = f"{district_of(request).settings.public_url}/lanes{query}"
    return render(request, "public/_board.html", hall=hall, qr=qr_code(address))


def _etag(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:32]


@get("/display/points", opt={"public": True}, include_in_schema=False)
async def show_display(request: PageRequest) -> Template | Redirect:
    """The screen: complete without scripts, which only keep it fresh. One that was revoked goes back to its code."""
    street = await _street(request)
    own = await own_display(request)
    if own is None and DISPLAY_COOKIE in request.cookies:
        return forgotten()
    hall = await read_hall(district_of(request), street)
    query = f"?lang={locale_of(request)}" + (f"&street={street.code}" if street else "")
    return page(
        request,
        "public/display.html",
        hall=hall,
        content=Markup(_content(request, hall)),  # noqa: S704 - a template's output
        feed=f"/display/points/board{query}",
        stream=f"/display/points/stream{query}",
        own=own,
        build=build_name(),
    )


@get("/display/points/board", opt={"public": True}, include_in_schema=False)
async def show_board(request: PageRequest) -> Response[str]:
    """The board's content by itself; 304 while nothing on it has changed."""
    hall = await read_hall(district_of(request), await _street(request))
    content = _content(request, hall)
    etag = f'"{_etag(content)}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "no-cache",
        "X-Jinpai-As-Of": hall.as_of.isoformat(),
        "X-Jinpai-Now": hall.now.isoformat(),
        "X-Jinpai-Build": build_name(),
    }
    if request.headers.get("if-none-match") == etag:
        return Response("", status_code=304, headers=headers, media_type="text/html")
    return Response(content, headers=headers, media_type="text/html")


@get("/display/points/stream", opt={"public": True}, include_in_schema=False)
async def stream_display(request: PageRequest) -> Stream:
    """The same live: each event is the whole content, with an id; heartbeats say until when it holds."""
    street = await _street(request)
    district = district_of(request)

    async def make() -> Snapshot:
        hall = await read_hall(district, street)
        content = _content(request, hall)
        told = {"html": content, "as_of": hall.as_of.isoformat(), "now": hall.now.isoformat(), "build": build_name()}
        return Snapshot(_etag(content), hall.as_of, orjson.dumps(told))

    seen = header(request.scope, b"last-event-id")
    key = ("display", street.code if street else None, locale_of(request))
    return Stream(
        district.streams.listen(key, make, seen.decode("latin-1") if seen else None),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@get("/display/worker.js", opt={"public": True}, include_in_schema=False)
async def show_worker() -> Response[bytes]:
    """The service worker. It serves /display itself too, where a screen begins."""
    return worker("display-worker.js", "/display")


route_handlers: list[Any] = [show_display, show_board, stream_display, show_worker]
