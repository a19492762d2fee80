"""Reading a rule set from JSON: every mistake is named by JSON pointer, in Chinese or English, none is passed over."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kernel.errors import Kind, Refusal
from kernel.messages import N_, Text
from points.rules import RuleSet

_MESSAGES: Mapping[str, str] = {
    "missing": N_("缺少这一项"),
    "extra_forbidden": N_("没有这一项，请检查拼写"),
    "int_type": N_("应为整数"),
    "int_from_float": N_("应为整数"),
    "int_parsing": N_("应为整数"),
    "int_parsing_size": N_("数字太大"),
    "greater_than_equal": N_("不得小于 {ge}"),
    "less_than_equal": N_("不得大于 {le}"),
    "string_type": N_("应为文字"),
    "string_too_short": N_("不得为空"),
    "string_too_long": N_("不得超过 {max_length} 个字"),
    "string_pattern_mismatch": N_("只用小写字母、数字和下划线，以字母开头，至多 32 个字符"),
    "literal_error": N_("应为其中之一：{expected}"),
    "enum": N_("应为其中之一：{expected}"),
    "dict_type": N_("应为对象"),
    "model_type": N_("应为对象"),
    "tuple_type": N_("应为列表"),
    "too_short": N_("不得少于 {min_length} 项"),
    "too_long": N_("至多 {max_length} 项"),
    "union_tag_invalid": N_("应为其中之一：{expected}"),
    "union_tag_not_found": N_("缺少“kind”"),
    "json_invalid": N_("不是有效的 JSON"),
}


_ABSENT = object()


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One mistake in a rule document, by JSON pointer."""

    pointer: str
    text: Text


class RulesRefused(Refusal):
    """A rule document has mistakes; `faults` lists them all."""

    code = "rules_refused"
    kind = Kind.INVALID
    message = "积分规则有 {count} 处错误，第一处在“{where}”：{what}。"

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        first = faults[0]
        super().__init__(pointer=first.pointer, count=len(faults), where=first.pointer or "/", what=first.text)
        self.faults = tuple(faults)


def parse_rules(document: bytes | str | Mapping[str, Any]) -> RuleSet:
    """A rule set from JSON text or from the object that such text holds.

    Raises:
        RulesRefused: with every mistake that was found.

    """
    return read_rules(document)[0]


def read_rules(document: bytes | str | Mapping[str, Any]) -> tuple[RuleSet, str]:
    """A rule set and its canonical JSON (the document as written, keys sorted, no spaces).

    Raises:
        RulesRefused: with every mistake that was found.

    """
    plain = _plain(document)
    try:
        rules = RuleSet.model_validate_json(json.dumps(plain, allow_nan=False))
    except ValidationError as error:
        faults = [fault for details in error.errors() for fault in _faults(details, plain)]
        raise RulesRefused(faults) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise RulesRefused([RuleFault("", Text(N_("不是有效的 JSON")))]) from error
    return rules, orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def shipped_programme(name: str = "dongcheng") -> bytes:
    """A rule document that comes with the service: `dongcheng` (the default) or `one-point`.

    Raises:
        FileNotFoundError: no programme of that name is shipped.

    """
    return files("points").joinpath("programmes", f"{name}.json").read_bytes()


def _plain(document: bytes | str | Mapping[str, Any]) -> Any:
    if isinstance(document, Mapping):
        return dict(document)
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                twice.append(name)
            found[name] = value
        return found

    try:
        # NaN and Infinity become words, so that the field that holds them is named.
        plain = json.loads(document, object_pairs_hook=once, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise RulesRefused([RuleFault("", Text(N_("不是有效的 JSON")))]) from error
    if twice:
        raise RulesRefused([RuleFault("", Text(N_("“{name}”写了两遍"), {"name": name})) for name in twice])
    return plain


def _faults(details: ErrorDetails, document: Any) -> list[RuleFault]:
    context = dict(details.get("ctx") or {})
    if details["type"] == "contradictions":
        return [RuleFault(_pointer(path), Text(message, params)) for path, message, params in context["found"]]
    if "expected_tags" in context:
        context["expected"] = context["expected_tags"]
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    known = _MESSAGES.get(details["type"])
    if known is None:
        # A validator of points.rules speaks Chinese itself; anything else of pydantic's is not meant for readers.
        known = details["msg"] if not details["msg"].isascii() else N_("填写有误")
    return [RuleFault(_pointer(_within(details["loc"], document)), Text(known, context))]


def _within(path: Sequence[str | int], document: Any) -> list[str | int]:
    """A path without pydantic's own marks, such as '[key]'."""
    kept: list[str | int] = []
    for at, part in enumerate(path):
        deeper = _member(document, part)
        if deeper is _ABSENT and (at < len(path) - 1 or part == "[key]"):
            continue
        document = deeper
        kept.append(part)
    return kept


def _member(document: Any, part: str | int) -> Any:
    if isinstance(document, Mapping):
        return document.get(part, _ABSENT)
    if isinstance(document, list) and isinstance(part, int) and part < len(document):
        return document[part]
    return _ABSENT


def _pointer(path: Sequence[str | int]) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
