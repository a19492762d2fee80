"""The API's own description: OpenAPI 3.1 at /schema/openapi.json. Its pages are those of api.pages.interface."""

import re
from collections.abc import Iterable
from typing import Any

import orjson
from litestar import Litestar, Request, Response, get
from litestar._openapi.plugin import OpenAPIPlugin
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Contact, License, SecurityScheme, Tag
from litestar.routes import HTTPRoute
from pydantic.json_schema import models_json_schema

from api.bodies import BODY_LIMIT, SMALL_BODY, Body
from api.errors import PROBLEM_JSON

VERSION = "1.0.0"
METHODS = ("get", "post", "put", "patch", "delete")
_PAGE = re.compile(r"Page_(?:\w+\.)*(\w+)_")

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. `type` and `code` are stable; `detail` is in the language asked for.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer, or the name of a parameter"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_DESCRIPTIONS = {
    "400": "A field or parameter is missing, unknown or wrong",
    "401": "Nobody is signed in, or the token does not hold",
    "403": "Role or scope do not allow it",
    "404": "Unknown, or not the caller's to see",
    "409": "Not possible in the present state",
    "412": "If-Match no longer holds",
    "413": "The body is longer than this route takes: bytes of JSON by x-longest-body",
    "415": "Not application/json",
    "422": "The Idempotency-Key came before with another request",
    "428": "If-Match is missing",
    "429": "Too many tries; see Retry-After",
    "500": "Our fault; the request_id leads to the log",
    "503": "Too busy; see Retry-After",
}
_ALWAYS = ("400", "404", "405", "409", "500", "503")  # parameters and bodies may name what is unknown or not there yet
_MOVING = ("/api/v1/cases", "/api/v1/points/transfers", "/api/v1/redemptions", "/api/v1/catalogue/items")
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with a repeated request is counted once and answered alike; machines have to send one",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:/+=-]{1,128}$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag that was read; refused where somebody else changed it since",
    "schema": {"type": "string", "pattern": '^(\\*|(W/)?"[0-9]{1,18}")$'},
}
_PICTURE = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
            }
        }
    },
}
_DESCRIPTIONS["405"] = "Not with this method"


def openapi_config() -> OpenAPIConfig:
    """What the description says about the whole."""
    return OpenAPIConfig(
        title="jinpai 金牌",
        version=VERSION,
        description=(
            "Points for verified volunteer work, on a ledger that can be checked. Points are integers, instants are "
            "RFC 3339 with their offset, ids are UUIDs. Lists take `limit` and `starting_after`. "
            "Answers are in Chinese, or in English with `Accept-Language: en`."
        ),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        contact=Contact(name="jinpai"),
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="An API key or a session"),
                "session": SecurityScheme(
                    type="apiKey", name="jinpai_session", security_scheme_in="cookie", description="With X-CSRF-Token"
                ),
            }
        ),
        tags=[Tag(name=name) for name in ("session", "cases", "stewards", "points", "places")],
        use_handler_docstrings=True,
    )


def described(app: Litestar) -> dict[str, Any]:
    """The OpenAPI document of an app, with what the framework leaves out: strict bodies and problem documents."""
    # The framework's own routes for it answer errors as HTML, so its generator is used without them.
    generator = OpenAPIPlugin(app)
    generator._openapi_config = openapi_config()
    for route in app.routes:
        generator.receive_route(route)
    generated = orjson.dumps(generator.provide_openapi_schema(), default=str).decode()
    document: dict[str, Any] = orjson.loads(_PAGE.sub(r"PageOf\1", generated))
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    _, bodies = models_json_schema(
        [(model, "validation") for model in sorted(_all_bodies(Body), key=lambda model: model.__name__)],
        ref_template="#/components/schemas/{model}",
    )
    for name, schema in bodies.get("$defs", {}).items():
        if name in schemas or name.startswith(tuple(schemas)):
            schemas[name] = schema
    for name in list(schemas):
        _add_referenced(schemas, bodies.get("$defs", {}), schemas[name])
    schemas["Problem"] = _PROBLEM
    opts = {
        handler.operation_id: handler.opt
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
    }
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                opt = opts[operation["operationId"]]
                _describe_operation(operation, method, path, public=bool(opt.get("public")))
                if "application/json" in operation.get("requestBody", {}).get("content", {}):
                    operation["x-longest-body"] = opt.get(BODY_LIMIT, SMALL_BODY)
    return document


def _all_bodies(model: type[Body]) -> Iterable[type[Body]]:
    for child in model.__subclasses__():
        yield child
        yield from _all_bodies(child)


def _add_referenced(schemas: dict[str, Any], known: dict[str, Any], schema: Any) -> None:
    if isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name in known and name not in schemas:
            schemas[name] = known[name]
            _add_referenced(schemas, known, known[name])
        for inner in schema.values():
            _add_referenced(schemas, known, inner)
    elif isinstance(schema, list):
        for inner in schema:
            _add_referenced(schemas, known, inner)


def _describe_operation(operation: dict[str, Any], method: str, path: str, *, public: bool) -> None:
    operation["summary"] = operation["description"].partition(". ")[0].partition("\n")[0].rstrip(".")
    responses = operation["responses"]
    expected = set(_ALWAYS)
    if public:
        operation["security"] = []
        expected |= {"401", "429"}
    else:
        operation["security"] = [{"bearer": []}, {"session": []}]
        expected |= {"401", "403"}
    if method != "get":
        expected |= {"413", "415"}
    if path.endswith(("/collect", "/partners/collections")):
        expected.add("429")
    if method == "post" and path.endswith(("/evidence", "/picture", "/photo")):
        operation["requestBody"] = _PICTURE  # read by its route, so that what is missing is named
    parameters = operation.setdefault("parameters", [])
    if method == "post" and path.startswith(_MOVING) and not path.endswith("/rating-link"):
        parameters.append(_IDEMPOTENCY_KEY)
        expected.add("422")
        if "{case_id}" in path and not path.endswith("/evidence"):
            parameters.append({**_IF_MATCH, "required": False})
            expected.add("412")
    if (
        (method == "patch" and not path.endswith("/card"))
        or (method == "put" and "{" in path)
        or path.endswith("/drafts/{draft_id}/publish")
    ):
        parameters.append(_IF_MATCH)
        expected |= {"412", "428"}
    _describe_content(operation)
    for status in [status for status in responses if status.startswith(("4", "5"))]:
        del responses[status]
    for status in sorted(expected):
        responses[status] = {
            "description": _DESCRIPTIONS[status],
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _describe_content(operation: dict[str, Any]) -> None:
    """A body that may be left out is none of null; a stream of events is no text, and 3.1 has no words for events."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        kinds = content["schema"].get("oneOf", [])
        if {"type": "null"} in kinds:
            [content["schema"]] = [kind for kind in kinds if kind != {"type": "null"}]
            operation["requestBody"]["required"] = False
    for response in operation["responses"].values():
        if "text/event-stream" in response.get("content", {}):
            response["content"]["text/event-stream"] = {}


def description_of(app: Litestar) -> bytes:
    """The description as JSON, made once."""
    if not hasattr(app.state, "openapi_bytes"):
        app.state.openapi_bytes = orjson.dumps(described(app), option=orjson.OPT_INDENT_2)
    made: bytes = app.state.openapi_bytes
    return made


@get("/schema/openapi.json", opt={"public": True}, include_in_schema=False)
async def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The description as JSON."""
    return Response(
        description_of(request.app), media_type="application/json", headers={"Cache-Control": "public, max-age=300"}
    )


openapi_routes: list[Any] = [openapi_json]
