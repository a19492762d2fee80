"""Reading the fields of a row one by one, so that all that is wrong with it is told at once."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

from cases.imports.mapping import Mapping as AnyMapping
from cases.imports.readers import MomentReading, Reading, bind, bind_moment, local_day
from cases.imports.results import RowFault
from cases.imports.sources import MomentSource, ValueSource
from kernel.errors import Refusal
from kernel.sheets import CellEmpty, SheetRow, Table, as_integer

T = TypeVar("T")
_BETWEEN = re.compile(r"[、,，;；|\n]+")


class BoundMapping:
    """The sources of a mapping on the columns of one sheet.

    Raises:
        ColumnMissing: the sheet lacks a column that the mapping names.

    """

    def __init__(self, mapping: AnyMapping, table: Table, *, codes: frozenset[str], year: int | None = None) -> None:
        self.values: dict[str, Reading] = {}
        self.moments: dict[str, MomentReading] = {}
        self.zones: dict[str, str] = {}
        for field, source in mapping.sources.items():
            if isinstance(source, ValueSource):
                self.values[field] = bind(source, table, field, as_it_stands=field not in codes)
            elif isinstance(source, MomentSource):
                self.moments[field] = bind_moment(source, table, field, year=year)
                self.zones[field] = source.zone

    def column(self, field: str) -> str | None:
        """The header under which a person finds a field."""
        reading = self.values.get(field) or self.moments.get(field)
        return reading.column if reading else None

    def fault(self, line: int, refusal: Refusal, fields: Mapping[str, str]) -> RowFault:
        """A refusal of a verb as a fault; `fields` says which field a JSON pointer means."""
        return RowFault.of(line, self.column(fields.get(refusal.pointer or "", "")), refusal)


class RowReader:
    """One row under a bound mapping; what cannot be read is collected in `faults`."""

    def __init__(self, bound: BoundMapping, row: SheetRow) -> None:
        self._bound = bound
        self._row = row
        self.faults: list[RowFault] = [RowFault.of(row.line, None, row.fault)] if row.fault else []

    def text(self, field: str) -> str:
        """What a field says, '' if nothing."""
        reading = self._bound.values.get(field)
        return self._attempt(field, lambda: reading.read(self._row.cells) if reading else "") or ""

    def needed(self, field: str) -> str:
        """What a field says; nothing is a fault."""
        before = len(self.faults)
        value = self.text(field)
        if not value and len(self.faults) == before:
            self._fail(field, CellEmpty())
        return value

    def several(self, field: str) -> tuple[str, ...]:
        """The parts of a field that lists several."""
        return tuple(part for piece in _BETWEEN.split(self.text(field)) if (part := piece.strip()))

    def integer(self, field: str) -> int | None:
        """A whole number, or None where nothing stands."""
        text = self.text(field)
        return self._attempt(field, lambda: as_integer(text)) if text else None

    def needed_integer(self, field: str) -> int | None:
        """A whole number; nothing is a fault."""
        text = self.needed(field)
        return self._attempt(field, lambda: as_integer(text)) if text else None

    def moment(self, field: str) -> datetime | None:
        """An instant, or None where nothing stands."""
        reading = self._bound.moments.get(field)
        return self._attempt(field, lambda: reading.read(self._row.cells)) if reading else None

    def needed_moment(self, field: str) -> datetime | None:
        """An instant; nothing is a fault."""
        before = len(self.faults)
        moment = self.moment(field)
        if moment is None and len(self.faults) == before:
            self._fail(field, CellEmpty())
        return moment

    def day(self, field: str) -> date | None:
        """A local day, or None where nothing stands."""
        return local_day(self.moment(field), self._bound.zones.get(field, "UTC"))

    def needed_day(self, field: str) -> date | None:
        """A local day; nothing is a fault."""
        return local_day(self.needed_moment(field), self._bound.zones[field])

    def _attempt(self, field: str, read: Callable[[], T]) -> T | None:
        if self._row.fault:
            return None
        try:
            return read()
        except Refusal as refusal:
            self._fail(field, refusal)
            return None

    def _fail(self, field: str, refusal: Refusal) -> None:
        if not self._row.fault:
            self.faults.append(RowFault.of(self._row.line, self._bound.column(field), refusal))
