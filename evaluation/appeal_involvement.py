"""Who had a part in what is appealed, and therefore does not answer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kernel.database import Reader

_AWARD = """
    SELECT 1 AS found FROM points_award award
    LEFT JOIN points_operation made ON made.id = award.operation_id
    WHERE award.id = $1 AND (
        made.actor_id = $2
        OR EXISTS (
            SELECT 1 FROM cases_event step JOIN cases_event other ON other.case_id = step.case_id
            WHERE step.award_id = award.id AND other.actor_id = $2
        )
        OR EXISTS (
            SELECT 1 FROM cases_event step JOIN cases_event other ON other.case_id = step.case_id
            WHERE step.award_id = award.reverses_id AND other.actor_id = $2
        )
    )
"""
_PERIOD = """
    SELECT 1 AS found FROM evaluation_ballot ballot
    LEFT JOIN evaluation_hold hold ON hold.ballot_id = ballot.id
    LEFT JOIN evaluation_hold_review review ON review.hold_id = hold.id
    WHERE ballot.steward_id = $1 AND ballot.period = $2 AND (ballot.staff_id = $3 OR review.reviewer_id = $3)
"""


async def involved_in(reader: Reader, appeal: Mapping[str, Any], staff_id: UUID | None) -> bool:
    """Whether a member of staff reported, verified or posted what is appealed, or judged or reviewed in the period."""
    if staff_id is None:
        return True  # nobody in particular answers for anything
    if appeal["kind"] == "award":
        found = await reader.fetch_one(_AWARD, appeal["award_id"], staff_id)
    else:
        found = await reader.fetch_one(_PERIOD, appeal["steward_id"], appeal["period"], staff_id)
    return found is not None
