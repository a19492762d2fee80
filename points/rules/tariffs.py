"""What one kind of event is worth: fixed points, points by category, by time or by quantity, or a deduction."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kernel.messages import N_
from points.rules.events import Event, Events
from points.rules.fields import DAY_MINUTES, Code, Contradictions, Named, Points, Section, SomePoints

_WAYS = ("points", "points_from", "per_minutes", "per_quantity", "deducts")


class PerMinutes(Section):
    """Points by time: `points` for each `minutes`, of which at most `most_minutes` count for one activity."""

    points: SomePoints
    minutes: Annotated[int, Field(ge=1, le=DAY_MINUTES)]
    most_minutes: Annotated[int, Field(ge=1, le=DAY_MINUTES)] | None = None
    rounding: Literal["down", "half_up"] = "down"

    def counted(self, minutes: int) -> int:
        """The minutes of an activity that count."""
        return minutes if self.most_minutes is None else min(minutes, self.most_minutes)

    def of(self, minutes: int, *, points: int | None = None) -> int:
        """What minutes are worth; `points` replaces those of the unit."""
        twice = 2 * self.counted(minutes) * (self.points if points is None else points)
        return (twice + (self.minutes if self.rounding == "half_up" else 0)) // (2 * self.minutes)


class PerQuantity(Section):
    """Points for each thing that was counted, such as bags of rubbish; at most `most` of one activity."""

    points: SomePoints
    most: Annotated[int, Field(ge=1, le=10_000)] | None = None

    def of(self, quantity: int, *, points: int | None = None) -> int:
        """What a quantity is worth; `points` replaces those of one."""
        counted = quantity if self.most is None else min(quantity, self.most)
        return counted * (self.points if points is None else points)


class Tariff(Section):
    """What one kind of event is worth, in exactly one way."""

    points: Points | None = None
    points_from: Literal["category", "solved_bonus"] | None = None
    per_minutes: PerMinutes | None = None
    per_quantity: PerQuantity | None = None
    deducts: SomePoints | None = None
    overrides: dict[Code, Points] = Field(default_factory=dict)  # by category, in place of the points above

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(getattr(self, name) is not None for name in _WAYS) != 1:
            raise PydanticCustomError(
                "tariff", N_("应在 points、points_from、per_minutes、per_quantity、deducts 中恰好写一项")
            )
        if self.deducts is not None and self.overrides:
            raise PydanticCustomError("tariff_overrides", N_("扣分事项不能另按类别给分"))
        return self


class CategoryRule(Named):
    """A category of cases (类别): its base points and its names."""

    points: Points


class SolvedBonus(Section):
    """What solving adds: a percentage of the base points, rounded half up, at least the minimum."""

    percent: Annotated[int, Field(ge=1, le=1_000)]
    minimum: Points
    rounding: Literal["half_up"] = "half_up"

    def of(self, base: int) -> int:
        """The bonus for base points (domain: max(1, base / 2 half up) at 50 percent and minimum 1)."""
        return max(self.minimum, (base * self.percent + 50) // 100)


class ServiceMinutes(Section):
    """Which activities count as service time (服务时长), a unit of its own that spending never touches."""

    most_per_activity: Annotated[int, Field(ge=1, le=DAY_MINUTES)]
    events: Events

    def of(self, event: Event, minutes: int | None) -> int:
        """The minutes of an activity that count."""
        return min(minutes, self.most_per_activity) if minutes and event in self.events else 0


class Complaints(Section):
    """Which events an upheld complaint zeroes: that one activity and no other (投诉成立，该次活动不计分)."""

    zero: Events


def tariff_contradictions(
    tariffs: Mapping[Event, Tariff],
    categories: Mapping[str, CategoryRule],
    hazard_bonus: int,
    solved_bonus: SolvedBonus | None,
) -> Contradictions:
    """Where tariffs, categories and bonuses contradict each other."""
    for event, tariff in tariffs.items():
        at = ("tariffs", event.value)
        if (event is Event.FALSE_REPORT) != (tariff.deducts is not None):
            yield at, N_("只有“false_report”扣分，也只能扣分"), {}
        if tariff.points_from == "category" and not categories:
            yield (*at, "points_from"), N_("按类别给分，但规则里没有类别"), {}
        if tariff.points_from == "solved_bonus":
            if event is not Event.CASE_SOLVED:
                yield (*at, "points_from"), N_("办结加分只用于“case_solved”"), {}
            elif solved_bonus is None:
                yield (*at, "points_from"), N_("规则里没有写办结加分 solved_bonus"), {}
            elif Event.CASE_VERIFIED not in tariffs:
                yield (*at, "points_from"), N_("办结加分需要有“case_verified”的分值"), {}
        for category in tariff.overrides:
            if category not in categories:
                yield (*at, "overrides", category), N_("规则里没有类别“{category}”"), {"category": category}
    if solved_bonus and not any(tariff.points_from == "solved_bonus" for tariff in tariffs.values()):
        yield ("solved_bonus",), N_("没有任何事项使用办结加分"), {}
    if hazard_bonus and Event.CASE_VERIFIED not in tariffs:
        yield ("hazard_bonus",), N_("险情加分需要有“case_verified”的分值"), {}


def listed_contradictions(events: tuple[Event, ...], tariffs: Mapping[Event, Tariff], *at: str | int) -> Contradictions:
    """Where a list of events names what has no tariff, what deducts, or the same twice. The list of all names none."""
    if len(events) == len(Event):
        return
    for index, event in enumerate(events):
        if event not in tariffs:
            yield (*at, index), N_("规则里没有事项“{event}”的分值"), {"event": event.value}
        elif tariffs[event].deducts is not None:
            yield (*at, index), N_("扣分事项“{event}”不受上限约束"), {"event": event.value}
        if event in events[:index]:
            yield (*at, index), N_("事项“{event}”重复"), {"event": event.value}
