"""`jinpai serve`: real servers, started, asked, refused and stopped."""

import signal
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.api.command import jinpai, serving
from tests.databases import PostgresTemplates, SqliteTemplates

pytestmark = pytest.mark.server
SECRET = "s" * 40


@pytest.fixture
def data(sqlite_templates: SqliteTemplates, tmp_path: Path) -> Path:
    """A folder with a migrated embedded database."""
    fresh = Path(sqlite_templates.fresh(tmp_path).removeprefix("sqlite://"))
    fresh.rename(tmp_path / "jinpai.sqlite3")
    return tmp_path


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_answers_refuses_a_second_and_ends_within_five_seconds_of_sigterm(data: Path) -> None:
    with serving("--data", data, "--port", 0) as first:
        assert status(f"{first.url}/healthz") == 200
        assert status(f"{first.url}/readyz") == 200
        assert status(f"{first.url}/api/v1/stewards") == 401
        second = jinpai("serve", "--data", data, "--port", 0)
        assert second.code == 1
        assert f"process {first.process.pid}" in second.err
        beside = jinpai("verify", "--data", data)
        assert beside.code == 0, "commands work beside the server"
        slow = socket.create_connection(("127.0.0.1", int(first.url.rsplit(":", 1)[1])))
        slow.sendall(b"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        started = time.monotonic()
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(10) == 0
        assert time.monotonic() - started < 5
        slow.close()
    with serving("--data", data, "--port", 0) as third:
        assert status(f"{third.url}/readyz") == 200


def test_a_server_that_was_killed_leaves_no_lock(data: Path) -> None:
    with serving("--data", data, "--port", 0) as first:
        first.process.kill()
        first.process.wait(10)
    with serving("--data", data, "--port", 0) as second:
        assert status(f"{second.url}/readyz") == 200


@pytest.mark.parametrize(
    ("options", "settings", "code", "named"),
    [
        (("--workers", "2"), {}, 2, "PostgreSQL"),
        (("--host", "0.0.0.0"), {}, 2, "JINPAI_SECRET_KEY"),
        (("--host", "0.0.0.0"), {"JINPAI_SECRET_KEY": SECRET, "JINPAI_DEMO": "true"}, 2, "JINPAI_DEMO"),
        (("--port", "99999"), {}, 2, "JINPAI_PORT"),
    ],
)
def test_a_server_that_should_not_be_is_refused_before_it_starts(
    data: Path, options: tuple[str, ...], settings: dict[str, str], code: int, named: str
) -> None:
    ended = jinpai("serve", "--data", data, *options, **settings)
    assert ended.code == code
    assert named in ended.err
    assert "Traceback" not in ended.err


def test_a_port_that_is_taken_is_a_failure_that_names_it(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = jinpai("serve", "--data", data, "--port", port)
    assert ended.code == 1
    assert str(port) in ended.err


def test_on_postgres_several_processes_serve_and_two_servers_may_stand_side_by_side(
    postgres_templates: PostgresTemplates, tmp_path: Path
) -> None:
    settings = {"JINPAI_DATABASE_URL": postgres_templates.fresh(), "JINPAI_DATA_DIR": str(tmp_path)}
    with (
        serving("--port", a_free_port(), "--workers", 2, **settings) as many,
        serving("--port", 0, **settings) as one,
    ):
        deadline = time.monotonic() + 60
        for server in (many, one):
            while True:
                try:
                    assert status(f"{server.url}/readyz") == 200
                    break
                except OSError:
                    assert time.monotonic() < deadline
                    time.sleep(0.2)
        for server in (many, one):
            started = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(10)
            assert time.monotonic() - started < 5
