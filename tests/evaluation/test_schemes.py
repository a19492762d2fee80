"""Scheme documents: what is accepted, and how each contradiction is named."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evaluation.scheme_documents import SchemeRefused, read_scheme, shipped_scheme
from tests.evaluation.builders import a_document, a_scheme, a_source, the_shipped_scheme

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "schemes"


def faults_of(document: Any) -> dict[str, str]:
    """The mistakes of a document: Chinese text by pointer."""
    with pytest.raises(SchemeRefused) as caught:
        read_scheme(document)
    return {fault.pointer: fault.text.render("zh") for fault in caught.value.faults}


def test_the_shipped_scheme_is_that_of_the_district() -> None:
    scheme = the_shipped_scheme()
    weights = {source.code: {d.code: int(d.weight) for d in source.dimensions} for source in scheme.sources}
    assert {source.code: int(source.weight) for source in scheme.sources} == {
        "street": 30, "community": 30, "residents": 40,
    }  # fmt: skip
    assert weights == {
        "street": {"accuracy": 40, "timeliness": 30, "whistle": 20, "conduct": 10},
        "community": {"patrol": 35, "deliberation": 25, "records": 20, "teamwork": 20},
        "residents": {"satisfaction": 40, "change": 30, "manner": 20, "recognition": 10},
    }
    residents = scheme.source("residents")
    assert residents is not None
    assert (residents.minimum_raters, residents.trim_percent) == (5, 10)
    assert scheme.conflicts == ("self", "relative", "team_mate")


@pytest.mark.parametrize("name", ["dongcheng", "monthly-50-30-20"])
def test_schemes_in_the_documentation_are_the_shipped_ones(name: str) -> None:
    assert (EXAMPLES / f"{name}.json").read_bytes() == shipped_scheme(name)


def test_three_tenths_sum_exactly() -> None:
    tenths = [a_source(code, weight=weight) for code, weight in (("street", 0.1), ("community", "0.1"))]
    scheme = a_scheme(*tenths, a_source("peers", weight="1/10"), a_source("residents", weight=99.7))
    assert sum(source.weight for source in scheme.sources[:3]) == Fraction(3, 10)
    thirds = [{"code": f"d{at}", "zh": "一", "en": "x", "weight": "100/3"} for at in range(3)]
    assert a_scheme(a_source(dimensions=thirds)).sources[0].dimensions[0].weight == Fraction(100, 3)


def test_weights_that_miss_a_hundred_are_named_with_their_sum() -> None:
    assert faults_of(a_document(sources=[a_source(weight=99.9)])) == {"/sources": "权重合计为 999/10，应为 100"}


def test_every_contradiction_is_named_by_its_place() -> None:
    dimension = {"code": "x", "zh": "一", "en": "x", "weight": 50}
    wrong = [
        a_source("street", weight=50, scale={"least": 5, "most": 5}, open_ballots={}),
        a_source("street", weight=50, dimensions=[dimension, {**dimension, "measure": "accuracy"}]),
        a_source("objective", weight=0),
    ]
    bands = [{"at_least": 60, "multiplier_percent": 100}, {"at_least": 60, "multiplier_percent": 95}]
    found = faults_of(a_document(sources=wrong, bands=bands))
    assert found == {
        "/sources/2/weight": "权重要大于 0",
        "/sources/1/code": "代码“street”重复",
        "/sources/0/scale/most": "最高分要大于最低分",
        "/sources/0/open_ballots": "只有居民可以投开放票",
        "/sources/1/dimensions/1/code": "代码“x”重复",
        "/sources/2/dimensions/0/measure": "客观来源的维度要写明取自案件的哪一项",
        "/bands/1/at_least": "最后一档要从 0 分起",
    }


def test_words_have_to_fit_the_scale() -> None:
    scale = {"least": 1, "most": 5, "zh": ["差", "好"]}
    assert faults_of(a_document(sources=[a_source(scale=scale)])) == {
        "/sources/0/scale/zh": "每个分值要有一个词，共 5 个"
    }


def test_curves_step_forward_and_are_for_facts() -> None:
    curve = [[0, 0], [60, 10], [50, 120]]
    dimension = {"code": "x", "zh": "一", "en": "x", "weight": 100, "curve": curve}
    assert faults_of(a_document(sources=[a_source(dimensions=[dimension])])) == {
        "/sources/0/dimensions/0/curve": "分段只用于取自案件的维度",
        "/sources/0/dimensions/0/curve/2": "百分比要从小到大",
    }


@pytest.mark.parametrize("weight", ["x", "1/0", True, None, "1e999999999", [1], "-5"])
def test_what_is_no_number_is_no_weight(weight: object) -> None:
    assert next(iter(faults_of(a_document(sources=[a_source(weight=weight)])))) == "/sources/0/weight"


def test_unknown_fields_are_mistakes() -> None:
    assert faults_of(a_document(extra=1)) == {"/extra": "没有这一项，请检查拼写"}
    assert faults_of(b"{") == {"": "不是有效的 JSON"}
    assert faults_of(b'{"name": "a", "name": "b"}') == {"": "“name”写了两遍"}
