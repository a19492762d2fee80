"""Places, stewards, staff and opening balances from the templates, as clerks fill them in."""

import io
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from cases.imports import KINDS, ImportResult, import_file, load_mapping, template
from cases.imports.mapping import ImportKind
from cases.imports.templates import TEMPLATES
from points.verifying import verify_points
from stewards.permissions import NotAllowed
from stewards.principal import Principal, system_principal
from tests.cases.district import DONGSI_ADMIN, LONGTAN_ADMIN, District
from tests.cases.imports.sheets import counts, told
from tests.stewards.builders import NOON


def filled(kind: ImportKind, *rows: Sequence[object]) -> bytes:
    """The template of a kind, filled in with rows of its first columns."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, [column.header for column in TEMPLATES[kind]])
    for line, row in enumerate(rows, 1):
        page.write_row(line, 0, row)
    book.close()
    return held.getvalue()


async def bring(
    district: District, kind: ImportKind, *rows: Sequence[object], by: Principal | None = None, **more: Any
) -> ImportResult:
    """What came of a filled-in template; a dry run before it finds the same."""
    data, by = filled(kind, *rows), by or system_principal()
    mapping = load_mapping(kind)
    tried = await import_file(district.database, data, "x.xlsx", mapping, by, now=NOON, dry_run=True, **more)
    done = await import_file(district.database, data, "x.xlsx", mapping, by, now=NOON, **more)
    assert (counts(tried), told(tried)) == (counts(done), told(done))
    return done


LANE = ("110101014", "龙潭", "014-01", "光明")


async def test_a_row_about_a_lane_adds_the_street_and_community_that_it_mentions(district: District) -> None:
    rows = [
        ("110101002", "景山街道", "002-01", "大学社区", "002-01-01", "钟楼胡同", 120.0, "6", "2015.4.1"),
        ("110101002", "景山街道", "002-01", "大学社区", "002-01-02", "鼓楼胡同", "", "", "2015.4.1"),
        ("110101002", "景山街道", "002-02", "纳福社区", "", "", "", "", "2015.4.1"),
        (*LANE, "014-01-01", "福光路", 340, "", "2017-04-01"),
        (*LANE, "014-01-01", "福光路", 340, "", "2017-04-01"),
    ]
    assert counts(await bring(district, "places", *rows)) == (3, 2, 0)
    assert counts(await bring(district, "places", *rows)) == (0, 5, 0)
    assert [await district.count(f"stewards_{table}") for table in ("street", "community", "lane")] == [3, 5, 6]


async def test_a_place_at_fault_is_told_by_its_cell(district: District) -> None:
    result = await bring(
        district,
        "places",
        (*LANE, "014-01-05", "新巷", "很长", "", "2015.4.1"),
        (*LANE, "014-01-06", "新巷", 0, "", "2015.4.1"),
        (*LANE, "014-01-07", "", "", "", "2015.4.1"),
        (*LANE, "014-01-08", "八巷", "", "", ""),
        (*LANE, "014-01-09", "九巷", "", "", "2015.4.1", "2014.4.1"),
        (*LANE, "014-01-10", "十巷", "", "", "2015.4.1"),
        (*LANE, "014-01-10", "十一巷", "", "", "2015.4.1"),
        ("110101014", "龙潭湖", "014-01", "光明", "014-01-11", "甲巷", "", "", "2015.4.1"),
        ("110101006", "东四", "014-01", "光明", "014-01-12", "乙巷", "", "", "2015.4.1"),
        ("110101006", "东四", "006-01", "二条", "014-01-01", "福光路", 340, "", "2017-04-01"),
    )
    assert counts(result) == (1, 0, 9)
    assert told(result) == [
        (2, "长度（米）", "cell_not_an_integer"),
        (3, "长度（米）", "not_whole_metres"),
        (4, "小巷名称", "cell_empty"),
        (5, "启用日期", "cell_empty"),
        (6, "停用日期", "dates_reversed"),
        (8, "小巷编号", "cell_place_contradicts"),
        (9, "街道名称", "cell_place_named_otherwise"),
        (10, "街道编号", "parent_differs"),
        (11, "社区编号", "parent_differs"),
    ]


async def test_a_street_s_clerk_edits_places_of_the_own_street_alone(district: District) -> None:
    rows = [
        (*LANE, "014-01-05", "五巷", "", "", "2015.4.1"),
        ("110101006", "东四", "006-01", "二条", "006-01-05", "六巷", "", "", "2015.4.1"),
    ]
    result = await bring(district, "places", *rows, by=LONGTAN_ADMIN)
    assert told(result) == [(3, "街道编号", "not_allowed")]


STEWARD = ("0140009", "吴示例", "014-01", "2026.2.1", "000-0000-0009", "014-01-01、014-02-01")


async def test_stewards_are_enrolled_with_their_lanes_once(district: District) -> None:
    before = await district.count("stewards_lane_duty")
    assert counts(await bring(district, "stewards", STEWARD, STEWARD)) == (1, 1, 0)
    assert await district.count("stewards_lane_duty") == before + 2
    assert counts(await bring(district, "stewards", STEWARD)) == (0, 1, 0)
    result = await bring(district, "stewards", (*STEWARD[:5], "014-01-01，014-02-01，006-01-01"))
    assert (counts(result), result.moved_on) == ((1, 0, 0), 1)
    assert await district.count("stewards_lane_duty") == before + 3


async def test_a_steward_at_fault_is_told_by_the_cell(district: District) -> None:
    result = await bring(
        district,
        "stewards",
        ("0140011", "", "014-01", "2026.2.1"),
        ("0140012", "吴示例", "999", "2026.2.1"),
        ("0140013", "吴示例", "014-01", "2月30日"),
        ("0140014", "吴示例", "014-01", "2026.2.1", "call me"),
        ("0140015", "吴示例", "014-01", "2026.2.1", "", "014-09-09"),
        ("0140016", "吴示例", "014-01", "2026.2.1", "", "", "离岗"),
        ("0140017", "吴示例", "014-01", "2026.2.1", "", "", "休假"),
        ("0140018", "吴示例", "014-01", "2026.2.1", "", "", "", "", "address"),
        ("0140001", "吴示例", "014-01", "2026.2.1"),
        ("1.4001E+11", "吴示例", "014-01", "2026.2.1"),
        ("0140019", "吴示例", "014-01", "2026.2.1"),
        chunk_rows=3,
    )
    assert counts(result) == (1, 0, 10)
    assert told(result) == [
        (2, "姓名", "cell_empty"),
        (3, "社区编号", "place_unknown"),
        (4, "加入日期", "cell_year_missing"),
        (5, "电话", "phone_not_allowed"),
        (6, "负责小巷", "lane_unknown"),
        (7, "离开日期", "leaving_date_needed"),
        (8, "状态", "cell_value_unknown"),
        (9, "公开同意", "consent_unknown"),
        (10, "管家编号", "already_enrolled"),
        (11, "管家编号", "cell_code_garbled"),
    ]


async def test_a_street_s_clerk_enrols_in_the_own_street_alone(district: District) -> None:
    result = await bring(district, "stewards", STEWARD, by=DONGSI_ADMIN)
    assert told(result) == [(2, "社区编号", "not_allowed")]


async def test_a_street_s_clerk_gives_no_lane_of_another_street_away(district: District) -> None:
    headers = [column.header for column in TEMPLATES["stewards"]]
    row: list[object] = list(STEWARD)
    row[next(at for at, header in enumerate(headers) if "小巷" in header)] = "006-01-01"
    result = await bring(district, "stewards", row, by=LONGTAN_ADMIN)
    assert [code for _, _, code in told(result)] == ["not_allowed"]


async def test_staff_get_their_roles_at_the_level_of_each_role(district: District) -> None:
    rows = [
        ("longtan01", "钱样本", "街道管理员", "110101014"),
        ("guangming01", "孙样本", "社区工作人员", "014-01、014-02"),
        ("xili01", "李样本", "街巷长", "014-02-01"),
        ("xili02", "周样本", "lane_chief", "014-02"),
        ("district01", "吴样本", "区管理员", ""),
        ("longtan01", "钱样本", "社区工作人员", "014-01"),
    ]
    assert counts(await bring(district, "staff", *rows)) == (6, 0, 0)
    assert counts(await bring(district, "staff", *rows)) == (0, 6, 0)
    reader = await district.database.reader()
    grants = await reader.fetch(
        "SELECT s.login, g.role, g.scope_kind FROM stewards_role_grant g JOIN stewards_staff s ON s.id = g.staff_id "
        "ORDER BY s.login, g.role, g.scope_kind"
    )
    assert [(row["login"], row["scope_kind"]) for row in grants] == [
        ("district01", "district"),
        ("guangming01", "community"),
        ("guangming01", "community"),
        ("longtan01", "community"),
        ("longtan01", "street"),
        ("xili01", "lane"),
        ("xili02", "community"),
    ]


async def test_staff_at_fault_are_told_by_the_cell(district: District) -> None:
    result = await bring(
        district,
        "staff",
        ("a b", "钱样本", "街道管理员", "110101014"),
        ("boss", "钱样本", "皇帝", ""),
        ("clerk", "钱样本", "街道管理员", ""),
        ("clerk", "钱样本", "街道管理员", "999"),
    )
    assert counts(result) == (0, 0, 4)
    assert [(line, column) for line, column, _ in told(result)] == [
        (2, "登录名"),
        (3, "角色"),
        (4, "管辖编号"),
        (5, "管辖编号"),
    ]
    with pytest.raises(NotAllowed):
        await bring(district, "staff", by=LONGTAN_ADMIN)


async def test_opening_balances_are_posted_once_with_their_own_expiry(district: District) -> None:
    rows = [
        ("0140001", 120.0, "2025-12-31", "2026-12-31"),
        ("0140002", "３５", "2025.12.31", ""),
        ("0140001", 120.0, "2025-12-31", "2026-12-31"),
        ("0140001", 8, "2025-12-31", "", "工分簿"),
    ]
    assert counts(await bring(district, "balances", *rows)) == (3, 1, 0)
    assert counts(await bring(district, "balances", *rows)) == (0, 4, 0)
    assert await district.balance(district.zhao) == 128
    assert await district.balance(district.qian) == 35
    assert await verify_points(await district.database.reader()) == []


async def test_an_opening_balance_at_fault_is_told_by_the_cell(district: District) -> None:
    result = await bring(
        district,
        "balances",
        ("0140001", 1.5, "2025-12-31"),
        ("0140001", 0, "2025-12-31"),
        ("0140001", "", "2025-12-31"),
        ("9999999", 5, "2025-12-31"),
        ("0140001", 5, "去年"),
        ("0140002", 5, "2025-12-31"),
        ("0140002", 6, "2025-12-31"),
    )
    assert counts(result) == (1, 0, 6)
    assert [(line, column) for line, column, _ in told(result)] == [
        (2, "期初积分"),
        (3, "期初积分"),
        (4, "期初积分"),
        (5, "管家编号"),
        (6, "结存日期"),
        (8, "批次"),
    ]
    with pytest.raises(NotAllowed):
        await bring(district, "balances", by=LONGTAN_ADMIN)


@pytest.mark.parametrize("kind", KINDS)
def test_each_template_has_its_header_an_example_and_notes_all_as_text(kind: ImportKind) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(template(kind)))
    header, example = book.get_sheet_by_index(0).to_python()[:2]
    assert header == [column.header for column in TEMPLATES[kind]]
    assert all(isinstance(cell, str) for cell in example)
    assert len(book.get_sheet_by_name("填写说明").to_python()) > len(header)


async def test_the_example_of_the_template_of_cases_can_be_imported_as_it_is(district: District) -> None:
    result = await import_file(
        district.database,
        template("cases"),
        "x.xlsx",
        load_mapping("cases"),
        system_principal(),
        now=NOON,
        dry_run=True,
    )
    assert told(result) == [(2, "小巷编号", "unknown_lane")]  # the example's lane is not of this district
