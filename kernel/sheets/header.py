"""Telling rows of a sheet apart: titles above the header, the header itself, and rows that are no data."""

import re
from collections.abc import Collection, Sequence

from kernel.sheets.cells import Cell, as_text, header_key

HEADER_WITHIN = 30  # rows from the top

_ORDINALS = {"序号", "序", "no", "no.", "#"}
_NUMBERED = re.compile(r"\d+[.、]?")
_SUSPICIOUS = frozenset("本累合总小共tTsSgG制填审复负联打备说注")
_TOTALS = re.compile(
    r"(?:本页|本月|累计)?(?:合计|总计|小计|共计|累计|total|subtotal|grandtotal)(?:[::]?\s*[\d.,]*\s*[件条人分个项]?)?"
)
_FOOTERS = re.compile(
    r"(?:制表|填表|填报|审核|复核|负责人|联系人|打印|备注说明|填表说明|说明|注)(?:人|单位|日期|时间|电话)?\s*[::].*",
    re.DOTALL,
)


def find_header(rows: Sequence[Sequence[Cell]], expected: Collection[str] = ()) -> int | None:
    """The index of the header row among the first rows of a sheet, or None.

    With `expected` names, the first row that has the most of them; without, the first row that is as wide as a
    table, all text and not one text over merged cells.
    """
    if expected:
        wanted = {header_key(name) for name in expected}
        scores = [
            len(wanted & {header_key(name) for name in header_names(row, above=upper_header(rows, index)) if name})
            for index, row in enumerate(rows)
        ]
        best = max(scores, default=0)
        return scores.index(best) if best else None
    widths = [sum(1 for cell in row if as_text(cell)) for row in rows]
    widest = max(widths, default=0)
    for index, row in enumerate(rows):
        filled = [as_text(cell) for cell in row if as_text(cell)]
        texts = all(isinstance(cell, str) for cell in row if as_text(cell))
        if texts and len(set(filled)) * 2 > widest:
            return index
    return None


def upper_header(rows: Sequence[Sequence[Cell]], index: int) -> Sequence[Cell]:
    """The row above, if it can be the upper half of a header: a title is one text, an upper header several."""
    above = rows[index - 1] if index else ()
    return above if len({text for cell in above if (text := as_text(cell))}) > 1 else ()


def header_names(row: Sequence[Cell], *, above: Sequence[Cell] = ()) -> list[str | None]:
    """The names of the columns: None where there is none, a second 备注 as 备注 (2).

    A header of two rows leaves blanks in its lower row under the names that stand in its upper one (`above`).
    """
    names: list[str | None] = []
    seen: dict[str, int] = {}
    for column, cell in enumerate(row):
        name = " ".join(as_text(cell).split())
        if not name and column < len(above):
            name = " ".join(as_text(above[column]).split())
        if not name:
            names.append(None)
            continue
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


class RowSieve:
    """Knows the rows that are no data: empty, only a 序号, 合计 rows, remarks below the table, the header again."""

    def __init__(self, names: Sequence[str | None]) -> None:
        self._keys = [header_key(name) if name else "" for name in names]
        first = next((column for column, key in enumerate(self._keys) if key), 0)
        self._ordinal = first if self._keys and self._keys[first] in _ORDINALS else None
        self._named = sum(1 for key in self._keys if key)

    def is_no_data(self, row: Sequence[Cell]) -> bool:
        """Whether a row below the header holds no data."""
        column, lead = self._lead(row)
        if not lead:
            return True
        # Almost every row is data and shows it by its first letter.
        if lead[0] not in _SUSPICIOUS and (column >= len(self._keys) or lead[0].casefold() != self._keys[column][:1]):
            return False
        folded = header_key(lead)
        if len(folded) <= 12 and _TOTALS.fullmatch(folded):
            return True
        if _FOOTERS.fullmatch(folded) and sum(1 for cell in row if as_text(cell)) * 3 <= max(self._named, 3):
            return True
        return column < len(self._keys) and folded == self._keys[column] and self._repeats_header(row)

    def _lead(self, row: Sequence[Cell]) -> tuple[int, str]:
        """The first cell that says something, a 序号 aside, and its column; '' where there is none."""
        for column, cell in enumerate(row):
            if cell == "" or cell is None:
                continue
            text = as_text(cell)
            if text and not (column == self._ordinal and (isinstance(cell, int | float) or _NUMBERED.fullmatch(text))):
                return column, text
        return 0, ""

    def _repeats_header(self, row: Sequence[Cell]) -> bool:
        keys = [header_key(as_text(cell)) for cell in row[: len(self._keys)]]
        return [key for key in keys if key] == [key for key in self._keys if key]
