"""Mappings made ready for one sheet: each source bound to the columns that are there."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from cases.imports.refusals import ColumnMissing, NotYesOrNo, ValueUnknown
from cases.imports.sources import MomentSource, ValueSource
from kernel.errors import Refusal
from kernel.sheets import (
    Cell,
    CellEmpty,
    SheetRow,
    Table,
    as_code,
    as_text,
    format_reader,
    header_key,
    read_moment,
    to_instant,
)

Cells = Mapping[str, Cell]
_SLUG_GAPS = re.compile(r"[\W_]+")
_YES = {"yes", "true", "1", "是", "y", "√", "✓"}
_NO = {"no", "false", "0", "否", "n", "", "×"}
_YEAR = re.compile(r"(?<!\d)(20\d\d|19\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Reading:
    """A source bound to a sheet: `read` answers the value of a row, '' where there is none."""

    column: str | None  # where a person would look
    read: Callable[[Cells], str]


@dataclass(frozen=True, slots=True)
class MomentReading:
    """A source of moments bound to a sheet: None where the cell is empty."""

    column: str | None
    read: Callable[[Cells], datetime | None]


def bind(source: ValueSource, table: Table, field: str, *, as_it_stands: bool = False) -> Reading:
    """A source on the columns of a table. `as_it_stands` keeps text as typed; else it is read as a code.

    Raises:
        ColumnMissing: the table lacks the column.

    """
    if source.constant is not None:
        said = _finish(source, as_text(source.constant))
        return Reading(None, lambda _: said)
    if source.join:
        parts = [bind(part, table, field, as_it_stands=as_it_stands) for part in source.join]
        column = next((part.column for part in parts if part.column), None)
        return Reading(column, _joined(source, [part.read for part in parts], field))
    column = table.column(source.column or "", *source.aliases)
    is_code = not as_it_stands if source.as_code is None else source.as_code
    if column is None:
        if not source.optional:
            raise _missing(source.column, field, table)
        nothing = _finish(source, source.empty or "")
        return Reading(None, lambda _: nothing)
    return Reading(column, _single(source, column, field, as_code if is_code else as_text))


def bind_moment(source: MomentSource, table: Table, field: str, *, year: int | None) -> MomentReading:
    """A source of moments on the columns of a table; they are read as UTC instants.

    Raises:
        ColumnMissing: the table lacks the column.

    """
    zone = ZoneInfo(source.zone)
    stated = source.year or year
    if source.constant is not None:
        fixed = to_instant(read_moment(source.constant, year=stated), zone)
        return MomentReading(None, lambda _: fixed)
    column = table.column(source.column or "", *source.aliases)
    if column is None:
        if not source.optional:
            raise _missing(source.column, field, table)
        return MomentReading(None, lambda _: None)
    by_format = format_reader(source.format) if source.format else None
    of_day = bind(source.time, table, f"{field}.time", as_it_stands=True) if source.time else None

    def read(cells: Cells) -> datetime | None:
        cell = cells.get(column, "")
        if cell == "" or (isinstance(cell, str) and not as_text(cell)):
            return None
        if of_day is not None:
            clock = cells.get(of_day.column or "", "")
            day = as_text(cell).split(" ")[0] if isinstance(cell, datetime) else as_text(cell)
            cell = f"{day} {clock.isoformat() if isinstance(clock, time) else of_day.read(cells)}".strip()
        if by_format is not None and not isinstance(cell, date):
            return to_instant(by_format(as_text(cell)), zone)
        return to_instant(read_moment(cell, year=stated), zone)

    return MomentReading(column, read)


def year_of(titles: Sequence[str], name: str) -> int | None:
    """The year that a sheet is about, if its titles or the name of its file state exactly one."""
    for text in ("\n".join(titles), name):
        found = {int(year) for year in _YEAR.findall(text)}
        if len(found) == 1:
            return found.pop()
    return None


def as_yes_or_no(value: str) -> bool:
    """Whether a cell says yes; nothing is no.

    Raises:
        NotYesOrNo: it says something else.

    """
    folded = value.lower()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise NotYesOrNo(value=value)


@lru_cache(maxsize=65_536)
def slug(text: str) -> str:
    """A code made of a text: lower case, letters and digits of any script, hyphens between; 64 characters at most.

    What is cut off is told apart by a digest: two long names never share a code.
    """
    made = _SLUG_GAPS.sub("-", text.casefold()).strip("-")
    return made if len(made) <= 32 else f"{made[:23].rstrip('-')}-{digest(made)[:8]}"


@lru_cache(maxsize=65_536)
def digest(text: str) -> str:
    """12 hexadecimal digits that are always the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class FillDown:
    """Repeats the cell above in columns whose blanks mean 'the same' (merged cells of a sheet saved as text)."""

    def __init__(self, columns: Sequence[str], table: Table) -> None:
        self._columns = [found for name in columns if (found := table.column(name))]
        self._last: dict[str, Cell] = {}

    def fill(self, row: SheetRow) -> SheetRow:
        """The row with its blanks filled."""
        if not self._columns or row.fault:
            return row
        cells = dict(row.cells)
        for column in self._columns:
            if as_text(cells.get(column, "")):
                self._last[column] = cells[column]
            elif column in self._last:
                cells[column] = self._last[column]
        return SheetRow(row.line, cells)


def required(reading: Reading, cells: Cells) -> str:
    """The value of a row.

    Raises:
        CellEmpty: there is none.

    """
    value = reading.read(cells)
    if not value:
        raise CellEmpty
    return value


def _missing(column: str | None, field: str, table: Table) -> Refusal:
    return ColumnMissing(column=column, field=field, columns="、".join(table.columns[:40]))


def _finish(source: ValueSource, value: str) -> str:
    if not value:
        return value
    if source.transform == "slug":
        value = slug(value)
    elif source.transform == "digest":
        value = digest(value)
    return source.prefix + value


def _meaning(source: ValueSource, field: str) -> Callable[[str], str]:
    """What a cell's text means, remembered: a sheet has few different texts in such a column."""
    known = {header_key(said): meant for said, meant in source.values.items()}
    plain = not (known or source.empty or source.transform or source.prefix)
    remembered: dict[str, str] = {}

    def meaning(text: str) -> str:
        if plain:
            return text
        found = remembered.get(text)
        if found is None:
            if not text and source.empty is not None:
                value = source.empty
            elif known and text:
                meant = known.get(header_key(text), source.otherwise)
                if meant is None:
                    raise ValueUnknown(value=text[:64], field=field)
                value = meant
            else:
                value = text
            found = _finish(source, value)
            if len(remembered) < 100_000:
                remembered[text] = found
        return found

    return meaning


def _single(source: ValueSource, column: str, field: str, plain: Callable[[Cell], str]) -> Callable[[Cells], str]:
    meaning = _meaning(source, field)
    return lambda cells: meaning(plain(cells.get(column, "")))


def _joined(source: ValueSource, parts: Sequence[Callable[[Cells], str]], field: str) -> Callable[[Cells], str]:
    meaning = _meaning(source, field)
    separator = source.separator

    def read(cells: Cells) -> str:
        values = [part(cells) for part in parts]
        # A name with a gap in it would be the name of something else.
        return meaning(separator.join(values) if all(values) else "")

    return read


def local_day(moment: datetime | None, zone: str) -> date | None:
    """The day on the wall calendar of a zone."""
    return moment.astimezone(ZoneInfo(zone)).date() if moment else None
