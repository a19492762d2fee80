"""The least that the framework can answer: one route, no access, no database, served as `jinpai serve` serves."""

import sys

import uvicorn
from litestar import Litestar, get

from kernel.garbage import spare_collections


@get("/hello", sync_to_thread=False)
def hello() -> dict[str, str]:
    """Say hello, as JSON."""
    return {"hello": "world"}


def app() -> Litestar:
    """The application."""
    spare_collections()
    return Litestar([hello], openapi_config=None)


if __name__ == "__main__":
    uvicorn.run(
        "bench.hello:app",
        factory=True,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )
