"""Mapping documents: each mistake is named by its place, and what can be known beforehand is refused beforehand."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

import cases.imports.refusals
from cases.imports import KINDS, MappingRefused, load_mapping
from cases.imports.mapping_documents import parse_mapping
from cases.imports.readers import digest, slug, year_of
from cases.imports.refusals import MappingOfOtherKind
from kernel.errors import Refusal
from kernel.messages import has_english, translate
from tests.cases.imports.sheets import EXAMPLES, GRID


def pointers(mapping: Mapping[str, Any]) -> list[str]:
    """Where the mistakes of a mapping of cases are."""
    with pytest.raises(MappingRefused) as refused:
        parse_mapping("cases", mapping)
    return [fault.pointer for fault in refused.value.faults]


@pytest.mark.parametrize("path", sorted((EXAMPLES / "mappings").glob("*.json")), ids=lambda path: path.stem)
def test_each_example_of_the_documentation_is_sound(path: Path) -> None:
    document = path.read_bytes()
    assert load_mapping(orjson.loads(document)["kind"], document).title


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_mapping_that_reads_its_template(kind: Any) -> None:
    assert load_mapping(kind).kind == kind


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"categroy": "小类"}, "/categroy"),
        ({"external_id": {"column": "编号", "constant": "1"}}, "/external_id"),
        ({"external_id": 5}, "/external_id"),
        ({"external_id": {"columm": "编号"}}, "/external_id/columm"),
        ({"reported_at": {"column": "时间", "zone": "Asia/Peking"}}, "/reported_at/zone"),
        ({"reported_at": {"column": "时间", "format": "yyyy-mm-dd"}}, "/reported_at/format"),
        ({"reported_at": {"column": "时间", "year": 26}}, "/reported_at/year"),
        ({"lane": {"code": "巷", "name": "巷名"}}, "/lane"),
        ({"lane": {"code": "巷", "within": "街道"}}, "/lane"),
        ({"leave_out": [{"column": "大类"}]}, "/leave_out/0"),
        ({"category": {"column": "小类", "otherwise": "litter"}}, "/category"),
        ({"title": ""}, "/title"),
        ({"encoding": "big5"}, "/encoding"),
        ({"outcome": {"column": "结果", "values": {"办结": "done"}}}, ""),
        ({"outcome": {"column": "结果", "values": {"重复": "duplicate"}}}, ""),
        ({"latitude": "纬度"}, ""),
    ],
)
def test_a_mistake_is_named_by_its_place(changed: Mapping[str, Any], pointer: str) -> None:
    found = pointers({**GRID, **changed})
    assert pointer in found, found


def test_missing_fields_are_all_named_at_once() -> None:
    mapping = {name: value for name, value in GRID.items() if name not in {"external_id", "lane"}}
    assert pointers(mapping) == ["/external_id", "/lane"]


@pytest.mark.parametrize("document", [b"", b"[]", b"{", b'"x"'])
def test_what_is_no_json_object_is_refused(document: bytes) -> None:
    with pytest.raises(MappingRefused):
        load_mapping("cases", document)


def test_a_mapping_of_another_kind_is_refused() -> None:
    with pytest.raises(MappingOfOtherKind):
        load_mapping("stewards", orjson.dumps({**GRID, "kind": "cases"}))


def test_mistakes_are_told_in_both_languages() -> None:
    for changed in ({"outcome": {"constant": "done"}}, {"x": 1}, {"title": ""}, {"lane": {}}, {"encoding": "big5"}):
        with pytest.raises(MappingRefused) as refused:
            parse_mapping("cases", {**GRID, **changed})
        for fault in refused.value.faults:
            assert has_english(fault.text.message), fault.text.message
            assert "{" not in fault.text.render("zh") + fault.text.render("en")
        assert refused.value.text.render("en") != refused.value.text.render("zh")


REFUSALS = [
    thing
    for thing in vars(cases.imports.refusals).values()
    if isinstance(thing, type) and issubclass(thing, Refusal) and thing.__module__ == "cases.imports.refusals"
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_each_refusal_reads_in_english_with_the_same_parameters(refusal: type[Refusal]) -> None:
    assert has_english(refusal.message), refusal.message
    english = translate(refusal.message, "en")
    assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", refusal.message))


def test_every_message_of_the_package_reads_in_english() -> None:
    folder = Path(cases.imports.refusals.__file__).parent
    said = [
        node.args[0].value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert len(said) > 20
    assert [message for message in said if not has_english(message)] == []


def test_a_slug_is_short_readable_and_tells_long_names_apart() -> None:
    assert slug("Allston / Brighton") == "allston-brighton"
    assert slug("东四 街道（北）") == "东四-街道-北"
    long = "Fenway / Kenmore / Audubon Circle / Longwood"
    assert len(slug(long)) <= 32
    assert slug(long) != slug(long + " West")
    assert slug(long) == slug(long.upper())


def test_a_digest_is_always_the_same() -> None:
    assert digest("dorchester-1307") == "83ddb5299bbe"
    assert digest("a") != digest("b")


@pytest.mark.parametrize(
    ("titles", "name", "year"),
    [
        (("2018年5月统计表",), "x.csv", 2018),
        ((), "网格案件2019.xlsx", 2019),
        (("2018年与2019年对比",), "x.csv", None),
        (("5月统计表",), "x.csv", None),
        (("编号 120185",), "x.csv", None),
    ],
)
def test_the_year_of_a_sheet_is_known_where_exactly_one_is_stated(
    titles: tuple[str, ...], name: str, year: int | None
) -> None:
    assert year_of(titles, name) == year
