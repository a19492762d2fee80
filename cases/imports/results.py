"""What came of an import: counts that add up, and each fault with the line and column where a clerk finds it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, Self
from uuid import UUID

from kernel.errors import Refusal
from kernel.messages import Text

Verdict = Literal["accepted", "repeated", "refused"]


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row: the line that a spreadsheet program shows, the column's header, and why."""

    line: int
    column: str | None
    code: str
    text: Text

    @classmethod
    def of(cls, line: int, column: str | None, refusal: Refusal) -> "RowFault":
        """The fault that a refusal is."""
        return cls(line, column, refusal.code, refusal.text)


@dataclass(slots=True)
class RowOutcome:
    """What became of one row. `moved_on` marks a known case that the sheet has brought further."""

    verdict: Verdict
    faults: list[RowFault] = field(default_factory=list)
    moved_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """An import that has ended.

    `rows` = `accepted` + `repeated` + `refused`: rows that changed something (new ones, and known cases that the sheet
    has brought further, `moved_on`), rows that were known as they are, and rows with faults. `left_out` rows were none
    of ours by the mapping, `left_aside` lines no data (合计, 序号 alone). `resumed_at` is the number of rows that an
    earlier, interrupted run had done; the counts include them, `seconds` and `moved_on` do not.
    """

    kind: str
    file_name: str
    dry_run: bool
    rows: int
    accepted: int
    repeated: int
    refused: int
    moved_on: int
    left_out: int
    left_aside: int
    resumed_at: int
    faults: tuple[RowFault, ...]
    seconds: float
    run_id: UUID | None

    def with_left_out(self, rows: int) -> Self:
        """The same with the number of rows that the mapping left out."""
        return replace(self, left_out=rows)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come, after each chunk."""

    rows_done: int
    rows_estimated: int
    accepted: int
    repeated: int
    refused: int
    seconds: float


OnProgress = Callable[[Progress], None]
