"""Rows of workbooks: .xlsx and .xls through calamine, with what a hostile or careless file may not do."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from kernel.sheets.apart import OLE_MAGIC, ZIP_MAGIC
from kernel.sheets.cells import Cell
from kernel.sheets.faults import FileDamaged, FileKindUnknown, FileLocked, FileTooLarge, SheetMissing, TooManyCells
from kernel.sheets.limits import SheetLimits

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_CHUNK = 1 << 20
# calamine would go on to read these, and their limits are unknown.
_OTHER_FORMATS = {"xl/workbook.bin", "content.xml", "mimetype"}


def check_archive(data: bytes, limits: SheetLimits) -> None:
    """Unpack an .xlsx into nothing, to find out what it would become in memory.

    The sizes that an archive states about itself are not believed.

    Raises:
        FileDamaged: not a readable archive.
        FileKindUnknown: an archive of something else.
        FileTooLarge: it unpacks to too many bytes.

    """
    left = limits.unpacked_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names or names & _OTHER_FORMATS:
                raise FileKindUnknown
            if len(entries) > 4096:
                raise FileTooLarge(limit_mib=limits.unpacked_bytes >> 20)
            for entry in entries:
                left = _unpack(data, entry, left, limits)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError, OSError) as error:
        raise FileDamaged from error


def _unpack(data: bytes, entry: zipfile.ZipInfo, left: int, limits: SheetLimits) -> int:
    start = entry.header_offset
    if data[start : start + 4] != ZIP_MAGIC:
        raise FileDamaged
    name_bytes, extra_bytes = struct.unpack_from("<HH", data, start + 26)
    start += 30 + name_bytes + extra_bytes
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise FileDamaged
    inflate = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    packed = memoryview(data)[start : start + entry.compress_size]
    rest: bytes | memoryview = packed
    while rest:
        if inflate is None:
            chunk, rest = bytes(rest[:_CHUNK]), rest[_CHUNK:]
        else:
            chunk = inflate.decompress(rest, _CHUNK)
            rest = inflate.unconsumed_tail
            if inflate.eof:
                rest = b""
        left -= len(chunk)
        if left < 0:
            raise FileTooLarge(limit_mib=limits.unpacked_bytes >> 20)
    return left


def _check_extent(width: int, height: int, limits: SheetLimits) -> None:
    if height > limits.rows or width > limits.columns or width * height > limits.cells:
        raise TooManyCells(rows=limits.rows, columns=limits.columns)


class Workbook:
    """An opened workbook whose sheets are read one by one.

    Raises:
        FileLocked: it asks for a password.
        FileDamaged: it cannot be read.
        FileTooLarge: it unpacks to too many bytes.
        TooManyCells: it has too many rows or columns.

    """

    def __init__(self, data: bytes, limits: SheetLimits) -> None:
        self._limits = limits
        if data.startswith(OLE_MAGIC) and _ENCRYPTED in data:
            raise FileLocked
        if data.startswith(ZIP_MAGIC):
            check_archive(data, limits)
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except PasswordError:
            raise FileLocked from None
        except (CalamineError, ValueError, OSError) as error:
            raise FileDamaged from error

    def sheet_names(self, wanted: str | None = None) -> list[str]:
        """The sheet that was asked for, or those to look at, visible ones first.

        Raises:
            SheetMissing: there is none of that name.

        """
        known = [sheet for sheet in self._book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
        if wanted is None:
            known.sort(key=lambda sheet: sheet.visible is not SheetVisibleEnum.Visible)
            return [sheet.name for sheet in known]
        if wanted not in {sheet.name for sheet in known}:
            raise SheetMissing(sheet=wanted, sheets="、".join(sheet.name for sheet in known))
        return [wanted]

    def rows(self, name: str) -> tuple[int, Iterator[tuple[int, list[Cell]]]]:
        """How many rows a sheet has, and each with its line; merged cells all hold what the first one shows."""
        try:
            sheet = self._book.get_sheet_by_name(name)
        except (CalamineError, ValueError, OSError) as error:
            raise FileDamaged from error
        if sheet.end is None:
            return 0, iter(())
        _check_extent(sheet.end[1] + 1, sheet.end[0] + 1, self._limits)
        return sheet.end[0] + 1, _numbered(sheet, self._limits)


def _numbered(sheet: CalamineSheet, limits: SheetLimits) -> Iterator[tuple[int, list[Cell]]]:
    starting: dict[int, list[tuple[int, int, int]]] = {}
    last_row, last_column = sheet.end or (0, 0)
    area = 0
    for (top, left), (far_bottom, far_right) in sheet.merged_cell_ranges or ():
        if left > last_column or top > last_row:
            continue
        right, bottom = min(far_right, last_column), min(far_bottom, last_row)
        area += (right - left + 1) * (bottom - top + 1)
        starting.setdefault(top, []).append((left, right, bottom))
    if area > limits.cells:  # ranges that overlap a thousand times over
        raise TooManyCells(rows=limits.rows, columns=limits.columns)
    open_merges: list[tuple[int, int, int, Cell]] = []
    for index, row in enumerate(sheet.iter_rows()):
        cells: list[Cell] = list(row)
        for left, right, bottom in starting.get(index, ()):
            open_merges.append((left, right, bottom, cells[left]))
        if open_merges:
            open_merges = [merge for merge in open_merges if merge[2] >= index]
            _fill(cells, open_merges)
        yield index + 1, cells


def _fill(cells: list[Cell], merges: Sequence[tuple[int, int, int, Cell]]) -> None:
    for left, right, _, value in merges:
        for column in range(left, right + 1):
            cells[column] = value
