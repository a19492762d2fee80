"""Reading mapping documents: every mistake is named by its place in the document."""

from collections.abc import Mapping as Dict
from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cases.imports.mapping import MAPPINGS, ImportKind, Mapping
from cases.imports.refusals import MappingFault, MappingOfOtherKind, MappingRefused
from cases.imports.templates import TEMPLATE_MAPPINGS
from kernel.messages import N_, Text

_MESSAGES: Dict[str, str] = {
    "missing": N_("缺少这一项"),
    "extra_forbidden": N_("没有这一项，请检查拼写"),
    "literal_error": N_("应为其中之一：{expected}"),
    "string_type": N_("应为文字"),
    "string_too_short": N_("不得为空"),
    "string_too_long": N_("不得超过 {max_length} 个字"),
    "bool_type": N_("应为 true 或 false"),
    "int_type": N_("应为整数"),
    "greater_than_equal": N_("不得小于 {ge}"),
    "less_than_equal": N_("不得大于 {le}"),
    "model_type": N_("应为列名或对象"),
    "dict_type": N_("应为对象"),
    "tuple_type": N_("应为列表"),
    "too_long": N_("项数太多"),
    "json_invalid": N_("不是有效的 JSON"),
}
_OTHER = N_("写得不对")


def load_mapping(kind: ImportKind, document: bytes | None = None) -> Mapping:
    """The mapping in a JSON document, or the one that reads the template of a kind.

    Raises:
        MappingRefused: with every mistake that was found.
        MappingOfOtherKind: the document is for another kind.

    """
    if document is None:
        return parse_mapping(kind, TEMPLATE_MAPPINGS[kind])
    try:
        value = orjson.loads(document)
    except orjson.JSONDecodeError:
        raise MappingRefused([MappingFault("", Text(_MESSAGES["json_invalid"]))]) from None
    if not isinstance(value, dict):
        raise MappingRefused([MappingFault("", Text(_MESSAGES["dict_type"]))])
    return parse_mapping(kind, value)


def parse_mapping(kind: ImportKind, value: Dict[str, Any]) -> Mapping:
    """The mapping in an object that was read from JSON.

    Raises:
        MappingRefused: with every mistake that was found.
        MappingOfOtherKind: the object is for another kind.

    """
    found = value.get("kind")
    if isinstance(found, str) and found in MAPPINGS and found != kind:
        raise MappingOfOtherKind(found=found, wanted=kind, pointer="/kind")
    try:
        return MAPPINGS[kind].model_validate(value)
    except ValidationError as error:
        raise MappingRefused([_fault(detail) for detail in error.errors()]) from None


def _fault(detail: ErrorDetails) -> MappingFault:
    # Unions and validators that run before add steps of their own to the location; they name no field.
    steps = [str(step) for step in detail["loc"] if not (isinstance(step, str) and step.startswith("function-"))]
    pointer = "".join(f"/{step}" for step in steps)
    context = {name: value for name, value in detail.get("ctx", {}).items() if isinstance(value, str | int)}
    kind = detail["type"]
    message = _MESSAGES.get(kind) or (detail["msg"] if not detail["msg"].isascii() else _OTHER)
    if message == detail["msg"]:
        return MappingFault(pointer, Text(_own_message(kind, message), context))
    return MappingFault(pointer, Text(message, context))


def _own_message(kind: str, rendered: str) -> str:
    """The template of one of our own messages: pydantic has filled in its parameters already."""
    return _TEMPLATES.get(kind, rendered)


_TEMPLATES: Dict[str, str] = {
    "zone": N_("没有“{zone}”这个时区，例如 Asia/Shanghai"),
    "word": N_("{field} 里的“{value}”应为其中之一：{choices}"),
    "pair": N_("{level}_code 和 {level}_name 要一起写"),
}
