"""Street scores from a sheet: a street's month in a row; a repeated sheet changes nothing, a corrected one corrects."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.imports.mapping import StreetScoresMapping
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow, Table
from rewards.street_scores.recording import ScoreStreet, ScoreUnfit, hundredths, score_streets
from stewards.principal import Principal

_DIMENSIONS = ("order", "safety", "environment")
_FIELDS = {f"/{name}": name for name in ("month", "street", *_DIMENSIONS)}
# As people and spreadsheets write a month: 2026-10, 2026年10月, 2026/10, or its first day.
_MONTH = re.compile(r"(20\d\d)[-./年](\d{1,2})(?:月|[-./]0?1(?: 00:00(?::00)?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A row that could be read."""

    line: int
    wish: ScoreStreet


class StreetScoreImport:
    """The importer of street scores (see cases.imports.runs.Importer)."""

    def __init__(self, mapping: StreetScoresMapping, table: Table, principal: Principal) -> None:
        self._bound = BoundMapping(mapping, table, codes=frozenset({"street"}))
        self._principal = principal

    def read(self, row: SheetRow) -> ScoreRow | list[RowFault]:
        """A row of the sheet as a street's scores, or its faults."""
        reader = RowReader(self._bound, row)
        month, street = reader.needed("month"), reader.needed("street")
        texts = {name: reader.needed(name) for name in _DIMENSIONS}
        faults = list(reader.faults)
        scores = {}
        for name, text in texts.items():
            if not text:
                continue
            try:
                scores[name] = hundredths(text)
            except ScoreUnfit:
                faults.append(self._bound.fault(row.line, ScoreUnfit(pointer=f"/{name}"), _FIELDS))
        if faults:
            return faults
        found = _MONTH.fullmatch(month)
        wish = ScoreStreet(
            month=f"{found[1]}-{int(found[2]):02}" if found else month,
            street_code=street,
            caller=self._principal,
            **scores,
        )
        return ScoreRow(row.line, wish)

    async def take(self, tx: Tx, rows: Sequence[ScoreRow], *, now: datetime) -> list[RowOutcome]:
        """Write the scores of some rows down, in order."""
        outcomes = []
        for row, done in zip(rows, await score_streets(tx, [row.wish for row in rows], now=now), strict=True):
            if isinstance(done, Refusal):
                outcomes.append(RowOutcome("refused", [self._bound.fault(row.line, done, _FIELDS)]))
            else:
                outcomes.append(RowOutcome("accepted" if done.changed else "repeated"))
        return outcomes

    def remember(self, rows: Iterable[ScoreRow]) -> None:
        """Nothing has to be kept: each row stands for itself."""

    def context(self, rows: Iterable[ScoreRow]) -> list[ScoreRow]:
        """None: the same."""
        return []
