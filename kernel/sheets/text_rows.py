"""Rows of text files: .csv and .txt in UTF-8, UTF-16 or GB18030, and .ndjson."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping

import orjson

from kernel.sheets.cells import Cell
from kernel.sheets.faults import EncodingUnknown, QuoteOpen

_DELIMITERS = (",", "\t", ";", "|", "，")
_SAMPLE_BYTES = 64 * 1024
_LONGEST_LINE = 1_000_000  # characters
_LONGEST_RECORD_LINES = 200  # a description may have line breaks, but not a chapter of them


def encoding_of(data: bytes) -> str:
    """The encoding of a text file, told by its byte order mark or by what it decodes as without an error.

    Raises:
        EncodingUnknown: neither UTF-8 nor GB18030; names the line on which GB18030 fails.

    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8-sig"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise EncodingUnknown(line=data.count(b"\n", 0, error.start) + 1) from None
    return "gb18030"


class _Lines:
    """Physical lines that know how many were taken and whether the end was met in the middle of a record."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream = stream
        self.taken = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_LONGEST_LINE)
        if len(line) == _LONGEST_LINE:
            raise csv.Error("line too long")
        if not line:
            self.ended = True
            raise StopIteration
        self.taken += 1
        return line


def delimiter_of(sample: str) -> str:
    """The delimiter that splits the sample's lines into the most columns that most lines agree on."""
    best = (0, 0)
    chosen = ","
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if len(row) > 1)
        except csv.Error:
            continue
        if widths:
            width, lines = widths.most_common(1)[0]
            if (lines * min(width, 8), width) > best:
                best, chosen = (lines * min(width, 8), width), delimiter
    return chosen


def csv_rows(data: bytes, encoding: str | None = None) -> Iterator[tuple[int, list[Cell]]]:
    """Line and cells of each record, lines counted as a spreadsheet program shows them.

    Raises:
        EncodingUnknown: see encoding_of; also when the stated encoding does not fit.
        QuoteOpen: a quotation mark without its twin.

    """
    try:
        chosen = encoding or encoding_of(data)
        sample = codecs.getincrementaldecoder(chosen)().decode(data[:_SAMPLE_BYTES])
    except (UnicodeError, LookupError):  # UTF-16 without its mark is the base class alone
        raise EncodingUnknown(line=1) from None
    delimiter = ""
    if sample.lower().startswith("sep=") and len(sample) > 4:
        delimiter = sample[4]
    last_break = sample.rfind("\n")
    delimiter = delimiter or delimiter_of(sample if len(data) <= _SAMPLE_BYTES else sample[: last_break + 1])
    lines = _Lines(io.TextIOWrapper(io.BytesIO(data), encoding=chosen, newline=""))
    records = csv.reader(lines, delimiter=delimiter)
    line = 0
    while True:
        before = lines.taken
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error:
            raise QuoteOpen(line=line + 1) from None
        except UnicodeError:
            raise EncodingUnknown(line=line + 1) from None
        line += 1
        if lines.ended or lines.taken - before > _LONGEST_RECORD_LINES:
            raise QuoteOpen(line=line)
        if line == 1 and record and record[0].lower().startswith("sep="):
            continue
        yield line, record  # type: ignore[misc]  # list is invariant; a str is a Cell


def ndjson_rows(data: bytes) -> Iterator[tuple[int, Mapping[str, Cell] | None]]:
    """Line and object of each line; None for a line that is no JSON object. Nested objects become `outer.inner`."""
    for line, raw in enumerate(data.removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            value = orjson.loads(raw)
            cells = _flat(value) if isinstance(value, dict) else None
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the latter: nested deeper than can be written
            cells = None
        yield line, cells


def _flat(value: dict[str, object], prefix: str = "") -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for name, inner in value.items():
        if isinstance(inner, dict) and prefix.count(".") < 4:
            cells.update(_flat(inner, f"{prefix}{name}."))
        elif isinstance(inner, str | int | float):
            cells[prefix + name] = inner
        elif inner is None:
            cells[prefix + name] = ""
        else:
            cells[prefix + name] = orjson.dumps(inner).decode()
    return cells
