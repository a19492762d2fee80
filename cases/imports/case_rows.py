"""Rows of a sheet as cases: what was reported, and how far the sheet says it has come. No database is touched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cases.imports.lanes import LaneFinder, bind_lane
from cases.imports.mapping import CasesMapping
from cases.imports.readers import (
    Cells,
    MomentReading,
    Reading,
    as_yes_or_no,
    bind,
    bind_moment,
    required,
)
from cases.imports.refusals import OutcomeUnknown
from cases.imports.results import RowFault
from cases.imports.sources import MomentSource, ValueSource
from cases.intake import CaseReport
from cases.wording import State
from kernel.audit import SYSTEM
from kernel.errors import Refusal
from kernel.messages import Text
from kernel.sheets import CellEmpty, SheetRow, Table, as_number, header_key
from stewards.principal import Principal

T = TypeVar("T")

# Where a person looks for what a refusal points at.
_FIELD_OF_POINTER = {
    "/source": "source",
    "/external_id": "external_id",
    "/channel": "channel",
    "/category": "category",
    "/reported_at": "reported_at",
    "/lane": "lane",
    "/steward": "steward",
    "/urgency": "urgency",
    "/livelihood": "livelihood",
    "/description": "description",
    "/address": "address",
    "/latitude": "latitude",
    "/longitude": "longitude",
    "/reason": "outcome",
    "/note": "outcome",
    "/occurred_at": "solved_at",
    "/duplicate_of": "duplicate_of",
}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row that could be read."""

    line: int
    report: CaseReport
    wanted: State
    said: str  # the cell that the wanted state was read from
    reason: str | None
    verified_at: datetime | None
    solved_at: datetime | None
    original: str | None  # external id

    @property
    def key(self) -> tuple[str, str]:
        """What a case is stored once by."""
        return (self.source, self.report.external_id)

    @property
    def source(self) -> str:
        """Whose numbers it carries; a mapping always says."""
        return self.report.source or ""


class CaseRows:
    """Reads rows of one sheet by one mapping. `categories` are codes by the names that people know them by.

    Raises:
        ColumnMissing: the sheet lacks a column that the mapping names.

    """

    def __init__(
        self,
        mapping: CasesMapping,
        table: Table,
        finder: LaneFinder,
        principal: Principal,
        *,
        year: int | None,
        categories: Mapping[str, str],
    ) -> None:
        self._categories = categories
        self._principal = principal
        self._columns: dict[str, str | None] = {}
        self._lane_column, self._lane_of = bind_lane(mapping.lane, table, finder)
        self._columns["lane"] = self._lane_column

        def value(field: str, *, as_it_stands: bool = False) -> Reading | None:
            source = getattr(mapping, field)
            if source is None:
                return None
            assert isinstance(source, ValueSource)  # noqa: S101 - the fields asked for below
            reading = bind(source, table, field, as_it_stands=as_it_stands)
            self._columns[field] = reading.column
            return reading

        def needed(field: str, *, as_it_stands: bool = False) -> Reading:
            reading = value(field, as_it_stands=as_it_stands)
            assert reading is not None  # noqa: S101 - the mapping requires these fields
            return reading

        def moment(field: str) -> MomentReading | None:
            source = getattr(mapping, field)
            if source is None:
                return None
            assert isinstance(source, MomentSource)  # noqa: S101 - the fields asked for below
            reading = bind_moment(source, table, field, year=year)
            self._columns[field] = reading.column
            return reading

        self._source = needed("source", as_it_stands=True)
        self._external_id = needed("external_id")
        self._category = needed("category", as_it_stands=True)
        self._outcome = needed("outcome", as_it_stands=True)
        self._urgency = needed("urgency", as_it_stands=True)
        self._livelihood = needed("livelihood", as_it_stands=True)
        self._channel = needed("channel", as_it_stands=True)
        self._steward = value("steward")
        self._reason = value("reason", as_it_stands=True)
        self._duplicate_of = value("duplicate_of")
        self._description = value("description", as_it_stands=True)
        self._address = value("address", as_it_stands=True)
        self._latitude = value("latitude", as_it_stands=True)
        self._longitude = value("longitude", as_it_stands=True)
        self._reported_at = moment("reported_at")
        self._verified_at = moment("verified_at")
        self._solved_at = moment("solved_at")

    def read(self, row: SheetRow) -> CaseRow | list[RowFault]:
        """The case of a row, or everything that is wrong with it."""
        if row.fault:
            return [RowFault.of(row.line, None, row.fault)]
        cells = row.cells
        faults: list[RowFault] = []

        def attempt(field: str, read: Callable[[Cells], T]) -> T | None:
            try:
                return read(cells)
            except Refusal as refusal:
                faults.append(RowFault.of(row.line, self._columns.get(field), refusal))
                return None

        external_id = attempt("external_id", lambda cells: required(self._external_id, cells))
        source = attempt("source", lambda cells: required(self._source, cells))
        reported_at = attempt("reported_at", self._read_reported_at)
        category = attempt("category", self._read_category)
        lane = attempt("lane", self._lane_of)
        wanted = attempt("outcome", self._read_outcome)
        urgency = attempt("urgency", self._urgency.read)
        livelihood = attempt("livelihood", lambda cells: as_yes_or_no(self._livelihood.read(cells)))
        channel = attempt("channel", self._channel.read)
        steward = attempt("steward", self._steward.read) if self._steward else None
        latitude = attempt("latitude", lambda cells: _number(self._latitude, cells))
        longitude = attempt("longitude", lambda cells: _number(self._longitude, cells))
        verified_at = attempt("verified_at", self._verified_at.read) if self._verified_at else None
        solved_at = attempt("solved_at", self._solved_at.read) if self._solved_at else None
        reason = attempt("reason", self._reason.read) if self._reason else None
        original = attempt("duplicate_of", self._duplicate_of.read) if self._duplicate_of else None
        if faults:
            return faults
        assert external_id and source and reported_at and category and lane and wanted  # noqa: PT018, S101 - else there is a fault
        report = CaseReport(
            source=source,
            external_id=external_id,
            channel=channel or "sheet",
            category=category,
            reporter=SYSTEM,  # the sheet: whoever imports it may verify what it says
            reported_at=reported_at,
            lane_id=lane.id,
            steward_number=steward or None,
            urgency=urgency or "normal",
            livelihood=bool(livelihood),
            description=self._description.read(cells) if self._description else "",
            address=" ".join(self._address.read(cells).split()) if self._address else "",  # on one line
            latitude=latitude,
            longitude=longitude,
            principal=self._principal,
        )
        return CaseRow(
            line=row.line,
            report=report,
            wanted=wanted,
            said=_said(self._outcome, cells),
            reason=reason or None,
            verified_at=verified_at,
            solved_at=solved_at,
            original=original or None,
        )

    def fault(self, line: int, refusal: Refusal, names: Mapping[str, str]) -> RowFault:
        """A refusal of a verb as the fault of a row, at the column that a person would look at.

        `names` are external ids by case number: a clerk knows a case by the number in the sheet.
        """
        field = _FIELD_OF_POINTER.get(refusal.pointer or "")
        column = self._columns.get(field) if field else None
        if column is None and refusal.pointer == "/steward":
            column = self._lane_column  # found by duty in the lane
        said = {
            name: names.get(value, value) if isinstance(value, str) else value for name, value in refusal.params.items()
        }
        return RowFault(line, column, refusal.code, Text(refusal.message, said))

    def _read_reported_at(self, cells: Cells) -> datetime:
        assert self._reported_at is not None  # noqa: S101 - the mapping requires it
        moment = self._reported_at.read(cells)
        if moment is None:
            raise CellEmpty
        return moment

    def _read_category(self, cells: Cells) -> str:
        value = required(self._category, cells)
        return self._categories.get(header_key(value), value)

    def _read_outcome(self, cells: Cells) -> State:
        value = required(self._outcome, cells).lower()
        try:
            return State(value)
        except ValueError:
            raise OutcomeUnknown(value=value[:64], choices="、".join(State)) from None


def _number(reading: Reading | None, cells: Cells) -> float | None:
    text = reading.read(cells) if reading else ""
    return as_number(text) if text else None


def _said(outcome: Reading, cells: Cells) -> str:
    return str(cells.get(outcome.column, "")).strip() if outcome.column else ""
