"""Past titles of a sheet (往年称号): entered once, by the verbs of titles; a repeated sheet adds nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cases.imports.mapping import TitlesMapping
from cases.imports.refusals import StewardNotFound
from cases.imports.results import RowFault, RowOutcome
from cases.imports.row_reader import BoundMapping, RowReader
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.sheets import SheetRow, Table
from kernel.text import storable
from points.rule_versions import rules_on
from rewards.titles.awards import PastTitle, import_titles
from stewards.principal import Principal

_FIELDS = {
    "/steward": "steward",
    "/title": "title_of_row",
    "/period": "period",
    "/awarded_on": "awarded_on",
    "": "steward",
}


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A row that could be read."""

    line: int
    steward: str  # number
    title: str  # code or name
    period: str
    awarded_on: date


class TitleImport:
    """The importer of past titles (see cases.imports.runs.Importer)."""

    def __init__(self, mapping: TitlesMapping, table: Table, principal: Principal) -> None:
        self._bound = BoundMapping(mapping, table, codes=frozenset({"steward", "period"}))
        self._principal = principal
        self._seen: list[TitleRow] = []

    def read(self, row: SheetRow) -> TitleRow | list[RowFault]:
        """A row of the sheet as a past title, or its faults."""
        reader = RowReader(self._bound, row)
        steward, title, period = reader.needed("steward"), reader.needed("title_of_row"), reader.needed("period")
        awarded_on = reader.needed_day("awarded_on")
        if reader.faults or awarded_on is None:
            return reader.faults
        return TitleRow(row.line, steward, title, period.removesuffix("年"), awarded_on)

    async def take(self, tx: Tx, rows: Sequence[TitleRow], *, now: datetime) -> list[RowOutcome]:
        """Enter the titles of some rows, in order."""
        found = await tx.fetch(
            f"SELECT id, number FROM stewards_steward WHERE {tx.one_of('number', 1)}",
            sorted({row.steward for row in rows if storable(row.steward)}),
            types={"id": UUID},
        )
        ids = {steward["number"]: steward["id"] for steward in found}
        today = local_date(now)
        rules = (await rules_on(tx, {today})).get(today)
        codes: dict[str, str] = {}
        for rule in rules.document.titles if rules else ():
            codes |= {rule.zh: rule.code, rule.en.lower(): rule.code}
        wishes = [
            PastTitle(
                steward_id=ids[row.steward],
                title=codes.get(row.title.lower(), row.title),
                period=row.period,
                awarded_on=row.awarded_on,
                caller=self._principal,
            )
            for row in rows
            if row.steward in ids
        ]
        entered = iter(await import_titles(tx, wishes, now=now))
        outcomes = []
        for row in rows:
            missing = StewardNotFound(steward=row.steward[:20], pointer="/steward")
            outcome = next(entered) if row.steward in ids else missing
            if isinstance(outcome, Refusal):
                outcomes.append(RowOutcome("refused", [self._bound.fault(row.line, outcome, _FIELDS)]))
            else:
                outcomes.append(RowOutcome("accepted" if outcome.changed else "repeated"))
        return outcomes

    def remember(self, rows: Iterable[TitleRow]) -> None:
        """Keep the rows."""
        self._seen.extend(rows)

    def context(self, rows: Iterable[TitleRow]) -> list[TitleRow]:
        """The rows of these stewards that stood in the sheet before."""
        numbers = {row.steward for row in rows}
        return [row for row in self._seen if row.steward in numbers]
