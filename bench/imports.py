"""A year of cases from a sheet, end to end: read, mapped, reported, verified, assessed and credited, told.

Beside it, in the same run and on the same databases, one-at-a-time ORM transactions that write the same rows
(bench.one_at_a_time). Rounds take turns, so that a busy moment of the machine meets both.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from api.demo.district import Size, build_district
from api.demo.sheets import cases_sheet, places_sheet, stewards_sheet
from api.demo.year import year_of_cases
from bench.figures import Figure, write_figures
from bench.one_at_a_time import import_one_at_a_time, load_places, rows_of_sheet
from bench.postgres import postgres
from cases.imports import import_file, load_mapping
from kernel.database import Database
from kernel.database.migrating import migrate
from migrations import APPS
from points.rule_documents import shipped_programme
from points.rule_versions import publish_rules
from points.verifying import verify_points
from stewards.principal import system_principal

LAST_DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MAPPING = Path(__file__).parent.parent / "docs" / "examples" / "mappings" / "grid-platform.json"
SAME_ROWS = (
    *("cases_case", "cases_case_text", "cases_event", "kernel_audit", "kernel_outbox", "points_award"),
    *("points_cap_use", "points_operation", "points_transfer", "points_lot"),
)

Fresh = Callable[[str], Awaitable[str]]


@dataclass(frozen=True)
class Sheets:
    """A synthetic year as spreadsheets."""

    places: bytes
    stewards: bytes
    cases: bytes
    first_cases: bytes  # as many as are imported one at a time
    count: int


def draw(size: Size, sample: int) -> Sheets:
    """The sheets of a demo district; the sample is spread over the year."""
    district = build_district(size, seed=1, last_day=LAST_DAY)
    cases = list(year_of_cases(district))
    every = max(1, len(cases) // sample)
    return Sheets(
        places=places_sheet(district),
        stewards=stewards_sheet(district),
        cases=cases_sheet(cases, title="bench", printed_on=LAST_DAY),
        first_cases=cases_sheet(cases[::every][:sample], title="bench", printed_on=LAST_DAY),
        count=len(cases),
    )


async def settled(url: str, sheets: Sheets) -> Database:
    """A database with rules, places and stewards, and no case."""
    database = await Database.open(url, APPS, pool_size=4)
    await database.run(lambda tx: publish_rules(tx, shipped_programme(), by=None, now=NOW))
    for kind, sheet in (("places", sheets.places), ("stewards", sheets.stewards)):
        mapping = load_mapping(kind)  # type: ignore[arg-type]  # a kind
        result = await import_file(database, sheet, f"{kind}.csv", mapping, system_principal(), now=NOW)
        if result.refused:
            raise RuntimeError(f"{kind}: {result.faults[0]}")
    return database


async def import_sheet(database: Database, sheet: bytes) -> tuple[float, float]:
    """Seconds on the clock and of this process that the import of a sheet takes."""
    mapping = load_mapping("cases", MAPPING.read_bytes())
    began, cpu = time.perf_counter(), time.process_time()
    result = await import_file(database, sheet, "cases.csv", mapping, system_principal(), now=NOW)
    took = time.perf_counter() - began, time.process_time() - cpu
    if result.refused:
        raise RuntimeError(f"{result.faults[0]}")
    return took


async def row_counts(database: Database) -> dict[str, int]:
    """How many rows there are of what both ways have to write."""
    reader = await database.reader()
    found = {}
    for table in SAME_ROWS:
        row = await reader.fetch_one(f"SELECT count(*) AS n FROM {table}")
        found[table] = int(row["n"]) if row else 0
    return found


async def compare_rows(fresh: Fresh, sheets: Sheets) -> None:
    """Refuse a comparison in which one side writes less than the other."""
    counts = []
    for name, way in (("same_a", "import"), ("same_b", "orm")):
        database = await settled(await fresh(name), sheets)
        before = await row_counts(database)
        if way == "import":
            await import_sheet(database, sheets.first_cases)
        else:
            await import_one_at_a_time(rows_of_sheet(sheets.first_cases), await load_places(), NOW)
        after = await row_counts(database)
        counts.append({table: after[table] - before[table] for table in SAME_ROWS})
        await database.close()
    imported, by_orm = counts
    # Rules are constants there, so a cap may bite elsewhere; an import leaves one audit row of its own.
    for table in SAME_ROWS:
        if not 0.98 <= by_orm[table] / max(imported[table], 1) <= 1.02:
            raise RuntimeError(f"{table}: {imported[table]} rows imported, {by_orm[table]} one at a time")


async def measure(dialect: str, fresh: Fresh, sheets: Sheets, *, rounds: int) -> list[Figure]:
    """Cases a second of both ways on one database engine."""
    await compare_rows(fresh, sheets)
    rates: dict[str, list[float]] = {"import": [], "orm": []}
    cpu: dict[str, list[float]] = {"import": [], "orm": []}
    sample = rows_of_sheet(sheets.first_cases)
    for number in range(rounds):
        database = await settled(await fresh(f"orm_{number}"), sheets)
        places = await load_places()
        began, before = time.perf_counter(), time.process_time()
        await import_one_at_a_time(sample, places, NOW)
        rates["orm"].append(len(sample) / (time.perf_counter() - began))
        cpu["orm"].append((time.process_time() - before) * 1e6 / len(sample))
        await database.close()
        database = await settled(await fresh(f"import_{number}"), sheets)
        seconds, processor = await import_sheet(database, sheets.cases)
        rates["import"].append(sheets.count / seconds)
        cpu["import"].append(processor * 1e6 / sheets.count)
        if breaks := await database.snapshot(verify_points):
            raise RuntimeError(f"the ledger does not hold: {breaks[0]}")
        await database.close()
    orm, whole = statistics.median(rates["orm"]), statistics.median(rates["import"])
    name = f"one ORM transaction a case, {dialect}"
    return [
        Figure(name=name, value=orm, unit="cases/s", cpu_us=statistics.median(cpu["orm"]), rounds=rounds),
        Figure(
            name=f"import of {sheets.count:,} cases, {dialect}",
            value=whole,
            unit="cases/s",
            ratio_to=name,
            ratio=whole / orm,
            cpu_us=statistics.median(cpu["import"]),
            rounds=rounds,
        ),
    ]


async def measure_all(size: Size, sample: int, rounds: int, engines: list[str]) -> list[Figure]:
    """Figures of each engine."""
    sheets = draw(size, sample)
    figures: list[Figure] = []
    with ExitStack() as held:
        if "sqlite" in engines:
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="jinpai-bench-"))

            async def fresh_file(name: str) -> str:
                url = f"sqlite://{folder}/{name}.sqlite3"
                await migrate(url, APPS)
                return url

            figures += await measure("sqlite", fresh_file, sheets, rounds=rounds)
        if "postgres" in engines:
            figures += await measure("postgres", held.enter_context(postgres()).fresh, sheets, rounds=rounds)
    return figures


def main() -> None:
    """Measure and write bench/results/import.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--sample", type=int, default=1_000, help="cases that are imported one at a time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", nargs="+", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])
    asked = parser.parse_args()
    write_figures("import", asyncio.run(measure_all(asked.size, asked.sample, asked.rounds, asked.engines)))


if __name__ == "__main__":
    main()
