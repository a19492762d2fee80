"""What a case is assessed as: the event that its credit stands for."""

from uuid import UUID

from cases.transitions import Credit, credit_reference
from cases.wording import Urgency
from kernel.database import Row
from points.assess import EarningEvent


def event_of(case: Row, credit: Credit, *, episode: int, actor_id: UUID | None = None) -> EarningEvent:
    """The event of a case's row. The day of the report decides rules and caps, so a slow clerk costs nobody points."""
    return EarningEvent(
        steward_id=case["steward_id"],
        street_id=case["street_id"],
        lane_id=case["lane_id"],
        event=credit.event,
        reference=credit_reference(case["number"], credit, episode),
        occurred_at=case["reported_at"],
        category=case["category"],
        hazard=case["urgency"] == Urgency.HAZARD,
        actor_id=actor_id,
    )
