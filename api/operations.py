"""For those who run the service: is it alive, can it serve, what does it do."""

from typing import Any

from litestar import Request, Response, get

from api.composition import district_of
from api.metrics import CONTENT_TYPE, Metrics
from api.sources import is_asked_from_within
from kernel.errors import Busy
from kernel.redis_server import redis_answers
from stewards.permissions import Action, require


@get("/healthz", opt={"public": True}, include_in_schema=False)
async def healthz() -> Response[bytes]:
    """This process answers. Says nothing about the database."""
    return Response(b'{"status":"ok"}', media_type="application/json")


@get("/readyz", opt={"public": True}, include_in_schema=False)
async def readyz(request: Request[Any, Any, Any]) -> Response[bytes]:
    """This process can serve: the database answers, and so does Redis where one is set.

    Raises:
        Busy: one of them does not.

    """
    district = district_of(request)
    try:
        reader = await district.database.reader()
        await reader.fetch("SELECT 1 AS one")
    except Exception:  # noqa: BLE001 - whatever it was, a balancer should go elsewhere
        raise Busy from None
    if district.settings.redis_url and not await redis_answers(district.settings.redis_url):
        raise Busy
    return Response(b'{"status":"ready"}', media_type="application/json")


@get("/metrics", opt={"public": True}, include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Figures of this process for Prometheus, without personal data.

    Raises:
        SignInNeeded: somebody asks from elsewhere than this machine and the trusted proxies.
        NotAllowed: such a caller is no district administrator.

    """
    district = district_of(request)
    if not is_asked_from_within(request, district.settings.trusted_proxies):
        require(request.user, Action.KEYS_EDIT)
    reader = await district.database.reader()
    waiting = await reader.fetch_one("SELECT COUNT(*) AS waiting FROM kernel_outbox WHERE handled_at IS NULL")
    kept: Metrics = request.app.state.metrics
    return Response(kept.text(outbox_waiting=int(waiting["waiting"]) if waiting else 0), media_type=CONTENT_TYPE)


route_handlers: list[Any] = [healthz, readyz, metrics]
