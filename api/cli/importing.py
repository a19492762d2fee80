"""`jinpai import`: a file of cases, places, stewards, staff or balances, by a mapping."""

from pathlib import Path
from typing import Any

from api.cli.collecting import collecting_rarely
from api.cli.opening import opened
from api.cli.progress import progress_on_stderr
from api.cli.terminal import CommandFailed, Exit, both, errors, give_json, say
from api.importers import IMPORTERS
from cases.imports.mapping import KINDS, ImportKind, Mapping
from cases.imports.mapping_documents import load_mapping
from cases.imports.refusals import MappingRefused
from cases.imports.results import ImportResult
from cases.imports.run import import_file
from kernel.clock import SystemClock
from kernel.settings import Settings
from kernel.sheets import FileRefused
from stewards.principal import system_principal


def import_kind(text: str) -> ImportKind:
    """The kind of import that was typed.

    Raises:
        CommandFailed: there is none of this name.

    """
    for kind in KINDS:
        if text == kind:
            return kind
    raise CommandFailed(f"no import of {text!r}: {', '.join(KINDS)}", Exit.USAGE)


def _document(kind: ImportKind, path: Path | None) -> Mapping:
    if path is not None and not path.is_file():
        raise CommandFailed(f"no file {path}", Exit.USAGE)
    try:
        return load_mapping(kind, path.read_bytes() if path else None)
    except MappingRefused as refused:
        lines = [f"{path}: {fault.pointer or '/'}: {both(fault.text)}" for fault in refused.faults]
        raise CommandFailed("\n".join(lines)) from refused


async def import_from(
    settings: Settings, kind: ImportKind, path: Path, mapping: Path | None, *, dry_run: bool, as_json: bool, shown: int
) -> Exit:
    """Import a file and say what came of it; the exit code says whether every row was taken.

    Raises:
        CommandFailed: the mapping has mistakes, or the file cannot be read.

    """
    document = _document(kind, mapping)
    async with opened(settings) as database:
        try:
            with collecting_rarely(), progress_on_stderr() as progress:
                result = await import_file(
                    database,
                    path,
                    path.name,
                    document,
                    system_principal("jinpai import"),
                    now=SystemClock().now(),
                    dry_run=dry_run,
                    progress=progress,
                    importers=IMPORTERS,
                )
        except FileRefused as refused:
            raise CommandFailed(f"{path}: {both(refused.text)}") from refused
    if as_json:
        give_json(_as_json(result))
    _tell(result, shown)
    if result.refused == 0:
        return Exit.DONE
    return Exit.PARTLY if result.refused < result.rows else Exit.FAILED


def _tell(result: ImportResult, shown: int) -> None:
    console = errors()
    for fault in result.faults[:shown]:
        column = f" {fault.column}" if fault.column else ""
        console.print(f"第 {fault.line} 行{column} (line {fault.line}): {both(fault.text)}", markup=False)
    if len(result.faults) > shown:
        say(f"… and {len(result.faults) - shown:,} more faults (--faults {len(result.faults)} or --json shows all)")
    done = "would be accepted" if result.dry_run else "accepted"
    parts = [f"{result.rows:,} rows: {result.accepted:,} {done}"]
    if result.moved_on:
        parts.append(f"{result.moved_on:,} of them known and brought further")
    parts.append(f"{result.repeated:,} known already")
    parts.append(f"{result.refused:,} refused")
    if result.left_out:
        parts.append(f"{result.left_out:,} left out by the mapping")
    if result.resumed_at:
        parts.append(f"resumed after row {result.resumed_at:,}")
    fresh = result.rows - result.resumed_at
    rate = f", {fresh / result.seconds:,.0f} rows/s" if result.seconds else ""
    say(f"{result.file_name}: {', '.join(parts)} in {result.seconds:,.1f} s{rate}")


def _as_json(result: ImportResult) -> dict[str, Any]:
    names = (
        "kind",
        "file_name",
        "dry_run",
        "rows",
        "accepted",
        "repeated",
        "refused",
        "moved_on",
        "left_out",
        "left_aside",
        "resumed_at",
        "seconds",
        "run_id",
    )
    faults = [
        {
            "line": fault.line,
            "column": fault.column,
            "code": fault.code,
            "zh": fault.text.render("zh"),
            "en": fault.text.render("en"),
        }
        for fault in result.faults
    ]
    return {**{name: getattr(result, name) for name in names}, "faults": faults}
