"""Cases from sheets: each row once, as far as the sheet says, a bad one harming no other."""

import pytest

from kernel.sheets import FileRefused
from stewards.permissions import NotAllowed
from tests.cases.district import DONGSI_ADMIN, GUANGMING_STAFF, LONGTAN_ADMIN, District, a_step, codes
from tests.cases.imports.imported_cases import case_id, grid, states
from tests.cases.imports.sheets import HEADER, a_row, a_sheet, counts, imported, told
from tests.stewards.builders import NOON


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
