"""The API's operations as a list for people: what each does, and the curl line that calls it.

Read from the description alone, so that it says what the description says.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from api.openapi import METHODS

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_BY_FORMAT = {
    "uuid": "01a20778-0000-7000-8000-000000000000",
    "date": "2026-11-24",
    "date-time": "2026-11-24T09:00:00+08:00",
    "uri": "https://example.org/",
}
_BY_PATTERN = ("A-1", "0140001", "2026-11", "2026-Q4", "gold_steward", "110101014", '"1"', "000-0000-0001")
_DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation: `curl` calls it with `$TOKEN` and a variable of the shell for each part of its path."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    curl: str
    public: bool


def operations_of(document: Mapping[str, Any], base: str) -> list[Operation]:
    """Every operation of a description, by tag and path; `base` is the server's address."""
    return sorted(_operations(document, base), key=lambda one: (one.tag, one.path, METHODS.index(one.method.lower())))


def _operations(document: Mapping[str, Any], base: str) -> Iterator[Operation]:
    schemas = document["components"]["schemas"]
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                yield Operation(
                    id=operation["operationId"],
                    tag=operation.get("tags", ["default"])[0],
                    method=method.upper(),
                    path=path,
                    summary=operation["summary"],
                    curl=_curl(operation, method, f"{base}{path}", schemas),
                    public=not operation["security"],
                )


def _curl(operation: Mapping[str, Any], method: str, address: str, schemas: Mapping[str, Any]) -> str:
    variables = _PLACEHOLDER.sub(lambda found: f"${found[1].upper()}", address)
    words = ["curl", "-s"]
    if method != "get":
        words += ["-X", method.upper()]
    words.append(f'"{variables}"')
    if operation["security"]:
        words += ["-H", '"Authorization: Bearer $TOKEN"']
    words += [
        word
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "header"
        for word in ("-H", shlex.quote(f"{parameter['name']}: {_HEADERS.get(parameter['name'], '…')}"))
    ]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        body = orjson.dumps(example_of(content["application/json"]["schema"], schemas)).decode()
        words += ["-H", "'Content-Type: application/json'", "-d", shlex.quote(body)]
    elif content:
        words += ["-F", "file=@picture.jpg"]
    return " ".join(words)


_HEADERS = {"Idempotency-Key": "try-1", "If-Match": "*"}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Any:
    """A value of a schema's shape, with what is required alone: somewhere to begin, not something that exists."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    for given in ("example", "const", "default"):
        if schema.get(given) is not None:
            return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        kinds = [kind for kind in schema.get(choice, ()) if kind.get("type") != "null"]
        if kinds:
            return example_of(kinds[0], schemas, depth)
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _object(schema, schemas, depth)
    if kind == "array":
        few = schema.get("minItems", 0) or depth < _DEEPEST
        return [example_of(schema["items"], schemas, depth + 1)] if few and "items" in schema else []
    return _scalar(schema, kind)


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    known = schema.get("properties", {})
    wanted = schema.get("required") or ()
    return {name: example_of(known[name], schemas, depth + 1) for name in wanted if name in known}


def _scalar(schema: Mapping[str, Any], kind: Any) -> Any:
    if kind == "integer":
        return max(1, schema.get("minimum", 1)) if schema.get("maximum", 1) >= 1 else schema["maximum"]
    if kind == "number":
        return schema.get("minimum", 1.0)
    if kind == "boolean":
        return True
    if kind != "string":
        return {}
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    if "pattern" in schema:
        return next((text for text in _BY_PATTERN if re.search(schema["pattern"], text)), "…")
    return "text".ljust(schema.get("minLength", 0), "t")[: schema.get("maxLength", 64)]
