"""`jinpai import`, `template`, `export` and `verify`: a clerk's afternoon, typed."""

import csv
import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.api.command import ROOT, a_district, cases_sheet, environment, jinpai

GOOD = (
    "26-0001,2026-05-03 08:05,road_damage,110101006-001,已解决",
    "26-0002,2026-05-03 09:10,road_damage,110101006-002,已核实",
    "26-0003,2026-05-04 10:00,road_damage,110101006-001,待核实",
)
BAD = ("26-0004,2026-13-04 10:00,road_damage,110101006-001,已核实", "26-0005,2026-05-04,road_damage,x-9,已核实")


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_district(tmp_path_factory.mktemp("cli"))


def balance_of(district: Path) -> int:
    entries = jinpai("export", "statement", "0060001", "--data", district, "--json").json["data"]
    return entries[0]["balance_after"] if entries else 0


def test_a_dry_run_finds_everything_and_leaves_nothing(district: Path, tmp_path: Path) -> None:
    sheet = cases_sheet(tmp_path / "cases.csv", *GOOD, *BAD)
    before = balance_of(district)
    ended = jinpai("import", "cases", sheet, "--data", district, "--dry-run", "--json")
    assert ended.code == 3, ended.err
    assert (ended.json["rows"], ended.json["accepted"], ended.json["refused"]) == (5, 3, 2)
    assert balance_of(district) == before
    assert jinpai("verify", "--data", district, "--json").json["rows"]["cases_case"] == 0


def test_good_rows_are_taken_bad_ones_named_by_line_and_column_and_a_repetition_adds_nothing(
    district: Path, tmp_path: Path
) -> None:
    sheet = cases_sheet(tmp_path / "cases.csv", *GOOD, *BAD)
    ended = jinpai("import", "cases", sheet, "--data", district)
    assert ended.code == 3, ended.err
    assert ended.out == "", "counts and faults are for people"
    assert "第 5 行 上报时间 (line 5)" in ended.err
    assert "第 6 行 小巷编号 (line 6)" in ended.err
    assert "3 accepted" in ended.err
    assert "rows/s" in ended.err
    earned = balance_of(district)
    assert earned > 0
    again = jinpai("import", "cases", sheet, "--data", district, "--json")
    assert again.code == 3
    assert (again.json["accepted"], again.json["repeated"], again.json["refused"]) == (0, 3, 2)
    assert [fault["line"] for fault in again.json["faults"]] == [5, 6]
    assert all(fault["zh"] != fault["en"] for fault in again.json["faults"])
    assert balance_of(district) == earned
    sound = jinpai("verify", "--data", district, "--json")
    assert sound.code == 0, sound.out
    assert sound.json["holds"] is True
    assert sound.json["rows"]["cases_case"] == 3


def test_a_sheet_of_bad_rows_alone_fails(district: Path, tmp_path: Path) -> None:
    assert jinpai("import", "cases", cases_sheet(tmp_path / "bad.csv", *BAD), "--data", district).code == 1


def test_an_import_that_was_interrupted_goes_on_where_it_stopped(district: Path, tmp_path: Path) -> None:
    rows = [f"27-{at:05},2026-07-01 08:05,road_damage,110101006-001,已核实" for at in range(12_000)]
    sheet = cases_sheet(tmp_path / "many.csv", *rows)
    command = [sys.executable, "-m", "api.cli", "import", "cases", str(sheet), "--data", str(district)]
    # A shell that has the tests run in the background has them ignore it, and what they start as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True) as importing:
        assert importing.stderr is not None
        assert "rows/s" in importing.stderr.readline(), "the first chunk is done"
        importing.send_signal(signal.SIGINT)
        assert importing.wait(60) == 3
        assert "goes on where this one stopped" in importing.stderr.read()
    again = jinpai("import", "cases", sheet, "--data", district, "--json")
    assert again.code == 0, again.err
    assert 1_000 <= again.json["resumed_at"] < 12_000
    assert (again.json["rows"], again.json["accepted"]) == (12_000, 12_000)
    assert jinpai("verify", "--data", district).code == 0


def test_the_first_administrator_gets_a_password_that_signs_in(district: Path) -> None:
    assert jinpai("staff", "password", "dongsi01", "--data", district, typed="\n").code == 1
    assert jinpai("staff", "password", "nobody", "--data", district, typed="x\n").code == 1
    ended = jinpai("staff", "password", "dongsi01", "--data", district, typed="correct horse battery\n")
    assert (ended.code, ended.out) == (0, "")
    assert "correct horse" not in ended.err


def test_a_statement_comes_as_csv_in_either_language_and_as_a_workbook(district: Path, tmp_path: Path) -> None:
    sheet = cases_sheet(tmp_path / "more.csv", "26-0101,2026-06-03 08:05,road_damage,110101006-001,已核实")
    assert jinpai("import", "cases", sheet, "--data", district).code == 0
    chinese = jinpai("export", "statement", "0060001", "--data", district, "--lang", "zh")
    english = jinpai("export", "statement", "0060001", "--data", district, "--lang", "en")
    assert chinese.code == english.code == 0
    rows = list(csv.reader(io.StringIO(chinese.out.removeprefix("\ufeff"))))
    assert rows[0][:5] == ["时间", "事由", "编号", "账户", "积分"]
    assert rows[1][0] == "2026-06-03 08:05:00"
    assert "分。" in rows[1][7]
    assert "Points" in english.out.splitlines()[0]
    assert len(english.out.splitlines()) == len(rows)
    book = tmp_path / "statement.xlsx"
    ended = jinpai("export", "statement", "0060001", "--data", district, "--out", book, "--lang", "zh")
    assert (ended.code, ended.out) == (0, "")
    cells = CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python()
    assert [row[2] for row in cells] == [row[2] for row in rows]
    assert isinstance(cells[1][4], float)


def test_an_unknown_steward_or_file_format_is_said_so(district: Path, tmp_path: Path) -> None:
    unknown = jinpai("export", "statement", "9999999", "--data", district)
    assert (unknown.code, unknown.out) == (1, "")
    assert "9999999" in unknown.err
    assert jinpai("export", "statement", "0060001", "--data", district, "--out", tmp_path / "x.pdf").code == 2


@pytest.mark.parametrize(
    ("args", "code", "named"),
    [
        (("import", "dogs", "x.csv"), 2, "x.csv"),
        (("import", "cases", "missing.csv"), 2, "missing.csv"),
        (("import", "cases", "README.md"), 1, "README.md"),
        (("import", "cases", "pyproject.toml", "--mapping", "pyproject.toml"), 1, "pyproject.toml"),
        (("import",), 2, "Missing argument"),
        (("verify", "--loud"), 2, "--loud"),
        (("tick", "--at", "tomorrow"), 2, "tomorrow"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_what_was_typed_wrong_is_named_on_stderr(district: Path, args: tuple[str, ...], code: int, named: str) -> None:
    ended = jinpai(*args, *(("--data", district) if args[0] != "nonsense" else ()))
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert named in ended.err
    assert "Traceback" not in ended.err


def test_a_template_is_a_workbook_that_its_own_import_reads(district: Path, tmp_path: Path) -> None:
    filled = tmp_path / "cases.xlsx"
    assert jinpai("template", "cases", "--out", filled).code == 0
    ended = jinpai("import", "cases", filled, "--data", district, "--dry-run", "--json")
    assert ended.json["refused"] == 0, ended.json["faults"]
