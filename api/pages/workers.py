"""Service workers: scripts that keep pages for the time without network, served beside the pages that they keep."""

from typing import Any

from litestar import Response, get
from litestar.response import Template

from api.pages.assets import STATIC_DIR
from api.pages.rendering import PageRequest, page

_SHARED = "keeping.js"


def worker(name: str, scope: str) -> Response[bytes]:
    """A worker with what all of them share before it. Browsers ask each time whether it is still the same."""
    script = b"".join((STATIC_DIR / "js" / each).read_bytes() for each in (_SHARED, name))
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": scope}
    return Response(script, media_type="text/javascript", headers=headers)


@get("/me/worker.js", opt={"public": True}, include_in_schema=False)
async def show_own_worker() -> Response[bytes]:
    """The worker that keeps a steward's own pages on the phone."""
    return worker("own-worker.js", "/me")


@get("/me/offline", opt={"public": True}, include_in_schema=False)
async def show_nothing_kept(request: PageRequest) -> Template:
    """What the worker shows without network where it has kept nothing of a page."""
    return page(request, "steward/offline.html")


route_handlers: list[Any] = [show_own_worker, show_nothing_kept]
