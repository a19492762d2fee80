"""Manual awards as lists and pages show them: whose, why, by whom, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.database import Reader, Row
from points.accounts import purse_account
from points.grant_steps import StepTaken, Way, steps_of
from points.notes import NoteEntry, read_notes
from points.rules.budgets import GrantStepName
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEntry(StepTaken):
    """A step between proposing and posting, with the name of who took it."""

    by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantEntry:
    """A manual award. `balance` is what its steward can spend now; `reversed_at` is set once it was taken back."""

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    steward_name: str
    street_id: UUID
    street_name: str
    street_name_en: str
    community_id: UUID
    reason: str
    points: int
    expires_on: date | None
    state: str
    two_person: bool
    steps: tuple[GrantStepName, ...]
    checks: tuple[CheckEntry, ...]
    proposed_by_id: UUID
    proposed_by_name: str
    proposed_at: datetime
    decided_by_id: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None
    operation_id: UUID | None
    reversed_at: datetime | None
    balance: int
    notes: tuple[NoteEntry, ...]

    @property
    def next(self) -> GrantStepName | None:
        """The step that is due; None once it was decided."""
        if self.state != "proposed":
            return None
        return Way(number=self.number, steps=self.steps, proposed_by_id=self.proposed_by_id, taken=self.checks).next


_GRANTS = """
    SELECT given.id, given.number, given.steward_id, steward.number AS steward_number, steward.name AS steward_name,
           given.street_id, street.name AS street_name, street.name_en AS street_name_en, given.community_id,
           given.reason, given.points, given.expires_on, given.state, given.two_person, given.steps,
           given.proposed_by_id,
           proposer.name AS proposed_by_name, given.proposed_at, given.decided_by_id, decider.name AS decided_by_name,
           given.decided_at, given.operation_id, undone.recorded_at AS reversed_at
    FROM points_grant AS given
    JOIN stewards_steward AS steward ON steward.id = given.steward_id
    JOIN stewards_street AS street ON street.id = given.street_id
    LEFT JOIN stewards_staff AS proposer ON proposer.id = given.proposed_by_id
    LEFT JOIN stewards_staff AS decider ON decider.id = given.decided_by_id
    LEFT JOIN points_operation AS undone ON undone.reverses_id = given.operation_id
"""
_TYPES: dict[str, type] = {
    "id": UUID,
    "steward_id": UUID,
    "street_id": UUID,
    "community_id": UUID,
    "expires_on": date,
    "two_person": bool,
    "proposed_by_id": UUID,
    "proposed_at": datetime,
    "decided_by_id": UUID,
    "decided_at": datetime,
    "operation_id": UUID,
    "reversed_at": datetime,
}


async def list_grants(
    reader: Reader,
    principal: Principal | None,
    *,
    state: str | None = None,
    steward_id: UUID | None = None,
    starting_after: UUID | None = None,
    limit: int = 50,
) -> tuple[list[GrantEntry], bool]:
    """The manual awards within a caller's reach, newest first, and whether there are more.

    `starting_after` is the id of the last one of the page before; one out of reach begins at the top.
    """
    within = reach(principal, Action.GRANTS_READ)
    if within.nothing:
        return [], False
    condition, args = within.condition(reader, 1, street="given.street_id", community="given.community_id")
    conditions = [condition]
    for column, value in (("given.state", state), ("given.steward_id", steward_id)):
        if value is not None:
            args.append(value)
            conditions.append(f"{column} = ${len(args)}")
    if starting_after is not None and (last := await read_grant(reader, principal, starting_after)) is not None:
        args += [last.proposed_at, last.id]
        at = len(args)
        conditions.append(f"(given.proposed_at < ${at - 1} OR (given.proposed_at = ${at - 1} AND given.id < ${at}))")
    args.append(limit + 1)
    rows = await reader.fetch(
        f"{_GRANTS} WHERE {' AND '.join(conditions)} ORDER BY given.proposed_at DESC, given.id DESC LIMIT ${len(args)}",
        *args,
        types=_TYPES,
    )
    return await _entries(reader, rows[:limit]), len(rows) > limit


async def read_grant(reader: Reader, principal: Principal | None, grant_id: UUID) -> GrantEntry | None:
    """One manual award within a caller's reach."""
    within = reach(principal, Action.GRANTS_READ)
    if within.nothing:
        return None
    condition, args = within.condition(reader, 2, street="given.street_id", community="given.community_id")
    rows = await reader.fetch(f"{_GRANTS} WHERE given.id = $1 AND {condition}", grant_id, *args, types=_TYPES)
    found = await _entries(reader, rows)
    return found[0] if found else None


async def count_waiting(reader: Reader, principal: Principal | None) -> int:
    """How many manual awards wait for a second person whom the caller could be."""
    within = reach(principal, Action.GRANTS_APPROVE)
    if principal is None or within.nothing:
        return 0
    condition, args = within.condition(reader, 2, street="street_id", community="community_id")
    row = await reader.fetch_one(
        "SELECT COUNT(*) AS waiting FROM points_grant "
        f"WHERE state = 'proposed' AND proposed_by_id <> $1 AND {condition}",
        principal.id or UUID(int=0),
        *args,
    )
    return int(row["waiting"]) if row else 0


async def _entries(reader: Reader, rows: Sequence[Row]) -> list[GrantEntry]:
    notes = await read_notes(reader, [row["id"] for row in rows])
    accounts = {purse_account(row["steward_id"], "spendable"): row["steward_id"] for row in rows}
    balances: dict[UUID, int] = {}
    if accounts:
        for row in await reader.fetch(
            f"SELECT id, balance FROM points_account WHERE {reader.one_of('id', 1)}", list(accounts), types={"id": UUID}
        ):
            balances[accounts[row["id"]]] = row["balance"]
    checks: dict[UUID, list[CheckEntry]] = {}
    for row in await reader.fetch(
        "SELECT taken.grant_id, taken.step, taken.taken_by_id, taken.taken_at, COALESCE(staff.name, '') AS by_name "
        "FROM points_grant_check AS taken LEFT JOIN stewards_staff AS staff ON staff.id = taken.taken_by_id "
        f"WHERE {reader.one_of('taken.grant_id', 1)} ORDER BY taken.taken_at, taken.id",
        [row["id"] for row in rows],
        types={"grant_id": UUID, "taken_by_id": UUID, "taken_at": datetime},
    ):
        found = CheckEntry(step=row["step"], by_id=row["taken_by_id"], at=row["taken_at"], by_name=row["by_name"])
        checks.setdefault(row["grant_id"], []).append(found)
    entries = []
    for row in rows:
        facts: dict[str, Any] = {
            **dict(row),
            "steps": steps_of(row["steps"]),
            "checks": tuple(checks.get(row["id"], ())),
        }
        balance = balances.get(row["steward_id"], 0)
        entries.append(
            GrantEntry(
                **{**facts, "proposed_by_name": row["proposed_by_name"] or ""},
                balance=balance,
                notes=tuple(notes[row["id"]]),
            )
        )
    return entries
