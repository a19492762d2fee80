"""One server on an embedded database."""

import subprocess
import sys
from pathlib import Path

import pytest

from kernel.single_server import ServerAlreadyRunning, hold_server_lock

HOLD = (
    "import sys, time; from pathlib import Path; from kernel.single_server import hold_server_lock; "
    "lock = hold_server_lock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
)


def test_a_second_server_is_refused_by_the_number_of_the_first_until_that_dies(tmp_path: Path) -> None:
    path = tmp_path / "data" / "server.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(ServerAlreadyRunning, match=str(first.pid)):
            hold_server_lock(path)
        first.kill()
        first.wait()
        with hold_server_lock(path), pytest.raises(ServerAlreadyRunning):
            hold_server_lock(path)
        hold_server_lock(path).close()
