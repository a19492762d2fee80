"""Many cases reopened from a sheet (批量重新办理): each as one reopened by hand, with its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.handling import CaseStep, handle_cases
from cases.imports.mapping import ReopeningsMapping
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from cases.models import Case, CaseEvent
from cases.refusals import UnknownCase, WrongCaseState
from cases.wording import CaseAction, State
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow, Table
from kernel.text import storable
from stewards.principal import Principal

_FIELDS = {"": "number", "/number": "number", "/reason": "reason", "/note": "remark"}


@dataclass(frozen=True, slots=True)
class ReopeningRow:
    """A row that could be read. With a `source`, the number is that system's own."""

    line: int
    number: str
    source: str
    reason: str
    note: str

    @property
    def key(self) -> tuple[str, str]:
        """What names the case."""
        return (self.source, self.number)


class ReopeningImport:
    """The importer of reopenings (see cases.imports.runs.Importer).

    A row whose case was reopened before for the same reason, and has not gone on since, adds nothing.
    """

    def __init__(self, mapping: ReopeningsMapping, table: Table, principal: Principal) -> None:
        self._bound = BoundMapping(mapping, table, codes=frozenset({"number", "source", "reason"}))
        self._principal = principal
        self._seen: dict[tuple[str, str], ReopeningRow] = {}

    def read(self, row: SheetRow) -> ReopeningRow | list[RowFault]:
        """A row of the sheet as a reopening, or its faults."""
        reader = RowReader(self._bound, row)
        number = reader.needed("number")
        source = reader.text("source")
        reason = reader.needed("reason")
        note = reader.text("remark")
        return reader.faults or ReopeningRow(row.line, number, source, reason, note)

    async def take(self, tx: Tx, rows: Sequence[ReopeningRow], *, now: datetime) -> list[RowOutcome]:
        """Reopen the cases of some rows."""
        ids = await _case_ids(tx, {row.key for row in rows})
        first = {key: row.line for row in reversed(rows) if (key := row.key) in ids}
        steps = [
            CaseStep(
                case_id=ids[row.key],
                action=CaseAction.REOPEN,
                actor=self._principal,
                reason=row.reason,
                note=row.note or None,
            )
            for row in rows
            if first.get(row.key) == row.line
        ]
        handled = await handle_cases(tx, steps, now=now)
        taken = {step.case_id: outcome for step, outcome in zip(steps, handled, strict=True)}
        refused = [case_id for case_id, outcome in taken.items() if isinstance(outcome, WrongCaseState)]
        earlier = await _reopened_before(tx, refused)
        outcomes = []
        for row in rows:
            case_id = ids.get(row.key)
            outcome = taken[case_id] if case_id else UnknownCase(pointer="/number")
            if not isinstance(outcome, Refusal):
                outcomes.append(RowOutcome("accepted" if first[row.key] == row.line else "repeated"))
            elif case_id is not None and earlier.get(case_id) == row.reason:
                outcomes.append(RowOutcome("repeated"))
            else:
                outcomes.append(RowOutcome("refused", [self._bound.fault(row.line, outcome, _FIELDS)]))
        return outcomes

    def remember(self, rows: Iterable[ReopeningRow]) -> None:
        """Keep the rows: a case that stands in the sheet twice is reopened once."""
        for row in rows:
            self._seen.setdefault(row.key, row)

    def context(self, rows: Iterable[ReopeningRow]) -> list[ReopeningRow]:
        """The rows about these cases that stood in the sheet before."""
        return [self._seen[key] for key in dict.fromkeys(row.key for row in rows) if key in self._seen]


async def _case_ids(tx: Tx, keys: set[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The cases by our own number, or by a source's where one is named."""
    known = [(source, number) for source, number in keys if storable(source) and storable(number)]
    found: dict[tuple[str, str], UUID] = {}
    if ours := sorted(number for source, number in known if not source):
        for row in await tx.fetch(
            f"SELECT id, number FROM cases_case WHERE {tx.one_of('number', 1)}", ours, types={"id": UUID}
        ):
            found["", row["number"]] = row["id"]
    if theirs := [(source, number) for source, number in known if source]:
        for row in await tx.fetch(
            f"SELECT id, source, external_id FROM cases_case WHERE {tx.one_of('external_id', 1)} "
            f"AND {tx.one_of('source', 2)}",
            sorted({number for _, number in theirs}),
            sorted({source for source, _ in theirs}),
            types={"id": UUID},
        ):
            found[row["source"], row["external_id"]] = row["id"]
    return found


async def _reopened_before(tx: Tx, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The reason of those cases whose last step was a reopening."""
    if not case_ids:
        return {}
    rows = await tx.rows(Case, f"WHERE {tx.one_of('id', 1)} AND state = '{State.REPORTED}'", sorted(case_ids))
    versions = {row["id"]: row["version"] for row in rows}
    events = await tx.rows(
        CaseEvent, f"WHERE {tx.one_of('case_id', 1)} AND action = '{CaseAction.REOPEN}'", sorted(versions)
    )
    return {event["case_id"]: event["reason"] for event in events if event["version"] == versions[event["case_id"]]}
