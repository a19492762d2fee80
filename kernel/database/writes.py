"""Set-wise writes as they are asked for, and the one statement that carries several of them out on PostgreSQL."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tortoise.models import Model

from kernel.database.array_codecs import encoded_array
from kernel.database.columns import columns_of


class Insert(NamedTuple):
    """Rows to insert: tuples of the named columns. With `skip_existing`, rows that meet a unique index are left out."""

    model: type[Model]
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    skip_existing: bool = False


class Update(NamedTuple):
    """Columns to set in many rows: tuples of the named columns, of which the first is the key."""

    model: type[Model]
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


def statement_of(writes: Sequence[Insert | Update]) -> tuple[str, list[Any]] | None:
    """One statement for several sets of writes, with its arguments; None where nothing is to be written."""
    arguments = _Arguments()
    shapes = [_shaped(part, arguments) for part in writes if part.rows]
    return (_write_sql(tuple(shapes)), arguments.values) if shapes else None


class _Shape(NamedTuple):
    """What the text of a write depends on.

    `alike` says which columns have one value in all rows, `numbers` which parameter each column is.
    """

    kind: type[Insert] | type[Update]
    model: type[Model]
    columns: tuple[str, ...]
    alike: tuple[bool, ...]
    numbers: tuple[int, ...]
    skip_existing: bool


_FEW_ROWS = 8


class _Arguments:
    """The parameters of a statement. An array that several columns share is sent, and read there, once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._arrays: dict[str, list[tuple[int, tuple[Any, ...]]]] = {}

    def add(self, value: Any) -> int:
        """The number of a new parameter."""
        self.values.append(value)
        return len(self.values)

    def add_array(self, kind: str, vector: tuple[Any, ...]) -> int:
        """The number of the parameter with these values, such as the ids of operations in what refers to them."""
        known = self._arrays.setdefault(kind, [])
        for number, other in known:
            if other == vector:  # tells at the first value, unless they are the very same
                return number
        number = self.add(encoded_array(kind, vector))
        known.append((number, vector))
        return number


def _shaped(part: Insert | Update, arguments: _Arguments) -> _Shape:
    """The shape of a write, its values among the arguments: an array for each column, or the one value of all rows.

    Encoding arrays is most of what a write costs this process, and columns such as recorded_at are mostly alike. In a
    few rows they may be so by chance, which would only make for more statements to prepare.
    """
    vectors = list(zip(*part.rows, strict=True))
    count = len(part.rows)
    if count == 1:
        alike = (True,) * len(vectors)
    elif count < _FEW_ROWS:
        alike = (False,) * len(vectors)
    else:
        alike = tuple(vector[0] is vector[-1] and vector.count(vector[0]) == count for vector in vectors)
        if all(alike):
            alike = (False, *alike[1:])
    columns = columns_of(part.model)
    numbers = []
    for name, vector, same in zip(part.columns, vectors, alike, strict=True):
        if same:
            numbers.append(arguments.add(vector[0]))
        elif count < _FEW_ROWS:
            numbers.append(arguments.add(vector))
        else:
            numbers.append(arguments.add_array(columns[name].postgres_type, vector))
    skip_existing = isinstance(part, Insert) and part.skip_existing
    return _Shape(type(part), part.model, part.columns, alike, tuple(numbers), skip_existing)


@lru_cache(maxsize=1024)
def _write_sql(shapes: tuple[_Shape, ...]) -> str:
    """One statement of data-modifying WITH queries: constraints between their tables are checked at its end."""
    statements = [_insert_sql(shape) if shape.kind is Insert else _update_sql(shape) for shape in shapes]
    if len(statements) == 1:
        return statements[0]
    named = ", ".join(f"part_{at} AS ({statement})" for at, statement in enumerate(statements))
    return f"WITH {named} SELECT"


def _insert_sql(shape: _Shape) -> str:
    listed = ", ".join(f'"{name}"' for name in shape.columns)
    tail = " ON CONFLICT DO NOTHING" if shape.skip_existing else ""
    return f"INSERT INTO {shape.model._meta.db_table} ({listed}) {_rows_sql(shape)}{tail}"


def _update_sql(shape: _Shape) -> str:
    key = shape.columns[0]
    sets = ", ".join(f'"{name}" = new."{name}"' for name in shape.columns[1:])
    return (
        f"UPDATE {shape.model._meta.db_table} AS old SET {sets} "
        f'FROM ({_rows_sql(shape)}) AS new WHERE old."{key}" = new."{key}"'
    )


def _rows_sql(shape: _Shape) -> str:
    columns = columns_of(shape.model)
    selected, arrays, varying = [], [], []
    for at, name, same in zip(shape.numbers, shape.columns, shape.alike, strict=True):
        kind = columns[name].postgres_type
        if same:
            selected.append(f'${at}::{kind} AS "{name}"')
        else:
            selected.append(f'"{name}"')
            arrays.append(f"${at}::{kind}[]")
            varying.append(f'"{name}"')
    rows = f" FROM unnest({', '.join(arrays)}) AS given({', '.join(varying)})" if arrays else ""
    return f"SELECT {', '.join(selected)}{rows}"
