"""Documents that people write (rules, schemes) from JSON: each mistake is named by its pointer, none passed over."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kernel.errors import Kind, Refusal
from kernel.messages import N_, Text

Model = TypeVar("Model", bound=BaseModel)
Path = Sequence[str | int]

CONTRADICTIONS = "contradictions"
"""Type of the pydantic error by which a document's own checks hand over (path, message, parameters) triples."""

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
    "union_tag_invalid": N_("应为其中之一：{expected}"),
    "union_tag_not_found": N_("缺少“kind”"),
    "json_invalid": N_("不是有效的 JSON"),
    "bool_type": N_("应为 true 或 false"),
    "dict_type": N_("应为对象"),
    "model_type": N_("应为对象"),
    "tuple_type": N_("应为列表"),
    "too_short": N_("至少要有 {min_length} 项"),
    "too_long": N_("至多 {max_length} 项"),
}
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class DocumentFault:
    """One mistake in a document, by JSON pointer (RFC 6901)."""

    pointer: str
    text: Text


class DocumentRefused(Refusal):
    """A document has mistakes; `faults` lists them all. Each kind of document has a subclass with words of its own."""

    code = "document_refused"
    kind = Kind.INVALID
    message = N_("文件有 {count} 处错误，第一处在“{where}”：{what}。")

    def __init__(self, faults: Sequence[DocumentFault]) -> None:
        first = faults[0]
        super().__init__(pointer=first.pointer, count=len(faults), where=first.pointer or "/", what=first.text)
        self.faults = tuple(faults)


def read_document(
    model: type[Model], document: bytes | str | Mapping[str, Any], refused: type[DocumentRefused]
) -> tuple[Model, str]:
    """A document and its canonical JSON (as written, keys sorted, no spaces).

    Raises:
        DocumentRefused: the subclass `refused`, with every mistake that was found.

    """
    twice: list[str] = []
    try:
        plain = _plain(document, twice)
        if twice:
            raise refused([DocumentFault("", Text(N_("“{name}”写了两遍"), {"name": name})) for name in twice])
        read = model.model_validate_json(json.dumps(plain, allow_nan=False))
    except ValidationError as error:
        raise refused([fault for details in error.errors() for fault in _faults(details, plain)]) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise refused([DocumentFault("", Text(N_("不是有效的 JSON")))]) from error
    return read, orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def pointer(path: Path) -> str:
    """A path as a JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _plain(document: bytes | str | Mapping[str, Any], twice: list[str]) -> Any:
    """What a document says in Python's own types. The names that it says twice are put into `twice`."""
    if isinstance(document, Mapping):
        return dict(document)
    # NaN and Infinity become words, so that the field that holds them is named.
    return json.loads(document, object_pairs_hook=_once(twice), parse_constant=str)


def _once(twice: list[str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                twice.append(name)
            found[name] = value
        return found

    return once


def _faults(details: ErrorDetails, document: Any) -> list[DocumentFault]:
    context = dict(details.get("ctx") or {})
    if details["type"] == CONTRADICTIONS:
        return [DocumentFault(pointer(path), Text(message, params)) for path, message, params in context["found"]]
    if "expected_tags" in context:
        context["expected"] = context["expected_tags"]
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    known = _MESSAGES.get(details["type"])
    if known is None:
        # A document's own validators speak Chinese; anything else of pydantic's is not meant for readers.
        known = details["msg"] if not details["msg"].isascii() else N_("填写有误")
    return [DocumentFault(pointer(_within(details["loc"], document)), Text(known, context))]


def _within(path: Path, document: Any) -> list[str | int]:
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
