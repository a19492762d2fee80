"""Reading tables as clerks have them."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from kernel.sheets import FileRefused, SheetLimits, Table, read_table

DATA = Path(__file__).parent / "data"
NAMES = ("案件编号", "上报时间", "小类", "地址", "处置结果")
HEADER = ",".join(NAMES)


def a_csv(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(encoding)


def a_workbook(*rows: list[object], merged: tuple[tuple[str, str], ...] = (), sheet: str = "Sheet1") -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for at, row in enumerate(rows):
        page.write_row(at, 0, row)
    for cells, text in merged:
        page.merge_range(cells, text)
    book.close()
    return held.getvalue()


def lines_of(table: Table) -> list[int]:
    return [row.line for row in table]


def column_of(table: Table, name: str) -> list[object]:
    return [row.cells[name] for row in table]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_text_is_read_in_each_encoding_that_excel_and_wps_write(encoding: str) -> None:
    table = read_table(a_csv(HEADER, "A1,2018.5.3,暴露垃圾,东四四条㐀,已办结", encoding=encoding), "sheet.csv")
    assert column_of(table, "地址") == ["东四四条㐀"]


def test_text_in_neither_encoding_is_refused_with_its_line() -> None:
    with pytest.raises(FileRefused) as refused:
        read_table(HEADER.encode() + b"\r\nA1,\xff\xff,\r\n", "sheet.csv")
    assert refused.value.code == "file_encoding_unknown"
    assert refused.value.params == {"line": 2}


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    table = read_table(a_csv(delimiter.join(NAMES), delimiter.join("ABCDE")), "sheet.csv")
    assert table.columns == NAMES
    assert column_of(table, "处置结果") == ["E"]


def test_lines_are_those_that_a_spreadsheet_program_shows() -> None:
    table = read_table(a_csv(HEADER, 'A1,,,"两行\n地址",', "", "A2,,,x,"), "sheet.csv")
    assert lines_of(table) == [2, 4]


def test_the_header_is_found_below_title_rows() -> None:
    titled = a_csv(
        "某某街道案件统计表,,,,", "填报单位：示例街道,,日期：2018年5月,,", HEADER, "A1,2018.5.3,垃圾,甲,已办结"
    )
    for expected in ((), NAMES):
        table = read_table(titled, "sheet.csv", expected=expected)
        assert (table.header_line, table.columns) == (3, NAMES)
        assert lines_of(table) == [4]


def test_a_header_of_two_rows_is_read_as_one() -> None:
    table = read_table(
        a_csv("案件编号,上报,,小类,处置结果", ",上报时间,地址,,", "A1,2018.5.3,甲,垃圾,已办结"),
        "sheet.csv",
        expected=NAMES,
    )
    assert table.columns == ("案件编号", "上报时间", "地址", "小类", "处置结果")
    assert column_of(table, "小类") == ["垃圾"]


def test_header_names_are_compared_without_blanks_width_and_case() -> None:
    table = read_table(a_csv("案件 编号*,ＩＤ,上报\t时间：", "A1,1,2"), "sheet.csv", expected=["案件编号"])
    assert table.column("案件编号") == "案件 编号*"
    assert table.column("不存在", "id") == "ＩＤ"
    assert table.column("不存在") is None


def test_rows_that_are_no_data_are_left_aside_and_counted() -> None:
    table = read_table(
        a_csv(
            "序号," + HEADER,
            "1,A1,2018.5.3,垃圾,甲,已办结",
            "2,,,,,",
            ",,,,,",
            "序号," + HEADER,
            "3,A2,2018.5.3,垃圾,合计大街,已办结",
            "合计,2,,,,",
            "总计：2 件,,,,,",
            "制表人：赵示例,,,,审核：钱示例,",
        ),
        "sheet.csv",
    )
    assert column_of(table, "案件编号") == ["A1", "A2"]
    assert table.left_aside == 6


def test_a_row_with_a_stray_comma_is_a_fault_of_that_row_alone() -> None:
    table = read_table(a_csv(HEADER, "A1,2018.5.3,垃圾,甲,乙,已办结", "A2,2018.5.3,垃圾,甲,已办结"), "sheet.csv")
    rows = list(table)
    assert [row.fault.code if row.fault else None for row in rows] == ["row_too_wide", None]


def test_an_open_quotation_mark_names_its_line() -> None:
    with pytest.raises(FileRefused) as refused:
        list(read_table(a_csv(HEADER, "A1,,,甲,", 'A2,,,"乙,', "A3,,,丙,"), "sheet.csv"))
    assert (refused.value.code, refused.value.params) == ("file_quote_open", {"line": 3})


def test_a_second_column_of_one_name_is_told_apart() -> None:
    assert read_table(a_csv("备注,备注,编号", "甲,乙,1"), "sheet.csv").columns == ("备注", "备注 (2)", "编号")


def test_merged_cells_of_a_workbook_hold_what_the_first_one_shows() -> None:
    book = a_workbook(
        ["标题"],
        ["街道", "小类", "地址"],
        ["", "垃圾", "甲"],
        ["", "垃圾", "乙"],
        ["", "垃圾", "丙"],
        merged=(("A3:A5", "东四"), ("A1:C1", "标题")),
    )
    table = read_table(book, "sheet.xlsx")
    assert table.header_line == 2
    assert column_of(table, "街道") == ["东四", "东四", "东四"]


def test_an_old_workbook_reads_like_a_new_one() -> None:
    table = read_table(DATA / "grid.xls", "grid.xls", expected=NAMES)
    rows = list(table)
    assert [row.line for row in rows] == [4, 5, 6, 7, 8]
    assert [row.cells["小类"] for row in rows] == ["暴露垃圾", "道路破损", "", "乱停车", "乱停车"]
    assert rows[0].cells["上报时间"] == datetime(2018, 5, 3, 8, 5)
    assert table.left_aside == 3


def test_the_sheet_that_has_the_header_is_found_or_the_one_that_was_asked_for() -> None:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.add_worksheet("说明").write(0, 0, "请先阅读")
    page = book.add_worksheet("数据")
    page.write_row(0, 0, NAMES)
    page.write_row(1, 0, ["A1", "2018.5.3", "垃圾", "甲", "已办结"])
    book.close()
    assert lines_of(read_table(held.getvalue(), "x.xlsx", expected=NAMES)) == [2]
    with pytest.raises(FileRefused) as refused:
        read_table(held.getvalue(), "x.xlsx", sheet="明细")
    assert refused.value.code == "file_sheet_missing"
    assert "说明、数据" in refused.value.text.render("zh")


def test_lines_of_a_workbook_count_the_empty_rows_above_the_table() -> None:
    table = read_table(
        a_workbook([], [], list(NAMES), ["A1", "", "", "甲", ""], [], ["A2", "", "", "乙", ""]), "x.xlsx"
    )
    assert lines_of(table) == [4, 6]


def test_json_lines_are_read_and_a_broken_one_is_a_fault_of_that_line() -> None:
    table = read_table(b'{"id": "A1", "at": {"lane": "L1"}}\n{"id": \n\n{"id": 7, "at": null}\n', "cases.ndjson")
    rows = list(table)
    assert [(row.line, row.fault.code if row.fault else None) for row in rows] == [
        (1, None),
        (2, "row_unreadable"),
        (4, None),
    ]
    assert rows[0].cells == {"id": "A1", "at.lane": "L1"}


def test_a_web_page_that_calls_itself_a_workbook_is_read() -> None:
    page = (
        "<html><meta charset='gbk'><table><tr><th>街道</th><th>案件编号</th><th>地址</th></tr>"
        "<tr><td rowspan=2>东四</td><td>A1<td>甲&amp;乙</tr><tr><td>A2</td><td>丙<br>丁</td></tr></table></html>"
    ).encode("gb18030")
    rows = list(read_table(page, "export.xls", expected=["案件编号"]))
    assert [dict(row.cells) for row in rows] == [
        {"街道": "东四", "案件编号": "A1", "地址": "甲&乙"},
        {"街道": "东四", "案件编号": "A2", "地址": "丙 丁"},
    ]


def test_a_span_of_five_thousand_digits_is_as_wide_as_a_span_can_be() -> None:
    page = f"<table><tr><th>案件编号<th colspan={'9' * 5000}>备注</tr><tr><td>A1<td>x</tr></table>".encode()
    [row] = read_table(page, "export.xls", expected=["案件编号"])
    assert row.cells["案件编号"] == "A1"


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.xls"])
def test_an_encoding_that_the_mapping_states_and_the_file_lacks_is_refused(name: str) -> None:
    data = "<table><tr><th>案件编号</th></tr></table>" if name == "sheet.xls" else HEADER + "\r\nA1,,,,"
    with pytest.raises(FileRefused):
        list(read_table(data.encode("utf-16-be"), name, encoding="utf-16", expected=NAMES))
    with pytest.raises(FileRefused):
        list(read_table((data + " ").encode(), name, encoding="utf-16", expected=NAMES))


def test_json_that_is_nested_too_deeply_is_a_fault_of_its_line() -> None:
    deep = b'{"id": ' + b'{"a":' * 1000 + b"1" + b"}" * 1001
    rows = list(read_table(b'{"id": "A1"}\n' + deep + b'\n{"id": "A2"}\n', "cases.ndjson"))
    assert [row.fault.code if row.fault else None for row in rows] == [None, "row_unreadable", None]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "x.csv", "file_empty"),
        (b" \r\n ", "x.csv", "file_empty"),
        (b"PK\x03\x04 and then nothing", "x.xlsx", "file_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "x.xls", "file_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "x.xlsx", "file_locked"),
        (b"%PDF-1.7 \0\0", "x.pdf", "file_kind_unknown"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "x.csv", "file_kind_unknown"),
        ("只有一格".encode(), "x.csv", "file_header_missing"),
    ],
)
def test_what_is_no_table_is_refused_with_a_code(data: bytes, name: str, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        list(read_table(data, name, expected=NAMES))
    assert refused.value.code == code


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        read_table(a_workbook(), "x.xlsx")
    assert refused.value.code == "file_empty"


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"a,b\n" * 1000)
    with pytest.raises(FileRefused) as refused:
        read_table(large, "large.csv", limits=SheetLimits(file_bytes=1000))
    assert refused.value.code == "file_too_large"


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        list(read_table(b"a,b\n" + b"1,2\n" * 100, "x.csv", limits=SheetLimits(rows=50)))
    assert refused.value.code == "file_too_many_cells"


def test_an_archive_that_unpacks_to_too_much_is_refused_whatever_it_says_of_itself() -> None:
    book = a_workbook(list(NAMES), ["x" * 30_000, "", "", "", ""])
    lying = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as honest, zipfile.ZipFile(lying, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in honest.infolist():
            archive.writestr(entry.filename, honest.read(entry.filename))
        archive.writestr("xl/media/big.bin", b"\0" * (8 << 20))
    stated, claimed = (8 << 20).to_bytes(4, "little"), (8).to_bytes(4, "little")
    with pytest.raises(FileRefused) as refused:
        read_table(lying.getvalue().replace(stated, claimed), "x.xlsx", limits=SheetLimits(unpacked_bytes=4 << 20))
    assert refused.value.code == "file_too_large"


def test_two_cells_in_opposite_corners_do_not_allocate_what_lies_between() -> None:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet()
    page.write(0, 0, "案件编号")
    page.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(FileRefused) as refused:
        read_table(held.getvalue(), "x.xlsx")
    assert refused.value.code == "file_too_heavy"


def a_raw_workbook(*rows: str, shared: str = "") -> bytes:
    """An .xlsx whose sheet is written by hand, as no spreadsheet program would write it."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(a_workbook(["案件编号", "x" * 9]))) as whole,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in whole.infolist():
            content = whole.read(entry.filename).decode()
            if entry.filename == "xl/worksheets/sheet1.xml":
                content = content.replace("</sheetData>", "".join(rows) + "</sheetData>")
            elif entry.filename == "xl/sharedStrings.xml" and shared:
                content = content.replace("x" * 9, shared)
            archive.writestr(entry.filename, content)
    return held.getvalue()


@pytest.mark.parametrize(
    "row",
    [
        '<row r="1048576">' + "<c><v>1</v></c>" * 16_000 + "</row>",
        '<row r="2"><c foo="a>b" r="XFD1048576"><v>1</v></c></row>',
        '<row r="2"><c r="&#88;FD1048576"><v>1</v></c></row>',
    ],
    ids=["cells without a place", "an attribute with a bracket", "a place in entities"],
)
def test_a_workbook_that_asks_for_all_memory_is_refused_and_ends_no_more_than_its_own_process(row: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_table(a_raw_workbook(row), "x.xlsx", expected=NAMES)
    assert refused.value.code in {"file_too_heavy", "file_too_many_cells", "file_damaged"}


def test_one_long_text_that_a_thousand_cells_share_is_refused() -> None:
    rows = [f'<row r="{at}"><c r="A{at}" t="s"><v>1</v></c></row>' for at in range(2, 1002)]
    with pytest.raises(FileRefused) as refused:
        list(read_table(a_raw_workbook(*rows, shared="长" * (1 << 20)), "x.xlsx", expected=NAMES))
    assert refused.value.code == "file_too_heavy"


def test_every_kind_of_cell_comes_back_from_the_process_that_opened_the_workbook() -> None:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, ["甲", "乙", "丙", "丁", "戊", "己", "庚"])
    page.write_row(1, 0, ['字\n"x"', 1.5, 7, True])
    for column, (value, form) in enumerate(
        [
            (datetime(2018, 5, 3, 8, 5), "yyyy-mm-dd hh:mm"),
            (datetime(2018, 5, 3), "yyyy-mm-dd"),
            (timedelta(hours=30, seconds=1), "[h]:mm:ss"),
        ],
        4,
    ):
        page.write_datetime(1, column, value, book.add_format({"num_format": form}))
    book.close()
    [row] = read_table(held.getvalue(), "x.xlsx")
    assert list(row.cells.values()) == [
        '字\n"x"',
        1.5,
        7,
        True,
        datetime(2018, 5, 3, 8, 5),
        date(2018, 5, 3),
        timedelta(hours=30, seconds=1),
    ]


def test_a_format_that_was_dragged_to_the_last_row_does_no_harm() -> None:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, NAMES)
    page.write_row(1, 0, ["A1", "2018.5.3", "垃圾", "甲", "已办结"])
    page.write_blank(1_048_575, 4, None, book.add_format({"bold": True}))
    book.close()
    assert lines_of(read_table(held.getvalue(), "x.xlsx")) == [2]


def test_another_office_format_is_named_as_unknown() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(FileRefused) as refused:
        read_table(held.getvalue(), "x.ods")
    assert refused.value.code == "file_kind_unknown"


def test_every_refusal_reads_in_english_too() -> None:
    from kernel.messages import has_english
    from kernel.sheets import faults

    refusals = [found for found in vars(faults).values() if isinstance(found, type) and "message" in vars(found)]
    assert [found.__name__ for found in refusals if not has_english(found.message)] == []
