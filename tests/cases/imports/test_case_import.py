"""Cases from sheets: each row once, as far as the sheet says, a bad one harming no other."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from cases.imports import ImportResult, Progress
from kernel.audit import SYSTEM
from kernel.database import Database, Tx
from kernel.sheets import FileRefused
from migrations import APPS
from stewards.duty import DutyWish, assign_duties
from stewards.permissions import NotAllowed
from stewards.places import save_lanes
from tests.cases.district import DONGSI_ADMIN, GUANGMING_STAFF, LONGTAN_ADMIN, District, a_step, codes
from tests.cases.imports.sheets import GRID, HEADER, a_row, a_sheet, counts, imported, told
from tests.stewards.builders import NOON, a_lane


async def states(district: District) -> dict[str, str]:
    """The state of each case by its external id."""
    reader = await district.database.reader()
    rows = await reader.fetch("SELECT external_id, state FROM cases_case ORDER BY external_id")
    return {row["external_id"]: row["state"] for row in rows}


async def case_id(district: District, external_id: str) -> Any:
    from cases.models import Case

    [row] = await (await district.database.reader()).rows(Case, "WHERE external_id = $1", external_id)
    return row["id"]


def grid(**changed: Any) -> Mapping[str, Any]:
    return {**GRID, **changed}


async def test_rows_become_cases_as_far_as_the_sheet_says_and_earn_their_points(district: District) -> None:
    result = await imported(
        district,
        a_sheet(
            a_row("A1", "已办结"),
            a_row("A2", "已核实"),
            a_row("A3", "待核实"),
            a_row("A4", "不予受理"),
            a_row("A5", "退回"),
        ),
    )
    assert counts(result) == (5, 0, 0)
    assert await states(district) == {
        "A1": "solved",
        "A2": "verified",
        "A3": "reported",
        "A4": "rejected",
        "A5": "returned",
    }
    assert await district.balance(district.zhao) == 6 + 3 + 6
    await district.check()


async def test_importing_again_adds_nothing(district: District) -> None:
    sheet = a_sheet(a_row("A1"), a_row("A2", "已核实"))
    await imported(district, sheet)
    tables = ("cases_case", "cases_event", "points_award", "points_transfer", "kernel_outbox")
    before = [await district.count(table) for table in tables]
    assert counts(await imported(district, sheet)) == (0, 2, 0)
    assert counts(await imported(district, sheet + b"\r\n", name="again.csv")) == (0, 2, 0)
    assert [await district.count(table) for table in tables] == before
    await district.check()


async def test_a_row_twice_in_one_sheet_is_one_case(district: District) -> None:
    assert counts(await imported(district, a_sheet(a_row("A1"), a_row("A1"), a_row("A1", "已核实")))) == (1, 2, 0)
    assert await district.count("cases_case") == 1


async def test_a_bad_row_is_told_by_line_and_column_and_harms_no_other(district: District) -> None:
    result = await imported(
        district,
        a_sheet(
            ("某某街道案件统计表", "", "", "", "", ""),
            HEADER,
            a_row("A1"),
            a_row("A2", 上报时间="2026-2-30"),
            a_row("A3", 小类="没有这一类"),
            a_row("A4", 地址="没有这条巷"),
            a_row("A5", "不知道"),
            a_row("", 上报时间=""),
            a_row("A6", 上报时间="2027-01-01"),
            a_row("A7", 上报时间="2025-01-01"),
            a_row("A8"),
            header=("填报单位：示例街道", "", "", "", "", ""),
        ),
    )
    assert counts(result) == (2, 0, 7)
    assert told(result) == [
        (5, "上报时间", "cell_date_impossible"),
        (6, "小类", "cell_value_unknown"),
        (7, "地址", "cell_lane_not_found"),
        (8, "处置结果", "cell_value_unknown"),
        (9, "案件编号", "cell_empty"),
        (9, "上报时间", "cell_empty"),
        (10, "上报时间", "in_the_future"),
        (11, "地址", "nobody_on_duty"),
    ]
    assert set(await states(district)) == {"A1", "A8"}
    for fault in result.faults:
        assert fault.text.render("zh") != fault.text.render("en")
        assert fault.text.render("en").isascii() or "“" in fault.text.render("en")


async def test_a_sheet_that_says_something_else_about_a_case_is_a_fault(district: District) -> None:
    await imported(district, a_sheet(a_row("A1")))
    result = await imported(district, a_sheet(a_row("A1", 小类="暴露垃圾"), a_row("A2")))
    assert counts(result) == (1, 0, 1)
    assert told(result) == [(2, "案件编号", "case_differs")]


async def test_next_week_s_sheet_takes_cases_further(district: District) -> None:
    await imported(district, a_sheet(a_row("A1", "待核实"), a_row("A2", "已核实"), a_row("A3", "已办结")))
    result = await imported(district, a_sheet(a_row("A1", "已办结"), a_row("A2", "已办结"), a_row("A3", "已办结")))
    assert (counts(result), result.moved_on) == ((2, 1, 0), 2)
    assert set((await states(district)).values()) == {"solved"}
    assert await district.balance(district.zhao) == 3 * 9
    await district.check()


async def test_last_week_s_sheet_takes_nothing_back(district: District) -> None:
    await imported(district, a_sheet(a_row("A1", "已办结")))
    assert counts(await imported(district, a_sheet(a_row("A1", "待核实")))) == (0, 1, 0)
    assert await states(district) == {"A1": "solved"}


async def test_a_case_that_was_reopened_here_is_not_credited_again_by_an_old_sheet(district: District) -> None:
    sheet = a_sheet(a_row("A1", "已办结"))
    await imported(district, sheet)
    await district.handled(a_step(await case_id(district, "A1"), "reopen"))
    assert counts(await imported(district, sheet)) == (0, 1, 0)
    assert await states(district) == {"A1": "reported"}
    assert await district.balance(district.zhao) == 0


async def test_a_sheet_that_contradicts_what_was_decided_here_is_a_fault(district: District) -> None:
    await imported(district, a_sheet(a_row("A1", "不予受理")))
    result = await imported(district, a_sheet(a_row("A1", "已办结")))
    assert told(result) == [(2, None, "wrong_case_state")]
    assert await states(district) == {"A1": "rejected"}


async def test_a_duplicate_earns_nothing_and_is_linked_to_its_original_wherever_that_stands(district: District) -> None:
    duplicates = grid(
        outcome={"column": "处置结果", "values": {"已办结": "solved", "重复": "duplicate"}}, duplicate_of="重复于"
    )
    header = (*HEADER, "重复于")
    rows = [
        (*a_row("A1"), ""),
        (*a_row("A2", "重复", 上报时间="2026.11.20 9:05"), "A1"),
        (*a_row("A3", "重复", 上报时间="2026.11.20 9:05"), "A9"),
    ]
    result = await imported(district, a_sheet(*rows, header=header), duplicates)
    assert told(result) == [(4, "重复于", "unknown_original")]
    further = a_sheet((*a_row("A4", "重复", 上报时间="2026.11.20 9:05"), "A1"), header=header)
    assert counts(await imported(district, further, duplicates)) == (1, 0, 0)
    assert await states(district) == {"A1": "solved", "A2": "duplicate", "A3": "reported", "A4": "duplicate"}
    assert await district.balance(district.zhao) == 9
    await district.check()


async def test_the_lane_is_the_longest_name_in_the_address(district: District) -> None:
    result = await imported(
        district,
        a_sheet(
            a_row("A1", 地址="东四街道 东四四条12号"),
            a_row("A2", 地址="夕照寺西里主线与福光路交口"),
            a_row("A3", 地址="福光路"),
        ),
    )
    assert counts(result) == (3, 0, 0)
    reader = await district.database.reader()
    found = await reader.fetch(
        "SELECT c.external_id, l.name FROM cases_case c JOIN stewards_lane l ON l.id = c.lane_id ORDER BY c.external_id"
    )
    assert [row["name"] for row in found] == ["东四四条", "夕照寺西里主线", "福光路"]


async def test_the_lane_can_be_joined_from_several_columns(district: District) -> None:
    by_code = grid(lane={"code": {"join": ["社区", "巷"]}})
    header = (*HEADER, "社区", "巷")
    result = await imported(
        district,
        a_sheet(
            (*a_row("A1"), "014-02", "01"), (*a_row("A2"), "014-02", ""), (*a_row("A3"), "014-02", "09"), header=header
        ),
        by_code,
    )
    assert told(result) == [(3, "社区", "cell_empty"), (4, "社区", "unknown_lane")]


async def test_the_steward_is_named_or_else_on_duty_that_day(district: District) -> None:
    named = grid(steward="管家")
    header = (*HEADER, "管家")
    rows = [(*a_row("A1"), "0140002"), (*a_row("A2"), ""), (*a_row("A3"), "9999999")]
    result = await imported(district, a_sheet(*rows, header=header), named)
    assert told(result) == [(4, "管家", "unknown_steward")]
    assert await district.balance(district.qian) == 9
    assert await district.balance(district.zhao) == 9


async def test_times_of_steps_are_taken_from_the_sheet(district: District) -> None:
    timed = grid(solved_at="办结时间")
    header = (*HEADER, "办结时间")
    rows = [(*a_row("A1"), "2026/11/21 10:00"), (*a_row("A2"), ""), (*a_row("A3"), "2026/11/1 10:00")]
    result = await imported(district, a_sheet(*rows, header=header), timed)
    assert told(result) == [(4, "办结时间", "before_the_report")]
    row = await district.row(await case_id(district, "A1"))
    assert row["solved_at"].isoformat() == "2026-11-21T02:00:00+00:00"
    assert (await district.row(await case_id(district, "A2")))["solved_at"] == NOON


async def test_the_year_of_a_day_without_one_is_that_of_the_title(district: District) -> None:
    titled = a_sheet(HEADER, a_row("A1", 上报时间="11月20日 8:05"), header=("2026年11月统计表", "", "", "", "", ""))
    assert counts(await imported(district, titled)) == (1, 0, 0)
    untitled = a_sheet(a_row("A2", 上报时间="11月20日 8:05"))
    assert told(await imported(district, untitled)) == [(2, "上报时间", "cell_year_missing")]
    assert counts(await imported(district, untitled, name="2026年11月.csv")) == (1, 0, 0)


async def test_rows_that_are_none_of_ours_are_left_out_and_counted(district: District) -> None:
    choosy = grid(leave_out=[{"column": "大类", "values": ["环卫"]}, {"column": "小类", "empty": True}])
    result = await imported(
        district,
        a_sheet(a_row("A1"), a_row("A2", 大类="环卫"), a_row("A3", 小类=""), a_row("A4", 大类="环卫 ")),
        choosy,
    )
    assert (counts(result), result.left_out) == ((1, 0, 0), 3)


async def test_blanks_of_a_merged_column_repeat_the_cell_above(district: District) -> None:
    merged = grid(fill_down=["小类"])
    assert counts(await imported(district, a_sheet(a_row("A1"), a_row("A2", 小类="")), merged)) == (2, 0, 0)


async def test_a_missing_column_is_named_with_the_field_that_needs_it(district: District) -> None:
    with pytest.raises(FileRefused) as refused:
        await imported(district, a_sheet(a_row("A1")), grid(external_id="受理编号"))
    assert refused.value.code == "column_missing"
    assert refused.value.params["column"] == "受理编号"
    assert "案件编号" in refused.value.text.render("zh")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
async def test_the_sheet_may_be_in_either_encoding(district: District, encoding: str) -> None:
    assert counts(await imported(district, a_sheet(a_row("A1"), encoding=encoding))) == (1, 0, 0)


async def test_a_clerk_imports_what_lies_in_the_own_street_alone(district: District) -> None:
    sheet = a_sheet(a_row("A1"), a_row("A2", 地址="东四四条"))
    result = await imported(district, sheet, by=LONGTAN_ADMIN)
    assert told(result) == [(3, "地址", "lane_out_of_reach")]
    assert counts(await imported(district, sheet, by=DONGSI_ADMIN, name="again.csv")) == (1, 0, 1)
    with pytest.raises(NotAllowed):
        await imported(district, sheet, by=GUANGMING_STAFF)


async def test_a_clerk_who_imports_may_verify_by_hand_what_the_sheet_left_open(district: District) -> None:
    await imported(district, a_sheet(a_row("A1", "待核实")), by=LONGTAN_ADMIN)
    handled = await district.handle(a_step(await case_id(district, "A1"), "verify", by=LONGTAN_ADMIN))
    assert codes(handled) == ["verified"]


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
