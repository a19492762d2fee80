"""Tables to take away: .xlsx and .csv whose cells no spreadsheet program runs."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from urllib.parse import quote

import xlsxwriter
from litestar import Response

from kernel.clock import local_minute

Cell = str | int | float | Decimal | None  # money is a Decimal of yuan
Format = Literal["xlsx", "csv"]

MEDIA_TYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# What a spreadsheet program may take for the beginning of a formula, full-width signs included.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDEST = 48


def harmless(cell: Cell) -> Cell:
    """A cell that stays text: what looks like a formula gets an apostrophe before it. Numbers stay numbers."""
    if isinstance(cell, str) and cell.lstrip(" \u3000").startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


def local_time(instant: datetime | None) -> str:
    """An instant as clerks write it, in local time: 2026-11-23 09:30."""
    return local_minute(instant) if instant else ""


def csv_of(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A CSV file with a byte order mark, so that spreadsheet programs read it as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headers)
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def xlsx_of(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook with one sheet, its header row fixed, its columns as wide as what they hold."""
    return book_of([Sheet("Sheet1", headers, rows)])


def book_of(sheets: Sequence[Sheet]) -> bytes:
    """A workbook of several sheets."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    money = book.add_format({"num_format": "#,##0.00"})
    bold = book.add_format({"bold": True, "bg_color": "#fff3d1", "bottom": 1})
    for title, headers, rows in sheets:
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for at, header in enumerate(headers):
            sheet.write_string(0, at, header, bold)
            widest = max([_width(header), *(_width(str(row[at])) for row in rows if row[at] is not None)])
            sheet.set_column(at, at, min(_WIDEST, widest + 2))
        for line, row in enumerate(rows, 1):
            for at, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(line, at, float(cell), money)
                elif isinstance(cell, int | float):
                    sheet.write_number(line, at, cell)
                elif cell:
                    sheet.write_string(line, at, str(harmless(cell)))
    book.close()
    return out.getvalue()


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def download(name: str, kind: Format, headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response[bytes]:
    """A table as a file to save, under a name that may be Chinese (RFC 6266)."""
    content = xlsx_of(headers, rows) if kind == "xlsx" else csv_of(headers, rows)
    return attachment(content, f"{name}.{kind}", MEDIA_TYPES[kind])


def attachment(content: bytes, name: str, media_type: str) -> Response[bytes]:
    """Bytes as a file to save."""
    disposition = f"attachment; filename=\"download\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})
