"""Every table of points. All but accounts, lots and cap windows are append-only (the database refuses the rest)."""

from points.award_models import Award, CapUse, CapWindow
from points.grant_models import BudgetMove, Grant, GrantCheck, Note
from points.ledger_models import Account, Operation, Settlement, Transfer
from points.level_models import LevelBar, LevelChange, Multiplier
from points.lot_models import Lot, LotAllocation
from points.penalty_models import Collection, Penalty
from points.report_models import ReportMark, ReportMonth, ReportSum
from points.rule_models import RuleComment, RuleDraft, RuleRehearsal, RuleVersion

# Found here by the migrations.
__all__ = [
    "Account",
    "Award",
    "BudgetMove",
    "CapUse",
    "CapWindow",
    "Collection",
    "Grant",
    "GrantCheck",
    "LevelBar",
    "LevelChange",
    "Lot",
    "LotAllocation",
    "Multiplier",
    "Note",
    "Operation",
    "Penalty",
    "ReportMark",
    "ReportMonth",
    "ReportSum",
    "RuleComment",
    "RuleDraft",
    "RuleRehearsal",
    "RuleVersion",
    "Settlement",
    "Transfer",
]
