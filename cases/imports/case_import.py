"""Cases of a sheet, a chunk at a time: reported, then taken as far as the sheet says, by the verbs that doors use.

A sheet is exported again every week. A case that is known is taken further when the sheet has come further; it is
left alone when it was reopened here (it has to be verified anew, and an old sheet does not know that) and when the
sheet lags behind. A sheet that contradicts what was decided here is a fault of that row.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cases.handling import CaseStep, handle_cases
from cases.imports.case_rows import CaseRow, CaseRows
from cases.imports.results import RowFault, RowOutcome
from cases.intake import Reported, report_cases
from cases.models import Case
from cases.reasons import OTHER
from cases.refusals import UnknownOriginal
from cases.wording import CaseAction, State
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow
from stewards.principal import Principal

Key = tuple[str, str]

# What is left to do for a case that is in one state and that the sheet has in another. What is absent is either done
# already, or is refused by the verb itself, which names the states.
_STEPS: dict[State, tuple[CaseAction, ...]] = {
    State.REPORTED: (),
    State.VERIFIED: (CaseAction.VERIFY,),
    State.SOLVED: (CaseAction.VERIFY, CaseAction.SOLVE),
    State.RETURNED: (CaseAction.RETURN,),
    State.REJECTED: (CaseAction.REJECT,),
    State.DUPLICATE: (CaseAction.DUPLICATE,),
}
_AS_FAR = {
    State.REPORTED: frozenset(State),
    State.RETURNED: frozenset(State) - {State.REPORTED},
    State.VERIFIED: frozenset({State.VERIFIED, State.SOLVED}),
    State.SOLVED: frozenset({State.SOLVED}),
    State.REJECTED: frozenset({State.REJECTED}),
    State.DUPLICATE: frozenset({State.DUPLICATE}),
}


def steps_to(wanted: State, now_in: State, *, repeated: bool, episode: int) -> tuple[CaseAction, ...]:
    """The steps that take a case to where the sheet has it; none where it is as far already or was reopened."""
    if now_in in _AS_FAR[wanted] or (repeated and episode > 1):
        return ()
    steps = _STEPS[wanted]
    return steps[1:] if now_in is State.VERIFIED and wanted is State.SOLVED else steps


class CaseImport:
    """The importer of cases (see cases.imports.runs.Importer)."""

    def __init__(self, rows: CaseRows, principal: Principal) -> None:
        self._rows = rows
        self._principal = principal
        self._seen: dict[Key, list[CaseRow]] = {}

    def read(self, row: SheetRow) -> CaseRow | list[RowFault]:
        """A row of the sheet as a case, or its faults."""
        return self._rows.read(row)

    async def take(self, tx: Tx, rows: Sequence[CaseRow], *, now: datetime) -> list[RowOutcome]:
        """Report and handle the cases of some rows."""
        reported = await report_cases(tx, [row.report for row in rows], now=now)
        names = {
            outcome.number: row.report.external_id
            for row, outcome in zip(rows, reported, strict=True)
            if isinstance(outcome, Reported)
        }
        originals = await self._originals(tx, rows, reported, names)
        outcomes = [self._reported(row, outcome, names) for row, outcome in zip(rows, reported, strict=True)]
        steps: list[CaseStep] = []
        owners: list[int] = []
        done: dict[UUID, State] = {}
        for index, (row, stored) in enumerate(zip(rows, reported, strict=True)):
            if isinstance(stored, Refusal):
                continue
            now_in = done.get(stored.case_id, stored.state)
            actions = steps_to(row.wanted, now_in, repeated=stored.repeated, episode=stored.episode)
            original = originals.get((row.source, row.original)) if row.original else None
            if CaseAction.DUPLICATE in actions and row.original and original is None:
                outcomes[index].verdict = "refused"
                missing = UnknownOriginal(pointer="/duplicate_of")
                outcomes[index].faults.append(self._rows.fault(row.line, missing, names))
                continue
            for action in actions:
                steps.append(self._step(row, stored.case_id, action, original))
                owners.append(index)
            if actions:
                done[stored.case_id] = row.wanted
                if outcomes[index].verdict == "repeated":
                    outcomes[index].verdict = "accepted"
                    outcomes[index].moved_on = True
        handled = await handle_cases(tx, steps, now=now) if steps else []
        for index, step in zip(owners, handled, strict=True):
            if isinstance(step, Refusal) and outcomes[index].verdict != "refused":
                # The first step that is refused says why; the next could only say that it was not taken.
                outcomes[index] = RowOutcome("refused", [self._rows.fault(rows[index].line, step, names)])
        return outcomes

    def remember(self, rows: Iterable[CaseRow]) -> None:
        """Keep rows whose effect a later chunk of a dry run may depend on."""
        for row in rows:
            self._seen.setdefault(row.key, []).append(row)

    def context(self, rows: Iterable[CaseRow]) -> list[CaseRow]:
        """The rows of earlier chunks that some rows depend on: the same case, or the original of a duplicate."""
        found: dict[int, CaseRow] = {}
        asked = {key for row in rows for key in _touched(row)}
        while asked:
            further: set[Key] = set()
            for key in asked:
                for row in self._seen.get(key, ()):
                    if row.line not in found:
                        found[row.line] = row
                        further.update(_touched(row))
            asked = further
        return [found[line] for line in sorted(found)]

    def _reported(self, row: CaseRow, outcome: Reported | Refusal, names: Mapping[str, str]) -> RowOutcome:
        if isinstance(outcome, Refusal):
            return RowOutcome("refused", [self._rows.fault(row.line, outcome, names)])
        return RowOutcome("repeated" if outcome.repeated else "accepted")

    def _step(self, row: CaseRow, case_id: UUID, action: CaseAction, original: UUID | None) -> CaseStep:
        # A case was verified before it was solved, whenever the sheet says that was.
        known = [at for at in (row.verified_at, row.solved_at) if at is not None]
        times = {CaseAction.VERIFY: min(known, default=None), CaseAction.SOLVE: row.solved_at}
        needs_reason = action in {CaseAction.RETURN, CaseAction.REJECT}
        return CaseStep(
            case_id=case_id,
            action=action,
            actor=self._principal,
            reason=(row.reason or OTHER) if needs_reason else None,
            note=(row.said or row.wanted.value) if needs_reason else None,
            duplicate_of=original if action is CaseAction.DUPLICATE else None,
            occurred_at=times.get(action),
        )

    async def _originals(
        self, tx: Tx, rows: Sequence[CaseRow], reported: Sequence[Reported | Refusal], names: dict[str, str]
    ) -> dict[Key, UUID]:
        """The cases that duplicates name, in these rows or stored before; adds the latter to `names`."""
        wanted = {(row.source, row.original) for row in rows if row.original}
        if not wanted:
            return {}
        found = {
            row.key: stored.case_id
            for row, stored in zip(rows, reported, strict=True)
            if isinstance(stored, Reported) and row.key in wanted
        }
        missing = sorted(external_id for source, external_id in wanted if (source, external_id) not in found)
        for case in await tx.rows(
            Case,
            f"WHERE {tx.one_of('source', 1)} AND {tx.one_of('external_id', 2)}",
            sorted({source for source, _ in wanted}),
            missing,
        ):
            found[(case["source"], case["external_id"])] = case["id"]
            names[case["number"]] = case["external_id"]
        return found


def _touched(row: CaseRow) -> tuple[Key, ...]:
    return (row.key, (row.source, row.original)) if row.original else (row.key,)
