"""What events are worth, as data: a rule set is one JSON document with tariffs, category weights, caps and expiry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from kernel.messages import N_


class Event(StrEnum):
    """What can be assessed. `false_report` takes points away; all others give them."""

    CASE_VERIFIED = "case_verified"
    CASE_SOLVED = "case_solved"
    PATROL = "patrol"
    VISIT = "visit"
    ACT = "act"
    WHISTLE_SOLVED = "whistle_solved"
    REFRESH = "refresh"
    HALL_SESSION = "hall_session"
    COURSE = "course"
    MAP = "map"
    DUPLICATE = "duplicate"
    FALSE_REPORT = "false_report"


MOST_POINTS = 1_000_000  # of one event or cap: keeps every sum far inside 64 bits


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
    # Control characters and marks such as U+202E make a name look like another.
    if not value.isprintable() or value != value.strip():
        raise PydanticCustomError("printable", N_("不得有看不见的字符，首尾不得有空格"))
    return value


def _every_event(value: Any) -> Any:
    return [event.value for event in Event] if value == "all" else value


Points = Annotated[int, Field(ge=0, le=MOST_POINTS)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Words = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]


class _Strict(BaseModel):
    # Strict: 1.5, "1", 1.0 and true are not integers; unknown fields are mistakes, never ignored.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Tariff(_Strict):
    """What one kind of event is worth: fixed points, the points of its category, the solved bonus, or a deduction."""

    points: Points | None = None
    points_from: Literal["category", "solved_bonus"] | None = None
    deducts: Annotated[int, Field(ge=1, le=MOST_POINTS)] | None = None
    overrides: dict[Code, Points] = Field(default_factory=dict)  # by category, in place of the above

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in ("points", "points_from", "deducts") if getattr(self, name) is not None]
        if len(given) != 1:
            raise PydanticCustomError("tariff", N_("应在 points、points_from、deducts 中恰好写一项"))
        if self.deducts is not None and self.overrides:
            raise PydanticCustomError("tariff_overrides", N_("扣分事项不能另按类别给分"))
        return self


class CategoryRule(_Strict):
    """A category of cases (类别): its base points and its names."""

    points: Points
    zh: Words
    en: Words


class SolvedBonus(_Strict):
    """What solving adds: a percentage of the base points, rounded half up, at least the minimum."""

    percent: Annotated[int, Field(ge=1, le=1_000)]
    minimum: Points
    rounding: Literal["half_up"] = "half_up"

    def of(self, base: int) -> int:
        """The bonus for base points (domain: max(1, base / 2 half up) at 50 percent and minimum 1)."""
        return max(self.minimum, (base * self.percent + 50) // 100)


class Cap(_Strict):
    """An upper limit (上限) of points or of times, per person or lane, in a local day, month or year."""

    code: Code
    per: Literal["steward", "lane"]
    period: Literal["day", "month", "year"]
    counts: Literal["points", "times"]
    limit: Annotated[int, Field(ge=1, le=MOST_POINTS)]
    # "all" or a list. A validator that runs before makes pydantic read Python values, where strict knows no text.
    events: Annotated[
        tuple[Annotated[Event, Field(strict=False)], ...],
        BeforeValidator(_every_event),
        Field(min_length=1, strict=False),
    ]


class Expiry(_Strict):
    """When points end: never, at the end of their year, or at the end of the following year."""

    policy: Literal["none", "end_of_year", "end_of_next_year"] = "none"

    def last_day(self, earned_on: date) -> date | None:
        """The last local day on which points earned on a day can be spent."""
        if self.policy == "none":
            return None
        return date(earned_on.year + (self.policy == "end_of_next_year"), 12, 31)


class RuleSet(_Strict):
    """A rule set (积分规则): complete, and free of contradictions once it validates."""

    name: Words
    effective_on: Annotated[date, BeforeValidator(_iso_date)]
    tariffs: Annotated[dict[Event, Tariff], Field(min_length=1)]
    categories: dict[Code, CategoryRule] = Field(default_factory=dict)
    hazard_bonus: Points = 0
    solved_bonus: SolvedBonus | None = None
    caps: tuple[Cap, ...] = ()
    expiry: Expiry = Expiry()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if found := list(self._contradictions()):
            raise PydanticCustomError("contradictions", N_("规则自相矛盾"), {"found": found})
        return self

    def _contradictions(self) -> Iterator[tuple[tuple[str | int, ...], str, Mapping[str, Any]]]:
        for event, tariff in self.tariffs.items():
            at = ("tariffs", event.value)
            yield from self._tariff_contradictions(event, tariff, at)
        if self.solved_bonus and not any(t.points_from == "solved_bonus" for t in self.tariffs.values()):
            yield ("solved_bonus",), N_("没有任何事项使用办结加分"), {}
        if self.hazard_bonus and Event.CASE_VERIFIED not in self.tariffs:
            yield ("hazard_bonus",), N_("险情加分需要有“case_verified”的分值"), {}
        codes: set[str] = set()
        for at_index, cap in enumerate(self.caps):
            if cap.code in codes:
                yield ("caps", at_index, "code"), N_("上限代码“{code}”重复"), {"code": cap.code}
            codes.add(cap.code)
            if len(cap.events) == len(Event):
                continue
            for event_index, event in enumerate(cap.events):
                at_event = ("caps", at_index, "events", event_index)
                if event not in self.tariffs:
                    yield at_event, N_("规则里没有事项“{event}”的分值"), {"event": event.value}
                elif self.tariffs[event].deducts is not None:
                    yield at_event, N_("扣分事项“{event}”不受上限约束"), {"event": event.value}
                if event in cap.events[:event_index]:
                    yield at_event, N_("事项“{event}”重复"), {"event": event.value}

    def _tariff_contradictions(
        self, event: Event, tariff: Tariff, at: tuple[str, str]
    ) -> Iterator[tuple[tuple[str | int, ...], str, Mapping[str, Any]]]:
        if (event is Event.FALSE_REPORT) != (tariff.deducts is not None):
            yield at, N_("只有“false_report”扣分，也只能扣分"), {}
        if tariff.points_from == "category" and not self.categories:
            yield (*at, "points_from"), N_("按类别给分，但规则里没有类别"), {}
        if tariff.points_from == "solved_bonus":
            if event is not Event.CASE_SOLVED:
                yield (*at, "points_from"), N_("办结加分只用于“case_solved”"), {}
            elif self.solved_bonus is None:
                yield (*at, "points_from"), N_("规则里没有写办结加分 solved_bonus"), {}
            elif Event.CASE_VERIFIED not in self.tariffs:
                yield (*at, "points_from"), N_("办结加分需要有“case_verified”的分值"), {}
        for category in tariff.overrides:
            if category not in self.categories:
                yield (*at, "overrides", category), N_("规则里没有类别“{category}”"), {"category": category}

    @cached_property
    def caps_by_event(self) -> Mapping[Event, tuple[Cap, ...]]:
        """The caps that bind each event, by code: their order in the document means nothing."""
        ordered = sorted(self.caps, key=lambda cap: cap.code)
        return {event: tuple(cap for cap in ordered if event in cap.events) for event in Event}


@dataclass(frozen=True, slots=True)
class Rules:
    """A published rule set: what it says, and which version it is."""

    version_id: UUID
    number: int
    document: RuleSet
