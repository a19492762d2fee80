"""Taking in a file: what is in it, by which mapping, for whom."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from cases.imports.balance_import import BalanceImport
from cases.imports.case_import import CaseImport
from cases.imports.case_rows import CaseRows
from cases.imports.lanes import load_finder
from cases.imports.mapping import (
    BalancesMapping,
    CasesMapping,
    ImportKind,
    ItemsMapping,
    Mapping,
    PlacesMapping,
    ReopeningsMapping,
    StaffMapping,
    StewardsMapping,
    StreetScoresMapping,
    TeamsMapping,
    TitlesMapping,
)
from cases.imports.people_import import StaffImport, StewardImport
from cases.imports.place_import import PlaceImport
from cases.imports.readers import FillDown, year_of
from cases.imports.reopening_import import ReopeningImport
from cases.imports.results import ImportResult, OnProgress
from cases.imports.runs import CHUNK_ROWS, FileFacts, Importer, Run
from kernel.clock import local_date
from kernel.database import Database, Reader
from kernel.sheets import LIMITS, SheetLimits, SheetRow, Table, as_text, header_key, read_table
from kernel.text import name_as_shown
from points.rule_versions import rules_on
from stewards.permissions import Action, require
from stewards.principal import Principal

_LONGEST_NAME = 200
# Each file that is opened may take a gigabyte for a minute: two at a time, and in threads of their own, so that those
# who wait do not keep passwords from being checked.
_OPENING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sheets")

# Who may bring in what. Rows are checked besides, each for its own place.
_ACTIONS = {
    "cases": Action.CASES_IMPORT,
    "places": Action.PLACES_EDIT,
    "stewards": Action.STEWARDS_ENROL,
    "staff": Action.STAFF_EDIT,
    "reopenings": Action.CASES_REOPEN,
    "items": Action.CATALOGUE_EDIT,
    "titles": Action.TITLES_IMPORT,
    "street_scores": Action.STREET_SCORES_EDIT,
    "teams": Action.TEAMS_EDIT,
    "balances": Action.RULES_PUBLISH,  # who says what deeds are worth says what was earned before
}


MakeImporter = Callable[[Any, Table, Principal], Importer[Any]]
"""From mapping, table and caller to an importer: how rooms above this one take in rows of theirs."""
Importers = dict[ImportKind, MakeImporter]


async def import_file(
    database: Database,
    data: bytes | Path,
    name: str,
    mapping: Mapping,
    principal: Principal,
    *,
    now: datetime,
    dry_run: bool = False,
    progress: OnProgress | None = None,
    limits: SheetLimits = LIMITS,
    chunk_rows: int = CHUNK_ROWS,
    importers: Importers | None = None,
) -> ImportResult:
    """Import the rows of a file by a mapping, of whichever kind that is; `importers` are those of rooms above this one.

    An interrupted import goes on where it stopped when it is started again with the same file and mapping; one that
    had ended runs over every row again and adds nothing that is there. A row at fault harms no other. A dry run finds
    the same faults and leaves nothing behind.

    Raises:
        FileRefused: the file cannot be read, or lacks a column that the mapping names.
        NotAllowed: the caller may not import this kind.

    """
    require(principal, _ACTIONS[mapping.kind])
    name = name_as_shown(name, max_length=_LONGEST_NAME)
    # Reading a workbook takes seconds: a server has others to answer meanwhile.
    opening = asyncio.get_running_loop().run_in_executor(_OPENING, _open, data, name, mapping, limits)
    table, sha256 = await opening
    importer = await _importer(database, mapping, table, importers or {}, name=name, principal=principal, now=now)
    wanted = _Wanted(mapping, table)
    run: Run[Any] = Run(
        database=database,
        importer=importer,
        facts=FileFacts(
            kind=mapping.kind,
            name=name,
            sha256=sha256,
            mapping_sha256=hashlib.sha256(mapping.model_dump_json().encode()).hexdigest(),
            actor=principal.actor,
        ),
        table=table,
        rows=iter(wanted),
        now=now,
        dry_run=dry_run,
        on_progress=progress,
        chunk_rows=chunk_rows,
    )
    result = await run.to_the_end()
    return result.with_left_out(wanted.left_out)


async def import_cases(
    database: Database,
    data: bytes | Path,
    name: str,
    mapping: CasesMapping,
    principal: Principal,
    *,
    now: datetime,
    dry_run: bool = False,
    progress: OnProgress | None = None,
) -> ImportResult:
    """Import cases: each is reported, then taken as far as the sheet says (see import_file)."""
    return await import_file(database, data, name, mapping, principal, now=now, dry_run=dry_run, progress=progress)


def _open(data: bytes | Path, name: str, mapping: Mapping, limits: SheetLimits) -> tuple[Table, str]:
    content = data
    if isinstance(content, Path):
        with content.open("rb") as source:
            content = source.read(limits.file_bytes + 1)  # one byte more than is taken: too large is found out
    table = read_table(
        content, name, expected=mapping.headers, sheet=mapping.sheet, encoding=mapping.encoding, limits=limits
    )
    return table, hashlib.sha256(content).hexdigest()


async def _importer(
    database: Database,
    mapping: Mapping,
    table: Table,
    importers: Importers,
    *,
    name: str,
    principal: Principal,
    now: datetime,
) -> Importer[Any]:
    reader = await database.reader()
    year = year_of(table.titles, name)
    match mapping:
        case CasesMapping():
            finder = await load_finder(reader)
            categories = await _category_names(reader, now)
            rows = CaseRows(mapping, table, finder, principal, year=year, categories=categories)
            return CaseImport(rows, principal)
        case PlacesMapping():
            return PlaceImport(mapping, table, principal, year=year)
        case StewardsMapping():
            return StewardImport(mapping, table, principal, year=year)
        case StaffMapping():
            return StaffImport(mapping, table, principal)
        case BalancesMapping():
            return BalanceImport(mapping, table, principal, year=year)
        case ReopeningsMapping():
            return ReopeningImport(mapping, table, principal)
        case ItemsMapping() | TitlesMapping() | StreetScoresMapping() | TeamsMapping():
            return importers[mapping.kind](mapping, table, principal)


async def _category_names(reader: Reader, now: datetime) -> dict[str, str]:
    """The codes of categories by their Chinese and English names, under the rules of today."""
    day = local_date(now)
    rules = (await rules_on(reader, {day})).get(day)
    listed = rules.document.categories.items() if rules else ()
    return {header_key(name): code for code, category in listed for name in (category.zh, category.en)}


class _Wanted:
    """The rows of a table that the mapping does not leave out, their blanks filled from above where it says so."""

    def __init__(self, mapping: Mapping, table: Table) -> None:
        self._table = table
        self._fill = FillDown(mapping.fill_down, table).fill if mapping.fill_down else None
        self._rules: list[Callable[[SheetRow], bool]] = []
        self.left_out = 0
        for rule in mapping.leave_out:
            column = table.column(rule.column)
            if column is not None:
                self._rules.append(_leaves_out(column, frozenset(map(header_key, rule.values)), rule.empty))

    def __iter__(self) -> Iterator[SheetRow]:
        for row in self._table:
            filled = self._fill(row) if self._fill else row
            if row.fault is None and any(rule(filled) for rule in self._rules):
                self.left_out += 1
            else:
                yield filled


def _leaves_out(column: str, values: frozenset[str], empty: bool) -> Callable[[SheetRow], bool]:
    def leaves_out(row: SheetRow) -> bool:
        cell = row.cells.get(column, "")
        text = as_text(cell)
        return (empty and not text) or (bool(text) and header_key(text) in values)

    return leaves_out
