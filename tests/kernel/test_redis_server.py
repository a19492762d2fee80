"""Whether Redis is there is asked of a real server, and a dead one is noticed within seconds."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.redis_server import redis_answers


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    program = shutil.which("redis-server")
    assert program, "redis-server is missing; `make test` installs it on Debian as root"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0", process
    process.kill()
    process.wait()


@pytest.mark.redis
async def test_a_running_redis_answers_and_a_killed_one_does_not(
    redis_server: tuple[str, "subprocess.Popen[bytes]"],
) -> None:
    url, process = redis_server
    assert await redis_answers(url)
    process.kill()
    process.wait()
    asked = time.monotonic()
    assert not await redis_answers(url)
    assert time.monotonic() - asked < 5
