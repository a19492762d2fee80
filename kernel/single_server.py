"""One server on the embedded database: a second is refused while the first lives, however it dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self


class ServerAlreadyRunning(RuntimeError):  # noqa: N818 - a state, like the refusals
    """Another server process serves this embedded database; `pid` is its process, if known."""

    def __init__(self, path: Path, pid: str) -> None:
        super().__init__(f"another server (process {pid or 'unknown'}) already serves {path.parent}")
        self.pid = pid


class ServerLock:
    """A held lock. The operating system lets go of it when the process ends, also by kill -9."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def close(self) -> None:
        """Let the next server in."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def hold_server_lock(path: Path) -> ServerLock:
    """Become the one server of the database whose lock file this is.

    Raises:
        ServerAlreadyRunning: another process holds the lock.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        pid = file.read().strip()
        file.close()
        raise ServerAlreadyRunning(path, pid) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return ServerLock(file)
