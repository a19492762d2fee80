"""Rows of HTML tables that call themselves .xls, as many platforms export them."""

from collections.abc import Iterator
from html.parser import HTMLParser

from kernel.sheets.cells import Cell
from kernel.sheets.faults import TooManyCells
from kernel.sheets.limits import SheetLimits

_WIDEST_SPAN = 256


def looks_like_html(data: bytes) -> bool:
    """Whether a file begins like a web page, whatever its name is."""
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head")) or (
        head.startswith(b"<?xml") and b"<html" in head
    )


class _Tables(HTMLParser):
    def __init__(self, limits: SheetLimits) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[Cell]] = []
        self._limits = limits
        self._row: dict[int, Cell] | None = None
        self._held: dict[int, tuple[int, str]] = {}  # column -> rows left and text of a cell that spans rows
        self._cell: list[str] | None = None
        self._spans = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_row()
            self._row = {}
        elif tag in {"td", "th"} and self._row is not None:
            self._end_cell()
            spans = {name: value for name, value in attrs if name in {"colspan", "rowspan"}}
            self._spans = (_span(spans.get("colspan")), _span(spans.get("rowspan")))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._end_cell()
        elif tag in {"tr", "table", "tbody", "thead"}:
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._end_row()

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        text = " ".join("".join(self._cell).split())
        self._cell = None
        self._take_held()
        column = len(self._row)
        for offset in range(min(self._spans[0], self._limits.columns - column)):
            self._row[column + offset] = text
            if self._spans[1] > 1:
                self._held[column + offset] = (self._spans[1] - 1, text)

    def _take_held(self) -> None:
        if self._row is None:
            return
        while (column := len(self._row)) in self._held:
            left, text = self._held.pop(column)
            self._row[column] = text
            if left > 1:
                self._held[column] = (left - 1, text)
                if column + 1 not in self._held:
                    return

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        self._take_held()
        self.rows.append([self._row[column] for column in sorted(self._row)])
        self._row = None
        if len(self.rows) > self._limits.rows:
            raise TooManyCells(rows=self._limits.rows, columns=self._limits.columns)


def _span(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit():
        return 1
    return max(1, min(int(text), _WIDEST_SPAN)) if len(text) < 9 else _WIDEST_SPAN  # int() refuses 5,000 digits


def html_rows(text: str, limits: SheetLimits) -> Iterator[tuple[int, list[Cell]]]:
    """Line and cells of each row of the tables on a page; cells that span others are repeated in them."""
    parser = _Tables(limits)
    parser.feed(text)
    parser.close()
    yield from enumerate(parser.rows, 1)
