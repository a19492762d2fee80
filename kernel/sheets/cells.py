"""What a cell says: text, codes, numbers, as clerks type them and as spreadsheet programs mangle them."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from kernel.sheets.faults import CodeGarbled, NotAnInteger, NotANumber

Cell = str | int | float | bool | datetime | date | time | timedelta

_EXACT_FLOAT = 2**53  # above it, neighbouring integers share one double
_INVISIBLE = dict.fromkeys(
    [
        *range(9),
        11,
        12,
        *range(14, 32),
        127,
        *range(0x80, 0xA0),
        0x200B,  # zero-width space
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),  # bidirectional overrides
        0x2060,
        *range(0x2066, 0x206A),
        0xFEFF,  # a byte order mark in the middle of a file
    ]
)
_INVISIBLE[0xA0] = " "  # a no-break space, as copied from a web page
_INVISIBLE[0x3000] = " "  # an ideographic space
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}", re.ASCII)
_POINT_ZERO = re.compile(r"(\d+)\.0+", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """Text without the control characters, zero-width marks and outer blanks that come along when it is copied."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return text.translate(_INVISIBLE).strip()


def as_text(cell: Cell | None) -> str:
    """What a reader sees in the cell; a whole number without its '.0', a date in ISO form."""
    if isinstance(cell, str):
        return clean(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT_FLOAT else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)


def as_code(cell: Cell | None) -> str:
    """A code or number of a thing (案件编号, 社区代码): full-width signs narrowed, `15.0` as `15`, no blanks around.

    Raises:
        CodeGarbled: a spreadsheet program has rounded it (1.10101E+17), so that the digits are lost.

    """
    if isinstance(cell, float) and abs(cell) >= _EXACT_FLOAT:
        raise CodeGarbled(value=repr(cell))
    text = as_text(cell)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).strip()
    if text.startswith("'"):
        text = text[1:].lstrip()  # Excel's own mark for 'this is text', kept by some exports
    if text[:1].isdigit():
        if whole := _POINT_ZERO.fullmatch(text):
            return whole[1]
        if _ROUNDED.fullmatch(text) and len(text) > 5:
            raise CodeGarbled(value=text)
    return text


def as_number(cell: Cell | None) -> float:
    """A finite number; thousands may be grouped by commas.

    Raises:
        NotANumber: it is not one.

    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        value = float(cell)
    else:
        text = unicodedata.normalize("NFKC", as_text(cell)).replace("−", "-")
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        try:
            value = float(text) if "_" not in text else float("nan")
        except ValueError:
            raise NotANumber(value=as_text(cell)) from None
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN differs from itself
        raise NotANumber(value=as_text(cell))
    return value


def as_integer(cell: Cell | None) -> int:
    """A whole number; `15.0` counts, `15.5` does not.

    Raises:
        NotAnInteger: it is not one, or too large to be exact in a spreadsheet.

    """
    try:
        value = as_number(cell)
    except NotANumber:
        raise NotAnInteger(value=as_text(cell)) from None
    if not value.is_integer() or abs(value) >= _EXACT_FLOAT:
        raise NotAnInteger(value=as_text(cell))
    return int(value)


def header_key(name: str) -> str:
    """A header as it is compared: width, case, blanks, line breaks and the marks for 'required' do not matter."""
    folded = unicodedata.normalize("NFKC", clean(name)).casefold()
    return _SPACES.sub("", folded).strip("*:")
