"""Penalties as lists and pages show them: whose, for what, by whom, what was said, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.clock import local_date
from kernel.database import Reader, Row
from points.notes import NoteEntry, read_notes
from points.receipt import Label
from points.rule_versions import rules_on
from points.rules import RuleSet
from points.sanctions import UnknownDeduction, deduction_of
from stewards.permissions import Action
from stewards.principal import Principal
from stewards.reach import reach


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyEntry:
    """A penalty; `label` is what the rules of its day call it."""

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    steward_name: str
    street_id: UUID
    street_name: str
    street_name_en: str
    community_id: UUID
    item: str
    label: Label
    about: str | None
    points: int
    state: str
    object_until: datetime
    proposed_by_id: UUID
    proposed_by_name: str
    proposed_at: datetime
    objected_at: datetime | None
    decided_by_id: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None
    operation_id: UUID | None
    notes: tuple[NoteEntry, ...]


_PENALTIES = """
    SELECT penalty.id, penalty.number, penalty.steward_id, steward.number AS steward_number,
           steward.name AS steward_name, penalty.street_id, street.name AS street_name,
           street.name_en AS street_name_en, penalty.community_id, penalty.item, penalty.about, penalty.points,
           penalty.state, penalty.object_until, penalty.proposed_by_id, proposer.name AS proposed_by_name,
           penalty.proposed_at, penalty.objected_at, penalty.decided_by_id, decider.name AS decided_by_name,
           penalty.decided_at, penalty.operation_id
    FROM points_penalty AS penalty
    JOIN stewards_steward AS steward ON steward.id = penalty.steward_id
    JOIN stewards_street AS street ON street.id = penalty.street_id
    LEFT JOIN stewards_staff AS proposer ON proposer.id = penalty.proposed_by_id
    LEFT JOIN stewards_staff AS decider ON decider.id = penalty.decided_by_id
"""
_TYPES: dict[str, type] = {
    "id": UUID,
    "steward_id": UUID,
    "street_id": UUID,
    "community_id": UUID,
    "object_until": datetime,
    "proposed_by_id": UUID,
    "proposed_at": datetime,
    "objected_at": datetime,
    "decided_by_id": UUID,
    "decided_at": datetime,
    "operation_id": UUID,
}


async def list_penalties(
    reader: Reader,
    principal: Principal | None,
    *,
    state: str | None = None,
    starting_after: UUID | None = None,
    limit: int = 50,
) -> tuple[list[PenaltyEntry], bool]:
    """The penalties within a caller's reach, a steward's own ones included, newest first, and whether there are more.

    `starting_after` is the id of the last one of the page before; one out of reach begins at the top.
    """
    within = reach(principal, Action.PENALTIES_READ)
    if within.nothing:
        return [], False
    condition, args = within.condition(
        reader, 1, street="penalty.street_id", community="penalty.community_id", steward="penalty.steward_id"
    )
    conditions = [condition]
    if state is not None:
        args.append(state)
        conditions.append(f"penalty.state = ${len(args)}")
    if starting_after is not None and (last := await read_penalty(reader, principal, starting_after)) is not None:
        args += [last.proposed_at, last.id]
        at = len(args)
        conditions.append(
            f"(penalty.proposed_at < ${at - 1} OR (penalty.proposed_at = ${at - 1} AND penalty.id < ${at}))"
        )
    args.append(limit + 1)
    rows = await reader.fetch(
        f"{_PENALTIES} WHERE {' AND '.join(conditions)} ORDER BY penalty.proposed_at DESC, penalty.id DESC "
        f"LIMIT ${len(args)}",
        *args,
        types=_TYPES,
    )
    return await _entries(reader, rows[:limit]), len(rows) > limit


async def read_penalty(reader: Reader, principal: Principal | None, penalty_id: UUID) -> PenaltyEntry | None:
    """One penalty within a caller's reach."""
    within = reach(principal, Action.PENALTIES_READ)
    if within.nothing:
        return None
    condition, args = within.condition(
        reader, 2, street="penalty.street_id", community="penalty.community_id", steward="penalty.steward_id"
    )
    rows = await reader.fetch(f"{_PENALTIES} WHERE penalty.id = $1 AND {condition}", penalty_id, *args, types=_TYPES)
    found = await _entries(reader, rows)
    return found[0] if found else None


def deductions_in(rules: RuleSet) -> dict[str, tuple[Label, int]]:
    """What can be deducted for under a rule set: the item's code, its name and its points."""
    listed = rules.sanctions.deductions
    codes = [*(listed.items if listed else ()), "false_report"]
    found = {}
    for code in codes:
        try:
            deduction = deduction_of(rules, code)
        except UnknownDeduction:
            continue
        found[code] = (Label(deduction.zh, english=deduction.en), deduction.points)
    return found


async def _entries(reader: Reader, rows: Sequence[Row]) -> list[PenaltyEntry]:
    notes = await read_notes(reader, [row["id"] for row in rows])
    rules = await rules_on(reader, {local_date(row["proposed_at"]) for row in rows}) if rows else {}
    entries = []
    for row in rows:
        facts: dict[str, Any] = {**row, "proposed_by_name": row["proposed_by_name"] or ""}
        known = rules.get(local_date(row["proposed_at"]))
        label = deductions_in(known.document).get(row["item"]) if known else None
        entries.append(
            PenaltyEntry(**facts, label=label[0] if label else Label(row["item"]), notes=tuple(notes[row["id"]]))
        )
    return entries
