"""JSON as it has to be: what Python's parser lets through silently is found and named by its JSON pointer.

Refused: text that is no JSON or not UTF-8, keys that come twice, NaN and Infinity, NUL and halves of a surrogate pair,
nesting deeper and more values than any of our documents, numbers of absurd length.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from api.errors import Fault, Faulty
from kernel.messages import N_, Text

_DEEPEST = 64
_LONGEST_NUMBER = 64
_MOST_VALUES = 50_000  # a thousand rows of fifty fields
# Neither ever goes back over what it has read: a string that is not closed ends with the text.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?+', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class _Twice(dict[str, Any]):
    """An object in which a key came twice."""

    key = ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = _Twice(found)
    for key, _ in pairs:
        if key in seen:
            twice.key = key
            break
        seen.add(key)
    return twice


class _NoNumber:
    """NaN, Infinity or a number of absurd length, where it stood."""


_NO_NUMBER = _NoNumber()


def _constant(_: str) -> Any:
    return _NO_NUMBER


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else _NO_NUMBER


def _real(digits: str) -> Any:
    value = float(digits) if len(digits) <= _LONGEST_NUMBER else float("inf")
    return value if abs(value) != float("inf") else _NO_NUMBER


def _refuse(pointer: str, message: str, kind: str, **params: Any) -> NoReturn:
    raise Faulty([Fault(pointer=pointer, detail=Text(message, params), code=kind)])


def parse(raw: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        Faulty: it is no JSON of the kind described above; the place is named.

    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        _refuse("", N_("不是 UTF-8 文字（第 {byte} 个字节）。"), "not_utf8", byte=error.start)
    if _nests_too_deep(text):
        _refuse("", N_("嵌套太深，最多 {limit} 层。"), "too_deep", limit=_DEEPEST)
    if _has_too_many_values(text):
        _refuse("", N_("内容太多，最多 {limit} 个值。"), "too_many_values", limit=_MOST_VALUES)
    strange = False

    def noted(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def hook(value: Any) -> Any:
            nonlocal strange
            made = make(value)
            if made is _NO_NUMBER or type(made) is _Twice:
                strange = True
            return made

        return hook

    try:
        value = json.loads(
            text,
            object_pairs_hook=noted(_object),
            parse_constant=noted(_constant),
            parse_int=noted(_integer),
            parse_float=noted(_real),
        )
    except json.JSONDecodeError as error:
        _refuse(
            "", N_("不是合法的 JSON（第 {line} 行第 {column} 列）。"), "not_json", line=error.lineno, column=error.colno
        )
    # Only an escape can bring in a NUL or half of a surrogate pair: as raw bytes both were refused above.
    if strange or "\\u" in text:
        _find(value, "")
    return value


def _structure(text: str) -> str:
    """A JSON text without its strings; what is inside a string nests nothing and separates nothing."""
    return _STRING.sub("", text)


def _nests_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKET.findall(_structure(text)):
        depth += 1 if bracket in "[{" else -1
        if depth > _DEEPEST:
            return True
    return False


def _has_too_many_values(text: str) -> bool:
    return text.count(",") >= _MOST_VALUES and _structure(text).count(",") >= _MOST_VALUES


def pointer_to(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _find(value: Any, pointer: str) -> None:
    if isinstance(value, str):
        _find_in_text(value, pointer)
    elif isinstance(value, dict):
        if isinstance(value, _Twice):
            _find_in_text(value.key, pointer)
            _refuse(pointer + pointer_to(value.key), N_("同一个字段写了两次。"), "duplicate_key")
        for key, inner in value.items():
            _find_in_text(key, pointer)
            _find(inner, pointer + pointer_to(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _find(inner, f"{pointer}/{index}")
    elif value is _NO_NUMBER:
        _refuse(pointer, N_("不是普通的数。"), "not_a_number")


def _find_in_text(text: str, pointer: str) -> None:
    found = _UNKEEPABLE.search(text)
    if found is not None:
        character = f"{ord(found.group()):04X}"
        _refuse(pointer, N_("含有不能保存的字符（U+{character}）。"), "character", character=character)
