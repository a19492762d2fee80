"""Re-checks and alerts as the desk shows them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.database import Reader
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckLine:
    """A case that waits to be looked at again."""

    id: UUID
    case_id: UUID
    number: str
    category: str
    lane_name: str
    lane_name_en: str
    steward_name: str
    week_on: date
    seed: str
    verified_at: datetime | None
    own: bool  # the reader reported or verified it


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """A run of verifications that was quicker than usual."""

    id: UUID
    kind: str
    subject_id: UUID
    name: str
    first_at: datetime
    last_at: datetime
    verifications: int


async def list_rechecks(reader: Reader, principal: Principal, *, limit: int = 50) -> list[RecheckLine]:
    """The cases within a caller's reach that wait to be looked at again, the oldest week first."""
    condition, args = reach(principal, Action.CASES_RECHECK).condition(
        reader, 1, street="c.street_id", community="c.community_id"
    )
    rows = await reader.fetch(
        "SELECT again.id, c.id AS case_id, c.number, c.category, lane.name AS lane_name, lane.name_en AS lane_name_en, "
        "steward.name AS steward_name, again.week_id AS week_on, week.seed, c.verified_at, c.reporter_id, "
        "again.verified_by_id FROM cases_recheck AS again "
        "JOIN cases_case AS c ON c.id = again.case_id AND c.episode = again.episode "
        "JOIN cases_recheck_week AS week ON week.week_on = again.week_id "
        "JOIN stewards_lane AS lane ON lane.id = c.lane_id "
        "JOIN stewards_steward AS steward ON steward.id = c.steward_id "
        f"WHERE again.state = 'waiting' AND c.state IN ('verified', 'solved') AND {condition} "
        f"ORDER BY again.week_id, c.number LIMIT {int(limit)}",
        *args,
        types={
            "id": UUID, "case_id": UUID, "week_on": date, "verified_at": datetime, "reporter_id": UUID,
            "verified_by_id": UUID,
        },
    )  # fmt: skip
    lines = []
    for row in rows:
        facts: dict[str, Any] = dict(row)
        own = principal.id in {facts.pop("reporter_id"), facts.pop("verified_by_id")}
        lines.append(RecheckLine(**facts, own=own))
    return lines


async def list_alerts(reader: Reader, principal: Principal, *, limit: int = 50) -> list[AlertLine]:
    """The alerts within a caller's reach that nobody has looked at, the newest first."""
    condition, args = reach(principal, Action.ALERTS_REVIEW).condition(reader, 1, street="alert.street_id")
    rows = await reader.fetch(
        "SELECT alert.id, alert.kind, alert.subject_id, COALESCE(steward.name, staff.name, '') AS name, "
        "alert.first_at, alert.last_at, alert.verifications FROM cases_burst_alert AS alert "
        "LEFT JOIN stewards_steward AS steward ON steward.id = alert.subject_id "
        "LEFT JOIN stewards_staff AS staff ON staff.id = alert.subject_id "
        f"WHERE alert.state = 'open' AND {condition} ORDER BY alert.first_at DESC, alert.id LIMIT {int(limit)}",
        *args,
        types={"id": UUID, "subject_id": UUID, "first_at": datetime, "last_at": datetime},
    )
    return [AlertLine(**row) for row in rows]
