"""Query parameters and headers that several resources share, and the refusal of those that a route does not know."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from litestar import Request
from litestar.handlers.base import BaseRouteHandler
from litestar.params import QueryParameter
from pydantic import TypeAdapter, ValidationError

from api.bodies import Instant, fault_of
from api.envelope import header
from api.errors import Fault, Faulty
from api.strict_json import parse, pointer_to
from kernel.clock import FIRST_DAY, LAST_DAY
from kernel.database import Database, Reader
from kernel.errors import Kind, Refusal
from kernel.messages import N_, Text
from kernel.text import storable
from stewards.principal import Place

MOST = 200

Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many at most, 1 to 200")]
StartingAfter = Annotated[UUID | None, QueryParameter(description="The last id of the page before")]

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_ETAG = re.compile(rb'(?:W/)?"(\d{1,18})"')
_EVERYWHERE = ("lang",)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_JSON = frozenset({"application/json", ""})
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_AREAS = {"street": "stewards_street", "community": "stewards_community", "lane": "stewards_lane"}


class VersionMissing(Refusal):
    """A change that needs If-Match came without it."""

    code = "precondition_required"
    kind = Kind.INVALID
    message = N_("修改要带 If-Match：先读取，再把得到的 ETag 原样带回。")

    def __init__(self) -> None:
        super().__init__(pointer="If-Match")


@lru_cache(maxsize=512)
def _known(handler: BaseRouteHandler) -> Mapping[str, bool]:
    """The query parameters of a route, each with whether it is an integer."""
    known = dict.fromkeys(_EVERYWHERE, False)
    for name, field in handler.parsed_fn_signature.parameters.items():
        if isinstance(field.kwarg_definition, QueryParameter):
            known[field.kwarg_definition.name or name] = field.annotation is int
    return known


def separated_by_commas(words: Iterable[str]) -> dict[str, str]:
    """What the API's description says of a parameter that lists some of these words."""
    one = f"({'|'.join(words)})"
    return {"pattern": f"^({one}(,{one})*)?$"}


async def check_request(request: Request[Any, Any, Any]) -> None:
    """Name what a route does not know, instead of ignoring it (a before_request hook).

    Raises:
        Faulty: with each parameter or field.

    """
    if request.scope["query_string"]:
        _check_parameters(request)
    if request.method not in _READS and "data" not in request.route_handler.parsed_fn_signature.parameters:
        await _check_no_fields(request)


async def _check_no_fields(request: Request[Any, Any, Any]) -> None:
    """Refuse fields in JSON where a route takes none; pictures are read by their routes."""
    if request.content_type[0] not in _JSON or not (raw := await request.body()):
        return
    value = parse(raw)
    if not isinstance(value, dict):
        raise Faulty([Fault(pointer="", detail=Text(N_("必须是对象。")), code="model_type")])
    if value:
        detail = Text(N_("不认识这个字段。"))
        raise Faulty([Fault(pointer=pointer_to(name), detail=detail, code="extra_forbidden") for name in value])


def _check_parameters(request: Request[Any, Any, Any]) -> None:
    """Refuse query parameters that are unknown, come twice, or are no plain integers where integers are asked for."""
    known = _known(request.route_handler)
    faults = []
    for name, values in request.query_params.dict().items():
        if name not in known:
            faults.append(Fault(pointer=name, detail=Text(N_("不认识这个参数。")), code="unknown_parameter"))
        elif len(values) > 1:
            faults.append(Fault(pointer=name, detail=Text(N_("同一个参数写了两次。")), code="duplicate_parameter"))
        elif known[name] and not _INTEGER.fullmatch(values[0]):
            # The framework reads 1e2 as 100.
            faults.append(Fault(pointer=name, detail=Text(N_("必须是整数。")), code="int_type"))
    if faults:
        raise Faulty(faults)


def instant(value: str | None, name: str) -> datetime | None:
    """A query parameter that is an instant with its offset. A `+` that was not escaped arrives as a blank.

    Raises:
        Faulty: it is none.

    """
    if value is None:
        return None
    try:
        return _INSTANT.validate_json(f'"{value.replace(" ", "+")}"' if '"' not in value else "0", strict=True)
    except ValidationError as error:
        fault = fault_of(error.errors(include_url=False, include_input=False)[0])
        raise Faulty([Fault(pointer=name, detail=fault.detail, code=fault.code)]) from None


def day_or_none(text: str) -> date | None:
    """A day as forms send it, 2026-11-23; None for anything else, and outside 2000 to 2100."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None


def plausible_day(value: date | None, name: str) -> date | None:
    """A query parameter that is a day of the calendar that programmes live in.

    Raises:
        Faulty: it lies before 2000 or after 2100.

    """
    if value is None or FIRST_DAY <= value <= LAST_DAY:
        return value
    detail = Text(
        N_("日期要在 {first} 到 {last} 之间。"), {"first": FIRST_DAY.isoformat(), "last": LAST_DAY.isoformat()}
    )
    raise Faulty([Fault(pointer=name, detail=detail, code="day_out_of_range")])


def expected_version(request: Request[Any, Any, Any], *, required: bool) -> int | None:
    """The version that If-Match names; None where it is missing or `*`.

    Raises:
        VersionMissing: it is required and missing.
        Faulty: it is no ETag of ours.

    """
    given = header(request.scope, b"if-match")
    if given is None:
        if required:
            raise VersionMissing
        return None
    if given.strip() == b"*":
        return None
    matched = _ETAG.fullmatch(given.strip())
    if matched is None:
        detail = Text(N_('要用读取时得到的 ETag，例如 "3"。'))
        raise Faulty([Fault(pointer="If-Match", detail=detail, code="invalid_etag")])
    return int(matched[1])


def etag(version: int) -> str:
    """A version as an ETag."""
    return f'"{version}"'


async def community_place(database: Database, code: str) -> Place | None:
    """Where a community is, for permissions; None where there is none, which the use case then says."""
    reader = await database.reader()
    found = await reader.fetch_one(
        "SELECT id, street_id FROM stewards_community WHERE code = $1",
        code if storable(code) else "",
        types={"id": UUID, "street_id": UUID},
    )
    return Place(street_id=found["street_id"], community_id=found["id"]) if found else None


async def area_id(reader: Reader, kind: str, value: str | None) -> UUID | None:
    """The id of a street, community or lane that a parameter names by code or id.

    Raises:
        Faulty: there is none.

    """
    if value is None:
        return None
    table = _AREAS[kind]
    try:
        found = await reader.fetch_one(f"SELECT id FROM {table} WHERE id = $1", UUID(value), types={"id": UUID})
    except ValueError:
        found = await reader.fetch_one(
            f"SELECT id FROM {table} WHERE code = $1", value if storable(value) else "", types={"id": UUID}
        )
    if found is None:
        raise Faulty([Fault(pointer=kind, detail=Text(N_("没有这个地方。")), code="unknown_place")])
    place: UUID = found["id"]
    return place
