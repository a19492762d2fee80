"""Request bodies: pydantic models that know every field they take, strict about types, faults named in zh or en."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from litestar import Request
from litestar.datastructures import FormMultiDict, State
from litestar.plugins.pydantic import PydanticInitPlugin
from litestar.types import Empty
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from api.errors import Fault, Faulty, TooLarge, UnsupportedMedia
from api.form_bodies import LONGEST_FORM, read_multipart, read_urlencoded
from api.strict_json import parse, pointer_to
from kernel.messages import N_, Text
from stewards.principal import Principal

Model = TypeVar("Model", bound="Body")


class Body(BaseModel):
    """Base of every request body: unknown fields are refused, "1" is no integer and 1 is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _to_instant(value: Any) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise PydanticCustomError("instant_type", "not an instant with its offset")
    try:
        return datetime.fromisoformat(value.upper().replace(" ", "T")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("instant_unknown", "no such time") from None


def _to_day(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("day_type", "not a day")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day_unknown", "no such day") from None


Instant = Annotated[datetime, BeforeValidator(_to_instant)]
"""RFC 3339 with its offset, such as 2026-10-03T09:00:00+08:00; in UTC once read."""

Day = Annotated[date, BeforeValidator(_to_day)]
"""A calendar day, such as 2026-10-03."""

Small = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""An integer that every database column of ours holds."""

Word = Annotated[str, Field(min_length=1, max_length=64)]
"""A short text: a code, a name, a number of somebody else's."""

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]

_MESSAGES: dict[str, str] = {
    "missing": N_("缺少这一项。"),
    "extra_forbidden": N_("不认识这个字段。"),
    "string_type": N_("必须是文字。"),
    "string_too_long": N_("最多 {max_length} 个字。"),
    "string_too_short": N_("至少 {min_length} 个字。"),
    "string_pattern_mismatch": N_("格式不对。"),
    "int_type": N_("必须是整数。"),
    "int_from_float": N_("必须是整数。"),
    "int_parsing_size": N_("数字太大。"),
    "float_type": N_("必须是数字。"),
    "finite_number": N_("不是普通的数。"),
    "bool_type": N_("必须是 true 或 false。"),
    "list_type": N_("必须是列表。"),
    "dict_type": N_("必须是对象。"),
    "model_type": N_("必须是对象。"),
    "model_attributes_type": N_("必须是对象。"),
    "too_short": N_("至少 {min_length} 项。"),
    "too_long": N_("最多 {max_length} 项。"),
    "greater_than": N_("必须大于 {gt}。"),
    "greater_than_equal": N_("不能小于 {ge}。"),
    "less_than": N_("必须小于 {lt}。"),
    "less_than_equal": N_("不能大于 {le}。"),
    "literal_error": N_("只能是 {expected} 之一。"),
    "enum": N_("只能是 {expected} 之一。"),
    "uuid_type": N_("必须是 UUID。"),
    "uuid_parsing": N_("必须是 UUID。"),
    "instant_type": N_("必须是带时区的时间，例如 2026-10-03T09:00:00+08:00。"),
    "instant_unknown": N_("没有这个时间。"),
    "day_type": N_("必须是日期，例如 2026-10-03。"),
    "day_unknown": N_("没有这一天。"),
    "none_required": N_("必须为空。"),
}
MOST_FAULTS = 50
_OTHERWISE = N_("不是有效的值。")


def fault_of(error: ErrorDetails, at: Sequence[str | int] = ()) -> Fault:
    """One finding of pydantic in our words, with its JSON pointer."""
    kind = error["type"]
    message = _MESSAGES.get(kind, _OTHERWISE)
    params = {name: value for name, value in error.get("ctx", {}).items() if "{" + name + "}" in message}
    return Fault(pointer=pointer_to(*at, *error["loc"]), detail=Text(message, params), code=kind)


def faults_of(error: ValidationError, at: Sequence[str | int] = ()) -> list[Fault]:
    """What pydantic found, up to MOST_FAULTS."""
    found = error.errors(include_url=False, include_input=False)
    return [fault_of(each, at) for each in found[:MOST_FAULTS]]


def read(model: type[Model], value: Any, at: Sequence[str | int] = ()) -> Model:
    """A parsed JSON value as a body.

    Raises:
        Faulty: fields are missing, unknown or wrong.

    """
    # Only pydantic's JSON mode reads dates and UUIDs from text while it is strict about everything else.
    try:
        return model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise Faulty(faults_of(error, at), total=error.error_count()) from None


BODY_LIMIT = "body_limit"
"""The name under which a route states in its `opt` how many bytes of JSON it takes, where SMALL_BODY is too little."""

SMALL_BODY = 64 * 1024
BULK_BODY = 2 * 1024 * 1024
_URL_ENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


class RawJson:
    """A request's body, not parsed yet."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


class JinpaiRequest(Request[Principal | None, Any, State]):
    """A request whose body is bounded by what its route takes, and whose JSON and forms are parsed by us alone."""

    @property
    def longest_body(self) -> int | None:
        """How many bytes the body may have; None where only the limit of every request holds, which is for uploads."""
        if self.content_type[0] == _MULTIPART:
            return None
        if self.content_type[0] == _URL_ENCODED:
            return LONGEST_FORM
        declared: int = self.route_handler.opt.get(BODY_LIMIT, SMALL_BODY)
        return declared

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes in.

        Raises:
            TooLarge: it is longer than its route takes; nothing beyond was read.

        """
        longest = self.longest_body
        if longest is not None and (self.content_length or 0) > longest:
            raise TooLarge
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if longest is not None and size > longest:
                raise TooLarge
            yield chunk

    async def form(self) -> FormMultiDict:
        """The fields and uploads of the form that was sent; none where it is no form.

        Raises:
            TooLarge: it is too long, or has too many fields or parts.
            RequestUnreadable: it is no form of the kind that it says.
            Faulty: a text field is not UTF-8.

        """
        if self._connection_state.form is Empty:
            kind, options = self.content_type
            form: dict[str, Any] = {}
            if kind == _MULTIPART:
                form = await read_multipart(self.stream(), options.get("boundary"))
            elif kind == _URL_ENCODED:
                form = read_urlencoded(await self.body())
            self._connection_state.form = form
        return await super().form()

    async def json(self) -> Any:
        """The body, to be parsed with its model.

        Raises:
            UnsupportedMedia: it does not say that it is JSON.

        """
        if self.content_type[0] not in {"application/json", ""} and not self.content_type[0].endswith("+json"):
            raise UnsupportedMedia
        return RawJson(await self.body())


def decode_body(model: type[Any], value: Any) -> Any:
    """A body from its bytes.

    Raises:
        Faulty: it is no JSON, or fields are missing, unknown or wrong.

    """
    return read(model, parse(value.raw) if isinstance(value, RawJson) else value)


class StrictBodies(PydanticInitPlugin):
    """Litestar's pydantic plugin with our decoder: strict, and faults in our words."""

    @classmethod
    def decoders(
        cls,
        validate_strict: bool = False,  # noqa: ARG003 - the base class has it
    ) -> list[tuple[Callable[[Any], bool], Callable[[Any, Any], Any]]]:
        """The decoder of bodies."""
        return [(lambda wanted: isinstance(wanted, type) and issubclass(wanted, BaseModel), decode_body)]
