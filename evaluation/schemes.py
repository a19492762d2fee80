"""What is asked of whom and how it counts: a scheme (评价方案) is one versioned JSON document, complete in itself."""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from evaluation.curves import Curve, Exact, as_written, curve_contradictions
from kernel.documents import CONTRADICTIONS
from kernel.messages import N_

SourceCode = Literal["street", "community", "residents", "peers", "objective"]
"""Who judges: the street, the community, residents, other stewards; or facts from cases."""

Measure = Literal["accuracy", "timeliness", "solution", "reopenings", "difficulty"]
"""What is read from cases instead of being asked (evaluation.objective)."""

Conflict = Literal["self", "relative", "team_mate"]
PeriodKind = Literal["month", "quarter", "year"]
Contradiction = tuple[tuple[str | int, ...], str, Mapping[str, Any]]


def _iso_date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("date", N_("应为日期，写作 2026-01-31"))


def _printable(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise PydanticCustomError("printable", N_("不得有看不见的字符，首尾不得有空格"))
    return value


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Words = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Percent = Annotated[int, Field(ge=0, le=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Scale(_Strict):
    """The whole numbers that a ballot may hold, with the words beside them."""

    least: Annotated[int, Field(ge=0, le=100)]
    most: Annotated[int, Field(ge=1, le=100)]
    zh: tuple[Words, ...] = Field(default=(), strict=False)
    en: tuple[Words, ...] = Field(default=(), strict=False)

    def percent(self, score: float) -> float:
        """A score of the scale as 0 to 100."""
        return 100.0 * (score - self.least) / (self.most - self.least)


class Dimension(_Strict):
    """One thing that is judged (维度). With a `measure` it is read from cases, and nobody is asked."""

    code: Code
    zh: Words
    en: Words
    ask_zh: Words | None = None
    ask_en: Words | None = None
    weight: Exact
    optional: bool = False
    measure: Measure | None = None
    curve: Curve | None = None


class OpenBallots(_Strict):
    """Ballots from a public QR code (开放票): bound to a device, capped, of low weight, never in the minimum."""

    weight_percent: Percent = 20  # of a full ballot
    most_share_percent: Percent = 20  # of the weight of the full ballots, all open ones together
    per_lane_day: Count = 20
    per_network_day: Count = 30


class Source(_Strict):
    """Who judges, with which weight, on what, and how many it takes to count."""

    code: SourceCode
    zh: Words
    en: Words
    weight: Exact
    scale: Scale
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1, max_length=12, strict=False)]
    minimum_raters: Annotated[int, Field(ge=1, le=1_000)] = 1
    trim_percent: Annotated[int, Field(ge=0, le=40)] = 0  # off each end
    shrinkage: Literal["estimated"] | Annotated[int, Field(ge=0, le=1_000)] = "estimated"  # ballots' worth of the mean
    severity: bool = False  # estimate and remove each rater's severity where raters overlap
    open_ballots: OpenBallots | None = None

    @cached_property
    def asked(self) -> tuple[Dimension, ...]:
        """The dimensions that ballots answer."""
        return tuple(dimension for dimension in self.dimensions if dimension.measure is None)


class Cases(_Strict):
    """How measures are read from cases (evaluation.objective)."""

    timely_hours: Annotated[int, Field(ge=1, le=720)] = 24  # from seeing a problem to its being known or verified
    mix_adjusted: Annotated[tuple[Measure, ...], Field(max_length=4, strict=False)] = ()  # compared with like cases


class Guards(_Strict):
    """When ballots are held out for review (evaluation.guards)."""

    most_per_device: Annotated[int, Field(ge=1, le=1_000)] = 3
    burst_ballots: Annotated[int, Field(ge=3, le=1_000)] = 5
    burst_minutes: Annotated[int, Field(ge=1, le=10_000)] = 60
    surplus_sigma: Exact = Fraction(14, 5)
    alike_stewards: Annotated[int, Field(ge=3, le=1_000)] = 8
    straight_stewards: Annotated[int, Field(ge=3, le=1_000)] = 8


class Appeals(_Strict):
    """How long scores and awards can be appealed, and within how many working days that is answered (申诉)."""

    open_days: Annotated[int, Field(ge=1, le=366)] = 60
    answer_working_days: Annotated[int, Field(ge=1, le=60)] = 10


class Band(_Strict):
    """What a score leads to: the multiplier of the next period's case points, in percent, and coaching (帮带)."""

    at_least: Exact
    multiplier_percent: Annotated[int, Field(ge=0, le=300)]
    coaching: bool = False


class Bonus(_Strict):
    """Points on top of the weighted score: so many for each verified hazard case, up to a limit."""

    per_hazard: Exact
    most: Exact


class Window(_Strict):
    """Ballots are taken from the first day of the period until so many days after its last."""

    closes_days_after: Annotated[int, Field(ge=0, le=60)] = 10


class Scheme(_Strict):
    """A scheme: complete, and free of contradictions once it validates."""

    name: Words
    effective_on: Annotated[date, BeforeValidator(_iso_date)]
    period: PeriodKind = "quarter"
    window: Window = Window()
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=5, strict=False)]
    conflicts: Annotated[tuple[Conflict, ...], Field(strict=False)] = ("self", "relative", "team_mate")
    interval_percent: Annotated[int, Field(ge=50, le=99)] = 90
    ranks: Literal["strict", "outside_noise"] = "outside_noise"
    cases: Cases = Cases()
    guards: Guards = Guards()
    appeals: Appeals = Appeals()
    bands: Annotated[tuple[Band, ...], Field(max_length=20, strict=False)] = ()
    bonus: Bonus | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if found := list(self._contradictions()):
            raise PydanticCustomError(CONTRADICTIONS, N_("方案自相矛盾"), {"found": found})
        return self

    def source(self, code: str) -> Source | None:
        """The source of a code, where the scheme has it."""
        return next((source for source in self.sources if source.code == code), None)

    def band(self, score: Fraction) -> Band | None:
        """The band that a score falls into."""
        return next((band for band in self.bands if score >= band.at_least), None)

    def _contradictions(self) -> Iterator[Contradiction]:
        yield from _sums_to_hundred([source.weight for source in self.sources], ("sources",))
        yield from _twice([source.code for source in self.sources], ("sources",))
        for at, source in enumerate(self.sources):
            for path, message, params in _source_contradictions(source):
                yield ("sources", at, *path), message, params
        for at, band in enumerate(self.bands):
            if at and band.at_least >= self.bands[at - 1].at_least:
                yield ("bands", at, "at_least"), N_("分数线要从高到低"), {}
        if self.bands and self.bands[-1].at_least != 0:
            yield ("bands", len(self.bands) - 1, "at_least"), N_("最后一档要从 0 分起"), {}
        if self.bonus and not 0 < self.bonus.per_hazard <= self.bonus.most <= 100:
            yield ("bonus",), N_("加分要大于 0，不超过加分上限，上限不超过 100"), {}
        if "difficulty" in self.cases.mix_adjusted:
            yield ("cases", "mix_adjusted"), N_("难度本身就是案件构成，不能再按构成调整"), {}
        if not 1 <= self.guards.surplus_sigma <= 10:
            yield ("guards", "surplus_sigma"), N_("应在 1 到 10 之间"), {}


def _source_contradictions(source: Source) -> Iterator[Contradiction]:
    yield from _sums_to_hundred([dimension.weight for dimension in source.dimensions], ("dimensions",))
    yield from _twice([dimension.code for dimension in source.dimensions], ("dimensions",))
    scale = source.scale
    if scale.least >= scale.most:
        yield ("scale", "most"), N_("最高分要大于最低分"), {}
    for language in ("zh", "en"):
        words = getattr(scale, language)
        if words and len(words) != scale.most - scale.least + 1:
            yield ("scale", language), N_("每个分值要有一个词，共 {count} 个"), {"count": scale.most - scale.least + 1}
    if source.open_ballots and source.code != "residents":
        yield ("open_ballots",), N_("只有居民可以投开放票"), {}
    for at, dimension in enumerate(source.dimensions):
        here = ("dimensions", at)
        if source.code == "objective" and dimension.measure is None:
            yield (*here, "measure"), N_("客观来源的维度要写明取自案件的哪一项"), {}
        if source.code in ("residents", "peers") and dimension.measure is not None:
            yield (*here, "measure"), N_("居民和同行的维度由人来评，不取自案件"), {}
        if dimension.curve is not None:
            if dimension.measure is None:
                yield (*here, "curve"), N_("分段只用于取自案件的维度"), {}
            for path, message, params in curve_contradictions(dimension.curve):
                yield (*here, "curve", *path), message, params
    if source.asked and all(dimension.optional for dimension in source.asked):
        yield ("dimensions",), N_("至少要有一个必答的维度"), {}


def _sums_to_hundred(weights: list[Fraction], at: tuple[str, ...]) -> Iterator[Contradiction]:
    for index, weight in enumerate(weights):
        if weight <= 0:
            yield (*at, index, "weight"), N_("权重要大于 0"), {}
    if sum(weights) != 100:
        yield at, N_("权重合计为 {total}，应为 100"), {"total": as_written(sum(weights, Fraction(0)))}


def _twice(codes: list[str], at: tuple[str, ...]) -> Iterator[Contradiction]:
    for index, code in enumerate(codes):
        if code in codes[:index]:
            yield (*at, index, "code"), N_("代码“{code}”重复"), {"code": code}
