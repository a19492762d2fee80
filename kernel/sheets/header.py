"""Telling rows of a sheet apart: titles above the header, the header itself, and rows that are no data."""

import re
from collections.abc import Collection, Sequence

from kernel.sheets.cells import Cell, as_text, header_key

HEADER_WITHIN = 30  # rows from the top

_ORDINAL = {"序号", "编号", "no", "no.", "#", "序"}
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
        self._ordinal = first if self._keys and self._keys[first] in _ORDINAL - {"编号"} else None
        self._named = sum(1 for key in self._keys if key)

    def is_no_data(self, row: Sequence[Cell]) -> bool:
        """Whether a row below the header holds no data."""
        # Almost every row is full: the tests below are for the few that are not.
        filled = [(column, cell) for column, cell in enumerate(row) if cell != "" and cell is not None]
        if (
            self._ordinal is not None
            and filled
            and filled[0][0] == self._ordinal
            and isinstance(filled[0][1], int | float)
        ):
            filled = filled[1:]
        texts = [(column, text) for column, cell in filled[:4] if (text := as_text(cell))]
        if not texts:
            return not any(as_text(cell) for _, cell in filled)
        column, lead = texts[0]
        if self._ordinal == column:
            if len(texts) == 1 and lead.strip(".、").isdigit():
                return True
            if lead.strip(".、").isdigit():
                column, lead = texts[1]
        folded = header_key(lead)
        if len(folded) <= 12 and _TOTALS.fullmatch(folded):
            return True
        if len(texts) * 3 <= max(self._named, 3) and _FOOTERS.fullmatch(folded):
            return True
        return folded == self._keys[column] if column < len(self._keys) and self._repeats_header(row) else False

    def _repeats_header(self, row: Sequence[Cell]) -> bool:
        keys = [header_key(as_text(cell)) for cell in row[: len(self._keys)]]
        return [key for key in keys if key] == [key for key in self._keys if key]
