"""Arrays as PostgreSQL takes them in binary: a column of a batch is encoded as a whole.

asyncpg asks of each element whether it is a sequence of its own and encodes it by a call of its own, which was the
greatest single cost of a batch in this process. What is sent here are plain lists. The format is that of array_send
(PostgreSQL, src/backend/utils/adt/arrayfuncs.c): dimensions, whether there are NULLs, the element type, length and
lower bound; then each element behind its length, which is -1 for NULL.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

_HEAD = struct.Struct(">iiiii").pack
_UUID_TEXT, _UUID_HYPHENS = 36, 4
_LENGTH = struct.Struct(">i").pack
_LENGTHS = tuple(_LENGTH(size) for size in range(4_096))
_NULL = _LENGTH(-1)
_UNFIT = (AttributeError, TypeError, struct.error)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)


def add_array_codecs(connection: Any) -> None:
    """Let an asyncpg connection encode lists in this way. Its own interface adds codecs of scalar types alone."""
    settings = connection._protocol.get_settings()
    for array_oid, name, encode in _ENCODERS:
        settings.add_python_codec(array_oid, name, "pg_catalog", [], "scalar", encode, _decode, "binary")


def _decode(encoded: bytes) -> Any:
    raise TypeError(f"no query here answers arrays, as one with {len(encoded)} bytes did: unnest it")


def _encoded(
    element_oid: int, whole: Callable[[Sequence[Any]], bytes], one: Callable[[Any], bytes], values: Any
) -> bytes:
    """An array: its elements at once, or one by one where some are NULL. What is encoded already passes."""
    if type(values) is bytes:
        return values
    if not isinstance(values, list | tuple):
        raise TypeError(f"{type(values).__name__} is no list")
    try:
        return _HEAD(1, 0, element_oid, len(values), 1) + whole(values)
    except _UNFIT:
        parts = b"".join(_NULL if value is None else _behind_length(one(value)) for value in values)
        return _HEAD(1, 1, element_oid, len(values), 1) + parts


def _behind_length(encoded: bytes) -> bytes:
    size = len(encoded)
    return (_LENGTHS[size] if size < len(_LENGTHS) else _LENGTH(size)) + encoded


def _pieces(encode: Callable[[Any], bytes]) -> Callable[[Sequence[Any]], bytes]:
    def whole(values: Sequence[Any]) -> bytes:
        return b"".join(map(_behind_length, map(encode, values)))

    return whole


def _uuids(values: Sequence[Any]) -> bytes:
    return _LENGTH(16).join([b"", *[value.bytes for value in values]])


def _uuid(value: Any) -> bytes:
    if isinstance(value, str):
        plain = len(value) == _UUID_TEXT and value.count("-") == _UUID_HYPHENS
        return bytes.fromhex(value.replace("-", "")) if plain else UUID(value).bytes  # a third of the time
    encoded: bytes = value.bytes
    return encoded


def _bytes(value: Any) -> bytes:
    return bytes(memoryview(value))


def _numbers(code: str, convert: Callable[[Any], Any] | None = None) -> Callable[[Sequence[Any]], bytes]:
    size = struct.calcsize(">" + code)

    def whole(values: Sequence[Any]) -> bytes:
        fields = [size] * (2 * len(values))
        fields[1::2] = values if convert is None else map(convert, values)
        return _packer(code, len(values))(*fields)

    return whole


@lru_cache(maxsize=4_096)
def _packer(code: str, count: int) -> Callable[..., bytes]:
    return struct.Struct(">" + ("i" + code) * count).pack


def _number(code: str, convert: Callable[[Any], Any] | None = None) -> Callable[[Any], bytes]:
    pack = struct.Struct(">" + code).pack
    return pack if convert is None else lambda value: pack(convert(value))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")  # struct takes whatever it is given
    return value


def _microseconds(value: datetime) -> int:
    return (value - _EPOCH) // _MICROSECOND


def _days(value: date) -> int:
    return value.toordinal() - _EPOCH_DAY


_TYPES: Iterable[tuple[int, int, str, Callable[[Sequence[Any]], bytes], Callable[[Any], bytes]]] = (
    # Object identifiers from PostgreSQL's pg_type.dat: of the array and of its elements.
    (2951, 2950, "_uuid", _uuids, _uuid),
    (1009, 25, "_text", _pieces(str.encode), str.encode),
    (1015, 1043, "_varchar", _pieces(str.encode), str.encode),
    (1001, 17, "_bytea", _pieces(_bytes), _bytes),
    (1005, 21, "_int2", _numbers("h"), _number("h")),
    (1007, 23, "_int4", _numbers("i"), _number("i")),
    (1016, 20, "_int8", _numbers("q"), _number("q")),
    (1000, 16, "_bool", _numbers("?", _flag), _number("?", _flag)),
    (1022, 701, "_float8", _numbers("d"), _number("d")),
    (1185, 1184, "_timestamptz", _numbers("q", _microseconds), _number("q", _microseconds)),
    (1182, 1082, "_date", _numbers("i", _days), _number("i", _days)),
)
_ENCODERS = tuple(
    (array_oid, name, partial(_encoded, element_oid, whole, one)) for array_oid, element_oid, name, whole, one in _TYPES
)
_ENCODE = {name.removeprefix("_"): encode for _, name, encode in _ENCODERS}


def encoded_array(kind: str, values: Sequence[Any]) -> bytes:
    """An array of a PostgreSQL type as a connection sends it, for whoever encodes before the connection is free."""
    return _ENCODE[kind](values)
