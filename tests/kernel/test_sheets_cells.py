"""What a cell says, as people type it and as spreadsheet programs mangle it."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kernel.sheets import (
    CellFault,
    as_code,
    as_integer,
    as_number,
    as_text,
    format_reader,
    read_moment,
    to_instant,
)

BEIJING = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MORNING = datetime(2018, 5, 3, 8, 5)
AMERICAN = "%m/%d/%Y %I:%M:%S %p"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (15.0, "15"),
        ("15.0", "15"),
        ("502.00", "502"),
        (" １５ ", "15"),
        ("ＤＣ－０１", "DC-01"),
        ("'0012", "0012"),
        ("0012", "0012"),
        ("3.5", "3.5"),
        (110101001001.0, "110101001001"),
        ("110101001001", "110101001001"),
        ("\ufeff110\u200b", "110"),
        (True, "true"),
        ("", ""),
        (None, ""),
        ("5E3", "5E3"),  # a house number, not a rounded one
    ],
)
def test_a_code_is_the_text_that_its_owner_knows(cell: object, code: str) -> None:
    assert as_code(cell) == code  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["1.10101E+17", "1.2E+11", 1.1010100100112345e17])
def test_a_code_that_was_rounded_by_a_spreadsheet_program_is_refused(cell: object) -> None:
    with pytest.raises(CellFault) as fault:
        as_code(cell)  # type: ignore[arg-type]
    assert fault.value.code == "cell_code_garbled"


@given(some.integers(min_value=0, max_value=2**53 - 1))
def test_a_whole_number_gives_the_same_code_typed_as_text_or_as_a_number(number: int) -> None:
    assert as_code(float(number)) == as_code(str(number)) == as_code(f"{number}.0") == str(number)


@pytest.mark.parametrize(
    ("cell", "value"), [("１２", 12.0), ("1,234.5", 1234.5), ("-71.06", -71.06), (3, 3.0), ("−2", -2.0)]
)
def test_numbers(cell: object, value: float) -> None:
    assert as_number(cell) == value  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["", "NaN", "inf", "1_000", "1,23", "五", True, float("nan"), "0x10"])
def test_what_is_no_number(cell: object) -> None:
    with pytest.raises(CellFault):
        as_number(cell)  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", [1.5, "1.5", 10.0**30, "1e30", "十", True])
def test_what_is_no_whole_number(cell: object) -> None:
    with pytest.raises(CellFault) as fault:
        as_integer(cell)  # type: ignore[arg-type]
    assert fault.value.code == "cell_not_an_integer"


def test_whole_numbers_may_come_with_a_zero_behind_the_point() -> None:
    assert [as_integer(15.0), as_integer("15.0"), as_integer("１５")] == [15, 15, 15]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        (MORNING, MORNING),
        (date(2018, 5, 3), datetime(2018, 5, 3)),
        ("2018.5.3", datetime(2018, 5, 3)),
        ("2018-05-03", datetime(2018, 5, 3)),
        ("２０１８．５．３", datetime(2018, 5, 3)),
        ("2018/5/3 8:05", MORNING),
        ("2018/5/3  08:05:00", MORNING),
        ("2018年5月3日", datetime(2018, 5, 3)),
        ("2018年5月3日8时5分", MORNING),
        ("2018年5月3日 上午8点5分", MORNING),
        ("2018年5月3日 下午3点20分", datetime(2018, 5, 3, 15, 20)),
        ("2018-5-3（星期四） 8:05", MORNING),
        ("5月3日", datetime(2018, 5, 3)),
        ("5月3日 8:05", MORNING),
        ("20180503", datetime(2018, 5, 3)),
        (20180503.0, datetime(2018, 5, 3)),
        ("20180503080500", MORNING),
        ("2018-05-03T08:05:00+08:00", datetime(2018, 5, 3, 0, 5, tzinfo=UTC)),
        ("2018-05-03T00:05:00Z", datetime(2018, 5, 3, 0, 5, tzinfo=UTC)),
        ("2018-05-03 24:00", datetime(2018, 5, 4)),
        (43223.0, datetime(2018, 5, 3)),
        ("43223.5", datetime(2018, 5, 3, 12)),
        (43223.33680555555, MORNING),
        ("2018-05-03 12:05 AM", datetime(2018, 5, 3, 0, 5)),
    ],
)
def test_dates_and_times_as_people_write_them(cell: object, moment: datetime) -> None:
    assert read_moment(cell, year=2018) == moment  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2018-2-29", "cell_date_impossible"),
        ("2018-13-01", "cell_date_impossible"),
        ("2018/5/3 25:05", "cell_date_impossible"),
        ("昨天", "cell_not_a_date"),
        ("5/3", "cell_not_a_date"),  # the third of May or the fifth of March
        ("05/03/2018", "cell_not_a_date"),
        ("", "cell_not_a_date"),
        (5.0, "cell_not_a_date"),
        (True, "cell_not_a_date"),
        (time(8, 5), "cell_not_a_date"),
        (timedelta(hours=8), "cell_not_a_date"),
        ("5月3日", "cell_year_missing"),
    ],
)
def test_what_is_no_date_says_why(cell: object, code: str) -> None:
    with pytest.raises(CellFault) as fault:
        read_moment(cell)  # type: ignore[arg-type]
    assert fault.value.code == code


@given(some.datetimes(min_value=datetime(1950, 1, 2), max_value=datetime(2100, 1, 1)))
def test_each_second_survives_a_spreadsheet_s_serial_number(moment: datetime) -> None:
    second = moment.replace(microsecond=0)
    serial = (second - datetime(1899, 12, 30)) / timedelta(days=1)
    assert read_moment(serial) == second


@given(some.datetimes(min_value=datetime(1000, 1, 1)))
def test_american_stamps_read_as_python_reads_them(moment: datetime) -> None:
    second = moment.replace(microsecond=0)
    assert format_reader(AMERICAN)(second.strftime(AMERICAN)) == second


@pytest.mark.parametrize(
    "text", ["13/01/2015 01:00:00 AM", "02/30/2015 01:00:00 AM", "01/01/2015 00:00:00 AM", "1.1.2015"]
)
def test_wrong_american_stamps_are_refused(text: str) -> None:
    with pytest.raises(CellFault):
        format_reader(AMERICAN)(text)


def test_any_other_form_can_be_stated() -> None:
    assert format_reader("%d.%m.%Y %H:%M")("03.05.2018 08:05") == MORNING
    assert format_reader("epoch_s")("1525305900") == datetime(2018, 5, 3, 0, 5, tzinfo=UTC)
    assert format_reader("epoch_ms")("1525305900000") == datetime(2018, 5, 3, 0, 5, tzinfo=UTC)
    with pytest.raises(CellFault):
        format_reader("epoch_s")("soon")


def test_a_local_time_that_never_was_is_read_by_the_clock_before_the_change() -> None:
    assert to_instant(datetime(2015, 3, 8, 2, 30), NEW_YORK) == datetime(2015, 3, 8, 7, 30, tzinfo=UTC)


def test_a_local_time_that_was_twice_means_the_first() -> None:
    assert to_instant(datetime(2015, 11, 1, 1, 30), NEW_YORK) == datetime(2015, 11, 1, 5, 30, tzinfo=UTC)


def test_a_stated_offset_counts_more_than_the_zone() -> None:
    stated = read_moment("2018-05-03T08:05:00-05:00")
    assert to_instant(stated, BEIJING) == datetime(2018, 5, 3, 13, 5, tzinfo=UTC)


def test_text_is_what_is_seen() -> None:
    assert [as_text(cell) for cell in (" a\u00a0b\u3000", 3.0, 3.25, MORNING, True, None)] == [
        "a b", "3", "3.25", "2018-05-03 08:05:00", "true", ""
    ]  # fmt: skip
