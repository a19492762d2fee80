"""What each column of a model is on each dialect: its PostgreSQL array type, and how SQLite writes and reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

Convert = Callable[[Any], Any]


def instant_text(value: datetime) -> str:
    """An instant as SQLite stores and compares it: UTC text, as Tortoise writes it."""
    return value.astimezone(UTC).isoformat(" ")


_POSTGRES_TYPES: dict[type, str] = {
    fields.UUIDField: "uuid",
    fields.CharField: "text",
    fields.TextField: "text",
    fields.SmallIntField: "int2",
    fields.IntField: "int4",
    fields.BigIntField: "int8",
    fields.BooleanField: "bool",
    fields.DatetimeField: "timestamptz",
    fields.DateField: "date",
    fields.FloatField: "float8",
    fields.BinaryField: "bytea",
}
_TO_SQLITE: dict[type, Convert] = {
    fields.UUIDField: str,
    fields.DatetimeField: instant_text,
    fields.DateField: date.isoformat,
    fields.BooleanField: int,
}
_FROM_SQLITE: dict[type, Convert] = {
    fields.UUIDField: UUID,
    fields.DatetimeField: datetime.fromisoformat,
    fields.DateField: date.fromisoformat,
    fields.BooleanField: bool,
}
FROM_SQLITE_BY_TYPE: dict[type, Convert] = {
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    bool: bool,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its PostgreSQL type, and the conversions of SQLite (None where the value passes as is)."""

    name: str
    postgres_type: str
    to_sqlite: Convert | None
    from_sqlite: Convert | None


def _lookup(table: dict[type, Any], field: Any) -> Any:
    for kind in type(field).__mro__:
        if kind in table:
            return table[kind]
    return None


@cache
def columns_of(model: type[Model]) -> dict[str, Column]:
    """The columns of a model by name, in declared order."""
    meta = model._meta
    found = {}
    for field_name, name in meta.fields_db_projection.items():
        field = meta.fields_map[field_name]
        postgres_type = _lookup(_POSTGRES_TYPES, field)
        if postgres_type is None:
            raise TypeError(f"{model.__name__}.{field_name}: no column mapping for {type(field).__name__}")
        found[name] = Column(
            name=name,
            postgres_type=postgres_type,
            to_sqlite=_lookup(_TO_SQLITE, field),
            from_sqlite=_lookup(_FROM_SQLITE, field),
        )
    return found


def plain_to_sqlite(value: Any) -> Any:
    """A single bound value as SQLite takes it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
