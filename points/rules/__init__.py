"""What events are worth, as data: a rule set is one JSON document, a section to a file."""

from points.rules.budgets import Budget, GrantReason, Grants, Peg
from points.rules.caps import Cap, Period
from points.rules.document import Rules, RuleSet
from points.rules.events import Event
from points.rules.expiry import Expiry, Leavers
from points.rules.fields import MOST_POINTS
from points.rules.gates import Gate, Measure, Purpose, Redemption
from points.rules.levels import Demotion, Ladder, Rung
from points.rules.purses import AccountKind, BalanceCap, EarningPurse, Origin, Purses
from points.rules.sanctions import Cheating, DeductionItem, Deductions, NoShows, Sanctions
from points.rules.scores import Band, Multipliers, ScorePart, Scores
from points.rules.tariffs import (
    CategoryRule,
    Complaints,
    PerMinutes,
    PerQuantity,
    ServiceMinutes,
    SolvedBonus,
    Tariff,
)
from points.rules.titles import TitleRule

__all__ = [
    "MOST_POINTS",
    "AccountKind",
    "BalanceCap",
    "Band",
    "Budget",
    "Cap",
    "CategoryRule",
    "Cheating",
    "Complaints",
    "DeductionItem",
    "Deductions",
    "Demotion",
    "EarningPurse",
    "Event",
    "Expiry",
    "Gate",
    "GrantReason",
    "Grants",
    "Ladder",
    "Leavers",
    "Measure",
    "Multipliers",
    "NoShows",
    "Origin",
    "Peg",
    "PerMinutes",
    "PerQuantity",
    "Period",
    "Purpose",
    "Purses",
    "Redemption",
    "RuleSet",
    "Rules",
    "Rung",
    "Sanctions",
    "ScorePart",
    "Scores",
    "ServiceMinutes",
    "SolvedBonus",
    "Tariff",
    "TitleRule",
]
