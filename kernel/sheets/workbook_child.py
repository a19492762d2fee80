"""The process in which one workbook is opened (see kernel.sheets.apart): a request and the file come in on its
standard input, one JSON array for each row goes out. It may take much less than the machine has, and nobody minds if
it dies.
"""

import itertools
import sys
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson

from kernel.sheets.apart import OLE_MAGIC, ZIP_MAGIC
from kernel.sheets.cells import Cell
from kernel.sheets.faults import FileEmpty, FileRefused, FileTooHeavy, HeaderMissing
from kernel.sheets.header import HEADER_WITHIN, find_header
from kernel.sheets.html_rows import html_rows
from kernel.sheets.limits import SheetLimits
from kernel.sheets.text_rows import encoding_of
from kernel.sheets.workbook_rows import Workbook

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 60
OUTPUT_BYTES = 192 << 20
LONGEST_FRAME = 256 << 10  # a row of a table is a few hundred bytes; an import holds up to a thousand rows at once

NumberedRows = Iterator[tuple[int, list[Cell]]]


def main() -> None:
    """Answer the one request and end."""
    _limit_itself()
    request = orjson.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    limits = SheetLimits(**request["limits"])
    out = sys.stdout.buffer
    try:
        if data.startswith((ZIP_MAGIC, OLE_MAGIC)):
            sheets = _sheets(Workbook(data, limits), request["sheet"])
        else:
            page = data.decode(request["encoding"] or encoding_of(data), errors="replace")
            sheets = _page(page, limits)
        height, rows = _with_header(sheets, request["expected"])
        out.write(orjson.dumps({"height": height}, option=orjson.OPT_APPEND_NEWLINE))
        out.writelines(_frames(rows))
    except FileRefused as refusal:
        out.seek(0)
        out.truncate()
        out.write(orjson.dumps({"refused": refusal.code, "params": refusal.params}))
    out.flush()


def _limit_itself() -> None:
    try:
        import resource
    except ImportError:  # not a Unix: the time limit of who waits has to do
        return
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        lower = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (lower, lower))


def _sheets(book: Workbook, wanted: str | None) -> Iterator[tuple[int, NumberedRows]]:
    return (book.rows(name) for name in book.sheet_names(wanted))


def _page(text: str, limits: SheetLimits) -> Iterator[tuple[int, NumberedRows]]:
    rows = list(html_rows(text, limits))
    yield len(rows), iter(rows)


def _with_header(
    sheets: Iterable[tuple[int, NumberedRows]], expected: Collection[str]
) -> tuple[int, Iterable[tuple[int, list[Cell]]]]:
    """The first sheet that has a header; the others are not looked at."""
    empty = True
    for height, rows in sheets:
        if height:
            empty = False
            top = list(itertools.islice(rows, HEADER_WITHIN))
            if find_header([cells for _, cells in top], expected) is not None:
                return height, itertools.chain(top, rows)
    if empty:
        raise FileEmpty
    raise HeaderMissing(rows=HEADER_WITHIN, columns="、".join(list(expected)[:8]))


def _frames(rows: Iterable[tuple[int, list[Cell]]]) -> Iterator[bytes]:
    option = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
    for line, cells in rows:
        frame = orjson.dumps([line, *cells], default=_tagged, option=option)
        if len(frame) > LONGEST_FRAME:
            raise FileTooHeavy
        yield frame


def _tagged(cell: Any) -> dict[str, Any]:
    if isinstance(cell, timedelta):
        return {"seconds": cell.total_seconds()}
    if isinstance(cell, datetime | date | time):
        return {type(cell).__name__: cell.isoformat()}
    raise TypeError(type(cell).__name__)


if __name__ == "__main__":
    main()
