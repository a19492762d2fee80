"""What an assessment asks of the ledger. Pure."""

from typing import Any
from uuid import UUID

from points.assess import Assessment
from points.rules import Rules
from points.wishes import Ceiling, Credit


def credit_of(assessment: Assessment, rules: Rules, *, street_id: UUID | None, **facts: Any) -> Credit:
    """What an assessment asks of the ledger: into which purse, up to which ceiling, paid by whom."""
    ceiling = assessment.ceiling
    return Credit(
        points=assessment.points,
        purse=assessment.purse,
        ceiling=Ceiling(most=ceiling.most, overflow_to=ceiling.overflow_to) if ceiling else None,
        budget_id=street_id if rules.document.budget is not None else None,
        expires_on=assessment.expires_on,
        **facts,
    )
