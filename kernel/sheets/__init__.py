"""Tables as people keep them: .csv, .xls, .xlsx and .ndjson, with whatever stands above, below and between the rows."""

from kernel.sheets.cells import Cell, as_code, as_integer, as_number, as_text, clean, header_key
from kernel.sheets.faults import CellEmpty, CellFault, DateImpossible, FileRefused, HeaderMissing, NotADate, TextTooLong
from kernel.sheets.limits import LIMITS, SheetLimits
from kernel.sheets.moments import format_reader, read_moment, to_instant
from kernel.sheets.table import SheetRow, Table, read_table

__all__ = [
    "LIMITS",
    "Cell",
    "CellEmpty",
    "CellFault",
    "DateImpossible",
    "FileRefused",
    "HeaderMissing",
    "NotADate",
    "SheetLimits",
    "SheetRow",
    "Table",
    "TextTooLong",
    "as_code",
    "as_integer",
    "as_number",
    "as_text",
    "clean",
    "format_reader",
    "header_key",
    "read_moment",
    "read_table",
    "to_instant",
]
