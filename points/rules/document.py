"""The rule set as a whole: one JSON document whose sections must not contradict each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kernel.messages import N_
from points.rules.budgets import Budget, Grants, Peg, grant_contradictions
from points.rules.caps import Cap, cap_contradictions
from points.rules.events import Event
from points.rules.expiry import Expiry, Leavers, expiry_contradictions
from points.rules.fields import Code, Contradictions, Day, Points, Section, Words
from points.rules.gates import Gate, Redemption, gate_contradictions
from points.rules.levels import Ladder, ladder_contradictions
from points.rules.purses import BalanceCap, BalanceCaps, EarningPurse, Purses, purse_contradictions
from points.rules.sanctions import Sanctions, sanction_contradictions
from points.rules.scores import Multipliers, Scores, multiplier_contradictions, score_contradictions
from points.rules.tariffs import (
    CategoryRule,
    Complaints,
    ServiceMinutes,
    SolvedBonus,
    Tariff,
    listed_contradictions,
    tariff_contradictions,
)
from points.rules.titles import TitleRule, title_contradictions


class About(Section):
    """What kind of programme this is, for whoever reads it first."""

    zh: Annotated[str, Field(min_length=1, max_length=400)]
    en: Annotated[str, Field(min_length=1, max_length=400)]


class RuleSet(Section):
    """A rule set (积分规则): complete, and free of contradictions once it validates."""

    name: Words
    about: About | None = None
    effective_on: Day
    tariffs: Annotated[dict[Event, Tariff], Field(min_length=1)]
    categories: dict[Code, CategoryRule] = Field(default_factory=dict)
    hazard_bonus: Points = 0
    solved_bonus: SolvedBonus | None = None
    service_minutes: ServiceMinutes | None = None
    complaints: Complaints | None = None
    caps: tuple[Cap, ...] = ()
    purses: Purses = Purses()
    balance_caps: BalanceCaps = Field(default_factory=dict)
    expiry: Expiry = Expiry()
    leavers: Leavers = Leavers()
    budget: Budget | None = None
    peg: Peg | None = None
    grants: Grants = Grants()
    gates: tuple[Gate, ...] = ()
    redemption: Redemption = Redemption()
    levels: Ladder | None = None
    stars: Ladder | None = None
    scores: Scores | None = None
    multipliers: Multipliers | None = None
    titles: tuple[TitleRule, ...] = ()
    sanctions: Sanctions = Sanctions()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if found := list(self._contradictions()):
            raise PydanticCustomError("contradictions", N_("规则自相矛盾"), {"found": found})
        return self

    def _contradictions(self) -> Contradictions:
        yield from tariff_contradictions(self.tariffs, self.categories, self.hazard_bonus, self.solved_bonus)
        yield from cap_contradictions(self.caps, self.tariffs)
        if self.service_minutes is not None:
            yield from listed_contradictions(self.service_minutes.events, self.tariffs, "service_minutes", "events")
        if self.complaints is not None:
            yield from listed_contradictions(self.complaints.zero, self.tariffs, "complaints", "zero")
        yield from purse_contradictions(self.purses, self.balance_caps, self.tariffs)
        yield from expiry_contradictions(self.expiry)
        yield from grant_contradictions(self.grants)
        yield from gate_contradictions(self.gates, "gates")
        for name in ("levels", "stars"):
            ladder: Ladder | None = getattr(self, name)
            if ladder is not None:
                yield from ladder_contradictions(ladder, name)
                yield from self._unreachable_levels(ladder, name)
        if self.scores is not None:
            yield from score_contradictions(self.scores)
        if self.multipliers is not None:
            yield from multiplier_contradictions(self.multipliers, self.tariffs)
        yield from title_contradictions(self.titles)
        yield from sanction_contradictions(self.sanctions)

    def _unreachable_levels(self, ladder: Ladder, name: str) -> Contradictions:
        if self.service_minutes is None and any(rung.minutes for rung in ladder.rungs):
            yield (name,), N_("等级看服务时长，但规则里没有 service_minutes"), {}

    @cached_property
    def caps_by_event(self) -> Mapping[Event, tuple[Cap, ...]]:
        """The caps that bind each event, by code: their order in the document means nothing."""
        ordered = sorted(self.caps, key=lambda cap: cap.code)
        return {event: tuple(cap for cap in ordered if event in cap.events) for event in Event}

    def ceiling_of(self, purse: EarningPurse) -> BalanceCap | None:
        """The balance cap of a purse; only what can be spent has one."""
        return self.balance_caps.get(purse) if purse in ("spendable", "services") else None


@dataclass(frozen=True, slots=True)
class Rules:
    """A published rule set: what it says, and which version it is."""

    version_id: UUID
    number: int
    document: RuleSet
