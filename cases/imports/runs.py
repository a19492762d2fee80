"""Running an import: chunks of rows, each in one transaction with the cursor of its run, so that it can stop anywhere.

A dry run does the same work in transactions that are rolled back. As nothing stays from one chunk to the next, each
chunk is preceded by the earlier rows that it depends on, and so finds the same faults.
"""

import asyncio
import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import orjson

from cases.imports.refusals import ImportedElsewhere, RowRefused
from cases.imports.results import ImportResult, OnProgress, Progress, RowFault, RowOutcome
from cases.models import ImportFault, ImportRun
from kernel.audit import Actor, AuditEntry, record
from kernel.database import Database, Reader, Row, Tx
from kernel.database.faults import is_refused
from kernel.errors import Refusal
from kernel.ids import derived_id, new_id
from kernel.messages import Text
from kernel.sheets import SheetRow, Table

CHUNK_ROWS = 1_000
_ROWS_AT_A_STRETCH = 100
_COLUMN_LENGTH = 64

Parsed = TypeVar("Parsed")


class Importer(Protocol[Parsed]):
    """What differs between cases, places, stewards, staff and balances."""

    def read(self, row: SheetRow) -> Parsed | list[RowFault]:
        """A row of the sheet, or everything that is wrong with it. Touches no database."""

    async def take(self, tx: Tx, rows: Sequence[Parsed], *, now: datetime) -> list[RowOutcome]:
        """Carry out some rows and say what became of each."""

    def remember(self, rows: Iterable[Parsed]) -> None:
        """Keep rows whose effect a later chunk of a dry run may depend on."""

    def context(self, rows: Iterable[Parsed]) -> list[Parsed]:
        """The rows of earlier chunks that some rows depend on, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Which file is imported, with which mapping, by whom: what a run is recognised by when it is resumed."""

    kind: str
    name: str
    sha256: str
    mapping_sha256: str
    actor: Actor

    @property
    def run_id(self) -> UUID:
        """The id of the run, the same in every process."""
        return derived_id("import", self.kind, self.sha256, self.mapping_sha256)


@dataclass(slots=True)
class _Tally:
    rows_done: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: int = 0
    moved_on: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def add(self, outcomes: Sequence[RowOutcome]) -> None:
        for outcome in outcomes:
            self.rows_done += 1
            setattr(self, outcome.verdict, getattr(self, outcome.verdict) + 1)
            self.moved_on += outcome.moved_on
            self.faults.extend(outcome.faults)

    def take_over(self, run: Row) -> None:
        for name in _COUNTS:
            setattr(self, name, run[name])

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in _COUNTS}


_COUNTS = ("rows_done", "accepted", "repeated", "refused")


class _RolledBack(Exception):  # noqa: N818 - no error: carries what a dry run found out of its transaction
    def __init__(self, outcomes: list[RowOutcome]) -> None:
        super().__init__("rolled back")
        self.outcomes = outcomes


@dataclass(slots=True, kw_only=True)
class Run(Generic[Parsed]):
    """One import under way."""

    database: Database
    importer: Importer[Parsed]
    facts: FileFacts
    table: Table
    rows: Iterator[SheetRow]  # those that the mapping does not leave out
    now: datetime
    dry_run: bool
    on_progress: OnProgress | None = None
    chunk_rows: int = CHUNK_ROWS
    tally: _Tally = field(default_factory=_Tally)
    resumed_at: int = 0
    started: float = field(default_factory=time.perf_counter)

    async def to_the_end(self) -> ImportResult:
        """Take in every row and answer what came of it.

        Raises:
            FileRefused: the file turns out to be unreadable further down; what came before stays done.
            ImportedElsewhere: another process has started the same import anew.

        """
        if not self.dry_run:
            await self.database.run(self._open)
        position = 0
        while chunk := list(itertools.islice(self.rows, self.chunk_rows)):
            # Rows that are done are read as well: what earlier rows said counts for later ones.
            read = await self._read(chunk)
            lines = [row.line for row in chunk]
            end = position + len(chunk)
            while self.tally.rows_done < end:
                done = self.tally.rows_done - position
                if done < 0:
                    raise ImportedElsewhere(name=self.facts.name)
                await self._advance(read[done:], lines[done:])
                self._report()
            position = end
        if not self.dry_run:
            await self.database.run(self._close)
        return await self._result()

    async def _read(self, chunk: Sequence[SheetRow]) -> list[Parsed | list[RowFault]]:
        read: list[Parsed | list[RowFault]] = []
        for at, row in enumerate(chunk, 1):
            read.append(self.importer.read(row))
            if at % _ROWS_AT_A_STRETCH == 0:
                await asyncio.sleep(0)  # whoever shares this loop gets a turn
        return read

    async def _advance(self, read: list[Parsed | list[RowFault]], lines: list[int]) -> None:
        """Take some rows, or as many of them as the database accepts."""
        try:
            await (self._try_out(read) if self.dry_run else self._carry_out(read))
        except Exception as error:
            if isinstance(error, Refusal) or not is_refused(error):
                raise
            if len(read) > 1:
                middle = len(read) // 2
                await self._advance(read[:middle], lines[:middle])
                return
            fault = RowFault.of(lines[0], None, RowRefused())
            await (self._try_out([[fault]]) if self.dry_run else self._carry_out([[fault]]))

    async def _try_out(self, read: list[Parsed | list[RowFault]]) -> None:
        sound = [row for row in read if not isinstance(row, list)]
        before = self.importer.context(sound)

        async def attempt(tx: Tx) -> None:
            outcomes = await self.importer.take(tx, [*before, *sound], now=self.now)
            raise _RolledBack(outcomes[len(before) :])

        try:
            await self.database.run(attempt)
        except _RolledBack as found:
            self.tally.add(_in_order(read, found.outcomes))
        self.importer.remember(sound)

    async def _carry_out(self, read: list[Parsed | list[RowFault]]) -> None:
        sound = [row for row in read if not isinstance(row, list)]

        async def take(tx: Tx) -> tuple[Row | None, list[RowOutcome]]:
            run = (await tx.lock(ImportRun, [self.facts.run_id]))[self.facts.run_id]
            if run["rows_done"] != self.tally.rows_done:
                return run, []  # another process has done some of these rows
            outcomes = _in_order(read, await self.importer.take(tx, sound, now=self.now) if sound else [])
            after = replace(self.tally, faults=[])
            after.add(outcomes)
            await tx.update(ImportRun, [{"id": self.facts.run_id, **after.counts()}])
            await tx.insert(ImportFault, [_fault_row(self.facts.run_id, fault) for fault in after.faults])
            return None, outcomes

        overtaken_by, outcomes = await self.database.run(take)
        if overtaken_by is not None:
            self.tally.take_over(overtaken_by)
        else:
            self.tally.add(outcomes)

    async def _open(self, tx: Tx) -> None:
        """Find where an interrupted run stopped. One that ended begins anew: places may have been added since."""
        facts = self.facts
        start = {
            "file_name": facts.name[:200],
            "started_by": facts.actor.id,
            "started_at": self.now,
            "finished_at": None,
            **_Tally().counts(),
        }
        run = (await tx.lock(ImportRun, [facts.run_id])).get(facts.run_id)
        self.tally = _Tally()
        if run is None:
            row = {"kind": facts.kind, "file_sha256": facts.sha256, "mapping_sha256": facts.mapping_sha256, **start}
            await tx.insert(ImportRun, [{"id": facts.run_id, **row}])
        elif run["finished_at"] is None:
            self.tally.take_over(run)
        else:
            await tx.update(ImportRun, [{"id": facts.run_id, **start}])
            await tx.execute("DELETE FROM cases_import_fault WHERE run_id = $1", facts.run_id)
        self.resumed_at = self.tally.rows_done

    async def _close(self, tx: Tx) -> None:
        facts = self.facts
        await tx.update(ImportRun, [{"id": facts.run_id, "finished_at": self.now}])
        entry = AuditEntry(
            actor=facts.actor,
            action=f"imports.{facts.kind}",
            subject_kind="import",
            subject_id=facts.run_id,
            detail=self.tally.counts(),
        )
        await record(tx, [entry], now=self.now)

    def _report(self) -> None:
        if self.on_progress:
            tally = self.tally
            seconds = time.perf_counter() - self.started
            estimated = max(self.table.estimated_rows, tally.rows_done)
            self.on_progress(
                Progress(tally.rows_done, estimated, tally.accepted, tally.repeated, tally.refused, seconds)
            )

    async def _result(self) -> ImportResult:
        faults = (
            self.tally.faults if self.dry_run else await read_faults(await self.database.reader(), self.facts.run_id)
        )
        tally = self.tally
        return ImportResult(
            kind=self.facts.kind,
            file_name=self.facts.name,
            dry_run=self.dry_run,
            rows=tally.rows_done,
            accepted=tally.accepted,
            repeated=tally.repeated,
            refused=tally.refused,
            moved_on=tally.moved_on,
            left_out=0,
            left_aside=self.table.left_aside,
            resumed_at=self.resumed_at,
            faults=tuple(sorted(faults, key=lambda fault: fault.line)),
            seconds=time.perf_counter() - self.started,
            run_id=None if self.dry_run else self.facts.run_id,
        )


async def read_faults(reader: Reader, run_id: UUID) -> list[RowFault]:
    """What was wrong with the rows of a run, by line."""
    return [
        RowFault(row["line"], row["column"], row["code"], _text_from(orjson.loads(row["params"])))
        for row in await reader.rows(ImportFault, "WHERE run_id = $1 ORDER BY line, id", run_id)
    ]


def _in_order(read: Sequence[Parsed | list[RowFault]], outcomes: Sequence[RowOutcome]) -> list[RowOutcome]:
    """An outcome for each row: those that could not be read keep their places."""
    taken = iter(outcomes)
    return [RowOutcome("refused", row) if isinstance(row, list) else next(taken) for row in read]


def _fault_row(run_id: UUID, fault: RowFault) -> dict[str, Any]:
    return {
        "id": new_id(),
        "run_id": run_id,
        "line": fault.line,
        "column": fault.column[:_COLUMN_LENGTH] if fault.column else None,
        "code": fault.code,
        "params": orjson.dumps(_text_to(fault.text), option=orjson.OPT_SORT_KEYS).decode(),
    }


def _text_to(text: Text) -> dict[str, Any]:
    """A text as JSON: its Chinese template and its parameters, so that it can be read in either language later."""
    params: dict[str, Any] = {}
    for name, value in text.params.items():
        if isinstance(value, Text):
            params[name] = _text_to(value)
        else:
            params[name] = value if isinstance(value, int | float) or value is None else str(value)
    return {"message": text.message, "params": params}


def _text_from(value: dict[str, Any]) -> Text:
    params = {name: _text_from(inner) if isinstance(inner, dict) else inner for name, inner in value["params"].items()}
    return Text(value["message"], params)
