"""What pages say: numbers, days, spans, receipts' lines, and that every message has its English."""

import ast
import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from api.pages.assets import STATIC_DIR
from api.pages.entries import Line, by_month, case_number_of
from api.pages.queue_filters import filters_of
from api.pages.rendering import own_path
from api.pages.wording import (
    day_words,
    message_words,
    moment_words,
    month_words,
    number_words,
    signed_words,
    span_words,
)
from api.tables import csv_of, harmless
from kernel.ids import new_id
from kernel.messages import Text, has_english

API = Path(__file__).parents[3] / "api"
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # noon in Beijing


def test_numbers_have_their_thousands_apart_and_a_true_minus() -> None:
    assert [number_words(value) for value in (0, 1286, -300)] == ["0", "1,286", "−300"]
    assert [signed_words(value) for value in (6, 0, -1286)] == ["+6", "0", "−1,286"]


def test_days_are_said_with_their_year_only_where_it_is_another() -> None:
    today = date(2026, 11, 23)
    assert day_words(date(2026, 11, 3), "zh", today=today) == "11 月 3 日"
    assert day_words(date(2025, 11, 3), "zh", today=today) == "2025 年 11 月 3 日"
    assert day_words(date(2026, 11, 3), "en", today=today) == "3 Nov"
    assert month_words("2026-11", "zh") == "2026 年 11 月"
    assert month_words("2026-11", "en") == "November 2026"


@pytest.mark.parametrize(
    ("instant", "zh", "en"),
    [
        (datetime(2026, 11, 23, 1, 12, tzinfo=UTC), "今天 09:12", "Today 09:12"),
        (datetime(2026, 11, 22, 10, 40, tzinfo=UTC), "昨天 18:40", "Yesterday 18:40"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "今天 00:00", "Today 00:00"),
        (datetime(2026, 11, 20, 0, 5, tzinfo=UTC), "11 月 20 日 08:05", "20 Nov 08:05"),
    ],
)
def test_moments_are_those_of_beijing_whatever_the_servers_zone(instant: datetime, zh: str, en: str) -> None:
    assert moment_words(instant, "zh", now=NOW) == zh
    assert moment_words(instant, "en", now=NOW) == en


@pytest.mark.parametrize(
    ("span", "zh", "en"),
    [
        (timedelta(minutes=160), "2 小时 40 分", "2 h 40 min"),
        (timedelta(days=3, hours=4, minutes=50), "3 天 4 小时", "3 d 4 h"),
        (timedelta(seconds=20), "0 分", "0 min"),
        (timedelta(days=1), "1 天", "1 d"),
        (timedelta(seconds=-5), "0 分", "0 min"),
    ],
)
def test_spans_are_said_in_two_units_at_most(span: timedelta, zh: str, en: str) -> None:
    assert span_words(span, "zh") == zh
    assert span_words(span, "en") == en


def test_english_counts_one_and_many() -> None:
    assert message_words("共 {count} 件", "en", count=1) == "1 case"
    assert message_words("共 {count} 件", "en", count=1200) == "1,200 cases"
    assert message_words("共 {count} 件", "zh", count=1) == "共 1 件"


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x", " =1"])
def test_a_cell_that_looks_like_a_formula_stays_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_numbers_and_ordinary_text_are_exported_as_they_are() -> None:
    assert harmless(-5) == -5
    assert harmless("赵示例") == "赵示例"
    assert csv_of(["编号", "说明"], [["1", "=cmd"]]) == "\ufeff编号,说明\r\n1,'=cmd\r\n".encode()


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "", "me", "/me\r\nX: y", "javascript:x"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(path: str) -> None:
    assert own_path(path, "/me") == "/me"


def test_filters_go_into_the_address_and_come_back() -> None:
    asked = {"state": "all", "lane": "014-02-01", "category": "litter", "on": "2026-11-20", "q": "赵 示例"}
    filters = filters_of(asked)
    assert filters_of(dict(pair.split("=") for pair in ())).query() == ""
    from urllib.parse import parse_qsl

    assert filters_of(dict(parse_qsl(filters.query()))) == filters


@pytest.mark.parametrize(
    "asked", [{"state": "nonsense"}, {"on": "2026-02-30"}, {"after": "x"}, {"q": "\0"}, {"q": "\ud800"}]
)
def test_a_filter_that_makes_no_sense_is_left_out(asked: dict[str, str]) -> None:
    assert filters_of(asked) == filters_of({})


def test_the_case_of_an_entry_is_read_from_its_reference() -> None:
    assert case_number_of("case 2611230412/verified/2") == "2611230412"
    assert case_number_of("opening 3") is None


def _messages() -> dict[str, str]:
    found: dict[str, str] = {}
    for template in sorted((API / "templates").rglob("*.html")):
        for call in Environment().parse(template.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in {"_", "rich"}:
                first = call.args[0]
                if isinstance(first, nodes.Const):
                    found[first.value] = template.name
    for module in sorted((API / "pages").glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                found[ast.literal_eval(node.args[0])] = module.name
    return found


def test_every_message_of_the_pages_has_its_english() -> None:
    missing = {message: where for message, where in _messages().items() if not has_english(message)}
    assert not missing


def test_templates_hold_no_chinese_of_their_own() -> None:
    for template in sorted((API / "templates").rglob("*.html")):
        for data in Environment().parse(template.read_text()).find_all(nodes.TemplateData):
            chinese = [character for character in data.data if "\u4e00" <= character <= "\u9fff"]
            assert "".join(chinese) in {"", "中文"}, (template.name, data.data)  # 中文 names its own language


def test_templates_have_no_inline_style_or_script() -> None:
    for template in sorted((API / "templates").rglob("*.html")):
        text = template.read_text()
        assert " style=" not in text, template.name
        assert " onclick=" not in text, template.name
        assert "<script>" not in text, template.name


def test_vendored_files_are_those_of_their_packages() -> None:
    manifest = json.loads((STATIC_DIR / "vendor" / "manifest.json").read_text())
    for package in manifest.values():
        for name, facts in package["files"].items():
            path = STATIC_DIR / "vendor" / name
            assert hashlib.sha256(path.read_bytes()).hexdigest() == facts["sha256"], name
        assert any("LICENSE" in name for name in package["files"])


def _line(day: date, change: int) -> Line:
    instant = datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC)
    return Line(
        id=new_id(),
        operation_id=new_id(),
        leg=0,
        title=Text("案件核实"),
        flow="in" if change > 0 else "out",
        change=change,
        of_debt=False,
        balance_after=0,
        case_number=None,
        why=None,
        steps=(),
        rule_number=None,
        reverses_id=None,
        reverses_case=None,
        reversed_by_id=None,
        award_id=None,
        occurred_at=instant,
        recorded_at=instant,
    )


def test_a_month_shows_its_sum_only_where_all_of_it_is_on_the_page() -> None:
    lines = [_line(date(2026, month, 5), change) for month, change in ((11, 6), (11, -2), (10, 3), (9, 4))]
    months = by_month(lines, from_start=True, to_end=False)
    assert [(month.period, month.complete) for month in months] == [
        ("2026-11", True),
        ("2026-10", True),
        ("2026-09", False),  # the next page may have more of it
    ]
    assert (months[0].earned, months[0].spent) == (6, 2)


def test_a_month_that_a_late_case_splits_shows_no_sum() -> None:
    lines = [_line(date(2026, month, 5), 1) for month in (11, 10, 11)]
    assert [month.complete for month in by_month(lines, from_start=True, to_end=True)] == [False, True, False]
