"""Runs of imports: tried dry, in chunks, stopped, killed, refused by the database, started twice at once."""

import asyncio
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import orjson

from cases.imports import ImportResult, Progress
from kernel.audit import SYSTEM
from kernel.database import Database, Tx
from migrations import APPS
from stewards.duty import DutyWish, assign_duties
from stewards.places import save_lanes
from tests.cases.district import LONGTAN_ADMIN, District
from tests.cases.imports.sheets import GRID, a_row, a_sheet, counts, imported, told
from tests.stewards.builders import NOON, a_lane

MIXED = [
    *(a_row(f"A{number}") for number in range(7)),
    a_row("A2", 小类="暴露垃圾"),  # says something else about a row of an earlier chunk
    a_row("A3"),  # repeats one
    a_row("B1", 上报时间="?"),
    a_row("A9", 地址="没有"),
    *(a_row(f"C{number}", "已核实") for number in range(5)),
    a_row("C1", "不予受理"),  # contradicts one
    a_row("C2", "已办结"),  # takes one further
]


async def test_a_dry_run_finds_the_same_and_leaves_nothing(district: District) -> None:
    tables = ("cases_case", "cases_import_run", "cases_import_fault", "points_award", "kernel_audit", "kernel_counter")
    before = [await district.count(table) for table in tables]
    tried = await imported(district, a_sheet(*MIXED), dry_run=True, chunk_rows=4)
    assert [await district.count(table) for table in tables] == before
    done = await imported(district, a_sheet(*MIXED), chunk_rows=4)
    assert counts(tried) == counts(done)
    assert told(tried) == told(done)
    assert [fault.text for fault in tried.faults] == [fault.text for fault in done.faults]
    assert tried.run_id is None


async def test_the_size_of_a_chunk_makes_no_difference(district: District) -> None:
    small = await imported(district, a_sheet(*MIXED), dry_run=True, chunk_rows=1)
    large = await imported(district, a_sheet(*MIXED), dry_run=True)
    assert (counts(small), told(small)) == (counts(large), told(large))


class Stopped(Exception):  # noqa: N818 - no error: a plug that is pulled
    """The process that imported was stopped."""


async def test_an_import_that_was_stopped_anywhere_goes_on_where_it_stopped(district: District) -> None:
    sheet = a_sheet(*MIXED)
    reference = await imported(district, sheet, dry_run=True)
    seen: list[Progress] = []

    def stop_after_each_chunk(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) < 4:
            raise Stopped

    async def go_on() -> ImportResult:
        try:
            return await imported(district, sheet, chunk_rows=4, progress=stop_after_each_chunk)
        except Stopped:
            return await go_on()

    result = await go_on()
    assert counts(result) == counts(reference)
    assert told(result) == told(reference)
    assert result.resumed_at == 12
    assert [progress.rows_done for progress in seen[:4]] == [4, 8, 12, 16]
    await district.check()


IMPORTER = """
import asyncio, sys
from pathlib import Path
from cases.imports import import_file
from cases.imports.mapping_documents import load_mapping
from kernel.database import Database
from migrations import APPS
from stewards.principal import system_principal
from tests.stewards.builders import NOON, a_lane

async def main(url, folder):
    database = await Database.open(url, APPS)
    mapping = load_mapping("cases", (folder / "mapping.json").read_bytes())
    def show(progress):
        print(progress.rows_done, flush=True)
    await import_file(
        database, folder / "sheet.csv", "sheet.csv", mapping, system_principal(), now=NOON, progress=show, chunk_rows=20
    )

asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
"""


async def test_an_import_that_was_killed_amid_a_chunk_goes_on_where_it_stopped(
    district: District, database_url: str, tmp_path: Path
) -> None:
    sheet = a_sheet(*(a_row(f"A{number}") for number in range(400)))
    (tmp_path / "sheet.csv").write_bytes(sheet)
    (tmp_path / "mapping.json").write_bytes(orjson.dumps(GRID))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", IMPORTER, database_url, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(3):
        assert await process.stdout.readline()
    await asyncio.sleep(0.02)
    process.kill()
    await process.communicate()
    assert await district.count("cases_case") < 400
    result = await imported(district, sheet)
    assert counts(result) == (400, 0, 0)
    assert result.resumed_at >= 60
    assert result.resumed_at % 20 == 0
    await district.check()


async def test_a_row_that_the_database_itself_refuses_harms_no_other(district: District) -> None:
    statements = {
        "sqlite": [
            """CREATE TRIGGER unlucky BEFORE INSERT ON cases_case WHEN NEW.external_id = 'A4'
               BEGIN SELECT RAISE(ABORT, 'unlucky'); END"""
        ],
        "postgres": [
            """CREATE FUNCTION unlucky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF NEW.external_id = 'A4' THEN RAISE EXCEPTION 'unlucky' USING ERRCODE = '23514'; END IF;
               RETURN NEW; END $$""",
            "CREATE TRIGGER unlucky BEFORE INSERT ON cases_case FOR EACH ROW EXECUTE FUNCTION unlucky()",
        ],
    }

    async def add_trigger(tx: Tx) -> None:
        for statement in statements[tx.dialect]:
            await tx.execute(statement)

    await district.database.run(add_trigger)
    sheet = a_sheet(*(a_row(f"A{number}") for number in range(9)))
    tried = await imported(district, sheet, dry_run=True, chunk_rows=6)
    done = await imported(district, sheet, chunk_rows=6)
    assert told(tried) == told(done) == [(6, None, "row_refused")]
    assert counts(done) == (8, 0, 1)
    await district.check()


async def test_a_row_that_was_refused_is_taken_once_its_lane_is_there(district: District) -> None:
    sheet = a_sheet(a_row("A1"), a_row("A2", 地址="新开胡同"))
    assert counts(await imported(district, sheet)) == (1, 0, 1)

    async def open_lane(tx: Tx) -> None:
        await save_lanes(tx, [a_lane("014-01-09", name="新开胡同")], by=SYSTEM, now=NOON)
        duty = DutyWish(steward_id=district.qian, lane_code="014-01-09", from_on=date(2026, 11, 1))
        await assign_duties(tx, [duty], by=SYSTEM, now=NOON)

    await district.database.run(open_lane)
    result = await imported(district, sheet, now=NOON + timedelta(days=1))
    assert counts(result) == (1, 1, 0)
    assert result.faults == ()


async def test_what_an_import_did_is_on_record(district: District) -> None:
    result = await imported(district, a_sheet(a_row("A1"), a_row("A2", 地址="?")), by=LONGTAN_ADMIN)
    reader = await district.database.reader()
    rows = await reader.fetch("SELECT actor_kind, detail FROM kernel_audit WHERE subject_id = $1", result.run_id)
    assert [(row["actor_kind"], row["detail"]) for row in rows] == [
        ("staff", '{"accepted":1,"refused":1,"repeated":0,"rows_done":2}')
    ]


async def test_two_processes_that_import_one_file_at_once_take_each_row_once(
    district: District, database_url: str
) -> None:
    sheet = a_sheet(*(a_row(f"A{number}") for number in range(30)))
    other = await Database.open(database_url, APPS)
    try:
        results = await asyncio.gather(
            imported(district, sheet, chunk_rows=4),
            imported(replace(district, database=other), sheet, chunk_rows=4),
            return_exceptions=True,
        )
    finally:
        await other.close()
    # Whoever begins after the other has ended runs over the file again; nobody takes a row twice.
    assert all(isinstance(result, ImportResult) for result in results), results
    assert await district.count("cases_case") == 30
    assert await district.balance(district.zhao) == 80  # 30 x 9 points under the cap of a month
    await district.check()
