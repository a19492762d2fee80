"""`jinpai serve`: the service on uvicorn."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from api.cli.joined_writes import JoinedWritesProtocol
from api.cli.opening import opened
from api.cli.terminal import say, stop
from kernel.garbage import spare_collections
from kernel.logs import configure_logging
from kernel.settings import PREFIX, Settings, check_serving, load_settings
from kernel.single_server import hold_server_lock

if TYPE_CHECKING:
    from litestar import Litestar

# SIGTERM ends the process within 5 seconds: 3 for requests and streams under way, the rest for closing.
GRACE_SECONDS = 3
_NOT_SERVING = "cannot serve on {host}:{port}; another program may have the port: choose one with --port"
_HANDED_ON = ("data_dir", "database_url", "host", "port", "workers", "demo")


def served_app() -> "Litestar":
    """The application as each server process makes it, from its environment."""
    from api.app import create_app

    settings = load_settings()
    configure_logging("console" if settings.log_format == "console" else "json")
    logging.getLogger("uvicorn.error").setLevel("WARNING")
    app = create_app(settings)
    app.on_startup.append(_end_streams_first)
    spare_collections()
    return app


async def _end_streams_first(app: "Litestar") -> None:
    """Have a signal end the open streams before the server waits for what is under way: they would last an hour."""
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        server = signal.getsignal(sign)

        def ended(number: int, frame: Any, server: Any = server) -> None:
            loop.call_soon_threadsafe(app.state.district.streams.close)
            if callable(server):
                server(number, frame)

        signal.signal(sign, ended)


class _Server(uvicorn.Server):
    """Says where it serves once it does."""

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.servers and self.servers[0].sockets:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            say(f"jinpai serves http://{f'[{host}]' if ':' in host else host}:{port} (stop with Ctrl-C)")


async def check_before_serving(settings: Settings) -> None:
    """Everything that would otherwise end a server in its own process, where nobody reads why.

    Raises:
        SettingsFault: others could reach a server with a default secret.
        ServerAlreadyRunning: another server has this embedded database.
        CommandFailed: there is no database, or its schema is behind.

    """
    check_serving(settings)
    if settings.embedded and settings.database_path.is_file():
        lock = settings.database_path
        hold_server_lock(lock.with_name(lock.name + ".serving")).close()
    async with opened(settings):
        pass


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    for name in _HANDED_ON:
        # Worker processes are started anew and read the environment.
        value = getattr(settings, name)
        os.environ[PREFIX + name.upper()] = str(value).lower() if isinstance(value, bool) else str(value)
    options: dict[str, Any] = {
        "factory": True,
        "host": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        "loop": "uvloop" if sys.platform != "win32" else "asyncio",
        "http": JoinedWritesProtocol,
        "lifespan": "on",
        "log_config": None,
        "access_log": False,  # the application writes its own lines, by route and without addresses
        "proxy_headers": False,  # the application decides whose X-Forwarded-For it believes
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }
    configure_logging("console" if settings.log_format == "console" else "json")
    logging.getLogger("uvicorn.error").setLevel("WARNING")
    if settings.workers > 1:
        say(f"jinpai serves http://{settings.host}:{settings.port} with {settings.workers} processes")
        with _plain_exit(settings):
            uvicorn.run("api.cli.serving:served_app", **options)
        return
    # uvicorn raises the signal again once it has ended in good order; that is no failure.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    server = _Server(uvicorn.Config("api.cli.serving:served_app", **options))
    with _plain_exit(settings):
        server.run()
    if not server.started:
        stop(_NOT_SERVING.format(host=settings.host, port=settings.port))


@contextmanager
def _plain_exit(settings: Settings) -> Iterator[None]:
    try:
        yield
    except SystemExit as ended:  # uvicorn's codes are not ours: 3 would say that something was done
        if ended.code:
            stop(_NOT_SERVING.format(host=settings.host, port=settings.port))
