"""Rows of files that are opened in a process of their own: a workbook of 2 kB may ask for 500 GB when it is opened, and
the process that opens it is then ended at once, with whatever else it was doing.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

import orjson

from kernel.sheets import faults
from kernel.sheets.cells import Cell
from kernel.sheets.faults import FileRefused, FileTooHeavy
from kernel.sheets.limits import SheetLimits

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROOT = Path(__file__).parents[2]
_WALL_SECONDS = 120  # the child bounds its own processor time and memory, where the system can
_REFUSALS = {
    found.code: found for found in vars(faults).values() if isinstance(found, type) and issubclass(found, FileRefused)
}
_READERS: Mapping[str, Callable[[Any], Cell]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda seconds: timedelta(seconds=seconds),
}


def rows_apart(
    data: bytes, *, expected: Collection[str], sheet: str | None, encoding: str | None, limits: SheetLimits
) -> tuple[int, Iterator[tuple[int, list[Cell]]]]:
    """How many rows the sheet with the header has, and each with its line.

    Blocks until the whole file is read: call it in a thread. The child writes to a file that has no name, so that
    nobody waits for anybody and the size of that file bounds what comes back.

    Raises:
        FileRefused: what the child says of the file; FileTooHeavy where it ended without saying anything.

    """
    request = {"expected": list(expected), "sheet": sheet, "encoding": encoding, "limits": asdict(limits)}
    with tempfile.TemporaryFile() as given:
        given.write(orjson.dumps(request, option=orjson.OPT_APPEND_NEWLINE))
        given.write(data)
        given.seek(0)
        read = tempfile.TemporaryFile()  # noqa: SIM115 - closed below or by who takes the rows
        try:
            height = _run(given, read)
        except BaseException:
            read.close()
            raise
    return height, _rows(read)


def _run(given: IO[bytes], read: IO[bytes]) -> int:
    command = [sys.executable, "-m", "kernel.sheets.workbook_child"]
    try:
        subprocess.run(  # noqa: S603 - nothing of the command comes from outside
            command, cwd=_ROOT, stdin=given, stdout=read, stderr=subprocess.DEVNULL, timeout=_WALL_SECONDS, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise FileTooHeavy from None
    read.seek(0)
    head = orjson.loads(read.readline())
    if code := head.get("refused"):
        raise _REFUSALS[code](**head["params"])
    return int(head["height"])


def _rows(read: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    with read:
        for frame in read:
            line, *cells = orjson.loads(frame)
            yield line, [_cell(cell) if cell is None or cell.__class__ is dict else cell for cell in cells]


def _cell(said: dict[str, Any] | None) -> Cell:
    if said is None:
        return float("nan")  # JSON has no word for it
    [(kind, value)] = said.items()
    return _READERS[kind](value)
