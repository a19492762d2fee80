"""The application: routes, access and errors put together over one district."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.datastructures import CacheControlHeader, State
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

from api import operations, pages, v1
from api.access import Access, check_declarations
from api.bodies import JinpaiRequest, StrictBodies
from api.composition import open_district
from api.envelope import safe_headers
from api.errors import on_failure, on_http_exception, on_refusal
from api.head import answers_head, name_all_methods
from api.metrics import Metrics
from api.openapi import openapi_routes
from api.pages.assets import STATIC_DIR, STATIC_PATH
from api.pages.rendering import template_config
from api.straight_boards import straight_boards
from api.straight_steps import straight_steps
from kernel.clock import Clock, SystemClock
from kernel.errors import Refusal
from kernel.settings import Settings, load_settings


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Litestar:
    """The ASGI application of a district.

    Raises:
        SettingsFault: a JINPAI_* variable is wrong.
        UndeclaredRoutes: a route states no action.

    """
    chosen = settings or load_settings()
    metrics = Metrics()
    app = Litestar(
        route_handlers=[*operations.route_handlers, *openapi_routes, v1.router, *pages.route_handlers, _static()],
        lifespan=[_serving],
        middleware=[Access()],
        before_send=[safe_headers(chosen.public_url), metrics.count],
        exception_handlers={Refusal: on_refusal, HTTPException: on_http_exception, Exception: on_failure},
        request_class=JinpaiRequest,
        request_max_body_size=chosen.max_body_bytes,
        plugins=[StrictBodies()],
        openapi_config=None,
        template_config=template_config(),
        logging_config=None,
        state=State({"metrics": metrics, "settings": chosen, "clock": clock or SystemClock()}),
    )
    app.asgi_handler = straight_boards(app, straight_steps(app, answers_head(app.asgi_handler)))
    name_all_methods(app)
    check_declarations(app)
    return app


@asynccontextmanager
async def _serving(app: Litestar) -> AsyncIterator[None]:
    async with open_district(app.state.settings, app.state.clock) as district:
        app.state.district = district
        yield


def _static() -> Router:
    """Our own files. Every address carries a hash of its content, so that it may be kept for a year."""
    return create_static_files_router(
        path=STATIC_PATH,
        directories=[STATIC_DIR],
        opt={"public": True},
        cache_control=CacheControlHeader(max_age=31_536_000, public=True, immutable=True),
    )
