"""Where the values of a row come from, as a mapping states it."""

from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from kernel.messages import N_

Header = Annotated[str, Field(min_length=1, max_length=128)]
Said = Annotated[str, Field(max_length=200)]

MOST_VALUES = 5_000


class Strict(BaseModel):
    """Base of every part of a mapping: a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _from_short(value: Any) -> Any:
    """A column's name alone, or a list of the names that it may have, stands for the whole."""
    if isinstance(value, str):
        return {"column": value}
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return {"column": value[0], "aliases": value[1:]}
    return value


class ValueSource(Strict):
    """A column, a constant, or several of them joined; then what stands there is turned into what it means.

    `as_code` says whether a text is read as a code (`15.0` as `15`, full-width signs narrowed); without it that goes
    by the field: names and descriptions are read as they stand. `values` says what a cell's text means, `otherwise` is
    for texts that are not listed (without it they are a fault), `empty` for empty cells. `transform` makes a code of a
    text: `slug` keeps letters and digits, `digest` makes 12 hexadecimal digits that are always the same for the text.
    """

    column: Header | None = None
    aliases: tuple[Header, ...] = Field(default=(), strict=False)
    constant: str | int | float | bool | None = None
    join: tuple["Source", ...] = Field(default=(), strict=False)
    separator: Annotated[str, Field(max_length=8)] = "-"
    as_code: bool | None = None
    values: Annotated[dict[str, Said], Field(max_length=MOST_VALUES)] = Field(default_factory=dict)
    otherwise: Said | None = None
    empty: Said | None = None
    optional: bool = False  # the column may be absent from the sheet
    transform: Literal["slug", "digest"] | None = None
    prefix: Annotated[str, Field(max_length=32)] = ""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum((self.column is not None, self.constant is not None, bool(self.join))) != 1:
            raise PydanticCustomError("origin", N_("应在 column、constant、join 中恰好写一项"))
        if self.aliases and self.column is None:
            raise PydanticCustomError("aliases", N_("有 column 才能写 aliases"))
        if self.otherwise is not None and not self.values:
            raise PydanticCustomError("otherwise", N_("有 values 才能写 otherwise"))
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header name that this source may read."""
        own = (self.column, *self.aliases) if self.column is not None else ()
        return (*own, *(name for part in self.join for name in part.headers))

    @property
    def outcomes(self) -> frozenset[str]:
        """Every value that can come out, where that is known beforehand; empty where it is not."""
        if self.constant is not None:
            return frozenset({str(self.constant)})
        if not self.values:
            return frozenset()
        return frozenset(value for value in (*self.values.values(), self.otherwise, self.empty) if value is not None)


Source = Annotated[ValueSource, BeforeValidator(_from_short)]
ValueSource.model_rebuild()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError("zone", N_("没有“{zone}”这个时区，例如 Asia/Shanghai"), {"zone": name}) from None
    return name


def _form(form: str) -> str:
    if form not in {"epoch_s", "epoch_ms"} and "%" not in form:
        raise PydanticCustomError("form", N_("格式用 strptime 的写法，例如 %m/%d/%Y %I:%M:%S %p"))
    return form


class MomentSource(Strict):
    """A column of dates or of dates and times, and how it writes them.

    Without `format`, whatever a person would understand is read. `zone` is that of the clock on the wall where the
    sheet was written. Local times that never were (clocks put forward) are read by the clock before the change, those
    that were twice mean the first. `time` is a second column with the time of day. `year` completes 5月3日; without it
    the year that stands in the title or the file's name does.
    """

    column: Header | None = None
    aliases: tuple[Header, ...] = Field(default=(), strict=False)
    constant: Said | None = None
    format: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_form)] | None = None
    zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] = "Asia/Shanghai"
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    time: Source | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise PydanticCustomError("moment_origin", N_("应在 column、constant 中恰好写一项"))
        if self.constant is not None and self.time is not None:
            raise PydanticCustomError("moment_time", N_("有 column 才能写 time"))
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header name that this source may read."""
        own = (self.column, *self.aliases) if self.column is not None else ()
        return (*own, *(self.time.headers if self.time else ()))


Moment = Annotated[MomentSource, BeforeValidator(_from_short)]


class LaneSource(Strict):
    """How a row names its lane: by code, by name, or somewhere in its address (the longest name that occurs there).

    `within` is the code or name of the street or community, where a lane's name occurs more than once; `fallback` is
    the code of the lane for rows that name none.
    """

    code: Source | None = None
    name: Source | None = None
    in_address: Source | None = None
    within: Source | None = None
    fallback: Said | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.code, self.name, self.in_address)) != 1:
            raise PydanticCustomError("lane_way", N_("应在 code、name、in_address 中恰好写一项"))
        if self.within is not None and self.code is not None:
            raise PydanticCustomError("lane_within", N_("按 code 找小巷时不需要 within"))
        return self

    @property
    def way(self) -> ValueSource:
        """The source that was chosen."""
        chosen = self.code or self.name or self.in_address
        assert chosen is not None  # noqa: S101 - the validator above holds it
        return chosen

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header name that this source may read."""
        return (*self.way.headers, *(self.within.headers if self.within else ()))


class LeaveOut(Strict):
    """Rows that are none of ours: those with one of these values in a column, or with nothing in it."""

    column: Header
    values: tuple[str, ...] = Field(default=(), strict=False)
    empty: bool = False

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.values and not self.empty:
            raise PydanticCustomError("leave_out", N_("应写明 values 或 empty"))
        return self
