"""A batch of cases, locked, and how each stands after the steps that were taken so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.models import Case, CaseEvent
from cases.refusals import UnknownCase, UnknownOriginal
from cases.transitions import CaseNow, LastStep, Move, Original, StepWish, decide_step
from cases.wording import CaseAction, State
from kernel.audit import Actor
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal

_PERMISSIONS: Mapping[CaseAction, Action] = {
    CaseAction.VERIFY: Action.CASES_VERIFY,
    CaseAction.RETURN: Action.CASES_RETURN,
    CaseAction.COMPLETE: Action.CASES_REPORT,  # who may report it may complete the report
    CaseAction.REJECT: Action.CASES_REJECT,
    CaseAction.SOLVE: Action.CASES_SOLVE,
    CaseAction.DUPLICATE: Action.CASES_DUPLICATE,
    CaseAction.REOPEN: Action.CASES_REOPEN,
}


@dataclass(frozen=True, slots=True)
class Caseload:
    """The cases of a batch, by id, as they stand within it."""

    rows: Mapping[UUID, Row]  # as they were locked: what no step changes
    standing: dict[UUID, CaseNow]
    duplicates: dict[UUID, set[UUID]]  # by original
    numbers: dict[UUID, str]

    def decide(
        self, case_id: UUID, wish: StepWish, caller: Principal, duplicate_of: UUID | None, *, now: datetime
    ) -> Move | Refusal:
        """What a wish leads to. What the caller may not read answers like what does not exist."""
        case = self.standing.get(case_id)
        if case is None or not self._may(caller, Action.CASES_READ, case):
            return UnknownCase()
        if not self._may(caller, _permission(case, wish.action), case):
            return NotAllowed()
        original: Original | None = None
        if wish.action is CaseAction.DUPLICATE and duplicate_of is not None:
            first = self.standing.get(duplicate_of)
            if first is None or not self._may(caller, Action.CASES_READ, first):
                return UnknownOriginal(pointer="/duplicate_of")
            named = self.numbers.get(first.duplicate_of) if first.duplicate_of else None
            original = Original(case=first, original_number=named)
        linked = len(self.duplicates.get(case_id, ()))
        return decide_step(case, wish, now=now, original=original, duplicates=linked)

    def apply(self, move: Move) -> None:
        """Let a case stand where a move leads."""
        before, after = move.before, move.after
        self.standing[after.id] = after
        if before.duplicate_of:
            self.duplicates.get(before.duplicate_of, set()).discard(after.id)
        if after.duplicate_of:
            self.duplicates.setdefault(after.duplicate_of, set()).add(after.id)

    def _may(self, caller: Principal, action: Action, case: CaseNow) -> bool:
        row = self.rows[case.id]
        place = Place(street_id=row["street_id"], community_id=row["community_id"], lane_id=row["lane_id"])
        return may(caller, action, place, case.steward_id)


async def lock_cases(
    tx: Tx, case_ids: Iterable[UUID], *, to_duplicate: Iterable[UUID] = (), to_undo: Iterable[UUID] = ()
) -> Caseload:
    """Lock cases in the order of their ids and load what their steps depend on."""
    rows = await tx.lock(Case, case_ids)
    last = await _last_steps(tx, [case_id for case_id in to_undo if case_id in rows])
    numbers = {row["id"]: row["number"] for row in rows.values()}
    originals = {row["duplicate_of_id"] for row in rows.values() if row["duplicate_of_id"]} - numbers.keys()
    if originals:
        for row in await tx.fetch(
            f"SELECT id, number FROM cases_case WHERE {tx.one_of('id', 1)}", sorted(originals), types={"id": UUID}
        ):
            numbers[row["id"]] = row["number"]
    return Caseload(
        rows=rows,
        standing={row["id"]: _case_now(row, last.get(row["id"])) for row in rows.values()},
        duplicates=await _duplicates(tx, to_duplicate),
        numbers=numbers,
    )


async def shards_of_cases(reader: Reader, case_ids: Sequence[UUID]) -> list[int]:
    """A number for each case that is the same for all cases of its steward.

    Steps on cases of one steward lock the same cap windows and accounts, so they are best committed together.
    """
    rows = await reader.fetch(
        f"SELECT id, steward_id FROM cases_case WHERE {reader.one_of('id', 1)}",
        case_ids,
        types={"id": UUID, "steward_id": UUID},
    )
    stewards = {row["id"]: row["steward_id"].int for row in rows}
    return [stewards.get(case_id, 0) for case_id in case_ids]


def _permission(case: CaseNow, action: CaseAction) -> Action:
    if action is not CaseAction.UNDO:
        return _PERMISSIONS[action]
    # Whoever may take a step may undo it. The permission may have been withdrawn since.
    last = case.last.action if case.last else ""
    return _PERMISSIONS[CaseAction(last)] if last in _PERMISSIONS else Action.CASES_VERIFY


async def _last_steps(tx: Tx, case_ids: list[UUID]) -> dict[UUID, LastStep]:
    if not case_ids:
        return {}
    found = await tx.rows(
        CaseEvent, f"WHERE {tx.one_of('case_id', 1)} AND from_state IS NOT NULL ORDER BY case_id, version", case_ids
    )
    return {
        row["case_id"]: LastStep(
            action=row["action"],
            actor=Actor(row["actor_kind"], row["actor_id"]),
            from_state=State(row["from_state"]),
            recorded_at=row["recorded_at"],
        )
        for row in found
    }


async def _duplicates(tx: Tx, originals: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    wanted = sorted(set(originals))
    found: dict[UUID, set[UUID]] = {}
    if wanted:
        for row in await tx.fetch(
            f"SELECT id, duplicate_of_id FROM cases_case WHERE {tx.one_of('duplicate_of_id', 1)}",
            wanted,
            types={"id": UUID, "duplicate_of_id": UUID},
        ):
            found.setdefault(row["duplicate_of_id"], set()).add(row["id"])
    return found


def _case_now(row: Row, last: LastStep | None) -> CaseNow:
    return CaseNow(
        id=row["id"],
        number=row["number"],
        state=State(row["state"]),
        episode=row["episode"],
        version=row["version"],
        steward_id=row["steward_id"],
        reporter=Actor(row["reporter_kind"], row["reporter_id"]),
        reported_at=row["reported_at"],
        verified_at=row["verified_at"],
        solved_at=row["solved_at"],
        duplicate_of=row["duplicate_of_id"],
        last=last,
    )
