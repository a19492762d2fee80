"""Reading ballots by name (调阅评价票): by the district, after the window, with a reason; each reading is on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import orjson

from evaluation.periods import Period
from evaluation.scheme_versions import scheme_for
from kernel.audit import Actor, AuditEntry, record
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_

AuditReason = Literal["appeal", "suspicion", "inspection"]
AUDIT_REASONS: Mapping[AuditReason, str] = {
    "appeal": N_("处理申诉"),
    "suspicion": N_("查刷票"),
    "inspection": N_("例行检查"),
}
_PSEUDONYM = 8  # characters that tell browsers apart on a page


class BallotsHidden(Refusal):
    """Nobody reads ballots before the window has closed."""

    code = "ballots_hidden"
    message = N_("{period} 的评价还没有截止，截止前谁都不能看票。")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedBallot:
    """A ballot with what is known of its rater: a member of staff or a peer by name, a resident by pseudonym."""

    id: UUID
    source: str
    kind: Literal["slip", "case", "open", "staff", "peer"]
    rater_name: str | None
    device: str | None
    marks: Mapping[str, int]
    cast_at: datetime
    changed_at: datetime | None
    hold_state: str | None


async def audit_ballots(
    tx: Tx, steward_id: UUID, period: Period, reason: AuditReason, *, by: Actor, now: datetime
) -> list[AuditedBallot]:
    """The ballots about a steward in a period, and a row that says who read them and why.

    Raises:
        NoSchemeInForce: nothing is judged in such a period.
        BallotsHidden: the window is open.

    """
    closes_at = period.closes_at((await scheme_for(tx, period)).scheme.window.closes_days_after)
    if now < closes_at:
        raise BallotsHidden(pointer="/period", period=period.name)
    rows = await tx.fetch(
        "SELECT ballot.id, ballot.source, slip.case_id, ballot.slip_id, ballot.open_kind, ballot.device_sha256, "
        "ballot.scores, ballot.cast_at, ballot.changed_at, hold.state AS hold_state, "
        "coalesce(staff.name, peer.name) AS rater_name FROM evaluation_ballot ballot "
        "LEFT JOIN evaluation_slip slip ON slip.id = ballot.slip_id "
        "LEFT JOIN evaluation_hold hold ON hold.ballot_id = ballot.id "
        "LEFT JOIN stewards_staff staff ON staff.id = ballot.staff_id "
        "LEFT JOIN stewards_steward peer ON ballot.source = 'peers' AND peer.id = ballot.rater "
        "WHERE ballot.steward_id = $1 AND ballot.period = $2 ORDER BY ballot.source, ballot.cast_at, ballot.id",
        steward_id,
        period.name,
        types={"id": UUID, "case_id": UUID, "slip_id": UUID, "cast_at": datetime, "changed_at": datetime},
    )
    entry = AuditEntry(
        actor=by,
        action="ballots.read",
        subject_kind="steward",
        subject_id=steward_id,
        detail={"period": period.name, "reason": reason, "ballots": len(rows)},
    )
    await record(tx, [entry], now=now)
    return [
        AuditedBallot(
            id=row["id"],
            source=row["source"],
            kind=(
                "peer"
                if row["source"] == "peers"
                else "open"
                if row["open_kind"]
                else "case"
                if row["case_id"]
                else "slip"
                if row["slip_id"]
                else "staff"
            ),
            rater_name=row["rater_name"],
            device=row["device_sha256"][:_PSEUDONYM] if row["device_sha256"] else None,
            marks=orjson.loads(row["scores"]),
            cast_at=row["cast_at"],
            changed_at=row["changed_at"],
            hold_state=row["hold_state"],
        )
        for row in rows
    ]
