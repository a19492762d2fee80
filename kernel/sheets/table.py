"""A table of a file: its header, and its rows one by one with the line on which a clerk sees each."""

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import Refusal
from kernel.sheets.apart import OLE_MAGIC, ZIP_MAGIC, rows_apart
from kernel.sheets.cells import Cell, as_text, header_key
from kernel.sheets.faults import (
    FileEmpty,
    FileKindUnknown,
    FileTooLarge,
    HeaderMissing,
    RowTooWide,
    RowUnreadable,
    TooManyCells,
)
from kernel.sheets.header import HEADER_WITHIN, RowSieve, find_header, header_names, upper_header
from kernel.sheets.html_rows import looks_like_html
from kernel.sheets.limits import LIMITS, SheetLimits
from kernel.sheets.text_rows import csv_rows, ndjson_rows

NumberedRows = Iterator[tuple[int, list[Cell]]]
_TEXT_NAMES = (".csv", ".txt", ".tsv", ".xls", ".xlsx", ".et", "")
_JSON_NAMES = (".ndjson", ".jsonl")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: the line that a spreadsheet program shows beside it, and its cells by column name.

    `fault` says why the line is no row of the table; its cells are then empty.
    """

    line: int
    cells: Mapping[str, Cell]
    fault: Refusal | None = None


@dataclass(slots=True)
class Table:
    """The table of a file. Iterate it once; `estimated_rows` is for a progress bar, `left_aside` counts the lines
    below the header that are no data (合计, 序号 alone, remarks).
    """

    columns: tuple[str, ...]
    header_line: int
    estimated_rows: int
    _rows: Iterator[SheetRow]
    titles: tuple[str, ...] = ()
    left_aside: int = 0

    def __iter__(self) -> Iterator[SheetRow]:
        return self._rows

    def column(self, *names: str) -> str | None:
        """The column that has one of these names, in the order given, however its header is typed."""
        known = {header_key(column): column for column in reversed(self.columns)}
        return next((known[key] for name in names if (key := header_key(name)) in known), None)


def read_table(
    source: bytes | Path,
    name: str,
    *,
    expected: Collection[str] = (),
    sheet: str | None = None,
    encoding: str | None = None,
    limits: SheetLimits = LIMITS,
) -> Table:
    """Open the table of a file, told by its content rather than by its name.

    `expected` are header names that help to find the header below title rows; `sheet` picks a sheet of a workbook
    (else the first one that has a header), `encoding` overrides what is recognised.

    Workbooks and web pages are opened in a process of their own, and this waits for it: call it in a thread.

    Raises:
        FileRefused: the file is empty, too large, damaged, locked, in an unknown encoding, or has no header.

    """
    data = source.read_bytes() if isinstance(source, Path) and _small_enough(source, limits) else source
    assert isinstance(data, bytes)  # noqa: S101 - tells the type checker what the line above did
    if len(data) > limits.file_bytes:
        raise FileTooLarge(limit_mib=limits.file_bytes >> 20)
    if not data.strip():
        raise FileEmpty
    suffix = Path(name).suffix.lower()
    is_workbook = data.startswith((ZIP_MAGIC, OLE_MAGIC))
    if not is_workbook:
        if suffix in _JSON_NAMES or (suffix not in _TEXT_NAMES and data.lstrip().startswith(b"{")):
            return _open_ndjson(data, limits)
        if suffix not in _TEXT_NAMES or _is_binary(data):
            raise FileKindUnknown
    if is_workbook or looks_like_html(data):
        height, rows = rows_apart(data, expected=expected, sheet=sheet, encoding=encoding, limits=limits)
    else:
        height, rows = data.count(b"\n") + 1, csv_rows(data, encoding)
    found = _open_rows(rows, height, expected, limits)
    if found is None:
        raise HeaderMissing(rows=HEADER_WITHIN, columns="、".join(list(expected)[:8]))
    return found


def _small_enough(path: Path, limits: SheetLimits) -> bool:
    if path.stat().st_size > limits.file_bytes:
        raise FileTooLarge(limit_mib=limits.file_bytes >> 20)
    return True


def _is_binary(data: bytes) -> bool:
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return b"\0" in data[:4096] and not is_utf16


def _open_rows(rows: NumberedRows, height: int, expected: Collection[str], limits: SheetLimits) -> Table | None:
    top = list(itertools.islice(rows, HEADER_WITHIN))
    at = find_header([cells for _, cells in top], expected)
    if at is None:
        return None
    header_line, header = top[at]
    if len(header) > limits.columns:
        raise TooManyCells(rows=limits.rows, columns=limits.columns)
    names = header_names(header, above=upper_header([cells for _, cells in top], at))
    table = Table(
        columns=tuple(name for name in names if name),
        header_line=header_line,
        estimated_rows=max(height - header_line, 0),
        _rows=iter(()),
        titles=tuple(dict.fromkeys(text for _, cells in top[:at] for cell in cells if (text := as_text(cell)))),
    )
    table._rows = _data_rows(table, itertools.chain(top[at + 1 :], rows), names, limits)
    return table


def _data_rows(table: Table, rows: NumberedRows, names: list[str | None], limits: SheetLimits) -> Iterator[SheetRow]:
    sieve = RowSieve(names)
    width = len(names)
    named = [(column, name) for column, name in enumerate(names) if name]
    all_named = [name for name in names if name] if len(named) == width else None
    for line, cells in rows:
        if line > limits.rows:
            raise TooManyCells(rows=limits.rows, columns=limits.columns)
        if sieve.is_no_data(cells):
            table.left_aside += 1
            continue
        if len(cells) > width and (extra := sum(1 for cell in cells[width:] if as_text(cell))):
            yield SheetRow(line, {}, RowTooWide(extra=extra))
        elif all_named and len(cells) >= width:
            yield SheetRow(line, dict(zip(all_named, cells, strict=False)))
        else:
            yield SheetRow(line, {name: cells[column] if column < len(cells) else "" for column, name in named})


def _open_ndjson(data: bytes, limits: SheetLimits) -> Table:
    def rows() -> Iterator[SheetRow]:
        for line, cells in ndjson_rows(data):
            if line > limits.rows:
                raise TooManyCells(rows=limits.rows, columns=limits.columns)
            yield SheetRow(line, {}, RowUnreadable()) if cells is None else SheetRow(line, cells)

    columns: dict[str, None] = {}
    for _, cells in itertools.islice(ndjson_rows(data), 200):
        columns.update(dict.fromkeys(cells or ()))
    if not columns:
        raise HeaderMissing(rows=HEADER_WITHIN, columns="JSON")
    return Table(columns=tuple(columns), header_line=0, estimated_rows=data.count(b"\n") + 1, _rows=rows())
