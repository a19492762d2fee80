"""What proposing and deciding manual awards share: the row, what it posts, what it answers and leaves behind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from kernel.audit import AuditEntry
from kernel.clock import local_date
from kernel.database import Reader, Row
from points.grant_terms import DEFAULT_TERMS, GrantTerms, terms_of
from points.rule_versions import rules_on
from points.rules import Rules
from points.wishes import Credit, Posted
from stewards.principal import Place, Principal

GRANT = "grant"
GrantState = Literal["proposed", "approved", "rejected", "withdrawn"]
SERVING = frozenset({"active", "suspended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOutcome:
    """A manual award after a step. `posted` is what the ledger did, `next` what it takes now, where it takes more."""

    grant_id: UUID
    number: str
    steward_id: UUID
    reason: str
    points: int
    state: GrantState
    two_person: bool
    next: str | None
    posted: Posted | None


async def grant_terms(reader: Reader, *, now: datetime) -> GrantTerms:
    """The terms of manual awards under the rules of today."""
    rules = await rules_today(reader, now)
    return terms_of(rules.document.grants) if rules else DEFAULT_TERMS


async def rules_today(reader: Reader, now: datetime) -> Rules | None:
    """The rules of today, where there are any."""
    today = local_date(now)
    return (await rules_on(reader, {today})).get(today)


def credit_of_grant(row: Mapping[str, Any], rules: Rules | None, *, now: datetime) -> Credit:
    """What a manual award asks of the ledger."""
    by_street = rules is not None and rules.document.budget is not None
    return Credit(
        owner_id=row["steward_id"],
        points=row["points"],
        reason=GRANT,
        reference=f"grant {row['number']}",
        occurred_at=now,
        expires_on=row["expires_on"],
        budget_id=row["street_id"] if by_street else None,
        actor_id=row["proposed_by_id"],
    )


def decided(row: dict[str, Any], state: GrantState, *, by: UUID | None, now: datetime, posted: Posted | None) -> None:
    """Set what deciding changes in a row."""
    row |= {
        "state": state,
        "decided_by_id": by,
        "decided_at": now,
        "operation_id": posted.operation_id if posted else None,
    }


def grant_audit(row: Mapping[str, Any], action: str, actor: Principal, *, cause: str | None = None) -> AuditEntry:
    """What the audit trail keeps of a step."""
    detail = {"number": row["number"], "points": row["points"], "reason": row["reason"], "state": row["state"]}
    if cause is not None:
        detail["cause"] = cause
    return AuditEntry(
        actor=actor.actor,
        action=action,
        subject_kind="grant",
        subject_id=row["id"],
        street_id=row["street_id"],
        detail=detail,
    )


def grant_outcome(row: Mapping[str, Any], posted: Posted | None, *, following: str | None = None) -> GrantOutcome:
    """A row as it is answered."""
    return GrantOutcome(
        grant_id=row["id"],
        number=row["number"],
        steward_id=row["steward_id"],
        reason=row["reason"],
        points=row["points"],
        state=row["state"],
        two_person=row["two_person"],
        next=following if row["state"] == "proposed" else None,
        posted=posted,
    )


async def stewards_of(reader: Reader, steward_ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Where stewards stand and whether they serve."""
    rows = await reader.fetch(
        f"SELECT id, street_id, community_id, status FROM stewards_steward WHERE {reader.one_of('id', 1)}",
        sorted(set(steward_ids)),
        types={"id": UUID, "street_id": UUID, "community_id": UUID},
    )
    return {row["id"]: row for row in rows}


def place_of(row: Mapping[str, Any]) -> Place:
    """Where a steward, or a manual award, belongs."""
    return Place(street_id=row["street_id"], community_id=row["community_id"])
