"""Whether Redis is there is asked of a real server, and a dead one is noticed within seconds."""

import time
from pathlib import Path

import pytest

from kernel.redis_server import redis_answers
from tests.redis_servers import a_redis_server


@pytest.mark.redis
async def test_a_running_redis_answers_and_a_killed_one_does_not(tmp_path: Path) -> None:
    with a_redis_server(tmp_path) as server:
        assert await redis_answers(server.url)
        server.kill()
        asked = time.monotonic()
        assert not await redis_answers(server.url)
        assert time.monotonic() - asked < 5
